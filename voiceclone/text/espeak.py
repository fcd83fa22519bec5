"""Phonemes of every language that espeak-ng has, through phonemizer and the library from espeakng-loader's wheel."""

from __future__ import annotations

import logging
import os
import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

from voiceclone.errors import TextError

# espeak-ng keeps its state in global variables, so one thread at a time. A child that was forked while another
# thread held the lock would wait for ever: it starts with a fresh one.
_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)

# espeak-ng writes a few sounds with Greek letters or ligatures, those without an IPA entry in its ASCII alphabet, and
# puts marks between sounds that are none themselves.
_SAME_SOUND = str.maketrans(
    {"g": "ɡ", "ε": "ɛ", "Φ": "ɸ", "ʦ": "ts", "ʧ": "tʃ", "ʤ": "dʒ"}
    | {"A": "ɑ", "F": "f", "K": "k", "N": "ŋ", "S": "ʃ", "X": "χ", "Z": "ʒ", "[": "\u032a", ":": "ː"}
    | dict.fromkeys("-+.^`#'\"\x01\u200d", None)
)
# In a row of letters that are spelt, A is no article and I no pronoun.
_SPELT_A = re.compile(r"(?<=\b[A-Z] )A\b|\bA(?= [A-Z]\b)")
_SPELT_I = re.compile(r"(?<=\b[A-Z] )I\b|\bI(?= [A-Z]\b)|(?<=\beigh )I\b")


def phonemise(clauses: Sequence[str], voice: str) -> list[str]:
    """IPA with stress marks for every clause, words parted by a space, in one call for the whole batch.

    A clause is text without punctuation marks. ``voice`` is an espeak-ng voice (`languages.canonical`).
    """
    if not clauses:
        return []
    with _lock:
        from phonemizer.separator import Separator

        if voice.startswith("en"):
            clauses = [_SPELT_I.sub("eye", _SPELT_A.sub("eigh", clause)) for clause in clauses]
        lines = _backend(voice).phonemize(list(clauses), separator=Separator(phone="", word=" "), strip=True)
    return [tidy(line) for line in lines]


def tidy(ipa: str) -> str:
    """``ipa`` with every sound spelt in the one way that the symbol table has."""
    spelt = unicodedata.normalize("NFD", ipa.translate(_SAME_SOUND)).replace("c\u0327", "ç")
    return " ".join(spelt.split())


@cache
def voices() -> tuple[str, ...]:
    """The names of all espeak-ng voices."""
    with _lock:
        return tuple(sorted(_library().supported_languages()))


@cache
def _library() -> Any:
    import espeakng_loader
    from phonemizer.backend import EspeakBackend
    from phonemizer.backend.espeak.wrapper import EspeakWrapper

    # Both are needed: with the library alone espeak-ng looks for its data where it was built, and ends the process.
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    return EspeakBackend


@cache
def _backend(voice: str) -> Any:
    logger = logging.getLogger("voiceclone.text.espeak")
    logger.setLevel(logging.ERROR)
    try:
        return _library()(voice, with_stress=True, language_switch="remove-flags", logger=logger)
    except RuntimeError as error:
        raise TextError(f"espeak-ng cannot speak {voice!r}: {error}.") from None
