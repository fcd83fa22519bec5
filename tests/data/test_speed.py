"""Vocoder segments at other speeds: wave, mel and pitch change together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from toy_store import CONTRACT, MEL, SPECS, arrays, clip, header

from voiceclone.audio.mel import MelSpectrogram
from voiceclone.data.batches import VocoderBatch
from voiceclone.data.collate_vocoder import VocoderReader
from voiceclone.data.labels import Labels
from voiceclone.data.store import Store
from voiceclone.data.store_writer import StoreWriter
from voiceclone.errors import ConfigError

TONE, FRAMES, SEGMENT = 100.0, 200, 32


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two clips of a steady tone."""
    samples = np.arange(FRAMES * CONTRACT.hop_length)
    wave = 0.3 * np.sin(2 * np.pi * TONE * samples / CONTRACT.sample_rate)
    mel = MelSpectrogram(CONTRACT)(torch.from_numpy(wave[None]))[0].T.numpy()
    own = {"wave": (wave * 32768).astype(np.int16), MEL: mel, "f0": np.full(FRAMES, TONE, dtype=np.float32)}
    with StoreWriter(tmp_path / "tone", header(), SPECS) as writer:
        for name in ("a", "b"):
            writer.add(name, "1", {"seconds": 2.0, "source_rate": 16000}, {**arrays(FRAMES), **own})
        return writer.publish([("a", clip("a")), ("b", clip("b"))])


def load(store: Store, seed: int = 0, training: bool = True, **options: Any) -> VocoderBatch:
    reader = VocoderReader(
        store, Labels.of(store), CONTRACT, training, segment_samples=SEGMENT * CONTRACT.hop_length, **options
    )
    return reader.load(np.array([0, 1]), np.random.default_rng(seed))


def test_a_tone_played_faster_is_higher_in_the_wave_and_in_the_pitch(store: Store) -> None:
    batch = load(store, extra=["f0"], speeds=[0.7, 1.4])
    assert batch.wave.shape == (2, 1, SEGMENT * CONTRACT.hop_length)
    assert batch.mel.shape == (2, CONTRACT.n_mels, SEGMENT)
    assert batch.extra["f0"].shape == (2, SEGMENT)
    for wave, f0 in zip(batch.wave[:, 0], batch.extra["f0"], strict=True):
        spectrum = torch.fft.rfft(wave * torch.hann_window(len(wave)), 1 << 15).abs()
        heard = int(spectrum.argmax()) * CONTRACT.sample_rate / (1 << 15)
        assert heard == pytest.approx(float(f0[0]), rel=0.01)
        assert (f0 == f0[0]).all()
    assert batch.extra["f0"][0, 0] != batch.extra["f0"][1, 0]


def test_mels_are_those_of_the_wave_as_it_is_played(store: Store) -> None:
    batch = load(store, speeds=[0.7, 1.4])
    found = MelSpectrogram(CONTRACT)(batch.wave)
    torch.testing.assert_close(found[..., 2:-2], batch.mel[..., 2:-2], rtol=0, atol=1e-4)
    assert batch.extra == {}


def test_at_the_recorded_speed_nothing_changes(store: Store) -> None:
    plain, played = load(store, extra=["f0"]), load(store, extra=["f0"], speeds=[1, 1])
    torch.testing.assert_close(played.extra, plain.extra)
    # The tone is the same in every frame, wherever a segment begins.
    torch.testing.assert_close(played.mel[..., 2:-2], plain.mel[..., 2:-2], rtol=0, atol=0.02)


def test_speeds_are_drawn_anew_from_the_seed_alone(store: Store) -> None:
    first, again, other = (load(store, seed, speeds=[0.7, 1.4]).wave for seed in (0, 0, 1))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert not torch.equal(first, other)


def test_validation_is_on_recordings_as_they_are(store: Store) -> None:
    torch.testing.assert_close(
        load(store, training=False, speeds=[0.7, 1.4]).wave, load(store, training=False).wave, rtol=0, atol=0
    )


def test_a_clip_shorter_than_a_fast_segment_ends_in_silence(store: Store) -> None:
    reader = VocoderReader(
        store, Labels.of(store), CONTRACT, True, segment_samples=180 * CONTRACT.hop_length, extra=["f0"], speeds=[2, 2]
    )
    batch = reader.load(np.array([0]), np.random.default_rng(0))
    assert (batch.wave[..., 102 * CONTRACT.hop_length :] == 0).all()
    assert (batch.extra["f0"][:, :100] == 2 * TONE).all()
    assert (batch.extra["f0"][:, 101:] == 0).all()


@pytest.mark.parametrize("speeds", [[0.8], [1.2, 0.8], [0.1, 1], [1, 9]])
def test_speeds_that_make_no_sense_are_refused(store: Store, speeds: list[float]) -> None:
    with pytest.raises(ConfigError, match=r"data\.speeds=.* expected the slowest and the fastest"):
        load(store, speeds=speeds)


def test_what_cannot_follow_the_speed_is_refused(store: Store) -> None:
    with pytest.raises(ConfigError, match=r"data\.mel is mel@"):
        load(store, speeds=[0.8, 1.2], mel=MEL)
    with pytest.raises(ConfigError, match=r"data\.extra is energy"):
        load(store, speeds=[0.8, 1.2], extra=["f0", "energy"])
