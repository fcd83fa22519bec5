"""Slicing: long recordings become pieces of a few seconds that begin and end in silence and lose no speech."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import soundfile

from voiceclone.audio import io
from voiceclone.audio.slicing import slice_at_silences, slice_file
from voiceclone.audio.voice_activity import speech_spans
from voiceclone.errors import AudioError, ConfigError

RATE = 8000


@pytest.fixture
def talk(babble, hiss, rng):
    """Two minutes of utterances of 0.6 to 4 s with pauses of 0.3 to 1.2 s between them."""
    parts = []
    while sum(map(len, parts)) < 120 * RATE:
        spoken = babble(rng.uniform(0.6, 4.0), RATE)
        parts += [spoken, np.zeros(round(rng.uniform(0.3, 1.2) * RATE), dtype=np.float32)]
    wave = np.concatenate(parts)
    return wave + hiss(len(wave) / RATE, RATE, -70)[: len(wave)]


def durations(pieces) -> np.ndarray:
    return np.array([end - start for start, end in pieces])


def test_pieces_have_the_wanted_length_and_do_not_overlap(talk):
    pieces = slice_at_silences(talk, RATE)
    assert durations(pieces).min() >= 2.0
    assert durations(pieces).max() <= 10.0
    assert abs(durations(pieces).mean() - 5.0) < 1.0
    assert all(before[1] <= after[0] for before, after in pairwise(pieces))


def test_all_speech_is_in_a_piece_and_every_cut_is_in_silence(talk):
    pieces = slice_at_silences(talk, RATE)
    spans = speech_spans(talk, RATE)
    for start, end in spans:
        assert any(first <= start and end <= last for first, last in pieces)
    for first, last in pieces:
        assert not any(start < cut < end for cut in (first, last) for start, end in spans)


def test_other_lengths_can_be_asked_for(talk):
    pieces = durations(slice_at_silences(talk, RATE, target=9.0, shortest=4.0, longest=14.0))
    assert 4.0 <= pieces.min() <= pieces.max() <= 14.0
    assert abs(pieces.mean() - 9.0) < 1.5


def test_speech_without_a_pause_is_cut_where_it_is_faintest(babble, hiss):
    wave = babble(25.0, RATE)
    dips = [round(at * RATE) for at in (4.8, 9.9, 15.1, 20.0)]
    for dip in dips:
        wave[dip : dip + RATE // 10] *= 0.003
    pieces = slice_at_silences(wave + hiss(25.0, RATE, -80), RATE)
    assert durations(pieces).max() <= 10.0
    for _, cut in pieces[:-1]:
        assert min(abs(cut * RATE - dip) for dip in dips) < 0.15 * RATE


def test_a_lone_word_between_long_silences_is_kept_with_some_of_them(babble, hiss):
    wave = hiss(12.0, RATE, -70)
    wave[6 * RATE : 7 * RATE] += babble(1.0, RATE)
    ((start, end),) = slice_at_silences(wave, RATE)
    assert start < 6.0 < 7.0 < end
    assert end - start == pytest.approx(2.0, abs=0.05)


def test_long_silences_are_left_out(babble, hiss):
    wave = np.concatenate([babble(4.0, RATE), np.zeros(10 * RATE, dtype=np.float32), babble(4.0, RATE)])
    pieces = slice_at_silences(wave + hiss(18.0, RATE, -70), RATE)
    assert np.allclose(pieces, [(0.0, 4.1), (13.9, 18.0)], atol=0.1)


def test_silence_gives_no_pieces_and_a_short_clip_one(hiss, babble):
    assert slice_at_silences(hiss(30.0, RATE, -50), RATE) == []
    clip = np.concatenate([babble(1.0, RATE), hiss(0.3, RATE, -70)])
    assert durations(slice_at_silences(clip, RATE)) == pytest.approx([1.1], abs=0.25)


def test_durations_that_contradict_each_other_are_refused(hiss):
    with pytest.raises(ConfigError, match="shortest"):
        slice_at_silences(hiss(1.0, RATE, -50), RATE, target=5.0, shortest=6.0)


@pytest.mark.parametrize("rate", [8000, 11025])
def test_a_file_is_cut_as_the_wave_is(tmp_path, talk, rate):
    soundfile.write(tmp_path / "talk.flac", talk, rate)
    wave, _ = io.load(tmp_path / "talk.flac")
    assert np.allclose(slice_file(tmp_path / "talk.flac"), slice_at_silences(wave, rate), atol=0.05)


def test_a_damaged_file_is_named(tmp_path, talk):
    path = tmp_path / "talk.flac"
    soundfile.write(path, talk, RATE)
    path.write_bytes(path.read_bytes()[:-50000])
    with pytest.raises(AudioError, match=r"talk\.flac: is truncated"):
        slice_file(path)


@pytest.mark.slow
def test_an_hour_takes_little_memory(tmp_path, talk):
    with soundfile.SoundFile(tmp_path / "hour.flac", "w", RATE, 1) as file:
        for _ in range(round(3600 * RATE / len(talk))):
            file.write(talk)
    measure = (
        "import resource, sys; from voiceclone.audio.slicing import slice_file; slice_file(sys.argv[1]);"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; pieces = slice_file(sys.argv[2]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, len(pieces))"
    )
    soundfile.write(tmp_path / "minutes.flac", talk, RATE)
    files = [str(tmp_path / name) for name in ("minutes.flac", "hour.flac")]
    done = subprocess.run([sys.executable, "-c", measure, *files], capture_output=True, text=True, check=True)
    kilobytes, pieces = map(int, done.stdout.split())
    assert kilobytes < 115_000  # the samples alone, as floats
    assert pieces > 500
