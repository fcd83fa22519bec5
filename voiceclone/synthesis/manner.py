"""How something is to be said: the wishes of a request, checked and made into conditions for the acoustic model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.io import load
from voiceclone.audio.loudness import normalise
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.errors import SynthesisError, TextError
from voiceclone.models.acoustic import Conditions, ProsodyWish, Tacotron2
from voiceclone.text.languages import canonical

# Beyond these a voice does not become faster or higher, it breaks.
_LIMITS = {"intensity": (0.0, 1.0), "valence": (-1.0, 1.0), "arousal": (-1.0, 1.0), "rate": (0.4, 2.5)}
_LIMITS |= {"pitch": (-12.0, 12.0), "energy": (-20.0, 20.0)}


@dataclass(frozen=True)
class Manner:
    """Emotion by label (English or Chinese), by ``valence`` and ``arousal`` in -1..1, or by a recording, each at an
    ``intensity`` of 0..1; ``rate`` times as fast, ``pitch`` semitones higher, ``energy`` dB louder, as far as the peaks
    allow.

    Raises `SynthesisError` for a value out of range, and for an emotion that is given in two ways.
    """

    emotion: str | None = None
    intensity: float = 1.0
    valence: float | None = None
    arousal: float | None = None
    emotion_reference: str | Path | None = None
    rate: float = 1.0
    pitch: float = 0.0
    energy: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Real) and low <= float(value) <= high):
                shown = f"{float(value):g}" if isinstance(value, Real) else repr(value)
                raise SynthesisError(f"{name}={shown}: expected a value from {low:g} to {high:g}.")
        if self.emotion is not None and not isinstance(self.emotion, str):
            raise SynthesisError(f"emotion={self.emotion!r}: expected the name of an emotion.")
        if len(self.ways) > 1:
            raise SynthesisError(f"the emotion is given by {' and by '.join(self.ways)}: give it in one way.")

    @property
    def ways(self) -> list[str]:
        """How the emotion is given: by which of the wishes."""
        point = self.valence is not None or self.arousal is not None
        given = {"emotion": self.emotion is not None, "valence and arousal": point}
        given["emotion_reference"] = self.emotion_reference is not None
        return [way for way, used in given.items() if used]


def conditions(manner: Manner, network: Tacotron2, contract: AudioContract, device: torch.device) -> Conditions:
    """The conditions of one utterance, batch size 1, without its speaker and language.

    Raises `SynthesisError` for an emotion the voice does not know, and for wishes that this voice has no part for.
    """
    asked = Conditions(wish=ProsodyWish(rate=manner.rate, pitch=manner.pitch, energy=manner.energy))
    explicit = network.conditioning is not None and network.conditioning.prosody is not None
    if not explicit and (manner.rate != 1 or manner.pitch != 0):
        raise SynthesisError("this voice was trained without prosody: leave rate and pitch out.")
    space = network.conditioning.emotion if network.conditioning is not None else None
    if space is None:
        if manner.ways:
            raise SynthesisError("this voice was trained without emotions: leave emotion, valence and arousal out.")
        return asked
    if manner.ways:
        asked = replace(asked, intensity=torch.tensor([float(manner.intensity)], device=device))
    if manner.emotion is not None:
        asked = replace(asked, emotion=torch.tensor([space.index(manner.emotion)], device=device))
    if manner.valence is not None or manner.arousal is not None:
        point = torch.tensor([[manner.valence or 0.0, manner.arousal or 0.0]], device=device)
        asked = replace(asked, valence_arousal=point)
    if manner.emotion_reference is not None:
        if space.reference is None:
            raise SynthesisError("this voice cannot take its emotion from a recording: give a label instead.")
        asked = replace(asked, reference=_mel_of(manner.emotion_reference, contract).to(device))
    return asked


def kind(asked: Conditions) -> tuple[Any, ...]:
    """Equal for conditions that can stand in one batch: those that say something of the same things."""
    given = tuple(name for name, value in vars(asked).items() if isinstance(value, Tensor))
    # Recordings differ in length: only sentences that follow the same one go together.
    return (*given, id(asked.reference) if asked.reference is not None else None)


def stacked(rows: Sequence[Conditions]) -> Conditions:
    """One batch of conditions of batch size 1 and of one `kind`."""
    first = rows[0]
    joined: dict[str, Any] = {
        name: torch.cat([getattr(row, name) for row in rows])
        for name, value in vars(first).items()
        if isinstance(value, Tensor)
    }
    if first.wish is not None:
        wishes = {name: [float(getattr(row.wish, name)) for row in rows] for name in vars(first.wish)}
        device = next((value.device for value in joined.values()), None)
        joined["wish"] = ProsodyWish(**{name: torch.tensor(row, device=device) for name, row in wishes.items()})
    return replace(first, **joined)


def spoken_language(text: str, language: str | None, known: list[str]) -> str:
    """``language`` in one spelling; where it is None, Mandarin for Chinese characters, else the voice's first other.

    Warns where the voice was never trained on it.
    """
    trained = {canonical(name): name for name in known}
    if language is None:
        han = any("\u4e00" <= character <= "\u9fff" for character in text)
        others = [name for name in trained if name != "zh"]
        return "zh" if han else others[0] if others else "en-us"
    try:
        chosen = canonical(language)
    except TextError as error:
        raise SynthesisError(str(error)) from None
    if chosen not in trained:
        warnings.warn(
            f"language {language}: this voice was trained on {', '.join(known)} only; it will try.", stacklevel=3
        )
    return chosen


def language_index(language: str, network: Tacotron2) -> Tensor | None:
    """The row ``[1]`` of ``language`` in the network's table; None where it has no table or not this language."""
    known = network.conditioning.languages if network.conditioning is not None else ()
    for index, name in enumerate(known):
        if canonical(name) == language:
            return torch.tensor([index])
    return None


def _mel_of(path: str | Path, contract: AudioContract) -> Tensor:
    """As loud as what the voice has learnt from: how loud a file is says nothing of an emotion."""
    wave, _ = load(path, contract.sample_rate)
    return MelSpectrogram(contract)(torch.from_numpy(normalise(wave, contract.sample_rate))[None])
