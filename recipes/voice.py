"""From corpora to a voice that speaks: every stage in order, a bundle, and samples of what it can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from recipes.embed import embed_corpora, embedding_name
from recipes.ready import ready_run, ready_settings
from recipes.run import name_run, open_run
from recipes.stages import choose_size, selected, stage_config
from recipes.teacher_forced import predict_corpora, predicted_name
from voiceclone.errors import DataError


@dataclass
class Making:
    """A voice in the making: where each stage's run lies, and what the later ones take from it."""

    cfg: DictConfig
    folder: Path
    minutes: float | None
    runs: dict[str, Path] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    def path(self, stage: str) -> str:
        return str(self.runs[stage])


def train_voice(cfg: DictConfig) -> dict[str, float]:
    """Train all stages (or ``only`` some), assemble the bundle in ``<run>/voice``, and let it speak.

    Each stage is a run of its own, skipped when it has been trained with the same configuration and budget, and
    trained anew when a stage it builds on has changed. Returns the metrics of all, as ``<stage>/<metric>``.
    """
    choose_size(cfg)
    folder = open_run(cfg)
    making = Making(cfg, folder, cfg.max_minutes)
    todo = selected(cfg.only, cfg.stages)
    _show_plan(making, todo)
    for name in cfg.stages:
        _stage(making, name, name in todo)
    if set(todo) == set(cfg.stages) and not _is_assembled(making):
        from recipes.assemble import assemble
        from recipes.samples import speak_samples

        bundle = assemble(making, folder / "voice")
        speak_samples(bundle, folder / "samples")
    (folder / "result.json").write_text(json.dumps(making.metrics, indent=2), "utf-8")
    return making.metrics


def _stage(making: Making, name: str, run_it: bool) -> None:
    """Find where the stage's run lies, and unless it is a ready part or not asked for, train it."""
    from recipes.train import train_stage

    inputs, ready = INPUTS[name](making), OmegaConf.select(making.cfg, f"stages.{name}.use")
    if ready is not None:
        cfg = stage_config(making.cfg, name, {**inputs, **ready_settings(name, str(ready))}, None)
        making.runs[name] = ready_run(cfg, name, str(ready))
        return
    cfg = stage_config(making.cfg, name, inputs, _minutes(making, name))
    making.runs[name] = name_run(cfg)
    if run_it:
        for needed in NEEDS.get(name, ()):
            _require_trained(making, needed)
        if name == "acoustic":
            embed_corpora(cfg, making.runs["speaker_encoder"])
        if name == "vocoder_finetune":
            predict_corpora(making.runs["acoustic"])
        print(f"\n== {name}: {making.runs[name]}", flush=True)
        making.metrics |= {f"{name}/{key}": value for key, value in train_stage(cfg).items()}


def _require_trained(making: Making, name: str) -> None:
    if not (making.runs[name] / "checkpoints" / "last.ckpt").is_file():
        raise DataError(f"stage {name} has not been trained yet: leave only= out, or name it there.")


# What each stage takes from those before it: which must be trained, and settings of its own configuration.
NEEDS = {"acoustic": ("speaker_encoder", "emotion_classifier"), "vocoder_finetune": ("acoustic", "vocoder")}
INPUTS: dict[str, Callable[[Making], dict[str, Any]]] = {
    "speaker_encoder": lambda making: {},
    "emotion_classifier": lambda making: {},
    "acoustic": lambda making: {
        "data.speaker_embedding": embedding_name(making.runs["speaker_encoder"]),
        "task.emotion_classifier": making.path("emotion_classifier") + "/checkpoints/last.ckpt",
    },
    "vocoder": lambda making: {},
    "vocoder_finetune": lambda making: {
        "init": making.path("vocoder"),
        "data.mel": predicted_name(making.runs["acoustic"]),
    },
}


def _is_assembled(making: Making) -> bool:
    """Whether the bundle and its samples were made after everything they are made of."""
    done = making.folder / "result.json"
    if not (making.folder / "voice" / "voice.yaml").is_file() or not done.is_file():
        return False
    newest = max((run / "checkpoints" / "last.ckpt").stat().st_mtime for run in making.runs.values())
    if done.stat().st_mtime < newest:
        return False
    print(f"\nThe voice is in {making.folder / 'voice'}, what it says in {making.folder / 'samples'}.")
    return True


def _minutes(making: Making, name: str) -> float | None:
    """The stage's part of the whole wall-clock budget."""
    if making.minutes is None:
        return None
    shares = {name: stage.get("share", 1.0) for name, stage in making.cfg.stages.items() if stage.get("use") is None}
    return making.minutes * shares.get(name, 0.0) / sum(shares.values())


def _show_plan(making: Making, todo: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("stage", "experiment", "minutes", title=f"voice in {making.folder}")
    for name, stage in making.cfg.stages.items():
        minutes = _minutes(making, name)
        budget = "until done" if minutes is None else f"{minutes:.1f}"
        if stage.get("use") is not None:
            budget = f"ready: {stage.use}"
        table.add_row(name, stage.experiment, budget if name in todo else "not now")
    Console().print(table)
