"""What can be seen and heard of the acoustic model while it trains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.checkpoints.bundle import load_bundle
from voiceclone.checkpoints.find import find_voice
from voiceclone.data.batches import AcousticBatch
from voiceclone.models.acoustic import Conditions, FreeRunningOutput, TacotronOutput
from voiceclone.models.vocoder.inference import for_inference, stream
from voiceclone.training.media import draw_mels, log_audio, log_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from voiceclone.training.acoustic import AcousticTask


class AcousticValidation:
    """Speaks the first ``n_spoken`` sentences of the validation on its own, and shows ``n_shown`` of them.

    ``vocoder``, or the one of the voice of that name or in that folder, turns mels [B, n_mels, T] into waves [B, 1, L];
    Griffin-Lim does where none is given. Raises `ContractMismatch` where the bundle's mels are others.
    """

    def __init__(
        self,
        contract: AudioContract,
        vocoder: Callable[[Tensor], Tensor] | str | None = None,
        n_spoken: int = 8,
        n_shown: int = 2,
        seed: int = 0,
    ) -> None:
        self.contract = contract
        self.vocoder = _vocoder_of(vocoder, contract) if isinstance(vocoder, str) else vocoder
        self.n_spoken, self.n_shown, self.seed = n_spoken, n_shown, seed

    def speak(self, task: AcousticTask, forced: TacotronOutput, batch: AcousticBatch, show: bool) -> dict[str, Tensor]:
        """Means over the free-running sentences: ``coverage``, ``focus``, ``monotonicity`` of the attention, and the
        share that ``stopped`` by the stop token; pictures and sounds go to the loggers."""
        spoken = self._run(task, batch)
        if show:
            for item in range(min(self.n_shown, len(spoken.stopped_by))):
                self._show(task, forced, spoken, batch, item)
        assert spoken.quality is not None
        stopped = torch.tensor([reason == "gate" for reason in spoken.stopped_by], dtype=torch.float32)
        figures = {name: value.mean() for name, value in vars(spoken.quality).items()}
        return {**figures, "stopped": stopped.mean()}

    def _run(self, task: AcousticTask, batch: AcousticBatch) -> FreeRunningOutput:
        few = slice(self.n_spoken)
        conditions = replace(task.conditions(batch), prosody=None)
        wanted: dict[str, Any] = {
            name: value[few] for name, value in vars(conditions).items() if isinstance(value, Tensor)
        }
        dropout = torch.Generator(batch.symbols.device).manual_seed(self.seed)
        return task.acoustic.infer(
            batch.symbols[few], batch.symbol_lengths[few], Conditions(**wanted), generator=dropout
        )

    def _show(
        self, task: AcousticTask, forced: TacotronOutput, spoken: FreeRunningOutput, batch: AcousticBatch, item: int
    ) -> None:
        name, step = f"validation/{batch.ids[item]}", task.global_step
        true, own = int(batch.mel_lengths[item]), int(spoken.mel_lengths[item])
        mels = {
            "recording": batch.mel[item, :, :true],
            "teacher-forced": forced.mel_postnet[item, :, :true],
            f"free-running, ended by {spoken.stopped_by[item]}": spoken.mel_postnet[item, :, :own],
        }
        log_figure(task.loggers, f"{name}/mel", draw_mels(mels, self.contract.frame_rate), step)
        symbols = int(batch.symbol_lengths[item])
        for way, output in (("forced", forced), ("free", spoken)):
            steps = int(output.steps[item])
            attention = draw_attention(output.alignments[item, :steps, :symbols], output.gate_logits[item, :steps])
            log_figure(task.loggers, f"{name}/attention_{way}", attention, step)
        for way, mel in zip(("recording", "forced", "free"), mels.values(), strict=True):
            log_audio(task.loggers, f"{name}/{way}", self._wave(mel), self.contract.sample_rate, step)

    def _wave(self, mel: Tensor) -> Tensor:
        if self.vocoder is not None:
            return self.vocoder(mel[None].float().cpu()).detach().flatten()
        return griffin_lim(mel[None].float().cpu(), self.contract, n_iter=30).flatten()


def _vocoder_of(bundle: str, contract: AudioContract) -> Callable[[Tensor], Tensor]:
    voice = load_bundle(find_voice(bundle))
    require_compatible(voice.audio, contract, bundle, "the configuration")
    generator = for_inference(voice.networks["vocoder"], predicted=True)
    return lambda mel: torch.cat(list(stream(generator, [mel.nan_to_num()])), dim=-1)


def draw_attention(alignment: Tensor, gate_logits: Tensor) -> Figure:
    """``alignment`` [S, N] above the probability of the stop token, ``gate_logits`` [S]; needs no display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    axes[0].imshow(alignment.detach().float().cpu().numpy().T, origin="lower", aspect="auto", interpolation="none")
    axes[0].set(ylabel="symbol")
    axes[1].plot(gate_logits.detach().float().sigmoid().cpu().numpy())
    axes[1].set(ylabel="stop", xlabel="decoder step", ylim=(-0.05, 1.05))
    return figure
