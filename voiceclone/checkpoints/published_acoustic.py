"""NVIDIA's Tacotron 2 checkpoints: the same network under other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from voiceclone.models.acoustic import Decoder, LocationSensitiveAttention, Postnet, Prenet, Tacotron2, TextEncoder

# Where our names differ, ours -> theirs; the convolution stacks follow in `_layers`.
_NAMES = {
    "encoder.embedding.weight": "embedding.weight",
    "decoder.attention_rnn.attention.query.weight": "decoder.attention_layer.query_layer.linear_layer.weight",
    "decoder.attention_rnn.attention.keys.weight": "decoder.attention_layer.memory_layer.linear_layer.weight",
    "decoder.attention_rnn.attention.score.weight": "decoder.attention_layer.v.linear_layer.weight",
    "decoder.attention_rnn.attention.location_filters.weight": (
        "decoder.attention_layer.location_layer.location_conv.conv.weight"
    ),
    "decoder.attention_rnn.attention.location.weight": (
        "decoder.attention_layer.location_layer.location_dense.linear_layer.weight"
    ),
    "decoder.projection.weight": "decoder.linear_projection.linear_layer.weight",
    "decoder.projection.bias": "decoder.linear_projection.linear_layer.bias",
    "decoder.gate.weight": "decoder.gate_layer.linear_layer.weight",
    "decoder.gate.bias": "decoder.gate_layer.linear_layer.bias",
}
_CELL = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def load_tacotron2(state: dict[str, Tensor], config: Mapping[str, Any] | None = None) -> Tacotron2:
    """The network with these weights. Sizes follow from the weights; of ``config`` (the published hyper-parameters)
    the dropout rates are used. Raises ``KeyError`` or ``RuntimeError`` where keys are missing or shapes clash."""
    net = _network(state, config or {})
    names = _their_names(net)
    # Counters, which normalisation in eval mode does not read, are not in every program's files.
    state = {theirs: torch.tensor(0) for theirs in names.values() if theirs.endswith("num_batches_tracked")} | state
    unknown = sorted(state.keys() - set(names.values()))
    if unknown:
        raise KeyError(f"unexpected weights {unknown[:5]}")
    weights = {ours: state[theirs] for ours, theirs in names.items()}
    net.load_state_dict({**weights, "decoder._extra_state": torch.tensor(net.decoder.reduction)})
    return net


def export_tacotron2(net: Tacotron2) -> dict[str, Tensor]:
    """The weights of an unconditioned ``net`` under the published names, the inverse of `load_tacotron2`."""
    ours = net.state_dict()
    return {theirs: ours[name].detach().clone() for name, theirs in _their_names(net).items()}


def _network(state: Mapping[str, Tensor], config: Mapping[str, Any]) -> Tacotron2:
    def size(name: str, dimension: int) -> int:
        return state[name].shape[dimension]

    n_symbols, memory_width = state["embedding.weight"].shape
    n_mels = size("decoder.prenet.layers.0.linear_layer.weight", 1)
    frames = size(_NAMES["decoder.projection.weight"], 0)
    prenet_layers = _count(state, "decoder.prenet.layers.{}.linear_layer.weight")
    sizes = [size(f"decoder.prenet.layers.{i}.linear_layer.weight", 0) for i in range(prenet_layers)]
    attention_rnn_width = size("decoder.attention_rnn.weight_hh", 1)
    filters, _, kernel = state[_NAMES["decoder.attention_rnn.attention.location_filters.weight"]].shape
    attention = LocationSensitiveAttention(
        attention_rnn_width,
        memory_width,
        size(_NAMES["decoder.attention_rnn.attention.keys.weight"], 0),
        filters,
        kernel,
    )
    decoder = Decoder(
        n_mels,
        Prenet(n_mels, sizes),
        attention,
        memory_width,
        attention_rnn_width,
        size("decoder.decoder_rnn.weight_hh", 1),
        config.get("p_attention_dropout", 0.1),
        config.get("p_decoder_dropout", 0.1),
        reduction=frames // n_mels,
    )
    text = TextEncoder(
        n_symbols,
        memory_width,
        _count(state, "encoder.convolutions.{}.0.conv.weight"),
        size("encoder.convolutions.0.0.conv.weight", 2),
    )
    layers = _count(state, "postnet.convolutions.{}.0.conv.weight")
    first = state["postnet.convolutions.0.0.conv.weight"]
    return Tacotron2(text, decoder, Postnet(n_mels, first.shape[0], layers, first.shape[2]))


def _their_names(net: Tacotron2) -> dict[str, str]:
    """Our name -> the published name, for every weight of an unconditioned network."""
    names = dict(_NAMES)
    for part, stack in (("encoder", net.encoder.convolutions), ("postnet", net.postnet)):
        ours = "encoder.convolutions" if part == "encoder" else "postnet"
        for i in range(len(stack.convolutions)):
            for kind in ("weight", "bias"):
                names[f"{ours}.convolutions.{i}.{kind}"] = f"{part}.convolutions.{i}.0.conv.{kind}"
            for kind in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                names[f"{ours}.norms.{i}.{kind}"] = f"{part}.convolutions.{i}.1.{kind}"
    for i in range(len(net.decoder.prenet.layers)):
        names[f"decoder.prenet.layers.{i}.weight"] = f"decoder.prenet.layers.{i}.linear_layer.weight"
    for kind in _CELL:
        names[f"decoder.attention_rnn.cell.{kind}"] = f"decoder.attention_rnn.{kind}"
        names[f"decoder.decoder_rnn.{kind}_l0"] = f"decoder.decoder_rnn.{kind}"
        for direction in ("", "_reverse"):
            names[f"encoder.lstm.{kind}_l0{direction}"] = f"encoder.lstm.{kind}_l0{direction}"
    return names


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    count = 0
    while pattern.format(count) in state:
        count += 1
    return count
