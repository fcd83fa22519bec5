"""Speech recognisers that work without a network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.audio.resample import resample
from voiceclone.errors import ConfigError
from voiceclone.metrics.packages import require

RATE = 16_000


@dataclass(frozen=True)
class PocketSphinx:
    """US English by the model inside the pocketsphinx wheel; it mishears three words in ten of clean recordings."""

    languages: tuple[str, ...] = ("en", "en-us")

    def __post_init__(self) -> None:
        require("pocketsphinx", "word error rate")

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str:
        decoder = _sphinx()
        decoder.start_utt()
        decoder.process_raw(_int16(resample(wave, sample_rate, RATE)), full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        return heard.hypstr if heard else ""


@dataclass(frozen=True)
class Whisper:
    """Any Whisper checkpoint of transformers, from a local folder ``path``; nothing is downloaded."""

    path: str
    language: str | None = None
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require("transformers", "Whisper")
        if not Path(self.path).is_dir():
            raise ConfigError(f"Whisper: no folder at {self.path}; give the path of a downloaded checkpoint.")

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str:
        options = {"language": self.language} if self.language else {}
        heard = _whisper(self.path)(resample(wave, sample_rate, RATE), generate_kwargs=options)
        return str(heard["text"])


@lru_cache
def _sphinx() -> Any:
    from pocketsphinx import Config, Decoder, get_model_path

    config = Config(
        hmm=get_model_path("en-us/en-us"),
        lm=get_model_path("en-us/en-us.lm.bin"),
        dict=get_model_path("en-us/cmudict-en-us.dict"),
        # By default the mean is carried over from clip to clip, and a score would hang on the order of clips.
        cmn="batch",
        loglevel="FATAL",
    )
    return Decoder(config)


@lru_cache
def _whisper(path: str) -> Any:
    from transformers import pipeline

    return pipeline("automatic-speech-recognition", model=path)


def _int16(wave: np.ndarray) -> bytes:
    return (np.clip(wave, -1, 1) * 32767).astype(np.int16).tobytes()
