"""The CSV of metrics grows, whatever is logged when, and survives a stop."""

from __future__ import annotations

import csv
from pathlib import Path

from voiceclone.training.metrics_csv import MetricsCsv


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_metric_seen_late_gets_a_column_of_its_own(tmp_path: Path) -> None:
    logger = MetricsCsv(str(tmp_path / "run"))
    logger.log_metrics({"loss": 2.0}, step=1)
    logger.log_metrics({"val/pesq": 1.5}, step=2)
    assert rows(tmp_path / "run") == [
        {"step": "1", "loss": "2.0", "val/pesq": ""},
        {"step": "2", "loss": "", "val/pesq": "1.5"},
    ]


def test_a_resumed_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    MetricsCsv(str(tmp_path)).log_metrics({"loss": 2.0}, step=1)
    MetricsCsv(str(tmp_path)).log_metrics({"loss": 1.0}, step=2)
    assert [row["loss"] for row in rows(tmp_path)] == ["2.0", "1.0"]
