"""M-STFT: how far two waves are apart in their spectrograms, at several resolutions."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from voiceclone.metrics.clip import ClipMetric, Unscorable

# FFT size, hop and window of Parallel WaveGAN's loss, by which UnivNet and BigVGAN report the figure.
RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
FLOOR = 1e-8


class MultiResolutionSTFT(ClipMetric):
    """Spectral convergence + L1 of log magnitudes, mean of three resolutions; 0 is best, same timing only.

    The auxiliary loss of Yamamoto et al., Parallel WaveGAN (2020), as a distance.
    """

    same_timing = True
    higher_is_better = False

    def score(self, generated: np.ndarray, reference: np.ndarray) -> float:
        if len(reference) <= max(n_fft for n_fft, _, _ in RESOLUTIONS):
            raise Unscorable("M-STFT needs a clip longer than its longest window")
        pair = torch.from_numpy(np.stack([generated, reference]))
        return float(np.mean([_distance(_magnitude(pair, *sizes)) for sizes in RESOLUTIONS]))


def _magnitude(waves: Tensor, n_fft: int, hop_length: int, win_length: int) -> Tensor:
    """Magnitudes ``[2, n_fft // 2 + 1, T]``."""
    window = torch.hann_window(win_length)
    spectrum = torch.stft(waves, n_fft, hop_length, win_length, window, return_complex=True)
    return spectrum.abs().clamp_min(FLOOR)


def _distance(magnitudes: Tensor) -> float:
    generated, reference = magnitudes
    convergence = torch.linalg.norm(reference - generated) / torch.linalg.norm(reference)
    return float(convergence + (reference.log() - generated.log()).abs().mean())
