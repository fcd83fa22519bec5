"""A corpus on disk made of something that a voice detector takes for speech."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from voiceclone.audio.contract import AudioContract
from voiceclone.data.prepare_corpus import prepare_corpus
from voiceclone.data.prepare_report import CorpusReport
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.prepare_workers import Workers
from voiceclone.data.store import Store
from voiceclone.data.utterance import Skipped, Utterance

RATE = 16000
CONTRACT = AudioContract(RATE, n_fft=512, hop_length=128, win_length=512, n_mels=20, f_min=0, f_max=8000)
ENCODER = AudioContract(RATE, 400, 160, 400, 10, 0, 8000, log="none", power=2, padding="center", pad_mode="constant")
SETTINGS = PrepareSettings(CONTRACT, ENCODER)


def speechlike(seconds: float, seed: int = 0, rate: int = RATE, level: float = 0.1, pause: float = 0.3) -> np.ndarray:
    """Syllables of a buzzing voice with silence before and after them."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 60 * rng.random() + 20 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    voice = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, 1) * ((time > pause) & (time < seconds - pause))
    return (level * voice * syllables + 1e-4 * rng.standard_normal(len(time))).astype(np.float32)


def record(path: Path, seconds: float = 1.5, seed: int = 0, rate: int = RATE, level: float = 0.1) -> Path:
    """Write a recording; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speechlike(seconds, seed, rate, level), rate)
    return path


class ListedCorpus:
    """A corpus that is whatever list of utterances it is given."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self.utterances = list(utterances)
        self.found, self.skipped = 0, list[Skipped]()

    def __iter__(self) -> Iterator[Utterance]:
        self.found = len(self.utterances)
        return iter(self.utterances)


def utterance(path: Path, **fields: Any) -> Utterance:
    """An utterance with defaults; its id is the file's name."""
    return Utterance(**{"id": path.stem, "audio": path, "speaker": "anna", "language": "en", **fields})


def prepare(
    folder: Path, utterances: Sequence[Utterance], settings: PrepareSettings = SETTINGS
) -> tuple[Store, CorpusReport, int]:
    """Prepare into ``folder`` in this process: store, report, and how many jobs there were."""
    jobs = []
    workers = Workers(0)
    store, report = prepare_corpus(
        "toy", ListedCorpus(utterances), settings, folder, workers, lambda added, done: jobs.append(added)
    )
    return store, report, sum(jobs)
