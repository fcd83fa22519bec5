"""`python finetune.py`: a minute of speech becomes one more speaker of a voice."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import made_speech
import numpy as np
import pytest
import torch
from tiny_voice import tiny_bundle

from recipes import finetune
from recipes.tuning import further, recordings, report
from voiceclone.audio.io import save
from voiceclone.checkpoints.bundle import Bundle, load_bundle, save_bundle
from voiceclone.models.speaker.voices import MOST_SEPARATION_OF_RUNS

RATE = 16_000
TINY = [
    "trainer=cpu", "logger=[csv]", "workers=1", "processes=1", "recogniser=none", "max_epochs=2", "vocoder_steps=2",
    "stages.acoustic.trainer.check_val_every_n_epoch=1", "stages.vocoder.trainer.val_check_interval=1",
    "stages.vocoder.task.metrics=null", "stages.vocoder.task.head_start=1", "stages.vocoder.task.warmup_steps=1",
    "stages.vocoder.data.validation_seconds=1", "report=false",
]  # fmt: skip
SENTENCES = ("It works well.", "Does it work?")


def record(folder: Path, clips: int, pitch: float = 130.0, seconds: float = 3.0, text: str | None = None) -> Path:
    for number in range(clips):
        save(folder / f"{number}.wav", made_speech.speech(seconds, pitch, number), RATE)
        (folder / f"{number}.txt").write_text(text or SENTENCES[number % 2], "utf-8")
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("few_shot")


@pytest.fixture(scope="module")
def base(work: Path) -> Path:
    return save_bundle(tiny_bundle(), work / "tiny")


@pytest.fixture(scope="module")
def speech(work: Path) -> Path:
    return record(work / "小红", 8)


def run(monkeypatch: pytest.MonkeyPatch, base: Path, place: Path, output: Path, *wishes: str) -> None:
    command = [f"voice={base}", f"speaker_audio={place}", "speaker=小红", f"paths.output={output}"]
    monkeypatch.setattr(sys, "argv", ["finetune.py", *command, f"paths.store={output}/store", *TINY, *wishes])
    finetune.main()


def run_folder(output: Path) -> Path:
    (folder,) = output.glob("finetune-*")
    return folder


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], base: Path, place: Path, output: Path, *w: str
) -> str:
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, base, place, output, *w)
    assert stopped.value.code == 1
    return capsys.readouterr().err.strip()


WHOLE = ["consent=小红 agreed to tests", "report=true", "report_clips=1", "report_emotions=1", "corpus=folder"]


def whole(monkeypatch: pytest.MonkeyPatch, base: Path, speech: Path, work: Path) -> None:
    """Everything at once: other speakers to be kept in mind, both trainings, the report."""
    monkeypatch.setattr(report, "FIGURES", ("mcd", "pesq_wb"))
    monkeypatch.setattr(further, "SENTENCES", {"en": SENTENCES})
    run(monkeypatch, base, speech, work / "runs", *WHOLE, f"paths.data={work}/old", "logger=[csv,tensorboard]")


@pytest.fixture(scope="module")
def tuned(base: Path, speech: Path, work: Path) -> Path:
    record(work / "old" / "anna", 24, pitch=210.0, seconds=1.5)
    with pytest.MonkeyPatch.context() as monkeypatch:
        whole(monkeypatch, base, speech, work)
    return run_folder(work / "runs")


def test_the_new_voice_has_the_new_speaker_and_every_old_one(tuned: Path, base: Path) -> None:
    before, after = load_bundle(base), load_bundle(tuned / "voice")
    assert list(after.speakers) == ["anna", "小明", "小红"]
    assert after.speakers["anna"] == before.speakers["anna"]
    assert after.speakers["小红"].consent == "小红 agreed to tests"
    assert after.speakers["小红"].languages == ["en"]
    assert np.linalg.norm(after.speakers["小红"].embedding) == pytest.approx(1, abs=1e-4)
    assert "Consent: 小红 agreed to tests" in after.card


def test_what_is_frozen_stays_and_what_learns_changes(tuned: Path, base: Path) -> None:
    before, after = (load_bundle(folder).networks["acoustic"].state_dict() for folder in (base, tuned / "voice"))
    changed = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed == {"conditioning", "decoder", "postnet"}
    assert not any(
        "attention" in name or "rnn" in name for name in before if not torch.equal(after[name], before[name])
    )
    vocoders = [load_bundle(folder).networks["vocoder"].state_dict() for folder in (base, tuned / "voice")]
    assert any(not torch.equal(vocoders[0][name], vocoders[1][name]) for name in vocoders[0])


def test_more_strength_goes_farther(base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way = []
    for strength in ("0.25", "1"):
        run(monkeypatch, base, speech, tmp_path / strength, f"strength={strength}", "vocoder_steps=0", "max_epochs=1")
        before, after = (_bundle(f).networks["acoustic"] for f in (base, run_folder(tmp_path / strength) / "voice"))
        way.append(after.decoder.projection.weight - before.decoder.projection.weight)
    assert torch.allclose(way[0], 0.25 * way[1], atol=1e-5)


def test_the_discriminators_stay_with_the_voice_for_those_who_go_on(tuned: Path) -> None:
    from voiceclone.checkpoints.adversary import adversary_weights, has_adversary, load_discriminators

    assert has_adversary(tuned / "voice")
    nets = load_discriminators(tuned / "voice")
    assert set(nets) == {"multi_period", "multi_resolution"}
    assert set(adversary_weights(tuned / "voice")) >= {"adversarial_multi_period", "feature_matching_multi_resolution"}


def test_the_report_shows_before_and_after(tuned: Path) -> None:
    text = (tuned / "report.md").read_text("utf-8")
    assert "| | figure | before | after | recordings |" in text
    assert "| new speaker, copy synthesis | PESQ, wide band ↑ |" in text.split("## Figures")[0]
    for words in ("before", "after", "emotions, after", "other speakers, after", "## Melody", "## Processor time"):
        assert words in text
    figures = json.loads((tuned / "metrics.json").read_text("utf-8"))
    assert figures["systems"]["after, copy synthesis"]["figures"]["pesq_wb"]["mean"] >= 1
    assert figures["cpu_seconds"]["acoustic model"] > 0
    assert list((tuned / "pictures").glob("*.png"))
    assert list(tuned.glob("finetune_acoustic-*/tensorboard/events*"))
    assert list(tuned.glob("tensorboard/events*"))


def test_words_are_judged_by_sentences_that_nobody_recorded(tuned: Path) -> None:
    for state in ("before", "after"):
        (folder,) = (tuned / "spoken").glob(f"{state}-*/sentences")
        assert {path.stem for path in folder.glob("*.wav")} == {"new-0", "new-1", "old-0", "old-1"}


def test_the_same_command_again_trains_nothing(
    tuned: Path, base: Path, speech: Path, work: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = {path: path.stat().st_mtime_ns for path in tuned.glob("finetune_*/checkpoints/*.ckpt")}
    monkeypatch.setattr(report, "report", lambda *_: {})
    whole(monkeypatch, base, speech, work)
    assert capsys.readouterr().out.count("already trained") == 2
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_transcripts_are_corrected_before_training_and_the_same_command_goes_on(
    base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, base, speech, tmp_path, "confirm_transcripts=true")
    listed = run_folder(tmp_path) / "transcripts.csv"
    told = capsys.readouterr().out
    assert f"Correct what is said in {listed}, then run the same command again" in told
    assert 'consent="<who agreed to what, and when>" is not given' in told
    assert not list(run_folder(tmp_path).glob("finetune_*"))
    listed.write_text(listed.read_text("utf-8").replace("0,It works well.", "0,It works fine."), "utf-8")
    seen: list[Any] = []
    monkeypatch.setattr("recipes.tuning.stages.train_acoustic", lambda tuning: seen.append(tuning) or _stop())
    with pytest.raises(SystemExit):
        run(monkeypatch, base, speech, tmp_path, "confirm_transcripts=true")
    assert {piece.id: piece.text for piece in seen[0].material.pieces}["0"] == "It works fine."


def _stop() -> None:
    raise SystemExit


def test_a_recogniser_writes_what_nobody_did(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = record(tmp_path / "speech", 8)
    for text in place.glob("*.txt"):
        text.unlink()
    monkeypatch.setattr(recordings._Ear, "__init__", _ear_that_hears("it works"))
    run(monkeypatch, base, place, tmp_path / "runs", "confirm_transcripts=true")
    assert "8 pieces had no transcript: written by a recogniser" in capsys.readouterr().out
    with open(run_folder(tmp_path / "runs") / "transcripts.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["text"] for row in rows} == {"it works"}
    assert {row["note"] for row in rows} == {"written by a recogniser: correct it"}


def _ear_that_hears(words: str) -> Any:
    def init(self: Any, cfg: Any, folder: Path) -> None:
        self.path, self.wrote, self.heard = folder / "heard.json", set(), {}
        self.recogniser = lambda wave, rate: words

    return init


def test_ten_seconds_are_warned_of_and_gone_on_with(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, base, record(tmp_path / "speech", 7), tmp_path / "runs", "confirm_transcripts=true")
    assert "s of speech are little: record 30 s at least, better 60" in capsys.readouterr().out


def test_less_than_the_minimum_is_refused(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = record(tmp_path / "speech", 2)
    error = refused(monkeypatch, capsys, base, place, tmp_path / "runs", "accept_recordings=true")
    assert "6 s are the least. Record 30 s or more" in error


def test_music_behind_the_voice_stops_unless_it_is_accepted(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = record(tmp_path / "speech", 7)
    for path in place.glob("*.wav"):
        wave = made_speech.speech(3.0)
        save(path, wave + made_speech.chords(len(wave), 0.1), RATE)
    error = refused(monkeypatch, capsys, base, place, tmp_path / "runs")
    assert "music or a steady tone runs behind the voice" in error
    assert "accept_recordings=true goes on all the same" in error
    run(monkeypatch, base, place, tmp_path / "runs", "accept_recordings=true", "confirm_transcripts=true")
    assert "Correct what is said" in capsys.readouterr().out


def test_two_people_stop_unless_they_are_accepted(
    base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "voiceclone.data.fewshot.checks.separation_of_runs", lambda partials: MOST_SEPARATION_OF_RUNS + 1
    )
    error = refused(monkeypatch, capsys, base, speech, tmp_path)
    assert "two people speak in it" in error


def test_transcripts_that_do_not_fit_are_listed_and_most_of_them_stop(
    base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = record(tmp_path / "speech", 8)
    (place / "3.txt").write_text("It works well, and this is far more than anybody says in three seconds.", "utf-8")
    run(monkeypatch, base, place, tmp_path / "runs", "confirm_transcripts=true")
    told = capsys.readouterr().out
    assert "1 of 8 transcripts do not fit what is said, and are left out:" in told
    assert "too much text for its time" in told
    monkeypatch.setattr(recordings._Ear, "__init__", _ear_that_hears("nothing of the kind"))
    error = refused(monkeypatch, capsys, base, place, tmp_path / "other")
    assert "8 of 8 transcripts do not fit the recordings" in error
    assert "Correct them" in error


def test_transcripts_of_other_files_are_named(
    base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.txt").write_text("x|It works.\n", "utf-8")
    error = refused(monkeypatch, capsys, base, speech, tmp_path / "runs", f"transcripts={tmp_path}/t.txt")
    assert "names none of the recordings (0, 1, 2, ...), but x" in error


def test_a_voice_of_another_language_is_warned_of_and_gets_a_place_for_it(
    base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, base, speech, tmp_path, "language=de", "confirm_transcripts=true")
    told = capsys.readouterr().out
    assert "this voice was trained on en, zh only. A minute teaches it no language" in told
    assert "Correct what is said" in told
    start = load_bundle(run_folder(tmp_path) / "start")
    assert start.languages == ["en", "zh", "de"]
    old, new = (bundle.networks["acoustic"].conditioning.language.weight for bundle in (_bundle(base), start))
    assert torch.equal(new[:2], old)
    assert torch.allclose(new[2], old.mean(dim=0))


def _bundle(folder: Path) -> Bundle:
    return load_bundle(folder)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        (["freeze=all"], "freeze=all: Known: decoder, none, sound, speaker"),
        (["speaker=anna"], "the voice has a speaker of this name"),
        (["voice=null"], "voice is missing: python finetune.py voice=<bundle>"),
        (["speaker_audio=/nowhere"], "/nowhere: no such file or folder"),
        (["held_out=0.9"], "expected a share between 0 and 0.5"),
    ],
)
def test_wishes_that_cannot_be_met_are_one_clear_line(
    base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    wishes: list[str], message: str,
) -> None:  # fmt: skip
    error = refused(monkeypatch, capsys, base, speech, tmp_path, *wishes)
    assert len(error.splitlines()) == 1
    assert message in error


def test_the_guide_is_printed_without_anything_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["finetune.py", "--guide"])
    finetune.main()
    assert "你打算出门吗" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("freeze", ["speaker", "none"])
def test_every_freezing_choice_changes_what_it_says(
    freeze: str, base: Path, speech: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(monkeypatch, base, speech, tmp_path, f"freeze={freeze}", "vocoder_steps=0")
    before, after = (_bundle(f).networks["acoustic"].state_dict() for f in (base, run_folder(tmp_path) / "voice"))
    changed = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed == (set() if freeze == "speaker" else {"encoder", "conditioning", "decoder", "postnet"})
    shutil.rmtree(tmp_path)
