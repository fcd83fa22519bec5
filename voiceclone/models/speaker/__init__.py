"""Speaker encoders: mels ``[B, n_mels, T]`` and their lengths ``[B]`` to unit embeddings ``[B, D]``."""

from voiceclone.models.speaker.ecapa_tdnn import EcapaTDNN
from voiceclone.models.speaker.lstm import LSTMEncoder
from voiceclone.models.speaker.x_vector import XVector

__all__ = ["EcapaTDNN", "LSTMEncoder", "XVector"]
