"""CREMA-D (Cao et al. 2014): 91 actors, twelve sentences, six emotions, some at three levels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from voiceclone.data.corpora.files import recordings
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance

_NAME = re.compile(r"(1\d{3})_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX?)")
_EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fearful", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
_INTENSITIES = {"LO": 0.3, "MD": 0.6, "HI": 1.0}
_SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}


class CremaD(CorpusReader):
    """``AudioWAV/<actor>_<sentence>_<emotion>_<level>.wav``, such as ``1001_IEO_ANG_HI``.

    Levels LO, MD and HI are intensities 0.3, 0.6 and 1.0 (MD and HI like RAVDESS's normal and strong); XX says nothing.
    """

    layout = "AudioWAV/1001_DFA_ANG_XX.wav and the like"
    folder_names = ("CREMA-D-master", "crema-d", "AudioWAV")
    languages = ("en",)
    emotions = tuple(_EMOTIONS.values())

    def read(self) -> Iterator[Utterance | Skipped]:
        inner = self.root / "AudioWAV"
        return (self._clip(path) for path in recordings(inner if inner.is_dir() else self.root))

    def _clip(self, path: Path) -> Utterance | Skipped:
        name = _NAME.fullmatch(path.stem)
        if name is None or name[2] not in _SENTENCES or name[3] not in _EMOTIONS:
            return Skipped(path.stem, "file name is not <actor>_<sentence>_<emotion>_<level>, such as 1001_DFA_ANG_XX")
        actor, sentence, emotion, level = name.groups()
        return Utterance(
            id=path.stem,
            audio=path,
            text=_SENTENCES[sentence],
            speaker=actor,
            language="en",
            emotion=_EMOTIONS[emotion],
            intensity=_INTENSITIES.get(level),
        )
