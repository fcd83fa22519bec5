"""Networks by a short name, so that a saved voice names no import path and can run no code but ours."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from voiceclone.errors import CheckpointError, did_you_mean

_CLASSES = {
    "lstm_encoder": "voiceclone.models.speaker:LSTMEncoder",
    "ecapa_tdnn": "voiceclone.models.speaker:EcapaTDNN",
    "x_vector": "voiceclone.models.speaker:XVector",
    "tacotron2": "voiceclone.models.acoustic:Tacotron2",
    "text_encoder": "voiceclone.models.acoustic:TextEncoder",
    "tacotron2_decoder": "voiceclone.models.acoustic:Decoder",
    "prenet": "voiceclone.models.acoustic:Prenet",
    "location_attention": "voiceclone.models.acoustic:LocationSensitiveAttention",
    "postnet": "voiceclone.models.acoustic:Postnet",
    "conditioning": "voiceclone.models.acoustic:Conditioning",
    "melody": "voiceclone.models.acoustic:MelodyPredictor",
    "emotion_space": "voiceclone.models.emotion.space:EmotionSpace",
    "reference_encoder": "voiceclone.models.emotion.reference:ReferenceEncoder",
    "hifigan": "voiceclone.models.vocoder:HiFiGANGenerator",
    "melgan": "voiceclone.models.vocoder:MelGANGenerator",
    "istft": "voiceclone.models.vocoder:ISTFTGenerator",
    "source_filter": "voiceclone.models.vocoder:SourceFilterGenerator",
    "multi_period": "voiceclone.models.vocoder.discriminators:MultiPeriod",
    "multi_scale": "voiceclone.models.vocoder.discriminators:MultiScale",
    "melgan_multi_scale": "voiceclone.models.vocoder.discriminators:MelGANMultiScale",
    "multi_resolution": "voiceclone.models.vocoder.discriminators:MultiResolutionSpectrogram",
    "multi_scale_stft": "voiceclone.models.vocoder.discriminators:MultiScaleSTFT",
    "audio_contract": "voiceclone.audio.contract:AudioContract",
}

# What makes a network with weights of its own: in a bundle, which brings weights, it is the network alone.
_MAKERS = {"voiceclone.checkpoints.published_speaker.resemblyzer_encoder": "lstm_encoder"}


def build(spec: Any) -> Any:
    """The network described by ``{"network": <short name>, <argument>: <value or nested description>}``.

    Plain values come back as they are. Raises `CheckpointError` for an unknown name or arguments that do not fit.
    """
    if isinstance(spec, list):
        return [build(item) for item in spec]
    if not isinstance(spec, Mapping):
        return spec
    settings = {str(key): build(value) for key, value in spec.items() if key != "network"}
    if "network" not in spec:
        return settings
    cls = _resolve(spec["network"])
    try:
        return cls(**settings)
    except TypeError as error:
        raise CheckpointError(
            f"network '{spec['network']}' cannot be built from {sorted(settings)}: {error}"
        ) from error


def describe(config: Any) -> Any:
    """The inverse of Hydra's config for a network: each ``_target_`` becomes the registered ``network`` name."""
    if isinstance(config, (list, tuple)):
        return [describe(item) for item in config]
    if not isinstance(config, Mapping):
        return config
    settings = {str(key): describe(value) for key, value in config.items() if not str(key).startswith("_")}
    return {"network": _name_of(config["_target_"]), **settings} if "_target_" in config else settings


def configure(spec: Any) -> Any:
    """The inverse of `describe`: every registered ``network`` name becomes Hydra's ``_target_``."""
    if isinstance(spec, (list, tuple)):
        return [configure(item) for item in spec]
    if not isinstance(spec, Mapping):
        return spec
    settings = {str(key): configure(value) for key, value in spec.items() if key != "network"}
    if "network" not in spec:
        return settings
    _resolve(spec["network"])
    return {"_target_": _CLASSES[spec["network"]].replace(":", "."), **settings}


@cache
def _resolve(name: str) -> Any:
    if name not in _CLASSES:
        raise CheckpointError(f"unknown network '{name}'. {did_you_mean(name, _CLASSES)}")
    module, attribute = _CLASSES[name].split(":")
    return getattr(import_module(module), attribute)


def _name_of(target: str) -> str:
    if target in _MAKERS:
        return _MAKERS[target]
    module, _, attribute = target.rpartition(".")
    wanted = getattr(import_module(module), attribute)
    for name in _CLASSES:
        if _resolve(name) is wanted:
            return name
    raise CheckpointError(f"{target} has no registered name, so no voice can be saved with it.")
