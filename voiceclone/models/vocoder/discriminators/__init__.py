"""Discriminators: wave ``[B, 1, L]`` in; a list of scores and a list of lists of feature maps out."""

from voiceclone.models.vocoder.discriminators.period import MultiPeriod
from voiceclone.models.vocoder.discriminators.scale import MelGANMultiScale, MultiScale
from voiceclone.models.vocoder.discriminators.spectral import MultiResolutionSpectrogram, MultiScaleSTFT

__all__ = ["MelGANMultiScale", "MultiPeriod", "MultiResolutionSpectrogram", "MultiScale", "MultiScaleSTFT"]
