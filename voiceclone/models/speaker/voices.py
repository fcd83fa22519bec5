"""Does one person speak in a recording, or two?"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from torch.nn.functional import normalize

# Two groups of windows so far apart, and so many times farther than a group is wide, are two voices. Of stretches of
# one speaker 1 % are (3 % of actors who change their mood), of two unlike speakers all, of two alike most.
_LEAST_DISTANCE = 0.27
_MOST_SEPARATION = 2.2
# A voice has to be heard in so many windows to count: about four seconds.
_LEAST_WINDOWS = 4
_N_ROUNDS = 10
# A longer recording is heard in runs of windows, whose means vary less: one actor in all emotions keeps below this,
# nineteen of twenty mixtures of two people, half and half, lie above.
_RUN, _LEAST_RUNS, MOST_SEPARATION_OF_RUNS = 3, 2, 3.1
# Groups no farther apart are moods of one voice, however narrow they are.
_ONE_VOICE = 0.15


def check_voices(partials: Tensor, name: str) -> None:
    """Warn if the windows' embeddings ``[P, D]`` of one recording fall into two groups far apart."""
    distance, width = two_groups(partials)
    if distance > max(_LEAST_DISTANCE, _MOST_SEPARATION * width):
        warnings.warn(
            f"{name}: two very different voices speak, and the clone would be a mixture of them. Cut out the parts "
            f"of one person, or record one person alone for 3 to 10 seconds.",
            stacklevel=3,
        )


def separation_of_runs(partials: Tensor) -> float:
    """Distance of the two groups of windows ``[P, D]`` in the order of time, each three in a row taken together, in
    widths of a group; 0 where the groups are too much alike to be two people."""
    runs = partials[: len(partials) // _RUN * _RUN].unflatten(0, (-1, _RUN)).mean(dim=1)
    distance, width = two_groups(normalize(runs, dim=1), _LEAST_RUNS)
    return 0.0 if distance < _ONE_VOICE else distance / max(width, 1e-6)


def two_groups(partials: Tensor, least: int = _LEAST_WINDOWS) -> tuple[float, float]:
    """How far apart the two groups of unit ``partials [P, D]`` lie, and how wide they are; zeros if one has fewer than
    ``least``.

    Both are one minus the cosine. The groups are found by two-means on the sphere, beginning with the two windows that
    are least alike.
    """
    if len(partials) < 2 * least:
        return 0.0, 0.0
    cosines = partials @ partials.T
    centres = partials[[*divmod(int(cosines.argmin()), len(partials))]]
    for _ in range(_N_ROUNDS):
        nearest = (partials @ centres.T).argmax(1)
        if min(int(nearest.sum()), int((1 - nearest).sum())) < least:
            return 0.0, 0.0
        centres = normalize(torch.stack([partials[nearest == group].mean(0) for group in (0, 1)]), dim=1)
    width = 1 - (partials * centres[nearest]).sum(1).mean()
    return float(1 - centres[0] @ centres[1]), float(width)
