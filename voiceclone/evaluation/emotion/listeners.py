"""How well people recognise acted emotions: the listening test that came with the Berlin database (EmoDB)."""

from __future__ import annotations

import csv
from pathlib import Path

from voiceclone.errors import DataError
from voiceclone.evaluation.statistics import Share, share

LISTENERS = 20
"""Burkhardt et al., A database of German emotional speech (2005)."""
EMOTIONS = {
    "W": "angry", "L": "bored", "E": "disgust", "A": "fearful", "F": "happy", "T": "sad", "N": "neutral",
}  # fmt: skip


def listener_shares(path: Path) -> dict[str, Share]:
    """By emotion the share of answers that were right, with its 95 % binomial interval.

    ``path`` is ``listening_test.csv`` with columns ``file, recognised_percent``; every clip was judged by 20 listeners,
    and the database kept what four in five of them recognised. Raises `DataError` naming the line that cannot be read.
    """
    right: dict[str, float] = {}
    answers: dict[str, int] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                emotion, recognised = EMOTIONS[row["file"][5]], float(row["recognised_percent"]) / 100
            except (KeyError, IndexError, TypeError, ValueError):
                raise DataError(f"{path}:{number}: expected an EmoDB file name and a percentage.") from None
            right[emotion] = right.get(emotion, 0.0) + recognised * LISTENERS
            answers[emotion] = answers.get(emotion, 0) + LISTENERS
    return {emotion: share(round(right[emotion]), answers[emotion]) for emotion in sorted(right)}
