"""Pictures for the report, each as a data URI that needs no file beside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from voiceclone.metrics.frames import HOP_SECONDS, log_mel
from voiceclone.metrics.voicing import voicing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 110
IN_A_ROW = 3
# Shapes of the embedding map, for matplotlib and as they are written. Names stand in the page, not in pictures, whose
# fonts may lack a reader's script.
MARKERS = {"o": "●", "^": "▲", "s": "■", "D": "◆", "v": "▼", "P": "✚", "X": "✖", "*": "★"}
INK = "#5b6470"
COLOURS = ("#2f6db3", "#d9822b", "#3f9b6c", "#8c5fb0", "#b8493f", "#6b7c1f", "#c05c94", "#4d4d4d")


def spectrogram(waves: Mapping[str, np.ndarray], sample_rate: int, alignment: np.ndarray | None = None) -> str:
    """Log-mels with F0 drawn over them, three in a row on time axes of one length; then the attention if known.

    ``waves``: title -> ``[L]``; ``alignment``: attention weights ``[T, N]`` of frames over symbols.
    """
    panels = len(waves) + (alignment is not None)
    rows = -(-panels // IN_A_ROW)
    figure, axes = _figure(9.5, 2.4 * rows, rows, min(panels, IN_A_ROW))
    longest = max(len(wave) for wave in waves.values()) / sample_rate
    for axis, (title, wave) in zip(axes, waves.items(), strict=False):
        _mel(axis, wave, sample_rate, title)
        axis.set_xlim(0, longest)
    if alignment is not None:
        axis = axes[len(waves)]
        axis.imshow(alignment.T, origin="lower", aspect="auto", cmap="viridis", interpolation="nearest")
        axis.set_title("attention: symbols over frames", fontsize=8, loc="left", color=INK)
        axis.tick_params(labelsize=7)
    for unused in axes[panels:]:
        unused.set_visible(False)
    return _uri(figure)


def embedding_map(embeddings: Mapping[str, Mapping[str, Sequence[float]]], speakers: Mapping[str, str]) -> str:
    """Speaker embeddings on their two principal axes; colour is the speaker, shape the system: see `map_legend`.

    ``embeddings``: system -> clip id -> ``[D]``; ``speakers``: clip id -> name.
    """
    figure, (axis,) = _figure(6.4, 4.4)
    everyone = np.array([e for of_system in embeddings.values() for e in of_system.values()])
    centre = everyone.mean(axis=0)
    plane = np.linalg.svd(everyone - centre, full_matrices=False)[2][:2]
    colour_of = _colours(speakers)
    for marker, of_system in zip(cycle(MARKERS), embeddings.values(), strict=False):
        points = (np.array(list(of_system.values())) - centre) @ plane.T
        colours = [colour_of[speakers[i]] if i in speakers else INK for i in of_system]
        axis.scatter(points[:, 0], points[:, 1], c=colours, marker=marker, s=34, alpha=0.75, linewidths=0)
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)
    return _uri(figure)


def map_legend(systems: Iterable[str], speakers: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """``systems``: (shape, name); ``speakers``: (colour, name), none where there are too many to tell apart."""
    colours = _colours(speakers)
    return {
        "systems": list(zip(cycle(MARKERS.values()), systems, strict=False)),
        "speakers": [(colour, name) for name, colour in colours.items()] if len(colours) <= len(COLOURS) else [],
    }


def _colours(speakers: Mapping[str, str]) -> dict[str, str]:
    return dict(zip(sorted(set(speakers.values())), cycle(COLOURS), strict=False))


def confusion(counts: np.ndarray, labels: Sequence[str]) -> str:
    """How often each emotion meant (rows ``[K]``) was heard as which (columns ``[K]``), in shares of the row."""
    figure, (axis,) = _figure(0.75 * len(labels) + 1.4, 0.62 * len(labels) + 1.1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        colour = "white" if shares[row, column] > 0.5 else "#20242a"
        axis.text(column, row, str(int(counts[row, column])), ha="center", va="center", fontsize=9, color=colour)
    axis.set_xticks(range(len(labels)), labels, rotation=30, ha="right", fontsize=8)
    axis.set_yticks(range(len(labels)), labels, fontsize=8)
    axis.set_xlabel("heard", fontsize=8, color=INK)
    axis.set_ylabel("meant", fontsize=8, color=INK)
    return _uri(figure)


def _mel(axis: Axes, wave: np.ndarray, sample_rate: int, title: str) -> None:
    mel = log_mel(wave.astype(np.float32), sample_rate)
    extent = (0, len(mel) * HOP_SECONDS, 0, mel.shape[1])
    top = float(mel.max())
    axis.imshow(mel.T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=top - 9, vmax=top)
    axis.set_title(f"{title}: mel over seconds, F0 in blue", fontsize=8, loc="left", color=INK)
    axis.set_yticks([])
    melody = axis.twinx()
    f0 = voicing(wave.astype(np.float32), sample_rate).f0
    melody.plot(np.arange(len(f0)) * HOP_SECONDS, np.where(f0 > 0, f0, np.nan), color="#7fe3ff", linewidth=1.2)
    melody.set_ylim(50, 500)
    melody.set_ylabel("F0, Hz", fontsize=7, color=INK)
    melody.tick_params(labelsize=7)
    axis.tick_params(labelsize=7)


def _figure(width: float, height: float, rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    # The object itself, not pyplot: no state is left behind, and no screen is looked for.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=DOTS_PER_INCH, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def _uri(figure: Figure) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
