"""The mels on which a vocoder is tuned to an acoustic model: its own, made with the recordings' timing."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

from recipes.stores import open_stores
from recipes.trained import load_config, load_task


def predicted_name(run: Path) -> str:
    """The store's array that holds the mels of the acoustic model trained in ``run``."""
    return f"mel_predicted@{run.name.rpartition('-')[2]}"


def predict_corpora(run: Path) -> None:
    """Add the mels of the acoustic model trained in ``run`` to the stores it was trained on; what is there stays."""
    from hydra.utils import instantiate

    from voiceclone.data.predicted import add_predicted_mels

    cfg = load_config(run)
    task: Any = load_task(run)[0]
    # Speakers are known by their embeddings, so each store can be read alone; the other names are the model's.
    labels = {"emotions": list(cfg.facts.emotions), "languages": list(cfg.facts.languages)}
    for store in open_stores(cfg):
        data = instantiate(cfg.data, stores=[store], labels=labels)
        batches = chain(data.train_dataloader(), data.val_dataloader())
        add_predicted_mels(store, batches, lambda batch: task(batch).mel_postnet, predicted_name(run))
