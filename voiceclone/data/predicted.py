"""What an acoustic model makes of prepared clips with their own timing, kept in the store beside the recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from voiceclone.data.batches import AcousticBatch
from voiceclone.data.store import Item, Store
from voiceclone.data.store_layers import add_array

Predict = Callable[[AcousticBatch], Tensor]


def add_predicted_mels(store: Store, batches: Iterable[AcousticBatch], predict: Predict, name: str) -> Store:
    """Give the clips in ``batches`` an array ``name``: the mel ``[B, n_mels, T]`` that ``predict`` makes of a batch.

    A vocoder tuned on these hears in training what it will hear in use (Shen et al. 2018). Clips that have their
    array already are not predicted again.
    """

    def produce(items: Iterator[Item]) -> Iterable[tuple[str, np.ndarray]]:
        missing = {item.id for item in items}
        for batch in batches:
            if missing.isdisjoint(batch.ids):
                continue
            with torch.inference_mode():
                mels = predict(batch).float().cpu()
            for ident, mel, length in zip(batch.ids, mels, batch.mel_lengths.tolist(), strict=True):
                if ident in missing:
                    yield ident, mel[:, :length].T.contiguous().numpy()

    return add_array(store, name, produce, per="frame")
