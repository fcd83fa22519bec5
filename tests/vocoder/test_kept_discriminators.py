"""Discriminators go with a voice, for those who train its vocoder on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from voiceclone.checkpoints.adversary import adversary_weights, has_adversary, load_discriminators, save_adversary
from voiceclone.errors import CheckpointError
from voiceclone.models.vocoder.discriminators import MultiPeriod

CONFIG: dict[str, Any] = {
    "multi_period": {
        "_target_": "voiceclone.models.vocoder.discriminators.MultiPeriod", "periods": [2, 3], "widths": [2, 4],
    }
}  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    nets = torch.nn.ModuleDict({"multi_period": MultiPeriod([2, 3], [2, 4])})
    save_adversary(tmp_path, nets, CONFIG, {"adversarial_multi_period": 1.0})
    return tmp_path


def test_they_come_back_as_they_were_and_name_no_import_path(kept: Path) -> None:
    assert has_adversary(kept)
    assert not has_adversary(kept / "training")
    again, other = load_discriminators(kept)["multi_period"], load_discriminators(kept)["multi_period"]
    wave = torch.randn(1, 1, 512)
    assert torch.equal(again(wave)[0][0], other(wave)[0][0])
    assert adversary_weights(kept) == {"adversarial_multi_period": 1.0}
    assert "voiceclone" not in (kept / "training/adversary.yaml").read_text("utf-8")


def test_damaged_ones_are_named(kept: Path) -> None:
    (kept / "training/adversary.safetensors").write_bytes(b"cut off")
    with pytest.raises(CheckpointError, match=r"adversary\.safetensors: damaged or cut off"):
        load_discriminators(kept)
