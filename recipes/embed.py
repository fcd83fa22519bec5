"""Every prepared clip gets the embedding of a trained speaker encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from recipes.stores import open_stores
from recipes.trained import load_task


def embed_corpora(cfg: DictConfig, run: Path) -> str:
    """Add the embeddings of the encoder trained in ``run`` to the stores of ``cfg.corpus``; returns their array's name.

    Clips that have them already are passed over.
    """
    from hydra.utils import instantiate

    from voiceclone.data.embeddings import add_embeddings

    name = embedding_name(run)
    task, trained = load_task(run)
    network: Any = task.network
    for store in open_stores(cfg):
        add_embeddings(store, network, instantiate(trained.encoder_audio), name)
    return name


def embedding_name(run: Path) -> str:
    """The store's array that holds the embeddings of the encoder trained in ``run``."""
    return f"speaker_embedding@{run.name.rpartition('-')[2]}"
