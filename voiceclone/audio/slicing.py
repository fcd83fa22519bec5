"""Long recordings cut into pieces of a few seconds, at their silences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voiceclone.audio.io import blocks, probe
from voiceclone.audio.voice_activity import Span, active_spans, frame_samples, frame_seconds, prominence
from voiceclone.errors import ConfigError

# Silence kept on either side of a piece, and the longest that may stay inside one at no cost, in seconds.
MARGIN, LONGEST_PAUSE = 0.1, 0.8
# What a piece that is too short costs, and a cut where there is no pause; a piece of double length costs 2.
TOO_SHORT, HASTY_CUT = 8.0, 3.0
_FRAMES_PER_BLOCK = 3000


@dataclass(frozen=True)
class Lengths:
    """The wanted duration of pieces in seconds. Raises `ConfigError` unless some cutting always fits between them."""

    target: float = 5.0
    shortest: float = 2.0
    longest: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.shortest <= self.target <= self.longest or self.longest < 2 * self.shortest:
            raise ConfigError(
                f"slicing: needs 0 < shortest <= target <= longest and longest >= 2 * shortest, got "
                f"{self.shortest:g}, {self.target:g} and {self.longest:g} seconds."
            )


def slice_at_silences(
    wave: np.ndarray, sample_rate: int, target: float = 5.0, shortest: float = 2.0, longest: float = 10.0
) -> list[Span]:
    """Start and end, in seconds, of pieces that together hold all speech of a mono wave ``[L]``.

    Pieces do not overlap, last ``shortest`` to ``longest`` seconds, nearly ``target`` where the pauses allow, and
    have 0.1 s of silence at either end where there is so much. A piece is shorter only if the recording leaves no
    other way, as when it is itself shorter; one without speech gives none. Where speech makes no pause for
    ``longest`` seconds it is cut at its faintest moment. Raises `ConfigError` for durations that contradict.
    """
    frames = prominence([wave], sample_rate)
    return _pieces(frames, len(wave) / sample_rate, frame_seconds(sample_rate), Lengths(target, shortest, longest))


def slice_file(path: str | Path, target: float = 5.0, shortest: float = 2.0, longest: float = 10.0) -> list[Span]:
    """`slice_at_silences` for a file of any length, of which only half a minute is in memory at a time.

    Read the pieces with ``load(path, start=..., end=...)``. Raises `AudioError` for a file that cannot be read.
    """
    info, lengths = probe(path), Lengths(target, shortest, longest)
    frames = prominence(blocks(path, _FRAMES_PER_BLOCK * frame_samples(info.sample_rate)), info.sample_rate)
    return _pieces(frames, info.duration, frame_seconds(info.sample_rate), lengths)


def _pieces(frames: np.ndarray, duration: float, frame: float, lengths: Lengths) -> list[Span]:
    runs = [
        part
        for first, last in active_spans(frames, duration, frame)
        for part in _split_run(first, last, frames, frame, lengths)
    ]
    return [_widened(group, runs, duration, lengths.shortest) for group in _grouped(runs, lengths)]


def _split_run(first: float, last: float, frames: np.ndarray, frame: float, lengths: Lengths) -> list[Span]:
    """A long run of speech in parts of at most half a piece, parted at its faintest moments, to be rejoined at will."""
    longest, parts = lengths.longest / 2 - MARGIN, []
    while last - first > longest:
        begin, end = round((first + longest / 2) / frame), round((first + longest) / frame)
        cut = (begin + int(np.argmin(frames[begin:end]))) * frame
        parts.append((first, cut))
        first = cut
    return [*parts, (first, last)]


def _grouped(runs: Sequence[Span], lengths: Lengths) -> list[range]:
    """The cheapest way to join neighbouring runs into pieces, by dynamic programming over the last run of a piece."""
    best, start_of = [0.0], [0]
    for end in range(1, len(runs) + 1):
        options = []
        for begin in range(end - 1, -1, -1):
            if begin < end - 1 and runs[end - 1][1] - runs[begin][0] + 2 * MARGIN > lengths.longest:
                break
            options.append((best[begin] + _cost(runs, begin, end, lengths), begin))
        cost, begin = min(options)
        best.append(cost)
        start_of.append(begin)
    groups, end = [], len(runs)
    while end > 0:
        groups.append(range(start_of[end], end))
        end = start_of[end]
    return groups[::-1]


def _cost(runs: Sequence[Span], begin: int, end: int, lengths: Lengths) -> float:
    """What is wrong with a piece of the runs from ``begin`` up to ``end``: its length, long pauses in it, its cut."""
    duration = runs[end - 1][1] - runs[begin][0] + 2 * MARGIN
    pauses = [after[0] - before[1] for before, after in zip(runs[begin : end - 1], runs[begin + 1 : end], strict=True)]
    too_short = TOO_SHORT if duration < lengths.shortest else 0.0
    hasty_cut = HASTY_CUT * math.exp(-(runs[end][0] - runs[end - 1][1]) / 0.1) if end < len(runs) else 0.0
    # Weighted by its duration, or else few long pieces would be cheaper than many good ones.
    stretched = duration / lengths.target * (duration / lengths.target - 1) ** 2
    return stretched + too_short + hasty_cut + sum(max(0.0, pause - LONGEST_PAUSE) for pause in pauses)


def _widened(group: range, runs: Sequence[Span], duration: float, shortest: float) -> Span:
    """A piece with the silence round it: the margin, or more where it would be too short, up to half of each pause."""
    first, last = runs[group[0]][0], runs[group[-1]][1]
    before = (first - runs[group[0] - 1][1]) / 2 if group[0] > 0 else first
    after = (runs[group[-1] + 1][0] - last) / 2 if group[-1] + 1 < len(runs) else duration - last
    missing = shortest - (last - first)
    left = min(before, max(MARGIN, missing / 2, missing - after))
    right = min(after, max(MARGIN, missing - left))
    return first - left, last + right
