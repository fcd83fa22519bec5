"""The recurrent speaker encoder of GE2E (Wan, Wang, Papir and Moreno, ICASSP 2018)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.models.recurrent import run
from voiceclone.models.speaker.features import MelFeatures, frame_mask


class LSTMEncoder(nn.Module):
    """A stack of LSTMs whose last output says who has spoken.

    Without ``projection`` it is Resemblyzer's network: an affine layer with ReLU ends it, so that all cosines are
    positive. With ``projection`` every layer's output is projected, as in the paper, and the last projection is
    the embedding. ``log_floor`` takes a linear mel to the logarithm; the published networks hear the power.
    """

    def __init__(
        self,
        n_mels: int = 40,
        hidden_size: int = 256,
        n_layers: int = 3,
        embedding_size: int = 256,
        projection: bool = False,
        log_floor: float | None = None,
        mean_normalise: bool = False,
    ) -> None:
        super().__init__()
        self.n_mels, self.embedding_size = n_mels, embedding_size
        self.features = MelFeatures(log_floor, mean_normalise)
        self.lstm = nn.LSTM(n_mels, hidden_size, n_layers, proj_size=embedding_size if projection else 0)
        self.linear = None if projection else nn.Linear(hidden_size, embedding_size)

    def forward(self, mel: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Unit embeddings ``[B, embedding_size]`` of ``mel [B, n_mels, T]``; ``lengths [B]`` in frames."""
        features = self.features(mel, frame_mask(mel, lengths))
        # Time first is the order in which the recurrence walks through memory.
        outputs, (hidden, _) = run(self.lstm, features.permute(2, 0, 1).contiguous())
        last = hidden[-1] if lengths is None else _at_end(outputs, lengths)
        if self.linear is not None:
            last = F.relu(self.linear(last))
        return F.normalize(last.float(), dim=1)


def _at_end(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The output after each row's last frame: what follows cannot reach back, so nothing needs to be packed."""
    index = (lengths.to(outputs.device) - 1).clamp(min=0)[None, :, None].expand(1, -1, outputs.shape[2])
    return outputs.gather(0, index)[0]
