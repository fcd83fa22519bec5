"""The prepared clips of fine-tuning: the new speaker's, and those of the speakers not to be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf, open_dict

from recipes.stores import open_stores

if TYPE_CHECKING:
    import torch

    from recipes.tuning.stages import Trained, Tuning
    from voiceclone.data.batches import AcousticBatch
    from voiceclone.data.store import Store

# Clips of the voice's own corpus on which the vocoder is kept in mind of its speakers.
_OLD_CLIPS = 40


def old_stores(tuning: Tuning, stage: DictConfig) -> list[Store]:
    """The prepared stores of the voice's own corpora, with the embeddings of its speaker encoder."""
    if not tuning.cfg.corpus or tuning.cfg.replay == 0:
        return []
    own = stage.copy()
    with open_dict(own):
        own.corpus = OmegaConf.to_container(tuning.cfg.corpus, resolve=True)
    own.paths.store = str(tuning.cfg.paths.store)
    return with_embeddings(tuning, open_stores(own))


def old_subset(tuning: Tuning, stage: DictConfig) -> list[Store]:
    """A few clips of each of those stores, spread evenly, as stores in the run's folder."""
    from voiceclone.data.store import Store
    from voiceclone.data.store_export import export

    subset = []
    for store in old_stores(tuning, stage):
        target = tuning.folder / "store" / f"{store.path.name}-few"
        if not (target / "store.json").is_file():
            chosen = store.select(split="train")
            step = max(1, len(chosen) // _OLD_CLIPS)
            export(chosen.take(range(0, len(chosen), step)), target)
        subset.append(Store(target))
    return subset


def with_embeddings(tuning: Tuning, stores: list[Store]) -> list[Store]:
    """The stores with the embeddings that the voice's speaker encoder makes of their clips."""
    from voiceclone.data.embeddings import add_embeddings

    net, contract = tuning.voice.networks["speaker_encoder"], tuning.voice.encoder_audio
    return [add_embeddings(store, net, contract, tuning.embeddings) for store in stores]


def mean_embedding(tuning: Tuning, store: Store) -> list[float]:
    """The new speaker's, over the clips that are trained on: of unit length."""
    from voiceclone.data.embeddings import mean_embeddings

    found = mean_embeddings(store.select(split="train"), tuning.embeddings)
    return [round(float(value), 6) for value in found[str(tuning.cfg.speaker)]]


def predict(tuning: Tuning, acoustic: Trained, store: Store, vector: list[float] | None, name: str) -> None:
    """Give the clips of ``store`` the acoustic model's mels in the recordings' timing; ``vector`` says who speaks, or
    each clip's own embedding."""
    from voiceclone.data.module import VoiceDataModule
    from voiceclone.data.predicted import add_predicted_mels

    data = VoiceDataModule(
        [store], "acoustic", tuning.voice.audio, labels=tuning.labels, speaker_embedding=tuning.embeddings
    )
    batches = chain.from_iterable(_loaded(loader) for loader in (data.train_dataloader, data.val_dataloader))
    add_predicted_mels(store, batches, _predictor(acoustic.network.eval(), vector), name)


def _loaded(loader: Callable[[], Any]) -> Iterator[AcousticBatch]:
    yield from loader()


def _predictor(network: Any, vector: list[float] | None) -> Callable[[AcousticBatch], torch.Tensor]:
    import torch

    from voiceclone.models.acoustic import Conditions

    def predict(batch: AcousticBatch) -> torch.Tensor:
        speaker = batch.speaker_embedding if vector is None else torch.tensor(vector).expand(len(batch.ids), -1)
        asked = Conditions(speaker, batch.emotion, batch.intensity, language=batch.language, prosody=batch.prosody)
        return network(batch.symbols, batch.symbol_lengths, batch.mel, batch.mel_lengths, asked).mel_postnet

    return predict
