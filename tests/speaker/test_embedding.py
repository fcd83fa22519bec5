"""From recordings to embeddings: windows, silences, level, batches, and recordings that will not do."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from voiceclone.audio import io
from voiceclone.audio.clipping import clipped_share
from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints.published_speaker import resemblyzer_encoder
from voiceclone.errors import AudioError, ConfigError
from voiceclone.models.speaker import LSTMEncoder
from voiceclone.models.speaker.embedding import SpeakerEmbedder
from voiceclone.models.speaker.partials import cut, window_starts
from voiceclone.models.speaker.reference import prepare
from voiceclone.models.speaker.voices import check_voices, two_groups

RATE = 16_000


@pytest.fixture(scope="module")
def embedder(ge2e_contract: AudioContract) -> SpeakerEmbedder:
    torch.manual_seed(0)
    return SpeakerEmbedder(LSTMEncoder(40, 16, 1, 8, log_floor=1e-6), ge2e_contract)


def murmur(seconds: float, seed: int = 0) -> np.ndarray:
    """Syllables of a buzzing voice over a faint noise: speech, as far as a detector of voices can tell."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * (110 + 20 * seed) * k * time + rng.uniform(0, 6)) / k for k in range(1, 30))
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, None) ** 0.5
    return (0.05 * syllables * buzz + 1e-4 * rng.standard_normal(len(time))).astype(np.float32)


def test_windows_follow_the_published_rule() -> None:
    """1.6 s long, 1.3 a second, the last one only if three quarters of it are filled."""
    assert window_starts(100, 160, 77, 0.75) == [0]
    assert window_starts(196, 160, 77, 0.75) == [0]
    assert window_starts(197, 160, 77, 0.75) == [0, 77]
    assert window_starts(500, 160, 77, 0.75) == [0, 77, 154, 231, 308]
    with pytest.raises(ConfigError, match="min_coverage"):
        window_starts(100, 160, 77, 0.0)


def test_windows_past_the_end_hold_silence() -> None:
    mel = torch.arange(10.0).repeat(2, 1)
    windows = cut(mel, [0, 6], 8, silence=-1.0)
    assert windows[0, 0].tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert windows[1, 1].tolist() == [6, 7, 8, 9, -1, -1, -1, -1]


def test_many_recordings_at_once_are_each_embedded_as_if_alone(embedder: SpeakerEmbedder) -> None:
    waves = [murmur(seconds, seed) for seed, seconds in enumerate((0.8, 3.1, 1.7, 6.0))]
    together = embedder.embed_many(waves, RATE)
    alone = np.stack([embedder(wave, RATE) for wave in waves])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_an_utterance_is_the_mean_direction_of_its_windows(ge2e_contract: AudioContract) -> None:
    class LoudBeginning(nn.Linear):
        """One direction for windows that begin loud, another for the others."""

        def forward(self, mel: Tensor) -> Tensor:
            first = mel[:, :, 1].sum(1)
            loud = (first > 0.5 * first.max()).float()
            return torch.stack([loud, 1 - loud], 1)

    wave = np.concatenate([np.full(RATE, 0.1), np.full(3 * RATE, 0.9)]).astype(np.float32)
    ours = SpeakerEmbedder(LoudBeginning(1, 1), ge2e_contract).embed_prepared([wave * np.resize([1, -1], len(wave))])[0]
    np.testing.assert_allclose(ours, np.sqrt([0.5, 0.5]), atol=1e-6)  # windows begin at 0, 0.77, 1.54 and 2.31 s


def test_long_silences_go_and_quiet_recordings_are_raised(embedder: SpeakerEmbedder) -> None:
    wave = murmur(4.0)
    hush = 1e-5 * np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32)
    gaps = np.concatenate([hush, wave[: 2 * RATE], hush, wave[2 * RATE :], hush])
    assert len(prepare(gaps, RATE, -30.0, "it")) < 5.5 * RATE

    def level(wave: np.ndarray) -> float:
        return 20 * np.log10(np.sqrt(np.mean(np.square(wave))))

    assert level(prepare(0.01 * wave, RATE, -30.0, "it")) == pytest.approx(-30, abs=0.01)
    assert level(prepare(4 * wave, RATE, -30.0, "it")) == pytest.approx(level(4 * wave), abs=0.5)  # louder already
    np.testing.assert_allclose(embedder(0.01 * wave, RATE), embedder(0.02 * wave, RATE), atol=1e-3)


def test_any_sample_rate_will_do(embedder: SpeakerEmbedder) -> None:
    from voiceclone.audio.resample import resample

    wave = murmur(3.0)
    at_44k = embedder(resample(wave, RATE, 44_100), 44_100)
    assert float(at_44k @ embedder(wave, RATE)) > 0.999


@pytest.mark.parametrize(
    ("wave", "said"),
    [
        (np.zeros(0, np.float32), "no audio samples"),
        (np.zeros(2 * RATE, np.float32), "silent"),
        (np.full(2 * RATE, np.nan, np.float32), "NaN"),
        (murmur(0.3), "0.30 s"),
        (np.concatenate([1e-4 * np.random.default_rng(0).standard_normal(3 * RATE), murmur(0.15)]), "at least 0.5 s"),
    ],
    ids=["empty", "silent", "broken", "short", "hardly any speech"],
)
def test_a_useless_reference_is_refused_with_what_to_record_instead(
    embedder: SpeakerEmbedder, wave: np.ndarray, said: str
) -> None:
    with pytest.raises(AudioError, match=rf"ref\.wav: .*{said}.*Record 3 to 10 seconds of one person"):
        embedder(wave.astype(np.float32), RATE, name="ref.wav")


def test_a_clipped_reference_is_warned_of(embedder: SpeakerEmbedder) -> None:
    wave = murmur(3.0)
    clipped = np.clip(wave / np.abs(wave).max() * 3, -1, 1)
    assert clipped_share(wave) == 0
    with pytest.warns(UserWarning, match=r"ref\.wav: is clipped .* less gain"):
        embedder(clipped, RATE, name="ref.wav")


def test_groups_of_windows_are_told_from_scatter() -> None:
    generator = torch.Generator().manual_seed(0)
    scatter = 0.3 * torch.randn(12, 16, generator=generator)
    one, other = torch.eye(16)[:2]
    alone = nn.functional.normalize(one + scatter, dim=1)
    mixed = nn.functional.normalize(torch.where(torch.arange(12)[:, None] % 2 == 0, one, other) + scatter, dim=1)
    distance, width = two_groups(mixed)
    assert distance > 2.2 * width > 0
    with pytest.warns(UserWarning, match="two very different voices"):
        check_voices(mixed, "it")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_voices(alone, "it")
        check_voices(mixed[:6], "it")  # too few windows of each to say


@pytest.mark.shared
def test_two_different_voices_are_warned_of_and_one_is_not(
    shared: Path, ge2e_contract: AudioContract, wheel: None
) -> None:
    embedder = SpeakerEmbedder(resemblyzer_encoder(), ge2e_contract)
    folder = shared / "data" / "LibriSpeech" / "test-other"
    man, woman = (
        np.concatenate([io.load(path, RATE)[0] for path in sorted((folder / reader).rglob("*.flac"))])[: 8 * RATE]
        for reader in ("1688", "1998")
    )
    with pytest.warns(UserWarning, match=r"call\.wav: two very different voices"):
        embedder(np.concatenate([man, woman]), RATE, name="call.wav")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        embedder(man, RATE, name="man.wav")
        embedder(woman, RATE, name="woman.wav")
