"""The best of a study as a file that belongs into ``conf/experiment/``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override

from recipes.cli import CONF
from recipes.sweeps.compose import key_of

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

    from recipes.sweeps.space import Setting

# Where and for how long a run is trained, on what and how it is watched, is not part of an experiment's settings.
_OF_THE_RUN = {
    "experiment", "paths", "corpus", "prepare", "workers", "trainer", "callbacks", "logger", "debug", "resume", "size",
    "max_epochs", "max_minutes", "optimized_metric", "run_dir", "name",
}  # fmt: skip


def write_best(
    folder: Path, experiment: str, given: Iterable[str], trial: FrozenTrial, space: Mapping[str, Setting], metric: str
) -> Path:
    """Write ``<folder>/experiment/<experiment>_tuned.yaml``: it with the command line's settings and the trial's.

    Used as ``python train.py --config-dir <folder> experiment=<experiment>_tuned``, or copied to ``conf/experiment/``.
    """
    import yaml

    kept = [text for text in given if key_of(text).partition(".")[0].partition("@")[0] not in _OF_THE_RUN]
    own = [space[key].override(value) for key, value in trial.params.items()]
    choices, settings, removed = _sorted([*kept, *own])
    lines = [
        "# @package _global_",
        f"# {metric} {trial.value:.4g} in trial {trial.number} of {folder.name}",
        f"# python train.py --config-dir {folder} experiment={experiment}_tuned, or copied to conf/experiment/",
        *(f"# the command line also removed {key}: say so again" for key in removed),
        "defaults:",
        f"  - {experiment}",
        *(f"  - override /{key}: {_listed(value)}" for key, value in choices.items()),
        "  - _self_",
        f"name: {experiment}_tuned",
    ]
    path = folder / "experiment" / f"{experiment}_tuned.yaml"
    path.parent.mkdir(exist_ok=True)
    dumped = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True) if settings else ""
    path.write_text("\n".join(lines) + "\n" + dumped, "utf-8")
    return path


def _sorted(overrides: Iterable[str]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Overrides as choices of files by group, nested settings, and keys that were removed."""
    choices: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    removed = []
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_delete():
            removed.append(override.key_or_group)
        elif (CONF / override.key_or_group).is_dir():
            choices[_group(override)] = override.value()
        else:
            _nest(settings, override.key_or_group.split("."), override.value())
    return choices, settings, removed


def _group(override: Override) -> str:
    return override.key_or_group + (f"@{override.package}" if override.package else "")


def _listed(choice: Any) -> str:
    return f"[{', '.join(choice)}]" if isinstance(choice, list) else "null" if choice is None else str(choice)


def _nest(settings: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        settings = settings.setdefault(key, {})
    settings[keys[-1]] = value
