"""A stage's part that need not be trained: it takes the place of the run that would have made it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from recipes.run import save_config
from recipes.stores import build_data, fill_facts
from voiceclone.errors import ConfigError, did_you_mean

# Per stage, by the name given as stages.<stage>.use: settings under which the stage's networks come with weights.
READY: dict[str, dict[str, dict[str, Any]]] = {
    "speaker_encoder": {"resemblyzer": {"speaker_encoder": "ge2e_resemblyzer"}},
}


def ready_settings(stage: str, name: str) -> dict[str, Any]:
    """The settings behind ``stages.<stage>.use=<name>``; none where ``name`` is the folder of a run.

    Raises `ConfigError` for a name that is neither.
    """
    known = READY.get(stage, {})
    if name not in known and not Path(name).expanduser().is_dir():
        raise ConfigError(
            f"stages.{stage}.use={name}: neither the folder of a run nor a part that comes ready. "
            f"{did_you_mean(name, known)}"
        )
    return known.get(name, {})


def ready_run(cfg: DictConfig, stage: str, name: str) -> Path:
    """The run's folder that stands for the ready part: the one named, or one made of a network that has weights."""
    if name not in READY.get(stage, {}):
        return Path(name).expanduser()
    # Named after the part alone: what depends on it does not change with settings of a training that never is.
    folder = Path(cfg.paths.output) / f"{stage}-{name}"
    if not (folder / "checkpoints" / "last.ckpt").is_file():
        _write_run(cfg, folder)
    return folder


def _write_run(cfg: DictConfig, folder: Path) -> None:
    import torch
    from hydra.utils import instantiate

    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    cfg.run_dir = str(folder)
    fill_facts(cfg, build_data(cfg))
    save_config(cfg)
    torch.save({"state_dict": instantiate(cfg.task).state_dict()}, folder / "checkpoints" / "last.ckpt")
