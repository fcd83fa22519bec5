"""Everything that decides what a prepared clip looks like. Settings that differ make another store."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.slicing import Lengths
from voiceclone.data.store import mel_name
from voiceclone.data.store_log import ArraySpec
from voiceclone.errors import ConfigError

# Raise it when the code prepares the same clip differently.
_VERSION = 1


@dataclass(frozen=True)
class PrepareSettings:
    """Settings of the preparation, all times in seconds.

    ``loudness`` says whose recordings share one gain towards ``lufs``: those of a ``"speaker"``, of the whole
    ``"corpus"``, each ``"clip"`` by itself, or ``"none"``. One gain per speaker makes people equally loud and leaves
    what sets an angry clip apart from a sad one; a gain per clip would erase it. The gain is less where the
    speaker's loud clips would pass ``peak_db``; a single clip that still would is held back by as much as it needs.

    ``trim`` removes the silence at both ends but for ``trim_margin``. Clips under ``shortest`` are refused, and clips
    with a transcript over ``longest``, since nothing says where their words are. Clips without one over
    ``slice_longest`` are cut at silences into pieces of about ``slice_target``.

    ``encoder_level_db`` is the RMS of speech to which every clip is brought before ``encoder_audio``'s mel, as a
    reference recording is at synthesis: who speaks must not depend on how loud. ``lexicon`` is a file for
    `voiceclone.text`. ``mel_dtype`` may be float16 for logarithmic mels.
    """

    audio: AudioContract
    encoder_audio: AudioContract | None = None
    loudness: Literal["speaker", "corpus", "clip", "none"] = "speaker"
    lufs: float = -23.0
    peak_db: float = -1.0
    encoder_level_db: float = -30.0
    trim: bool = True
    trim_margin: float = 0.1
    shortest: float = 0.3
    longest: float = 30.0
    slice_target: float = 5.0
    slice_shortest: float = 2.0
    slice_longest: float = 10.0
    lexicon: str | None = None
    mel_dtype: Literal["float32", "float16"] = "float32"

    def __post_init__(self) -> None:
        if self.loudness not in ("speaker", "corpus", "clip", "none"):
            raise ConfigError(f"prepare.loudness: expected speaker, corpus, clip or none, got {self.loudness!r}.")
        if self.mel_dtype not in ("float32", "float16"):
            raise ConfigError(f"prepare.mel_dtype: expected float32 or float16, got {self.mel_dtype!r}.")
        Lengths(self.slice_target, self.slice_shortest, self.slice_longest)
        if not 0 < self.shortest < self.longest:
            raise ConfigError(f"prepare: needs 0 < shortest < longest, got {self.shortest} and {self.longest}.")

    @property
    def contracts(self) -> dict[str, AudioContract]:
        """The contracts whose mels are made, by fingerprint."""
        both = (self.audio,) if self.encoder_audio is None else (self.audio, self.encoder_audio)
        return {contract.fingerprint(): contract for contract in both}

    def fingerprint(self) -> str:
        """A short hash over all of it, the versions of text and of the lexicon included."""
        from voiceclone.text.frontend import READING_VERSION
        from voiceclone.text.lexicon import Lexicon
        from voiceclone.text.symbols import VERSION

        lexicon = Lexicon.load(self.lexicon).fingerprint if self.lexicon else None
        plain = asdict(self) | {"lexicon": lexicon, "text": [VERSION, READING_VERSION], "version": _VERSION}
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:10]

    def folder(self, stores: str | Path, corpus: str) -> Path:
        """Where ``corpus`` prepared under these settings stands: ``<stores>/<corpus>-<fingerprint>``."""
        name = re.sub(r"[^\w.-]", "_", corpus)
        return Path(stores) / f"{name}-{self.fingerprint()}"

    def arrays(self) -> dict[str, ArraySpec]:
        """The arrays that a prepared clip has."""
        mels = {mel_name(contract): self._mel_spec(contract) for contract in self.contracts.values()}
        frames = {name: ArraySpec("float32", (), "frame") for name in ("f0", "energy")}
        ends = {"wave": ArraySpec("int16", (), "sample"), "symbols": ArraySpec("int16", (), "symbol")}
        return {**ends, **frames, **mels}

    def header(self, corpus: str) -> dict[str, Any]:
        """What a store made under these settings says about itself."""
        from voiceclone.text.symbols import default_table

        table = default_table()
        return {
            "corpus": corpus,
            "contracts": {name: contract.to_dict() for name, contract in self.contracts.items()},
            "audio": self.audio.fingerprint(),
            "encoder_audio": self.encoder_audio.fingerprint() if self.encoder_audio else None,
            "symbols_version": table.version,
            "symbols": table.to_dict(),
            "settings": asdict(self),
        }

    def _mel_spec(self, contract: AudioContract) -> ArraySpec:
        # Powers span more than float16 holds; logarithms do not.
        dtype = "float32" if contract.log == "none" else self.mel_dtype
        return ArraySpec(dtype, (contract.n_mels,), "frame")
