"""Does one person speak in a recording, or two?"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor
from torch.nn.functional import normalize

# Two groups of windows this many times farther apart than a group is wide are two voices.
_MOST_SEPARATION = 2.5
# A voice has to be heard in so many windows to count.
_LEAST_WINDOWS = 3
_N_ROUNDS = 10
# A longer recording is heard in runs of windows, whose means vary less: one actor in all emotions keeps below this,
# nineteen of twenty mixtures of two people, half and half, lie above.
_RUN, _LEAST_RUNS, MOST_SEPARATION_OF_RUNS = 3, 2, 3.1
# Groups whose centres are that much alike (cosine) are moods of one voice, however narrow they are.
_ONE_VOICE = 0.85


def check_voices(partials: Tensor, name: str) -> None:
    """Warn if the windows' embeddings ``[P, D]`` of one recording fall into two groups far apart."""
    if separation(partials) > _MOST_SEPARATION:
        warnings.warn(
            f"{name}: two very different voices speak, and the clone would be a mixture of them. Cut out the parts "
            f"of one person, or record one person alone for 3 to 10 seconds.",
            stacklevel=3,
        )


def separation_of_runs(partials: Tensor) -> float:
    """`separation` for windows ``[P, D]`` in the order of time, each three in a row taken together; 0 where the two
    groups are too much alike to be two people."""
    runs = partials[: len(partials) // _RUN * _RUN].unflatten(0, (-1, _RUN)).mean(dim=1)
    return separation(normalize(runs, dim=1), _LEAST_RUNS, _ONE_VOICE)


def separation(partials: Tensor, least: int = _LEAST_WINDOWS, most_alike: float = 1.0) -> float:
    """Distance between the two groups that unit ``partials [P, D]`` fall into, in widths of a group; 0 if one has
    fewer than ``least``, or if the cosine of their centres is over ``most_alike``.

    Distances are one minus the cosine. The groups are found by two-means on the sphere, beginning with the two
    windows that are least alike.
    """
    if len(partials) < 2 * least:
        return 0.0
    cosines = partials @ partials.T
    centres = partials[[*divmod(int(cosines.argmin()), len(partials))]]
    for _ in range(_N_ROUNDS):
        nearest = (partials @ centres.T).argmax(1)
        if min(int(nearest.sum()), int((1 - nearest).sum())) < least:
            return 0.0
        centres = normalize(torch.stack([partials[nearest == group].mean(0) for group in (0, 1)]), dim=1)
    if float(centres[0] @ centres[1]) > most_alike:
        return 0.0
    width = 1 - (partials * centres[nearest]).sum(1).mean()
    return float((1 - centres[0] @ centres[1]) / width.clamp(min=1e-6))
