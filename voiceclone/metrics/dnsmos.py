"""DNSMOS: the rating that listeners would probably give, predicted by networks."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import torch

from voiceclone.audio.resample import resample
from voiceclone.errors import ConfigError, did_you_mean
from voiceclone.metrics.clip import ClipMetric
from voiceclone.metrics.memo import remembered
from voiceclone.metrics.packages import require

RATE, WINDOW = 16_000, 144_160
N_FFT, HOP, N_MELS = 321, 160, 120
# The networks' raw answers to the scale of listeners, from the published program.
CALIBRATION = {
    "signal": (-0.08397278, 1.22083953, 0.0052439),
    "background": (-0.13166888, 1.60915514, -0.39604546),
    "overall": (-0.06766283, 1.11546468, 0.04602535),
}
Figure = Literal["overall", "signal", "background", "p808"]


class Prediction(NamedTuple):
    """Predicted mean opinion scores, 1 to 5."""

    signal: float
    background: float
    overall: float
    p808: float


class PredictedMOS(ClipMetric):
    """DNSMOS (Reddy et al., 2022), 1 to 5, higher is better; needs no reference.

    ``figure``: ``overall``, ``signal`` and ``background`` follow P.835, ``p808`` is the other network. The weights are
    those inside the speechmos wheel. Real recordings get 3 to 4: it is the distance to the recordings that counts.
    """

    target = "nothing"
    higher_is_better = True

    def __init__(self, sample_rate: int, figure: Figure = "overall", **kwargs: Any) -> None:
        super().__init__(sample_rate, **kwargs)
        if figure not in Prediction._fields:
            raise ConfigError(f"predicted MOS: no figure {figure!r}. {did_you_mean(figure, Prediction._fields)}")
        require("onnxruntime", "DNSMOS")
        _weights("sig_bak_ovr")
        self.figure = figure

    def score(self, generated: np.ndarray, reference: None = None) -> float:
        return float(getattr(predict(generated, self.sample_rate), self.figure))


@remembered
def predict(wave: np.ndarray, sample_rate: int) -> Prediction:
    """All four figures of a wave ``[L]``: means over windows of 9.01 s, one a second; shorter clips are repeated."""
    windows = _windows(np.clip(resample(wave, sample_rate, RATE), -1, 1))
    raw = _session("sig_bak_ovr").run(None, {"input_1": windows})[0]
    rated = {name: np.polyval(CALIBRATION[name], raw[:, i]).mean() for i, name in enumerate(CALIBRATION)}
    p808 = _session("model_v8").run(None, {"input_1": _features(windows)})[0].mean()
    return Prediction(**{name: float(figure) for name, figure in rated.items()}, p808=float(p808))


def _windows(wave: np.ndarray) -> np.ndarray:
    """``[N, WINDOW]``"""
    while len(wave) < WINDOW:
        wave = np.append(wave, wave)
    hops = int(len(wave) // RATE - WINDOW / RATE) + 1
    starts = [hop * RATE for hop in range(hops) if hop * RATE + WINDOW <= len(wave)]
    return np.stack([wave[start : start + WINDOW] for start in starts]).astype(np.float32)


def _features(windows: np.ndarray) -> np.ndarray:
    """Log-power mels ``[N, 900, 120]``, 80 dB deep, the loudest point of each window at 1."""
    waves = torch.from_numpy(windows[:, :-HOP])
    frames = {"n_fft": N_FFT, "hop_length": HOP, "window": torch.hann_window(N_FFT), "pad_mode": "constant"}
    power = (_mel_basis() @ torch.stft(waves, **frames, return_complex=True).abs() ** 2).numpy()  # type: ignore[arg-type]
    loudest = power.max(axis=(1, 2), keepdims=True)
    decibels = 10 * np.log10(np.maximum(power, 1e-10) / np.maximum(loudest, 1e-10))
    return ((np.maximum(decibels, -80.0) + 40) / 40).transpose(0, 2, 1).astype(np.float32)


@lru_cache
def _mel_basis() -> torch.Tensor:
    from librosa.filters import mel

    return torch.from_numpy(mel(sr=RATE, n_fft=N_FFT, n_mels=N_MELS))


def _weights(network: str) -> str:
    path = require("speechmos", "DNSMOS") / "dnsmos_models" / f"{network}.onnx"
    if not path.is_file():
        raise ConfigError(f"DNSMOS: its weights are missing at {path}: reinstall speechmos.")
    return str(path)


@lru_cache
def _session(network: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Evaluation runs one process per core; threads inside each would only stand in each other's way.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(_weights(network), options, providers=["CPUExecutionProvider"])
