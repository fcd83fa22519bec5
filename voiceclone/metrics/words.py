"""Whether the words can be understood, by a speech recogniser."""

from __future__ import annotations

import re
from typing import Any, Protocol

import numpy as np

from voiceclone.errors import ConfigError
from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.memo import remembered
from voiceclone.metrics.packages import require


class Recogniser(Protocol):
    """Writes down what it hears, in one of its ``languages``."""

    languages: tuple[str, ...]

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str: ...


class WordErrorRate(ClipMetric):
    """Errors per word of the text, 0 is best; clips count by their words, as is usual.

    ``reference`` are the texts. Recognisers err on recordings too: read the figure beside theirs.
    """

    target = "text"
    higher_is_better = False

    def __init__(self, sample_rate: int, recogniser: Recogniser | None, **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        if recogniser is None:
            raise ConfigError(f"{type(self).__name__}: needs someone who listens, recogniser=pocketsphinx or whisper.")
        require("jiwer", type(self).__name__)
        self.languages = recogniser.languages
        self.hear = remembered(recogniser)

    def observe(self, wave: np.ndarray) -> str:
        """What the recogniser wrote down."""
        return self.hear(wave, self.sample_rate)

    def weigh(self, reference: str) -> float:
        return float(len(self.units(reference)))

    def score(self, generated: np.ndarray, reference: str) -> float:
        from jiwer import wer

        said = self.units(reference)
        if not said:
            raise Unscorable("the text holds no words")
        return float(wer(" ".join(said), " ".join(self.units(self.observe(generated)))))

    def units(self, text: str) -> list[str]:
        """What is counted: words, without case and punctuation; in Chinese, characters."""
        return spelled(text).split()


class CharacterErrorRate(WordErrorRate):
    """Errors per character of the text, spaces left out; 0 is best."""

    def units(self, text: str) -> list[str]:
        return list(spelled(text).replace(" ", ""))


def spelled(text: str) -> str:
    """Lower case, words apart by one space, apostrophes kept, Chinese characters apart from each other."""
    kept = re.sub(r"[^\w']+", " ", text.lower().replace("’", "'")).replace("_", " ")
    return re.sub(r"\s+", " ", re.sub(r"([\u4e00-\u9fff])", r" \1 ", kept)).strip()
