"""Long recordings without a transcript become clips, cut at their silences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from voiceclone.audio import io
from voiceclone.audio.slicing import slice_at_silences, slice_file
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.utterance import Utterance

Span = tuple[float, float]


def needs_cutting(utterance: Utterance, settings: PrepareSettings) -> bool:
    """Whether this is a recording to be cut: without a transcript and longer than a piece may be."""
    if utterance.text is not None:
        return False
    end = io.probe(utterance.audio).duration if utterance.end is None else utterance.end
    return end - utterance.start > settings.slice_longest


def cut(utterance: Utterance, settings: PrepareSettings) -> list[Span]:
    """Start and end of the pieces, in seconds of the file; it may last hours. Raises `AudioError` as loading does."""
    lengths = settings.slice_target, settings.slice_shortest, settings.slice_longest
    if utterance.start == 0 and utterance.end is None:
        spans = slice_file(utterance.audio, *lengths)
    else:
        wave, rate = io.load(utterance.audio, None, utterance.start, utterance.end)
        spans = slice_at_silences(wave, rate, *lengths)
    return [(round(utterance.start + first, 3), round(utterance.start + last, 3)) for first, last in spans]


def pieces_of(utterance: Utterance, spans: Iterable[Span]) -> Iterator[Utterance]:
    """The recording's pieces as utterances of their own, ``<id>#0000`` and on."""
    for number, (start, end) in enumerate(spans):
        yield replace(utterance, id=f"{utterance.id}#{number:04d}", start=start, end=end)
