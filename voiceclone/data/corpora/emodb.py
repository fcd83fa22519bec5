"""Berlin EmoDB (Burkhardt et al. 2005): ten German actors, ten sentences, seven emotions."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from voiceclone.data.corpora.files import read_list, recordings
from voiceclone.data.corpora.reader import CorpusReader
from voiceclone.data.utterance import Skipped, Utterance

_NAME = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])(\w)")
# By the German words: Wut, Langeweile, Ekel, Angst, Freude, Trauer.
_EMOTIONS = {
    "W": "angry", "L": "bored", "E": "disgust", "A": "fearful", "F": "happy", "T": "sad", "N": "neutral",
}  # fmt: skip
_MEN = {"03", "10", "11", "12", "15"}
_SENTENCES = {
    "a01": "Der Lappen liegt auf dem Eisschrank.",
    "a02": "Das will sie am Mittwoch abgeben.",
    "a04": "Heute abend könnte ich es ihm sagen.",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück.",
    "a07": "In sieben Stunden wird es soweit sein.",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter.",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht.",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen.",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen.",
}


class EmoDB(CorpusReader):
    """``wav/<speaker><sentence><emotion><version>.wav``, such as ``03a01Fa``; speakers are 03 and 08..16.

    A ``sentences.csv`` (``code,text``) in the folder goes before the ten published sentences.
    """

    layout = "wav/03a01Fa.wav and the like"
    languages = ("de",)
    emotions = tuple(_EMOTIONS.values())

    def read(self) -> Iterator[Utterance | Skipped]:
        sentences = _SENTENCES | self._own_sentences()
        return (self._clip(path, sentences) for path in recordings(self.root))

    def _own_sentences(self) -> dict[str, str]:
        path = self.root / "sentences.csv"
        rows = csv.DictReader(read_list(path, "de")) if path.exists() else ()
        return {row["code"]: row["text"] for row in rows if row.get("code") and row.get("text")}

    def _clip(self, path: Path, sentences: dict[str, str]) -> Utterance | Skipped:
        name = _NAME.fullmatch(path.stem)
        if name is None:
            return Skipped(path.stem, "file name is not <speaker><sentence><emotion><version>, such as 03a01Fa")
        speaker, sentence, emotion, _ = name.groups()
        return Utterance(
            id=path.stem,
            audio=path,
            text=sentences.get(sentence),
            speaker=speaker,
            language="de",
            emotion=_EMOTIONS[emotion],
            extra={"gender": "m" if speaker in _MEN else "f"},
        )
