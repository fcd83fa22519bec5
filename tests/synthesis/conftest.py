from __future__ import annotations

from pathlib import Path

import pytest
from tiny_voice import tiny_bundle

from voiceclone.checkpoints.bundle import save_bundle


@pytest.fixture(scope="session")
def voice_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of untrained networks on disk; copy it before damaging it."""
    return save_bundle(tiny_bundle(), tmp_path_factory.mktemp("voices") / "tiny")
