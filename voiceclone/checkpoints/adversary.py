"""The discriminators a vocoder was trained against, kept in a bundle's ``training/`` for those who go on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from safetensors.torch import load_file, save_file
from torch import nn

from voiceclone.errors import CheckpointError
from voiceclone.models.registry import build, describe

_WEIGHTS, _DESCRIPTION = "adversary.safetensors", "adversary.yaml"


def save_adversary(
    bundle: Path, discriminators: nn.ModuleDict, config: Mapping[str, Any], weights: Mapping[str, float]
) -> None:
    """Write ``discriminators`` as ``config`` (Hydra's, by their names) describes them, and the losses' ``weights``."""
    folder = bundle / "training"
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().cpu().contiguous().clone() for name, value in discriminators.state_dict().items()}
    save_file(state, folder / _WEIGHTS)
    description = {"discriminators": describe(config), "weights": dict(weights)}
    (folder / _DESCRIPTION).write_text(yaml.safe_dump(description, sort_keys=False), "utf-8")


def has_adversary(bundle: Path) -> bool:
    """Whether the bundle brings its discriminators."""
    return (bundle / "training" / _DESCRIPTION).is_file() and (bundle / "training" / _WEIGHTS).is_file()


def adversary_weights(bundle: str | Path) -> dict[str, float]:
    """The weights of the losses that the discriminators of the bundle in this folder bring."""
    return dict(load_description(Path(bundle))["weights"])


def load_discriminators(bundle: str | Path) -> dict[str, nn.Module]:
    """The discriminators of the bundle in this folder, by name; raises `CheckpointError` where they are damaged."""
    path = Path(bundle) / "training" / _WEIGHTS
    nets = nn.ModuleDict(build(load_description(Path(bundle))["discriminators"]))
    try:
        nets.load_state_dict(load_file(path))
    except Exception as error:
        raise CheckpointError(f"{path}: damaged or cut off ({error}). Copy it again, or remove the folder.") from error
    return dict(nets.items())


def load_description(bundle: Path) -> dict[str, Any]:
    """What the discriminators are, by registered names, and the weights of their losses."""
    path = bundle / "training" / _DESCRIPTION
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}). Copy it again, or remove the folder.") from error
