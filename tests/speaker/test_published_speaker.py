"""Published speaker encoders: their weights in, their embeddings out."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints import load_published
from voiceclone.checkpoints.published_speaker import resemblyzer_encoder
from voiceclone.errors import CheckpointError
from voiceclone.models.speaker.embedding import SpeakerEmbedder


def by_rule(name: str, shape: list[int]) -> np.ndarray:
    """The numbers that the reference outputs were made with: see the README beside them."""
    return np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)


def rule_state(folder: Path) -> dict[str, Tensor]:
    shapes = json.loads((folder / "ge2e.json").read_text("utf-8"))["state_dict"]
    state = {}
    for key, shape in shapes.items():
        scale = 1 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.1
        state[key] = torch.from_numpy(by_rule(key, shape) * scale).float()
    return state


@pytest.mark.shared
def test_embeddings_are_those_of_the_published_network(shared: Path, tmp_path: Path) -> None:
    folder = shared / "parity"
    mels = torch.from_numpy(np.abs(by_rule("mels", [20, 160, 40]))).float().transpose(1, 2)
    expected = torch.from_numpy(np.load(folder / "ge2e.npz")["embeds"])
    torch.save({"step": 7, "model_state": rule_state(folder), "optimizer_state": {"lr": 1e-4}}, tmp_path / "ge2e.pt")
    for source in (rule_state(folder), tmp_path / "ge2e.pt"):
        with torch.inference_mode():
            ours = load_published("ge2e", source)(mels)
        assert (ours - expected).abs().max() <= 1e-4 * expected.abs().max()


@pytest.mark.shared
def test_real_speech_gets_the_embedding_that_resemblyzer_gives_it(
    shared: Path, ge2e_contract: AudioContract, wheel: None
) -> None:
    fixture = np.load(shared / "parity" / "mel_LJ001-0001.npz")
    expected = fixture["resemblyzer_embedding_of_wave_16k"]
    ours = SpeakerEmbedder(resemblyzer_encoder(), ge2e_contract).embed_prepared([fixture["wave_16k"]])[0]
    assert np.abs(ours - expected).max() <= 1e-4 * np.abs(expected).max()


def test_other_sizes_follow_from_the_shapes() -> None:
    from voiceclone.models.speaker import LSTMEncoder

    net = LSTMEncoder(20, 12, 2, 8)
    loaded = load_published("ge2e", {**net.state_dict(), "similarity_weight": torch.ones(1)})
    mel = torch.rand(3, 20, 30)
    torch.testing.assert_close(loaded(mel), net.eval()(mel))


def test_names_inside_a_data_parallel_wrapper_are_read_too() -> None:
    from voiceclone.models.speaker import LSTMEncoder

    net = LSTMEncoder(20, 12, 2, 8)
    loaded = load_published("ge2e", {"model_state": {f"module.{k}": v for k, v in net.state_dict().items()}})
    assert all(torch.equal(value, loaded.state_dict()[name]) for name, value in net.state_dict().items())


def test_weights_of_something_else_are_refused() -> None:
    with pytest.raises(CheckpointError, match=r"ge2e: .* lacks 'lstm\.weight_hh_l0', found conv\.weight"):
        load_published("ge2e", {"conv.weight": torch.ones(3)})


def test_a_configuration_that_expects_another_network_is_told(wheel: None) -> None:
    assert resemblyzer_encoder(n_mels=40, embedding_size=256).n_mels == 40
    with pytest.raises(CheckpointError, match="n_mels=40, not 80"):
        resemblyzer_encoder(n_mels=80)


def test_a_missing_package_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceclone.checkpoints.published_speaker.find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match="pip install resemblyzer"):
        resemblyzer_encoder()
