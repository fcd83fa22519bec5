"""One numbering of speakers, emotions and languages for a whole training set, whatever stores it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voiceclone.data.store import Clips
from voiceclone.errors import DataError, did_you_mean
from voiceclone.models.emotion.labels import LABELS


@dataclass(frozen=True)
class Labels:
    """The names that the numbers in a batch stand for."""

    speakers: tuple[str, ...]
    emotions: tuple[str, ...]
    languages: tuple[str, ...]

    @classmethod
    def of(cls, clips: Clips, given: Mapping[str, Sequence[str]] | None = None) -> Labels:
        """Those that ``clips`` have: speakers and languages sorted, emotions in the order of `LABELS`.

        ``given`` prescribes some of the lists, in the order that a trained model knows.
        """
        emotions = clips.present("emotion")
        ordered = [label for label in LABELS if label in emotions]
        own = {
            "speakers": sorted(clips.present("speaker")),
            "emotions": ordered + sorted(set(emotions) - set(ordered)),
            "languages": sorted(clips.present("language")),
        }
        for name in given or {}:
            if name not in own:
                raise DataError(f"labels.{name}: no such list. {did_you_mean(name, own)}")
        return cls(**{name: tuple((given or {}).get(name, values)) for name, values in own.items()})

    def to_dict(self) -> dict[str, list[str]]:
        """Plain builtins, for checkpoints and configs."""
        return {"speakers": list(self.speakers), "emotions": list(self.emotions), "languages": list(self.languages)}

    def codes(self, clips: Clips, field: str) -> np.ndarray:
        """``field`` (speaker, emotion or language) of every clip as int64 [n]; -1 where a clip has none.

        Raises `DataError` for a name that is not among the labels.
        """
        known = {name: code for code, name in enumerate(getattr(self, f"{field}s"))}
        for name in clips.present(field):
            if name not in known:
                raise DataError(f"{field} '{name}' of the data is unknown to the model. {did_you_mean(name, known)}")
        table = np.array([*(known.get(name, -1) for name in clips.names[field]), -1], dtype=np.int64)
        return table[clips.codes(field)]
