"""Every file in conf/ composes, and what it describes can be built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from recipes.cli import CONF
from recipes.hints import explain

ROOTS = sorted(path.stem for path in CONF.glob("*.yaml"))


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


GROUPS = sorted(folder.name for folder in CONF.iterdir() if folder.is_dir())
FILES = [
    (group, name)
    for group in GROUPS
    if group not in ("experiment", "launcher", "search", "recogniser")
    for name in choices(group)
]


@pytest.fixture(autouse=True)
def conf() -> Iterator[None]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


def composed(*overrides: str, root: str = "train") -> DictConfig:
    return compose(root, overrides=list(overrides))


@pytest.mark.parametrize("root", ROOTS)
def test_every_root_composes(root: str) -> None:
    OmegaConf.to_container(composed(root=root), resolve=True)


@pytest.mark.parametrize("name", choices("experiment"))
def test_every_experiment_composes_and_names_itself(name: str) -> None:
    cfg = composed(f"experiment={name}")
    OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True)
    assert cfg.name


@pytest.mark.parametrize(("group", "name"), FILES)
def test_every_choice_can_be_made_on_the_command_line(group: str, name: str) -> None:
    assert composed("experiment=vocoder", f"{group}={name}") is not None


@pytest.mark.parametrize("name", choices("recogniser"))
def test_every_recogniser_can_be_chosen_for_an_evaluation(name: str) -> None:
    cfg = composed(f"recogniser={name}", root="evaluate")
    assert cfg.metrics.wer.recogniser == cfg.metrics.cer.recogniser == cfg.recogniser
    assert str(cfg.recogniser._target_).lower().endswith(name)


def test_a_launcher_is_chosen_where_its_plugin_is_installed() -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    for name in choices("launcher"):
        assert composed("experiment=vocoder", f"launcher={name}") is not None


@pytest.mark.parametrize("name", choices("optim"))
def test_the_learning_rate_has_a_short_name(name: str) -> None:
    assert composed("experiment=vocoder", f"optim={name}", "optim.lr=5e-5").optim.optimizer.lr == 5e-5


@pytest.mark.parametrize(
    ("group", "name"),
    [(g, n) for g in ("speaker_encoder", "acoustic", "generator") for n in choices(g)],
)
def test_every_network_can_be_built(group: str, name: str) -> None:
    cfg = composed("experiment=vocoder", f"{group}={name}", "facts.n_symbols=100")
    cfg.facts.speakers, cfg.facts.emotions, cfg.facts.languages = ["a", "b"], ["neutral", "sad"], ["en"]
    with torch.device("meta"):
        network = instantiate(cfg[group], _convert_="all")
    assert sum(parameter.numel() for parameter in network.parameters()) > 0


@pytest.mark.parametrize("name", choices("corpus"))
def test_every_corpus_stands_under_its_own_key(name: str) -> None:
    cfg = composed("experiment=vocoder", f"corpus={name}")
    assert list(cfg.corpus) == [name]
    assert hasattr(instantiate(cfg.corpus[name]), "__iter__")


def test_several_corpora_are_a_mapping_in_which_nothing_is_merged_away() -> None:
    assert list(composed("experiment=vocoder", "corpus=[ravdess,emodb]").corpus) == ["ravdess", "emodb"]


def test_audio_settings_stand_in_one_place_only() -> None:
    for path in CONF.rglob("*.yaml"):
        if path.parent.name != "audio":
            text = path.read_text("utf-8")
            assert "22050" not in text, path
            assert "n_mels: 80" not in text, path


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("trainer.max_step=3", "Did you mean 'trainer.max_steps'?"),
        ("max_steps=3", "Did you mean 'trainer.max_steps'?"),
        ("corpsu=kathleen", "Did you mean 'corpus'?"),
        ("experiment=vocodr", "Did you mean 'vocoder'?"),
        ("corpus=[kathlen]", "Did you mean 'kathleen'?"),
        ("audio=hifigan_22", "Did you mean 'hifigan_22k'?"),
    ],
)
def test_a_misspelt_override_is_answered_with_the_nearest_right_one(override: str, hint: str) -> None:
    arguments = [override] if override.startswith("experiment") else ["experiment=vocoder", override]
    with pytest.raises(Exception, match="Could not") as caught:
        composed(*arguments)
    assert hint in explain(caught.value, Path(CONF), "train", arguments)
