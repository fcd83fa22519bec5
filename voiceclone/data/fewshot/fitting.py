"""Transcripts that do not fit their recordings, found by ear and by the clock."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np

from voiceclone.audio.io import load
from voiceclone.audio.voice_activity import speech_spans
from voiceclone.data.fewshot.pieces import Piece
from voiceclone.metrics.words import Recogniser, spelled

# Measured on real speakers. Of a right text pocketsphinx hears all but 0.6 of the characters at worst, of another
# sentence's it misses 0.64 at least; the speaking rate of a right text keeps within 1.3 times the speaker's own.
MOST_MISHEARD, MOST_OFF_RATE = 0.62, 1.5
_ENOUGH = 4

Encode = Callable[[str], Sequence[int]]
"""A text to its symbols."""


def misfits(pieces: Sequence[Piece], encode: Encode, heard: Mapping[str, str] | None = None) -> dict[str, str]:
    """Piece id -> why its text cannot be what is said, in words.

    ``heard`` is what a recogniser wrote down, by piece; where it is None only the speaking rate is looked at, beside
    the median of all pieces with a text, if there are four at least.
    """
    told = [piece for piece in pieces if piece.text]
    found = _off_rate(told, encode) if len(told) >= _ENOUGH else {}
    for piece in told if heard is not None else ():
        said = heard.get(piece.id, "") if heard is not None else ""
        share = character_errors(piece.text or "", said)
        if share > MOST_MISHEARD:
            found[piece.id] = f"heard as “{said}”: {min(share, 1.0):.0%} of the letters differ"
    return found


def transcribe(pieces: Sequence[Piece], recogniser: Recogniser) -> dict[str, str]:
    """What ``recogniser`` hears in each piece."""
    return {piece.id: recogniser(*load(piece.audio, None, piece.start, piece.end)) for piece in pieces}


def character_errors(text: str, heard: str) -> float:
    """Edit distance of letters over the letters of ``text``, 0 for the same; spaces, case and marks left out."""
    from jiwer import cer

    wanted, said = (spelled(words).replace(" ", "") for words in (text, heard))
    return float(cer(wanted, said)) if wanted else math.inf


def _off_rate(pieces: Sequence[Piece], encode: Encode) -> dict[str, str]:
    rates = {piece.id: len(encode(piece.text or "")) / max(_spoken_seconds(piece), 0.1) for piece in pieces}
    usual, found = median(rates.values()), {}
    for ident, rate in rates.items():
        factor = rate / max(usual, 1e-6)
        if abs(np.log(max(factor, 1e-6))) > math.log(MOST_OFF_RATE):
            way = "too much text" if factor > 1 else "too little text"
            found[ident] = f"{way} for its time: {factor:.1f} times the usual number of sounds a second"
    return found


def _spoken_seconds(piece: Piece) -> float:
    wave, rate = load(piece.audio, None, piece.start, piece.end)
    return sum(end - start for start, end in speech_spans(wave, rate))
