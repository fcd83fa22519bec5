"""Going on from a model with other symbols, emotions or languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from voiceclone.checkpoints.warm_start import acoustic_rows, warm_start
from voiceclone.errors import CheckpointError, ConfigError
from voiceclone.models.acoustic import Conditioning, MelodyPredictor, Tacotron2
from voiceclone.models.emotion.space import EmotionSpace

OLD = {"symbols": list("_abcdefghijk"), "emotions": ["neutral", "happy", "sad"], "languages": ["en"]}
NEW = {"symbols": list("_kxa"), "emotions": ["angry", "sad", "neutral"], "languages": ["de", "en"]}


def model(build: Callable, names: dict[str, list[str]]) -> Tacotron2:
    space, melody = EmotionSpace(names["emotions"], 5), MelodyPredictor(8, 6, 5, n_symbols=len(names["symbols"]))
    parts = Conditioning(8, 10, 4, emotion=space, languages=names["languages"], predict_prosody=True, melody=melody)
    net = build(parts)
    net.encoder.embedding = nn.Embedding(len(names["symbols"]), 8)
    for weight in net.parameters():
        nn.init.normal_(weight)
    return net


def test_rows_go_to_where_their_name_is_and_new_ones_are_named(build: Callable) -> None:
    old, new = model(build, OLD), model(build, NEW)
    before = new.encoder.embedding.weight.clone()
    report = warm_start(new, old.state_dict(), acoustic_rows(OLD, NEW))
    symbols = new.encoder.embedding.weight
    assert torch.equal(symbols[1], old.encoder.embedding.weight[11])
    assert torch.equal(symbols[3], old.encoder.embedding.weight[1])
    assert torch.equal(symbols[2], before[2])
    reads, read = (net.conditioning.melody.reading.embedding.weight for net in (new, old))
    assert torch.equal(reads[1], read[11])
    assert torch.equal(new.conditioning.emotion.table.weight[1], old.conditioning.emotion.table.weight[2])
    assert torch.equal(new.conditioning.language.weight[1], old.conditioning.language.weight[0])
    assert torch.equal(new.decoder.projection.weight, old.decoder.projection.weight)
    assert report.new_rows["encoder.embedding.weight"] == ["x"]
    assert report.new_rows["conditioning.emotion.table.weight"] == ["angry"]
    assert report.new_rows["conditioning.language.weight"] == ["de"]
    assert not report.new
    assert "new in conditioning.language.weight: de" in str(report)


def test_parts_that_the_old_model_lacks_are_new_and_its_others_unused(build: Callable) -> None:
    conditioned, plain = model(build, OLD), build()
    report = warm_start(conditioned, plain.state_dict())
    assert "conditioning.emotion.table.weight" in report.new
    assert "decoder.projection.weight" in report.carried
    assert "conditioning.to_memory.weight" in warm_start(plain, conditioned.state_dict()).unused


def test_what_is_to_be_fresh_stays_new(build: Callable) -> None:
    old, new = model(build, OLD), model(build, NEW)
    before = new.conditioning.emotion.table.weight.clone()
    report = warm_start(new, old.state_dict(), acoustic_rows(OLD, NEW), ["conditioning.emotion"])
    assert torch.equal(new.conditioning.emotion.table.weight, before)
    assert report.new == ["conditioning.emotion.table.weight"]
    with pytest.raises(ConfigError, match=r"emotions.*Known: .*conditioning\.emotion"):
        warm_start(new, old.state_dict(), fresh=["emotions"])


def test_lists_that_do_not_fit_their_table_are_refused(build: Callable) -> None:
    old, new = model(build, OLD), model(build, NEW)
    with pytest.raises(CheckpointError, match="12"):
        warm_start(new, old.state_dict(), acoustic_rows({**OLD, "symbols": ["_", "a"]}, NEW))


def test_a_checkpoint_of_something_else_is_refused(build: Callable) -> None:
    with pytest.raises(CheckpointError, match="another kind"):
        warm_start(build(), nn.Linear(3, 3).state_dict())
