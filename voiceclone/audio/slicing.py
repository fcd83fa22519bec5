"""Long recordings cut into pieces of a few seconds, at their silences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from voiceclone.audio.io import blocks, probe
from voiceclone.audio.voice_activity import ON_DB, Span, active_spans, frame_samples, frame_seconds, prominence
from voiceclone.errors import ConfigError

# Silence kept on either side of a piece, and the longest that may stay inside one at no cost, in seconds.
MARGIN, LONGEST_PAUSE = 0.1, 0.8
# What a piece that is too short costs, and a cut within a word; a piece of double length costs 2.
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
        for part in _parts(first, last, frames, frame, lengths.shortest / 2)
    ]
    cuts = _cut_costs(runs, frames, frame)
    return [_widened(group, runs, duration, lengths.shortest) for group in _grouped(runs, cuts, lengths)]


def _parts(first: float, last: float, frames: np.ndarray, frame: float, every: float) -> list[Span]:
    """A run of speech, parted at the faintest moment of every ``every`` seconds, to be rejoined at will."""
    cuts = [first]
    for begin in np.arange(first + every, last - 2 * every, every):
        index = round(begin / frame)
        cuts.append((index + int(np.argmin(frames[index : index + max(1, round(every / frame))]))) * frame)
    return list(pairwise([*cuts, last]))


def _cut_costs(runs: Sequence[Span], frames: np.ndarray, frame: float) -> list[float]:
    """What it costs to cut after each run: nothing in a long pause, the more the louder the speech that is cut."""
    costs = []
    for (_, end), (start, _) in pairwise(runs):
        clarity = frames[min(round((end + start) / 2 / frame), len(frames) - 1)] / ON_DB
        costs.append(HASTY_CUT * math.exp(-(start - end) / 0.1) * float(np.clip(clarity, 0.1, 2.0)))
    return [*costs, 0.0]


def _grouped(runs: Sequence[Span], cuts: Sequence[float], lengths: Lengths) -> list[range]:
    """The cheapest way to join neighbouring runs into pieces, by dynamic programming over the last run of a piece."""
    best, start_of = [0.0], [0]
    for end in range(1, len(runs) + 1):
        options = []
        for begin in range(end - 1, -1, -1):
            if begin < end - 1 and runs[end - 1][1] - runs[begin][0] + 2 * MARGIN > lengths.longest:
                break
            options.append((best[begin] + _cost(runs[begin:end], lengths) + cuts[end - 1], begin))
        cost, begin = min(options)
        best.append(cost)
        start_of.append(begin)
    groups, end = [], len(runs)
    while end > 0:
        groups.append(range(start_of[end], end))
        end = start_of[end]
    return groups[::-1]


def _cost(runs: Sequence[Span], lengths: Lengths) -> float:
    """What is wrong with a piece of these runs: its length, and the long pauses in it."""
    duration = runs[-1][1] - runs[0][0] + 2 * MARGIN
    dead = sum(max(0.0, after[0] - before[1] - LONGEST_PAUSE) for before, after in pairwise(runs))
    # Weighted by its duration, or else few long pieces would be cheaper than many good ones.
    stretched = duration / lengths.target * (duration / lengths.target - 1) ** 2
    return stretched + dead + (TOO_SHORT if duration < lengths.shortest else 0.0)


def _widened(group: range, runs: Sequence[Span], duration: float, shortest: float) -> Span:
    """A piece with the silence round it: the margin, or more where it would be too short, up to half of each pause."""
    first, last = runs[group[0]][0], runs[group[-1]][1]
    before = (first - runs[group[0] - 1][1]) / 2 if group[0] > 0 else first
    after = (runs[group[-1] + 1][0] - last) / 2 if group[-1] + 1 < len(runs) else duration - last
    missing = shortest - (last - first)
    left = min(before, max(MARGIN, missing / 2, missing - after))
    right = min(after, max(MARGIN, missing - left))
    return first - left, last + right
