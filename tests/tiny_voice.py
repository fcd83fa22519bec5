"""A voice of untrained networks: it says nothing one could understand, but through all the parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints.bundle import Bundle, SpeakerEntry
from voiceclone.models.registry import build
from voiceclone.text.symbols import default_table

AUDIO = AudioContract(16000, 512, 128, 512, 40, 0, 8000)
ENCODER_AUDIO = AudioContract(16000, 400, 160, 400, 40, 0, 8000, log="none", power=2, padding="center")
EMOTIONS = ["neutral", "happy", "sad"]


def specs() -> dict[str, Any]:
    emotion = {"network": "emotion_space", "labels": EMOTIONS, "width": 8}
    conditioning = {
        "network": "conditioning", "memory_width": 32, "width": 16, "speaker_width": 16, "speaker_channels": 8,
        "emotion": emotion, "languages": ["en", "zh"], "language_channels": 4, "predict_prosody": True,
    }  # fmt: skip
    decoder = {
        "network": "tacotron2_decoder", "n_mels": AUDIO.n_mels, "memory_width": 32, "attention_rnn_width": 32,
        "decoder_rnn_width": 32, "reduction": 4, "condition_width": 16,
        "prenet": {"network": "prenet", "n_mels": AUDIO.n_mels, "sizes": [16, 16]},
        "attention": {"network": "location_attention", "query_width": 32, "memory_width": 32, "width": 16,
                      "location_filters": 4},
    }  # fmt: skip
    return {
        "speaker_encoder": {"network": "lstm_encoder", "hidden_size": 16, "n_layers": 1, "embedding_size": 16},
        "acoustic": {
            "network": "tacotron2", "mel_mean": -5.0, "mel_deviation": 2.0, "mask_padding": True,
            "encoder": {"network": "text_encoder", "n_symbols": len(default_table()), "width": 32},
            "decoder": decoder,
            "postnet": {"network": "postnet", "n_mels": AUDIO.n_mels, "width": 16},
            "conditioning": conditioning,
        },
        "vocoder": {"network": "istft", "n_mels": AUDIO.n_mels, "hop_length": AUDIO.hop_length, "channels": 16,
                    "hidden": 32, "n_blocks": 1, "n_fft": AUDIO.n_fft},
    }  # fmt: skip


def tiny_bundle() -> Bundle:
    torch.manual_seed(0)
    described = specs()
    embedding = np.eye(16)[0].tolist()
    networks = {part: build(spec).eval() for part, spec in described.items()}
    _make_talkative(networks["acoustic"])
    return Bundle(
        name="tiny",
        audio=AUDIO,
        encoder_audio=ENCODER_AUDIO,
        specs=described,
        networks=networks,
        symbols=default_table(),
        speakers={"anna": SpeakerEntry(embedding, ["en"], "made up"), "小明": SpeakerEntry(embedding, ["zh"])},
        languages=["en", "zh"],
        emotions=EMOTIONS,
    )


def _make_talkative(acoustic: Any) -> None:
    """Untrained, the conditions count for nothing and the stop token fires at once."""
    for name, parameter in acoustic.named_parameters():
        if "condition" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    torch.nn.init.constant_(acoustic.decoder.gate.bias, -2.0)
