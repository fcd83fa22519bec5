"""What the demo corpus says: eight speakers, a hundred sentences in each of two languages, five emotions."""

from __future__ import annotations

from dataclasses import dataclass
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
    "sad": Prosody(rate=0.74, pitch=-14, range=0.35, volume=0.55),
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
    return [clip for name, speaker in SPEAKERS.items() for clip in _clips(name, speaker)[:clips_per_speaker]]


def _clips(name: str, speaker: Speaker) -> list[Clip]:
    clips = []
    for language, count in speaker.clips.items():
        sentences = _sentences(language)
        for k in range(count):
            # A stride prime to a hundred takes every speaker through all parts of the list, each from its own start.
            number = (7 * list(SPEAKERS).index(name) + 37 * k) % len(sentences)
            clips.append(_clip(name, speaker, language, number, sentences[number], k))
    return clips


def _clip(name: str, speaker: Speaker, language: str, number: int, sentence: tuple[str, str], k: int) -> Clip:
    emotion = list(EMOTIONS)[k % len(EMOTIONS)]
    intensity = 0.0 if emotion == "neutral" else _INTENSITIES[k // len(EMOTIONS) % len(_INTENSITIES)]
    degree = f"_{100 * intensity:.0f}" if intensity else ""
    return Clip(
        id=f"{name}_{language}_{number:02d}_{emotion}{degree}",
        speaker=name,
        language=language,
        text=sentence[0],
        spoken=sentence[1],
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


def _sentences(language: str) -> list[tuple[str, str]]:
    """(what people read, what the library is told) in list order: English as it stands, Mandarin with its pinyin."""
    path = next(_SENTENCES.glob(f"{language}.*"))
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(line.split("\t")[0], line.split("\t")[-1]) for line in lines]
