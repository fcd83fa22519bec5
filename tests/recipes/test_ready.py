"""Parts that come ready: from voices, and from published files that these tests make themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig

from recipes.cli import CONF
from recipes.ready import ready_run, ready_settings
from recipes.trained import initialise, load_task
from voiceclone.checkpoints.bundle import load_bundle
from voiceclone.checkpoints.find import find_voice
from voiceclone.checkpoints.published_vocoder import export_published, hifigan_config
from voiceclone.errors import CheckpointError, ConfigError, ContractMismatch
from voiceclone.models.speaker import LSTMEncoder
from voiceclone.models.vocoder import HiFiGANGenerator, MelGANGenerator
from voiceclone.models.vocoder.discriminators import MultiPeriod, MultiScale
from voiceclone.text.symbols import default_table

SMALL = {
    "n_mels": 80, "channels": 16, "upsample_rates": [8, 8, 4], "upsample_kernel_sizes": [16, 16, 8],
    "residual_block": "2", "residual_kernel_sizes": [3], "residual_dilations": [[1, 2]],
}  # fmt: skip

LIGHT = ["discriminator=[multi_resolution_small]"]


@pytest.fixture(autouse=True)
def conf() -> Iterator[None]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., DictConfig]:
    """Composes a stage over a corpus that is prepared once."""
    work = tmp_path_factory.mktemp("work")

    def make(*overrides: str) -> DictConfig:
        paths = [f"paths.{name}={work / name}" for name in ("data", "store", "output")]
        return compose("train", overrides=["corpus.demo.clips_per_speaker=4", "workers=1", *paths, *overrides])

    return make


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """HiFi-GAN's two files and its configuration, as its program leaves them; the networks are small."""
    torch.manual_seed(0)
    folder = tmp_path / "published"
    folder.mkdir()
    torch.save({"generator": export_published(HiFiGANGenerator(**SMALL))}, folder / "g_00000010")
    nets = {"mpd": MultiPeriod(), "msd": MultiScale()}
    torch.save({name: export_published(net) for name, net in nets.items()}, folder / "do_00000010")
    (folder / "config.json").write_text(json.dumps(hifigan_config(SMALL)), "utf-8")
    return folder


def hifigan(**changed: Any) -> list[str]:
    """Overrides for a generator of the published layout."""
    settings = {**SMALL, **changed}
    shown = [f"generator.{name}={json.dumps(value)}" for name, value in settings.items() if name != "n_mels"]
    return ["experiment=vocoder", "generator=hifigan_v2", "discriminator=[multi_period,multi_scale]", *shown]


def test_a_vocoder_begins_from_published_generator_and_discriminators(
    configured: Callable[..., DictConfig], published: Path
) -> None:
    task = instantiate(configured(*hifigan()).task)
    initialise(task, [str(published / "g_00000010"), str(published / "do_00000010")])
    expected = torch.load(published / "g_00000010", weights_only=True)["generator"]
    for network in (task.generator, task.average.net):
        found = export_published(network)
        assert all(torch.equal(found[name], value) for name, value in expected.items())
    expected = torch.load(published / "do_00000010", weights_only=True)["mpd"]
    found = export_published(task.adversarial.discriminators["multi_period"])
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_what_does_not_fit_names_both_layouts(configured: Callable[..., DictConfig], published: Path) -> None:
    other = instantiate(configured("experiment=vocoder_cpu", *LIGHT).task)
    with pytest.raises(CheckpointError, match=r"is a HiFiGANGenerator of .* has a SourceFilterGenerator of"):
        initialise(other, str(published / "g_00000010"))
    wider = instantiate(configured(*hifigan(channels=32)[:2], *LIGHT, *hifigan(channels=32)[3:]).task)
    with pytest.raises(CheckpointError, match=r"they differ in \d+ weights, conv_pre.bias: 16 there, 32 here"):
        initialise(wider, str(published / "g_00000010"))
    with pytest.raises(CheckpointError, match="holds a MultiPeriod discriminator, and this configuration has none"):
        initialise(other, str(published / "do_00000010"))


def test_a_run_lends_its_generator_to_a_training_against_other_discriminators(
    configured: Callable[..., DictConfig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = instantiate(configured("experiment=vocoder_cpu").task)
    torch.save({"pytorch-lightning_version": "2", "state_dict": first.state_dict()}, tmp_path / "last.ckpt")
    others = "discriminator=[multi_period_small,melgan]"
    second = instantiate(configured("experiment=vocoder_cpu", others).task)
    initialise(second, tmp_path / "last.ckpt")
    printed = capsys.readouterr().out
    assert "multi_resolution is left out" in printed
    assert "melgan begins anew" in printed
    for network in ("generator", "average.net", "adversarial.discriminators.multi_period"):
        given, found = first.get_submodule(network).state_dict(), second.get_submodule(network).state_dict()
        assert all(torch.equal(found[name], value) for name, value in given.items())


def test_published_networks_stand_in_for_stages(
    configured: Callable[..., DictConfig], published: Path, tmp_path: Path
) -> None:
    encoder = LSTMEncoder(40, 16, 2, 16)
    torch.save({"step": 1, "model_state": encoder.state_dict()}, tmp_path / "encoder.pt")
    run = ready_run(configured("experiment=speaker_encoder"), "speaker_encoder", str(tmp_path / "encoder.pt"))
    task, cfg = load_task(run)
    assert cfg.speaker_encoder.hidden_size == 16
    mel = torch.rand(1, 40, 50)
    torch.testing.assert_close(task.network(mel), encoder.eval()(mel))  # type: ignore[operator]
    run = ready_run(configured("experiment=vocoder_cpu", *LIGHT), "vocoder", str(published / "g_00000010"))
    task, cfg = load_task(run)
    assert isinstance(task.network, HiFiGANGenerator)
    assert ready_run(configured("experiment=vocoder_cpu", *LIGHT), "vocoder", str(published / "g_00000010")) == run


def test_a_voice_lends_the_part_of_a_stage(configured: Callable[..., DictConfig], voice_folder: Path) -> None:
    tiny = ["audio.sample_rate=16000", "audio.n_fft=512", "audio.hop_length=128", "audio.win_length=512"]
    tiny += ["audio.n_mels=40", "audio.magnitude_epsilon=0"]
    run = ready_run(configured("experiment=speaker_encoder"), "speaker_encoder", str(voice_folder))
    assert isinstance(load_task(run)[0].network, LSTMEncoder)
    run = ready_run(configured("experiment=acoustic", *tiny), "acoustic", str(voice_folder))
    task, cfg = load_task(run)
    assert list(cfg.facts.emotions) == ["neutral", "happy", "sad"]
    assert task.acoustic.conditioning.languages == ("en", "zh")  # type: ignore[union-attr]
    with pytest.raises(ContractMismatch, match="hop_length"):
        ready_run(configured("experiment=vocoder_cpu", *LIGHT), "vocoder", str(voice_folder))
    with pytest.raises(ConfigError, match="voices hold none"):
        ready_run(configured("experiment=emotion_classifier"), "emotion_classifier", str(voice_folder))


def test_training_begins_from_the_voice_that_ships(
    configured: Callable[..., DictConfig], caplog: pytest.LogCaptureFixture
) -> None:
    shipped = load_bundle(find_voice("demo")).networks
    wide = ["generator.channels=192", "generator.hidden=512"]
    vocoder = instantiate(configured("experiment=vocoder_cpu", *LIGHT, *wide).task)
    initialise(vocoder, "demo")
    weight = shipped["vocoder"].head.weight
    assert all(torch.equal(net.head.weight, weight) for net in (vocoder.generator, vocoder.average.net))

    cfg = configured("experiment=acoustic_small", "task.warm_start=demo")
    cfg.facts = {
        "speakers": ["x"],
        "emotions": ["bored", "sad"],
        "languages": ["de", "zh"],
        "n_symbols": len(default_table()),
    }
    acoustic = instantiate(cfg.task).acoustic
    assert torch.equal(acoustic.encoder.embedding.weight, shipped["acoustic"].encoder.embedding.weight)
    known = load_bundle(find_voice("demo")).emotions
    old, new = (net.conditioning.emotion.table.weight for net in (shipped["acoustic"], acoustic))
    assert torch.equal(new[1], old[known.index("sad")])
    assert "new in conditioning.emotion.table.weight: bored" in caplog.text


def test_a_name_that_is_nothing_is_answered_with_what_there_is(tmp_path: Path) -> None:
    assert ready_settings("speaker_encoder", "resemblyzer") == {"speaker_encoder": "ge2e_resemblyzer"}
    assert ready_settings("vocoder", str(tmp_path)) == {}
    with pytest.raises(ConfigError, match="Did you mean 'resemblyzer'"):
        ready_settings("speaker_encoder", "resemblizer")


def test_a_tacotron_of_letters_is_sent_to_the_warm_start(configured: Callable[..., DictConfig], tmp_path: Path) -> None:
    path = tmp_path / "tacotron2_statedict.pt"
    torch.save({"state_dict": {"decoder.attention_rnn.weight_hh": torch.zeros(4, 4)}}, path)
    with pytest.raises(CheckpointError, match=r"stages\.acoustic\.task\.warm_start="):
        ready_run(configured("experiment=acoustic"), "acoustic", str(path))
    torch.save(export_published(MelGANGenerator(80, 4, [8, 8, 4], 1)), tmp_path / "melgan.pt")
    (tmp_path / "config.json").write_text(json.dumps({"ngf": 4, "n_residual_layers": 1, "ratios": [8, 8, 4]}))
    with pytest.raises(CheckpointError, match="is a MelGANGenerator"):
        initialise(instantiate(configured("experiment=vocoder_cpu", *LIGHT).task), str(tmp_path / "melgan.pt"))


def test_weights_for_other_mels_are_no_beginning(
    configured: Callable[..., DictConfig], published: Path, tmp_path: Path
) -> None:
    decadic = instantiate(configured(*hifigan(), "audio=melgan_22k").task)
    made = tmp_path / "run.ckpt"
    torch.save({"ready": True, "state_dict": decadic.state_dict(), "audio": decadic.contract.to_dict()}, made)
    with pytest.raises(ContractMismatch, match="log: log10 / ln"):
        initialise(instantiate(configured(*hifigan()).task), str(made))
    config = hifigan_config(SMALL, replace(decadic.contract, log="ln"))
    (published / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ContractMismatch, match=r"f_max: 11025\.0 / 8000\.0"):
        initialise(instantiate(configured(*hifigan()).task), str(published / "g_00000010"))
