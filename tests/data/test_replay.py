"""A new speaker's clips among those of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_store import clip, make_store

from voiceclone.data.replay import FewShotDataModule
from voiceclone.errors import ConfigError


@pytest.fixture
def stores(tmp_path: Path) -> tuple[Path, Path]:
    new = [
        clip(f"new{n}", speaker="eva", split=split) for n, split in enumerate(["train"] * 4 + ["validation", "test"])
    ]
    old = [clip(f"old{n}", speaker="anna", split="validation" if n == 0 else "train") for n in range(20)]
    lengths = [20 + 3 * n for n in range(20)]
    return make_store(tmp_path, new, 50, "few").path, make_store(tmp_path, old, lengths, "big").path


def data(stores: tuple[Path, Path], **settings: object) -> FewShotDataModule:
    return FewShotDataModule(
        [stores[0]], "acoustic", new_speaker="eva", base=[stores[1]], max_clips=2, **settings  # type: ignore[arg-type]
    )  # fmt: skip


def ids(loader: object) -> list[list[str]]:
    return [batch.ids for batch in loader]  # type: ignore[attr-defined]


def test_every_batch_holds_as_many_old_clips_as_new_ones(stores: tuple[Path, Path]) -> None:
    batches = ids(data(stores).train_dataloader())
    assert [[name.split("/")[0] for name in batch].count("few") for batch in batches] == [2, 2]
    assert [[name.split("/")[0] for name in batch].count("big") for batch in batches] == [2, 2]
    assert sorted(name for batch in batches for name in batch if "few" in name) == [f"few/new{n}" for n in range(4)]


def test_other_old_clips_are_drawn_every_epoch_and_none_that_pads_the_batch_out(stores: tuple[Path, Path]) -> None:
    loader, drawn = data(stores, replay=2.0).train_dataloader(), []
    for epoch in range(6):
        loader.sampler.set_epoch(epoch)
        drawn.append(frozenset(name for batch in ids(loader) for name in batch if "big" in name))
    assert len(set(drawn)) > 1
    longest = max(int(name.removeprefix("big/old")) for epoch in drawn for name in epoch)
    assert 20 + 3 * longest <= 1.25 * 50


def test_only_the_new_speaker_is_validated_and_tested(stores: tuple[Path, Path]) -> None:
    module = data(stores)
    assert ids(module.val_dataloader()) == [["few/new4"]]
    assert ids(module.test_dataloader()) == [["few/new5"]]
    assert module.facts()["new_speaker"] == "few/eva"


def test_without_replay_the_new_clips_stand_alone(stores: tuple[Path, Path]) -> None:
    module = data(stores, replay=0.0)
    assert module.facts()["speakers"] == ["eva"]
    assert module.facts()["new_speaker"] == "eva"
    assert sorted(np.concatenate(ids(module.train_dataloader()))) == [f"new{n}" for n in range(4)]
    with pytest.raises(ConfigError, match="replay=-1"):
        data(stores, replay=-1)
