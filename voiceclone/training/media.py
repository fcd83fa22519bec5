"""Sounds and pictures for whichever loggers can show them; matplotlib is imported when the first picture is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytorch_lightning.loggers import TensorBoardLogger, WandbLogger
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def log_audio(loggers: Sequence[Any], name: str, wave: Tensor, sample_rate: int, step: int) -> None:
    """Put ``wave`` ``[L]`` under ``name`` into TensorBoard and Weights & Biases; other loggers are passed by."""
    samples = wave.detach().float().clamp(-1, 1).cpu()
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_audio(name, samples[None], step, sample_rate)
        elif isinstance(logger, WandbLogger):
            logger.log_audio(name, [samples.numpy()], step, sample_rate=[sample_rate])


def log_figure(loggers: Sequence[Any], name: str, figure: Figure, step: int) -> None:
    """Put ``figure`` under ``name`` into TensorBoard and Weights & Biases; other loggers are passed by."""
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_figure(name, figure, step, close=False)
        elif isinstance(logger, WandbLogger):
            logger.log_image(name, [figure], step)


def draw_mels(mels: Mapping[str, Tensor], frame_rate: float) -> Figure:
    """Mels ``[n_mels, T]`` below one another under their names, in one range of colours; needs no display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.2 * len(mels)), layout="constrained")
    FigureCanvasAgg(figure)
    low = min(float(mel.min()) for mel in mels.values())
    high = max(float(mel.max()) for mel in mels.values())
    rows = figure.subplots(len(mels), 1, squeeze=False)[:, 0]
    for axes, (name, mel) in zip(rows, mels.items(), strict=True):
        extent = (0, mel.shape[1] / frame_rate, 0, mel.shape[0])
        image = mel.detach().float().cpu().numpy()
        axes.imshow(image, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high)
        axes.set(title=name, xlabel="seconds", ylabel="mel band")
    return figure
