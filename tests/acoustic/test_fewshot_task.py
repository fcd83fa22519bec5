"""One more speaker for a trained acoustic model."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.data.batches import AcousticBatch
from voiceclone.errors import ConfigError
from voiceclone.models.acoustic import Conditioning
from voiceclone.training.acoustic_losses import AcousticLosses
from voiceclone.training.fewshot import FewShotTask
from voiceclone.training.memory import frames_that_fit, free_memory, saved_bytes

CONTRACT = AudioContract(8000, 64, 16, 64, 6, 0, 4000)
FACTS = {"speakers": ["old", "new"], "emotions": [], "languages": ["en"]}


@pytest.fixture
def clips() -> AcousticBatch:
    torch.manual_seed(0)
    return AcousticBatch(
        symbols=torch.randint(1, 12, (2, 7)),
        symbol_lengths=torch.tensor([7, 5]),
        mel=torch.randn(2, 6, 24) - 4,
        mel_lengths=torch.tensor([24, 15]),
        speaker=torch.tensor([0, 1]),
        speaker_embedding=torch.eye(4)[:2],
        emotion=torch.tensor([-1, -1]),
        intensity=torch.ones(2),
        language=torch.zeros(2, dtype=torch.long),
        prosody=torch.tensor([[5.0, 0.5, -20.0, 12.0]]).repeat(2, 1),
        f0=torch.zeros(2, 24),
        energy=torch.zeros(2, 24),
        ids=["one", "two"],
    )


@pytest.fixture
def task(build: Callable, tmp_path: Path) -> Callable[..., FewShotTask]:
    start = tmp_path / "start.json"
    start.write_text(json.dumps([0.0, 0.0, 3.0, 4.0]), "utf-8")

    def make(facts: dict = FACTS, **settings: object) -> FewShotTask:
        net = build(Conditioning(8, 10, 4, 3, None, ("en",), 2, predict_prosody=True))
        torch.nn.init.normal_(net.conditioning.to_memory.weight, std=0.1)
        adam = partial(torch.optim.Adam, lr=1e-2)
        return FewShotTask(
            CONTRACT, net, AcousticLosses(), adam, facts, new_speaker="new", start=str(start), **settings
        )

    return make


def step(task: FewShotTask, batch: AcousticBatch) -> None:
    optimizer = task.configure_optimizers()
    sum(task.losses(task.train(), task(batch), batch).values()).backward()
    optimizer.step()
    task.on_train_batch_end()


def test_the_new_speaker_has_a_vector_and_the_others_their_embeddings(task: Callable, clips: AcousticBatch) -> None:
    vectors = task().speaker_vectors(clips)
    assert torch.equal(vectors[0], clips.speaker_embedding[0])
    assert torch.allclose(vectors[1], torch.tensor([0.0, 0.0, 0.6, 0.8]))


def test_with_nothing_trained_only_the_vector_learns(task: Callable, clips: AcousticBatch) -> None:
    tuned = task(trained=())
    before, vector = (
        {name: value.clone() for name, value in tuned.acoustic.state_dict().items()},
        tuned.vector().clone(),
    )
    step(tuned, clips)
    assert all(torch.equal(value, before[name]) for name, value in tuned.acoustic.state_dict().items())
    assert not torch.allclose(tuned.vector(), vector)


def test_what_is_named_learns_and_batch_statistics_stay(task: Callable, clips: AcousticBatch) -> None:
    tuned = task(trained=["decoder", "postnet"])
    before = {name: value.clone() for name, value in tuned.acoustic.state_dict().items()}
    step(tuned, clips)
    changed = {name for name, value in tuned.acoustic.state_dict().items() if not torch.equal(value, before[name])}
    assert {name.split(".")[0] for name in changed} == {"decoder", "postnet"}
    assert not any("running_" in name for name in changed)


def test_the_average_follows_and_is_what_is_kept(task: Callable, clips: AcousticBatch) -> None:
    tuned = task(trained=[""], ema_decay=0.5)
    start = tuned.embedding.clone()
    step(tuned, clips)
    first, learnt = tuned.embedding, tuned.vector().detach()
    assert 0 < float((first - start).norm()) <= float((learnt - start).norm()) + 1e-6
    assert tuned.network is not tuned.acoustic
    assert float(first.norm()) == pytest.approx(1)


def test_what_is_kept_lies_on_the_way_from_the_beginning_to_the_average(task: Callable, clips: AcousticBatch) -> None:
    tuned = task(trained=[""], ema_decay=0.0, strength=0.25)
    begun = {name: value.clone() for name, value in tuned.acoustic.named_parameters()}
    step(tuned, clips)
    learnt, kept = dict(tuned.acoustic.named_parameters()), dict(tuned.network.named_parameters())
    assert any(not torch.equal(learnt[name], begun[name]) for name in begun)
    for name, value in kept.items():
        assert torch.allclose(value, begun[name] + 0.25 * (learnt[name] - begun[name]), atol=1e-6), name


@pytest.mark.parametrize("strength", [0.0, 1.5])
def test_a_strength_that_makes_no_sense_is_refused(task: Callable, strength: float) -> None:
    with pytest.raises(ConfigError, match="expected more than 0"):
        task(strength=strength)


def test_a_part_that_is_not_there_is_named(task: Callable) -> None:
    with pytest.raises(ConfigError, match=r"begins with 'decodre'\. Known: .*decoder\.prenet"):
        task(trained=["decodre"])
    with pytest.raises(ConfigError, match="not among the data's speakers"):
        task({**FACTS, "speakers": ["old"]})


def test_batches_are_as_large_as_the_memory_holds() -> None:
    weight = torch.randn(1000, 1000, requires_grad=True)
    small, large = (saved_bytes(lambda n=n: (torch.ones(n, 1000) @ weight).relu().sum()) for n in (10, 1000))
    assert large > small > 0
    assert frames_that_fit(1000, 10, 100_000) == 500
    assert frames_that_fit(1000, 10, 0) == 10, "one clip has to fit"
    assert free_memory() > 1e6
