"""Long recordings without a transcript become clips, a few minutes at a time, however long they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from voiceclone.audio import io
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.utterance import Utterance

Span = tuple[float, float]
_BLOCK_SECONDS = 300.0


def needs_cutting(utterance: Utterance, settings: PrepareSettings) -> bool:
    """Whether this is a recording to be cut: without a transcript and longer than a piece may be."""
    if utterance.text is not None:
        return False
    end = io.probe(utterance.audio).duration if utterance.end is None else utterance.end
    return end - utterance.start > settings.slice_longest


def cut(utterance: Utterance, settings: PrepareSettings) -> list[Span]:
    """Start and end of the pieces, in seconds of the file. Holds five minutes of it in memory at a time."""
    stop = io.probe(utterance.audio).duration if utterance.end is None else utterance.end
    begin, pieces = utterance.start, list[Span]()
    while begin < stop:
        end = min(begin + _BLOCK_SECONDS, stop)
        found = _cut_block(utterance, begin, end, settings)
        # A block's end cuts the last piece anywhere: the next block begins with it.
        begin = found.pop()[0] if end < stop and len(found) > 1 else end
        pieces += found
    return [(round(first, 3), round(last, 3)) for first, last in pieces]


def pieces_of(utterance: Utterance, spans: list[Span]) -> Iterator[Utterance]:
    """The recording's pieces as utterances of their own, ``<id>#0000`` and on."""
    for number, (start, end) in enumerate(spans):
        yield replace(utterance, id=f"{utterance.id}#{number:04d}", start=start, end=end)


def _cut_block(utterance: Utterance, begin: float, end: float, settings: PrepareSettings) -> list[Span]:
    from voiceclone.audio.slicing import slice_at_silences

    wave, rate = io.load(utterance.audio, None, begin, end)
    spans = slice_at_silences(wave, rate, settings.slice_target, settings.slice_shortest, settings.slice_longest)
    return [(begin + first, begin + last) for first, last in spans]
