"""The files that listeners send back, read with suspicion."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceclone.errors import DataError
from voiceclone.evaluation.listening.create import FORMAT

RATINGS = range(1, 6)
SCORES = "listening_scores.json"


@dataclass(frozen=True)
class Rating:
    """One listener's opinion of one clip of one system, 1 (bad) to 5 (excellent)."""

    system: str
    clip: str
    emotion: str | None
    rating: int


@dataclass(frozen=True)
class Answers:
    """What one listener sent back. ``attentive``: every attention check was answered right."""

    file: str
    listener: str
    test: str
    attentive: bool
    ratings: tuple[Rating, ...]


def read_folder(folder: Path) -> list[Answers]:
    """The answers of every ``.json`` file in ``folder``.

    Raises `DataError` naming the file that is no answer, was changed by hand or belongs to another test, and for two
    files by one listener.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder. Expected the .json files that the listeners downloaded.")
    found = [read_answers(path) for path in sorted(folder.glob("*.json")) if path.name != SCORES]
    if not found:
        raise DataError(f"{folder}: holds no .json files. Expected those that the listeners downloaded.")
    _require_one_test(found)
    return found


def read_answers(path: Path) -> Answers:
    """One listener's file; raises `DataError` saying what is wrong with it."""
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != FORMAT:
            raise DataError(f"{path}: of format {content['format']}, this version reads {FORMAT}.")
        ratings = tuple(Rating(r["system"], r["clip"], r["emotion"], r["rating"]) for r in content["ratings"])
        checks = [(check["expected"], check["given"]) for check in content["checks"]]
        answers = Answers(
            path.name, content["listener"], content["test"], all(right == given for right, given in checks), ratings
        )
        claimed = content["checksum"]
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not the answers to a listening test, or cut off ({type(error).__name__}: {error}). "
            "Ask the listener for the downloaded file itself."
        ) from None
    for rating in ratings:
        if type(rating.rating) is not int or rating.rating not in RATINGS:
            raise DataError(f"{path}: rates {rating.clip} with {rating.rating!r}; expected 1 to 5.")
    if checksum(answers.test, answers.listener, content["ratings"], content["checks"]) != claimed:
        raise DataError(f"{path}: was changed after it was downloaded (its checksum is not right). Use the original.")
    return answers


def checksum(test: str, listener: str, ratings: Sequence[dict[str, Any]], checks: Sequence[dict[str, Any]]) -> int:
    """CRC-32 of the answers, as the page computes it: it guards against slips, not against forgers."""
    lines = [test, listener]
    lines += [f"{rating['system']}|{rating['clip']}|{rating['rating']}" for rating in ratings]
    lines += [f"{check['expected']}|{check['given']}" for check in checks]
    return zlib.crc32("\n".join(lines).encode())


def _require_one_test(found: list[Answers]) -> None:
    first = found[0]
    for answers in found[1:]:
        if answers.test != first.test:
            raise DataError(f"{answers.file} and {first.file} answer two different tests: score them apart.")
    by_listener: dict[str, str] = {}
    for answers in found:
        if answers.listener in by_listener:
            twice = f"{answers.file} and {by_listener[answers.listener]}"
            raise DataError(f"{twice} are both by '{answers.listener}': keep one of them.")
        by_listener[answers.listener] = answers.file
