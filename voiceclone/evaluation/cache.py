"""Outcomes on disk, so that a stopped evaluation goes on and a repeated one has nothing to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voiceclone import __version__
from voiceclone.errors import DataError
from voiceclone.evaluation.clips import Clip
from voiceclone.evaluation.judging import Outcome
from voiceclone.metrics.clip import ClipMetric


class OutcomeCache:
    """``evaluation_cache.jsonl``: a line per clip and metric, added as soon as it is known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Outcome] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        except OSError as error:
            raise DataError(f"{path}: cannot be written ({error.strerror}). Set paths.output=<folder>.") from error
        text = path.read_text("utf-8", errors="replace")
        if text and not text.endswith("\n"):
            self._append("\n")
        for line in text.splitlines():
            # Where a run was cut off, so was a line: what it said is found again.
            with suppress(json.JSONDecodeError, KeyError, TypeError):
                entry = json.loads(line)
                key = entry.pop("key")
                self._known[key] = Outcome(**entry)

    def get(self, key: str) -> Outcome | None:
        return self._known.get(key)

    def add(self, outcomes: Mapping[str, Outcome]) -> None:
        """Keep outcomes by key."""
        self._known.update(outcomes)
        lines = [json.dumps({"key": key, **asdict(outcome)}) + "\n" for key, outcome in outcomes.items()]
        self._append("".join(lines))

    def _append(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)


def outcome_key(clip: Clip, metric: ClipMetric, settings: Any) -> str:
    """A short hash of all that an outcome hangs on: metric, its settings, sample rate, and the files and labels."""
    against = {
        "recording": clip.recording.identity() if clip.recording else None,
        "voice": clip.voice.identity() if clip.voice else None,
        "text": clip.labels.text,
        "emotion": clip.labels.emotion,
        "nothing": None,
    }[metric.target]
    content = [__version__, metric.edition, settings, metric.sample_rate, clip.wave.identity(), against]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]
