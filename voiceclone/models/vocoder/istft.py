"""A generator that predicts a complex spectrogram at frame rate and inverts it (Vocos; Siuzdak, 2023).

All layers run once a frame, not once a sample, which is why it is an order of magnitude faster than upsampling
generators of the same quality. The backbone is ConvNeXt (Liu et al., 2022).
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.filterbank import triangular_filters
from voiceclone.audio.mel import decompress
from voiceclone.audio.stft import overlap_add
from voiceclone.errors import ConfigError
from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inputs import require_bands
from voiceclone.models.vocoder.receptive_field import Span

KERNEL_SIZE = 7
QUIETEST = 1e-5  # a magnitude that the pseudo-inverse would have negative
LOUDEST = 1e2  # magnitudes are predicted as logarithms: an early step must not blow up the exponential


class ConvNeXtBlock(nn.Module):
    """A depthwise convolution over time and an inverted bottleneck over channels; ``[B, C, T]`` in and out."""

    def __init__(self, channels: int, hidden: int, layer_scale: float) -> None:
        super().__init__()
        self.depthwise = nn.Conv1d(channels, channels, KERNEL_SIZE, padding=KERNEL_SIZE // 2, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.widen = nn.Linear(channels, hidden)
        self.narrow = nn.Linear(hidden, channels)
        self.scale = nn.Parameter(torch.full((channels,), layer_scale))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.depthwise(x).transpose(1, 2))
        y = self.scale * self.narrow(F.gelu(self.widen(y)))
        return x + y.transpose(1, 2)


class ISTFTGenerator(Generator):
    """Mel ``[B, n_mels, T]`` -> wave ``[B, 1, T * hop_length]``.

    ``channels`` and ``hidden`` are the widths outside and inside the ``n_blocks`` blocks; ``n_fft`` is also the
    length of the Hann window. With ``prior``, the contract of the mels, the network predicts only by how much
    magnitudes differ from those that the mel implies, and learns far sooner (Lv et al., FreeV, 2024); Vocos has none.
    Raises `ConfigError` where ``hop_length`` does not leave the windows overlapping, or for a contract of another size.
    """

    outputs = 2  # for each bin: magnitude and phase
    prior: Tensor | None

    def __init__(
        self,
        n_mels: int,
        hop_length: int,
        n_fft: int,
        channels: int = 512,
        hidden: int = 1536,
        n_blocks: int = 8,
        prior: AudioContract | None = None,
    ) -> None:
        super().__init__()
        if not 0 < hop_length <= n_fft // 2 or (n_fft - hop_length) % 2:
            raise ConfigError(
                f"generator: needs hop_length <= n_fft / 2 and an even difference, got {hop_length} and {n_fft}."
            )
        self.n_mels, self.hop_length, self.n_fft = n_mels, hop_length, n_fft
        for name in ("n_mels", "hop_length", "n_fft") if prior is not None else ():
            if getattr(prior, name) != getattr(self, name):
                raise ConfigError(f"generator.{name} is {getattr(self, name)}, its prior's {getattr(prior, name)}.")
        self.contract = prior
        self.embed = nn.Conv1d(n_mels, channels, KERNEL_SIZE, padding=KERNEL_SIZE // 2)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.blocks = nn.ModuleList(ConvNeXtBlock(channels, hidden, 1 / n_blocks) for _ in range(n_blocks))
        self.final_norm = nn.LayerNorm(channels, eps=1e-6)
        self.head = nn.Linear(channels, self.outputs * (n_fft // 2 + 1))
        padding = (n_fft - hop_length) // 2
        spectrum = Span(0, hop_length - 1).before_upsampling(n_fft, hop_length, padding)
        self.receptive_field = spectrum.before_conv(KERNEL_SIZE, n_blocks + 1).width
        self.register_buffer("prior", None if prior is None else _magnitudes_of_bands(prior), persistent=False)
        self.apply(_initialise)

    def forward(self, mel: Tensor) -> Tensor:
        predicted = self.head(self.features(mel))
        # Exponentials and phases need more digits than half precision has, whatever the layers above run in.
        with torch.autocast(mel.device.type, enabled=False):
            wide = torch.promote_types(predicted.dtype, torch.float32)
            log_gain, phase = predicted.to(wide).chunk(2, dim=-1)
            spectrum = rotated(self.magnitude(log_gain, self.implied(mel.to(wide))), phase)
            return inverse_stft(spectrum, self.n_fft, self.hop_length).unsqueeze(1)

    def features(self, mel: Tensor) -> Tensor:
        """What the network makes of ``mel``, ``[B, T, channels]``; raises as `require_bands` does."""
        require_bands(mel, self.n_mels)
        x = self.norm(self._embedded(mel)).transpose(1, 2)
        for block in self.blocks:
            x = block(x)
        return self.final_norm(x.transpose(1, 2))

    def _embedded(self, mel: Tensor) -> Tensor:
        """The first convolution, as one product ``[B, T, channels]``.

        A convolution rounds a frame this way or that, depending on how many frames come with it. A phase that is summed
        up over such frames would drift between a whole utterance and the same in chunks.
        """
        windows = F.pad(mel, (KERNEL_SIZE // 2,) * 2).unfold(2, KERNEL_SIZE, 1)
        return F.linear(windows.transpose(1, 2).flatten(2), self.embed.weight.flatten(1), self.embed.bias)

    def implied(self, mel: Tensor) -> Tensor:
        """Logarithm of the magnitudes that ``mel`` implies, ``[B, T, n_fft // 2 + 1]``; 0 without a prior."""
        if self.contract is None or self.prior is None:
            return mel.new_zeros(())
        implied = self.prior.to(mel.dtype) @ decompress(mel, self.contract)
        return implied.clamp(min=QUIETEST).log().transpose(1, 2) / self.contract.power

    @staticmethod
    def magnitude(log_gain: Tensor, implied: Tensor) -> Tensor:
        """Of the network's logarithms and the mel's."""
        return (log_gain + implied).clamp(max=math.log(LOUDEST)).exp()


def rotated(magnitude: Tensor, phase: Tensor) -> Tensor:
    """The complex numbers of ``magnitude`` and ``phase``."""
    return torch.complex(magnitude * phase.cos(), magnitude * phase.sin())


def inverse_stft(spectrum: Tensor, n_fft: int, hop_length: int) -> Tensor:
    """Complex frames ``[B, T, n_fft // 2 + 1]`` -> wave ``[B, T * hop_length]``, Hann window, "same" padding.

    `torch.istft` refuses this padding: at either end only part of the windows overlap, and it divides before it
    trims. The window is made anew, not kept, so that a network in half precision has it whole.
    """
    n_frames, left = spectrum.shape[1], (n_fft - hop_length) // 2
    window = torch.hann_window(n_fft, dtype=spectrum.real.dtype, device=spectrum.device)
    frames = torch.fft.irfft(spectrum, n_fft) * window
    weights = window.square().expand(1, n_frames, n_fft)
    inside = slice(left, left + n_frames * hop_length)
    return overlap_add(frames, hop_length)[:, inside] / overlap_add(weights, hop_length)[:, inside]


def forward_stft(wave: Tensor, n_fft: int, hop_length: int) -> Tensor:
    """What `inverse_stft` inverts: ``wave`` [B, T * hop_length] in silence -> complex ``[B, T, n_fft // 2 + 1]``."""
    frames = F.pad(wave, ((n_fft - hop_length) // 2,) * 2).unfold(1, n_fft, hop_length)
    return torch.fft.rfft(frames * torch.hann_window(n_fft, dtype=wave.dtype, device=wave.device))


def _magnitudes_of_bands(contract: AudioContract) -> Tensor:
    """The pseudo-inverse of the mel filters, ``[n_fft // 2 + 1, n_mels]``; bins above all bands are as the last."""
    filters = triangular_filters(contract)
    inverse, last = np.linalg.pinv(filters), filters[-1]
    inverse[np.flatnonzero(last)[-1] + 1 :] = inverse[last.argmax()]
    return torch.tensor(inverse, dtype=torch.float32)


def _initialise(layer: nn.Module) -> None:
    if isinstance(layer, (nn.Conv1d, nn.Linear)):
        nn.init.trunc_normal_(layer.weight, std=0.02)
        nn.init.constant_(layer.bias, 0.0)  # type: ignore[arg-type]  # every layer here has one
