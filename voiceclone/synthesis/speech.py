"""What is to be said, ready for the networks, and what came of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voiceclone.audio.io import LONGEST_COMMENT, save
from voiceclone.audio.level import limited
from voiceclone.audio.resample import resample
from voiceclone.errors import SynthesisError
from voiceclone.models.acoustic import Conditions
from voiceclone.synthesis.manner import Manner
from voiceclone.synthesis.speaking import Sentence


@dataclass(frozen=True)
class Plan:
    """One text cut into ``sentences`` with their ``symbols``, under conditions of batch size 1."""

    text: str
    sentences: list[str]
    symbols: list[list[int]]
    asked: Conditions
    manner: Manner


@dataclass(frozen=True)
class Speech:
    """What was said: ``wave`` [L] float32 at ``sample_rate``, and each of its sentences as the networks made it."""

    wave: np.ndarray
    sample_rate: int
    sentences: list[Sentence]

    @property
    def seconds(self) -> float:
        return len(self.wave) / self.sample_rate

    @property
    def failed(self) -> list[str]:
        """The sentences whose alignment failed however often they were spoken."""
        return [sentence.text for sentence in self.sentences if sentence.failed]

    def resampled(self, sample_rate: int | None) -> Speech:
        """The same at another rate; None for its own. Raises `SynthesisError` as `require_rate` does."""
        if sample_rate is None:
            return self
        require_rate(sample_rate)
        # Between two samples there may be a peak that neither of them has.
        wave = limited(resample(self.wave, self.sample_rate, sample_rate), sample_rate)
        return replace(self, wave=wave, sample_rate=sample_rate)

    def save(self, path: str | Path, text: str, voice: str, emotion: str | None = None) -> None:
        """Write a 16-bit wav whose metadata say what is said, with which emotion, by which voice, and that it is
        synthetic. A text too long for them is cut short there."""
        said = {"text": text, "voice": voice, "emotion": emotion, "speech": "synthetic"}
        save(path, self.wave, self.sample_rate, _fitting({key: v for key, v in said.items() if v is not None}))


def require_rate(sample_rate: int) -> None:
    """Raises `SynthesisError` for a rate that no player has."""
    if not 8_000 <= sample_rate <= 192_000:
        raise SynthesisError(f"sample_rate={sample_rate}: expected Hz from 8000 to 192000, such as 44100 or 48000.")


def _fitting(said: dict[str, str]) -> dict[str, str]:
    while len(json.dumps(said)) > LONGEST_COMMENT and said["text"] != "…":
        said = {**said, "text": said["text"][: 3 * len(said["text"]) // 4].rstrip("…") + "…"}
    return said
