"""Vocoders: mel ``[B, n_mels, T]`` in, wave ``[B, 1, T * hop_length]`` out."""

from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.hifigan import HiFiGANGenerator
from voiceclone.models.vocoder.inference import for_inference, latency, stream, vocode
from voiceclone.models.vocoder.istft import ISTFTGenerator
from voiceclone.models.vocoder.melgan import MelGANGenerator
from voiceclone.models.vocoder.source_filter import SourceFilterGenerator

__all__ = [
    "Generator",
    "HiFiGANGenerator",
    "ISTFTGenerator",
    "MelGANGenerator",
    "SourceFilterGenerator",
    "for_inference",
    "latency",
    "stream",
    "vocode",
]
