"""Prepared stores as training, validation and test batches of one task."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytorch_lightning as pl
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.data.collate import Reader
from voiceclone.data.collate_acoustic import AcousticReader
from voiceclone.data.collate_speaker import SpeakerReader
from voiceclone.data.collate_vocoder import VocoderReader
from voiceclone.data.cores import available_cores
from voiceclone.data.labels import Labels
from voiceclone.data.loader import BatchLoader
from voiceclone.data.samplers import Sampler
from voiceclone.data.store import Clips, Store, mel_name
from voiceclone.data.store_join import JoinedStore
from voiceclone.errors import ConfigError, DataError, did_you_mean
from voiceclone.models.emotion.labels import canonical

log = logging.getLogger(__name__)

Task = Literal["speaker", "acoustic", "vocoder"]
READERS: dict[str, Callable[..., Reader]] = {
    "speaker": SpeakerReader, "acoustic": AcousticReader, "vocoder": VocoderReader,
}  # fmt: skip


class VoiceDataModule(pl.LightningDataModule):
    """``stores`` (paths or opened) as one data set for ``task``; several are joined under one list of names.

    ``contract`` says whose mels are read: by default the stores' own, for the speaker task their encoder's.
    ``speakers``, ``emotions`` and ``languages`` restrict what is used; ``labels`` prescribes lists of names in the
    order that a trained model knows (see `Labels`). ``splits`` renames train, validation and test. ``options`` are
    those of the task's reader: `SpeakerReader`, `AcousticReader`, `VocoderReader`.

    Batches follow from ``seed`` and epoch alone, are shared out over the ranks of the trainer without overlap, and
    go on in mid-epoch when a checkpoint is resumed. Set ``use_distributed_sampler=False`` or leave it: both work.
    """

    def __init__(
        self,
        stores: Sequence[str | Path | Store],
        task: Task,
        contract: AudioContract | None = None,
        *,
        seed: int = 1234,
        num_workers: int | None = None,
        speakers: Sequence[str] | None = None,
        emotions: Sequence[str] | None = None,
        languages: Sequence[str] | None = None,
        labels: Mapping[str, Sequence[str]] | None = None,
        splits: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        if task not in READERS:
            raise ConfigError(f"data.task={task}: no such task. {did_you_mean(task, READERS)}")
        _check_options(task, options)
        opened = [store if isinstance(store, Store) else Store(store) for store in stores]
        self.stores, self.task, self.options, self.seed, self.num_workers = opened, task, options, seed, num_workers
        self.contract = contract or _own_contract(opened, task)
        for store in opened:
            _check_contract(store, self.contract, task)
        everything: Clips = opened[0] if len(opened) == 1 else JoinedStore(opened)
        emotions = None if emotions is None else [canonical(name) for name in emotions]
        self.clips = everything.select(speakers=speakers, emotions=emotions, languages=languages)
        self.labels = Labels.of(self.clips, labels)
        self._splits = {"train": "train", "validation": "validation", "test": "test", **(splits or {})}

    def facts(self) -> dict[str, Any]:
        """What networks must know of the data: ``n_symbols`` and the lists of names that batches number."""
        return {"n_symbols": len(self.stores[0].header["symbols"]["symbols"]), **self.labels.to_dict()}

    def train_dataloader(self) -> BatchLoader:
        loader = self._loader("train")
        if loader is None:
            raise DataError(f"no clips to train on: split '{self._splits['train']}' holds none that can be used.")
        return loader

    def val_dataloader(self) -> BatchLoader | list[Any]:
        return self._loader("validation") or []

    def test_dataloader(self) -> BatchLoader | list[Any]:
        return self._loader("test") or []

    def reader(self, split: str) -> Reader:
        """The clips of a split as the task sees them."""
        return self.read(self.chosen(split), training=split == "train")

    def chosen(self, split: str) -> Clips:
        """The clips of a split."""
        return self.clips.select(split=self._splits[split])

    def read(self, clips: Clips, training: bool) -> Reader:
        """``clips`` as the task sees them."""
        return READERS[self.task](clips, self.labels, self.contract, training=training, **self.options)

    def sampler(self, reader: Reader, split: str, world: int) -> Sampler:
        """Which clips of ``reader`` make up the batches of a split."""
        return reader.sampler(self.seed, world)

    def _loader(self, split: str) -> BatchLoader | None:
        rank, world = self._place()
        reader = self.reader(split)
        if not len(reader.clips):
            return None
        try:
            sampler = self.sampler(reader, split, world)
        except DataError as error:
            if split == "train":
                raise
            log.warning("%s: nothing is measured on it, because %s", split, error)
            return None
        for note in sampler.notes if rank == 0 else ():
            log.warning("%s: %s.", split, note)
        workers = _n_workers(world) if self.num_workers is None else self.num_workers
        training = split == "train"
        return BatchLoader(
            reader, sampler, rank, workers,
            pin_memory=torch.cuda.is_available(),
            fixed=not training,
            finished=self._batches_finished if training and self.trainer is not None else None,
        )  # fmt: skip

    def _batches_finished(self) -> int:
        assert self.trainer is not None
        progress: Any = self.trainer.fit_loop.epoch_loop.batch_progress.current
        return progress.processed

    def _place(self) -> tuple[int, int]:
        """Rank and number of ranks: the trainer's. Who asks for batches without one wants them all, on any rank."""
        return (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)


def _check_options(task: str, options: Mapping[str, Any]) -> None:
    parameters = inspect.signature(READERS[task]).parameters.values()
    known = [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    for name in options:
        if name not in known:
            raise ConfigError(f"data.{name}: the {task} task has no such option. {did_you_mean(name, known)}")


def _own_contract(stores: Sequence[Store], task: str) -> AudioContract:
    if not stores:
        raise DataError("no store to read: prepare a corpus first.")
    name = stores[0].header["encoder_audio" if task == "speaker" else "audio"]
    if name is None:
        raise DataError(f"{stores[0].path}: holds no mels for a speaker encoder. Prepare it with encoder_audio.")
    return stores[0].contracts[name]


def _check_contract(store: Store, contract: AudioContract, task: str) -> None:
    """The mels must be there, and lie on the waveform as its own do where both are read."""
    own = store.contract
    if mel_name(contract) not in store.specs:
        made = "; ".join(str(known) for known in store.contracts.values())
        raise DataError(
            f"{store.path}: holds no mels of {contract}, only of {made}. Prepare the corpus with the audio and "
            "encoder_audio that are trained with."
        )
    if task != "speaker" and (contract.sample_rate, contract.hop_length) != (own.sample_rate, own.hop_length):
        raise DataError(f"{store.path}: its waveforms and pitch are made for {own}, not for {contract}.")


def _n_workers(world: int) -> int:
    """As many as keep a device fed, but not where they would take the only cores from the training itself."""
    cores = len(available_cores())
    return 0 if cores <= 2 else min(8, cores // world)
