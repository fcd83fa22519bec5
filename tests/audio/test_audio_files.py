"""Recordings: every usual format is read, every damaged file is refused in one line that names it."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from voiceclone.audio import checks, io
from voiceclone.errors import AudioError

RATE = 22050


@pytest.fixture
def wave(tone) -> np.ndarray:
    return tone(200, 1.0, RATE)


def cut_in_half(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.mark.parametrize(
    ("name", "subtype", "tolerance"),
    [
        ("a.wav", "PCM_U8", 1e-2),
        ("a.wav", "PCM_16", 1e-4),
        ("a.wav", "PCM_24", 1e-6),
        ("a.wav", "PCM_32", 1e-6),
        ("a.wav", "FLOAT", 0),
        ("a.wav", "DOUBLE", 1e-7),
        ("a.flac", "PCM_16", 1e-4),
        ("a.ogg", "VORBIS", 0.1),
        ("a.mp3", "MPEG_LAYER_III", 0.1),
        ("录音 [1].wav", "PCM_16", 1e-4),
    ],
)
def test_every_usual_format_is_read(tmp_path, wave, name, subtype, tolerance):
    soundfile.write(tmp_path / name, wave, RATE, subtype=subtype)
    read, rate = io.load(tmp_path / name)
    assert (rate, read.dtype, read.shape) == (RATE, np.float32, wave.shape)
    np.testing.assert_allclose(read, wave, atol=tolerance)
    assert io.probe(tmp_path / name) == io.AudioInfo(RATE, len(wave), 1.0)


def test_channels_are_averaged(tmp_path, wave):
    soundfile.write(tmp_path / "stereo.wav", np.stack([wave, 0 * wave], axis=1), RATE, subtype="FLOAT")
    np.testing.assert_allclose(io.load(tmp_path / "stereo.wav")[0], wave / 2, atol=1e-7)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_a_part_is_read_without_the_rest(tmp_path, wave, name):
    soundfile.write(tmp_path / name, wave, RATE)
    whole, _ = io.load(tmp_path / name)
    part, _ = io.load(tmp_path / name, start=0.25, end=0.5)
    np.testing.assert_allclose(part, whole[round(0.25 * RATE) : round(0.5 * RATE)], atol=1e-6)


def test_blocks_put_together_are_the_recording(tmp_path, wave):
    soundfile.write(tmp_path / "a.flac", wave, RATE)
    blocks = list(io.blocks(tmp_path / "a.flac", 10000))
    assert [len(block) for block in blocks] == [10000, 10000, 2050]
    np.testing.assert_array_equal(np.concatenate(blocks), io.load(tmp_path / "a.flac")[0])


@pytest.mark.parametrize(("orig", "new"), [(8000, 22050), (44100, 22050), (48000, 16000), (22050, 24000)])
def test_resampling_keeps_a_tone_and_its_duration(tmp_path, orig, new):
    times = np.arange(orig) / orig
    io.save(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * times), orig)
    read, rate = io.load(tmp_path / "a.wav", sample_rate=new)
    assert (rate, len(read)) == (new, new)
    middle = slice(new // 4, 3 * new // 4)
    np.testing.assert_allclose(read[middle], 0.5 * np.sin(2 * np.pi * 440 * np.arange(new) / new)[middle], atol=1e-3)


def test_resampling_leaves_nothing_of_what_the_new_rate_cannot_hold(tmp_path):
    io.save(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 10000 * np.arange(48000) / 48000), 48000)
    assert np.abs(io.load(tmp_path / "a.wav", sample_rate=16000)[0][1000:-1000]).max() < 1e-4


def test_a_saved_wave_comes_back_with_its_metadata(tmp_path, wave):
    path = tmp_path / "new" / "folder" / "a.wav"
    io.save(path, wave, RATE, {"voice": "小明", "text": "It works."})
    np.testing.assert_allclose(io.load(path)[0], wave, atol=1 / 32768)
    assert io.load_metadata(path) == {"voice": "小明", "text": "It works."}
    assert soundfile.info(path).subtype == "PCM_16"


def test_a_file_of_others_has_no_metadata(tmp_path, wave):
    soundfile.write(tmp_path / "a.wav", wave, RATE)
    assert io.load_metadata(tmp_path / "a.wav") == {}


def test_too_loud_a_wave_is_clipped_not_wrapped_round(tmp_path):
    io.save(tmp_path / "a.wav", np.array([1.5, -1.5], dtype=np.float32), RATE)
    np.testing.assert_allclose(io.load(tmp_path / "a.wav")[0], [1, -1], atol=1e-4)


def test_a_missing_file(tmp_path):
    with pytest.raises(AudioError, match=r"gone\.wav: no such file"):
        io.load(tmp_path / "gone.wav")


def test_an_empty_file(tmp_path):
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioError, match=r"empty\.wav: is an empty file"):
        io.probe(tmp_path / "empty.wav")


def test_a_file_with_a_header_and_no_samples(tmp_path):
    soundfile.write(tmp_path / "nothing.wav", np.zeros(0), RATE)
    with pytest.raises(AudioError, match=r"nothing\.wav: holds no audio"):
        io.load(tmp_path / "nothing.wav")


@pytest.mark.parametrize("name", ["letter.wav", "letter.raw", "letter.m4a"])
def test_what_is_no_recording(tmp_path, name):
    (tmp_path / name).write_text("Dear friend, this is not a recording." * 20)
    with pytest.raises(AudioError, match=f"{name}: is not a recording"):
        io.load(tmp_path / name)


@pytest.mark.parametrize("name", ["cut.flac", "cut.wav", "cut.mp3"])
def test_a_truncated_file(tmp_path, rng, name):
    soundfile.write(tmp_path / name, 0.1 * rng.standard_normal(3 * RATE), RATE)
    with pytest.raises(AudioError, match=f"{name}: is truncated"):
        io.load(cut_in_half(tmp_path / name))


def test_a_wav_written_to_a_pipe_with_no_size_in_its_header(tmp_path, wave):
    path = tmp_path / "piped.wav"
    soundfile.write(path, wave, RATE)
    content = bytearray(path.read_bytes())
    size = content.find(b"data") + 4
    content[size : size + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    assert io.load(path)[0].shape == wave.shape


def test_samples_that_are_not_numbers(tmp_path):
    soundfile.write(tmp_path / "broken.wav", np.array([0.1, np.nan, np.inf]), RATE, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"broken\.wav: 2 of 3 samples are NaN"):
        io.load(tmp_path / "broken.wav")
    with pytest.raises(AudioError, match="NaN"):
        io.save(tmp_path / "new.wav", np.array([np.nan]), RATE)


def test_a_part_that_the_recording_does_not_have(tmp_path, wave):
    io.save(tmp_path / "short.wav", wave, RATE)
    with pytest.raises(AudioError, match=r"short\.wav: has no audio from 2 s"):
        io.load(tmp_path / "short.wav", start=2.0, end=3.0)


def test_a_folder_where_nothing_can_be_written(tmp_path, wave):
    (tmp_path / "file").touch()
    with pytest.raises(AudioError, match="cannot be written"):
        io.save(tmp_path / "file" / "a.wav", wave, RATE)


def test_more_metadata_than_a_wav_can_hold(tmp_path, wave):
    with pytest.raises(AudioError, match="metadata"):
        io.save(tmp_path / "a.wav", wave, RATE, {"text": "long " * 500})


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(0), "holds no audio"),
        (np.zeros(1000), "silent throughout"),
        (np.full(1000, 0.2), "silent throughout"),
        (np.array([0.5, np.nan]), "NaN"),
    ],
)
def test_an_unusable_wave_is_named(samples, said):
    with pytest.raises(AudioError, match=f"clip 7: .*{said}"):
        checks.check(samples.astype(np.float32), "clip 7")


def test_a_faint_voice_is_no_silence(tone):
    checks.check(0.01 * tone(200, 0.5, RATE), "clip 7")
