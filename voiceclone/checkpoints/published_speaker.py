"""The speaker encoders of Resemblyzer and Real-Time-Voice-Cloning, which share one layout of their weights."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import Tensor

from voiceclone.checkpoints.published import load_published
from voiceclone.errors import CheckpointError
from voiceclone.models.speaker import LSTMEncoder

# Of the loss, not of the network; GE2ELoss(scale=..., bias=...) goes on from them.
_OF_THE_LOSS = ("similarity_weight", "similarity_bias")


def load_ge2e(state: Mapping[str, Tensor], config: Mapping[str, Any] | None = None) -> LSTMEncoder:
    """The encoder whose weights are ``state``. All sizes follow from their shapes, so ``config`` is not read."""
    net = LSTMEncoder(**ge2e_settings(state))
    net.load_state_dict({name: value for name, value in state.items() if name not in _OF_THE_LOSS})
    return net


def ge2e_settings(state: Mapping[str, Tensor], config: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What `LSTMEncoder` is to be built with for these weights."""
    return {
        "n_mels": state["lstm.weight_ih_l0"].shape[1],
        "hidden_size": state["lstm.weight_hh_l0"].shape[1],
        "n_layers": sum(name.startswith("lstm.weight_hh_l") for name in state),
        "embedding_size": state["linear.weight"].shape[0],
    }


def resemblyzer_encoder(**expected: int) -> LSTMEncoder:
    """The encoder that comes with the resemblyzer package (Apache-2.0): 256 numbers from 40 mels at 16 kHz.

    Only its weights are read, none of its code runs. ``expected`` are settings that the network must have, so that a
    configuration can state them. Raises `CheckpointError` if the package is not installed or the settings differ.
    """
    found = find_spec("resemblyzer")
    if found is None or not found.submodule_search_locations:
        raise CheckpointError("The weights of the resemblyzer package are not installed: pip install resemblyzer")
    net = load_published("ge2e", Path(found.submodule_search_locations[0]) / "pretrained.pt")
    assert isinstance(net, LSTMEncoder)
    for name, value in expected.items():
        if getattr(net, name, value) != value:
            raise CheckpointError(f"resemblyzer's encoder has {name}={getattr(net, name)}, not {value}.")
    return net
