"""What a worker process does with one clip, and how it says that it could not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from voiceclone.data.prepare_clip import ClipPreparer
from voiceclone.data.prepare_loudness import Level, measure_level
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.prepare_slices import cut, needs_cutting
from voiceclone.data.utterance import Utterance
from voiceclone.errors import VoiceCloneError


@dataclass(frozen=True)
class Job:
    """One clip to prepare, or one long recording to cut; ``key`` and ``signature`` are the journal's."""

    key: str
    signature: str
    utterance: Utterance
    gain_db: float | None = None


@dataclass(frozen=True)
class Done:
    """What came of a job: facts and arrays of a clip, or facts with ``pieces`` of a recording, or why neither."""

    job: Job
    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]
    problem: str | None = None


def run_job(settings: PrepareSettings, job: Job) -> Done:
    """Prepare or cut; never raises, because one bad file must not stop the rest."""
    try:
        if needs_cutting(job.utterance, settings):
            return Done(job, {"pieces": cut(job.utterance, settings)}, {})
        prepared = _preparer(settings)(job.utterance, job.gain_db)
        return Done(job, prepared.facts, prepared.arrays)
    except VoiceCloneError as error:
        return Done(job, {}, {}, str(error))
    except Exception as error:
        return Done(job, {}, {}, f"{job.utterance.audio}: {type(error).__name__}: {error}")


def run_measurement(offered: tuple[str, Utterance]) -> tuple[str, Level | None]:
    """The level of a clip, with whose gain it decides."""
    group, utterance = offered
    return group, measure_level(utterance)


@lru_cache(maxsize=1)
def _preparer(settings: PrepareSettings) -> ClipPreparer:
    return ClipPreparer(settings)
