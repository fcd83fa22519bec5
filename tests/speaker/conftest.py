"""What the tests of the speaker encoder share."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from voiceclone.audio.contract import AudioContract


@pytest.fixture(scope="session")
def ge2e_contract() -> AudioContract:
    """The mels that GE2E's published encoders hear."""
    return AudioContract(16000, 400, 160, 400, 40, 0, 8000, log="none", power=2, padding="center", pad_mode="constant")


@pytest.fixture
def wheel() -> None:
    """Skips where the package with the trained encoder is not installed."""
    if find_spec("resemblyzer") is None:
        pytest.skip("the resemblyzer package is not installed")
