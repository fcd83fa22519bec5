"""Segments to symbols: Mandarin through its own reader, everything else through espeak-ng, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from voiceclone.text import espeak
from voiceclone.text.mandarin import readings, syllables
from voiceclone.text.segments import Characters, Clause, Item
from voiceclone.text.symbols import PAUSE, PUNCTUATION, WORD_BOUNDARY


def characters(run: Characters) -> str:
    """Symbols of a run of Chinese characters."""
    return "".join(syllables.symbols(syllable) for syllable in readings.read(run.text, run.given))


def clauses(batch: Sequence[Clause], voice: str) -> list[str]:
    """Symbols of every clause, in two calls of espeak-ng at most.

    espeak-ng reads a word by its neighbours ("a" before a quoted word is not the letter A), so a clause is phonemised
    whole. Where quotes or given words must find their place in the answer, its words are counted off; where espeak-ng
    ran words together and the count is out, the stretches between are phonemised one by one.
    """
    whole = espeak.phonemise([clause.text for clause in batch], voice)
    found = [_counted_off(clause, ipa) for clause, ipa in zip(batch, whole, strict=True)]
    uneven = [clause for clause, symbols in zip(batch, found, strict=True) if symbols is None]
    stretches = iter(espeak.phonemise([text for clause in uneven for text in _stretches(clause)], voice))
    return [
        join(_filled(clause, stretches)) if symbols is None else symbols
        for clause, symbols in zip(batch, found, strict=True)
    ]


def _counted_off(clause: Clause, ipa: str) -> str | None:
    if not any(item.symbols for item in clause.items):
        return ipa
    answers = ipa.split(" ")
    if len(answers) != sum(bool(item.written) for item in clause.items):
        return None
    rest = iter(answers)
    spoken = [(next(rest) if item.written else "", item.symbols) for item in clause.items]
    return join(known or answer for answer, known in spoken)


def _runs(clause: Clause) -> Iterator[tuple[bool, list[Item]]]:
    """The clause in runs of words still to be read (true) and of items already known (false)."""
    return ((unread, list(items)) for unread, items in groupby(clause.items, key=lambda item: not item.symbols))


def _stretches(clause: Clause) -> list[str]:
    return [" ".join(item.written for item in items) for unread, items in _runs(clause) if unread]


def _filled(clause: Clause, stretches: Iterator[str]) -> Iterator[str]:
    for unread, items in _runs(clause):
        if unread:
            yield next(stretches)
        else:
            yield from (item.symbols for item in items)


def join(parts: Iterable[str]) -> str:
    """Parts in a row: a word boundary between two words, none beside a mark, which is a boundary itself."""
    joined = ""
    for part in parts:
        if joined and part and not (joined[-1] in PUNCTUATION + PAUSE or part[0] in PUNCTUATION + PAUSE):
            joined += WORD_BOUNDARY
        joined += part
    return joined
