"""Griffin-Lim in the place of a voice's vocoder: what the acoustic model says, whatever a young vocoder makes of it."""

from __future__ import annotations

import argparse

import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.models.vocoder.generator import Generator
from voiceclone.synthesis.cloner import VoiceCloner


class Inverted(Generator):
    """Mel -> wave by phase retrieval; it wants a whole utterance at once."""

    receptive_field = 1 << 30

    def __init__(self, contract: AudioContract) -> None:
        super().__init__()
        self.contract, self.n_mels, self.hop_length = contract, contract.n_mels, contract.hop_length
        self.nothing_learnt = torch.nn.Parameter(torch.zeros(0))

    def forward(self, mel: Tensor) -> Tensor:
        return griffin_lim(mel, self.contract)[:, None]


def add_option(parser: argparse.ArgumentParser) -> None:
    """``--griffin-lim``, which `open_voice` understands."""
    parser.add_argument("--griffin-lim", action="store_true", help="invert mels instead of vocoding them")


def open_voice(asked: argparse.Namespace) -> VoiceCloner:
    """The ``voice`` that was asked for, with the vocoder that was."""
    voice = VoiceCloner.from_pretrained(asked.voice)
    if asked.griffin_lim:
        voice.vocoder = Inverted(voice.bundle.audio)
    return voice
