"""How a vocoder is judged while it trains: whole held-out clips, always beside Griffin-Lim on the same mels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from torch import Tensor, nn
from torchmetrics import Metric

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.training.media import draw_mels, log_audio, log_figure


class VocoderValidation(nn.Module):
    """Metrics of generated clips, and of what Griffin-Lim makes of the same mels.

    ``metrics`` take ``update(generated, reference)`` with waves ``[B, L]``. Griffin-Lim does not learn: it is run and
    scored in the first round only, and its figures stand beside the vocoder's in every later one.
    """

    def __init__(self, contract: AudioContract, metrics: Mapping[str, Metric], n_shown: int) -> None:
        super().__init__()
        self.contract = contract
        self.n_shown = n_shown
        self.mel = MelSpectrogram(contract)
        self.metrics = nn.ModuleDict(dict(metrics))
        self.baseline = nn.ModuleDict({name: metric.clone() for name, metric in metrics.items()})
        self.baseline_figures: dict[str, Tensor] | None = None
        self._inverted: dict[str, Tensor] = {}

    def update(self, generated: Tensor, mel: Tensor, reference: Tensor) -> Tensor | None:
        """Score waves ``[B, 1, L]``, cut to equal length; returns Griffin-Lim's ``[B, L]`` where it was run."""
        length = min(generated.shape[-1], reference.shape[-1])
        generated, reference = generated[:, 0, :length].float(), reference[:, 0, :length]
        _update(self.metrics, generated, reference)
        if self.baseline_figures is not None:
            return None
        inverted = griffin_lim(mel, self.contract)[:, :length]
        _update(self.baseline, inverted, reference)
        return inverted

    def compute(self) -> dict[str, Tensor]:
        """``<metric>`` and ``griffin_lim/<metric>`` over all clips since the last call; collective under DDP."""
        figures = _compute(self.metrics)
        if self.baseline_figures is None:
            self.baseline_figures = _compute(self.baseline)
        return figures | {f"griffin_lim/{name}": value for name, value in self.baseline_figures.items()}

    def reset(self) -> None:
        """Forget the clips since the last call of `compute`."""
        for _, metric in (*_items(self.metrics), *_items(self.baseline)):
            metric.reset()

    def kept(self, clip: str, inverted: Tensor | None) -> dict[str, Tensor]:
        """``griffin_lim``, what it has made of ``clip``: now, ``inverted`` [1, L], or in the first round."""
        if inverted is not None:
            self._inverted[clip] = inverted[0].cpu()
        return {"griffin_lim": self._inverted[clip]} if clip in self._inverted else {}

    def show(self, loggers: Sequence[Any], clip: str, waves: Mapping[str, Tensor], step: int) -> None:
        """Sounds and mel pictures of ``waves``, name -> ``[L]``, under ``clip``."""
        for name, wave in waves.items():
            log_audio(loggers, f"{clip}/{name}", wave, self.contract.sample_rate, step)
        mels = {name: self.mel(wave[None].to(self.mel.basis.device))[0] for name, wave in waves.items()}
        log_figure(loggers, f"{clip}/mel", draw_mels(mels, self.contract.frame_rate), step)


def _update(metrics: nn.ModuleDict, generated: Tensor, reference: Tensor) -> None:
    for _, metric in _items(metrics):
        metric.update(generated, reference)


def _compute(metrics: nn.ModuleDict) -> dict[str, Tensor]:
    figures = {name: metric.compute() for name, metric in _items(metrics)}
    for _, metric in _items(metrics):
        metric.reset()
    return figures


def _items(metrics: nn.ModuleDict) -> Iterable[tuple[str, Metric]]:
    return cast("Iterable[tuple[str, Metric]]", metrics.items())
