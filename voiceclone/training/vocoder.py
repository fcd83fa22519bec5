"""Training a GAN vocoder: the discriminators take a step, then the generator does, on the same segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pytorch_lightning as pl
from pytorch_lightning.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from torchmetrics import Metric

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.checkpoints.own_contract import require_shape
from voiceclone.data.batches import VocoderBatch
from voiceclone.errors import ConfigError, did_you_mean
from voiceclone.losses.adversarial import AdversarialLoss
from voiceclone.losses.weighting import weighted_sum
from voiceclone.models.vocoder import Generator
from voiceclone.training.ema import MovingAverage
from voiceclone.training.vocoder_validation import VocoderValidation

PRECISIONS = ("32-true", "bf16-mixed")

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
MakeScheduler = Callable[[Optimizer], LRScheduler]


class VocoderTask(pl.LightningModule):
    """Generator against adversary, on batches of aligned segments (`VocoderBatch`).

    ``reconstruction`` are named losses ``(fake, real) -> scalar`` on waves; ``weights`` are theirs and those of the
    generator's own losses by name, 1 where not given (the adversary knows its own). Until ``warmup_steps`` the
    generator learns from these alone; in the last ``head_start`` of those the discriminators learn already, so that a
    trained generator is not led astray by new ones. A step is a step of the generator, and Lightning's ``max_steps``
    and ``global_step`` count those. Gradients are clipped to a norm of ``clip`` and gathered over ``accumulate``
    batches; schedulers advance every ``schedule_every`` steps.

    ``predicted_mels`` names the array of an acoustic model's mels where the batches hold such.

    Validation, and `network` for export, use the moving average of the weights (``ema_decay``; 0 for none).
    """

    def __init__(
        self,
        contract: AudioContract,
        generator: Generator,
        adversarial: AdversarialLoss,
        reconstruction: Mapping[str, nn.Module],
        generator_optimizer: MakeOptimizer,
        discriminator_optimizer: MakeOptimizer,
        scheduler: MakeScheduler | None = None,
        schedule_every: int = 1,
        weights: Mapping[str, float] | None = None,
        warmup_steps: int = 0,
        head_start: int = 0,
        clip: float | None = None,
        accumulate: int = 1,
        ema_decay: float = 0.0,
        metrics: Mapping[str, Metric] | None = None,
        n_shown: int = 2,
        predicted_mels: str | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        for name, count in {"task.accumulate": accumulate, "optim.schedule_every": schedule_every}.items():
            if not isinstance(count, int) or count < 1:
                raise ConfigError(f"{name}={count}: expected a whole number from 1.")
        require_shape(generator, contract, "the generator", "the audio settings")
        self.contract = contract
        generator.expect(predicted_mels is not None)
        self.generator = generator
        self.adversarial = adversarial
        self.reconstruction = nn.ModuleDict(dict(reconstruction))
        self.weights = _all_weights(weights or {}, [*reconstruction, *generator.own_losses]) | adversarial.weights
        if both := sorted({*reconstruction} & {*(metrics or {})}):
            raise ConfigError(f"task: {', '.join(both)} is the name of a loss and of a metric; the curves need two.")
        self.average = MovingAverage(generator, ema_decay) if ema_decay else None
        self.validation = VocoderValidation(contract, metrics or {}, n_shown)
        self.make_optimizers = (generator_optimizer, discriminator_optimizer)
        self.make_scheduler = scheduler
        self.schedule_every = schedule_every
        self.warmup_steps, self.head_start = warmup_steps, head_start
        self.clip = clip
        self.accumulate = accumulate

    @property
    def network(self) -> Generator:
        """The generator as it should be heard: the moving average where there is one."""
        return self.generator if self.average is None else self.average.net  # type: ignore[return-value]

    @property
    def generator_steps(self) -> int:
        """How often the generator has been updated."""
        return self.global_step

    def forward(self, mel: Tensor) -> Tensor:
        return self.network(mel)

    def training_step(self, batch: VocoderBatch, batch_idx: int) -> None:
        adversary = self.generator_steps >= self.warmup_steps
        complete = (batch_idx + 1) % self.accumulate == 0 or self.trainer.is_last_batch
        fake, own = self.generator.learn(batch.mel, batch.extra, batch.predicted)
        judged = self.generator_steps >= self.warmup_steps - self.head_start
        losses = self._train_discriminators(batch.wave, fake, complete) if judged else {}
        losses |= self._train_generator(batch.wave, fake, own, adversary, complete)
        if complete:
            self._advance_schedules(adversary)
        # Loggers take their step from the figure of this name, and would count batches without it.
        self.log_dict({f"train/{name}": loss for name, loss in losses.items()} | {"step": float(self.generator_steps)})

    def _train_discriminators(self, real: Tensor, fake: Tensor, complete: bool) -> dict[str, Tensor]:
        losses = self.adversarial.discriminator_losses(real, fake)
        self.manual_backward(weighted_sum(losses, {}) / self.accumulate)
        if complete:
            # Unwrapped, because Lightning counts every step of its wrapped optimisers into `global_step`.
            self._update("discriminator", self.adversarial, self._optimizers()[1].optimizer)
        return _detached(losses)

    def _train_generator(
        self, real: Tensor, fake: Tensor, own: dict[str, Tensor], adversary: bool, complete: bool
    ) -> dict[str, Tensor]:
        losses = {name: loss(fake, real) for name, loss in self.reconstruction.items() if self.weights[name] != 0} | own
        if adversary:
            losses |= self.adversarial.generator_losses(real, fake)
        total = weighted_sum(losses, {name: self.weights[name] for name in losses})
        self.manual_backward(total / self.accumulate)
        if complete:
            self._update("generator", self.generator, self._optimizers()[0])
            if self.average is not None:
                self.average.update(self.generator)
        return _detached({**losses, "total": total})

    def _update(self, name: str, net: nn.Module, optimizer: Optimizer | LightningOptimizer) -> None:
        if self.clip is not None:
            norm = nn.utils.clip_grad_norm_(net.parameters(), self.clip)
            self.log(f"train/{name}_gradient", norm)
        optimizer.step()
        optimizer.zero_grad()

    def _optimizers(self) -> list[LightningOptimizer]:
        return cast("list[LightningOptimizer]", self.optimizers())

    def _advance_schedules(self, adversary: bool) -> None:
        # By steps, not by epochs: a run that stops at `max_steps` ends Lightning's epoch in the middle of the data.
        if self.make_scheduler is None or self.generator_steps % self.schedule_every:
            return
        generator, discriminator = cast("list[LRScheduler]", self.lr_schedulers())
        generator.step()
        if adversary:
            discriminator.step()
        self.log("train/learning_rate", generator.get_last_lr()[0])

    def validation_step(self, batch: VocoderBatch, batch_idx: int) -> None:
        generated = self.network(batch.mel)
        inverted = self.validation.update(generated, batch.mel, batch.wave)
        length = min(generated.shape[-1], batch.wave.shape[-1])
        losses = {n: loss(generated[..., :length], batch.wave[..., :length]) for n, loss in self.reconstruction.items()}
        figures = {f"validation/{name}": loss for name, loss in losses.items()}
        self.log_dict(figures, batch_size=len(batch.ids), sync_dist=True)
        if batch_idx < self.validation.n_shown and self.trainer.is_global_zero:
            waves = {"vocoder": generated[0, 0], "recording": batch.wave[0, 0]}
            waves |= self.validation.kept(batch.ids[0], inverted)
            self.validation.show(self.loggers, f"validation/{batch.ids[0]}", waves, self.generator_steps)

    def on_validation_epoch_end(self) -> None:
        if self.trainer.sanity_checking:  # a few clips only: neither the metrics nor Griffin-Lim's may keep them
            self.validation.reset()
            return
        figures = {f"validation/{name}": value for name, value in self.validation.compute().items()}
        self.log_dict({**figures, "step": float(self.generator_steps)})

    def configure_optimizers(self) -> Any:
        nets = (self.generator, self.adversarial)
        optimizers = [make(net.parameters()) for make, net in zip(self.make_optimizers, nets, strict=True)]
        schedulers = [] if self.make_scheduler is None else [self.make_scheduler(optimizer) for optimizer in optimizers]
        return optimizers, schedulers

    def on_fit_start(self) -> None:
        if str(self.trainer.precision) not in PRECISIONS:
            raise ConfigError(
                f"trainer.precision={self.trainer.precision}: a GAN vocoder trains in {' or '.join(PRECISIONS)}; "
                f"the range of float16 is too narrow for it."
            )

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["audio"] = self.contract.to_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        saved = AudioContract.from_dict(checkpoint["audio"])
        require_compatible(saved, self.contract, "the checkpoint", "the configuration")


def _detached(losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: loss.detach() for name, loss in losses.items()}


def _all_weights(given: Mapping[str, float], names: Iterable[str]) -> dict[str, float]:
    names = list(names)
    for name in given:
        if name not in names:
            raise ConfigError(f"loss weight '{name}' belongs to no loss. {did_you_mean(name, names)}")
    return dict.fromkeys(names, 1.0) | dict(given)
