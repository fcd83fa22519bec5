"""The worst clips, to listen to and look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voiceclone.errors import AudioError
from voiceclone.evaluation.clips import Clip, Recording
from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.judging import Outcome
from voiceclone.evaluation.pictures import spectrogram
from voiceclone.evaluation.results import Judged, Results
from voiceclone.evaluation.sound import flac_uri


@dataclass(frozen=True)
class Exhibit:
    """One clip beside its recording."""

    clip: Clip
    players: dict[str, str]
    """Title -> sound as a data URI."""
    picture: str | None
    figures: list[tuple[str, str]]
    """(title, value)."""
    heard: str | None
    """What the recogniser wrote down."""


def worst(results: Results, judged: Judged, count: int = 10) -> list[Exhibit]:
    """The ``count`` clips of a system that stand lowest over all figures, worst first."""
    return [exhibit(results, judged, clip) for clip in results.worst(judged, count)]


def exhibit(results: Results, judged: Judged, clip: Clip) -> Exhibit:
    """Everything about one clip. A file that cannot be read has no player and no picture."""
    rate = results.sample_rate
    waves = {"generated": _load(clip.wave, rate), "recording": _load(clip.recording, rate)}
    found = {title: wave for title, wave in waves.items() if wave is not None}
    outcomes = judged.outcomes[clip.id]
    return Exhibit(
        clip,
        {title: flac_uri(wave, rate) for title, wave in found.items()},
        spectrogram(found, rate, alignment_of(clip.wave.path)) if found else None,
        [_figure(results, name, outcome) for name, outcome in outcomes.items() if outcome.value is not None],
        _transcript(outcomes),
    )


def _figure(results: Results, name: str, outcome: Outcome) -> tuple[str, str]:
    """Title and value. Of an emotion it is told which one was heard, and by how good a judge."""
    own, written = results.judge_accuracy(name), figure(name)
    if own is not None:
        return f"Emotion heard (judge: {written.write(own)})", str(outcome.observed)
    return written.title, written.write(float("nan") if outcome.value is None else outcome.value)


def _transcript(outcomes: Mapping[str, Outcome]) -> str | None:
    heard = [outcomes[name].observed for name in ("wer", "cer") if name in outcomes]
    return next((text for text in heard if text is not None), None)


def alignment_of(wav: Path) -> np.ndarray | None:
    """Attention weights ``[T, N]`` where synthesis left them: ``<clip>.alignment.npy`` beside ``<clip>.wav``."""
    path = wav.with_suffix(".alignment.npy")
    return np.load(path, allow_pickle=False) if path.is_file() else None


def voices(results: Results) -> tuple[dict[str, dict[str, Sequence[float]]], dict[str, str]]:
    """Speaker embeddings by system and clip, and the speaker of each clip, for a map."""
    embeddings = {judged.name: judged.observed("similarity") for judged in results.judged}
    named = {
        clip.id: clip.labels.speaker
        for judged in results.judged
        for clip in judged.system.clips
        if clip.labels.speaker is not None
    }
    return {name: found for name, found in embeddings.items() if found}, named


def _load(recording: Recording | None, sample_rate: int) -> np.ndarray | None:
    if recording is None:
        return None
    try:
        return recording.load(sample_rate)
    except AudioError:
        return None
