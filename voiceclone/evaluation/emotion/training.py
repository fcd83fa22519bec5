"""How the judge of emotions learns, and how well it then hears speakers it never heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from voiceclone.audio import io
from voiceclone.data.prepare_workers import begin_worker
from voiceclone.data.utterance import Utterance
from voiceclone.errors import AudioError, DataError
from voiceclone.evaluation.emotion.committee import MEMBERS, Committee
from voiceclone.evaluation.emotion.features import describe
from voiceclone.evaluation.emotion.judge import EmotionJudge
from voiceclone.evaluation.statistics import share

SPEEDS = (1.0, 0.92, 1.08)
"""Each clip is also heard a little lower and higher, as if other people had spoken."""
FOLDS = 6
EPOCHS, LEARNING_RATE, WEIGHT_DECAY = 150, 3e-3, 0.02
NOISE, SMOOTHING = 0.6, 0.1


@dataclass(frozen=True)
class Heard:
    """Clips as the judge hears them: ``features [N, len(SPEEDS), D]``, ``labels [N]``, and who spoke."""

    features: Tensor
    labels: Tensor
    speakers: np.ndarray
    held_out: np.ndarray
    corpora: np.ndarray

    def where(self, chosen: np.ndarray) -> tuple[Tensor, Tensor]:
        """Features and labels of the chosen ``[N]`` clips."""
        return self.features[chosen], self.labels[chosen]


def listen(
    corpora: dict[str, Iterable[Utterance]],
    labels: Sequence[str],
    processes: int = 1,
    advance: Callable[[int, int], None] = lambda done, todo: None,
) -> Heard:
    """Hear every clip that bears one of ``labels``. Raises `DataError` where a label has no clip."""
    clips = [(name, clip) for name, reader in corpora.items() for clip in reader if clip.emotion in labels]
    if missing := sorted(set(labels) - {clip.emotion for _, clip in clips}):
        raise DataError(f"no clip of {', '.join(corpora)} is labelled {', '.join(missing)}. Add a corpus that has it.")
    pool = ProcessPoolExecutor(processes, get_context("spawn"), begin_worker) if processes > 1 else nullcontext()
    with pool as workers:
        work = workers.map if workers else map
        features = []
        for done, found in enumerate(work(_hear, [clip for _, clip in clips]), 1):
            features.append(found)
            advance(done, len(clips))
    kept = [(name, clip, found) for (name, clip), found in zip(clips, features, strict=True) if found is not None]
    return Heard(
        torch.from_numpy(np.stack([found for _, _, found in kept])),
        torch.tensor([labels.index(str(clip.emotion)) for _, clip, _ in kept]),
        np.array([f"{name}/{clip.speaker}" for name, clip, _ in kept]),
        np.array([clip.split == "test" for _, clip, _ in kept]),
        np.array([name for name, _, _ in kept]),
    )


def train_judge(heard: Heard, labels: Sequence[str], seed: int = 0) -> EmotionJudge:
    """Learn from the speakers that are not held out; report on those who are, and on all by cross-validation."""
    network = fit(*heard.where(~heard.held_out), len(labels), seed)
    answers = answer(network, heard.features[heard.held_out])
    across = cross_validate(heard, len(labels), seed)
    report = {
        "held_out": _report(answers, heard.labels[heard.held_out], labels),
        "held_out_speakers": sorted(set(heard.speakers[heard.held_out].tolist())),
        "cross_validation": _report(across, heard.labels, labels),
        "by_corpus": {
            str(name): _report(across[heard.corpora == name], heard.labels[heard.corpora == name], labels)
            for name in np.unique(heard.corpora)
        },
        "n_speakers": len(np.unique(heard.speakers)),
    }
    return EmotionJudge(tuple(labels), network, report)


def in_words(report: Mapping[str, Any]) -> str:
    """A training's report in one line."""
    held_out, across = (
        "{accuracy:.1%} ({low:.1%} to {high:.1%}) of {n} clips".format(**report[name])
        for name in ("held_out", "cross_validation")
    )
    return (
        f"recognises {held_out} by {len(report['held_out_speakers'])} speakers held out, "
        f"and {across} by {report['n_speakers']} speakers in turn, each unheard"
    )


def cross_validate(heard: Heard, n_labels: int, seed: int = 0) -> Tensor:
    """For every clip the answer ``[N]`` of a network that never heard its speaker."""
    speakers = np.unique(heard.speakers)
    answers = torch.zeros(len(heard.labels), dtype=torch.long)
    for fold in range(min(FOLDS, len(speakers))):
        judged = np.isin(heard.speakers, speakers[fold::FOLDS])
        answers[judged] = answer(fit(*heard.where(~judged), n_labels, seed), heard.features[judged])
    return answers


def fit(features: Tensor, labels: Tensor, n_labels: int, seed: int) -> Committee:
    """A committee taught ``features [N, S, D]`` and ``labels [N]``; rare labels weigh more."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Committee(features.shape[-1], n_labels)
        flat = features.flatten(0, 1)
        network.mean.copy_(flat.mean(dim=0))
        network.scale.copy_(flat.std(dim=0).clamp_min(1e-6))
        weight = 1 / torch.bincount(labels, minlength=n_labels).clamp_min(1)
        _teach(network, network.normalise(features), labels, weight / weight.mean())
    return network.eval()


@torch.no_grad()
def answer(network: Committee, features: Tensor) -> Tensor:
    """The answers ``[N]`` to clips ``[N, S, D]`` as they were spoken."""
    return network(features[:, SPEEDS.index(1.0)]).argmax(dim=1)


def _teach(network: Committee, features: Tensor, labels: Tensor, weight: Tensor) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=EPOCHS)
    everyone, truth = torch.arange(len(labels)), labels.repeat(MEMBERS)
    for _ in range(EPOCHS):
        spoken = features[everyone, torch.randint(features.shape[1], (MEMBERS, len(labels)))]
        opinions = network.opinions(spoken + NOISE * torch.randn_like(spoken))
        loss = F.cross_entropy(opinions.flatten(0, 1), truth, weight, label_smoothing=SMOOTHING)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()


def _hear(clip: Utterance) -> np.ndarray | None:
    """Features at every speed ``[S, D]``; None for a clip in which nothing can be heard."""
    try:
        wave, rate = io.load(clip.audio, start=clip.start, end=clip.end)
        places = [np.arange(0, len(wave) - 1, speed) for speed in SPEEDS]
        return np.stack([describe(np.interp(at, np.arange(len(wave)), wave).astype(np.float32), rate) for at in places])
    except AudioError:
        return None


def _report(answers: Tensor, truth: Tensor, labels: Sequence[str]) -> dict[str, Any]:
    """Accuracy with its interval, and how often each label (rows) was heard as which (columns)."""
    confusion = torch.zeros(len(labels), len(labels), dtype=torch.long)
    confusion.index_put_((truth, answers), torch.ones(len(truth), dtype=torch.long), accumulate=True)
    return {**share(float((answers == truth).sum()), len(truth)), "confusion": confusion.tolist()}
