"""Sentences in, symbols out."""

from __future__ import annotations

import pytest

from voiceclone.errors import TextError
from voiceclone.text.frontend import TextFrontend


@pytest.fixture(scope="module")
def frontend() -> TextFrontend:
    return TextFrontend()


def spoken(frontend: TextFrontend, text: str, language: str) -> str:
    return "".join(frontend.symbols(text, language))


def test_english_keeps_stress_words_and_punctuation(frontend: TextFrontend) -> None:
    assert spoken(frontend, "Hello, world!", "en") == "həlˈoʊ,wˈɜːld!"


def test_mandarin_keeps_its_tones(frontend: TextFrontend) -> None:
    assert spoken(frontend, "你好，世界。", "zh") == "ni2xaʊ3,ʂɻ̩4tɕjɛ4."


def test_english_words_inside_mandarin_are_read_as_english(frontend: TextFrontend) -> None:
    assert spoken(frontend, "我用GPU训练model。", "zh") == "wo3jʊŋ4 dʒˌiːpˌiːjˈuː ɕyn4ljɛn4 mˈɑːdəl."


@pytest.mark.parametrize("text", ["", "   ", "...", "。！？", '"—"'])
def test_text_without_a_word_is_an_error(frontend: TextFrontend, text: str) -> None:
    with pytest.raises(TextError, match="nothing to speak"):
        frontend.symbols(text, "en")
