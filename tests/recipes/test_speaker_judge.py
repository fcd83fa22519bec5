"""Who tells speakers apart in an evaluation: the wheel's encoder, a run's, or a voice's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from tiny_voice import tiny_bundle

from recipes.speaker_judge import SpeakerJudge, speaker_judge
from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints.bundle import save_bundle
from voiceclone.errors import CheckpointError, ConfigError
from voiceclone.metrics.similarity import SpeakerSimilarity

ROOT = Path(__file__).resolve().parents[2]
RATE = 16_000


def composed(*overrides: str, root: str = "evaluate") -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose(root, overrides=list(overrides))


@pytest.fixture(scope="module")
def contract() -> AudioContract:
    return instantiate(composed().encoder_audio)


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    time = np.arange(2 * RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 15))
    return (0.1 * buzz * np.clip(np.sin(2 * np.pi * 3 * time), 0.05, 1)).astype(np.float32)


def hears(judge: SpeakerJudge, wave: np.ndarray, size: int) -> None:
    embedding = judge(wave, RATE)
    assert embedding.shape == (size,)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-4)


def run_of_an_encoder(folder: Path) -> Path:
    """What a training leaves: its configuration and its last checkpoint."""
    small = ("speaker_encoder=ge2e", "speaker_encoder.hidden_size=8", "speaker_encoder.embedding_size=12")
    cfg = composed("experiment=speaker_encoder", *small, root="train")
    OmegaConf.set_struct(cfg, False)
    cfg.run_dir, cfg.facts.speakers = str(folder), ["a", "b"]
    (folder / "checkpoints").mkdir(parents=True)
    OmegaConf.save(cfg, folder / "config.yaml", resolve=True)
    torch.save({"state_dict": instantiate(cfg.task).state_dict()}, folder / "checkpoints" / "last.ckpt")
    return folder


def test_the_encoder_of_a_run(tmp_path: Path, contract: AudioContract, wave: np.ndarray) -> None:
    judge = speaker_judge(str(run_of_an_encoder(tmp_path / "run")), contract)
    hears(judge, wave, 12)


def test_the_encoder_of_a_voice(tmp_path: Path, contract: AudioContract, wave: np.ndarray) -> None:
    bundle = tiny_bundle()
    judge = speaker_judge(str(save_bundle(bundle, tmp_path / "tiny")), contract)
    hears(judge, wave, bundle.networks["speaker_encoder"].embedding_size)


def test_the_wheel_is_the_default_and_editions_tell_encoders_apart(tmp_path: Path, wave: np.ndarray) -> None:
    cfg = composed(f"paths.output={tmp_path}")
    setting: Any = OmegaConf.to_container(cfg.metrics.similarity, resolve=True)
    wheel = instantiate(setting, sample_rate=RATE)
    assert isinstance(wheel, SpeakerSimilarity)
    assert wheel.judge(wave, wave) == pytest.approx(1, abs=1e-5)
    setting["encoder"]["encoder"] = str(run_of_an_encoder(tmp_path / "run"))
    other = instantiate(setting, sample_rate=RATE)
    assert len({wheel.edition, other.edition, SpeakerSimilarity.edition}) == 3


def test_what_is_no_encoder_is_named(tmp_path: Path, contract: AudioContract) -> None:
    with pytest.raises(ConfigError, match="speaker_judge=nobody: neither 'resemblyzer', nor the folder of a run"):
        speaker_judge("nobody", contract)
    (tmp_path / "config.yaml").write_text("task: {}\n")
    with pytest.raises(CheckpointError, match=r"last\.ckpt: no such checkpoint"):
        speaker_judge(str(tmp_path), contract)
