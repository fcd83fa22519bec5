"""Contracts as the configuration states them, and sounds whose properties are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voiceclone.audio.contract import AudioContract

CONF = Path(__file__).resolve().parents[2] / "conf" / "audio"


@pytest.fixture(scope="session")
def contract_of() -> Callable[..., AudioContract]:
    """``contract_of("hifigan_22k", "f_max=11025")``: the contract of a file in conf/audio, with overrides."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    def build(name: str, *overrides: str) -> AudioContract:
        with initialize_config_dir(str(CONF), version_base="1.3"):
            return instantiate(compose(name, overrides=list(overrides)))

    return build


@pytest.fixture
def tone() -> Callable[..., np.ndarray]:
    """``tone(hz, seconds, rate)``: a steady voiced sound, ten harmonics at a peak of about a half."""

    def build(hz: float, seconds: float, rate: int) -> np.ndarray:
        times = np.arange(round(seconds * rate)) / rate
        wave = sum(np.sin(2 * np.pi * hz * k * times) / k for k in range(1, 11))
        return (0.25 * wave).astype(np.float32)

    return build


@pytest.fixture
def babble(rng: np.random.Generator) -> Callable[..., np.ndarray]:
    """``babble(seconds, rate)``: like speech to a detector, a buzz of changing pitch whose level goes up and down."""

    def build(seconds: float, rate: int) -> np.ndarray:
        times = np.arange(round(seconds * rate)) / rate
        pitch = 150 + 40 * np.sin(2 * np.pi * 0.7 * times + rng.uniform(0, 6))
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * times)
        return (0.2 * syllables * sum(np.sin(k * phase) / k for k in range(1, 20))).astype(np.float32)

    return build


@pytest.fixture
def hiss(rng: np.random.Generator) -> Callable[..., np.ndarray]:
    """``hiss(seconds, rate, db)``: white noise of a level in dB re full scale."""

    def build(seconds: float, rate: int, db: float) -> np.ndarray:
        return (10 ** (db / 20) * rng.standard_normal(round(seconds * rate))).astype(np.float32)

    return build
