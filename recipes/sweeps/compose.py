"""From a sweep's command line to the configurations of its trials."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from recipes.cli import CONF
from recipes.hints import explain
from recipes.run import name_run
from recipes.sweeps.space import Setting
from voiceclone.errors import ConfigError

# What the command line says of the sweep itself; the rest is said of every trial.
_SWEEP = {"search", "n_trials", "jobs", "worker", "direction", "sampler", "pruner", "grace", "launcher"}
# What of the trainer may differ between the processes of one study.
_MACHINE = {"accelerator", "devices", "num_nodes", "strategy", "precision", "log_every_n_steps", "enable_progress_bar"}


def key_of(override: str) -> str:
    """``++optim.lr=1e-3`` is about ``optim.lr``."""
    return override.lstrip("+~").partition("=")[0]


def given_overrides() -> list[str]:
    """What was asked for on the command line, less what concerns the sweep."""
    from hydra.core.hydra_config import HydraConfig

    if not HydraConfig.initialized():
        return []
    return [text for text in HydraConfig.get().overrides.task if key_of(text).partition(".")[0] not in _SWEEP]


def compose_train(overrides: Iterable[str]) -> DictConfig:
    """``conf/train.yaml`` with ``overrides``. Hydra must be initialised."""
    from hydra import compose

    return compose("train", overrides=list(overrides))


def compose_trial(
    given: list[str], values: Mapping[str, Any], space: Mapping[str, Setting], folder: Path
) -> DictConfig:
    """The configuration of a run below ``folder``: the overrides ``given``, and on them the trial's ``values``."""
    cfg = compose_train([*given, *(space[key].override(value) for key, value in values.items())])
    cfg.paths.output = str(folder)
    return cfg


def check_space(space: Mapping[str, Setting], given: list[str]) -> None:
    """Try the ends of every setting; raises `ConfigError` for one that is not there, or that changes nothing."""
    base = compose_train(given)
    for setting in space.values():
        effects = {_effect(_varied(base, given, setting, value)) for value in setting.ends()}
        if len(effects) == 1 < len(setting.ends()):
            raise ConfigError(
                f"search: {setting.key}: changes nothing of this experiment, which does not use it. Choose another "
                "search=<name>, or leave the setting out."
            )


def study_folder(cfg: DictConfig, given: list[str], space: Mapping[str, Setting]) -> Path:
    """``<paths.output>/sweep-<experiment>-<hash>``: the same for the same experiment, budgets, metric and search.

    How many trials there are and how they are chosen may change on the way, and so may the machine.
    """
    base = compose_train(given)
    trainer = OmegaConf.to_container(base.trainer, resolve=True)
    assert isinstance(trainer, dict)
    identity = {
        "run": name_run(base).name,
        "trainer": {key: value for key, value in trainer.items() if key not in _MACHINE},
        "max_minutes": base.max_minutes,
        "aim": [cfg.optimized_metric, cfg.direction],
        "search": {key: setting.spec for key, setting in space.items()},
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:8]
    return Path(cfg.paths.output) / f"sweep-{base.name}-{digest}"


def _varied(base: DictConfig, given: list[str], setting: Setting, value: Any) -> DictConfig:
    parent, _, name = setting.key.rpartition(".")
    if parent and name in (OmegaConf.select(base, parent) or {}):
        cfg = base.copy()
        OmegaConf.update(cfg, setting.key, setting.plain(value))
        return cfg
    overrides = [*given, setting.override(value)]  # a group, or nothing that Hydra knows: it says so
    try:
        return compose_train(overrides)
    except Exception as error:
        raise ConfigError(f"search: {setting.key}: {explain(error, Path(CONF), 'train', overrides)}") from error


def _effect(cfg: DictConfig) -> str:
    """What of ``cfg`` makes a training another one."""
    return f"{name_run(cfg).name} {OmegaConf.to_container(cfg.trainer, resolve=True)}"
