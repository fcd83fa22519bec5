"""Vocoders: mel ``[B, n_mels, T]`` in, wave ``[B, 1, T * hop_length]`` out."""

from voiceclone.models.vocoder.hifigan import HiFiGANGenerator
from voiceclone.models.vocoder.istft import ISTFTGenerator
from voiceclone.models.vocoder.melgan import MelGANGenerator
from voiceclone.models.vocoder.weight_norm import fold_weight_norm

__all__ = ["HiFiGANGenerator", "ISTFTGenerator", "MelGANGenerator", "fold_weight_norm"]
