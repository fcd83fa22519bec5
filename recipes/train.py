"""Train one network, or for an experiment with stages a whole voice."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.cli import door
from recipes.run import open_run, save_config
from recipes.trained import initialise
from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    import pytorch_lightning as pl

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Run the experiment; the metrics of its last validation, under the names they are logged by."""
    if "stages" in cfg:
        from recipes.voice import train_voice

        return train_voice(cfg)
    return train_stage(cfg)


def train_stage(cfg: DictConfig) -> dict[str, float]:
    """Prepare the corpora, train the task, leave checkpoints and metrics in the run's folder.

    A run of the same configuration goes on from its last checkpoint; one that has already spent the same budget
    is not run again.
    """
    if cfg.get("task") is None:
        raise ConfigError("this experiment trains nothing: set task=<name>, or experiment=<name>.")
    folder = open_run(cfg)
    budget = {"max_steps": cfg.trainer.max_steps, "max_epochs": cfg.max_epochs, "max_minutes": cfg.max_minutes}
    if cfg.resume and (done := _finished(folder, budget)) is not None:
        print(f"{folder}: already trained with this budget; resume=false trains it anew.")
        return done
    data, task, trainer = build(cfg)
    last = folder / "checkpoints" / "last.ckpt"
    if cfg.init is not None and not last.is_file():
        initialise(task, cfg.init)
    trainer.fit(task, data, ckpt_path=str(last) if cfg.resume and last.is_file() else None, weights_only=True)
    metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
    if not trainer.interrupted and trainer.is_global_zero:
        result = {"budget": budget, "metrics": metrics}
        (folder / "result.json").write_text(json.dumps(result, indent=2), "utf-8")
    return metrics


def build(cfg: DictConfig) -> tuple[pl.LightningDataModule, pl.LightningModule, pl.Trainer]:
    """Everything a fit needs, in the order that the parts need each other."""
    import pytorch_lightning as pl
    from hydra.utils import instantiate

    from recipes.stores import build_data, fill_facts

    _quiet()
    pl.seed_everything(cfg.seed, workers=True, verbose=False)
    data = build_data(cfg)
    fill_facts(cfg, data)
    save_config(cfg)
    task = instantiate(cfg.task)
    watched = sys.stderr.isatty()
    callbacks = [instantiate(node) for name, node in (cfg.callbacks or {}).items() if watched or name != "progress"]
    if cfg.max_minutes is not None:
        callbacks.append(pl.callbacks.Timer(duration=timedelta(minutes=cfg.max_minutes)))
    loggers = [instantiate(logger) for logger in (cfg.logger or {}).values()]
    # Lightning's own default would write checkpoints where nobody looks for them.
    keeps_best = any(isinstance(callback, pl.callbacks.ModelCheckpoint) for callback in callbacks)
    trainer = instantiate(
        cfg.trainer,
        callbacks=callbacks,
        logger=loggers,
        enable_checkpointing=keeps_best,
        enable_progress_bar=watched and cfg.trainer.enable_progress_bar,
    )
    return data, task, trainer


def _quiet() -> None:
    """Lightning's advertisements and the warnings that hold for every run of ours are not news to anybody."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    for message in (
        "`isinstance.treespec",
        "Found .* module.s. in eval mode",
        "The '.*_dataloader' does not have many",
        "The number of training batches",
        "It is recommended to use `self.log",
    ):
        warnings.filterwarnings("ignore", message=message)


def _finished(folder: Path, budget: dict[str, Any]) -> dict[str, float] | None:
    path = folder / "result.json"
    if not path.is_file():
        return None
    result = json.loads(path.read_text("utf-8"))
    return result["metrics"] if result["budget"] == OmegaConf.to_container(OmegaConf.create(budget)) else None


main = door("train", train)
