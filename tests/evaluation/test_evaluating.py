"""Clips before judges: figures, gaps, and what a second run remembers."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voiceclone.audio import io
from voiceclone.evaluation import evaluating
from voiceclone.evaluation.evaluating import evaluate
from voiceclone.evaluation.matching import Matched, match
from voiceclone.evaluation.references import of_folder
from voiceclone.evaluation.results import Results
from voiceclone.metrics.clip import ClipMetric

METRICS: dict[str, Any] = {
    "pesq_wb": {"_target_": "voiceclone.metrics.pesq.PESQ"},
    "mcd": {"_target_": "voiceclone.metrics.mcd.MCD"},
    "silent": {"_target_": "voiceclone.metrics.silence.SilentShare"},
}


PROGRAM = """
import multiprocessing, time
from pathlib import Path
from voiceclone.evaluation.evaluating import evaluate
from voiceclone.evaluation.matching import match
from voiceclone.evaluation.references import of_folder

root = Path({root!r})


def tell(done, todo):
    if done == 3:
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        time.sleep(600)


if __name__ == "__main__":
    matched = match({{name: root / name for name in ("good", "poor")}}, of_folder(root / "recordings"))
    evaluate(matched, {metrics!r}, root / "cache.jsonl", processes=2, advance=tell)
"""


class Stumbling(ClipMetric):
    """Falls over every clip."""

    target = "nothing"
    higher_is_better = True

    def score(self, generated: np.ndarray, reference: None = None) -> float:
        raise ZeroDivisionError("of all things")


def run(folders: dict[str, Path], tmp_path: Path, metrics: dict[str, Any] = METRICS, **options: Any) -> Results:
    systems = {name: folders[name] for name in ("good", "poor")}
    return evaluate(match(systems, of_folder(folders["recordings"])), metrics, tmp_path / "cache.jsonl", **options)


def test_the_better_system_is_better(folders: dict[str, Path], tmp_path: Path) -> None:
    results = run(folders, tmp_path)
    good, poor = results.candidates
    for metric, sign in (("pesq_wb", 1), ("mcd", -1)):
        ours, theirs = good.estimate(metric), poor.estimate(metric)
        assert ours is not None
        assert theirs is not None
        assert sign * ours.mean > sign * theirs.mean
        assert ours.low <= ours.mean <= ours.high
        assert ours.n == 6
    assert results.breakdown(good, "speaker").keys() == {"ann", "bob"}
    assert results.breakdown(good, "emotion") == {}


def test_a_second_run_has_nothing_to_do(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(folders, tmp_path)
    monkeypatch.setattr(evaluating, "judge_all", lambda jobs, *_: pytest.fail("judged again") if jobs else iter(()))
    second = run(folders, tmp_path)
    assert [judged.outcomes for judged in second.judged] == [judged.outcomes for judged in first.judged]


def test_a_stopped_run_goes_on(folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop_after_four(done: int, todo: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folders, tmp_path, advance=stop_after_four)
    with (tmp_path / "cache.jsonl").open("a") as file:
        file.write('{"key": "cut o')
    for left in (18 - 4, 0):
        told: list[int] = []
        run(folders, tmp_path, advance=lambda done, todo: told.append(todo))  # noqa: B023
        assert told[0] == left


@pytest.mark.slow
def test_a_killed_run_goes_on_and_leaves_no_process_behind(folders: dict[str, Path], tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(root=str(tmp_path), metrics={name: METRICS[name] for name in ("mcd", "silent")}))
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        workers = [int(process) for process in running.stdout.readline().split()]
        running.kill()
    assert len(workers) == 2
    for _ in range(600):
        if not any(Path(f"/proc/{worker}").exists() for worker in workers):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the processes of a killed run still wait for work")
    told: list[int] = []
    metrics = {name: METRICS[name] for name in ("mcd", "silent")}
    results = run(folders, tmp_path, metrics, advance=lambda _, todo: told.append(todo))
    assert 0 < told[0] < 18
    assert results.candidates[0].estimate("mcd").n == 6  # type: ignore[union-attr]


def test_a_changed_clip_is_judged_again(folders: dict[str, Path], tmp_path: Path) -> None:
    run(folders, tmp_path)
    wave, rate = io.load(folders["good"] / "ann/1.wav")
    io.save(folders["good"] / "ann/1.wav", wave[:-100], rate)
    told: list[int] = []
    run(folders, tmp_path, advance=lambda done, todo: told.append(todo))
    assert told[0] == 1


def test_bad_clips_are_reported_and_stop_nobody(folders: dict[str, Path], tmp_path: Path) -> None:
    (folders["good"] / "ann/0.wav").write_bytes(b"RIFF, but no audio")
    io.save(folders["good"] / "ann/1.wav", np.zeros(16_000), 16_000)
    wave, rate = io.load(folders["good"] / "ann/2.wav")
    io.save(folders["good"] / "ann/2.wav", np.tile(wave, 3), rate)
    good = run(folders, tmp_path).candidates[0]
    assert good.estimate("silent").mean == pytest.approx(1 / 5)  # type: ignore[union-attr]
    outcomes = good.outcomes
    assert "not a recording that can be read" in str(outcomes["ann/0"]["mcd"].reason)
    assert "lengths differ by" in str(outcomes["ann/1"]["pesq_wb"].reason)
    assert "lengths differ by 2.40 s" in str(outcomes["ann/2"]["pesq_wb"].reason)
    assert outcomes["bob/0"]["pesq_wb"].value is not None


def test_metrics_that_cannot_run_say_why_and_the_others_run(folders: dict[str, Path], tmp_path: Path) -> None:
    metrics = METRICS | {
        "emotion": {
            "_target_": "voiceclone.metrics.emotion.EmotionAccuracy",
            "classifier": {"_target_": "voiceclone.evaluation.emotion.judge.load_judge", "path": "nowhere"},
        },
        "stumbling": {"_target_": f"{__name__}.Stumbling"},
    }
    results = run(folders, tmp_path, metrics)
    assert "train_emotion_judge=true" in results.missing["emotion"]
    good = results.candidates[0]
    assert good.reasons()["stumbling", "ZeroDivisionError: of all things"] == 6
    assert good.estimate("stumbling") is None
    assert good.estimate("mcd") is not None


def test_free_running_speech_has_no_pesq(folders: dict[str, Path], tmp_path: Path) -> None:
    references = of_folder(folders["recordings"])
    free: Matched = match({"good": folders["good"]}, references, {"good": False})
    results = evaluate(free, METRICS, tmp_path / "cache.jsonl")
    good = results.candidates[0]
    assert good.estimate("pesq_wb") is None
    assert "same timing" in str(good.outcomes["ann/0"]["pesq_wb"].reason)
    assert good.estimate("mcd") is not None


def test_clips_of_another_rate_are_compared_at_the_lower(folders: dict[str, Path], tmp_path: Path) -> None:
    for path in folders["good"].rglob("*.wav"):
        wave, _ = io.load(path, 24_000)
        io.save(path, wave, 24_000)
    results = run(folders, tmp_path)
    assert results.sample_rate == 16_000
    assert results.candidates[0].estimate("pesq_wb").mean > 3  # type: ignore[union-attr]


@pytest.mark.slow
def test_two_processes_find_what_one_finds(folders: dict[str, Path], tmp_path: Path) -> None:
    alone, together = (run(folders, tmp_path / str(n), processes=n) for n in (1, 2))
    for ours, theirs in zip(alone.judged, together.judged, strict=True):
        for metric in METRICS:
            assert ours.values(metric) == theirs.values(metric)


def test_the_worst_clips_come_first(folders: dict[str, Path], tmp_path: Path) -> None:
    wave, rate = io.load(folders["good"] / "bob/2.wav")
    noise = np.random.default_rng(1).standard_normal(len(wave))
    io.save(folders["good"] / "bob/2.wav", wave + 0.2 * noise, rate)
    results = run(folders, tmp_path)
    assert [clip.id for clip in results.worst(results.candidates[0], 1)] == ["bob/2"]
