"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_voice import tiny_bundle

from voiceclone.checkpoints.bundle import save_bundle

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with recorded speech and reference outputs; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("VOICECLONE_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no recorded speech at {folder}: set VOICECLONE_SHARED")
    return folder


@pytest.fixture(scope="session")
def voice_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of untrained networks on disk; copy it before damaging it."""
    return save_bundle(tiny_bundle(), tmp_path_factory.mktemp("voices") / "tiny")


@pytest.fixture(autouse=True)
def _same_chance_in_any_order() -> None:
    torch.manual_seed(0)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)
