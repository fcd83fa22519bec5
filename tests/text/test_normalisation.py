"""Text is read aloud the way people read it: a table of written and spoken forms, and what must hold for all text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from voiceclone.errors import TextError
from voiceclone.text.normalise import normalise

TABLE = Path(__file__).with_name("spoken.tsv")
ROWS = [tuple(line.split("\t")) for line in TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

# Capitals and full stops take their meaning from where the text ends.
INNER_ROWS = [
    row for row in ROWS if row[0] in ("en", "en-gb", "zh") and not row[1].isupper() and row[1][-1] not in ".。"
]


def test_the_table_is_large_and_has_no_doubles() -> None:
    assert len(ROWS) >= 200
    assert len({row[:2] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("language", "written", "spoken"), ROWS)
def test_read_aloud(language: str, written: str, spoken: str) -> None:
    assert normalise(written, language) == spoken


@pytest.mark.parametrize(("language", "written", "spoken"), INNER_ROWS)
def test_a_sentence_around_it_changes_nothing(language: str, written: str, spoken: str) -> None:
    before, after = ("他说：“", "”。") if language == "zh" else ('So "', '", he said.')
    assert spoken in normalise(before + written + after, language)


@pytest.mark.parametrize("language", ["en", "en-gb", "zh", "de", "fr"])
def test_no_digit_survives(language: str, rng: np.random.Generator) -> None:
    pieces = [
        "7",
        "1,5",
        "-3",
        "2024",
        "3/4",
        "12:30",
        "x9",
        "9x",
        "$8",
        "8%",
        "5-6",
        "1.2.3",
        "#4",
        "007",
        "2km",
        "é1",
    ]
    for _ in range(300):
        text = rng.choice(["", " "]).join(rng.choice(pieces, size=6))
        assert not re.search(r"\d", normalise(f"a {text} b", language)), text


def test_characters_have_one_spelling() -> None:
    assert normalise("“Ｈｅｌｌｏ”…　it’s\u200b", "en") == '"Hello"… it\'s'
    assert normalise("《红楼梦》、水浒……", "zh") == '"红楼梦",水浒…'


def test_paragraphs_become_pauses() -> None:
    assert normalise("one\n\ntwo", "en") == "one ‖ two"


def test_spoken_text_stays_as_it_is() -> None:
    for language, _, spoken in ROWS:
        if language == "en" and not re.search(r"\b[A-Z]\b", spoken):
            assert normalise(spoken, "en") == spoken


def test_an_unknown_language_names_the_nearest() -> None:
    with pytest.raises(TextError, match=r"'deu' is not known\. Did you mean"):
        normalise("Guten Tag", "deu")
