"""The thin line: from a corpus that makes itself to sentences spoken with emotion, by the commands a user types."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recipes import generate, samples, train
from voiceclone.audio.io import load
from voiceclone.checkpoints.adversary import load_discriminators

ROOT = Path(__file__).resolve().parents[2]
TINY = [
    "corpus.demo.clips_per_speaker=12", "debug=one_step", "trainer=cpu", "logger=[csv]", "workers=1", "max_minutes=60",
    "stages.speaker_encoder.speaker_encoder.channels=32", "stages.speaker_encoder.data.n_speakers=4",
    "stages.speaker_encoder.data.n_utterances=2",
    "stages.acoustic.acoustic.encoder.width=32", "stages.acoustic.acoustic.decoder.attention_rnn_width=32",
    "stages.acoustic.acoustic.decoder.decoder_rnn_width=32", "stages.acoustic.acoustic.postnet.width=16",
    "stages.acoustic.data.frames_per_batch=2000",
    "stages.vocoder.generator.channels=32", "stages.vocoder.generator.hidden=64", "stages.vocoder.generator.n_blocks=1",
    "stages.vocoder.data.batch_size=2", "stages.vocoder.task.metrics=null", "stages.vocoder.data.validation_seconds=1",
    "stages.vocoder_finetune.generator.channels=32", "stages.vocoder_finetune.generator.hidden=64",
    "stages.vocoder_finetune.generator.n_blocks=1", "stages.vocoder_finetune.data.batch_size=2",
    "stages.vocoder_finetune.task.metrics=null", "stages.vocoder_finetune.data.validation_seconds=1",
]  # fmt: skip


def run(monkeypatch: pytest.MonkeyPatch, recipe: object, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["script.py", *arguments])
    recipe.main()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def paths(work: Path) -> list[str]:
    return [f"paths.{name}={work / name}" for name in ("data", "store", "output")]


def train_with_ready(monkeypatch: pytest.MonkeyPatch, work: Path, new: Path, wishes: list[str]) -> None:
    """``train.py`` on the recordings of ``work``, with the folder ``new`` for stores and runs."""
    places = [f"paths.data={work / 'data'}", f"paths.store={new / 'store'}", f"paths.output={new / 'output'}"]
    run(monkeypatch, train, "experiment=emotion_tts", *TINY, *places, *wishes)


@pytest.fixture(scope="module")
def voice(work: Path) -> Path:
    """The bundle that ``train.py experiment=emotion_tts`` leaves."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(samples, "_MOST_SPEAKERS", 1)
        run(monkeypatch, train, "experiment=emotion_tts", *TINY, *paths(work))
    return next(work.glob("output/emotion_tts-*/voice"))


def test_one_command_goes_from_corpus_to_samples_in_every_emotion(voice: Path) -> None:
    names = sorted(path.stem for path in (voice.parent / "samples").glob("*.wav"))
    assert {name.rpartition("_")[2] for name in names} == {
        "neutral", "happy", "sad", "angry", "surprised",
    }  # fmt: skip
    assert any(name.startswith("cloned_") for name in names)


def test_the_voice_has_a_card_and_a_report(voice: Path) -> None:
    card = (voice / "README.md").read_text("utf-8")
    assert card.startswith("# emotion_tts-")
    for needed in ("| demo |", "none needed", "experiment=emotion_tts", "| acoustic | acoustic_small-", "PESQ"):
        assert needed in card
    assert "paths." not in card
    report = json.loads((voice.parent / "report.json").read_text("utf-8"))
    assert set(report["emotions"]) == {"neutral", "happy", "sad", "angry", "surprised"}
    assert report["figures"]["copy_synthesis_pesq"] >= 1
    assert (voice.parent / "report.html").read_text("utf-8").count("<audio") >= 10


def test_a_finished_voice_is_passed_on_in_half_precision_without_training(
    work: Path, voice: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(samples, "_MOST_SPEAKERS", 1)
    target = work / "passed on"
    wishes = ["bundle.half=true", "bundle.name=anna", f"bundle.folder={target}", "bundle.consent=Anna agreed."]
    wishes += ["bundle.training=true"]
    size = (voice / "acoustic.safetensors").stat().st_size
    run(monkeypatch, train, "experiment=emotion_tts", *TINY, *paths(work), *wishes)
    assert capsys.readouterr().out.count("already trained") == 5
    assert (target / "acoustic.safetensors").stat().st_size < 0.6 * size
    assert (target / "README.md").read_text("utf-8").startswith("# anna\n")
    assert "Anna agreed." in (target / "speakers.json").read_text("utf-8")
    assert sorted(load_discriminators(target)) == ["multi_period", "multi_resolution"]


def test_a_voice_whose_parts_all_come_ready_knows_the_speakers_of_corpora_it_has_not_seen_prepared(
    work: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "_MOST_SPEAKERS", 1)
    stages = ("speaker_encoder", "acoustic", "vocoder", "vocoder_finetune")
    train_with_ready(monkeypatch, work, tmp_path, [f"stages.{name}.use={voice}" for name in stages])
    (made,) = tmp_path.glob("output/emotion_tts-*/voice/speakers.json")
    assert json.loads(made.read_text("utf-8")).keys() == json.loads((voice / "speakers.json").read_text("utf-8")).keys()


def test_the_vocoder_of_a_voice_alone_is_tuned_to_its_mels_of_corpora_it_has_not_seen_prepared(
    work: Path, voice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = [f"stages.{name}.use={voice}" for name in ("speaker_encoder", "acoustic", "vocoder")]
    train_with_ready(monkeypatch, work, tmp_path, [*ready, "only=[vocoder_finetune]"])
    (config,) = tmp_path.glob("output/vocoder_cpu-*/config.yaml")
    assert "mel: mel_predicted@" in config.read_text("utf-8")
    assert (config.parent / "checkpoints" / "last.ckpt").is_file()


def test_every_run_says_how_to_repeat_it(work: Path, voice: Path) -> None:
    for run_folder in (work / "output").iterdir():
        assert (run_folder / "config.yaml").is_file()
        repeat = json.loads((run_folder / "repeat.json").read_text("utf-8"))
        assert repeat["seed"] == 1234
        assert repeat["packages"]["torch"]


def test_the_same_command_again_trains_nothing(
    work: Path, voice: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(samples, "_MOST_SPEAKERS", 1)
    before = {path: path.stat().st_mtime_ns for path in work.glob("output/*/checkpoints/last.ckpt")}
    run(monkeypatch, train, "experiment=emotion_tts", *TINY, *paths(work))
    assert capsys.readouterr().out.count("already trained") == len(before) == 5
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_text_is_spoken_with_the_emotion_asked_for_and_not_twice(
    work: Path, voice: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "input.txt").write_text("It works.\n今天天气很好。\n", "utf-8")
    reference = next((work / "data").rglob("eva*.wav"))
    command = [
        f"--voice={voice}", "--input", str(work / "input.txt"), "--output", str(work / "out"), "--emotion", "开心",
        "--speaker-wav", str(reference),
    ]  # fmt: skip
    run(monkeypatch, generate, *command)
    wavs = sorted((work / "out").glob("*.wav"))
    assert len(wavs) == 2
    assert all(load(path)[0].size for path in wavs)
    entries = [json.loads(line) for line in (work / "out" / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [(entry["text"], entry["emotion"]) for entry in entries] == [
        ("It works.", "开心"),
        ("今天天气很好。", "开心"),
    ]
    run(monkeypatch, generate, *command)
    assert "2 of 2 were already spoken" in capsys.readouterr().out


@pytest.mark.parametrize("setting", ["bundle.folder", "paths.output"])
def test_a_place_that_cannot_be_written_is_named_before_anything_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(SystemExit):
        run(monkeypatch, train, "experiment=emotion_tts", *TINY, *paths(tmp_path), f"{setting}={tmp_path / 'a file'}")
    assert capsys.readouterr().err == (
        f"error: {setting}={tmp_path / 'a file'}: cannot be written (File exists). Name another folder.\n"
    )
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ("max_minutes=soon", "max_minutes=soon: expected a number."),
        ("stages.vocdoer.share=0.1", "stages.vocdoer: no such stage. Did you mean 'vocoder'?"),
        (
            "stages.vocoder.use=/nowhere",
            "stages.vocoder.use=/nowhere: neither the folder of a run, a voice, a published",
        ),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_before_anything_is_prepared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wish: str, message: str
) -> None:
    with pytest.raises(SystemExit):
        run(monkeypatch, train, "experiment=emotion_tts", *TINY, *paths(tmp_path), wish)
    assert capsys.readouterr().err.startswith(f"error: {message}")
    assert not (tmp_path / "store").exists()


@pytest.mark.slow
def test_two_ranks_make_one_voice(work: Path) -> None:
    ranks = ["trainer=ddp", "trainer.accelerator=cpu", "trainer.devices=2"]  # in bf16-mixed, as on GPUs
    places = [*paths(work)[:2], f"paths.output={work / 'ranks'}"]
    settings = [setting for setting in TINY if setting != "trainer=cpu"]
    command = [sys.executable, "train.py", "experiment=emotion_tts", *settings, *ranks, *places]
    said = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900) for _ in range(2)]
    assert [run.returncode for run in said] == [0, 0], said[0].stderr + said[1].stderr
    assert said[0].stdout.count("== acoustic:") == 1
    assert said[1].stdout.count("already trained") == 5
    runs = sorted(path.name for path in (work / "ranks").iterdir())
    assert len(runs) == 6
    (voice,) = (work / "ranks").glob("*/voice/voice.yaml")
    assert "train_ddp_process" not in voice.read_text("utf-8")
    for run_folder in (work / "ranks").iterdir():
        assert "train_ddp_process" not in (run_folder / "repeat.json").read_text("utf-8")
    assert len(list((work / "ranks").glob("*/report.html"))) == len(list((work / "ranks").glob("*/samples"))) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--text", "Hi.", "--voice", "nowhere"], "nowhere: no such voice"),
        (["--text", "Hi.", "--emotion", "glad", "--voice", "{voice}"], "glad"),
        (["--text", "Hi.", "--output", "/proc/nowhere", "--voice", "{voice}"], "cannot be written"),
        ([], "give either --input"),
    ],
)
def test_what_cannot_be_spoken_is_one_clear_line(
    voice: Path,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: str,
) -> None:
    monkeypatch.chdir(work)
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, generate, *(argument.format(voice=voice) for argument in arguments))
    assert stopped.value.code == 1
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 1
    assert expected in error[0]
