"""Text, speaker and emotion to a log-mel spectrogram."""

from voiceclone.models.acoustic.attention import LocationSensitiveAttention
from voiceclone.models.acoustic.conditioning import Conditioning, Conditions
from voiceclone.models.acoustic.convolutions import Postnet
from voiceclone.models.acoustic.decoder import Decoder
from voiceclone.models.acoustic.encoder import TextEncoder
from voiceclone.models.acoustic.melody import MelodyPredictor
from voiceclone.models.acoustic.output import FreeRunningOutput, TacotronOutput
from voiceclone.models.acoustic.prenet import Prenet
from voiceclone.models.acoustic.prosody import ProsodyWish
from voiceclone.models.acoustic.stopping import StopRule
from voiceclone.models.acoustic.tacotron2 import Tacotron2

__all__ = [
    "Conditioning",
    "Conditions",
    "Decoder",
    "FreeRunningOutput",
    "LocationSensitiveAttention",
    "MelodyPredictor",
    "Postnet",
    "Prenet",
    "ProsodyWish",
    "StopRule",
    "Tacotron2",
    "TacotronOutput",
    "TextEncoder",
]
