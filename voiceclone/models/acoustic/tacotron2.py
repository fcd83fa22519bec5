"""Tacotron 2 (Shen et al. 2018) with whatever conditioning it is given."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from voiceclone.errors import ConfigError, SynthesisError
from voiceclone.models.acoustic.alignment import measure
from voiceclone.models.acoustic.conditioning import Conditioned, Conditioning, Conditions
from voiceclone.models.acoustic.convolutions import Postnet
from voiceclone.models.acoustic.decoder import Decoded, Decoder
from voiceclone.models.acoustic.encoder import TextEncoder
from voiceclone.models.acoustic.free_running import Drive, run_free
from voiceclone.models.acoustic.output import FreeRunningOutput, TacotronOutput
from voiceclone.models.acoustic.stopping import REASONS, StopRule
from voiceclone.models.masks import length_mask

# Past the end of an item the stop token is certain.
_SURELY_OVER = 1e3


class Tacotron2(nn.Module):
    """Encoder, conditioning, decoder and postnet; without ``conditioning`` it is the published network.

    Inside, the mel is ``(mel - mel_mean) / mel_deviation``; the published network takes it as it is. With
    ``mask_padding`` no convolution sees the padding, so that an item sounds the same in any batch; the published
    network does not do that.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        decoder: Decoder,
        postnet: Postnet,
        conditioning: Conditioning | None = None,
        mel_mean: float = 0.0,
        mel_deviation: float = 1.0,
        mask_padding: bool = False,
    ) -> None:
        super().__init__()
        wanted, given = decoder.condition_width, conditioning.width if conditioning else 0
        if wanted != given:
            raise ConfigError(f"acoustic: decoder.condition_width is {wanted}, the conditioning makes {given} numbers.")
        self.encoder = encoder
        self.conditioning = conditioning
        self.decoder = decoder
        self.postnet = postnet
        self.mel_mean, self.mel_deviation = mel_mean, mel_deviation
        self.mask_padding = mask_padding

    @property
    def n_mels(self) -> int:
        """Bands of the mel it makes."""
        return self.decoder.n_mels

    def forward(
        self,
        text: Tensor,
        text_lengths: Tensor,
        mel: Tensor,
        mel_lengths: Tensor,
        conditions: Conditions | None = None,
        prenet_dropout: bool | None = None,
        alignment: Tensor | None = None,
        f0: Tensor | None = None,
    ) -> TacotronOutput:
        """Teacher-forced: ``text`` [B, N] int64, ``mel`` [B, n_mels, T], both with lengths [B].

        The prenet's dropout follows training and eval mode unless ``prenet_dropout`` says otherwise;
        ``alignment`` [B, S, N] takes the place of the model's own attention, and ``f0`` [B, T] in Hz, 0 where unvoiced,
        of the melody it predicts.
        """
        conditioned = self._listen(text, text_lengths, conditions)
        frames = mel.shape[2]
        # The published postnet sees what is decoded behind an item's end; ours sees zeros there.
        spare = 0 if self.mask_padding else self.postnet.reach
        decoded = self.decoder(
            conditioned.memory,
            text_lengths,
            self._inward(mel),
            [min(length + spare, frames) for length in mel_lengths.tolist()],
            conditioned.condition,
            self.training if prenet_dropout is None else prenet_dropout,
            alignment,
            conditioned.melody,
            f0,
        )
        decoded = decoded._replace(mel=decoded.mel[:, :, :frames])
        return self._finish(decoded, mel_lengths.to(mel.device), conditioned)

    @torch.no_grad()
    def infer(
        self,
        text: Tensor,
        text_lengths: Tensor | None = None,
        conditions: Conditions | None = None,
        max_steps: int | None = None,
        gate_threshold: float = 0.5,
        prenet_dropout: bool = True,
        generator: torch.Generator | None = None,
        stop: StopRule | None = None,
        frames: Tensor | int | None = None,
        alignment: Tensor | None = None,
        sharpness: float = 1.0,
    ) -> FreeRunningOutput:
        """Free-running: ``text`` [B, N] int64 with ``text_lengths`` [B] (all N, if left out).

        Stops each item as ``stop`` says, by default at ``gate_threshold`` and after at most ``max_steps`` decoder
        steps (left out: a number proportional to the text). ``frames``, a number or [B], asks for an exact length;
        ``alignment`` [B, S, N] takes the place of the model's own attention, and sets the length to its S steps
        unless ``frames`` is given too. ``sharpness`` multiplies the attention's scores: a model that has only learnt to
        look about where it reads speaks more clearly when it is made to look in one place. ``generator`` makes the
        prenet's dropout repeatable. Raises `SynthesisError` for text that is empty or holds unknown symbols, and for no
        ``frames`` or ``max_steps``.
        """
        lengths = self._checked(text, text_lengths)
        conditioned = self._listen(text, lengths, conditions)
        reduction = self.decoder.reduction
        if stop is None:
            stop = StopRule(gate_threshold, max_frames=None if max_steps is None else max_steps * reduction)
        if frames is None and alignment is not None:
            frames = alignment.shape[1] * reduction
        exact = None if frames is None else torch.as_tensor(frames, device=text.device).expand(len(text))
        if (max_steps is not None and max_steps < 1) or (exact is not None and int(exact.min()) < 1):
            raise SynthesisError(f"frames={frames}, max_steps={max_steps}: speech has one frame or more.")
        steps = None if exact is None else torch.div(exact + reduction - 1, reduction, rounding_mode="floor")
        drive = Drive(stop, prenet_dropout, generator, steps, alignment, sharpness)
        memory, condition, melody = conditioned.memory, conditioned.condition, conditioned.melody
        decoded, watch = run_free(self.decoder, memory, lengths, condition, drive, melody)
        ends = watch.steps * reduction if exact is None else exact
        decoded = decoded._replace(mel=decoded.mel[:, :, : int(ends.max())])
        return FreeRunningOutput(
            **vars(self._finish(decoded, ends, conditioned, alone=True)),
            stopped_by=tuple(REASONS[reason] for reason in watch.reasons.tolist()),
            quality=measure(decoded.alignments, watch.steps, lengths, reduction),
        )

    def _listen(self, text: Tensor, lengths: Tensor, conditions: Conditions | None) -> Conditioned:
        mask = length_mask(lengths.to(text.device), text.shape[1]) if self.mask_padding else None
        memory = self.encoder(text, lengths, mask)
        if self.conditioning is None:
            return Conditioned(memory, None)
        return self.conditioning(memory, text, lengths, conditions or Conditions())

    def _finish(
        self, decoded: Decoded, mel_lengths: Tensor, conditioned: Conditioned, alone: bool = False
    ) -> TacotronOutput:
        """Postnet and masks; ``alone`` keeps the items of a batch from each other's padding."""
        inside = length_mask(mel_lengths, decoded.mel.shape[2])
        steps = torch.div(mel_lengths + self.decoder.reduction - 1, self.decoder.reduction, rounding_mode="floor")
        refined = decoded.mel + self.postnet(decoded.mel, inside if alone or self.mask_padding else None)
        made = length_mask(steps, decoded.gate_logits.shape[1])
        return TacotronOutput(
            mel=self._outward(decoded.mel) * inside.unsqueeze(1),
            mel_postnet=self._outward(refined.float()) * inside.unsqueeze(1),
            gate_logits=decoded.gate_logits.masked_fill(~made, _SURELY_OVER),
            alignments=decoded.alignments * made.unsqueeze(2),
            mel_lengths=mel_lengths,
            steps=steps,
            conditioned=None if self.conditioning is None else conditioned,
            pitch=None if conditioned.melody is None else decoded.pitch,
        )

    def _checked(self, text: Tensor, lengths: Tensor | None) -> Tensor:
        if lengths is None:
            lengths = torch.full((len(text),), text.shape[1], device=text.device)
        if text.numel() == 0 or int(lengths.min()) < 1:
            raise SynthesisError("There is nothing to say: the text has no symbols.")
        if int(text.min()) < 0 or int(text.max()) >= self.encoder.n_symbols:
            raise SynthesisError(
                f"The text has symbol ids from {int(text.min())} to {int(text.max())}, the voice knows "
                f"{self.encoder.n_symbols} symbols: encode it with the symbol table the voice was trained with."
            )
        return lengths.to(text.device)

    def _inward(self, mel: Tensor) -> Tensor:
        return (mel - self.mel_mean) / self.mel_deviation

    def _outward(self, mel: Tensor) -> Tensor:
        return mel * self.mel_deviation + self.mel_mean
