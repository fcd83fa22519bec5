"""Training a vocoder: what a step is, what is trained when, and that a stopped training goes on as if it had not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch
from tiny_vocoder import CONTRACT, Resumable, adversary, generators, loader, task, trainer
from torch import Tensor, nn
from torchmetrics import MeanMetric

from voiceclone.audio.contract import AudioContract
from voiceclone.errors import ConfigError, ContractMismatch
from voiceclone.models.vocoder import ISTFTGenerator
from voiceclone.training.metrics_csv import MetricsCsv


def weights_of(net: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in net.state_dict().items()}


def assert_same(left: Mapping[str, Tensor], right: Mapping[str, Tensor]) -> None:
    for name, value in left.items():
        torch.testing.assert_close(right[name], value, rtol=0, atol=0, msg=name)


def changed(before: Mapping[str, Tensor], after: nn.Module) -> bool:
    return any(not torch.equal(value, after.state_dict()[name]) for name, value in before.items())


class Curve(pl.Callback):
    """The training losses, step by step."""

    def __init__(self) -> None:
        self.losses: list[dict[str, float]] = []

    def on_train_batch_end(self, trainer: pl.Trainer, *args: Any) -> None:
        self.losses.append({name: float(v) for name, v in trainer.callback_metrics.items() if name.startswith("train")})


def test_max_steps_counts_steps_of_the_generator() -> None:
    net, fit = task(), trainer(max_steps=3)
    fit.fit(net, loader(8))
    assert net.generator_steps == fit.global_step == 3


def test_every_loss_is_logged_under_the_name_it_is_weighted_by() -> None:
    net, curve = task(), Curve()
    trainer(max_steps=1, callbacks=[curve]).fit(net, loader(1))
    for name in net.weights:
        assert f"train/{name}" in curve.losses[0]
    generator = {name: curve.losses[0][f"train/{name}"] for name in net.weights}
    total = sum(net.weights[name] * value for name, value in generator.items())
    assert curve.losses[0]["train/total"] == pytest.approx(total, rel=1e-5)


def test_the_generator_learns_alone_until_the_adversary_enters() -> None:
    net = task(warmup_steps=2)
    before = weights_of(net.adversarial)
    curve = Curve()
    fit = trainer(max_steps=2, callbacks=[curve])
    fit.fit(net, loader(2))
    assert not changed(before, net.adversarial)
    assert "train/adversarial_period" not in curve.losses[-1]

    net = task(warmup_steps=2)
    trainer(max_steps=3, callbacks=[curve]).fit(net, loader(3))
    assert changed(before, net.adversarial)
    assert "train/adversarial_period" in curve.losses[-1]


def test_new_discriminators_learn_to_tell_before_the_generator_hears_them() -> None:
    net, curve = task(warmup_steps=2, head_start=1), Curve()
    before = weights_of(net.adversarial)
    trainer(max_steps=2, callbacks=[curve]).fit(net, loader(2))
    assert "train/discriminator_period" not in curve.losses[0]
    assert "train/discriminator_period" in curve.losses[1]
    assert changed(before, net.adversarial)
    assert not any("adversarial" in name for losses in curve.losses for name in losses)


def test_training_lowers_the_mel_loss() -> None:
    net, curve = task(warmup_steps=1000), Curve()
    trainer(max_steps=30, callbacks=[curve]).fit(net, loader(30))
    assert curve.losses[-1]["train/mel"] < 0.7 * curve.losses[0]["train/mel"]


def test_a_resumed_training_goes_on_in_the_same_curve(tmp_path: Path) -> None:
    whole, halves = Curve(), Curve()
    uninterrupted = task(warmup_steps=1)
    trainer(max_steps=4, callbacks=[whole]).fit(uninterrupted, Resumable(4))

    first = trainer(max_steps=2, callbacks=[halves])
    first.fit(task(warmup_steps=1), Resumable(4))
    first.save_checkpoint(tmp_path / "last.ckpt")
    resumed = task(warmup_steps=1)
    trainer(max_steps=4, callbacks=[halves]).fit(
        resumed, Resumable(4), ckpt_path=str(tmp_path / "last.ckpt"), weights_only=True
    )

    assert [c["train/total"] for c in halves.losses] == [c["train/total"] for c in whole.losses]
    assert_same(weights_of(uninterrupted), weights_of(resumed))


def test_the_checkpoint_holds_everything_and_nothing_but_plain_values(tmp_path: Path) -> None:
    fit = trainer(max_steps=1)
    fit.fit(task(), loader(1))
    fit.save_checkpoint(tmp_path / "last.ckpt")
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert AudioContract.from_dict(saved["audio"]) == CONTRACT
    assert len(saved["optimizer_states"]) == 2
    for part in ("generator.", "adversarial.discriminators.period.", "adversarial.discriminators.scale.", "average."):
        assert any(name.startswith(part) for name in saved["state_dict"])


def test_a_checkpoint_of_other_audio_settings_is_refused(tmp_path: Path) -> None:
    fit = trainer(max_steps=1)
    fit.fit(task(), loader(1))
    fit.save_checkpoint(tmp_path / "last.ckpt")
    other = AudioContract.from_dict({**CONTRACT.to_dict(), "f_max": 1500.0})
    with pytest.raises(ContractMismatch, match=r"f_max: 2000\.0 / 1500\.0"):
        trainer(max_steps=2).fit(task(contract=other), loader(2), ckpt_path=str(tmp_path / "last.ckpt"))


def test_gathering_two_batches_equals_one_batch_of_both() -> None:
    """With plain SGD, and losses that are means over the batch."""
    settings: dict[str, Any] = {
        "generator_optimizer": partial(torch.optim.SGD, lr=1e-2),
        "discriminator_optimizer": partial(torch.optim.SGD, lr=1e-2),
        "scheduler": None,
        "warmup_steps": 10,
    }
    gathered, together = task(accumulate=2, **settings), task(**settings)
    pieces = list(loader(2))
    joined = type(pieces[0])(
        wave=torch.cat([p.wave for p in pieces]), mel=torch.cat([p.mel for p in pieces]), ids=["a"] * 4
    )
    trainer(max_steps=1).fit(gathered, loader(2))
    trainer(max_steps=1).fit(together, torch.utils.data.DataLoader([joined], batch_size=None))
    assert gathered.generator_steps == 1
    torch.testing.assert_close(weights_of(gathered.generator), weights_of(together.generator), rtol=1e-4, atol=1e-6)


def test_curves_are_drawn_over_steps_of_the_generator(tmp_path: Path) -> None:
    logger = MetricsCsv(str(tmp_path))
    trainer(max_steps=2, logger=logger, log_every_n_steps=1).fit(task(accumulate=2), loader(4))
    rows = (tmp_path / "metrics.csv").read_text("utf-8").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["0", "1", "1", "2"]


def test_gradients_are_clipped_to_the_norm() -> None:
    sgd = partial(torch.optim.SGD, lr=1.0)
    net = task(clip=1e-3, generator_optimizer=sgd, discriminator_optimizer=sgd, scheduler=None)
    before = weights_of(net.generator)
    trainer(max_steps=1).fit(net, loader(1))
    moved = torch.cat([(value - before[name]).flatten() for name, value in net.generator.state_dict().items()])
    assert float(moved.norm()) == pytest.approx(1e-3, rel=1e-2)


def test_schedules_advance_every_so_many_steps_and_the_adversary_s_from_when_it_enters() -> None:
    fit = trainer(max_epochs=3)
    fit.fit(task(schedule_every=2, warmup_steps=3), loader(2))
    rates = [optimizer.param_groups[0]["lr"] for optimizer in fit.optimizers]
    assert rates == pytest.approx([1e-3 * 0.9**3, 1e-3 * 0.9**2])


def test_the_average_is_validated_and_exported() -> None:
    net = task()
    trainer(max_steps=5).fit(net, loader(5))
    assert net.average is not None
    assert net.network is net.average.net
    mel = torch.randn(1, 8, 20)
    assert not torch.equal(net(mel), net.generator(mel))
    assert not net.network.training
    assert task(ema_decay=0.0).network is not None


def test_the_average_of_steady_weights_is_those_weights() -> None:
    net = task()
    assert net.average is not None
    for value in net.generator.parameters():
        value.data.fill_(0.5)
    for _ in range(200):
        net.average.update(net.generator)
    torch.testing.assert_close(dict(net.average.net.named_parameters()), dict(net.generator.named_parameters()))


class Loudness(MeanMetric):
    """The mean square of the generated clip: enough to see which clips were compared."""

    def update(self, generated: Tensor, reference: Tensor) -> None:
        assert generated.shape == reference.shape
        super().update(generated.square().mean())


def test_validation_puts_every_metric_beside_griffin_lim() -> None:
    net = task(metrics={"loudness": Loudness()})
    fit = trainer(max_epochs=2)
    fit.fit(net, loader(1), loader(2, n_samples=2000, batch_size=1))
    figures = fit.callback_metrics
    assert figures["validation/loudness"] != figures["validation/griffin_lim/loudness"]
    assert figures["validation/griffin_lim/loudness"] == pytest.approx(0.01, rel=0.5)
    assert "validation/mel" in figures


def test_a_trial_run_of_the_validation_leaves_no_figures() -> None:
    clips = loader(3, n_samples=2000, batch_size=1)
    figures = []
    for trial in (0, 1):
        fit = trainer(max_epochs=1, num_sanity_val_steps=trial)
        fit.fit(task(metrics={"loudness": Loudness()}), loader(1), clips)
        figures.append(float(fit.callback_metrics["validation/griffin_lim/loudness"]))
    assert figures[0] == pytest.approx(figures[1])


def test_sounds_and_pictures_reach_tensorboard(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    logger = pl.loggers.TensorBoardLogger(tmp_path, name="", version="")
    trainer(max_epochs=2, logger=logger).fit(task(), loader(1), loader(1, n_samples=2000, batch_size=1))
    events = EventAccumulator(str(tmp_path)).Reload()
    for name in ("vocoder", "recording", "griffin_lim"):
        assert [sound.step for sound in events.Audio(f"validation/clip0/{name}")] == [1, 2]
    assert "validation/clip0/mel" in events.Tags()["images"]


def test_bfloat16_trains_and_float16_is_refused() -> None:
    net, curve = task(), Curve()
    trainer(max_steps=2, precision="bf16-mixed", callbacks=[curve]).fit(net, loader(2))
    assert all(torch.isfinite(torch.tensor(list(losses.values()))).all() for losses in curve.losses)
    with pytest.raises(ConfigError, match="bf16-mixed"):
        trainer(max_steps=2, precision="16-true").fit(task(), loader(2))


@pytest.mark.parametrize("kind", ["hifigan_single", "melgan", "istft"])
def test_every_generator_trains(kind: str) -> None:
    net = task(generator=generators()[kind])
    before = weights_of(net.generator)
    trainer(max_steps=1).fit(net, loader(1))
    assert all(not torch.equal(value, net.generator.state_dict()[name]) for name, value in before.items())


def test_a_generator_of_another_contract_is_refused() -> None:
    with pytest.raises(ContractMismatch, match="its hop_length is 32, the mels of the audio settings have 16"):
        task(generator=ISTFTGenerator(8, 32, 64, channels=16, hidden=32, n_blocks=1))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"accumulate": 0}, "task.accumulate=0"),
        ({"schedule_every": 0}, "optim.schedule_every=0"),
        ({"metrics": {"mel": Loudness()}}, "mel is the name of a loss and of a metric"),
    ],
)
def test_settings_that_training_would_stumble_over_are_refused_before_it(settings: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        task(**settings)


def test_a_misspelt_weight_is_an_error_before_training() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'mel'"):
        task(weights={"mell": 45.0})
    with pytest.raises(ConfigError, match="Did you mean 'adversarial_period'"):
        adversary(weights={"adversarial_periods": 1.0})


def test_without_feature_matching_the_real_clip_is_not_passed() -> None:
    net = task(adversarial=adversary(weights={"feature_matching_period": 0, "feature_matching_scale": 0}))
    curve = Curve()
    trainer(max_steps=1, callbacks=[curve]).fit(net, loader(1))
    assert not any("feature_matching" in name for name in curve.losses[0])
