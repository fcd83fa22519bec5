"""Published vocoder checkpoints in and out: HiFi-GAN (jik876/hifi-gan) and MelGAN (descriptinc/melgan-neurips).

Our networks name their layers as the published ones do; what differs is how a normalised weight is stored. Published
files have ``weight_g`` and ``weight_v`` (weight norm) or ``weight_orig``, ``weight_u`` and ``weight_v`` (spectral
norm) where PyTorch's present parametrisations keep ``parametrizations.weight.*``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.errors import CheckpointError
from voiceclone.models.vocoder import HiFiGANGenerator, MelGANGenerator
from voiceclone.models.vocoder.discriminators import MelGANMultiScale, MultiPeriod, MultiScale

# Each ending is one kind of normalisation's alone, so one table serves both and both directions.
_PUBLISHED_ENDINGS = {
    "original0": "weight_g",
    "original1": "weight_v",
    "original": "weight_orig",
    "0._u": "weight_u",
    "0._v": "weight_v",
}

# the published program's key -> ours
_HIFIGAN_SETTINGS = {
    "num_mels": "n_mels",
    "upsample_initial_channel": "channels",
    "upsample_rates": "upsample_rates",
    "upsample_kernel_sizes": "upsample_kernel_sizes",
    "resblock": "residual_block",
    "resblock_kernel_sizes": "residual_kernel_sizes",
    "resblock_dilation_sizes": "residual_dilations",
}
_HIFIGAN_AUDIO = {
    "sampling_rate": "sample_rate",
    "n_fft": "n_fft",
    "hop_size": "hop_length",
    "win_size": "win_length",
    "fmin": "f_min",
    "fmax": "f_max",
}

_PUBLISHED = (HiFiGANGenerator, MelGANGenerator, MultiPeriod, MultiScale, MelGANMultiScale)


def load_hifigan_generator(state: dict[str, Tensor], config: Mapping[str, Any] | None) -> nn.Module:
    """HiFi-GAN's generator of any size, by the keys of its published ``config.json``; raises as `hifigan_settings`."""
    return _filled(HiFiGANGenerator(**hifigan_settings(state, config)), state)


def hifigan_settings(state: Mapping[str, Tensor], config: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `HiFiGANGenerator` is to be built with for these weights.

    Raises `CheckpointError` without one: strides and dilations cannot be told from the weights.
    """
    if missing := [key for key in _HIFIGAN_SETTINGS if key not in {"num_mels", *(config or {})}]:
        raise CheckpointError(
            f"hifigan_generator: its configuration lacks {', '.join(missing)}. Pass the config.json that came with it."
        )
    settings: dict[str, Any] = {ours: (config or {}).get(theirs) for theirs, ours in _HIFIGAN_SETTINGS.items()}
    return settings | {"n_mels": _input_channels(state, "conv_pre"), "residual_block": str(settings["residual_block"])}


def hifigan_audio(state: Mapping[str, Tensor], config: Mapping[str, Any] | None) -> AudioContract | None:
    """The mels that ``config.json`` asks for; None where it does not say."""
    if any(key not in (config or {}) for key in _HIFIGAN_AUDIO):
        return None
    audio = {ours: (config or {})[theirs] for theirs, ours in _HIFIGAN_AUDIO.items()}
    audio["f_max"] = audio["sample_rate"] / 2 if audio["f_max"] is None else audio["f_max"]
    return AudioContract(n_mels=_input_channels(state, "conv_pre"), magnitude_epsilon=1e-9, **audio)


def load_hifigan_mpd(state: dict[str, Tensor], config: Mapping[str, Any] | None) -> nn.Module:
    """HiFi-GAN's multi-period discriminator; it has one size, so ``config`` is not read."""
    return _filled(MultiPeriod(), state)


def load_hifigan_msd(state: dict[str, Tensor], config: Mapping[str, Any] | None) -> nn.Module:
    """HiFi-GAN's multi-scale discriminator; it has one size, so ``config`` is not read."""
    return _filled(MultiScale(), state)


def load_melgan_generator(state: dict[str, Tensor], config: Mapping[str, Any] | None) -> nn.Module:
    """MelGAN's generator, by ``ngf``, ``n_residual_layers`` and ``ratios``; the published sizes where not given."""
    return _filled(MelGANGenerator(**melgan_settings(state, config)), state)


def melgan_settings(state: Mapping[str, Tensor], config: Mapping[str, Any] | None) -> dict[str, Any]:
    """What `MelGANGenerator` is to be built with for these weights."""
    settings = {"ngf": 32, "n_residual_layers": 3, "ratios": [8, 8, 2, 2], **(config or {})}
    return {
        "n_mels": _input_channels(state, "model.1"),
        "channels": settings["ngf"],
        "upsample_rates": settings["ratios"],
        "n_residual": settings["n_residual_layers"],
    }


def melgan_audio(state: Mapping[str, Tensor], config: Mapping[str, Any] | None) -> AudioContract | None:
    """The published program's mels, changed by those names of a contract's settings that ``config`` has; None for a
    generator of other bands or another hop than it ever had."""
    network, config = melgan_settings(state, config), config or {}
    if (network["n_mels"], math.prod(network["upsample_rates"])) != (80, 256):
        return None
    ours = {field.name: config[field.name] for field in fields(AudioContract) if field.name in config}
    return replace(AudioContract(22050, 1024, 256, 1024, 80, 0, 11025, "log10"), **ours)


def load_melgan_discriminator(state: dict[str, Tensor], config: Mapping[str, Any] | None) -> nn.Module:
    """MelGAN's discriminator, by ``num_D``, ``ndf`` and the rates; the published sizes where not given."""
    settings = {"num_D": 3, "ndf": 16, "n_layers": 4, "downsampling_factor": 4, **(config or {})}
    rates = [settings["downsampling_factor"]] * settings["n_layers"]
    return _filled(MelGANMultiScale(settings["num_D"], settings["ndf"], rates), state)


def export_published(network: nn.Module) -> dict[str, Tensor]:
    """The weights of any of these networks in the published layout, on the CPU: the inverse of ``load_*``.

    The published programs read them from ``{"generator": ...}`` or ``{"mpd": ..., "msd": ...}`` (HiFi-GAN), or as
    they are (MelGAN). A generator whose weight norm was folded comes out with it again, as those programs want it.
    Raises `CheckpointError` for a network that none of them has.
    """
    if not isinstance(network, _PUBLISHED):
        known = ", ".join(kind.__name__ for kind in _PUBLISHED)
        raise CheckpointError(f"{type(network).__name__} has no published layout to go out in; {known} have.")
    state = network.state_dict()
    exported = {theirs: state[ours].detach().cpu().clone() for ours, theirs in _published_names(network).items()}
    folded = not any(key.endswith(".weight_g") for key in exported)
    if folded and isinstance(network, (HiFiGANGenerator, MelGANGenerator)):
        exported = _unfolded(exported, {f"{key}_g": key for key in exported})
    return exported


def save_hifigan(
    generator: HiFiGANGenerator, settings: Mapping[str, Any], contract: AudioContract, folder: str | Path
) -> Path:
    """Write ``generator`` and ``config.json`` into ``folder``, as the published program's ``inference.py`` reads them.

    ``settings`` are those the generator was built with, such as a voice bundle's ``specs["vocoder"]``, ``contract``
    the audio settings of its mels. Returns the generator's file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    config = hifigan_config(settings, contract)
    (folder / "config.json").write_text(json.dumps(config, indent=4), "utf-8")
    torch.save({"generator": export_published(generator)}, folder / "generator")
    return folder / "generator"


def hifigan_config(settings: Mapping[str, Any], contract: AudioContract | None = None) -> dict[str, Any]:
    """The ``config.json`` for `HiFiGANGenerator`'s ``settings``; only the network's part without ``contract``."""
    config: dict[str, Any] = {theirs: settings[ours] for theirs, ours in _HIFIGAN_SETTINGS.items()}
    if contract is not None:
        config |= {theirs: getattr(contract, ours) for theirs, ours in _HIFIGAN_AUDIO.items()}
        config |= {"fmax_for_loss": None, "segment_size": 32 * contract.hop_length, "seed": 1234}
    return config


def _filled(network: nn.Module, state: Mapping[str, Tensor]) -> nn.Module:
    ours = {theirs: ours for ours, theirs in _published_names(network).items()}
    network.load_state_dict({ours.get(key, key): value for key, value in _unfolded(state, ours).items()})
    return network


def _published_names(network: nn.Module) -> dict[str, str]:
    """Our key -> the published key, for every entry of the network's state."""
    names = {}
    for ours in network.state_dict():
        layer, parametrised, ending = ours.partition(".parametrizations.weight.")
        names[ours] = f"{layer}.{_PUBLISHED_ENDINGS[ending]}" if parametrised else ours
    return names


def _unfolded(state: Mapping[str, Tensor], expected: Mapping[str, str]) -> dict[str, Tensor]:
    """``state`` with plain weights of layers that should be weight-normed taken apart again.

    Some checkpoints are passed on with their weight norm removed.
    """
    unfolded = {}
    for key, value in state.items():
        if key.endswith(".weight") and f"{key}_g" in expected:
            unfolded[f"{key}_g"] = value.flatten(1).norm(dim=1).reshape(-1, *[1] * (value.dim() - 1))
            unfolded[f"{key}_v"] = value
        else:
            unfolded[key] = value
    return unfolded


def _input_channels(state: Mapping[str, Tensor], layer: str) -> int:
    for ending in ("weight_v", "weight"):
        if f"{layer}.{ending}" in state:
            return state[f"{layer}.{ending}"].shape[1]
    raise CheckpointError(f"found no layer '{layer}' among the weights: this is not the checkpoint it is taken for.")
