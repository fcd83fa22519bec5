"""Two small systems and their recordings, on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voiceclone.audio import io

RATE = 16_000


def buzz(pitch: float, seconds: float = 1.2) -> np.ndarray:
    """A voice-like sound with moving pitch and syllables, another for every pitch."""
    time = np.arange(round(seconds * RATE)) / RATE
    contour = pitch * (1 + 0.15 * np.sin(2 * np.pi * 1.3 * time))
    wave = sum(np.sin(2 * np.pi * k * np.cumsum(contour) / RATE) / k for k in range(1, 15))
    noise = 1e-3 * np.random.default_rng(int(pitch)).standard_normal(len(time))
    return (0.1 * wave * np.clip(np.sin(2 * np.pi * 3 * time), 0.05, 1) + noise).astype(np.float32)


@pytest.fixture
def voice() -> Callable[..., np.ndarray]:
    return buzz


@pytest.fixture(scope="session")
def make_folders() -> Callable[[Path], dict[str, Path]]:
    """Recordings of two speakers, three clips each, and two systems that copy them, one of them well."""

    def make(root: Path) -> dict[str, Path]:
        rng = np.random.default_rng(0)
        for speaker, pitch in (("ann", 210.0), ("bob", 110.0)):
            for number in range(3):
                wave, name = buzz(pitch + 7 * number), f"{speaker}/{number}.wav"
                io.save(root / "recordings" / name, wave, RATE)
                for system, noise in (("good", 0.002), ("poor", 0.03)):
                    io.save(root / system / name, wave + noise * rng.standard_normal(len(wave)), RATE)
        return {name: root / name for name in ("recordings", "good", "poor")}

    return make


@pytest.fixture
def folders(make_folders: Callable[[Path], dict[str, Path]], tmp_path: Path) -> dict[str, Path]:
    return make_folders(tmp_path)
