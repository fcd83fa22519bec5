"""Published vocoder checkpoints in and out: HiFi-GAN (jik876/hifi-gan) and MelGAN (descriptinc/melgan-neurips).

Our networks name their layers as the published ones do; what differs is how a normalised weight is stored. Published
files have ``weight_g`` and ``weight_v`` (weight norm) or ``weight_orig``, ``weight_u`` and ``weight_v`` (spectral
norm) where PyTorch's present parametrisations keep ``parametrizations.weight.*``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

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


def load_melgan_discriminator(state: dict[str, Tensor], config: Mapping[str, Any] | None) -> nn.Module:
    """MelGAN's discriminator, by ``num_D``, ``ndf`` and the rates; the published sizes where not given."""
    settings = {"num_D": 3, "ndf": 16, "n_layers": 4, "downsampling_factor": 4, **(config or {})}
    rates = [settings["downsampling_factor"]] * settings["n_layers"]
    return _filled(MelGANMultiScale(settings["num_D"], settings["ndf"], rates), state)


def export_published(network: nn.Module) -> dict[str, Tensor]:
    """The weights of any of these networks in the published layout, on the CPU: the inverse of ``load_*``.

    The published programs read them from ``{"generator": ...}`` or ``{"mpd": ..., "msd": ...}`` (HiFi-GAN), or as
    they are (MelGAN).
    """
    state = network.state_dict()
    return {theirs: state[ours].detach().cpu().clone() for ours, theirs in _published_names(network).items()}


def hifigan_config(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The model part of a published ``config.json`` for `HiFiGANGenerator`'s ``settings``."""
    return {theirs: settings[ours] for theirs, ours in _HIFIGAN_SETTINGS.items()}


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
