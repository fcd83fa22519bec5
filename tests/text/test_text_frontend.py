"""Sentences in, symbols out."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from voiceclone.errors import TextError
from voiceclone.text import symbols
from voiceclone.text.frontend import TextFrontend

LANGUAGES = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("languages.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
TEXTS = [
    ("Hello, world! It's 3:30.", "en"),
    ("你好，世界。", "zh"),
    ("我用GPU训练model。", "zh"),
    ("Zwölf Boxkämpfer.", "de"),
    ('She said "a" thing (twice).', "en-gb"),
] * 4


@pytest.fixture(scope="module")
def frontend() -> TextFrontend:
    return TextFrontend()


def spoken(frontend: TextFrontend, text: str, language: str) -> str:
    return "".join(frontend.symbols(text, language))


def speak_all(frontend: TextFrontend) -> list[list[str]]:
    return frontend.batch(*map(list, zip(*TEXTS, strict=True)))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Hello, world!", "en", "həlˈoʊ,wˈɜːld!"),
        ("Hello, world!", "en-gb", "həlˈəʊ,wˈɜːld!"),
        ("It is 5, isn't it?", "en", "ɪɾ ɪz fˈaɪv,ˈɪzənt ɪt?"),
        ('a "big" day (really)', "en", 'ɐ"bˈɪɡ"dˈeɪ(ɹˈiəli)'),
        ("你好，世界。", "zh", "ni2xaʊ3,ʂɻ̩4tɕjɛ4."),
        ("他有2个GPU。", "zh", "tʰa1joʊ2ljɑŋ3kɤ4 dʒˈiː pˈiː jˈuː."),
        ("Guten Tag, Welt!", "de", "ɡˈuːtən tˈɑːk,vˈɛlt!"),
        ("I said 你好 to him.", "en", "aɪ sˈɛd ni2xaʊ3 tə hˌɪm."),
    ],
)
def test_words_stress_tones_and_punctuation(frontend: TextFrontend, text: str, language: str, expected: str) -> None:
    assert spoken(frontend, text, language) == expected


def test_spelt_letters_are_letters(frontend: TextFrontend) -> None:
    # Neither the article a nor the pronoun I.
    assert spoken(frontend, "an AI", "en") == "ɐn ˈeɪ ˈaɪ"
    assert spoken(frontend, "T恤", "zh") == "tˈiː ɕy4"


def test_traditional_characters_are_read_like_simplified_ones(frontend: TextFrontend) -> None:
    assert spoken(frontend, "臺灣的銀行長大了", "zh") == spoken(frontend, "台湾的银行长大了", "zh")


def test_tones_are_never_lost(frontend: TextFrontend) -> None:
    said = [spoken(frontend, "{妈|ma" + tone + "}", "zh") for tone in "12345"]
    assert said == ["ma1", "ma2", "ma3", "ma4", "ma5"]


@pytest.mark.parametrize(("language", "text"), LANGUAGES)
def test_no_language_leaves_the_table(frontend: TextFrontend, language: str, text: str) -> None:
    assert len(frontend.encode(text, language)) > 10


@pytest.mark.parametrize("text", ["", "   ", "...", "。！？", '"—"', "{pause}"])
def test_text_without_a_word_is_an_error(frontend: TextFrontend, text: str) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        frontend.symbols(text, "en")


@pytest.mark.parametrize(
    ("text", "language", "named"),
    [
        ("I like it 🙂", "en", r"'🙂' \(U\+1F642"),
        ("Москва is big", "en", "'Москва'.*Cyrillic"),
        ("東京です", "ja", "'東京'"),
        ("it is \ue000", "en", r"U\+E000"),
        ("我姓\U00030000", "zh", "no Mandarin reading"),
    ],
)
def test_what_nobody_can_read_is_named_with_its_sentence(
    frontend: TextFrontend, text: str, language: str, named: str
) -> None:
    with pytest.raises(TextError, match=named) as caught:
        frontend.symbols(text, language)
    assert repr(text) in str(caught.value)


def test_a_symbol_outside_the_models_table_names_sentence_and_symbol() -> None:
    table = symbols.SymbolTable(["_", *"həloʊ"], "small")
    with pytest.raises(TextError, match=r"'hello': symbol 'ˈ' \(U\+02C8\)"):
        TextFrontend(table=table).symbols("hello", "en")


def test_an_unknown_language_is_an_error(frontend: TextFrontend) -> None:
    with pytest.raises(TextError, match=r"'klingon' is not known"):
        frontend.symbols("nuqneH", "klingon")


def test_a_batch_is_its_texts_one_by_one() -> None:
    one_by_one = [TextFrontend().symbols(*pair) for pair in TEXTS[:5]]
    assert speak_all(TextFrontend())[:5] == one_by_one


def test_results_are_the_callers_to_change(frontend: TextFrontend) -> None:
    frontend.symbols("hello", "en").clear()
    assert spoken(frontend, "hello", "en") == "həlˈoʊ"


def test_threads_agree() -> None:
    shared, expected = TextFrontend(), speak_all(TextFrontend())
    with ThreadPoolExecutor(4) as pool:
        assert all(said == expected for said in pool.map(speak_all, [shared] * 8))


@pytest.mark.skipif(not hasattr(multiprocessing, "get_context") or sys.platform == "win32", reason="no fork here")
def test_forked_workers_agree(frontend: TextFrontend) -> None:
    expected = speak_all(frontend)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert all(said == expected for said in pool.map(speak_all, [TextFrontend()] * 4))


def test_a_frontend_can_be_sent_to_another_process(frontend: TextFrontend) -> None:
    assert speak_all(pickle.loads(pickle.dumps(frontend))) == speak_all(frontend)


def test_a_file_cache_spares_the_next_run_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "symbols.sqlite"
    expected = speak_all(TextFrontend(cache=path))

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(TextFrontend, "_read", refuse)
    assert speak_all(TextFrontend(cache=path)) == expected
    with pytest.raises(AssertionError, match="read again"):
        TextFrontend(cache=path, lexicon=_lexicon(tmp_path)).symbols(*TEXTS[0])


def _lexicon(folder: Path) -> Path:
    path = folder / "lexicon.txt"
    path.write_text("Hello /hˈaɪ/", encoding="utf-8")
    return path


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TextError, match=r"text cache .*symbols\.sqlite"):
        TextFrontend(cache=tmp_path / "file" / "symbols.sqlite").symbols("hello", "en")


def test_importing_the_frontend_is_cheap() -> None:
    heavy = "{'phonemizer', 'jieba', 'pypinyin', 'num2words', 'torch', 'numpy'}"
    code = f"import sys, voiceclone.text.frontend; print({heavy} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "set()"
