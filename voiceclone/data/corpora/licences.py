"""What may be done with a corpus, and so with a voice that was trained on it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("licences.tsv")


@dataclass(frozen=True)
class Licence:
    """A licence's name, and what it asks in a few words."""

    licence: str
    conditions: str


def licence_of(corpus: str) -> Licence:
    """The licence of a corpus by its name in ``conf/corpus``; for recordings of one's own, that it is not known."""
    return _licences().get(corpus, Licence("of the recordings' owner", "ask who made the recordings"))


@cache
def _licences() -> dict[str, Licence]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {row["corpus"]: Licence(row["licence"], row["conditions"]) for row in rows}
