"""What a run has left behind: its configuration, and its networks with the weights they ended on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from voiceclone.errors import CheckpointError

if TYPE_CHECKING:
    import pytorch_lightning as pl


def checkpoint_of(place: str | Path) -> Path:
    """The checkpoint that ``place`` names: itself, or the last one of a run's folder."""
    path = Path(place).expanduser()
    if path.is_dir():
        path = path / "checkpoints" / "last.ckpt"
    if not path.is_file():
        raise CheckpointError(f"{path}: no such checkpoint. Expected a file, or the folder of a run that was trained.")
    return path


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The checkpoint's content; only tensors and plain values are read."""
    import torch

    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise CheckpointError(f"{path}: damaged, or no checkpoint ({error}).") from error


def load_config(run: Path) -> DictConfig:
    """The resolved configuration of a run's folder."""
    path = run / "config.yaml"
    if not path.is_file():
        raise CheckpointError(f"{path}: missing; {run} is not the folder of a run.")
    loaded = OmegaConf.load(path)
    assert isinstance(loaded, DictConfig)
    return loaded


def load_task(run: str | Path) -> tuple[pl.LightningModule, DictConfig]:
    """The trained task of a run's folder in eval mode, and the configuration it was trained with.

    ``task.network`` is what it trained. Raises `CheckpointError` naming the file that is missing or does not fit.
    """
    from hydra.utils import instantiate

    run = Path(run)
    cfg = load_config(run)
    path = checkpoint_of(run)
    # What it once started from, which may be gone by now, has no part in what it ended on.
    task = instantiate(OmegaConf.merge(cfg.task, {"warm_start": None}) if "warm_start" in cfg.task else cfg.task)
    try:
        task.load_state_dict(read_checkpoint(path)["state_dict"])
    except (RuntimeError, KeyError) as error:
        raise CheckpointError(f"{path}: does not fit {run / 'config.yaml'}: {error}") from error
    return task.eval(), cfg


def initialise(task: pl.LightningModule, place: str | Path) -> None:
    """Begin from the weights of another run or checkpoint, with fresh optimisers and a count of steps from zero.

    Raises `CheckpointError` where the weights belong to networks of another shape.
    """
    path = checkpoint_of(place)
    try:
        task.load_state_dict(read_checkpoint(path)["state_dict"])
    except (RuntimeError, KeyError) as error:
        raise CheckpointError(f"init={place}: its weights do not fit this configuration: {error}") from error
