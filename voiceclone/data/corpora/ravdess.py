"""RAVDESS (Livingstone and Russo 2018): 24 actors speak two sentences in eight emotions and two intensities."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from voiceclone.data.corpora.files import recordings
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance

# modality-vocal channel-emotion-intensity-statement-repetition-actor
_NAME = re.compile(r"(0[1-3])-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(0[1-9]|1\d|2[0-4])")
_EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
_INTENSITIES = {"01": 0.6, "02": 1.0}
_STATEMENTS = {"01": "Kids are talking by the door.", "02": "Dogs are sitting by the door."}


class RAVDESS(CorpusReader):
    """``Actor_XX/03-01-EE-II-SS-RR-XX.wav``; speakers are ``Actor_01``..``Actor_24``, odd ones male.

    Intensity "normal" is 0.6 and "strong" 1.0: normal is already acted, and leaves room for stronger and for weaker.
    Songs are reported as skipped.
    """

    layout = "Actor_XX/03-01-EE-II-SS-RR-XX.wav or .flac"
    folder_names = ("Audio_Speech_Actors_01-24",)
    languages = ("en",)
    emotions = _EMOTIONS

    def read(self) -> Iterator[Utterance | Skipped]:
        return (self._clip(path) for path in recordings(self.root))

    def _clip(self, path: Path) -> Utterance | Skipped:
        name = _NAME.fullmatch(path.stem)
        if name is None:
            return Skipped(path.stem, "file name is not modality-vocal-emotion-intensity-statement-repetition-actor")
        _, vocal, emotion, intensity, statement, _, actor = name.groups()
        if vocal == "02":
            return Skipped(path.stem, "sung, not spoken")
        return Utterance(
            id=path.stem,
            audio=path,
            text=_STATEMENTS[statement],
            speaker=f"Actor_{actor}",
            language="en",
            emotion=_EMOTIONS[int(emotion) - 1],
            intensity=_INTENSITIES[intensity],
            extra={"gender": "m" if int(actor) % 2 else "f"},
        )
