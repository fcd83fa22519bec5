"""What goes into a metric, what it makes of bad clips, and how it averages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from voiceclone.errors import ConfigError, DataError
from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.dnsmos import PredictedMOS
from voiceclone.metrics.duration import DurationError, RateError
from voiceclone.metrics.log_f0 import LogF0Correlation, LogF0RMSE
from voiceclone.metrics.mcd import MCD
from voiceclone.metrics.periodicity import PeriodicityError
from voiceclone.metrics.pesq import PESQ
from voiceclone.metrics.si_sdr import SISDR
from voiceclone.metrics.stft import MultiResolutionSTFT
from voiceclone.metrics.stoi import STOI
from voiceclone.metrics.voicing_f1 import VoicingF1

RATE = 16_000
PAIRED = [
    PESQ, STOI, MCD, MultiResolutionSTFT, SISDR, LogF0RMSE, LogF0Correlation, VoicingF1, PeriodicityError,
    DurationError, RateError,
]  # fmt: skip


@pytest.fixture
def speech(rng: np.random.Generator) -> np.ndarray:
    """Two seconds of a voice-like buzz whose pitch and level move."""
    time = np.arange(2 * RATE) / RATE
    pitch = 140 + 30 * np.sin(2 * np.pi * 0.9 * time)
    buzz = sum(np.sin(2 * np.pi * k * np.cumsum(pitch) / RATE) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time), 0.02, 1)
    return (0.1 * buzz * syllables + 0.001 * rng.standard_normal(len(time))).astype(np.float32)


@pytest.mark.parametrize("metric", PAIRED)
def test_a_clip_is_best_against_itself(metric: type[ClipMetric], speech: np.ndarray, rng: np.random.Generator) -> None:
    noisy = (0.7 * speech + 0.05 * rng.standard_normal(len(speech))).astype(np.float32)
    stretched = np.interp(np.arange(0, len(speech), 0.8), np.arange(len(speech)), speech).astype(np.float32)
    worse = stretched if metric in (DurationError, RateError) else noisy
    itself, other = (metric(RATE).judge(wave, speech) for wave in (speech, worse))
    assert itself > other if metric.higher_is_better else itself < other


@pytest.mark.parametrize("metric", PAIRED)
@pytest.mark.parametrize("case", ["silent", "short", "nan", "empty"])
def test_a_bad_clip_never_stops_the_others(metric: type[ClipMetric], case: str, speech: np.ndarray) -> None:
    nan = speech.copy()
    nan[100] = np.nan
    bad = {"silent": np.zeros_like(speech), "short": speech[:100], "nan": nan, "empty": speech[:0]}[case]
    running = metric(RATE)
    running.update([speech, bad], [speech, bad])
    alone = metric(RATE)
    alone.update([speech], [speech])
    if running.skipped:
        assert running.compute() == alone.compute()
    assert torch.isfinite(running.compute())
    assert case not in ("silent", "nan", "empty") or running.skipped == 1


def test_silence_instead_of_speech_has_the_lowest_pesq(speech: np.ndarray) -> None:
    assert PESQ(RATE).judge(np.zeros_like(speech), speech) == 1.0


@pytest.mark.parametrize("metric", [PESQ, STOI, MultiResolutionSTFT, SISDR, LogF0RMSE])
def test_another_timing_is_refused_where_it_matters(metric: type[ClipMetric], speech: np.ndarray) -> None:
    with pytest.raises(Unscorable, match=r"lengths differ by 0\.50 s"):
        metric(RATE).judge(speech[: -RATE // 2], speech)
    assert np.isfinite(metric(RATE).judge(speech[: -RATE // 50], speech))


@pytest.mark.parametrize("metric", [MCD, VoicingF1])
def test_another_timing_is_warped_where_it_does_not(metric: type[ClipMetric], speech: np.ndarray) -> None:
    slower = np.concatenate([speech[: RATE // 2], speech[RATE // 3 : RATE // 2], speech[RATE // 2 :]])
    options: dict[str, Any] = {"align": True} if metric is VoicingF1 else {}
    warped = metric(RATE, **options).judge(slower, speech)
    assert warped > 0.9 if metric is VoicingF1 else warped < 2.0


def test_tensors_lists_and_channels_are_all_the_same(speech: np.ndarray) -> None:
    wave = torch.from_numpy(speech)
    expected = SISDR(RATE).judge(speech * 0.5 + 0.01, speech)
    for form in (wave, wave[None], wave[None, None], [wave], [speech]):
        metric = SISDR(RATE)
        metric.update([0.5 * part + 0.01 for part in form] if isinstance(form, list) else 0.5 * form + 0.01, form)
        assert float(metric.compute()) == pytest.approx(expected)


def test_forward_gives_the_batch_and_compute_all_batches(speech: np.ndarray) -> None:
    metric = DurationError(RATE)
    assert metric([speech[: len(speech) // 2]], [speech]) == pytest.approx(50)
    assert metric([speech], [speech]) == pytest.approx(0)
    assert metric.compute() == pytest.approx(25)
    metric.reset()
    assert metric.compute().isnan()


def test_sides_that_differ_in_number_are_an_error(speech: np.ndarray) -> None:
    with pytest.raises(DataError, match="2 generated clips, 1 references"):
        PESQ(RATE).update([speech, speech], [speech])


def test_wide_band_needs_its_band() -> None:
    with pytest.raises(ConfigError, match="8000 Hz: use nb"):
        PESQ(8_000)


def test_misspelt_choices_are_named() -> None:
    with pytest.raises(ConfigError, match="'wb' or 'nb', got 'wide'"):
        PESQ(RATE, "wide")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="Did you mean 'overall'"):
        PredictedMOS(RATE, "overal")  # type: ignore[arg-type]
