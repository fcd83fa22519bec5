"""A generator that filters pulses and noise instead of inventing phases.

A convolutional network gives the same phase to every frame of a steady tone, which only fits multiples of the frame
rate: what it invents hums. Here the phase is summed up over time, from the pitch that the mel implies.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import decompress, magnitude, mel_basis
from voiceclone.errors import ConfigError
from voiceclone.models.vocoder.excitation import Place, noise, pulses, turns_of
from voiceclone.models.vocoder.istft import QUIETEST, ISTFTGenerator, forward_stft, inverse_stft, rotated
from voiceclone.models.vocoder.pitch import PitchHead

HANN_POWER = 3 / 8  # mean square of a Hann window
# How far the passes after the first go beyond what the last one has found: four are worth eight plain ones.
MOMENTUM, OVERSHOOT = 0.8, 1.3


class SourceFilterGenerator(ISTFTGenerator):
    """Mel ``[B, n_mels, T]`` -> wave ``[B, 1, T * hop_length]``: harmonics plus noise, shaped frame by frame.

    The network of `ISTFTGenerator` predicts, beside the pitch and the voicing, the filter of each source: magnitude
    and phase for the pulses, magnitude for the noise. Filters are products of spectra, as in the neural homomorphic
    vocoder (Liu et al., 2020); pitch from the mel and a source of harmonics are HiFTNet's (Li et al., 2023). What the
    filters let through is then made as loud, band by band, as the mel says. ``prior`` is the contract of the mels.

    Where frames overlap they do not agree, and the wave's own mel is not quite the one that was asked for. Speaking, it
    is analysed and made as loud again ``passes`` times, as Griffin and Lim (1984) do with whole magnitudes, and with
    momentum, as in their fast algorithm (Perraudin et al., 2013).

    The mel of an acoustic model is smoother than speech, and a voice exactly as loud as that sounds dull (`expect`). So
    the network corrects such a mel first, which it learns from such mels, and makes one pass at most. A recorded mel it
    leaves alone: there it would learn to make up for where frames disagree, which is what the passes are for, and both
    together overdo it.

    It learns pitch from the recordings' ``f0`` stream, and is excited by that one while it learns. Raises `ConfigError`
    for mels whose windows are not its own: they could not be compared with what it says.
    """

    bands: Tensor
    shares: Tensor

    outputs = 3  # for each bin: magnitude and phase of the pulses' filter, magnitude of the noise's
    own_losses = ("pitch", "voicing")

    def __init__(
        self,
        n_mels: int,
        hop_length: int,
        n_fft: int,
        prior: AudioContract,
        channels: int = 512,
        hidden: int = 1536,
        n_blocks: int = 8,
        passes: int = 4,
    ) -> None:
        super().__init__(n_mels, hop_length, n_fft, channels, hidden, n_blocks, prior)
        if prior.win_length != n_fft or prior.padding != "same":
            raise ConfigError(
                f"generator: a source-filter vocoder needs mels of win_length {n_fft} and padding 'same', these have "
                f"{prior.win_length} and '{prior.padding}'. Take generator=istft for them."
            )
        self.contract: AudioContract = prior
        self.pitch = PitchHead(channels)
        self.correction = nn.Linear(channels, n_mels)
        nn.init.zeros_(self.correction.weight)
        nn.init.zeros_(self.correction.bias)
        self.register_load_state_dict_pre_hook(_uncorrected)
        # A frame of a source hears the pitch under all of its window, and half a frame on either side.
        self._hears = self.receptive_field + 2 * -(-(n_fft + hop_length) // (2 * hop_length))
        self._most_passes, self._corrects = passes, True
        self.make_passes(passes)
        bands = mel_basis(prior).T
        self.register_buffer("bands", bands, persistent=False)
        self.register_buffer("shares", (bands / bands.sum(dim=1, keepdim=True).clamp(min=QUIETEST)).T, persistent=False)

    def forward(self, mel: Tensor) -> Tensor:
        return self.part(mel, 0, mel.shape[-1])[0]

    def learn(
        self, mel: Tensor, streams: Mapping[str, Tensor], predicted: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        if "f0" not in streams:
            raise ConfigError("this generator learns pitch from the recordings: data.extra must hold f0.")
        f0, (features, mel) = streams["f0"], self._heard(mel, predicted)
        logits = self.pitch(features).float()
        with torch.no_grad():
            guessed, _ = self.pitch.read(logits)
            turns = turns_of(torch.where(f0 > 0, f0, guessed), self.hop_length, self.contract.sample_rate)
        wave = self._filtered(features, mel, turns, (f0 > 0).to(f0.dtype), Place.anywhere(mel), 0)
        return wave, self.pitch.losses(logits, f0)

    def expect(self, predicted: bool) -> None:
        self._corrects = predicted
        self.correction.requires_grad_(predicted)  # what is not used may not wait for gradients, under DDP
        self.make_passes(min(self._most_passes, 1) if predicted else self._most_passes)

    def make_passes(self, passes: int) -> None:
        """So many over every wave from now on; 0 for the first wave as it is."""
        self.passes = passes
        overlapping = -(-self.n_fft // self.hop_length) - 1  # frames on either side, which each pass hears
        self.receptive_field = self._hears + 2 * passes * overlapping

    def part(self, mel: Tensor, first: int, n_frames: int, place: Any = None) -> tuple[Tensor, Any]:
        place = Place.beginning(mel) if place is None else place
        hop, (features, mel) = self.hop_length, self._heard(mel)
        f0, voiced = self.pitch.read(self.pitch(features).float())
        turns = turns_of(f0, hop, self.contract.sample_rate)
        wave = self._nearer(self._filtered(features, mel, turns, voiced, place, first), mel)
        passed = turns[:, (first + n_frames) * hop] - turns[:, first * hop]
        after = Place((place.turns + passed) % 1, place.frame + n_frames)
        return wave[..., first * hop : (first + n_frames) * hop], after

    def _heard(self, mel: Tensor, predicted: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The features of ``mel``, and the mel to speak, in its size and its precision."""
        features = self.features(mel)
        if not self._corrects:
            return features, mel
        correction = self.correction(features).transpose(1, 2).to(mel.dtype)
        return features, mel + (correction if predicted is None else correction * predicted[:, None, None])

    def _filtered(
        self, features: Tensor, mel: Tensor, turns: Tensor, voiced: Tensor, place: Place, first: int
    ) -> Tensor:
        """The wave of all frames, ``place`` being that of frame ``first``."""
        hop, filters = self.hop_length, self.head(features)
        with torch.autocast(mel.device.type, enabled=False):
            wide = torch.promote_types(filters.dtype, torch.float32)
            offset = place.turns - turns[:, first * hop]
            harmonic = pulses(turns + offset[:, None], voiced.to(wide), hop)
            breath = noise(place.frame - first, mel.shape[-1], hop).to(wide)
            gain, phase, noise_gain = filters.to(wide).chunk(3, dim=-1)
            implied = self.implied(mel.to(wide))
            spectrum = rotated(self.magnitude(gain, implied), phase) * self._unit_spectrum(harmonic)
            spectrum = spectrum + self.magnitude(noise_gain, implied) * self._unit_spectrum(breath)
            return inverse_stft(self._as_loud_as(mel.to(wide), spectrum), self.n_fft, hop).unsqueeze(1)

    def _unit_spectrum(self, source: Tensor) -> Tensor:
        """Complex frames ``[B, T, n_fft // 2 + 1]`` of power 1 where that of ``source`` [B, L] is 1."""
        return forward_stft(source, self.n_fft, self.hop_length) / math.sqrt(HANN_POWER * self.n_fft)

    def _nearer(self, wave: Tensor, mel: Tensor) -> Tensor:
        """``wave`` [B, 1, L] after all passes."""
        size, mel = (self.n_fft, self.hop_length), mel.to(wave.dtype)
        before: Tensor | None = None
        with torch.autocast(mel.device.type, enabled=False):
            for _ in range(self.passes):
                spectrum = forward_stft(wave[:, 0], *size)
                ahead = spectrum if before is None else spectrum + MOMENTUM * (spectrum - before)
                louder = self._as_loud_as(mel, ahead, 1.0 if before is None else OVERSHOOT)
                wave, before = inverse_stft(louder, *size)[:, None], spectrum
        return wave

    def _as_loud_as(self, mel: Tensor, spectrum: Tensor, share: float = 1.0) -> Tensor:
        """``spectrum`` with the level of ``mel`` in every band, smoothly from one to the next; bins in none stay.

        ``share`` of the way, in logarithms.
        """
        bands, shares = self.bands.to(mel.dtype), self.shares.to(mel.dtype)
        wanted = decompress(mel, self.contract).transpose(1, 2).clamp(min=QUIETEST)
        found = (magnitude(spectrum, self.contract) @ bands).clamp(min=QUIETEST)
        return spectrum * ((wanted / found).log() @ shares * (share / self.contract.power)).exp()


def _uncorrected(generator: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Weights from before there was a correction have none."""
    for name, weight in generator.get_submodule("correction").named_parameters():
        state.setdefault(f"{prefix}correction.{name}", torch.zeros(weight.shape))
