"""Published checkpoints become our networks: one door, one adapter a family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from voiceclone.errors import CheckpointError, did_you_mean

# kind -> (module with load_<kind>, the key under which the published file keeps the weights)
_ADAPTERS = {
    "hifigan_generator": ("published_vocoder", "generator"),
    "hifigan_mpd": ("published_vocoder", "mpd"),
    "hifigan_msd": ("published_vocoder", "msd"),
    "melgan_generator": ("published_vocoder", None),
    "melgan_discriminator": ("published_vocoder", None),
    "tacotron2": ("published_acoustic", "state_dict"),
    "ge2e": ("published_speaker", "model_state"),
}


def load_published(
    kind: str, source: Mapping[str, Tensor] | str | Path, config: Mapping[str, Any] | None = None
) -> nn.Module:
    """Build the network that a published checkpoint holds, in eval mode, with exactly its weights.

    ``source`` is a state dict or the file that carries one, with or without the ``module.`` that data-parallel training
    puts before every name; ``config`` is the published program's own mapping and may be left out where the shapes of
    the weights tell. Raises `CheckpointError` for an unknown kind, a file that
    is no checkpoint, and for weights that do not fit the configuration.
    """
    if kind not in _ADAPTERS:
        raise CheckpointError(f"Unknown published checkpoint '{kind}'. {did_you_mean(kind, _ADAPTERS)}")
    module, key = _ADAPTERS[kind]
    state = _read(source, key)
    load: Callable[..., nn.Module] = getattr(import_module(f"voiceclone.checkpoints.{module}"), f"load_{kind}")
    try:
        return load(state, config).eval()
    except KeyError as error:
        found = ", ".join(sorted(state)[:3])
        raise CheckpointError(
            f"{kind}: the weights are of something else: lacks {error}, found {found}, ... ({len(state)} in all)."
        ) from error
    except RuntimeError as error:
        # torch lists every weight of the network; the first few tell as much.
        raise CheckpointError(
            f"{kind}: these weights do not fit the configuration {config}: {' '.join(str(error).split())[:300]} ..."
        ) from error


def read_published(path: str | Path) -> dict[str, Tensor]:
    """The weights in a published file of any kind that holds one network; raises `CheckpointError`."""
    content = _load_file(Path(path))
    key = next((key for _, key in _ADAPTERS.values() if key and isinstance(content.get(key), Mapping)), None)
    return _read(content, key)


def read_discriminators(path: str | Path) -> dict[str, nn.Module]:
    """The discriminators of HiFi-GAN (``do_`` files, which hold an ``mpd`` and an ``msd``) or MelGAN, by kind;
    none where the file is of another kind."""
    content = _load_file(Path(path))
    found = {f"hifigan_{key}": content[key] for key in ("mpd", "msd") if isinstance(content.get(key), Mapping)}
    if not found and any(str(key).startswith("model.disc_0.") for key in content):
        found = {"melgan_discriminator": content}
    return {kind: load_published(kind, state) for kind, state in found.items()}


def _read(source: Mapping[str, Any] | str | Path, key: str | None) -> dict[str, Tensor]:
    content: Mapping[str, Any] = _load_file(Path(source)) if isinstance(source, (str, Path)) else source
    if key is not None and isinstance(content.get(key), Mapping):
        content = content[key]
    tensors = {name: value for name, value in content.items() if isinstance(value, Tensor)}
    if not tensors:
        expected = f"a state dict under '{key}' or at the top" if key else "a state dict"
        raise CheckpointError(f"Found no weights: expected {expected}, found the keys {sorted(content)[:8]}.")
    return _without_prefix(tensors)


def _without_prefix(state: dict[str, Tensor], prefix: str = "module.") -> dict[str, Tensor]:
    """``state`` as it is named inside the wrapper that some programs save with the network."""
    wrapped = all(name.startswith(prefix) for name in state)
    return {name.removeprefix(prefix): value for name, value in state.items()} if wrapped else state


def _load_file(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise CheckpointError(f"{path}: no such checkpoint file.")
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(
            f"{path}: not a checkpoint that can be read safely (only tensors and plain values are accepted): {error}"
        ) from error
    if not isinstance(loaded, Mapping):
        raise CheckpointError(f"{path}: expected a mapping of names to weights, found {type(loaded).__name__}.")
    return loaded
