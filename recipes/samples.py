"""What a new voice can do: every emotion in its speakers' voices, and a voice cloned from a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from voiceclone.errors import VoiceCloneError

_SENTENCES = {
    "en": "The morning train was late, so we walked along the river.",
    "zh": "今天早上火车晚点了,我们就沿着河边走。",
    "de": "Am Morgen kam der Zug zu spät, also gingen wir am Fluss entlang.",
}
_MOST_SPEAKERS = 4


def speak_samples(bundle: Path, folder: Path, reference: Path | None = None) -> list[Path]:
    """Speak a sentence in every emotion by up to four of the voice's speakers, and by the voice of ``reference``.

    Returns the wavs; says which could not be spoken, and which failed in their alignment.
    """
    from voiceclone.synthesis.cloner import VoiceCloner

    voice = VoiceCloner.from_pretrained(bundle)
    folder.mkdir(parents=True, exist_ok=True)
    names = list(voice.bundle.speakers)
    chosen = names[:: max(1, len(names) // _MOST_SPEAKERS)][:_MOST_SPEAKERS]
    who: dict[str, dict[str, Any]] = {name.replace("/", "_"): {"speaker": name} for name in chosen}
    if reference is not None:
        who["cloned"] = {"speaker_wav": reference}
    wavs = []
    for name, speaker in who.items():
        emotions: list[str | None] = [*voice.bundle.emotions] or [None]
        for emotion in emotions:
            path = folder / f"{name}_{emotion or 'speech'}.wav"
            wavs += _speak(voice, path, emotion, speaker)
    print(f"{len(wavs)} samples in {folder}")
    return wavs


def _speak(voice: Any, path: Path, emotion: str | None, speaker: dict[str, Any]) -> list[Path]:
    known = voice.bundle.speakers.get(speaker.get("speaker"))
    languages = (known.languages if known else None) or voice.bundle.languages
    language = next((name for name in languages if name in _SENTENCES), "en")
    try:
        speech = voice.tts_to_file(
            _SENTENCES[language], file_path=path, emotion=emotion, language=language, seed=0, **speaker
        )
    except VoiceCloneError as error:
        print(f"  {path.name}: not spoken: {error}")
        return []
    if speech.failed:
        print(f"  {path.name}: its alignment failed")
    return [path]
