"""Embeddings as a picture: what separates speakers, laid flat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# More speakers than this have no name beside their points, which could not be read any more.
_MOST_NAMES = 24


def project(embeddings: Tensor, speakers: Tensor) -> tuple[Tensor, float]:
    """``embeddings [n, D]`` of ``speakers [n]`` to points ``[n, 2]``, and the share of the variance they keep.

    The plane is spanned by the two main directions of the speakers' means, so that it shows how speakers differ and
    how far one speaker's clips scatter.
    """
    centred = embeddings.float().cpu() - embeddings.float().cpu().mean(0)
    means = torch.stack([centred[speakers.cpu() == speaker].mean(0) for speaker in speakers.cpu().unique()])
    _, _, directions = torch.linalg.svd(means, full_matrices=False)
    points = centred @ directions[:2].T
    if points.shape[1] < 2:
        points = torch.nn.functional.pad(points, (0, 2 - points.shape[1]))
    return points, float(points.square().sum() / centred.square().sum().clamp(min=1e-12))


def draw_embeddings(embeddings: Tensor, speakers: Tensor, names: Sequence[str] | None = None) -> Figure:
    """The projection with a colour and a marker for each speaker; ``names`` are those of the speakers' numbers."""
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    points, kept = project(embeddings, speakers)
    figure = Figure(figsize=(8, 7), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    found = speakers.cpu().unique().tolist()
    for index, speaker in enumerate(found):
        chosen = points[speakers.cpu() == speaker]
        colour, marker = colormaps["tab10"](index % 10), "osD^vP"[index // 10 % 6]
        label = names[speaker] if names is not None else str(speaker)
        axes.scatter(chosen[:, 0], chosen[:, 1], s=28, color=colour, marker=marker, alpha=0.7, label=label)
    if len(found) <= _MOST_NAMES:
        axes.legend(title="speaker", fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    axes.set_title(f"{len(points)} clips of {len(found)} speakers, {kept:.0%} of their variance")
    axes.set_xlabel("first direction between speakers")
    axes.set_ylabel("second direction between speakers")
    axes.set_aspect("equal", "datalim")
    return figure
