"""From corpora to a voice that speaks: every stage in order, a bundle, and what it can do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from recipes.board import Board, Row
from recipes.budget import Clock, share_out
from recipes.embed import embed_corpora, embedding_name
from recipes.ready import ready_run, ready_settings
from recipes.run import first_rank, name_run, open_run, require_writable
from recipes.stages import choose_size, experiment_of, selected, stage_config
from recipes.suited import suit
from recipes.teacher_forced import predict_corpora, predicted_name
from recipes.trained import load_config
from voiceclone.errors import ConfigError, DataError, did_you_mean


@dataclass
class Making:
    """A voice in the making: where each stage's run lies, and what the later ones take from it."""

    cfg: DictConfig
    folder: Path
    todo: list[str]
    board: Board
    clock: Clock
    runs: dict[str, Path] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    def path(self, stage: str) -> str:
        return str(self.runs[stage])


def train_voice(cfg: DictConfig) -> dict[str, float]:
    """Train all stages (or ``only`` some), assemble the bundle in ``<run>/voice``, let it speak, and report on it.

    Each stage is a run of its own, skipped when it has been trained with the same configuration and as large a
    budget, and trained anew when a stage it builds on has changed. Returns the metrics of all, as
    ``<stage>/<metric>``.
    """
    began = time.monotonic()
    # Known before hours of training, not after them.
    for place, setting in ((cfg.paths.output, "paths.output"), (cfg.bundle.folder, "bundle.folder")):
        if place is not None:
            require_writable(place, setting)
    _require_stages(cfg)
    choose_size(cfg)
    suit(cfg)
    making = _plan(cfg, open_run(cfg), began)
    if first_rank():
        making.board.show()
    for name in cfg.stages:
        _stage(making, name)
    if first_rank():
        making.board.show()
        if set(making.todo) >= set(_needed(cfg)):
            from recipes.closing import close

            making.metrics |= close(making)
        (making.folder / "result.json").write_text(json.dumps(making.metrics, indent=2), "utf-8")
    return making.metrics


def _require_stages(cfg: DictConfig) -> None:
    """Raise `ConfigError` for a stage or a ready part that there is not."""
    known = [str(name) for name, stage in cfg.stages.items() if "experiment" in stage]
    for name, stage in cfg.stages.items():
        if "experiment" not in stage:
            raise ConfigError(f"stages.{name}: no such stage. {did_you_mean(str(name), known)}")
        if stage.get("use") is not None:
            ready_settings(str(name), str(stage.use))


def _plan(cfg: DictConfig, folder: Path, began: float) -> Making:
    todo = [name for name in selected(cfg.only, cfg.stages) if name in _needed(cfg)]
    # The shares stay what they are when only some stages are run, or the same stage would have another budget.
    trained = [name for name in _needed(cfg) if cfg.stages[name].get("use") is None]
    minutes = share_out(cfg.max_minutes, cfg.stages, trained)
    rows = {}
    for name, stage in cfg.stages.items():
        budget = "until done" if minutes is None else f"{minutes.get(name, 0.0):.1f} min"
        row = Row(experiment_of(cfg, name), budget if stage.get("use") is None else f"ready: {stage.use}")
        row.state = "waiting" if name in todo else "not needed" if name not in _needed(cfg) else "not now"
        rows[name] = row
    whole = "" if cfg.max_minutes is None else f", {cfg.max_minutes:g} minutes in all"
    return Making(cfg, folder, todo, Board(f"voice in {folder}{whole}", rows), Clock(cfg.max_minutes, minutes, began))


def _stage(making: Making, name: str) -> None:
    """Find where the stage's run lies, and unless it is a ready part or not asked for, train it."""
    if name not in _needed(making.cfg):
        return
    inputs, ready = INPUTS[name](making), OmegaConf.select(making.cfg, f"stages.{name}.use")
    if ready is not None:
        _require_own_ears(making.cfg, name, str(ready))
        cfg = stage_config(making.cfg, name, {**inputs, **ready_settings(name, str(ready))}, None)
        making.runs[name] = ready_run(cfg, name, str(ready))
        making.board.rows[name].state = "ready"
        # Whose speakers the voice is to know, or whose mels are to be predicted.
        if name == "acoustic" and not {"acoustic", "vocoder_finetune"}.isdisjoint(making.todo):
            _require_trained(making, "speaker_encoder")
            embed_corpora(cfg, making.runs["speaker_encoder"])
        return
    minutes = making.clock.minutes
    cfg = stage_config(making.cfg, name, inputs, None if minutes is None else minutes[name])
    if name == "vocoder_finetune" and making.cfg.stages.vocoder.get("use") is not None:
        cfg.generator = load_config(making.runs["vocoder"]).generator  # what is tuned is what came ready
    making.runs[name] = name_run(cfg)
    if name in making.todo:
        if first_rank():
            print(f"\n== {name}: {making.runs[name]}", flush=True)
        _train(making, name, cfg)


def _require_own_ears(cfg: DictConfig, name: str, place: str) -> None:
    """An acoustic model out of a voice knows speakers as that voice's encoder hears them."""
    ears = cfg.stages.speaker_encoder.get("use")
    if name == "acoustic" and ears != place and not (Path(place).expanduser() / "config.yaml").is_file():
        raise ConfigError(f"stages.acoustic.use={place}: take its ears as well, stages.speaker_encoder.use={place}.")


def _train(making: Making, name: str, cfg: DictConfig) -> None:
    from recipes.train import finished, train_stage

    for needed in NEEDS.get(name, ()):
        if needed in making.runs:
            _require_trained(making, needed)
    if cfg.resume and finished(cfg) is not None:
        making.board.rows[name].state = "trained before"
    elif name == "acoustic":
        embed_corpora(cfg, making.runs["speaker_encoder"])
    elif name == "vocoder_finetune":
        predict_corpora(making.runs["acoustic"])
    metrics = train_stage(cfg, [making.board.follow(name)], partial(making.clock.grant, name))
    making.metrics |= {f"{name}/{key}": value for key, value in metrics.items()}


def _require_trained(making: Making, name: str) -> None:
    if not (making.runs[name] / "checkpoints" / "last.ckpt").is_file():
        raise DataError(f"stage {name} has not been trained yet: leave only= out, or name it there.")


# What each stage takes from those before it: which must be trained, and settings of its own configuration.
NEEDS = {"acoustic": ("speaker_encoder", "emotion_classifier"), "vocoder_finetune": ("acoustic", "vocoder")}
# Stages that serve one other alone, and are idle where that one comes ready.
_SERVES = {"emotion_classifier": "acoustic", "vocoder": "vocoder_finetune"}
INPUTS: dict[str, Callable[[Making], dict[str, Any]]] = {
    "speaker_encoder": lambda making: {},
    "emotion_classifier": lambda making: {},
    "acoustic": lambda making: {
        "data.speaker_embedding": embedding_name(making.runs["speaker_encoder"]),
        "task.emotion_classifier": _classifier(making),
    },
    "vocoder": lambda making: {},
    "vocoder_finetune": lambda making: {
        "init": making.path("vocoder") if "vocoder" in making.runs else None,
        "data.mel": predicted_name(making.runs["acoustic"]),
    },
}


def _classifier(making: Making) -> str | None:
    if "emotion_classifier" not in making.runs:
        return None
    return making.path("emotion_classifier") + "/checkpoints/last.ckpt"


def _needed(cfg: DictConfig) -> list[str]:
    """The stages that something is made of."""
    ready = {name for name, stage in cfg.stages.items() if stage.get("use") is not None}
    return [str(name) for name in cfg.stages if name in ready or _SERVES.get(str(name)) not in ready]
