"""Voice bundles: what is saved comes back, and what is damaged is named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file
from tiny_voice import AUDIO, tiny_bundle

from voiceclone.checkpoints.bundle import PARTS, load_bundle, save_bundle
from voiceclone.errors import CheckpointError, ContractMismatch


@pytest.fixture
def folder(voice_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(voice_folder, tmp_path / "voice"))


def test_a_voice_comes_back_as_it_was_saved(folder: Path) -> None:
    saved, loaded = tiny_bundle(), load_bundle(folder)
    assert (loaded.audio, loaded.encoder_audio) == (saved.audio, saved.encoder_audio)
    assert loaded.speakers == saved.speakers
    assert loaded.symbols.symbols == saved.symbols.symbols
    for part in PARTS:
        expected = saved.networks[part].state_dict()
        for name, value in loaded.networks[part].state_dict().items():
            assert torch.equal(value, expected[name]), (part, name)


def test_half_precision_halves_the_files_and_loads_as_float32(tmp_path: Path, folder: Path) -> None:
    half = save_bundle(tiny_bundle(), tmp_path / "half", half=True)
    assert (half / "acoustic.safetensors").stat().st_size < 0.6 * (folder / "acoustic.safetensors").stat().st_size
    assert {p.dtype for p in load_bundle(half).networks["acoustic"].parameters()} == {torch.float32}


@pytest.mark.parametrize("file", ["voice.yaml", "vocoder.safetensors", "symbols.json", "speakers.json"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(CheckpointError, match=f"{file}: missing"):
        load_bundle(folder)


@pytest.mark.parametrize("file", ["acoustic.safetensors", "symbols.json"])
def test_a_truncated_file_is_named(folder: Path, file: str) -> None:
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(CheckpointError, match=f"{file}: damaged"):
        load_bundle(folder)


def test_weights_of_another_size_do_not_load(folder: Path) -> None:
    description = yaml.safe_load((folder / "voice.yaml").read_text("utf-8"))
    description["vocoder"]["channels"] = 24
    (folder / "voice.yaml").write_text(yaml.safe_dump(description), "utf-8")
    with pytest.raises(CheckpointError, match="do not fit"):
        load_bundle(folder)


def test_a_voice_of_another_format_says_which_it_is(folder: Path) -> None:
    text = (folder / "voice.yaml").read_text("utf-8").replace("format: 1", "format: 0")
    (folder / "voice.yaml").write_text(text, "utf-8")
    with pytest.raises(CheckpointError, match="written in format 0"):
        load_bundle(folder)


def test_a_voice_names_networks_never_code(folder: Path) -> None:
    description = yaml.safe_load((folder / "voice.yaml").read_text("utf-8"))
    assert "voiceclone." not in str(description)
    description["vocoder"]["network"] = "os.system"
    (folder / "voice.yaml").write_text(yaml.safe_dump(description), "utf-8")
    with pytest.raises(CheckpointError, match=r"unknown network 'os\.system'"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("voice.yaml", "hop_length: 128", "hop_lenght: 128", r"voice\.yaml: audio: unknown settings \['hop_lenght'\]"),
        ("voice.yaml", "network: istft", "network: isft", r"voice\.yaml: unknown network 'isft'"),
        ("voice.yaml", "name: tiny", "name: tiny: x", r"voice\.yaml: damaged or cut off"),
        ("speakers.json", "embedding", "vector", r"speakers\.json: expected speakers by name"),
        ("symbols.json", "version", "edition", r"symbols\.json: symbol table"),
    ],
)
def test_a_file_that_was_edited_is_named(folder: Path, file: str, old: str, new: str, message: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(CheckpointError, match=message):
        load_bundle(folder)


def test_weights_of_a_voice_with_other_mels_are_refused(folder: Path, tmp_path: Path) -> None:
    other = save_bundle(replace(tiny_bundle(), audio=replace(AUDIO, f_max=7000)), tmp_path / "other")
    shutil.copy(other / "acoustic.safetensors", folder)
    with pytest.raises(
        ContractMismatch, match=r"acoustic\.safetensors were made for different .*\n  f_max: 8000.0 / 7000"
    ):
        load_bundle(folder)


def test_a_network_of_another_hop_than_its_voice_is_refused(folder: Path) -> None:
    """A voice from before files were tagged."""
    text = (folder / "voice.yaml").read_text("utf-8").replace("hop_length: 128", "hop_length: 64", 1)
    (folder / "voice.yaml").write_text(text, "utf-8")
    for part in ("acoustic", "vocoder"):
        save_file(load_file(folder / f"{part}.safetensors"), folder / f"{part}.safetensors")
    with pytest.raises(ContractMismatch, match=r"vocoder\.safetensors: its hop_length is 128, the mels of .* have 64"):
        load_bundle(folder)


def test_a_folder_that_is_no_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such voice"):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(CheckpointError, match=r"voice\.yaml: missing"):
        load_bundle(tmp_path)
