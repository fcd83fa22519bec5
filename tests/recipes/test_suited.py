"""A whole voice from any corpus: what it cannot train is left out or comes ready."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hydra import compose, initialize_config_dir

from recipes import suited
from recipes.cli import CONF
from recipes.voice import _needed


@pytest.fixture(autouse=True)
def conf() -> Iterator[None]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


class Store:
    """A corpus's speakers and emotions."""

    def __init__(self, **names: list[str]) -> None:
        self.names = names

    def select(self, split: str) -> Store:
        return self

    def present(self, field: str) -> list[str]:
        return self.names[field]


@pytest.mark.parametrize(
    ("stores", "left_out", "encoder"),
    [
        ([Store(speaker=["a", "b"], emotion=["sad"])], [], None),
        ([Store(speaker=["a"], emotion=[]), Store(speaker=["b"], emotion=["sad"])], [], None),
        ([Store(speaker=["a", "b"], emotion=[])], ["emotion_classifier"], None),
        ([Store(speaker=["kathleen"], emotion=[])], ["emotion_classifier"], "resemblyzer"),
    ],
)
def test_stages_follow_the_corpora(
    stores: list[Store], left_out: list[str], encoder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suited, "open_stores", lambda cfg: stores)
    cfg = compose("train", overrides=["experiment=emotion_tts"])
    every = list(cfg.stages)
    suited.suit(cfg)
    assert [name for name in every if name not in cfg.stages] == left_out
    assert cfg.stages.speaker_encoder.get("use") == encoder


def test_stages_that_serve_a_ready_one_are_idle() -> None:
    cfg = compose(
        "train", overrides=["experiment=emotion_tts", "+stages.acoustic.use=x", "+stages.vocoder_finetune.use=y"]
    )
    assert _needed(cfg) == ["speaker_encoder", "acoustic", "vocoder_finetune"]
