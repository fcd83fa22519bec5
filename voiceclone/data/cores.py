"""How much of the machine is ours."""

from __future__ import annotations

import os


def available_cores() -> list[int]:
    """The numbers of the cores this process may use, which on a shared machine are fewer than there are."""
    allowed = getattr(os, "sched_getaffinity", None)
    return sorted(allowed(0)) if allowed else list(range(os.cpu_count() or 1))
