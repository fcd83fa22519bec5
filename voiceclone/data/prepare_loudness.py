"""One gain for all recordings that should keep their differences in level, found from a few of them.

A gain, once found, is kept with the store: files that are added later get the gain of their speaker.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from voiceclone.audio import io
from voiceclone.audio.loudness import loudness, remove_dc
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.utterance import Utterance
from voiceclone.errors import AudioError

# Fifty clips tell a speaker's level to about 1 dB even where emotions lie 30 dB apart.
_CLIPS_PER_GROUP = 50
_SECONDS_PER_CLIP = 30.0
# The loudest of the clips, and of the samples in a clip, may be accidents.
_LOUDEST_CLIPS, _LOUDEST_SAMPLES = 0.98, 0.9999

Level = tuple[float, float]
"""Loudness in LUFS and peak in dB re full scale."""
Measure = Callable[[Iterable[tuple[str, Utterance]]], Iterator[tuple[str, Level | None]]]


def gain_group(utterance: Utterance, settings: PrepareSettings) -> str | None:
    """Whose gain a clip gets; None where it gets one of its own, or none at all."""
    return {"speaker": utterance.speaker, "corpus": ""}.get(settings.loudness)


def measure_level(utterance: Utterance) -> Level | None:
    """Level of (the beginning of) a clip; None if it cannot be read or is silent."""
    end = utterance.start + _SECONDS_PER_CLIP
    try:
        wave, rate = io.load(utterance.audio, None, utterance.start, min(end, utterance.end or end))
    except AudioError:  # its turn to be reported comes when it is prepared
        return None
    wave = remove_dc(wave)
    measured, peak = loudness(wave, rate), float(np.quantile(np.abs(wave), _LOUDEST_SAMPLES))
    return (measured, 20 * math.log10(peak)) if math.isfinite(measured) and peak > 0 else None


class Gains:
    """The gains of a store's speakers, in ``gains.json`` of its folder."""

    def __init__(self, folder: Path, settings: PrepareSettings) -> None:
        self._path, self._settings = folder / "gains.json", settings
        self._gains: dict[str, float] = json.loads(self._path.read_text("utf-8")) if self._path.is_file() else {}
        self._candidates: dict[str, list[tuple[int, str, Utterance]]] = {}

    def offer(self, utterance: Utterance) -> None:
        """Consider a clip for measuring; which clips are taken does not depend on the order of offers."""
        group = gain_group(utterance, self._settings)
        if group is None or group in self._gains:
            return
        heap = self._candidates.setdefault(group, [])
        order = -int.from_bytes(hashlib.sha256(utterance.id.encode()).digest()[:6], "big")
        push = heapq.heappush if len(heap) < _CLIPS_PER_GROUP else heapq.heappushpop
        push(heap, (order, utterance.id, utterance))

    @property
    def n_offered(self) -> int:
        """How many clips wait to be measured."""
        return sum(len(heap) for heap in self._candidates.values())

    def settle(self, measure: Measure) -> None:
        """Measure the offered clips and keep the gains found. A speaker with nothing to measure gets no gain."""
        levels: dict[str, list[Level]] = {group: [] for group in self._candidates}
        offered = ((group, entry[2]) for group, heap in self._candidates.items() for entry in heap)
        for group, level in measure(offered):
            if level is not None:
                levels[group].append(level)
        found = {group: self._gain(sorted(values)) for group, values in levels.items() if values}
        self._candidates.clear()
        if found:
            self._gains |= found
            fresh = self._path.with_suffix(".new")
            fresh.write_text(json.dumps(self._gains, ensure_ascii=False, indent=1), "utf-8")
            os.replace(fresh, self._path)

    def of(self, utterance: Utterance) -> float | None:
        """The gain of a clip in dB; None if it is to be brought to the target by itself."""
        group = gain_group(utterance, self._settings)
        if group is None:
            return None if self._settings.loudness == "clip" else 0.0
        return self._gains.get(group, 0.0)

    def _gain(self, levels: list[Level]) -> float:
        """To the target loudness, or less: the loud clips of an expressive speaker must fit as they are."""
        loudnesses, peaks = np.array(levels).T
        mean = 10 * math.log10(float(np.mean(10 ** (loudnesses / 10))))
        headroom = self._settings.peak_db - float(np.quantile(peaks, _LOUDEST_CLIPS))
        return round(min(self._settings.lufs - mean, headroom), 2)
