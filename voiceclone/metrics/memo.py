"""Several metrics look at the same clip in turn; an analysis they share is made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")


def remembered(analyse: Callable[..., T]) -> Callable[..., T]:
    """``analyse(wave [L], ..., sample_rate)`` with its last few results kept; they are shared: do not write to them.

    Equal callables share one memory, so that two metrics with the same recogniser let it listen once.
    """
    return _with_memory(analyse)


@lru_cache
def _with_memory(analyse: Callable[..., Any]) -> Callable[..., Any]:
    @lru_cache(maxsize=8)
    def by_content(sample_rate: int, *clips: bytes) -> Any:
        return analyse(*(np.frombuffer(clip, dtype=np.float32) for clip in clips), sample_rate)

    @wraps(analyse)
    def look_up(*arguments: np.ndarray | int) -> Any:
        *waves, sample_rate = arguments
        return by_content(int(sample_rate), *(np.asarray(wave, dtype=np.float32).tobytes() for wave in waves))

    return look_up
