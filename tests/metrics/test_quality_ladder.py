"""On real speech, every metric puts the recording first, less noise before more, and 60 iterations before 4."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from voiceclone.audio import io
from voiceclone.audio.contract import AudioContract
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.metrics.clip import ClipMetric
from voiceclone.metrics.dnsmos import PredictedMOS
from voiceclone.metrics.log_f0 import LogF0Correlation, LogF0RMSE
from voiceclone.metrics.mcd import MCD
from voiceclone.metrics.periodicity import PeriodicityError
from voiceclone.metrics.pesq import PESQ
from voiceclone.metrics.recognisers import PocketSphinx
from voiceclone.metrics.si_sdr import SISDR
from voiceclone.metrics.stft import MultiResolutionSTFT
from voiceclone.metrics.stoi import STOI
from voiceclone.metrics.voicing_f1 import VoicingF1
from voiceclone.metrics.words import CharacterErrorRate, WordErrorRate

pytestmark = pytest.mark.shared
RATE = 16_000
CLIPS = ("LJ001-0013", "LJ001-0011", "LJ001-0029")
FIRST_TEXT = "than in the same operations with ugly ones."
NOISE = ("30 dB", "15 dB", "5 dB")

SAME_TIMING: list[ClipMetric] = [
    PESQ(RATE), PESQ(RATE, "nb"), STOI(RATE), STOI(RATE, extended=True), MCD(RATE), MultiResolutionSTFT(RATE),
    LogF0RMSE(RATE), LogF0Correlation(RATE), VoicingF1(RATE), PeriodicityError(RATE),
]  # fmt: skip


def describe(metric: ClipMetric) -> str:
    return " ".join([type(metric).__name__, getattr(metric, "mode", ""), str(getattr(metric, "extended", ""))])


@pytest.fixture(scope="module")
def versions(shared: Path) -> dict[str, list[np.ndarray]]:
    """Recordings, the same under noise at three levels, and their mels made audible by Griffin-Lim."""
    contract = AudioContract(RATE, n_fft=1024, hop_length=200, win_length=800, n_mels=96, f_min=0, f_max=RATE / 2)
    rng, mel = np.random.default_rng(0), MelSpectrogram(contract)
    made: dict[str, list[np.ndarray]] = {}
    for name in CLIPS:
        clean, _ = io.load(shared / f"data/ljspeech/wavs/{name}.wav", RATE)
        made.setdefault("recording", []).append(clean)
        noise = rng.standard_normal(len(clean)) * clean.std()
        for level in NOISE:
            noisy = clean + noise * 10 ** (-float(level.split()[0]) / 20)
            made.setdefault(level, []).append(noisy.astype(np.float32))
        frames = mel(torch.from_numpy(clean)[None])
        for n_iter in (4, 60):
            rebuilt = griffin_lim(frames, contract, n_iter=n_iter)[0].numpy()
            made.setdefault(f"griffin-lim {n_iter}", []).append(rebuilt)
    return made


def mean(metric: ClipMetric, generated: list[np.ndarray], reference: Any = None) -> float:
    metric.reset()
    metric.update(generated, reference)
    assert metric.skipped == 0
    return float(metric.compute())


def order(metric: ClipMetric, versions: dict[str, list[np.ndarray]], names: tuple[str, ...]) -> None:
    scores = [mean(metric, versions[name], versions["recording"]) for name in ("recording", *names)]
    signed = scores if metric.higher_is_better else [-score for score in scores]
    assert all(better > worse for better, worse in itertools.pairwise(signed)), scores


@pytest.mark.parametrize("metric", [*SAME_TIMING, SISDR(RATE)], ids=describe)
def test_more_noise_is_worse(metric: ClipMetric, versions: dict[str, list[np.ndarray]]) -> None:
    order(metric, versions, NOISE)


@pytest.mark.parametrize("metric", SAME_TIMING, ids=describe)
def test_more_griffin_lim_is_better(metric: ClipMetric, versions: dict[str, list[np.ndarray]]) -> None:
    """Not so SI-SDR: it wants the recording's phase, which Griffin-Lim does not look for."""
    order(metric, versions, ("griffin-lim 60", "griffin-lim 4"))


def test_predicted_mos_hears_noise(versions: dict[str, list[np.ndarray]]) -> None:
    for figure in ("overall", "p808"):
        clean, noisy = (PredictedMOS(RATE, figure).judge(versions[name][0]) for name in ("recording", "15 dB"))
        assert clean > noisy + 0.5


def test_noise_costs_words(versions: dict[str, list[np.ndarray]]) -> None:
    recogniser = PocketSphinx()
    for metric in (WordErrorRate(RATE, recogniser), CharacterErrorRate(RATE, recogniser)):
        clean, noisy = (metric.judge(versions[name][0], FIRST_TEXT) for name in ("recording", "5 dB"))
        assert clean <= 0.5 < noisy
