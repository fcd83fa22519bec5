"""What a voice has just said, measured: likeness, the emotions in the waveform, predicted opinion, the vocoder by
itself."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.data.store_clips import Clips
from voiceclone.errors import AudioError, VoiceCloneError
from voiceclone.evaluation import pictures
from voiceclone.evaluation.opinion import Opinion, opinions
from voiceclone.evaluation.references import Reference
from voiceclone.evaluation.report import render
from voiceclone.evaluation.sound import flac_uri
from voiceclone.evaluation.speaking import copy_synthesis
from voiceclone.evaluation.spoken_prosody import Change, changes, measure, measure_recordings
from voiceclone.metrics.clip import Unscorable
from voiceclone.metrics.pesq import PESQ
from voiceclone.metrics.similarity import SpeakerEncoder
from voiceclone.synthesis.cloner import VoiceCloner
from voiceclone.synthesis.speech import Speech

COPIES, RECORDINGS, SPEECH = "copy synthesis", "recordings", "speech"


@dataclass(frozen=True)
class Sample:
    """One wav that a voice has spoken. ``cloned``: from a recording of a speaker it was never trained on."""

    path: Path
    speaker: str
    language: str
    emotion: str | None
    speech: Speech
    cloned: bool = False

    @property
    def failed(self) -> bool:
        """Whether the attention lost its way in it."""
        return bool(self.speech.failed)


@dataclass(frozen=True)
class Likeness:
    """Mean cosine between a speaker's samples and recordings: of the same speaker, and of the others."""

    own: float
    others: float
    n: int
    cloned: bool


@dataclass
class Demonstration:
    """What `demonstrate` found; what could not be measured is left out and named in ``remarks``."""

    voice: str
    samples: Sequence[Sample]
    pesq: dict[str, float] = field(default_factory=dict)
    likeness: dict[str, Likeness] = field(default_factory=dict)
    emotions: dict[str, Change] = field(default_factory=dict)
    recorded: dict[str, Change] = field(default_factory=dict)
    """What the same emotions change in the recordings."""
    mos: dict[str, Opinion] = field(default_factory=dict)
    """Predicted opinion by emotion (``SPEECH`` without one), of the ``COPIES`` and of their ``RECORDINGS``."""
    embeddings: dict[str, dict[str, Sequence[float]]] = field(default_factory=dict)
    speakers: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """The means by name, for a model card or a logger."""
        found = {"alignment_failures": float(np.mean([sample.failed for sample in self.samples]))}
        if self.pesq:
            found["copy_synthesis_pesq"] = float(np.mean(list(self.pesq.values())))
        if COPIES in self.mos:
            found["copy_synthesis_mos"] = self.mos[COPIES].mean
        if rated := [opinion.mean for name, opinion in self.mos.items() if name not in (COPIES, RECORDINGS)]:
            found["predicted_mos"] = float(np.mean(rated))
        for name, cloned in (("similarity", False), ("similarity_cloned", True)):
            if values := [likeness.own for likeness in self.likeness.values() if likeness.cloned == cloned]:
                found[name] = float(np.mean(values))
        return found


def demonstrate(
    voice: VoiceCloner,
    samples: Sequence[Sample],
    held_out: Mapping[str, Reference],
    recordings: Mapping[str, Reference],
    judge: SpeakerEncoder | None = None,
    n_copies: int = 12,
    prepared: Clips | None = None,
    seconds_left: Callable[[], float | None] = lambda: None,
) -> Demonstration:
    """Measure ``samples`` of ``voice``: their likeness to ``recordings`` of their speakers, the emotions in them, the
    opinion that listeners would probably have, as far as ``seconds_left`` (None for all the time) allows.

    ``judge`` tells voices apart; without one the voice's own speaker encoder does, which flatters. ``n_copies`` of
    ``held_out``, recordings that no network was trained on, go through the vocoder alone and are judged by PESQ and
    predicted opinion. ``prepared`` are all recordings, whose emotions stand beside those of the samples.
    """
    found = Demonstration(voice.bundle.name, samples)
    copied = _copy(voice, _spread(held_out, n_copies), found)
    if judge is None:
        found.remarks.append("Likeness is judged by the voice's own speaker encoder, which flatters it.")
    _liken(judge or voice.embedder, recordings, found)
    if samples and 2 * sum(sample.failed for sample in samples) > len(samples):
        found.remarks.append("Most alignments failed: the acoustic model cannot read yet. A longer training goes on.")
    found.emotions = changes([measure(s.speaker, s.emotion, s.speech, s.cloned) for s in samples])
    if prepared is not None:
        everything = changes(measure_recordings(prepared))
        found.recorded = {name: everything[name] for name in found.emotions if name in everything}
    _rate(voice, copied, found, seconds_left)
    return found


def write_demonstration(found: Demonstration, folder: Path, title: str) -> str:
    """Write ``report.json``, ``report.md`` and ``report.html`` (one file, nothing beside it); returns the Markdown
    of its figures, without a title."""
    body = render("demonstration.md.txt", {"found": found, "figures": found.figures()})
    (folder / "report.md").write_text(f"# {title}\n\n{body}", "utf-8")
    page = {"title": title, "found": found, "figures": found.figures(), "pictures": _pictures(found)}
    page["players"] = [(s, flac_uri(s.speech.wave, s.speech.sample_rate)) for s in _shown(found)]
    page["map_legend"] = pictures.map_legend(found.embeddings, found.speakers)
    (folder / "report.html").write_text(render("demonstration.html", page), "utf-8")
    plain: dict[str, Any] = {
        name: {key: asdict(v) for key, v in getattr(found, name).items()}
        for name in ("likeness", "emotions", "recorded", "mos")
    }
    plain |= {"figures": found.figures(), "copy_synthesis_pesq": found.pesq, "remarks": found.remarks}
    (folder / "report.json").write_text(json.dumps(_known(plain), indent=1, ensure_ascii=False), "utf-8")
    return body


def _known(value: Any) -> Any:
    """``value`` with null where a number is not known: JSON has no NaN."""
    if isinstance(value, dict):
        return {key: _known(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


Waves = list[np.ndarray]


def _copy(voice: VoiceCloner, references: Mapping[str, Reference], found: Demonstration) -> dict[str, Waves]:
    """Judge by PESQ what the vocoder makes of ``references``; the copies and the recordings."""
    rate = voice.sample_rate
    recordings = [reference.recording.load(rate) for reference in references.values()]
    copies = [copy_synthesis(voice, recording) for recording in recordings]
    try:
        pesq = PESQ(rate)
        for key, copy, recording in zip(references, copies, recordings, strict=True):
            try:
                found.pesq[key] = pesq.judge(copy, recording)
            except Unscorable as error:
                found.remarks.append(f"{key}: no PESQ: {error}")
    except VoiceCloneError as error:
        found.remarks.append(f"No PESQ: {error}")
    return {COPIES: copies, RECORDINGS: recordings} if copies else {}


def _rate(
    voice: VoiceCloner, copied: dict[str, Waves], found: Demonstration, seconds_left: Callable[[], float | None]
) -> None:
    spoken: dict[str, Waves] = {}
    for sample in found.samples:
        spoken.setdefault(sample.emotion or SPEECH, []).append(sample.speech.wave)
    try:
        found.mos = opinions({**spoken, **copied}, voice.sample_rate, seconds_left)
    except VoiceCloneError as error:
        found.remarks.append(f"No predicted MOS: {error}")
        return
    judged = min((found.mos[name].n for name in spoken), default=0)
    if judged < min(map(len, spoken.values()), default=0):
        found.remarks.append(f"Predicted MOS: of {judged} of the samples of each emotion, there was no time for more.")


def _liken(judge: SpeakerEncoder, recordings: Mapping[str, Reference], found: Demonstration) -> None:
    heard: dict[str, dict[str, list[np.ndarray]]] = {"recordings": {}, "samples": {}}
    for key, reference in recordings.items():
        rate = reference.recording.probe()[0]
        wave, speaker = reference.recording.load(rate), str(reference.labels.speaker)
        _hear(judge, wave, rate, ("recordings", key, speaker), heard, found)
    for sample in found.samples:
        speech = sample.speech
        _hear(judge, speech.wave, speech.sample_rate, ("samples", sample.path.stem, sample.speaker), heard, found)
    cloned = {sample.speaker: sample.cloned for sample in found.samples}
    for speaker, vectors in heard["samples"].items():
        own = heard["recordings"].get(speaker)
        others = [v for name, theirs in heard["recordings"].items() if name != speaker for v in theirs]
        if own and others:
            like, unlike = (float(np.mean(np.array(vectors) @ np.array(those).T)) for those in (own, others))
            found.likeness[speaker] = Likeness(like, unlike, len(vectors), cloned[speaker])
    missing = len(recordings) + len(found.samples) - sum(map(len, found.embeddings.values()))
    if missing:
        found.remarks.append(f"{missing} clips hold too little speech for their voice to be judged.")


def _hear(
    judge: SpeakerEncoder,
    wave: np.ndarray,
    rate: int,
    what: tuple[str, str, str],
    heard: dict[str, dict[str, list[np.ndarray]]],
    found: Demonstration,
) -> None:
    """Note the voice of one clip, ``what`` being (recordings or samples, its name, its speaker)."""
    system, key, speaker = what
    try:
        vector = np.asarray(judge(wave, rate))
    except AudioError:
        return
    heard[system].setdefault(speaker, []).append(vector)
    found.embeddings.setdefault(system, {})[key] = [float(value) for value in vector]
    found.speakers[key] = speaker


def _shown(found: Demonstration) -> list[Sample]:
    """The samples of the first speaker, and of whom was cloned."""
    first = found.samples[0].speaker if found.samples else None
    return [sample for sample in found.samples if sample.speaker == first or sample.cloned]


def _pictures(found: Demonstration) -> dict[str, str]:
    """Title -> picture: the first speaker in every emotion, the attention of one sentence, the map of voices."""
    if not found.samples:
        return {}
    shown = [sample for sample in _shown(found) if not sample.cloned]
    first = shown[0]
    waves = {f"{s.emotion or 'speech'}": s.speech.wave for s in shown}
    attention = first.speech.sentences[0].alignment.numpy()
    drawn = {f"{first.speaker}: mels with F0, and the attention": (waves, first.speech.sample_rate, attention)}
    made = {title: pictures.spectrogram(*what) for title, what in drawn.items()}
    if sum(map(len, found.embeddings.values())) > 2:
        made["Who sounds like whom"] = pictures.embedding_map(found.embeddings, found.speakers)
    return made


def _spread(references: Mapping[str, Reference], count: int) -> dict[str, Reference]:
    keys = list(references)
    count = min(count, len(keys))
    return {key: references[key] for key in (keys[index * len(keys) // count] for index in range(count))}
