"""What no recording says: a fixed list of sentences in the new voice and the old ones, and emotions never recorded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipes.tuning.stages import Tuning
from voiceclone.errors import VoiceCloneError

if TYPE_CHECKING:
    from voiceclone.evaluation.clips import Recording, System
    from voiceclone.synthesis.cloner import VoiceCloner

SENTENCES = {
    "en": (
        "The morning train was late, so we walked along the river.",
        "Did you bring the letter with you?",
        "Please bring me a cup of coffee and some bread.",
        "She opened the window because the room was hot.",
        "We will meet again tomorrow morning at ten.",
        "The children played in the garden all day.",
        "He wrote a long letter to his brother.",
        "I have never seen such a beautiful house.",
        "Can you tell me what time it is now?",
        "The doctor said that she needs more sleep.",
        "The water in the lake is very cold today.",
        "Nobody knows what happened on that night.",
    ),
    "zh": (
        "今天早上火车晚点了，我们就沿着河边走。",
        "今天天气很好，你打算出门吗？",
        "老人慢慢地沿着马路往前走。",
        "请给我一杯咖啡和几片面包。",
        "房间里很热，所以她打开了窗户。",
        "我们明天上午十点再见面。",
        "孩子们一整天都在花园里玩。",
        "他给哥哥写了一封很长的信。",
        "我从来没有见过这么漂亮的房子。",
        "你能告诉我现在几点了吗？",
        "他们在市场上买了新鲜的水果。",
        "医生说她需要多睡一会儿。",
    ),
}
"""By language: short, and in no corpus that is trained on."""


@dataclass(frozen=True)
class _Line:
    """Something to be said: ``name`` is the file's, ``emotion`` None for none."""

    name: str
    text: str
    speaker: str
    emotion: str | None = None


def sentences(tuning: Tuning, name: str, voice: VoiceCloner, beside: Recording, folder: Path) -> list[System]:
    """All `SENTENCES` in the new voice, and in those of the voice's old speakers of that language, one after another:
    so many words tell sooner than a few held-out pieces whether words are lost."""
    new, language = str(tuning.cfg.speaker), _language(tuning)
    known = {speaker: entry for speaker, entry in voice.bundle.speakers.items() if speaker != new}
    old = [speaker for speaker, entry in known.items() if language in _short(entry.languages)] or list(known)
    texts = SENTENCES[language]
    own = [_Line(f"new-{n}", text, new) for n, text in enumerate(texts)]
    theirs = [_Line(f"old-{n}", text, who) for n, (text, who) in enumerate(zip(texts, cycle(old), strict=False))]
    systems = [_spoken(tuning, voice, f"sentences, {name}", own, folder, beside)]
    return [*systems, _spoken(tuning, voice, f"old speakers' sentences, {name}", theirs, folder, None)]


def emotions(tuning: Tuning, name: str, voice: VoiceCloner, beside: Recording, folder: Path) -> list[System]:
    """Sentences in each emotion that the speaker never recorded, to be judged by ear alone."""
    texts = SENTENCES[_language(tuning)][: int(tuning.cfg.report_emotions)]
    speaker = str(tuning.cfg.speaker)
    wanted = [emotion for emotion in voice.bundle.emotions if emotion != tuning.cfg.emotion]
    lines = [_Line(f"{e}-{n}", text, speaker, e) for e in wanted for n, text in enumerate(texts)]
    return [_spoken(tuning, voice, f"emotions, {name}", lines, folder, beside)] if lines else []


def _spoken(
    tuning: Tuning, voice: VoiceCloner, title: str, lines: Iterable[_Line], folder: Path, beside: Recording | None
) -> System:
    """``lines`` as files in ``folder``, likened to the speaker of ``beside``; what cannot be said is left out."""
    from voiceclone.evaluation.clips import Clip, Labels, Recording, System

    clips, language = [], _language(tuning)
    alike: dict[str, Any] = {"language": tuning.material.language, "seed": int(tuning.cfg.seed)}
    for line in lines:
        path = folder / f"{line.name}.wav"
        try:
            if not path.is_file():
                voice.tts_to_file(line.text, file_path=path, speaker=line.speaker, emotion=line.emotion, **alike)
        except VoiceCloneError:
            continue
        labels = Labels(line.text, language, line.speaker, line.emotion)
        clips.append(Clip(path.stem, Recording(path), labels, voice=beside))
    return System(title, tuple(clips))


def _language(tuning: Tuning) -> str:
    """Of the sentences: the recordings' where there is a list of it, else English."""
    short = tuning.material.language.split("-")[0]
    return short if short in SENTENCES else "en"


def _short(languages: Iterable[str]) -> set[str]:
    return {language.split("-")[0] for language in languages}
