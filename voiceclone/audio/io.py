"""Recordings in and out of files: everything libsndfile reads (wav, flac, ogg, mp3, aiff, ...), always mono."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voiceclone.audio.checks import require_samples
from voiceclone.audio.resample import resample
from voiceclone.errors import AudioError

# What libsndfile logs about a wav whose header announces more bytes than the file has.
_CUT_SHORT = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
# Programs that write to a pipe announce a size from here on, since they cannot know the real one.
_UNKNOWN_SIZE = 0x7FFF0000
# libsndfile drops a longer INFO comment without a word.
LONGEST_COMMENT = 2000
# The length of an mp3 without a Xing header is libsndfile's estimate; tags at its end make it that much too long.
_MP3_TOLERANCE_SECONDS = 0.5


@dataclass(frozen=True)
class AudioInfo:
    """A recording's sample rate in Hz, length in samples and duration in seconds."""

    sample_rate: int
    n_samples: int
    duration: float


def probe(path: str | Path) -> AudioInfo:
    """Read a recording's header only. Raises `AudioError` naming a file that is missing, unreadable or empty."""
    with _open(path) as file:
        return AudioInfo(file.samplerate, file.frames, file.frames / file.samplerate)


def load(
    path: str | Path, sample_rate: int | None = None, start: float = 0.0, end: float | None = None
) -> tuple[np.ndarray, int]:
    """Read ``path`` from ``start`` to ``end`` (seconds; None: to its end) as a mono float32 wave ``[L]`` and its rate.

    Channels are averaged; the wave is resampled if ``sample_rate`` is given. Raises `AudioError` naming a file that
    is missing, empty, truncated, no audio, too short for ``start`` and ``end``, or that holds NaN or infinite samples.
    """
    with _open(path) as file:
        rate, first = file.samplerate, round(start * file.samplerate)
        last = file.frames if end is None else min(round(end * rate), file.frames)
        if not 0 <= first < last:
            raise AudioError(f"{path}: has no audio from {start:g} s to {end} s, it lasts {file.frames / rate:g} s.")
        wave = _read(file, path, first, last)
    require_samples(wave, str(path))
    return (wave, rate) if sample_rate is None else (resample(wave, rate, sample_rate), sample_rate)


def blocks(path: str | Path, n_samples: int) -> Iterator[np.ndarray]:
    """Read a recording piece by piece: mono float32 waves of ``n_samples`` samples, the last one perhaps shorter.

    For what is too long to be held in memory. Raises `AudioError` as `load` does.
    """
    with _open(path) as file:
        for first in range(0, file.frames, n_samples):
            wave = _read(file, path, first, min(first + n_samples, file.frames))
            require_samples(wave, str(path))
            yield wave


def save(path: str | Path, wave: np.ndarray, sample_rate: int, metadata: dict[str, str] | None = None) -> None:
    """Write a mono wave ``[L]`` as 16-bit wav, its folder included; samples beyond -1..1 are clipped.

    ``metadata`` becomes the file's INFO comment, as JSON. Raises `AudioError` for a wave that is empty or holds NaN,
    for more than 2000 characters of metadata, or a path that cannot be written.
    """
    require_samples(wave, str(path))
    comment = json.dumps(metadata) if metadata else ""
    if len(comment) > LONGEST_COMMENT:
        raise AudioError(f"{path}: {len(comment)} characters of metadata; shorten them to {LONGEST_COMMENT}.")
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with soundfile.SoundFile(path, "w", sample_rate, channels=1, format="WAV", subtype="PCM_16") as file:
            if comment:
                file.comment = comment
            file.write(wave)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioError(f"{path}: cannot be written ({_reason(error)}).") from error


def load_metadata(path: str | Path) -> dict[str, str]:
    """What `save` wrote beside the samples; empty for a file without such a comment."""
    with _open(path) as file:
        try:
            found = json.loads(file.comment)
        except json.JSONDecodeError:
            return {}
    return found if isinstance(found, dict) else {}


def _open(path: str | Path) -> soundfile.SoundFile:
    if Path(path).is_dir():
        raise AudioError(f"{path}: is a folder, expected a recording.")
    if not Path(path).is_file():
        raise AudioError(f"{path}: no such file. Check the path, or the corpus's folder in paths.data.")
    if Path(path).stat().st_size == 0:
        raise AudioError(f"{path}: is an empty file (0 bytes). Copy or download it again.")
    try:
        file = soundfile.SoundFile(path)
    except (OSError, TypeError, soundfile.LibsndfileError) as error:
        raise AudioError(
            f"{path}: is not a recording that can be read ({_reason(error)}). Expected wav, flac, ogg or mp3."
        ) from error
    announced, present = (int(n) for n in (_CUT_SHORT.findall(file.extra_info) or [(0, 0)])[0])
    if present < announced < _UNKNOWN_SIZE:
        raise AudioError(_truncated(path, f"{announced} bytes of samples announced, {present} present"))
    if file.frames == 0:
        raise AudioError(f"{path}: holds no audio samples. Record it again or leave it out.")
    return file


def _read(file: soundfile.SoundFile, path: str | Path, first: int, last: int) -> np.ndarray:
    try:
        file.seek(first)
        samples = file.read(last - first, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(_truncated(path, _reason(error))) from error
    tolerated = _MP3_TOLERANCE_SECONDS * file.samplerate if file.format == "MP3" else 0
    if len(samples) < last - first - tolerated:
        raise AudioError(_truncated(path, f"{first + len(samples)} of {file.frames} samples could be read"))
    return samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)


def _truncated(path: str | Path, detail: str) -> str:
    return f"{path}: is truncated or damaged ({detail}). Copy or download it again."


def _reason(error: Exception) -> str:
    """The library's message without its repetition of the path."""
    return str(getattr(error, "error_string", error)).strip().rstrip(".")
