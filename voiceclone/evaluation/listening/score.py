"""Mean opinion scores, how sure they are, and which differences are more than chance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from voiceclone.errors import DataError
from voiceclone.evaluation.listening.answers import SCORES, Answers, read_folder
from voiceclone.evaluation.listening.opinions import compare, opinion
from voiceclone.evaluation.report import render


def score_folder(folder: Path) -> dict[str, Any]:
    """Score the answers in ``folder`` and write ``listening_scores.json`` beside them.

    ``systems`` and ``emotions`` (emotion -> system) hold mean, 95 % interval and number of ratings; ``comparisons`` the
    pairwise tests; ``excluded`` the listeners who failed an attention check. Raises `DataError` as `read_folder` does,
    and where nobody is left.
    """
    everyone = read_folder(folder)
    heard = [answers for answers in everyone if answers.attentive]
    if not heard:
        raise DataError(f"{folder}: every listener failed an attention check, so there is nothing to score.")
    systems = _names(heard, "system")
    scores = {
        "listeners": [answers.listener for answers in heard],
        "excluded": [answers.listener for answers in everyone if not answers.attentive],
        "ratings": sum(len(answers.ratings) for answers in heard),
        "systems": {system: opinion(heard, system) for system in systems},
        "emotions": {emotion: _of_emotion(heard, emotion, systems) for emotion in _names(heard, "emotion")},
        "comparisons": compare(heard, systems),
    }
    (folder / SCORES).write_text(json.dumps(scores, indent=1, ensure_ascii=False), "utf-8")
    return scores


def as_text(scores: dict[str, Any]) -> str:
    """The scores as Markdown."""
    return render("scores.md.txt", {"scores": scores})


def _of_emotion(heard: list[Answers], emotion: str, systems: list[str]) -> dict[str, Any]:
    found = {system: opinion(heard, system, lambda rating: rating.emotion == emotion) for system in systems}
    return {system: row for system, row in found.items() if row is not None}


def _names(heard: list[Answers], of: str) -> list[str]:
    found = {getattr(rating, of) for answers in heard for rating in answers.ratings}
    return sorted(name for name in found if name is not None)
