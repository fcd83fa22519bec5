"""What the demo corpus says: eight speakers, a hundred sentences in each of two languages, five emotions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_SENTENCES = Path(__file__).with_name("sentences")
_VOICES = {"en": "en-us", "zh": "cmn-latn-pinyin"}
_INTENSITIES = (1.0, 0.4, 0.7)


@dataclass(frozen=True)
class Speaker:
    """A voice of espeak-ng: ``variant`` gives its formants; ``rate`` is in words a minute, ``pitch`` and ``volume`` are
    espeak-ng's numbers (50 and 100 are its normal). ``clips`` says how many clips of each language belong to it."""

    variant: str
    gender: str
    pitch: int
    rate: int
    volume: int
    clips: dict[str, int]


@dataclass(frozen=True)
class Prosody:
    """What an emotion at full intensity does to a voice: factors on rate, range and amplitude, a shift in pitch."""

    rate: float
    pitch: int
    range: float
    volume: float


SPEAKERS: dict[str, Speaker] = {
    "ada": Speaker("f1", "f", 50, 165, 48, {"en": 40}),
    "ben": Speaker("m3", "m", 50, 172, 52, {"en": 40}),
    "cleo": Speaker("f4", "f", 60, 178, 48, {"en": 40}),
    "dan": Speaker("m7", "m", 34, 158, 48, {"en": 40}),
    "mei": Speaker("linda", "f", 46, 165, 40, {"zh": 46, "en": 20}),
    "lei": Speaker("m4", "m", 68, 170, 44, {"zh": 46, "en": 20}),
    "eva": Speaker("shelby", "f", 58, 170, 52, {"en": 24}),
    "tao": Speaker("travis", "m", 62, 175, 38, {"zh": 24}),
}

EMOTIONS: dict[str, Prosody] = {
    "neutral": Prosody(rate=1.0, pitch=0, range=1.0, volume=1.0),
    "happy": Prosody(rate=1.12, pitch=16, range=1.6, volume=1.3),
    "sad": Prosody(rate=0.74, pitch=-14, range=0.5, volume=0.55),
    "angry": Prosody(rate=1.22, pitch=6, range=1.35, volume=1.75),
    "surprised": Prosody(rate=0.94, pitch=30, range=1.9, volume=1.15),
}


@dataclass(frozen=True)
class Clip:
    """One clip to speak: ``spoken`` is what the library is told, letters or pinyin; ``text`` is what people read."""

    id: str
    speaker: str
    language: str
    text: str
    spoken: str
    emotion: str
    intensity: float
    settings: dict[str, Any]


def plan(clips_per_speaker: int | None = None) -> list[Clip]:
    """All clips, speaker by speaker, in the order in which they must be spoken; only the first few of each if asked."""
    clips, spoken = [], Counter[str]()
    for turn, (name, speaker) in enumerate(SPEAKERS.items()):
        own = [
            _clip(name, speaker, language, _sentence(language, spoken[language] + k), k, turn)
            for language, count in speaker.clips.items()
            for k in range(count)
        ]
        spoken.update(speaker.clips)
        clips += own[:clips_per_speaker]
    return clips


def _sentence(language: str, place: int) -> tuple[int, str, str]:
    """Number, text and what the library is told. A stride prime to the list's length takes each speaker through all
    parts of the list, and one speaker goes on where the one before stopped."""
    sentences = _sentences(language)
    number = 37 * place % len(sentences)
    return number, *sentences[number]


def _clip(name: str, speaker: Speaker, language: str, sentence: tuple[int, str, str], k: int, turn: int) -> Clip:
    number, text, spoken = sentence
    # Each speaker begins with another emotion, or a sentence would have the same one in every mouth.
    emotion = list(EMOTIONS)[(k + turn) % len(EMOTIONS)]
    intensity = 0.0 if emotion == "neutral" else _INTENSITIES[k // len(EMOTIONS) % len(_INTENSITIES)]
    degree = f"_{100 * intensity:.0f}" if intensity else ""
    return Clip(
        id=f"{name}_{language}_{number:02d}_{emotion}{degree}",
        speaker=name,
        language=language,
        text=text,
        spoken=spoken,
        emotion=emotion,
        intensity=intensity,
        settings={
            "voice": f"{_VOICES[language]}+{speaker.variant}",
            **_settings(speaker, EMOTIONS[emotion], intensity, k),
        },
    )


def _settings(speaker: Speaker, prosody: Prosody, intensity: float, k: int) -> dict[str, int]:
    """espeak-ng's parameters. A little spread from clip to clip keeps an emotion from being a single point."""
    spread = (7 * k) % 5 - 2
    return {
        "rate": round(speaker.rate * prosody.rate**intensity * (1 + 0.02 * spread)),
        "pitch": min(99, speaker.pitch + round(prosody.pitch * intensity) + spread),
        "range": min(99, round(50 * prosody.range**intensity) + 2 * spread),
        "volume": round(speaker.volume * prosody.volume**intensity),
    }


@cache
def _sentences(language: str) -> list[tuple[str, str]]:
    """(what people read, what the library is told) in list order: English as it stands, Mandarin with its pinyin."""
    path = next(_SENTENCES.glob(f"{language}.*"))
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[-1]) for line in lines]
