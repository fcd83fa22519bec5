"""Two states of one voice beside each other: figures in one table, a sentence in one picture."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from voiceclone.evaluation.pictures import spectrogram
from voiceclone.evaluation.results import Judged, Results
from voiceclone.evaluation.tables import Cell, cell, heading


def compare(results: Results, pairs: Mapping[str, tuple[str, str]]) -> str:
    """A table in Markdown: for each of ``pairs``, title -> the names of a system before and after, all figures that
    both have, the better one in bold, and what the same judges say of the recordings: no voice can be better."""
    judged = {system.name: system for system in results.judged}
    lines = ["| | figure | before | after | recordings |", "|---|---|---|---|---|"]
    for title, names in pairs.items():
        if not all(name in judged for name in names):
            continue
        for figure in results.metrics:
            both = [judged[name].estimate(figure) for name in names]
            if (old := both[0]) is None or (new := both[1]) is None:
                continue
            gain = results.directions[figure] * (new.mean - old.mean)
            if cell(figure, old).mean == cell(figure, new).mean:
                gain = 0.0  # what is written alike is not better
            cells = (
                cell(figure, old, gain < 0),
                cell(figure, new, gain > 0),
                _recorded(results, judged[names[1]], figure),
            )
            lines.append(f"| {title} | {heading(figure, results)} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _recorded(results: Results, system: Judged, figure: str) -> Cell:
    """The same figure of the recordings of what ``system`` says."""
    same = {clip.id for clip in system.system.clips if clip.recording is not None}
    recordings = results.recordings
    return cell(figure, None if recordings is None else recordings.estimate(figure, lambda clip: clip.id in same))


def draw_comparison(waves: Mapping[str, np.ndarray], sample_rate: int, path: Path) -> None:
    """Write the log-mels of ``waves`` (title -> ``[L]``) with their F0, side by side, as a PNG at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = spectrogram(waves, sample_rate).partition("base64,")[2]
    path.write_bytes(base64.b64decode(encoded))
