"""Sentences to waveforms in batches; what the attention lost its way in is spoken again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.models.acoustic import Conditions, FreeRunningOutput, StopRule, Tacotron2
from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inference import vocode
from voiceclone.synthesis.manner import kind, stacked

# An attention that has rested this long on the last symbol has said everything.
REST_SECONDS = 0.3
# How much more decided than in training the attention is: what it has learnt in hours is a wide look, and mumbles.
SHARPNESS = 2.0


@dataclass(frozen=True)
class Sentence:
    """One spoken sentence: ``wave`` [L], ``mel`` [n_mels, T], ``alignment`` [S, N] over its symbols.

    ``quality`` holds coverage, focus and monotonicity of the alignment, ``stopped_by`` what ended it, ``attempts`` how
    often it was spoken; ``failed`` says that words are likely to be missing or repeated all the same. ``level`` is how
    many dB louder than neutral speech its emotion asks to be.
    """

    text: str
    wave: np.ndarray
    mel: Tensor
    alignment: Tensor
    quality: dict[str, float]
    stopped_by: str
    attempts: int
    failed: bool
    level: float


@dataclass(frozen=True)
class Speaker:
    """The two networks that turn symbols into sound, and the contract between them."""

    acoustic: Tacotron2
    vocoder: Generator
    contract: AudioContract
    device: torch.device
    batch_size: int = 16
    attempts: int = 3

    def speak(
        self, texts: Sequence[str], symbols: Sequence[list[int]], asked: Sequence[Conditions], seed: int
    ) -> list[Sentence]:
        """Speak sentences given as ``symbols``, each under its ``asked`` conditions (of batch size 1), in their order.

        Equal ``seed``, equal speech. A sentence whose alignment fails is spoken again with other dropout, up to
        ``attempts`` times; its best attempt is kept.
        """
        best: dict[int, Sentence] = {}
        kinds = [kind(conditions) for conditions in asked]
        todo = sorted(range(len(texts)), key=lambda index: (str(kinds[index]), len(symbols[index])))
        for attempt in range(self.attempts):
            for start, batch in self._batches(todo, kinds):
                dropout = torch.Generator(self.device).manual_seed(seed + 1000 * attempt + start)
                conditions = stacked([asked[i] for i in batch])
                spoken = self._mels(
                    [texts[i] for i in batch], [symbols[i] for i in batch], conditions, dropout, attempt
                )
                for index, sentence in zip(batch, spoken, strict=True):
                    best[index] = _better(best.get(index), sentence)
            todo = [index for index in todo if best[index].failed]
        return [self._voiced(best[index]) for index in range(len(texts))]

    def _batches(self, todo: Sequence[int], kinds: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, list[int]]]:
        """The place of each batch's first sentence in ``todo``, and its sentences, all of one kind."""
        start = 0
        for _, same in groupby(todo, key=lambda index: kinds[index]):
            rest = list(same)
            while rest:
                yield start, rest[: self.batch_size]
                start, rest = start + len(rest[: self.batch_size]), rest[self.batch_size :]

    @torch.inference_mode()
    def _mels(
        self, texts: list[str], symbols: list[list[int]], asked: Conditions, dropout: torch.Generator, attempt: int
    ) -> list[Sentence]:
        """The sentences without their waves."""
        lengths = torch.tensor([len(ids) for ids in symbols], device=self.device)
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(ids) for ids in symbols], batch_first=True)
        stop = StopRule(patience=round(REST_SECONDS * self.contract.frame_rate))
        output = self.acoustic.infer(
            padded.to(self.device), lengths, asked, generator=dropout, stop=stop, sharpness=SHARPNESS
        )
        return [self._sentence(text, output, item, len(symbols[item]), attempt) for item, text in enumerate(texts)]

    def _voiced(self, sentence: Sentence) -> Sentence:
        wave = vocode(self.vocoder, sentence.mel[None], self.contract)[0, 0]
        return replace(sentence, wave=wave.cpu().numpy())

    def _sentence(self, text: str, output: FreeRunningOutput, item: int, n_symbols: int, attempt: int) -> Sentence:
        assert output.quality is not None
        mel = _possible(output.mel_postnet[item, :, : int(output.mel_lengths[item])], self.contract)
        return Sentence(
            text=text,
            wave=np.zeros(0, np.float32),
            mel=mel.float().cpu(),
            alignment=output.alignments[item, : int(output.steps[item]), :n_symbols].float().cpu(),
            quality=output.quality[item],
            stopped_by=output.stopped_by[item],
            attempts=attempt + 1,
            failed=bool(output.quality.failed()[item]) or output.stopped_by[item] == "limit",
            level=self._level(output, item),
        )

    def _level(self, output: FreeRunningOutput, item: int) -> float:
        prosody = output.conditioned.prosody if output.conditioned is not None else None
        return 0.0 if prosody is None else float((prosody.common + prosody.personal)[item, 2])


def _possible(mel: Tensor, contract: AudioContract) -> Tensor:
    """``mel`` within what a waveform in -1..1 can have: a model that is hardly trained goes beyond it."""
    if contract.log == "none":
        return mel.clamp(min=0)
    logarithm = math.log if contract.log == "ln" else math.log10
    return mel.clamp(logarithm(contract.log_floor), logarithm(contract.n_fft))


def _better(known: Sentence | None, new: Sentence) -> Sentence:
    """The later of two attempts where it succeeded, else the one that left out less."""
    if known is None or not new.failed or new.quality["coverage"] > known.quality["coverage"]:
        return new
    return replace(known, attempts=new.attempts)
