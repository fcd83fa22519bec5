"""The rules by which the published reference outputs were made: see the README beside them."""

from __future__ import annotations

import json
import zlib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor


@lru_cache(maxsize=1)
def fixture_of(folder: Path, name: str) -> Fixture:
    """The fixture, kept for the test after: making the large ones takes seconds."""
    return Fixture(folder, name)


class Fixture:
    """One published network's configuration, rule-made weights and reference outputs."""

    def __init__(self, folder: Path, name: str) -> None:
        self.info: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
        self.outputs = dict(np.load(folder / f"{name}.npz"))

    @cached_property
    def state(self) -> dict[str, Tensor]:
        """The weights that the published network had."""
        shapes = self.info["state_dict"]
        state = {key: _weight(key, shape) for key, shape in shapes.items()}
        for key in [key for key in shapes if key.endswith("weight_orig")]:
            u, _, vh = np.linalg.svd(state[key].double().numpy().reshape(shapes[key][0], -1), full_matrices=False)
            layer = key.removesuffix("weight_orig")
            state[f"{layer}weight_u"], state[f"{layer}weight_v"] = _float(u[:, 0]), _float(vh[0])
        return state


def rule_input(name: str, shape: list[int], scale: float) -> Tensor:
    """The input that the rules give for ``name``."""
    return _float(_normal(name, shape) * scale)


def _weight(key: str, shape: list[int]) -> Tensor:
    n = _normal(key, shape)
    return _float(n / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.1 * n)


def _normal(name: str, shape: list[int]) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)


def _float(x: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x)).float()
