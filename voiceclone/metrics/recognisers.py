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
    """Any Whisper checkpoint of transformers, from a local folder ``path``; nothing is downloaded.

    ``language`` (``"en"``, ``"zh"``) is that of the clips; None lets a multilingual checkpoint find out. ``languages``
    are those it is asked to write down; empty for all.
    """

    path: str
    language: str | None = None
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require("transformers", "Whisper")
        if not Path(self.path).is_dir():
            raise ConfigError(f"Whisper: no folder at {self.path}; set recogniser.path=<folder of a checkpoint>.")
        if not all(any(Path(self.path).glob(wanted)) for wanted in ("config.json", "*model*")):
            raise ConfigError(f"Whisper: {self.path} lacks config.json or the weights (model.safetensors).")

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str:
        options = {"language": self.language, "task": "transcribe"} if self.language else {}
        clip = {"raw": resample(wave, sample_rate, RATE), "sampling_rate": RATE}
        # Beyond the 30 s of one window Whisper wants to know where its sentences end.
        return str(_whisper(self.path)(clip, return_timestamps=True, generate_kwargs=options)["text"]).strip()


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

    try:
        return pipeline("automatic-speech-recognition", model=path)
    except Exception as error:
        raise ConfigError(f"Whisper: {path} holds no checkpoint that transformers can read ({error}).") from error


def _int16(wave: np.ndarray) -> bytes:
    return (np.clip(wave, -1, 1) * 32767).astype(np.int16).tobytes()
