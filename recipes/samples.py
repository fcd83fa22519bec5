"""What a new voice can do: every emotion in its speakers' voices, and a voice cloned from a recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voiceclone.evaluation.demonstration import Sample

if TYPE_CHECKING:
    from voiceclone.synthesis.cloner import VoiceCloner

_SENTENCES = {
    "en": "The morning train was late, so we walked along the river.",
    "zh": "今天早上火车晚点了,我们就沿着河边走。",
    "de": "Am Morgen kam der Zug zu spät, also gingen wir am Fluss entlang.",
}
# Of corpora with hundreds of speakers, so many are heard, spread evenly.
_MOST_SPEAKERS = 16
_AT_ONCE = 16


@dataclass(frozen=True)
class _Wanted:
    name: str
    speaker: str
    language: str
    emotion: str | None
    speaker_wav: Path | None = None


def speak_samples(voice: VoiceCloner, folder: Path, cloned: Mapping[str, Path] | None = None) -> list[Sample]:
    """Speak a sentence in every emotion by the voice's speakers, and by those in the recordings ``cloned``, by name.

    The wavs lie in ``folder``; of more speakers than sixteen, sixteen are heard. Says how many failed.
    """
    samples: list[Sample] = []
    wanted = list(_wanted(voice, cloned or {}))
    for start in range(0, len(wanted), _AT_ONCE):
        samples += _speak(voice, wanted[start : start + _AT_ONCE], folder)
    failed = sum(sample.failed for sample in samples)
    print(f"{len(samples)} samples in {folder}" + (f"; the alignment of {failed} failed" if failed else ""))
    return samples


def _wanted(voice: VoiceCloner, cloned: Mapping[str, Path]) -> Iterator[_Wanted]:
    emotions: list[str | None] = [*voice.bundle.emotions] or [None]
    names = list(voice.bundle.speakers)
    count = min(_MOST_SPEAKERS, len(names))
    for name in (names[index * len(names) // count] for index in range(count)):
        known = voice.bundle.speakers[name].languages or voice.bundle.languages
        language = next((language for language in known if language in _SENTENCES), "en")
        for emotion in emotions:
            yield _Wanted(f"{name.replace('/', '_')}_{emotion or 'speech'}", name, language, emotion)
    for name, path in cloned.items():
        language = next((language for language in voice.bundle.languages if language in _SENTENCES), "en")
        for emotion in emotions:
            yield _Wanted(f"cloned_{name.replace('/', '_')}_{emotion or 'speech'}", name, language, emotion, path)


def _speak(voice: VoiceCloner, wanted: list[_Wanted], folder: Path) -> list[Sample]:
    plans = [
        voice.plan(
            _SENTENCES[one.language],
            one.speaker_wav,
            speaker=None if one.speaker_wav else one.speaker,
            language=one.language,
            emotion=one.emotion,
        )
        for one in wanted
    ]
    samples = []
    for one, plan, speech in zip(wanted, plans, voice.speak_all(plans, seed=0), strict=True):
        path = folder / f"{one.name}.wav"
        speech.save(path, plan.text, voice.bundle.name, one.emotion)
        samples.append(Sample(path, one.speaker, one.language, one.emotion, speech, one.speaker_wav is not None))
    return samples
