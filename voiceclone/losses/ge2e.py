"""Generalized end-to-end loss for speaker verification (Wan, Wang, Papir and Moreno, ICASSP 2018), softmax form."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.errors import DataError
from voiceclone.losses.gather import gather_rows

# Length below which a centroid has no direction left to speak of; also keeps the gradient of the root finite.
_EPSILON = 1e-6


class GE2ELoss(nn.Module):
    """Every utterance shall be nearer to its own speaker's centroid than to any other's.

    ``scale`` (w) and ``bias`` (b) turn cosines into logits; they learn ``gradient_scale`` times as fast as the
    network, and w never acts as less than ``min_scale``. Under DDP the embeddings of all ranks form one batch, so
    that speakers are told apart across GPUs; ``gather=False`` keeps the ranks to themselves.
    """

    def __init__(
        self,
        scale: float = 10.0,
        bias: float = -5.0,
        gradient_scale: float = 0.01,
        min_scale: float = 1e-6,
        gather: bool = True,
    ) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(float(scale)))
        self.bias = nn.Parameter(torch.tensor(float(bias)))
        self.gradient_scale = gradient_scale
        self.min_scale = min_scale
        self.gather = gather

    def forward(self, embeddings: Tensor, speakers: Tensor | None = None) -> Tensor:
        """Mean loss, a float32 scalar, of unit ``embeddings [N, M, D]``: N speakers with M utterances each.

        ``speakers [N]`` are their numbers: a speaker whom two ranks have drawn is then not held to differ from
        themself. Computed in float32 even under autocast. Raises `DataError` for fewer than 2 speakers or 2
        utterances, where nothing can be compared.
        """
        collect = gather_rows if self.gather else _as_they_are
        logits = self.similarity(collect(embeddings.float()))
        n_speakers, n_utterances, _ = logits.shape
        if speakers is not None:
            logits = logits.masked_fill(_duplicates(collect(speakers))[:, None, :], -torch.inf)
        targets = torch.arange(n_speakers, device=logits.device).repeat_interleave(n_utterances)
        return F.cross_entropy(logits.flatten(0, 1), targets)

    def similarity(self, embeddings: Tensor) -> Tensor:
        """Logits ``[N, M, N]`` of each utterance against each speaker's centroid.

        The centroid of an utterance's own speaker leaves that utterance out, else the network could win by
        collapsing (equation 8 of the paper).
        """
        _require_pairs(embeddings)
        with torch.autocast(embeddings.device.type, enabled=False):
            cosines = _cosines(embeddings.float())
            scale = _slowed(self.scale, self.gradient_scale)
            # Held up without stopping the gradient, so that w can come back.
            scale = scale + (self.min_scale - scale).clamp(min=0).detach()
            return scale * cosines + _slowed(self.bias, self.gradient_scale)


def _cosines(embeddings: Tensor) -> Tensor:
    """``[N, M, N]``, all from one product: with e among the summands of S, e (S - e) = e S - e e, and the length of
    S - e follows from the same products, so that no centroid without e is ever formed."""
    n_speakers, n_utterances, _ = embeddings.shape
    sums = embeddings.sum(1)
    products = (embeddings.flatten(0, 1) @ sums.T).view(n_speakers, n_utterances, n_speakers)
    squares, totals = embeddings.square().sum(2), sums.square().sum(1)
    with_own = products.diagonal(dim1=0, dim2=2).T
    own = (with_own - squares) / _root(totals[:, None] - 2 * with_own + squares)
    diagonal = torch.eye(n_speakers, dtype=torch.bool, device=embeddings.device)[:, None, :]
    return torch.where(diagonal, own[:, :, None], products / _root(totals))


def _root(squares: Tensor) -> Tensor:
    return squares.clamp(min=_EPSILON**2).sqrt()


def _duplicates(speakers: Tensor) -> Tensor:
    """Where another row is the same speaker: bool ``[N, N]``, the diagonal aside."""
    own = torch.eye(len(speakers), dtype=torch.bool, device=speakers.device)
    return (speakers[:, None] == speakers[None, :]) & ~own


def _as_they_are(rows: Tensor) -> Tensor:
    return rows


def _slowed(parameter: Tensor, factor: float) -> Tensor:
    """The parameter as it is, with its gradient multiplied by ``factor``."""
    held = parameter.detach()
    return held + factor * (parameter - held)


def _require_pairs(embeddings: Tensor) -> None:
    if embeddings.dim() != 3 or min(embeddings.shape[:2]) < 2:
        raise DataError(
            f"GE2E compares speakers with speakers and utterances with utterances: it needs [N >= 2, M >= 2, D], "
            f"got {list(embeddings.shape)}. Use a corpus with more speakers, or more utterances of each."
        )
