"""One network out of a voice bundle or a published checkpoint, with all it takes to build it anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints.bundle import PARTS, load_bundle
from voiceclone.checkpoints.published import load_published, read_published
from voiceclone.checkpoints.published_speaker import ge2e_settings
from voiceclone.checkpoints.published_vocoder import hifigan_audio, hifigan_settings, melgan_audio, melgan_settings
from voiceclone.errors import CheckpointError


@dataclass(frozen=True)
class Part:
    """``network`` as its ``spec`` (see `models.registry`) describes it; ``kind`` says in words what it is, ``audio``
    is the contract it was made with where that is known, ``facts`` the names its tables stand for."""

    kind: str
    spec: dict[str, Any]
    network: nn.Module
    audio: AudioContract | None = None
    facts: Mapping[str, Any] | None = None

    @property
    def digest(self) -> str:
        """A short hash of what it is and of its weights."""
        found = hashlib.sha256(json.dumps(self.spec, sort_keys=True, default=str).encode())
        for value in self.network.state_dict().values():
            found.update(value.cpu().contiguous().numpy().tobytes())
        return found.hexdigest()[:8]


def bundle_part(folder: str | Path, part: str) -> Part:
    """The ``part`` (``speaker_encoder``, ``acoustic`` or ``vocoder``) of the voice in ``folder``."""
    assert part in PARTS
    bundle = load_bundle(folder)
    return Part(
        f"the {part} of voice {bundle.name}",
        bundle.specs[part],
        bundle.networks[part],
        bundle.encoder_audio if part == "speaker_encoder" else bundle.audio,
        {"symbol_table": bundle.symbols.to_dict(), "languages": bundle.languages, "emotions": bundle.emotions},
    )


Settings = Callable[[Mapping[str, Tensor], Mapping[str, Any] | None], dict[str, Any]]
Audio = Callable[[Mapping[str, Tensor], Mapping[str, Any] | None], AudioContract | None]
# A key that no other published file has -> (kind, registered name, what its settings and its mels are told by).
_PUBLISHED: dict[str, tuple[str, str, Settings, Audio]] = {
    "conv_pre.bias": ("hifigan_generator", "hifigan", hifigan_settings, hifigan_audio),
    "model.1.bias": ("melgan_generator", "melgan", melgan_settings, melgan_audio),
    "lstm.weight_ih_l0": ("ge2e", "lstm_encoder", ge2e_settings, lambda state, config: None),
}


def published_part(path: str | Path) -> Part:
    """The generator or speaker encoder in a published checkpoint; HiFi-GAN's ``config.json`` is read beside it.

    Raises `CheckpointError` for a file that is none of them.
    """
    path = Path(path).expanduser()
    state = read_published(path)
    for key, (kind, name, settings, audio) in _PUBLISHED.items():
        if key in state:
            config = _config_beside(path)
            network = load_published(kind, state, config)
            spec = {"network": name, **settings(state, config)}
            return Part(f"a published {kind}", spec, network, audio(state, config))
    if "decoder.attention_rnn.weight_hh" in state:
        raise CheckpointError(
            f"{path}: NVIDIA's Tacotron 2 reads letters, where voices here read phonemes, so it cannot speak for one. "
            f"Begin from it instead: stages.acoustic.task.warm_start={path}"
        )
    raise CheckpointError(
        f"{path}: neither a HiFi-GAN or MelGAN generator nor a GE2E speaker encoder; found the weights "
        f"{', '.join(sorted(state)[:4])}, ..."
    )


def _config_beside(path: Path) -> dict[str, Any] | None:
    beside = path.parent / "config.json"
    if not beside.is_file():
        return None
    try:
        return json.loads(beside.read_text("utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{beside}: not JSON ({error}).") from error
