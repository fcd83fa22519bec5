"""A stage's part that need not be trained: it takes the place of the run that would have made it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from recipes.run import save_config
from recipes.stores import build_data, fill_facts
from recipes.trained import fill
from voiceclone.checkpoints.parts import Part, bundle_part, published_part
from voiceclone.errors import CheckpointError, ConfigError, did_you_mean
from voiceclone.models.registry import configure

# Per stage, by the name given as stages.<stage>.use: settings under which the stage's networks come with weights.
READY: dict[str, dict[str, dict[str, Any]]] = {
    "speaker_encoder": {"resemblyzer": {"speaker_encoder": "ge2e_resemblyzer"}},
}
# The part of a bundle that a stage makes, the config group that describes it, and the group of its audio settings.
_PARTS = {
    "speaker_encoder": ("speaker_encoder", "speaker_encoder", "encoder_audio"),
    "acoustic": ("acoustic", "acoustic", "audio"),
    "vocoder": ("vocoder", "generator", "audio"),
    "vocoder_finetune": ("vocoder", "generator", "audio"),
}


def ready_settings(stage: str, name: str) -> dict[str, Any]:
    """The settings behind ``stages.<stage>.use=<name>``; none where ``name`` is a run, a voice or a file.

    Raises `ConfigError` for a name that is nothing of all this.
    """
    known = READY.get(stage, {})
    if name not in known and not _place(name).exists():
        raise ConfigError(
            f"stages.{stage}.use={name}: neither the folder of a run, a voice, a published checkpoint, nor a part that "
            f"comes ready. {did_you_mean(name, known)}"
        )
    return known.get(name, {})


def ready_run(cfg: DictConfig, stage: str, name: str) -> Path:
    """The run's folder that stands for the ready part: the one named, or one made of a network that has weights."""
    if name in READY.get(stage, {}):
        # Named after the part alone: what depends on it does not change with settings of a training that never is.
        return _written(cfg, f"{stage}-{name}", None, stage)
    place = _place(name)
    if (place / "config.yaml").is_file():
        return place
    if stage not in _PARTS:
        raise ConfigError(f"stages.{stage}.use={name}: expected the folder of a run of this stage; voices hold none.")
    part = published_part(place) if place.is_file() else bundle_part(place, _PARTS[stage][0])
    return _written(cfg, f"{stage}-{part.digest}", part, stage)


def _place(name: str) -> Path:
    """A path as it was given, or the voice of that name that ships with the project."""
    from voiceclone.checkpoints.find import find_voice

    path = Path(name).expanduser()
    if path.exists():
        return path
    try:
        return find_voice(name)
    except CheckpointError:
        return path


def _written(cfg: DictConfig, folder_name: str, part: Part | None, stage: str) -> Path:
    import torch
    from hydra.utils import instantiate

    folder = Path(cfg.paths.output) / folder_name
    checkpoint = folder / "checkpoints" / "last.ckpt"
    if checkpoint.is_file():
        return folder
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    cfg.run_dir = str(folder)
    fill_facts(cfg, build_data(cfg))
    if part is not None:
        _describe(cfg, part, stage)
    task = instantiate(cfg.task)
    if part is not None:
        fill(task, part)
    save_config(cfg)
    part_file = checkpoint.with_suffix(f".{os.getpid()}.part")  # each of several ranks writes its own
    torch.save({"ready": True, "state_dict": task.state_dict()}, part_file)
    part_file.replace(checkpoint)
    return folder


def _describe(cfg: DictConfig, part: Part, stage: str) -> None:
    """Make ``cfg`` the configuration that ``part`` would have been trained with, as far as speaking needs it."""
    from hydra.utils import instantiate

    from voiceclone.audio.contract import require_compatible

    _, group, audio = _PARTS[stage]
    if part.audio is not None:
        require_compatible(instantiate(cfg[audio]), part.audio, f"the configuration's {audio}", part.kind)
    cfg[group] = OmegaConf.create(configure(part.spec))
    if stage == "acoustic":
        assert part.facts is not None
        cfg.facts = {**cfg.facts, **part.facts}
        cfg.task = {**cfg.task, "emotion_classifier": None, "warm_start": None, "adversary": None}
