"""How many frames of a batch the memory holds, found by what one clip of it takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

# Of the free memory: the rest is for gradients of weights, the optimiser, and everybody else.
_SHARE = 0.5
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def saved_bytes(step: Callable[[], Tensor]) -> int:
    """What autograd keeps for the backward pass of ``step``, a loss; each tensor counts once. Any device."""
    sizes: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        step()
    return sum(sizes.values())


def frames_that_fit(bytes_of_trial: int, frames_of_trial: int, free: int) -> int:
    """Frames of a batch, its padding included, that take half of ``free`` bytes; as many as the trial at least."""
    each = max(bytes_of_trial / max(frames_of_trial, 1), 1.0)
    return max(frames_of_trial, int(_SHARE * free / each))


def free_memory(device: torch.device | str = "cpu") -> int:
    """Bytes that are free: on a GPU what its driver says, else what the machine and the container leave."""
    if torch.device(device).type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    left = [os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    available = [line for line in _read("/proc/meminfo").splitlines() if line.startswith("MemAvailable")]
    left = [int(available[0].split()[1]) * 1024] if available else left
    for limit, used in _CGROUPS:
        if (most := _read(limit).strip()).isdigit():
            left.append(int(most) - int(_read(used).strip() or 0))
    return max(0, min(left))


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
