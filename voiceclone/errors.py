"""The errors users see. Each names the file or key, what was expected, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class VoiceCloneError(Exception):
    """Base of every error a user can cause; the command line prints its message without a traceback."""


class ConfigError(VoiceCloneError):
    """A setting that cannot be used, or settings that contradict each other."""


class AudioError(VoiceCloneError):
    """A recording that cannot be read, or that holds nothing usable."""


class ContractMismatch(VoiceCloneError):
    """Two parts were made for different audio settings."""


class TextError(VoiceCloneError):
    """Text that cannot be turned into symbols."""


class DataError(VoiceCloneError):
    """A corpus, a store or a batch that is missing, damaged or not what was asked for."""


class CheckpointError(VoiceCloneError):
    """Weights or a voice bundle that are missing, damaged or made for something else."""


class SynthesisError(VoiceCloneError):
    """A request that the voice cannot speak."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint to append to an error about an unknown name: the nearest known ones, else all of them.

    Returns ``"Did you mean 'happy'?"`` or ``"Known: angry, happy, sad."``; empty if nothing is known.
    """
    names = sorted({str(name) for name in known})
    near = difflib.get_close_matches(word.lower(), {n.lower(): n for n in names}, n=1)
    if near:
        return f"Did you mean '{next(n for n in names if n.lower() == near[0])}'?"
    return f"Known: {', '.join(names)}." if names else ""
