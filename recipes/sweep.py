"""Search for the settings that train one network best: many short runs, of which the hopeless are given up early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.cli import CONF, door
from recipes.sweeps.compose import check_space, compose_train, compose_trial, given_overrides, key_of, study_folder
from recipes.sweeps.space import Setting, search_space
from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    import optuna

    from recipes.sweeps.study import Study

# Trials may fail where settings do not go together; this many, and something else is wrong.
_MOST_FAILURES = 3


def sweep(cfg: DictConfig) -> dict[str, float]:
    """Finish ``cfg.n_trials`` trials of the study, together with whoever else works on it.

    Leaves ``results.csv``, ``results.png`` and ``experiment/<name>_tuned.yaml`` in the study's folder and returns the
    best value under the metric's name. A study that was stopped goes on; a trial that was cut off is taken up first.
    """
    from recipes.sweeps.jobs import end_with_parent, run_jobs
    from recipes.sweeps.study import open_study

    end_with_parent()
    given = given_overrides()
    space = _space(cfg, given)
    study = open_study(study_folder(cfg, given, space), cfg.direction)
    try:
        if (done := len(study.finished())) >= cfg.n_trials:
            print(f"{done} trials are finished already; n_trials={done + 10}, say, goes on.")
        else:
            check_space(space, given)
            _prepare(given)
            work = _work if cfg.jobs == 1 else run_jobs
            work(cfg, study, given, space)
    finally:
        _report(cfg, study, given, space)
    best = study.best()
    return {cfg.optimized_metric: float("nan") if best is None else float(best.values[0])}


def _space(cfg: DictConfig, given: list[str]) -> dict[str, Setting]:
    """What is to be searched; raises `ConfigError` where this experiment cannot be."""
    if "stages" in cfg:
        raise ConfigError(f"experiment={cfg.name}: has several stages. Search one: experiment=acoustic, say.")
    if cfg.optimized_metric is None:
        raise ConfigError("optimized_metric: names no metric to judge trials by. Set optimized_metric=<name>.")
    if cfg.trainer.devices not in (1, "1", "auto") or cfg.trainer.num_nodes != 1:
        raise ConfigError(f"trainer.devices={cfg.trainer.devices}: a trial takes one; jobs=<n> runs n side by side.")
    settings: Any = OmegaConf.to_container(cfg.search, resolve=True)
    fixed = {key_of(override) for override in given}
    space = {key: setting for key, setting in search_space(settings).items() if key not in fixed}
    if not space:
        known = ", ".join(sorted(path.stem for path in (CONF / "search").glob("*.yaml")))
        raise ConfigError(f"search: leaves nothing to search. Set search=<name>: {known}.")
    return space


def _prepare(given: list[str]) -> None:
    """Prepare the corpora once, before trials find them unprepared at the same time."""
    from recipes.stores import open_stores

    open_stores(compose_train(given))


def _work(cfg: DictConfig, study: Study, given: list[str], space: dict[str, Setting]) -> None:
    """Run trials until none is left to take."""
    from hydra.utils import instantiate

    failures = 0
    study.record.pruner = instantiate(cfg.pruner) or _no_pruner()
    while trial := study.take(cfg.n_trials, space.values(), lambda number: _sampler(cfg, number)):
        try:
            _try(cfg, study, trial, given, space)
        except Exception as error:
            failures += 1
            if failures == _MOST_FAILURES or not study.finished():
                raise
            print(f"trial {trial.number} failed: {error}", flush=True)


def _try(cfg: DictConfig, study: Study, trial: optuna.Trial, given: list[str], space: dict[str, Setting]) -> None:
    """Run ``trial`` and note what came of it; one that is stopped from outside stays open and is taken up later."""
    import optuna

    from recipes.sweeps.trial import run_trial

    try:
        config = compose_trial(given, trial.params, space, study.trial_folder(trial.number))
        config.trainer.enable_progress_bar &= cfg.worker is None
        value = run_trial(trial, config, cfg.optimized_metric, cfg.grace)
    except optuna.TrialPruned:
        study.record.tell(trial, state=optuna.trial.TrialState.PRUNED)
    except Exception as error:
        trial.set_user_attr("error", f"{type(error).__name__}: {error}")
        study.record.tell(trial, state=optuna.trial.TrialState.FAIL)
        raise
    except SystemExit as stop:  # what Lightning makes of Ctrl-C
        raise KeyboardInterrupt from stop
    else:
        study.record.tell(trial, values=value)
    finally:
        study.let_go(trial)
    print(_line(study, trial, cfg.optimized_metric), flush=True)


def _sampler(cfg: DictConfig, number: int) -> Any:
    """Seeded by the trial's number, so that processes do not draw the same, and a stopped study draws as another."""
    from hydra.utils import instantiate

    return instantiate({"seed": cfg.seed + number, **cfg.sampler})


def _no_pruner() -> Any:
    from optuna.pruners import NopPruner

    return NopPruner()


def _line(study: Study, trial: optuna.Trial, metric: str) -> str:
    from recipes.sweeps.table import settings_of, state_of, text

    frozen, best = study.record.get_trials(deepcopy=False)[trial.number], study.best()
    record = "" if best is None else f" (best {text(best.value)}, trial {best.number})"
    return f"trial {trial.number} {state_of(frozen)}: {metric} {text(frozen.value)}{record}  {settings_of(frozen)}"


def _report(cfg: DictConfig, study: Study, given: list[str], space: dict[str, Setting]) -> None:
    """Table, picture and the best as an experiment, as far as there is something to tell."""
    from rich.console import Console

    from recipes.sweeps.best import write_best
    from recipes.sweeps.picture import draw_study
    from recipes.sweeps.table import results_table, write_csv

    if not study.finished():
        return
    best = study.best()
    with study.alone():
        write_csv(study, cfg.optimized_metric, list(space), study.folder / "results.csv")
        draw_study(study, cfg.optimized_metric, space, study.folder / "results.png")
        if best is not None:
            tuned = write_best(study.folder, _experiment(), given, best, space, cfg.optimized_metric)
    if cfg.worker is None:
        Console().print(results_table(study, cfg.optimized_metric))
        print(f"{study.folder}: results.csv, results.png")
        if best is not None:
            print(f"The best, trained in full: python train.py --config-dir {study.folder} experiment={tuned.stem}")


def _experiment() -> str:
    from hydra.core.hydra_config import HydraConfig

    return HydraConfig.get().runtime.choices["experiment"]


main = door("sweep", sweep)
