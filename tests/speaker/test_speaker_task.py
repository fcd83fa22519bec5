"""Training a speaker encoder: it learns, it is verified on whole clips, and a stopped training goes on."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import TensorBoardLogger
from torch import Tensor
from torch.utils.data import DataLoader

from voiceclone.audio.contract import AudioContract
from voiceclone.data.batches import SpeakerBatch
from voiceclone.errors import ContractMismatch
from voiceclone.losses.aam_softmax import AAMSoftmaxLoss
from voiceclone.losses.ge2e import GE2ELoss
from voiceclone.models.speaker import EcapaTDNN, LSTMEncoder
from voiceclone.training.augment import Augmenter, Gain, Speed
from voiceclone.training.projection import draw_embeddings, project
from voiceclone.training.schedules import warmup_and_decay
from voiceclone.training.speaker import SpeakerEncoderTask

SGD = partial(torch.optim.AdamW, lr=0.01)


class Voices:
    """Speakers whose low bands are their own; the other bands, which are louder, change with every utterance."""

    def __init__(self, n_speakers: int = 24) -> None:
        self.spectra = torch.rand(n_speakers, 40, 1, generator=torch.Generator().manual_seed(0)) ** 4

    def batch(self, speakers: list[int], n_utterances: int, frames: int, seed: int) -> SpeakerBatch:
        chosen = torch.tensor(speakers)
        generator = torch.Generator().manual_seed(seed)
        rows = self.spectra[chosen.repeat_interleave(n_utterances)]
        rows[:, 8:] = 10 * torch.rand(len(rows), 32, 1, generator=generator) ** 4
        mel = rows * torch.rand(len(rows), 40, frames, generator=generator) ** 3
        return SpeakerBatch(mel, torch.full((len(rows),), frames), chosen, n_utterances)

    def training(self, n_batches: int) -> DataLoader[SpeakerBatch]:
        batches: Any = [self.batch([(6 * n + i) % 18 for i in range(6)], 3, 40, n) for n in range(n_batches)]
        return DataLoader(batches, batch_size=None)

    def validation(self) -> DataLoader[SpeakerBatch]:
        """Whole clips, one at a time, of speakers that training never hears."""
        clips: Any = [self.batch([18 + i % 6], 1, 60 + 10 * i, 100 + i) for i in range(18)]
        return DataLoader(clips, batch_size=None)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def make(ge2e_contract: AudioContract) -> Any:
    def task(**settings: Any) -> SpeakerEncoderTask:
        torch.manual_seed(0)
        defaults = {
            "encoder": EcapaTDNN(40, 16, 24, 16, bottleneck=8, attention=8, log_floor=1e-6, mean_normalise=False),
            "loss": GE2ELoss(),
            "optimizer": SGD,
            "partial_frames": 40,
            "partial_step": 20,
            "n_bootstrap": 10,
        }
        return SpeakerEncoderTask(ge2e_contract, **{**defaults, **settings})

    return task


def trainer(**settings: Any) -> pl.Trainer:
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "num_sanity_val_steps": 0, "logger": False}
    plain = {"accelerator": "cpu", "max_steps": 4, "enable_checkpointing": False}
    return pl.Trainer(**{**quiet, **plain, **settings})


def test_it_learns_to_tell_speakers_it_never_heard(make: Any) -> None:
    voices, task, fit = Voices(), make(), trainer(max_steps=60, max_epochs=1)
    before = trainer().validate(task, voices.validation(), verbose=False)[0]["validation/eer"]
    fit.fit(task, voices.training(60), voices.validation())
    figures = fit.callback_metrics
    assert float(figures["validation/eer"]) < 0.6 * before
    assert 0 <= figures["validation/eer_low"] <= figures["validation/eer"] <= figures["validation/eer_high"]


@pytest.mark.parametrize("loss", [GE2ELoss, partial(AAMSoftmaxLoss, 24, 16)], ids=["GE2E", "AAM"])
def test_every_weight_of_network_and_loss_moves(make: Any, loss: Any) -> None:
    task = make(loss=loss(), encoder=LSTMEncoder(40, 16, 2, 16, log_floor=1e-6))
    before = {name: value.clone() for name, value in task.named_parameters()}
    trainer(max_steps=8, gradient_clip_val=3.0).fit(task, Voices().training(8))
    for name, value in task.named_parameters():
        assert not torch.equal(value, before[name]), name


def test_longer_clips_are_the_mean_direction_of_their_windows(make: Any) -> None:
    task = make().eval()
    batch = Voices().batch([3], 1, 100, 0)
    windows = torch.stack([batch.mel[0, :, start : start + 40] for start in (0, 20, 40, 60)])
    expected = torch.nn.functional.normalize(task.network(windows).mean(0), dim=0)
    torch.testing.assert_close(task._embed_clips(batch)[0], expected)


def test_augmentation_is_for_training_alone(make: Any, ge2e_contract: AudioContract) -> None:
    class Loud(Gain):
        calls = 0

        def apply(self, power: Tensor, contract: AudioContract) -> Tensor:
            Loud.calls += 1
            return super().apply(power, contract)

    augment = Augmenter(ge2e_contract, {"gain": Loud(1.0, (3.0, 6.0))}, Speed(1.0, (0.9, 1.1)))
    trainer(max_steps=3).fit(make(augment=augment), Voices().training(3), Voices().validation())
    assert Loud.calls == 3


def test_the_learning_rate_warms_up_and_falls(make: Any) -> None:
    rates: list[float] = []

    class Watch(pl.Callback):
        def on_train_batch_start(self, trainer: pl.Trainer, *_: Any) -> None:
            rates.append(trainer.optimizers[0].param_groups[0]["lr"])

    schedule = partial(warmup_and_decay, warmup=4, decay_from=5, decay_to=8, lowest=0.1)
    trainer(max_steps=9, callbacks=[Watch()]).fit(make(scheduler=schedule), Voices().training(9))
    assert rates[:5] == pytest.approx([0.0025, 0.005, 0.0075, 0.01, 0.01])
    assert rates[8] == pytest.approx(0.001)


def test_the_moving_average_is_what_is_verified_and_exported(make: Any) -> None:
    task = make(ema_decay=0.5)
    trainer(max_steps=3).fit(task, Voices().training(3))
    assert task.network is task.average.net
    assert int(task.average.updates) == 3
    name, weight = next(iter(task.encoder.named_parameters()))
    assert not torch.equal(task.network.get_parameter(name), weight)


def test_the_moving_average_follows_steps_not_batches(make: Any) -> None:
    task = make(ema_decay=0.5)
    trainer(max_steps=3, accumulate_grad_batches=2).fit(task, Voices().training(6))
    assert int(task.average.updates) == 3


def test_a_clip_that_two_ranks_have_heard_counts_once(make: Any) -> None:
    clips = Voices().validation().dataset
    numbered = [replace(batch, clips=torch.tensor([number])) for number, batch in enumerate(clips)]  # type: ignore[arg-type]
    figures = []
    for given in (numbered, [*numbered, *numbered[:5]]):
        loader: Any = DataLoader(given, batch_size=None)  # type: ignore[arg-type]
        figures.append(trainer().validate(make(), loader, verbose=False)[0])
    assert figures[0] == figures[1]


def test_a_stopped_training_goes_on_as_if_it_had_not_been(make: Any, tmp_path: Path) -> None:
    whole, first, second = make(ema_decay=0.9), make(ema_decay=0.9), make(ema_decay=0.9)
    same: Any = DataLoader([Voices().batch([0, 1, 2], 3, 40, 0)], batch_size=None)  # type: ignore[arg-type]
    trainer(max_steps=4).fit(whole, same)
    half = trainer(max_steps=2)
    half.fit(first, same)
    half.save_checkpoint(tmp_path / "half.ckpt")
    content = torch.load(tmp_path / "half.ckpt", weights_only=True)
    assert AudioContract.from_dict(content["audio"]) == whole.contract
    trainer(max_steps=4).fit(second, same, ckpt_path=str(tmp_path / "half.ckpt"), weights_only=True)
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name], value, msg=name)


def test_a_picture_of_the_embeddings_is_logged(make: Any, tmp_path: Path) -> None:
    logger = TensorBoardLogger(tmp_path)
    trainer(max_steps=1, logger=logger).fit(make(), Voices().training(1), Voices().validation())
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(logger.log_dir)
    events.Reload()
    assert events.Tags()["images"] == ["validation/embeddings"]


def test_the_projection_shows_how_speakers_differ() -> None:
    """Two speakers on one axis of many, all of whose scatter is elsewhere."""
    embeddings = torch.zeros(20, 8)
    embeddings[:, 2:] = torch.randn(20, 6)
    embeddings[:10, 0], speakers = 5.0, torch.arange(20) // 10
    points, kept = project(embeddings, speakers)
    assert float((points[:10, 0].mean() - points[10:, 0].mean()).abs()) > 4
    assert 0 < kept <= 1
    figure = draw_embeddings(embeddings, speakers, names=["anna", "bert"])
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["anna", "bert"]


def test_no_speakers_to_verify_do_not_stop_the_training(make: Any) -> None:
    alone: Any = DataLoader([Voices().batch([1], 1, 50, 0)], batch_size=None)  # type: ignore[arg-type]
    fit = trainer(max_steps=1)
    with pytest.warns(UserWarning, match="equal error rate needs two speakers"):
        fit.fit(make(), Voices().training(1), alone)
    assert math.isnan(fit.callback_metrics["validation/eer"])


def test_an_encoder_for_other_mels_is_refused(make: Any) -> None:
    with pytest.raises(ContractMismatch, match="hears 20 mels, the settings have 40"):
        make(encoder=LSTMEncoder(20, 8, 1, 8))
