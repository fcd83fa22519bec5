"""Text as it is written to text as it is read aloud."""

from __future__ import annotations

from voiceclone.text.languages import MANDARIN, base, canonical
from voiceclone.text.normalise import english, european, mandarin
from voiceclone.text.normalise.characters import plain


def normalise(text: str, language: str) -> str:
    """``text`` with everything that is not a word written out in words, in ``language``.

    Marks stay; letters and marks have one spelling each. Raises `TextError` for an unknown language.
    """
    code = canonical(language)
    text = plain(text)
    if base(code) == "en":
        text = english.speak(text, british=code.startswith("en-gb"))
    elif code == MANDARIN:
        text = mandarin.speak(text)
    else:
        text = european.speak(text, base(code))
    return plain(text)
