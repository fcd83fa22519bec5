"""Equal error rate of speaker verification, with the interval that a handful of speakers leaves open."""

from __future__ import annotations

import math
import warnings
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize
from torchmetrics import Metric
from torchmetrics.utilities.data import dim_zero_cat


class EqualErrorRate(Metric):
    """The share of wrong answers to "is this the same speaker?" where misses are as frequent as false alarms.

    A trial is a pair of clips, its score the cosine of their embeddings. ``trials`` [n, 2] lists pairs by clip number;
    without it every pair of clips is a trial, so that fixed clips give a fixed list, whatever order or rank they
    came from. `compute` adds a bootstrap interval that holds ``confidence``: speakers, not trials, are drawn
    ``n_bootstrap`` times, because a speaker's trials succeed and fail together.
    """

    full_state_update = False
    higher_is_better = False

    embeddings: list[Tensor]
    speakers: list[Tensor]
    clips: list[Tensor]

    def __init__(
        self,
        trials: Tensor | None = None,
        n_bootstrap: int = 200,
        confidence: float = 0.95,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trials, self.n_bootstrap, self.confidence, self.seed = trials, n_bootstrap, confidence, seed
        for name in ("embeddings", "speakers", "clips"):
            self.add_state(name, default=[], dist_reduce_fx="cat")

    def update(self, embeddings: Tensor, speakers: Tensor, clips: Tensor | None = None) -> None:
        """Add ``embeddings [B, D]`` of clips by ``speakers [B]``.

        ``clips [B]`` are the clips' numbers: a clip that comes again, as a distributed sampler may do to fill its
        last batch, then counts once. They are needed with ``trials``, and given always or never.
        """
        self.embeddings.append(normalize(embeddings.detach().float(), dim=1))
        self.speakers.append(speakers.long())
        if clips is not None:
            self.clips.append(clips.long())

    def compute(self) -> dict[str, Tensor]:
        """``eer``, ``eer_low`` and ``eer_high``, each 0 to 1; NaN with a warning where there is nothing to compare."""
        embeddings, speakers, left, right = self._pairs()
        same = speakers[left] == speakers[right]
        if not same.any() or same.all():
            warnings.warn(
                "The equal error rate needs two speakers or more, one of them with two clips or more: it is NaN.",
                stacklevel=2,
            )
            return dict.fromkeys(("eer", "eer_low", "eer_high"), torch.tensor(math.nan))
        scores = (embeddings[left] * embeddings[right]).sum(1)
        rate = equal_error_rate(scores, same)
        replicas = self._bootstrap(scores, same, speakers[left], speakers[right])
        tail = (1 - self.confidence) / 2
        low, high = replicas.nanquantile(torch.tensor([tail, 1 - tail])) if len(replicas) else (rate, rate)
        return {"eer": rate, "eer_low": low, "eer_high": high}

    def _pairs(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        embeddings, speakers = (dim_zero_cat(state).cpu() for state in (self.embeddings, self.speakers))
        if not len(self.clips):
            return embeddings, speakers, *torch.triu_indices(len(speakers), len(speakers), 1)
        clips = dim_zero_cat(self.clips).cpu()
        clips, place = _first_of_each(clips)
        embeddings, speakers = embeddings[place], speakers[place]
        if self.trials is None:
            return embeddings, speakers, *torch.triu_indices(len(speakers), len(speakers), 1)
        known = self.trials[torch.isin(self.trials, clips).all(1)]
        return embeddings, speakers, *torch.searchsorted(clips, known.T.contiguous())

    def _bootstrap(self, scores: Tensor, same: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Rates ``[n_bootstrap]`` over speakers drawn with replacement: a trial counts as often as its speakers."""
        names, places = torch.unique(torch.stack([left, right]), return_inverse=True)
        order = scores.argsort(descending=True)
        scores, same, places = scores[order], same[order], places[:, order]
        generator = torch.Generator().manual_seed(self.seed)
        rates = []
        for _ in range(self.n_bootstrap):
            drawn = torch.randint(len(names), (len(names),), generator=generator)
            times = torch.bincount(drawn, minlength=len(names)).float()
            weights = torch.where(same, times[places[0]], times[places[0]] * times[places[1]])
            rates.append(equal_error_rate(scores, same, weights))
        return torch.stack(rates) if rates else torch.empty(0)


def equal_error_rate(scores: Tensor, same: Tensor, weights: Tensor | None = None) -> Tensor:
    """The rate, a scalar, at which misses equal false alarms, of trials with ``scores [n]`` and truth ``same [n]``.

    Between two thresholds both rates go in a straight line. ``weights [n]`` say how often each trial counts; NaN if
    all trials that count are of one kind.
    """
    scores, order = scores.sort(descending=True)
    counts = torch.ones_like(scores) if weights is None else weights[order]
    # Trials of equal score are accepted together.
    last = torch.cat([scores[1:] != scores[:-1], torch.ones(1, dtype=torch.bool)])
    hits = (counts * same[order]).double().cumsum(0)[last]
    alarms = (counts * ~same[order]).double().cumsum(0)[last]
    zero = torch.zeros(1, dtype=torch.float64)
    missed = torch.cat([zero + 1, 1 - hits / hits[-1]])
    false = torch.cat([zero, alarms / alarms[-1]])
    after = int((false >= missed).int().argmax())
    if after == 0:
        return torch.tensor(math.nan)
    gap = missed - false
    share = gap[after - 1] / (gap[after - 1] - gap[after])
    return torch.lerp(false[after - 1], false[after], share).float()


def _first_of_each(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """The different ``numbers`` in rising order, and where each stands first."""
    ordered, order = numbers.sort(stable=True)
    first = torch.cat([torch.ones(1, dtype=torch.bool), ordered[1:] != ordered[:-1]])
    return ordered[first], order[first]
