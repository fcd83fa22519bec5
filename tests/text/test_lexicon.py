"""A user's own pronunciations: a file for all texts, marks for a single word."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceclone.errors import TextError
from voiceclone.text.frontend import TextFrontend
from voiceclone.text.lexicon import Lexicon

LEXICON = """
# names
Siobhan     /ʃˈɪvən/
Nguyen\twin
New York    noo yawk
单田芳      shàn tián fāng
polish      /pˈɑːlɪʃ/
Polish      /pˈoʊlɪʃ/
XJTU        西交大
"""


@pytest.fixture(scope="module")
def frontend(tmp_path_factory: pytest.TempPathFactory) -> TextFrontend:
    path = tmp_path_factory.mktemp("lexicon") / "names.txt"
    path.write_text(LEXICON, encoding="utf-8")
    return TextFrontend(lexicon=path)


def spoken(frontend: TextFrontend, text: str, language: str) -> str:
    return "".join(frontend.symbols(text, language))


def test_ipa_stands_in_the_sentence(frontend: TextFrontend) -> None:
    assert spoken(frontend, "Ask Siobhan, not SIOBHAN'S cat.", "en") == "ˈæsk ʃˈɪvən,nˌɑːt ʃˈɪvənz kˈæt."


def test_another_spelling_is_read_instead(frontend: TextFrontend) -> None:
    assert spoken(frontend, "Nguyen", "en") == spoken(frontend, "win", "en")
    assert spoken(frontend, "in New York.", "en") == spoken(frontend, "in noo yawk.", "en")
    assert spoken(frontend, "我在XJTU学习", "zh") == spoken(frontend, "我在西交大学习", "zh")


def test_pinyin_with_marks_or_digits(frontend: TextFrontend) -> None:
    assert spoken(frontend, "听单田芳说书", "zh") == spoken(frontend, "听{单|shan4}{田|tian2}{芳|fang1}说书", "zh")
    assert "ʂan4tʰjɛn2fɑŋ1" in spoken(frontend, "听单田芳说书", "zh")


def test_an_entry_with_capitals_is_for_itself_only(frontend: TextFrontend) -> None:
    assert spoken(frontend, "Polish polish POLISH", "en") == "pˈoʊlɪʃ pˈɑːlɪʃ pˈɑːlɪʃ"
    assert spoken(frontend, "siobhan", "en") == spoken(TextFrontend(), "siobhan", "en")


def test_only_whole_words_are_replaced(frontend: TextFrontend) -> None:
    assert spoken(frontend, "polished", "en") == spoken(TextFrontend(), "polished", "en")


def test_a_mark_goes_before_the_lexicon(frontend: TextFrontend) -> None:
    assert spoken(frontend, "{Siobhan|/ʃˈoʊbən/} is Siobhan", "en") == "ʃˈoʊbən ɪz ʃˈɪvən"


def test_marks_hold_pinyin_ipa_spelling_and_pauses() -> None:
    frontend = TextFrontend()
    assert spoken(frontend, "不{行|hang2}了", "zh") == "pu4xɑŋ2lɤ5"
    assert spoken(frontend, "{花儿|huar1}", "zh") == "xwaɻ1"
    assert spoken(frontend, "in {Xi'an|xi1 an1}.", "en") == "ɪn ɕi1an1."
    assert spoken(frontend, "the {GIF|jiff}", "en") == spoken(frontend, "the jiff", "en")
    assert spoken(frontend, "stop {pause} go", "en") == "stˈɑːp‖ɡˈoʊ"
    assert spoken(frontend, "{🙂|smiling}", "en") == spoken(frontend, "smiling", "en")


def test_a_given_word_keeps_the_words_around_it_as_they_are_in_a_sentence() -> None:
    # espeak-ng reads a final "a" as the letter.
    assert spoken(TextFrontend(), "such a {feat|/fˈiːt/}", "en") == "sˈʌtʃ ɐ fˈiːt"


def test_numbers_beside_a_mark_are_still_read() -> None:
    assert spoken(TextFrontend(), "{Rex|/rˈɛks/} is 3.", "en") == "rˈɛks ɪz θɹˈiː."


@pytest.mark.parametrize("text", ["{word", "word}", "{}", "{a|}", "{a|b|c}", "a {b} c"])
def test_a_broken_mark_is_an_error_that_shows_a_whole_one(text: str) -> None:
    with pytest.raises(TextError, match=r"write \{word\|pronunciation\}"):
        TextFrontend().symbols(text, "en")


def test_ipa_outside_the_table_names_sentence_and_symbol() -> None:
    with pytest.raises(TextError, match=r"say \{it\|/∂/\}.*'∂' \(U\+2202\)"):
        TextFrontend().symbols("say {it|/∂/}", "en")


@pytest.mark.parametrize(
    ("content", "message"),
    [("alone", "line 1: expected a word"), ("a /∂/", "lexicon entry 'a'.*U\\+2202")],
)
def test_a_broken_lexicon_names_file_and_place(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TextError, match=rf"mine\.txt.*{message}"):
        Lexicon.load(path)


def test_a_lexicon_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(TextError, match=r"none\.txt: cannot be read"):
        Lexicon.load(tmp_path / "none.txt")
    (tmp_path / "gbk.txt").write_bytes("银行 yin2 hang2".encode("gbk"))
    with pytest.raises(TextError, match=r"gbk\.txt: cannot be read as UTF-8"):
        Lexicon.load(tmp_path / "gbk.txt")
