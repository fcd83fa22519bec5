"""A long text is cut into sentences that can be spoken in one breath."""

from __future__ import annotations

import pytest

from voiceclone.text.sentences import split


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["It works.", "Does it?", "Yes!"]),
        ("en", ["Mr. Smith paid $3.50 to Dr. J. K. Jones on Jan. 5.", "So did I.", "He left."]),
        ("en", ['"Why?" he asked.', '"Because!" she said... and left.', "Wait…", "What?!"]),
        ("en", ["See fig. 2, e.g. the U.S. army vs. others, etc. and so on.", "Fine."]),
        ("en", ["Visit example.com today.", "It is version 2.0."]),
        ("de", ["Am 3. Mai kommt z.B. Herr Müller.", "Er bleibt."]),
    ],
)
def test_sentences_end_where_people_stop(language: str, sentences: list[str]) -> None:
    assert split(" ".join(sentences), language) == sentences


def test_chinese_sentences_need_no_space() -> None:
    text = "今天天气很好。我们去公园吧！“真的吗？”他问。涨了3.5%……不知道！？"
    assert split(text, "zh") == ["今天天气很好。", "我们去公园吧！", "“真的吗？”", "他问。", "涨了3.5%……不知道！？"]


def test_lines_end_sentences_and_lines_without_words_vanish() -> None:
    assert split("Title\n\n* * *\n…\nFirst line\nSecond line.", "en") == ["Title", "First line", "Second line."]
    assert split(" \n ... ", "en") == []


def test_long_sentences_are_cut_behind_commas_into_even_parts() -> None:
    text = "one two three four five, six seven eight nine ten, eleven twelve thirteen fourteen"
    assert split(text, "en", max_chars=60) == [
        "one two three four five, six seven eight nine ten,",
        "eleven twelve thirteen fourteen",
    ]
    assert split("这个句子没有句号，但是有很多逗号，所以在这里分开", "zh", max_chars=20) == [
        "这个句子没有句号，",
        "但是有很多逗号，所以在这里分开",
    ]


def test_without_commas_cuts_fall_between_words() -> None:
    pieces = split("word " * 100, "en", max_chars=50)
    assert max(map(len, pieces)) <= 50
    assert " ".join(pieces) == ("word " * 100).strip()


def test_chinese_without_marks_is_cut_between_characters() -> None:
    pieces = split("很" * 100, "zh", max_chars=30)
    assert max(map(len, pieces)) <= 30
    assert "".join(pieces) == "很" * 100


def test_a_word_longer_than_the_limit_stays_whole() -> None:
    assert split("x" * 80, "en", max_chars=50) == ["x" * 80]


def test_marks_are_never_cut() -> None:
    assert split("Ask {Dr. Li. No|doctor, lee}. Then go.", "en", max_chars=12) == [
        "Ask",
        "{Dr. Li. No|doctor, lee}.",
        "Then go.",
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_lost(language: str) -> None:
    text = "One, two (three) 3.5 — four? 五，六。七！八……九 ten; eleven: “twelve”. Thirteen" * 5
    together = "".join(split(text, language, max_chars=25))
    assert together.replace(" ", "") == text.replace(" ", "")
