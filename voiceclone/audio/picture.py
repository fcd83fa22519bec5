"""A picture of one clip: waveform, mel, pitch and energy above each other on one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.energy import energy
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.audio.pitch import f0

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def clip_picture(wave: np.ndarray, contract: AudioContract, title: str = "") -> Figure:
    """Draw a mono wave ``[L]`` at the contract's rate; ``clip_picture(...).savefig("clip.png")`` needs no display.

    All four panels are computed here, by the functions that prepare training data, so that the picture shows what
    the networks see.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 8), dpi=100, layout="constrained")
    panels = figure.subplots(4, 1, sharex=True, height_ratios=[1, 2, 1, 1])
    times = frame_times(contract.n_frames(len(wave)), contract)
    _draw_wave(panels[0], wave, contract)
    _draw_mel(panels[1], wave, contract)
    _draw_pitch(panels[2], f0(wave, contract), times)
    panels[3].plot(times, energy(wave, contract), linewidth=1)
    panels[3].set(ylabel="energy (dBFS)", xlabel="seconds")
    panels[0].set(title=title, xlim=(0, len(wave) / contract.sample_rate))
    for panel in (panels[0], panels[2], panels[3]):
        panel.grid(alpha=0.3)
    return figure


def frame_times(n_frames: int, contract: AudioContract) -> np.ndarray:
    """The centre ``[n_frames]`` of each frame, in seconds from the clip's start."""
    return (contract.first_frame_centre + contract.hop_length * np.arange(n_frames)) / contract.sample_rate


def _draw_wave(panel: Axes, wave: np.ndarray, contract: AudioContract) -> None:
    panel.plot(np.arange(len(wave)) / contract.sample_rate, wave, linewidth=0.4)
    panel.set(ylabel="amplitude")


def _draw_mel(panel: Axes, wave: np.ndarray, contract: AudioContract) -> None:
    with torch.inference_mode():
        mel = MelSpectrogram(contract)(torch.tensor(wave, dtype=torch.float32)[None])[0].numpy()
    first, half = contract.first_frame_centre / contract.sample_rate, 0.5 / contract.frame_rate
    extent = (first - half, first - half + mel.shape[1] / contract.frame_rate, 0, contract.n_mels)
    shown = np.log(mel + 1e-8) if contract.log == "none" else mel
    panel.imshow(shown, origin="lower", aspect="auto", extent=extent, cmap="magma", interpolation="nearest")
    panel.set(ylabel="mel band")


def _draw_pitch(panel: Axes, contour: np.ndarray, times: np.ndarray) -> None:
    panel.plot(times, np.where(contour > 0, contour, np.nan), linewidth=1.5)
    panel.set(ylabel="F0 (Hz)", ylim=(0, max(300.0, 1.1 * float(contour.max(initial=0.0)))))
