"""What a report says about emotions: what was meant and what was heard, and how far the judge can be believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.pictures import confusion
from voiceclone.evaluation.results import Judged, Results
from voiceclone.evaluation.statistics import Share, share
from voiceclone.evaluation.tables import Cell, Table, cell

METRIC, ALL = "emotion_accuracy", "all"
Ear = dict[str, Cell]
"""What one listener recognised of one set of clips: emotion, or ``ALL``, -> cell."""


@dataclass(frozen=True)
class EmotionSection:
    """``ears``: emotions down, and across who listened to what; ``matrices``: title -> picture."""

    ears: Table
    matrices: dict[str, str]


def emotion_section(results: Results) -> EmotionSection | None:
    """People's ears and the classifier's, on real speech and on what is judged; None where no classifier listened."""
    if METRIC not in results.directions:
        return None
    own: Mapping[str, Any] = results.extras.get("emotion_judge", {})
    labels = own.get("labels", [])
    judged = {j.name: j for j in results.judged if j.estimate(METRIC)}
    known = {title: _of_confusion(found["confusion"], labels) for title, found in _trials(own).items()}
    ears = {
        **_people(results.extras.get("listeners", {})),
        **known,
        **{f"the classifier, of {name}": _of_system(j) for name, j in judged.items()},
    }
    matrices = {name: confusion(*_meant_and_heard(j)) for name, j in judged.items()}
    for title, found in _trials(own).items():
        matrices[title] = confusion(np.array(found["confusion"]), labels)
    return EmotionSection(_table(ears), matrices)


def _trials(own: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What the judge's training measured, by what it is called here."""
    named = {f"the classifier, of {name}'s speakers, each unheard": f for name, f in own.get("by_corpus", {}).items()}
    if "cross_validation" in own:
        named["the classifier, of all real speakers, each unheard"] = own["cross_validation"]
    if "held_out" in own:
        named["the classifier, of real speakers held out"] = own["held_out"]
    return named


def _people(listeners: Mapping[str, Share]) -> dict[str, Ear]:
    if not listeners:
        return {}
    right = sum(round(found["accuracy"] * found["n"]) for found in listeners.values())
    everything = share(right, sum(found["n"] for found in listeners.values()))
    cells = {name: _cell(found, "answers") for name, found in [*listeners.items(), (ALL, everything)]}
    return {"people, of EmoDB's actors": cells}


def _of_confusion(counts: list[list[int]], labels: list[str]) -> Ear:
    hits, trials = np.diag(counts), np.sum(counts, axis=1)
    cells = {label: _cell(share(hits[i], int(trials[i]))) for i, label in enumerate(labels) if trials[i]}
    return cells | {ALL: _cell(share(hits.sum(), int(trials.sum())))}


def _of_system(judged: Judged) -> Ear:
    emotions = sorted({clip.labels.emotion for clip in judged.system.clips if clip.labels.emotion})
    found = {name: judged.estimate(METRIC, lambda clip: clip.labels.emotion == name) for name in emotions}  # noqa: B023
    found[ALL] = judged.estimate(METRIC)
    return {name: cell(METRIC, estimate) for name, estimate in found.items() if estimate is not None}


def _table(ears: Mapping[str, Ear]) -> Table:
    emotions = sorted({name for ear in ears.values() for name in ear} - {ALL})
    rows = {who: [ear.get(name, Cell("–")) for name in (*emotions, ALL)] for who, ear in ears.items()}
    return Table("Recognised", [*emotions, ALL], rows)


def _cell(found: Share, unit: str = "clips") -> Cell:
    written = figure(METRIC)
    return Cell(written.write(found["accuracy"]), written.interval(found["low"], found["high"]), found["n"], unit=unit)


def _meant_and_heard(judged: Judged) -> tuple[np.ndarray, list[str]]:
    """Counts ``[K, K]`` of emotions meant (rows) and heard (columns), and their names."""
    meant = {clip.id: clip.labels.emotion for clip in judged.system.clips}
    pairs = [(str(meant[clip_id]), str(heard)) for clip_id, heard in judged.observed(METRIC).items()]
    labels = sorted({label for pair in pairs for label in pair})
    counts = np.zeros((len(labels), len(labels)), dtype=int)
    for row, column in pairs:
        counts[labels.index(row), labels.index(column)] += 1
    return counts, labels
