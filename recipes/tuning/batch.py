"""How many frames a batch of fine-tuning holds: what the memory there is allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, open_dict

if TYPE_CHECKING:
    from recipes.tuning.stages import Tuning

_MOST_FRAMES = 32000


def frames_per_batch(tuning: Tuning, stage: DictConfig) -> int:
    """As the command line says, or what the memory holds; found once and kept, since it names the run."""
    if tuning.cfg.frames_per_batch is not None:
        return int(tuning.cfg.frames_per_batch)
    path = tuning.folder / "frames_per_batch.json"
    if path.is_file():
        return int(json.loads(path.read_text("utf-8")))
    # What is recalled of other speakers comes on top, and is a little longer at most.
    found = min(_MOST_FRAMES, int(_fitting(stage, tuning.folder / "trial") / (1 + 1.25 * float(tuning.cfg.replay))))
    print(f"Batches of up to {found} new frames: what the free memory holds, {_MOST_FRAMES} at most.")
    path.write_text(json.dumps(found), "utf-8")
    return found


def _fitting(stage: DictConfig, folder: Path) -> int:
    """Frames that fit, by what one batch of the training keeps for its backward pass."""
    from recipes.train import build
    from voiceclone.training.memory import frames_that_fit, free_memory, saved_bytes

    trial = stage.copy()
    with open_dict(trial):
        trial.callbacks, trial.logger, trial.run_dir = {}, {}, str(folder)
    folder.mkdir(exist_ok=True)
    parts: Any = build(trial)
    data, task, device = parts[0], parts[1].train(), parts[2].strategy.root_device
    task, batch = task.to(device), next(iter(data.train_dataloader())).to(device)
    taken = saved_bytes(lambda: sum(task.losses(task, task(batch), batch).values()))
    return frames_that_fit(taken, batch.mel.shape[0] * batch.mel.shape[2], free_memory(device))
