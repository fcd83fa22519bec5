"""On real speech, every metric puts the recording first, less noise before more, and 60 iterations before 4."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from recipes.cli import CONF
from voiceclone.audio import io
from voiceclone.audio.contract import AudioContract
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.checkpoints.published_speaker import resemblyzer_encoder
from voiceclone.metrics.clip import ClipMetric
from voiceclone.metrics.dnsmos import PredictedMOS, Prediction, predict
from voiceclone.metrics.log_f0 import LogF0Correlation, LogF0RMSE
from voiceclone.metrics.mcd import MCD
from voiceclone.metrics.periodicity import PeriodicityError
from voiceclone.metrics.pesq import PESQ
from voiceclone.metrics.recognisers import PocketSphinx
from voiceclone.metrics.si_sdr import SISDR
from voiceclone.metrics.similarity import SpeakerSimilarity
from voiceclone.metrics.stft import MultiResolutionSTFT
from voiceclone.metrics.stoi import STOI
from voiceclone.metrics.voicing_f1 import VoicingF1
from voiceclone.metrics.words import CharacterErrorRate, WordErrorRate
from voiceclone.models.speaker.embedding import SpeakerEmbedder

pytestmark = pytest.mark.shared
RATE = 16_000
CLIPS = ("LJ001-0013", "LJ001-0011", "LJ001-0029")
TEXTS = [
    "than in the same operations with ugly ones.",
    "it is of the first importance that the letter used should be fine in form;",
    "But though on the whole, except in Italy, Gothic letter was most often used",
]
NOISE = ("30 dB", "15 dB", "5 dB")
SPEAKERS = ("1688", "1998", "2414", "3005")

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


@pytest.fixture(scope="module")
def similarity() -> SpeakerSimilarity:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        contract = instantiate(compose("evaluate").encoder_audio)
    return SpeakerSimilarity(RATE, SpeakerEmbedder(resemblyzer_encoder(), contract))


@pytest.mark.parametrize("names", [NOISE, ("griffin-lim 60", "griffin-lim 4")], ids=["noise", "griffin-lim"])
def test_a_voice_is_less_like_itself_when_it_is_spoilt(
    similarity: SpeakerSimilarity, versions: dict[str, list[np.ndarray]], names: tuple[str, ...]
) -> None:
    order(similarity, versions, names)


def test_a_speaker_is_more_like_himself_than_like_others(similarity: SpeakerSimilarity, shared: Path) -> None:
    found = {who: sorted((shared / "data/LibriSpeech").glob(f"*/{who}/*/*.flac"))[:2] for who in SPEAKERS}
    clips = {(who, path.stem): io.load(path, RATE, 0, 5)[0] for who, paths in found.items() for path in paths}
    assert len(clips) == 2 * len(SPEAKERS)
    for one, wave in clips.items():
        scores = {other: similarity.judge(wave, against) for other, against in clips.items() if other != one}
        same, others = ([s for (who, _), s in scores.items() if (who == one[0]) == wanted] for wanted in (True, False))
        assert min(same) > max(others), (one, scores)


def test_predicted_mos_hears_noise(versions: dict[str, list[np.ndarray]]) -> None:
    for figure in ("overall", "p808"):
        clean, noisy = (PredictedMOS(RATE, figure).judge(versions[name][0]) for name in ("recording", "15 dB"))
        assert clean > noisy + 0.5


@pytest.mark.slow
def test_predicted_mos_falls_with_noise_and_rises_with_griffin_lim(versions: dict[str, list[np.ndarray]]) -> None:
    means = {name: Prediction(*np.mean([predict(w, RATE) for w in waves], axis=0)) for name, waves in versions.items()}
    for figure in Prediction._fields:
        noise = [getattr(means[name], figure) for name in ("recording", *NOISE)]
        assert noise == sorted(noise, reverse=True), figure
        rebuilt = [getattr(means[name], figure) for name in ("recording", "griffin-lim 60", "griffin-lim 4")]
        # P.808's network hears noise, and next to nothing of what Griffin-Lim does to the phases.
        assert rebuilt == sorted(rebuilt, reverse=True) or (figure == "p808" and rebuilt[0] == max(rebuilt)), figure


@pytest.mark.slow
def test_predicted_mos_of_noisy_speech_is_below_that_of_clean(shared: Path) -> None:
    folder = shared / "data/VoiceBank-DEMAND"
    names = sorted(path.name for path in (folder / "clean_testset_wav").iterdir())[:4]
    noisy, clean = (
        [predict(io.load(folder / f"{side}_testset_wav" / name, RATE)[0], RATE) for name in names]
        for side in ("noisy", "clean")
    )
    for figure in Prediction._fields:
        assert np.mean([getattr(p, figure) for p in noisy]) < np.mean([getattr(p, figure) for p in clean]), figure
    assert all(theirs.overall < ours.overall for theirs, ours in zip(noisy, clean, strict=True))


def test_noise_costs_words(versions: dict[str, list[np.ndarray]]) -> None:
    recogniser = PocketSphinx()
    for metric in (WordErrorRate(RATE, recogniser), CharacterErrorRate(RATE, recogniser)):
        clean, noisy = (metric.judge(versions[name][0], TEXTS[0]) for name in ("recording", "5 dB"))
        assert clean <= 0.5 < noisy


@pytest.mark.slow
def test_more_noise_costs_more_words(versions: dict[str, list[np.ndarray]]) -> None:
    """Griffin-Lim does not: a recogniser looks at no phase, and understands its speech as it does the recording."""
    recogniser = PocketSphinx()
    for metric in (WordErrorRate(RATE, recogniser), CharacterErrorRate(RATE, recogniser)):
        rates = [mean(metric, versions[name], TEXTS) for name in ("recording", *NOISE)]
        assert all(better < worse for better, worse in itertools.pairwise(rates)), rates
