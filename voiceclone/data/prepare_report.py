"""What preparing a corpus came to, for the reader of a terminal and for other programs."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceclone.data.store import Store
from voiceclone.data.utterance import Skipped
from voiceclone.errors import DataError

if TYPE_CHECKING:
    from rich.console import Group

_EXAMPLES = 5


@dataclass(frozen=True)
class CorpusReport:
    """``speakers``, ``emotions``, ``languages`` and ``splits`` count clips by name; ``source_rates`` by Hz.

    ``found`` counts what the corpus has, ``kept`` the clips in the store: more than found less skipped where long
    recordings were cut; ``without_text`` of them cannot train an acoustic model.
    ``prepared_hours`` were prepared in this run, in ``seconds`` of waiting.
    """

    found: int
    kept: int
    skipped: list[Skipped]
    hours: float
    speakers: dict[str, int]
    emotions: dict[str, int]
    languages: dict[str, int]
    splits: dict[str, int]
    source_rates: dict[str, int]
    without_text: int
    sample_rate: int
    store: str
    prepared_hours: float
    seconds: float

    @property
    def times_real_time(self) -> float:
        """Seconds of speech prepared per second of waiting."""
        return self.prepared_hours * 3600 / max(self.seconds, 1e-9)


def report_of(
    store: Store, found: int, skipped: list[Skipped], prepared_seconds: float, seconds: float
) -> CorpusReport:
    """The report of a corpus that stands in ``store``."""
    samples = int(store.lengths("wave").clip(min=0).sum())
    return CorpusReport(
        found=found,
        kept=len(store),
        skipped=skipped,
        hours=round(samples / store.contract.sample_rate / 3600, 4),
        speakers=_count(store, "speaker"),
        emotions=_count(store, "emotion"),
        languages=_count(store, "language"),
        splits=_count(store, "split"),
        source_rates=_count(store, "source_rate"),
        without_text=int((store.lengths("symbols") <= 0).sum()),
        sample_rate=store.contract.sample_rate,
        store=str(store.path),
        prepared_hours=round(prepared_seconds / 3600, 4),
        seconds=round(seconds, 2),
    )


def save_reports(path: Path, reports: Mapping[str, CorpusReport]) -> None:
    """Write ``reports`` into the JSON file ``path``; what it says about other corpora stays."""
    try:
        old: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except ValueError:
        old = {}
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        new = {name: asdict(report) for name, report in reports.items()}
        fresh.write_text(json.dumps(old | new, ensure_ascii=False, indent=1), "utf-8")
        os.replace(fresh, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}). Set paths.store.") from None


def render(reports: Mapping[str, CorpusReport]) -> Group:
    """The table for the terminal, and below it what was skipped and why. ``new`` are the hours of this run."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    headings = "corpus", "clips", "hours", "speakers", "emotions", "skipped", "new", "speed"
    table = Table(*headings, box=SIMPLE_HEAD)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for name, report in reports.items():
        table.add_row(name, *_cells(report))
    notes = [line for name, report in reports.items() for line in _notes(name, report)]
    return Group(table, *(Text(line) for line in notes))


def _cells(report: CorpusReport) -> list[str]:
    speed = f"{report.times_real_time:.0f}x" if report.prepared_hours else ""
    counts = [len(report.speakers), len(report.emotions), len(report.skipped)]
    return [str(report.kept), f"{report.hours:.2f}", *map(str, counts), f"{report.prepared_hours:.2f}", speed]


def _notes(name: str, report: CorpusReport) -> list[str]:
    low = {int(rate): count for rate, count in report.source_rates.items() if int(rate) < report.sample_rate}
    lines = [
        f"{name}: {count} clips were recorded at {rate} Hz: they hold nothing above {rate / 2:.0f} Hz"
        for rate, count in low.items()
    ]
    if report.without_text:
        lines.append(f"{name}: {report.without_text} clips have no transcript: they serve speaker encoder and vocoder")
    lines += [f"{name}: skipped {skip.id}: {skip.reason}" for skip in report.skipped[:_EXAMPLES]]
    if len(report.skipped) > _EXAMPLES:
        lines.append(f"{name}: and {len(report.skipped) - _EXAMPLES} more, all of them in prepare_report.json")
    return lines


def _count(store: Store, field: str) -> dict[str, int]:
    codes, counts = np.unique(store.codes(field), return_counts=True)
    found = {store.names[field][code]: int(count) for code, count in zip(codes, counts, strict=True) if code >= 0}
    return dict(sorted(Counter(found).items()))
