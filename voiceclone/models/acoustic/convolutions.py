"""The convolution stacks of Tacotron 2: in front of the encoder's LSTM, and behind the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.acoustic.ragged import Ragged


class ConvStack(nn.Module):
    """Convolutions that keep the length, each with batch norm, activation and dropout (Shen et al. 2018).

    ``widths`` are the channels from input to output. ``activation`` follows every layer, unless ``last_linear``
    spares the last one. An output depends on the ``reach`` positions to either side.
    """

    def __init__(
        self,
        widths: Sequence[int],
        kernel_size: int = 5,
        activation: nn.Module | None = None,
        dropout: float = 0.5,
        last_linear: bool = False,
    ) -> None:
        super().__init__()
        self.activation = activation or nn.ReLU()
        gain = nn.init.calculate_gain("tanh" if isinstance(self.activation, nn.Tanh) else "relu")
        layers = [_convolution(before, after, kernel_size, gain) for before, after in pairwise(widths)]
        self.convolutions = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.BatchNorm1d(after) for after in widths[1:])
        self.reach = len(layers) * (kernel_size // 2)
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.last_linear = last_linear

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """``x`` [B, C, T] -> ``[B, C', T]``.

        Where ``mask`` [B, T] is given, every layer sees zeros behind an item's end, so that the result does not depend
        on how far its batch is padded, and nothing is computed there.
        """
        if mask is None:
            return self._layers(x, None)
        ragged = Ragged(mask, self.kernel_size // 2)
        return ragged.part(self._layers(ragged.join(x), ragged.inside))

    def _layers(self, x: Tensor, inside: Tensor | None) -> Tensor:
        last = len(self.convolutions) - 1
        for index, (convolution, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = norm(convolution(x if inside is None else x * inside))
            if not (self.last_linear and index == last):
                x = self.activation(x)
            x = F.dropout(x, self.dropout, self.training)
        return x


class Postnet(ConvStack):
    """What is added to the decoder's mel: ``[B, n_mels, T]`` -> ``[B, n_mels, T]``, tanh inside, linear at the end."""

    def __init__(
        self, n_mels: int, width: int = 512, n_layers: int = 5, kernel_size: int = 5, dropout: float = 0.5
    ) -> None:
        super().__init__([n_mels, *[width] * (n_layers - 1), n_mels], kernel_size, nn.Tanh(), dropout, last_linear=True)


def _convolution(before: int, after: int, kernel_size: int, gain: float) -> nn.Conv1d:
    convolution = nn.Conv1d(before, after, kernel_size, padding=kernel_size // 2)
    nn.init.xavier_uniform_(convolution.weight, gain)
    return convolution
