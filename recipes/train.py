"""Train one network, or for an experiment with stages a whole voice."""

from __future__ import annotations

import json
import logging
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.cli import door, require_numbers
from recipes.run import first_rank, name_run, open_run, save_config
from recipes.trained import initialise
from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    import pytorch_lightning as pl

log = logging.getLogger(__name__)


def train(cfg: DictConfig) -> dict[str, float]:
    """Run the experiment; the metrics of its last validation, under the names they are logged by."""
    require_numbers(cfg, ("max_minutes", "max_epochs"))
    if "stages" in cfg:
        from recipes.voice import train_voice

        return train_voice(cfg)
    return train_stage(cfg)


def train_stage(
    cfg: DictConfig, watchers: Sequence[pl.Callback] = (), seconds_left: Callable[[], float | None] | None = None
) -> dict[str, float]:
    """Prepare the corpora, train the task, leave checkpoints and metrics in the run's folder.

    A run of the same configuration goes on from its last checkpoint; one that has already spent as large a budget
    is not run again. ``watchers`` are called as the config's callbacks are, and take the place of the progress bar.
    ``seconds_left``, asked when all is prepared, goes before ``cfg.max_minutes`` in telling when the training ends.
    """
    from pytorch_lightning.utilities.exceptions import MisconfigurationException

    if cfg.get("task") is None:
        raise ConfigError("this experiment trains nothing: set task=<name>, or experiment=<name>.")
    folder = open_run(cfg)
    if cfg.resume and (done := finished(cfg)) is not None:
        if first_rank():
            print(f"{folder}: already trained with this budget; resume=false trains it anew.")
        return done
    data, task, trainer = build(cfg, watchers, seconds_left)
    last = folder / "checkpoints" / "last.ckpt"
    if cfg.init is not None and not last.is_file():
        initialise(task, cfg.init)
    try:
        trainer.fit(task, data, ckpt_path=str(last) if cfg.resume and last.is_file() else None, weights_only=True)
    except MisconfigurationException as error:
        raise ConfigError(f"trainer: {error}") from error
    except SystemExit:
        # Lightning's answer to Ctrl-C; the door's says what is kept.
        raise (KeyboardInterrupt if trainer.interrupted else SystemExit(1)) from None
    finally:
        _close(trainer.loggers)
    metrics = {name: float(value) for name, value in trainer.callback_metrics.items()}
    if trainer.is_global_zero:
        result = {"budget": _budget(cfg), "metrics": metrics}
        (folder / "result.json").write_text(json.dumps(result, indent=2), "utf-8")
    return metrics


def build(
    cfg: DictConfig, watchers: Sequence[pl.Callback] = (), seconds_left: Callable[[], float | None] | None = None
) -> tuple[pl.LightningDataModule, pl.LightningModule, pl.Trainer]:
    """Everything a fit needs, in the order that the parts need each other."""
    import pytorch_lightning as pl
    from hydra.utils import instantiate

    from recipes.stores import build_data, fill_facts

    _quiet()
    pl.seed_everything(cfg.seed, workers=True, verbose=False)
    data = build_data(cfg)
    fill_facts(cfg, data)
    unfuse(cfg)
    save_config(cfg)
    task = instantiate(cfg.task)
    bar = not watchers and sys.stderr.isatty()
    callbacks = [instantiate(node) for name, node in (cfg.callbacks or {}).items() if bar or name != "progress"]
    callbacks += watchers
    seconds = None if seconds_left is None else seconds_left()
    if seconds is None and cfg.max_minutes is not None:
        seconds = 60 * cfg.max_minutes
    # Counts over all continuations of a run; where there is no budget, for the model card alone.
    # First, for the others are to know when it has called an end.
    callbacks.insert(0, pl.callbacks.Timer(duration=None if seconds is None else timedelta(seconds=seconds)))
    loggers = [instantiate(logger) for logger in (cfg.logger or {}).values()]
    # Lightning's own default would write checkpoints where nobody looks for them.
    keeps_best = any(isinstance(callback, pl.callbacks.ModelCheckpoint) for callback in callbacks)
    trainer = instantiate(
        cfg.trainer,
        callbacks=callbacks,
        logger=loggers,
        enable_checkpointing=keeps_best,
        enable_progress_bar=bar and cfg.trainer.enable_progress_bar,
    )
    return data, task, trainer


def unfuse(cfg: DictConfig) -> None:
    """Lightning clips no gradients of a fused optimiser under mixed precision; the ordinary one does the same."""
    optimizer = OmegaConf.select(cfg, "optim.optimizer")
    if "mixed" in str(cfg.trainer.precision) and optimizer is not None and "fused" in optimizer:
        optimizer.fused = False


def _close(loggers: Iterable[Any]) -> None:
    """Weights & Biases would put the next run of this process into the same curve."""
    from pytorch_lightning.loggers import WandbLogger

    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.finish()


def _quiet() -> None:
    """Lightning's advertisements and the warnings that hold for every run of ours are not news to anybody."""
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.WARNING)
    for message in (
        "`isinstance.treespec",
        "Found .* module.s. in eval mode",
        "The '.*_dataloader' does not have many",
        "The number of training batches",
        "Total length of `list` across ranks",
        "It is recommended to use `self.log",
    ):
        warnings.filterwarnings("ignore", message=message)


def finished(cfg: DictConfig) -> dict[str, float] | None:
    """The metrics of a run that has already spent as large a budget as ``cfg`` gives it; None for any other."""
    path = name_run(cfg) / "result.json"
    if not path.is_file():
        return None
    result = json.loads(path.read_text("utf-8"))
    spent = {name: _as_number(value) for name, value in result["budget"].items()}
    enough = all(spent.get(name, 0.0) >= _as_number(asked) - 1e-6 for name, asked in _budget(cfg).items())
    return result["metrics"] if enough else None


def _budget(cfg: DictConfig) -> dict[str, Any]:
    return {"max_steps": cfg.trainer.max_steps, "max_epochs": cfg.max_epochs, "max_minutes": cfg.max_minutes}


def _as_number(limit: float | None) -> float:
    """None and Lightning's -1 are no limit at all."""
    return math.inf if limit is None or limit < 0 else float(limit)


main = door("train", train)
