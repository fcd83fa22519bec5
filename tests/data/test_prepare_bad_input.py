"""One bad recording costs itself and a line in the report, nothing else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from toy_corpus import RATE, prepare, record, speechlike, utterance

from voiceclone.data.utterance import Utterance


def truncated(folder: Path) -> Utterance:
    path = folder / "bad.flac"
    soundfile.write(path, speechlike(2.0), RATE)
    path.write_bytes(path.read_bytes()[:4000])
    return utterance(path)


def empty(folder: Path) -> Utterance:
    (folder / "bad.wav").touch()
    return utterance(folder / "bad.wav")


def with_nan(folder: Path) -> Utterance:
    wave = speechlike(2.0)
    wave[100] = np.nan
    soundfile.write(folder / "bad.wav", wave, RATE, subtype="FLOAT")
    return utterance(folder / "bad.wav")


def silent(folder: Path) -> Utterance:
    soundfile.write(folder / "bad.wav", np.zeros(RATE), RATE)
    return utterance(folder / "bad.wav")


def missing(folder: Path) -> Utterance:
    return utterance(folder / "bad.wav")


def no_sound(folder: Path) -> Utterance:
    (folder / "bad.wav").write_text("this is text")
    return utterance(folder / "bad.wav")


def too_short(folder: Path) -> Utterance:
    return utterance(record(folder / "bad.wav", seconds=0.2))


def too_long_for_its_words(folder: Path) -> Utterance:
    return utterance(record(folder / "bad.wav", seconds=31.0), text="too many words")


def unspeakable(folder: Path) -> Utterance:
    return utterance(record(folder / "bad.wav"), text="...")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (truncated, "truncated"),
        (empty, "empty file"),
        (with_nan, "NaN"),
        (silent, "silent"),
        (missing, "No such file"),
        (no_sound, "not a recording"),
        (too_short, "prepare.shortest"),
        (too_long_for_its_words, "lasts 31.0 s.*raise prepare.longest"),
        (unspeakable, "nothing to speak"),
    ],
)
def test_a_bad_clip_is_named_with_its_reason_and_the_rest_is_prepared(
    tmp_path: Path, bad: Callable[[Path], Utterance], reason: str
) -> None:
    good = utterance(record(tmp_path / "good.wav"))
    store, report, _ = prepare(tmp_path / "s", [bad(tmp_path), good])
    assert [item.id for item in store] == ["good"]
    (skip,) = report.skipped
    assert skip.id == "bad"
    assert "bad." in skip.reason or "'...'" in skip.reason
    assert re.search(reason, skip.reason), skip.reason


def test_a_recording_at_8_khz_is_kept_and_noted(tmp_path: Path) -> None:
    from voiceclone.data.prepare_report import render

    store, report, _ = prepare(tmp_path / "s", [utterance(record(tmp_path / "phone.wav", rate=8000))])
    assert (len(store), store[0].source_rate, report.source_rates) == (1, 8000, {"8000": 1})
    printed = _printed(render({"phone": report}))
    assert "1 clips were recorded at 8000 Hz: they hold nothing above 4000 Hz" in printed


def test_a_recording_without_a_transcript_is_kept_and_noted(tmp_path: Path) -> None:
    from voiceclone.data.prepare_report import render

    _, report, _ = prepare(tmp_path / "s", [utterance(record(tmp_path / "mute.wav"), text=None)])
    assert (report.kept, report.without_text) == (1, 1)
    assert "folder: 1 clips have no transcript" in _printed(render({"folder": report}))


def _printed(report: object) -> str:
    from rich.console import Console

    console = Console(record=True, width=120, file=io.StringIO())
    console.print(report)
    return console.export_text()


def test_what_could_not_be_used_is_tried_again_next_time(tmp_path: Path) -> None:
    clips = [empty(tmp_path), utterance(record(tmp_path / "good.wav"))]
    prepare(tmp_path / "s", clips)
    _, report, jobs = prepare(tmp_path / "s", clips)
    assert (jobs, len(report.skipped)) == (1, 1)
    record(tmp_path / "bad.wav")
    store, report, _ = prepare(tmp_path / "s", clips)
    assert (len(store), report.skipped) == (2, [])
