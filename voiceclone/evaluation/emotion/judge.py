"""Says which emotion it hears in a clip; and the file it is kept in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from voiceclone.errors import CheckpointError, ConfigError
from voiceclone.evaluation.emotion.committee import Committee
from voiceclone.evaluation.emotion.features import describe


@dataclass(frozen=True, eq=False)
class EmotionJudge:
    """``judge(wave [L], sample_rate)`` is one of ``labels``; raises `AudioError` where there is no speech to judge.

    ``report`` is what its training measured on speakers whom it had not heard.
    """

    labels: tuple[str, ...]
    network: Committee
    report: Mapping[str, Any] = field(default_factory=dict)
    edition: str = ""
    """Another for every training, so that figures of an earlier judge are not taken for those of this one."""

    @torch.no_grad()
    def __call__(self, wave: np.ndarray, sample_rate: int) -> str:
        features = torch.from_numpy(describe(wave, sample_rate))
        return self.labels[int(self.network(features[None]).argmax())]


def save_judge(judge: EmotionJudge, path: Path) -> None:
    """Write the weights, with labels and report in the file's header; raises `CheckpointError` where that fails."""
    notes = {"labels": json.dumps(judge.labels), "report": json.dumps(judge.report)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file({name: value.contiguous() for name, value in judge.network.state_dict().items()}, path, notes)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written ({error.strerror}). Set paths.output=<folder>.") from error


def load_judge(path: str | Path) -> EmotionJudge:
    """The judge in a file that `save_judge` wrote.

    Raises `ConfigError` where there is none yet, saying how to train it, and `CheckpointError` for a damaged file.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(
            f"no emotion classifier at {path}. Train one on recorded speech, in minutes: "
            "python evaluate.py train_emotion_judge=true corpus=[ravdess,emodb]."
        )
    try:
        with safe_open(path, "pt") as file:
            notes, state = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        labels, report = tuple(json.loads(notes["labels"])), json.loads(notes["report"])
        _require_trials(report)
        network = Committee(len(state["mean"]), len(labels))
        network.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{path}: not an emotion classifier ({_first_line(error)}). Train it again.") from error
    return EmotionJudge(labels, network.eval(), report, hashlib.sha256(path.read_bytes()).hexdigest()[:12])


def _require_trials(report: Mapping[str, Any]) -> None:
    """A report whose accuracies cannot be read raises what a damaged file does: no figure goes without them."""
    for trial in (report["held_out"], report["cross_validation"], *report["by_corpus"].values()):
        trial["accuracy"], trial["confusion"]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(": ")
