"""What every vocoder is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn


class Generator(nn.Module):
    """Mel ``[B, n_mels, T]`` -> wave ``[B, 1, T * hop_length]``.

    ``receptive_field`` is the number of mel frames that a frame of the wave depends on, itself in the middle.
    ``own_losses`` names what `learn` gives beside the wave.
    """

    n_mels: int
    hop_length: int
    receptive_field: int
    own_losses: tuple[str, ...] = ()

    def learn(
        self, mel: Tensor, streams: Mapping[str, Tensor], predicted: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The wave as in training, and losses of the generator's own; ``streams`` [B, T] are what the data say of
        the recording beside its mel, ``predicted`` [B] which mels are so (`expect`), where they are mixed."""
        return self(mel), {}

    def expect(self, predicted: bool) -> None:
        """Told, before it learns or speaks, whether its mels are an acoustic model's ``predicted`` ones, which are
        smoother than a recording's; most do not mind."""

    def part(self, mel: Tensor, first: int, n_frames: int, place: Any = None) -> tuple[Tensor, Any]:
        """The wave ``[B, 1, n_frames * hop_length]`` of the frames from ``first`` on, the others being context.

        ``place`` is what the part before has given back, None at the beginning: generators that remember more than
        they see, such as a phase, go on from there.
        """
        return self(mel)[..., first * self.hop_length : (first + n_frames) * self.hop_length], None
