"""One stage of a voice: its own configuration, composed from the experiment of its name and what is handed down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from recipes.cli import CONF
from recipes.overrides import quote
from recipes.run import first_rank
from voiceclone.errors import ConfigError

# What the recipe itself reads of a stage; everything else in it is an override of the stage's own configuration.
_RECIPE_KEYS = {"experiment", "use", "share"}
# What the command line says of the whole job, not of one stage.
_WHOLE_JOB = ("experiment", "stages", "size", "only", "max_minutes", "name", "optimized_metric", "bundle")


def stage_config(cfg: DictConfig, name: str, inputs: Mapping[str, Any], minutes: float | None) -> DictConfig:
    """Compose stage ``name``: its experiment, the size, the command line, ``stages.<name>``, then ``inputs``.

    ``inputs`` are settings that follow from the stages before it, such as where their results lie; they are part of
    the stage's configuration, so a stage is trained anew when one before it was. Hydra must be initialised.
    """
    from hydra import compose

    sized, own = _plain(cfg.size.stages.get(name)), _plain(cfg.stages[name])
    overrides = [
        f"experiment={experiment_of(cfg, name)}",
        *_as_overrides(sized),
        *_command_line(),
        *_as_overrides({**own, **inputs}),
    ]
    overrides += [] if minutes is None else [f"max_minutes={minutes:.4f}"]
    return compose("train", overrides=overrides)


def experiment_of(cfg: DictConfig, name: str) -> str:
    """The experiment that stage ``name`` is composed from: the size's, else the stage's own."""
    sized = _plain(cfg.size.stages.get(name))
    return str(sized.get("experiment", cfg.stages[name].experiment))


def choose_size(cfg: DictConfig) -> None:
    """Where no size was asked for, take the one that suits the accelerator, and say which; sets ``cfg.size``."""
    if cfg.get("size") is None:
        name, why = _suitable(cfg.trainer.accelerator)
        if first_rank():
            print(f"size={name}, for {why}; another by size=<name>.")
        with open_dict(cfg):
            cfg.size = OmegaConf.load(CONF / "size" / f"{name}.yaml")
    if cfg.max_minutes is None:
        cfg.max_minutes = cfg.size.max_minutes


# The largest size that fits, by the GPU's memory in GiB; cards have a little less than they are sold with.
_SIZES = ((36, "a100"), (22, "rtx3090"), (0, "gpu"))


def _suitable(accelerator: str) -> tuple[str, str]:
    """The size for the accelerator found, and what was found."""
    import torch

    if accelerator == "cpu" or not torch.cuda.is_available():
        return "cpu", "a machine without a GPU" if accelerator != "cpu" else "trainer=cpu"
    gib = torch.cuda.get_device_properties(0).total_memory / 2**30
    return next(name for least, name in _SIZES if gib >= least), f"{torch.cuda.get_device_name(0)}, {gib:.0f} GiB"


def _plain(node: DictConfig | None) -> dict[str, Any]:
    settings = {} if node is None else OmegaConf.to_container(node, resolve=False)
    assert isinstance(settings, dict)
    return {str(key): value for key, value in settings.items()}


def _as_overrides(settings: Mapping[str, Any]) -> list[str]:
    own = {key: value for key, value in settings.items() if key not in _RECIPE_KEYS}
    return [f"{key}={literal(value)}" for key, value in flatten(own)]


def selected(only: Any, stages: Mapping[str, Any]) -> list[str]:
    """The stages to run, in their order; raises `ConfigError` for a name that is none."""
    from voiceclone.errors import did_you_mean

    if only is None:
        return list(stages)
    wanted = [only] if isinstance(only, str) else list(only)
    for name in wanted:
        if name not in stages:
            raise ConfigError(f"only={name}: no such stage. {did_you_mean(str(name), stages)}")
    return [name for name in stages if name in wanted]


def flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """``{"acoustic": {"prenet_dim": 128}}`` as ``("acoustic.prenet_dim", 128)``."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def literal(value: Any) -> str:
    """``value`` in the grammar of Hydra's overrides."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(literal(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{literal(item)}" for key, item in value.items()) + "}"
    return quote(str(value))


def _command_line() -> list[str]:
    """What was asked for on the command line, less what concerns the whole job."""
    from hydra.core.hydra_config import HydraConfig

    if not HydraConfig.initialized():
        return []
    return [o for o in HydraConfig.get().overrides.task if o.lstrip("+~").split("=")[0].split(".")[0] not in _WHOLE_JOB]
