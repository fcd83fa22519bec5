"""A text cut into sentences short enough to be spoken in one breath."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from voiceclone.text.languages import base
from voiceclone.text.marks import HAN

MAX_CHARS = 200
# 200 characters of English are some 230 symbols, of Chinese 700: only what is written short and read long has more.
MAX_SYMBOLS = 800

_CLOSING = r"[\"'”’»」』》）)\]]*"
_SENTENCE_END = re.compile(
    rf"(?:[。！？]+[…⋯]*|[!?]+(?={_CLOSING}(?:\s|$|[{HAN}]))|[.!?…⋯]+(?={_CLOSING}(?:\s|$))){_CLOSING}\s*|\s*\n\s*"
)
# Where a long sentence may be cut, best first: behind a clause, between words, between Chinese characters.
_CUTS = (
    re.compile(rf"(?:[，；：、]|[…⋯]+){_CLOSING}|(?:[,;:]|\s[-–—]|—){_CLOSING}(?=\s)|——?"),
    re.compile(r"\s+"),
    re.compile(rf"(?<=[{HAN}])(?=[{HAN}])"),
)
# A full stop behind these never ends a sentence; behind others it does unless the next word is in small letters.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof sr st vs e.g i.e cf no nos vol fig figs dept gen col sgt capt lt hon rev gov sen rep approx est
    u.s u.k mt ft messrs mme mlle bzw z.b d.h nr ca vgl jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905
)
# Languages that write an ordinal number with a full stop: am 3. Mai.
_DOTTED_ORDINALS = ("de", "da", "nb", "fi", "cs", "sk", "pl", "hu", "hr", "sr", "sl", "et", "lv", "is", "tr")
_MARK = re.compile(r"\{[^{}]*\}")


def split(text: str, language: str, max_chars: int = MAX_CHARS) -> list[str]:
    """Sentences of ``text`` in order, none longer than ``max_chars`` where it can be helped.

    A long sentence is cut into parts of about equal length behind commas and the like, else between words, in Chinese
    between characters. A mark such as ``{Dr. Li|doctor lee}`` is never cut. Line breaks end sentences. What holds
    nothing to speak, such as a line of dots, is left out.
    """
    text = re.sub(r"[^\S\n]+", " ", text)
    # Same length, so that positions agree, but nothing inside a mark that looks like an end.
    masked = _MARK.sub(lambda mark: "\ue000" * len(mark.group()), text)
    bounds = [0, *_sentence_ends(masked, base(language)), len(text)]
    pieces: list[str] = []
    for start, end in pairwise(bounds):
        pieces += _shorten(text[start:end].strip(), masked[start:end].strip(), max_chars)
    return [piece for piece in pieces if re.search(r"[^\W_]", piece)]


def in_breaths(symbols: Sequence[str], most: int = MAX_SYMBOLS) -> list[list[str]]:
    """``symbols`` of one sentence in parts of at most ``most``, about equal, cut between words where there are such.

    For what no cut of the text could help, such as a number of a thousand digits.
    """
    if len(symbols) <= most:
        return [list(symbols)]
    even = len(symbols) / math.ceil(len(symbols) / most)
    places = [place for place, symbol in enumerate(symbols[:most], start=1) if symbol == " "] or [round(even)]
    place = min(places, key=lambda end: abs(end - even))
    return [list(symbols[:place]), *in_breaths(symbols[place:], most)]


def _sentence_ends(text: str, language: str) -> Iterator[int]:
    for end in _SENTENCE_END.finditer(text):
        if "\n" in end.group() or re.search("[。！？]", end.group()) or _really_ends(text, end, language):
            yield end.end()


def _really_ends(text: str, end: re.Match[str], language: str) -> bool:
    """Whether marks that need not end a sentence do: not after Mr, an initial or 3. Mai, not before a small letter."""
    following = text[end.end() : end.end() + 1]
    if following.islower():
        return False
    if not end.group().rstrip().startswith(".") or end.group().startswith(".."):
        return True
    words = text[: end.start()].split()
    last = words[-1].lstrip("\"'(“‘").lower() if words else ""
    if language in _DOTTED_ORDINALS and last.isdigit():
        return False
    initial = len(last) == 1 and last.isalpha() and last != "i"
    return not initial and last not in _ABBREVIATIONS


def _shorten(text: str, masked: str, max_chars: int) -> list[str]:
    """``text`` in parts of at most ``max_chars``, as even as its clauses allow."""
    if len(text) <= max_chars:
        return [text]
    even = len(text) / math.ceil(len(text) / max_chars)
    for cut in _CUTS:
        ends = (match.end() for match in cut.finditer(masked))
        places = [end for end in ends if 0 < len(masked[:end].rstrip()) <= max_chars]
        if places:
            place = min(places, key=lambda end: abs(end - even))
            return [text[:place].strip(), *_shorten(text[place:].strip(), masked[place:].strip(), max_chars)]
    return [text]
