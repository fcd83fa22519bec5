"""Speaking from files: what comes out, what is told when something is wrong, and what is kept when it stops."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_voice import AUDIO, tiny_bundle

from recipes import generate
from voiceclone.audio.io import load_metadata, probe, save
from voiceclone.checkpoints.bundle import save_bundle
from voiceclone.checkpoints.published_vocoder import export_published
from voiceclone.evaluation.speaking import digest
from voiceclone.models.vocoder import MelGANGenerator
from voiceclone.synthesis.cloner import VoiceCloner


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["generate.py", *map(str, arguments)])
    generate.main()


def manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(scope="module")
def hum(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds that pass for a reference recording."""
    time = np.arange(2 * 16000) / 16000
    wave = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 12)) * (0.6 + 0.4 * np.sin(8 * np.pi * time))
    path = tmp_path_factory.mktemp("reference") / "声音 [1].wav"
    save(path, (0.1 * wave).astype(np.float32), 16000)
    return path


def test_a_table_says_emotion_speaker_and_file_for_each_text(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "lines.csv"
    table.write_text("text,emotion,intensity,speaker,file\nHello there.,sad,0.5,小明,first\nBye.,,,,\n", "utf-8")
    run(monkeypatch, "--voice", voice_folder, "--input", table, "--output", out, "--emotion", "happy")
    first, second = manifest(out)
    assert (first["file"], first["emotion"], first["intensity"], first["speaker"]) == ("first.wav", "sad", 0.5, "小明")
    assert (second["file"], second["emotion"]) == ("0002_bye.wav", "happy")
    assert load_metadata(out / "first.wav") == {
        "text": "Hello there.", "voice": "tiny", "emotion": "sad", "speech": "synthetic",
    }  # fmt: skip


def test_texts_come_from_standard_input_too(voice_folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe:
        class buffer:
            @staticmethod
            def read() -> bytes:
                return "今天天气很好。\n".encode("gbk")

    monkeypatch.setattr(sys, "stdin", Pipe)
    run(monkeypatch, "--voice", voice_folder, "--input", "-", "--output", out)
    assert manifest(out)[0]["text"] == "今天天气很好。"


def test_several_recordings_make_one_voice_and_rates_for_studios_are_resampled(
    voice_folder: Path, hum: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(
        monkeypatch, "--voice", voice_folder, "--text", "It works.", "--output", out, "--speaker-wav", hum, hum,
        "--sample-rate", "48000",
    )  # fmt: skip
    (entry,) = manifest(out)
    assert entry["speaker_wav"] == [str(hum), str(hum)]
    assert probe(out / entry["file"]).sample_rate == 48000


def test_a_published_generator_of_the_same_mels_can_speak(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def published(n_mels: int) -> Path:
        path = tmp_path / f"melgan_{n_mels}.pt"
        torch.save(export_published(MelGANGenerator(n_mels, 4, [8, 4, 4], 1)), path)
        return path

    (tmp_path / "config.json").write_text(json.dumps({"ngf": 4, "n_residual_layers": 1, "ratios": [8, 4, 4]}))
    voice = VoiceCloner.from_pretrained(voice_folder)
    voice.swap_vocoder(published(40))
    assert isinstance(voice.vocoder, MelGANGenerator)
    assert voice.tts("It works.")[0].size
    with pytest.raises(SystemExit):
        run(monkeypatch, "--voice", voice_folder, "--text", "Hi.", "--output", out, "--vocoder", published(80))


def test_generator_swaps_the_vocoder_and_leaves_the_rest(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tiny_bundle()
    for parameter in other.networks["vocoder"].parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    save_bundle(other, tmp_path / "other")
    command = ["--voice", voice_folder, "--text", "It works.", "--output", out]
    run(monkeypatch, *command)
    run(monkeypatch, *command, f"generator={tmp_path / 'other'}", "--seed", "1234")
    run(monkeypatch, *command, "--vocoder", tmp_path / "other")
    first, second = manifest(out)  # the third is the second by another name, and was already spoken
    assert first["seconds"] == second["seconds"]
    voice = VoiceCloner.from_pretrained(voice_folder)
    before, plain = digest(voice), voice.tts("It works.")[0]
    voice.swap_vocoder(tmp_path / "other")
    assert not np.allclose(plain, voice.tts("It works.")[0])
    assert digest(voice) != before
    assert digest(VoiceCloner.from_pretrained(voice_folder)) == before


def test_what_was_done_before_an_interruption_is_kept(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("One.\nTwo.\nThree.\n", "utf-8")
    arguments = ["--voice", voice_folder, "--input", tmp_path / "a.txt", "--output", out]
    monkeypatch.setattr(generate, "_AT_ONCE", 1)
    speak_all, calls = VoiceCloner.speak_all, []

    def interrupted(self: VoiceCloner, *args: Any) -> Any:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return speak_all(self, *args)

    monkeypatch.setattr(VoiceCloner, "speak_all", interrupted)
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *arguments)
    assert stopped.value.code == 130
    assert "What was done is kept" in capsys.readouterr().err
    assert [entry["text"] for entry in manifest(out)] == ["One.", "Two."]
    run(monkeypatch, *arguments)
    assert "2 of 3 were already spoken" in capsys.readouterr().out
    assert [entry["text"] for entry in manifest(out)] == ["One.", "Two.", "Three."]


def test_a_voice_that_was_trained_on_speaks_anew(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = Path(shutil.copytree(voice_folder, tmp_path / "voice"))
    arguments = ["--voice", voice, "--text", "Hello.", "--output", out]
    run(monkeypatch, *arguments)
    (voice / "voice.yaml").write_text((voice / "voice.yaml").read_text("utf-8") + "\n", "utf-8")
    run(monkeypatch, *arguments)
    assert len(manifest(out)) == 2


def test_a_language_the_voice_was_never_trained_on_is_tried_with_a_warning(
    voice_folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, "--voice", voice_folder, "--text", "Guten Tag.", "--language", "de", "--output", out)
    assert (
        capsys.readouterr().err.strip() == "warning: language de: this voice was trained on en, zh only; it will try."
    )
    assert len(manifest(out)) == 1


def broken(voice_folder: Path, folder: Path) -> dict[str, Path]:
    """Voices that cannot be loaded, by what is wrong with them."""
    names = ("missing", "cut", "old", "foreign", "mixed", "half")
    voices = {name: Path(shutil.copytree(voice_folder, folder / name)) for name in names}
    (voices["missing"] / "acoustic.safetensors").unlink()
    whole = (voices["cut"] / "vocoder.safetensors").read_bytes()
    (voices["cut"] / "vocoder.safetensors").write_bytes(whole[: len(whole) // 2])
    text = (voices["old"] / "voice.yaml").read_text("utf-8")
    (voices["old"] / "voice.yaml").write_text(text.replace("format: 1", "format: 0"), "utf-8")
    save_bundle(replace(tiny_bundle(), audio=replace(AUDIO, f_max=7000)), voices["foreign"])
    shutil.copy(voices["foreign"] / "vocoder.safetensors", voices["mixed"])
    description = (voices["half"] / "voice.yaml").read_text("utf-8")
    (voices["half"] / "voice.yaml").write_text(description[: description.index("attention_rnn_width") + 9], "utf-8")
    return voices


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--voice", "{missing}"], "acoustic.safetensors: missing from the voice"),
        (["--voice", "{cut}"], "vocoder.safetensors: damaged or cut off"),
        (["--voice", "{old}"], "written in format 0"),
        (
            ["--voice", "{mixed}"],
            "vocoder.safetensors were made for different audio settings:\n  f_max: 8000.0 / 7000.0",
        ),
        (["--voice", "{half}"], "voice.yaml: damaged or cut off"),
        (["--vocoder", "{foreign}"], "f_max"),
        (["generator={foreign}"], "f_max: 8000.0 / 7000.0"),
        (["generator=hifigan_v2"], "expected the folder or name of a voice, or the file of a published generator"),
        (["--speaker-wav", "{text}"], "is not a recording that can be read"),
        (["--speaker-wav", "nowhere.wav"], "nowhere.wav: no such file"),
        (["--speaker", "小名"], "小明"),
        (["--emotion", "hapy"], "Did you mean 'happy'"),
        (["--output", "{text}"], "cannot be written"),
        (["--device", "cuda:7"], "device=cuda:7: cannot be used here"),
        (["--language", "klingonese"], "klingonese"),
        (["--sample-rate", "12"], "sample_rate=12"),
        (["--sample-rate", "high"], "sample_rate=high: expected a number"),
        (["--intensity", "much"], "intensity=much: expected a number"),
        (["--seed", "x"], "seed=x: expected a whole number"),
        (["--speaker-wav", "{old}"], "is a folder, expected a recording"),
    ],
)
def test_bad_input_is_one_clear_message(
    voice_folder: Path,
    tmp_path: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: str,
) -> None:
    places: dict[str, Any] = broken(voice_folder, tmp_path)
    places["text"] = tmp_path / "words.txt"
    places["text"].write_text("These are words.\n", "utf-8")
    given = [argument.format(**places) for argument in arguments]
    defaults = {"--voice": voice_folder, "--input": places["text"], "--output": out}
    for flag, value in defaults.items():
        given += [] if flag in given else [flag, str(value)]
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, *given)
    assert stopped.value.code == 1
    message = capsys.readouterr().err.strip()
    assert message.startswith("error: ")
    assert expected in message
    assert "Traceback" not in message
    assert not list(out.glob("*.wav"))


def test_a_text_that_cannot_be_spoken_is_told_by_its_number_before_anything_is_spoken(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text("One.\n...\n", "utf-8")
    with pytest.raises(SystemExit):
        run(monkeypatch, "--voice", voice_folder, "--input", tmp_path / "a.txt", "--output", out)
    assert "a.txt, text 2: nothing to speak" in capsys.readouterr().err
    assert not list(out.glob("*.wav"))


def test_two_texts_for_one_file_are_refused(
    voice_folder: Path, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("text,file\nOne.,same\nTwo.,same.wav\n", "utf-8")
    with pytest.raises(SystemExit):
        run(monkeypatch, "--voice", voice_folder, "--input", tmp_path / "a.csv", "--output", out)
    assert "texts 1 and 2 both ask for the file same.wav" in capsys.readouterr().err


def test_a_long_text_still_fits_the_metadata(voice_folder: Path, tmp_path: Path) -> None:
    text = "天气很好。" * 120
    VoiceCloner.from_pretrained(voice_folder).tts_to_file(text, file_path=tmp_path / "a.wav")
    kept = load_metadata(tmp_path / "a.wav")
    assert kept["text"].endswith("…")
    assert text.startswith(kept["text"][:-1])
    assert kept["speech"] == "synthetic"
