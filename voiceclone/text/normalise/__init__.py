"""Text as it is written to text as it is read aloud."""

from __future__ import annotations

from voiceclone.text.languages import canonical
from voiceclone.text.normalise.characters import plain


def normalise(text: str, language: str) -> str:
    """``text`` with everything that is not a word written out in words, in ``language``.

    Marks stay; letters and marks have one spelling each. Raises `TextError` for an unknown language.
    """
    canonical(language)
    return plain(text)
