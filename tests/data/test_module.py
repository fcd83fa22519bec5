"""The data module under a real trainer: resumed in mid-epoch, shared out over ranks, the same with any workers."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from torch import Tensor
from toy_store import CONTRACT, clip, make_store

from voiceclone.audio.contract import AudioContract
from voiceclone.data.module import VoiceDataModule
from voiceclone.data.store import Store
from voiceclone.errors import ConfigError, DataError

SEGMENT = 16 * CONTRACT.hop_length


def people(folder: Path, n: int = 40, corpus: str = "toy", **fields: Any) -> Store:
    splits = ["train"] * 8 + ["validation", "test"]
    clips = [clip(f"c{i}", speaker=f"s{i % 4}", split=splits[i % 10], **fields) for i in range(n)]
    return make_store(folder, clips, frames=[30 + 7 * (i % 13) for i in range(n)], corpus=corpus)


class Listener(pl.LightningModule):
    """Notes which clips it is shown, and what part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.heard: list[tuple[int, list[str], float]] = []
        self.validated: list[str] = []

    def training_step(self, batch: Any, index: int) -> Tensor:
        self.heard.append((self.current_epoch, batch.ids, float(batch.mel.sum())))
        return self.weight * 0

    def validation_step(self, batch: Any, index: int) -> None:
        self.validated += batch.ids

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def data(store: Store, **options: Any) -> VoiceDataModule:
    settings = {"task": "vocoder", "batch_size": 4, "segment_samples": SEGMENT, "num_workers": 0, **options}
    return VoiceDataModule([store], **settings)


class StopAt(pl.Callback):
    """Saves a checkpoint after so many steps and interrupts the run, or interrupts it in the middle of a step."""

    def __init__(self, step: int, path: Path, inside: bool) -> None:
        self.step, self.path, self.inside = step, path, inside

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if not self.inside and trainer.global_step == self.step:
            trainer.save_checkpoint(self.path)
            raise KeyboardInterrupt

    def on_before_backward(self, trainer: pl.Trainer, *_: Any) -> None:
        if self.inside and trainer.global_step == self.step:
            raise KeyboardInterrupt

    def on_exception(self, trainer: pl.Trainer, *_: Any) -> None:
        if self.inside:
            trainer.save_checkpoint(self.path)


def fit(store: Store, ckpt: Path | None = None, callbacks: Sequence[pl.Callback] = (), **limits: Any) -> Listener:
    quiet = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    trainer, listener = pl.Trainer(accelerator="cpu", callbacks=list(callbacks), **quiet, **limits), Listener()
    with suppress(SystemExit):  # how the trainer ends after an interruption
        trainer.fit(listener, data(store), ckpt_path=ckpt, weights_only=True)
    return listener


@pytest.mark.parametrize("inside", [False, True], ids=["between steps", "inside a step"])
@pytest.mark.parametrize("stop", [3, 8, 11])  # in the first epoch of eight batches, at its end, in the second
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path, stop: int, inside: bool) -> None:
    store, saved = people(tmp_path), tmp_path / "stopped.ckpt"
    unbroken = fit(store, max_epochs=3)
    first = fit(store, max_epochs=3, callbacks=[StopAt(stop, saved, inside)])
    rest = fit(store, ckpt=saved, max_epochs=3)
    assert len(unbroken.heard) == 24
    assert first.heard[:stop] + rest.heard == unbroken.heard
    assert set(rest.validated) == set(unbroken.validated)


def test_epochs_differ_and_validation_does_not(tmp_path: Path) -> None:
    listener = fit(people(tmp_path), max_epochs=2, num_sanity_val_steps=0)
    first, second = ([ids for epoch, ids, _ in listener.heard if epoch == number] for number in (0, 1))
    assert first != second
    assert sorted(chain(*first)) == sorted(chain(*second))
    assert listener.validated == ["c8", "c18", "c28", "c38"] * 2


def test_a_loader_takes_up_an_epoch_where_its_state_says(tmp_path: Path) -> None:
    store = people(tmp_path)
    loader = data(store).train_dataloader()
    loader.sampler.set_epoch(2)
    batches = iter(loader)
    seen = [next(batches).ids for _ in range(3)]
    state = loader.state_dict()
    assert state == {"epoch": 2, "finished": 3}
    fresh = data(store).train_dataloader()
    fresh.load_state_dict(state)
    rest = [batch.ids for batch in fresh]
    whole = data(store).train_dataloader()
    whole.sampler.set_epoch(2)
    assert seen + rest == [batch.ids for batch in whole]
    assert len(list(fresh)) == len(fresh)  # the epoch after it is a whole one again


def test_batches_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    store = people(tmp_path)

    def epoch(workers: int) -> list[tuple[list[str], float]]:
        torch.manual_seed(workers)
        loader = data(store, num_workers=workers).train_dataloader()
        state = torch.get_rng_state()
        batches = [(batch.ids, float(batch.wave.sum())) for batch in loader]
        assert torch.equal(torch.get_rng_state(), state)  # dropout must not notice that an epoch has begun
        return batches

    assert epoch(0) == epoch(2)
    assert [ids for ids, _ in epoch(0)] != [b.ids for b in data(store, seed=7).train_dataloader()]


@pytest.mark.parametrize(
    "task",
    [{"task": "vocoder", "batch_size": 3, "segment_samples": SEGMENT}, {"task": "acoustic", "frames_per_batch": 400}],
)
def test_ranks_share_out_an_epoch(tmp_path: Path, task: dict[str, Any]) -> None:
    store = people(tmp_path)
    ranks = []
    for rank in range(3):
        module = VoiceDataModule([store], num_workers=0, **task)
        module.trainer = SimpleNamespace(global_rank=rank, world_size=3)
        ranks.append([batch.ids for batch in module.train_dataloader()])
    assert len({len(batches) for batches in ranks}) == 1
    clips = [set(chain(*batches)) for batches in ranks]
    assert sum(map(len, clips)) == len(set.union(*clips)) >= 27


def test_without_a_trainer_all_batches_are_there_on_every_rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an acoustic model predicts of a corpus must not lack the other ranks' share."""
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    module = VoiceDataModule([people(tmp_path)], "acoustic", frames_per_batch=200, require_text=False, num_workers=0)
    seen = [ident for batch in module.train_dataloader() for ident in batch.ids]
    assert len(seen) == len(set(seen)) == len(module.chosen("train"))


def test_joined_stores_have_one_list_of_speakers_and_emotions(tmp_path: Path) -> None:
    one = people(tmp_path, corpus="one", emotion="sad", language="zh")
    two = people(tmp_path, corpus="two", emotion="neutral")
    module = VoiceDataModule([one.path, two], "acoustic", num_workers=0)
    facts = module.facts()
    assert facts["speakers"] == [f"{corpus}/s{i}" for corpus in ("one", "two") for i in range(4)]
    assert (facts["emotions"], facts["languages"]) == (["neutral", "sad"], ["en-us", "zh"])
    for batch in module.train_dataloader():
        for row, ident in enumerate(batch.ids):
            corpus = ident.split("/")[0]
            assert facts["speakers"][batch.speaker[row]].startswith(corpus)
            assert facts["emotions"][batch.emotion[row]] == {"one": "sad", "two": "neutral"}[corpus]


def test_training_and_validation_number_their_speakers_alike(tmp_path: Path) -> None:
    clips = [clip("a", speaker="x"), clip("b", speaker="y"), clip("c", speaker="z", split="validation")]
    module = VoiceDataModule([make_store(tmp_path, clips)], "acoustic", num_workers=0)
    (batch,) = module.val_dataloader()
    assert module.labels.speakers[batch.speaker[0]] == "z"


def test_data_can_be_restricted_to_speakers_and_emotions(tmp_path: Path) -> None:
    clips = [clip("a", speaker="x", emotion="sad"), clip("b", speaker="y", emotion="sad"), clip("c", speaker="x")]
    store = make_store(tmp_path, clips)
    module = data(store, speakers=["x"], emotions=["悲伤"])
    assert [item.id for item in module.clips] == ["a"]
    assert module.labels.speakers == ("x",)
    with pytest.raises(DataError, match="speaker=w"):
        data(store, speakers=["w"])


def test_a_trained_models_numbering_can_be_kept(tmp_path: Path) -> None:
    store = make_store(tmp_path, [clip("a", speaker="new", emotion="sad")])
    module = data(store, labels={"emotions": ["neutral", "happy", "sad"]})
    assert module.labels.codes(module.clips, "emotion").tolist() == [2]
    with pytest.raises(DataError, match="emotion 'sad' of the data is unknown to the model"):
        VoiceDataModule([store], "acoustic", labels={"emotions": ["happy"]}).train_dataloader()


def test_what_repeats_or_is_left_out_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    module = VoiceDataModule(
        [people(tmp_path)], "speaker", num_workers=0, n_speakers=64, n_utterances=50, partial_frames=16
    )
    with caplog.at_level(logging.WARNING):
        list(module.train_dataloader())
    assert [record.getMessage() for record in caplog.records] == [
        "train: 4 speakers, not the 64 asked for: all are in every batch.",
        "train: 4 speakers have fewer than 50 clips: theirs repeat in a batch.",
    ]


def test_no_validation_clips_means_no_validation(tmp_path: Path) -> None:
    store = make_store(tmp_path, [clip(f"c{i}") for i in range(8)])
    listener = fit(store, max_epochs=1)
    assert (len(listener.heard), listener.validated) == (2, [])


def test_a_validation_split_that_cannot_be_batched_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = [clip(f"c{i}", speaker=f"s{i % 3}", split="validation" if i % 3 == 2 else "train") for i in range(12)]
    module = VoiceDataModule([make_store(tmp_path, clips)], "speaker", num_workers=0, n_speakers=2, n_utterances=4)
    assert len(module.train_dataloader()) == 1
    assert module.val_dataloader() == []
    assert "validation: nothing is measured on it" in caplog.text


def test_nothing_to_train_on_is_an_error(tmp_path: Path) -> None:
    store = make_store(tmp_path, [clip("a", split="test")])
    with pytest.raises(DataError, match="no clips to train on: split 'train'"):
        data(store).train_dataloader()


def test_mistakes_in_the_configuration_are_named(tmp_path: Path) -> None:
    store = people(tmp_path)
    with pytest.raises(ConfigError, match=r"data.task=vocodr.*Did you mean 'vocoder'"):
        VoiceDataModule([store], "vocodr")
    with pytest.raises(
        ConfigError, match=r"data.batchsize: the vocoder task has no such option. Did you mean 'batch_size'"
    ):
        data(store, batchsize=3)
    other = AudioContract(1600, 64, 16, 64, 9, 0, 800)
    with pytest.raises(DataError, match="holds no mels of"):
        data(store, contract=other)
    with pytest.raises(DataError, match="no store to read"):
        VoiceDataModule([], "vocoder")


def test_no_single_clip_can_exhaust_memory(tmp_path: Path) -> None:
    frames = [20] * 30 + [400]
    store = make_store(tmp_path, [clip(f"c{i}") for i in range(31)], frames)
    batches = list(VoiceDataModule([store], "acoustic", num_workers=0, frames_per_batch=500).train_dataloader())
    assert max(batch.mel.shape[0] * batch.mel.shape[2] for batch in batches) <= 500
    assert sum(len(batch.ids) for batch in batches) == 31
    assert np.mean([len(batch.ids) for batch in batches]) > 10


class Ledger(pl.Callback):
    """Writes down which clips each rank was trained on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_train_batch_end(self, trainer: pl.Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        with open(self.folder / f"rank{trainer.global_rank}", "a") as out:
            out.writelines(f"{trainer.current_epoch} {ident}\n" for ident in batch.ids)


@pytest.mark.slow
def test_two_processes_train_on_every_clip_once(tmp_path: Path) -> None:
    store = people(tmp_path)
    trainer = pl.Trainer(
        accelerator="cpu", devices=2, strategy="ddp_spawn", max_epochs=2, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, callbacks=[Ledger(tmp_path)],
    )  # fmt: skip
    trainer.fit(Listener(), VoiceDataModule([store], "acoustic", num_workers=0, frames_per_batch=400))
    ranks = [(tmp_path / f"rank{rank}").read_text().splitlines() for rank in range(2)]
    assert sorted(ranks[0] + ranks[1]) == sorted(
        f"{epoch} {item.id}" for epoch in (0, 1) for item in store.select("train")
    )
