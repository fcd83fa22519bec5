"""Against what the published Tacotron 2 computes."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from voiceclone.checkpoints import load_published
from voiceclone.checkpoints.published_acoustic import export_tacotron2
from voiceclone.errors import CheckpointError
from voiceclone.models.acoustic import Tacotron2

pytestmark = pytest.mark.shared


def by_rule(name: str, shape: list[int]) -> Tensor:
    """Weights as the fixture's README makes them."""
    values = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    if name.endswith("running_var"):
        values = np.abs(values) + 0.5
    elif len(shape) >= 2:
        values = values / np.sqrt(np.prod(shape[1:]))
    else:
        values = 0.1 * values
    if "attention_layer.v." in name:
        values = values * 8
    return torch.from_numpy(np.asarray(values, np.float32))


@pytest.fixture(scope="module")
def fixture(shared: Path) -> dict:
    return json.loads((shared / "parity" / "tacotron2_teacher_forced.json").read_text())


@pytest.fixture(scope="module")
def published(fixture: dict) -> dict[str, Tensor]:
    return {name: by_rule(name, shape) for name, shape in fixture["state_dict"].items()}


@pytest.fixture(scope="module")
def net(published: dict[str, Tensor], fixture: dict) -> Tacotron2:
    loaded = load_published("tacotron2", {"state_dict": published}, fixture["config"])
    assert isinstance(loaded, Tacotron2)
    return loaded


@pytest.fixture(scope="module")
def inputs(fixture: dict) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    text_lengths, mel_lengths = (torch.tensor(fixture["inputs"][name]["lengths"]) for name in ("text", "mel"))
    text = torch.from_numpy(np.random.default_rng(zlib.crc32(b"text")).integers(1, 148, [2, 23]))
    mel = np.random.default_rng(zlib.crc32(b"mel")).standard_normal([2, 80, 40]).astype(np.float32)
    text[1, 17:], mel[1, :, 31:] = 0, 0
    return text, text_lengths, torch.from_numpy(mel), mel_lengths


def agree(ours: Tensor, theirs: np.ndarray) -> bool:
    return float(np.abs(ours.detach().numpy() - theirs).max()) <= 1e-4 * float(np.abs(theirs).max())


def test_it_has_the_published_number_of_parameters(net: Tacotron2) -> None:
    assert sum(parameter.numel() for parameter in net.parameters()) == 28_193_153


def test_teacher_forced_outputs_are_the_published_ones(net: Tacotron2, inputs: tuple, shared: Path) -> None:
    expected = np.load(shared / "parity" / "tacotron2_teacher_forced.npz")
    output = net(*inputs)
    for item, frames in enumerate(inputs[3].tolist()):
        assert agree(output.mel[item, :, :frames], expected["mel"][item, :, :frames])
        assert agree(output.mel_postnet[item, :, :frames], expected["mel_postnet"][item, :, :frames])
        assert agree(output.gate_logits[item, :frames], expected["gate_logits"][item, :frames])
        assert agree(output.alignments[item, :frames], expected["alignments"][item, :frames])


def test_running_freely_is_teacher_forcing_on_its_own_frames(net: Tacotron2, inputs: tuple) -> None:
    text = inputs[0][:1]
    free = net.infer(text, max_steps=30, gate_threshold=1.0, prenet_dropout=False)
    assert free.stopped_by == ("limit",)
    forced = net(text, torch.tensor([23]), free.mel, torch.tensor([30]))
    for name in ("mel", "mel_postnet", "gate_logits", "alignments"):
        assert agree(getattr(forced, name), getattr(free, name).numpy()), name


def test_it_stops_after_the_first_frame_above_the_threshold(net: Tacotron2, inputs: tuple) -> None:
    text = inputs[0][:1]
    gates = net.infer(text, max_steps=30, gate_threshold=1.0, prenet_dropout=False).gate_logits[0].sigmoid()
    threshold = float(gates[:12].max()) - 1e-6
    first = int((gates > threshold).nonzero()[0])
    stopped = net.infer(text, max_steps=30, gate_threshold=threshold, prenet_dropout=False)
    assert stopped.stopped_by == ("gate",)
    assert stopped.mel.shape[2] == first + 1


def test_the_published_layout_comes_out_again(net: Tacotron2, published: dict[str, Tensor]) -> None:
    exported = export_tacotron2(net)
    assert exported.keys() == published.keys()
    assert all(torch.equal(exported[name], weight) for name, weight in published.items())


def test_the_names_of_other_nvidia_programs_are_read_too(net: Tacotron2, published: dict[str, Tensor]) -> None:
    """Those of a data-parallel wrapper, and without the counters of normalisation."""
    state = {f"module.{name}": weight for name, weight in published.items() if "num_batches" not in name}
    again = load_published("tacotron2", {"state_dict": state, "iteration": 7})
    assert all(torch.equal(weight, again.state_dict()[name]) for name, weight in net.state_dict().items())


def test_a_missing_weight_is_named(published: dict[str, Tensor]) -> None:
    rest = {name: weight for name, weight in published.items() if name != "decoder.attention_rnn.bias_hh"}
    with pytest.raises(CheckpointError, match=r"decoder\.attention_rnn\.bias_hh"):
        load_published("tacotron2", rest)
