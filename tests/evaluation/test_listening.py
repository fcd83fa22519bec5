"""A listening test: the page that is made, and what becomes of the answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voiceclone.errors import DataError
from voiceclone.evaluation.listening.answers import checksum
from voiceclone.evaluation.listening.create import write_page
from voiceclone.evaluation.listening.score import as_text, score_folder
from voiceclone.evaluation.listening.stimuli import ANCHOR, tones
from voiceclone.evaluation.matching import Matched, match
from voiceclone.evaluation.references import of_folder
from voiceclone.metrics.pesq import PESQ

CLIPS = {f"clip {number}": ("happy", "sad")[number % 2] for number in range(6)}
MEANS = {"ours": 3.9, "theirs": 3.1, "recordings": 4.6, ANCHOR: 1.3}


@pytest.fixture
def matched(folders: dict[str, Path]) -> Matched:
    return match({name: folders[name] for name in ("good", "poor")}, of_folder(folders["recordings"]))


def content(page: Path) -> dict[str, Any]:
    script = re.search(r'<script id="test" type="application/json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    assert script is not None
    return json.loads(script[1])


def answers(listener: str, seed: int, **changes: Any) -> dict[str, Any]:
    """What the page lets a listener download who finds ``MEANS``, more or less."""
    rng = np.random.default_rng(seed)
    mood, noise = rng.normal(0, 0.3), rng.normal(0, 0.5, (len(MEANS), len(CLIPS)))
    felt = np.array(list(MEANS.values()))[:, None] + mood + noise
    ratings = [
        {
            "system": system,
            "clip": clip,
            "emotion": ("happy", "sad")[j % 2],
            "rating": int(felt[i, j].round().clip(1, 5)),
        }
        for i, system in enumerate(MEANS)
        for j, clip in enumerate(CLIPS)
    ]
    checks = [{"expected": 2, "given": 2}]
    found = {"format": 1, "test": "t1", "listener": listener, "ratings": ratings, "checks": checks}
    found |= changes
    found["checksum"] = checksum(found["test"], listener, found["ratings"], found["checks"])
    return found


def save(folder: Path, *everyone: dict[str, Any]) -> Path:
    folder.mkdir(exist_ok=True)
    for number, one in enumerate(everyone):
        (folder / f"{number}.json").write_text(json.dumps(one, ensure_ascii=False), "utf-8")
    return folder


def test_the_page_has_every_system_and_names_none(matched: Matched, tmp_path: Path) -> None:
    page = write_page(matched, tmp_path / "page.html", clips=4, title="听 <音>")
    test = content(page)
    heard = {(item["system"], item["clip"]) for item in test["items"]}
    assert {system for system, _ in heard} == {"good", "poor", "recordings", ANCHOR}
    assert len(heard) == len(test["items"]) == 4 * 4
    assert len({clip.split("/")[0] for _, clip in heard}) == 2, "both speakers"
    assert all(item["sound"].startswith("data:audio/flac;base64,") for item in test["items"])
    shown = re.sub(r"<script.*?</script>|<style>.*?</style>", "", page.read_text("utf-8"), flags=re.DOTALL)
    assert "poor" not in shown
    assert "听 &lt;音&gt;" in shown
    assert not re.search(r"https?://|src=\"(?!data)", page.read_text("utf-8"))


def test_equal_pages_for_equal_seeds_and_other_orders_for_others(matched: Matched, tmp_path: Path) -> None:
    first, again, other = (content(write_page(matched, tmp_path / "p.html", clips=3, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert [i["clip"] + i["system"] for i in first["items"]] != [i["clip"] + i["system"] for i in other["items"]]


def test_the_low_anchor_is_low(matched: Matched) -> None:
    from voiceclone.evaluation.listening.stimuli import degraded

    clean = matched.systems[-1].clips[0].wave.load(16_000)
    assert PESQ(16_000).judge(degraded(clean, 16_000), clean) < 2


@pytest.mark.parametrize("count", [2, 4])
def test_tones_can_be_counted(count: int) -> None:
    loud = np.convolve(np.abs(tones(count, 16_000)), np.ones(400) / 400, "same") > 0.05
    assert (np.diff(loud.astype(int)) == 1).sum() == count


def test_scores_find_what_listeners_think(tmp_path: Path) -> None:
    folder = save(tmp_path / "results", *(answers(f"listener {seed}", seed) for seed in range(12)))
    scores = score_folder(folder)
    for system, mean in MEANS.items():
        row = scores["systems"][system]
        assert row["low"] < row["mean"] < row["high"]
        assert row["mean"] == pytest.approx(mean, abs=0.3)
        assert row["n"] == 12 * len(CLIPS)
    assert scores["emotions"]["happy"]["ours"]["n"] == 12 * 3
    pairs = {tuple(test["systems"]): test for test in scores["comparisons"]}
    assert pairs["ours", "theirs"]["difference"] == pytest.approx(0.8, abs=0.3)
    assert pairs["ours", "theirs"]["p"] < 0.001
    text = as_text(scores)
    assert "12 listeners, 288 ratings" in text
    assert re.search(r"ours against theirs: \+0\.\d\d, p = \S+ \*", text)
    assert score_folder(folder) == scores, "the file with the scores is no listener"


def test_equal_systems_are_not_told_apart(tmp_path: Path) -> None:
    everyone = [answers(f"listener {seed}", seed) for seed in range(8)]
    rng = np.random.default_rng(5)
    for one in everyone:
        for rating in one["ratings"]:
            rating["rating"] = int(rng.integers(2, 5))
        one["checksum"] = checksum("t1", one["listener"], one["ratings"], one["checks"])
    scores = score_folder(save(tmp_path / "results", *everyone))
    assert all(test["p"] > 0.05 for test in scores["comparisons"])


def test_the_inattentive_are_left_out_and_named(tmp_path: Path) -> None:
    asleep = answers("asleep", 3, checks=[{"expected": 2, "given": 5}])
    scores = score_folder(save(tmp_path / "results", answers("awake", 1), asleep))
    assert (scores["listeners"], scores["excluded"]) == (["awake"], ["asleep"])
    with pytest.raises(DataError, match="every listener failed an attention check"):
        score_folder(save(tmp_path / "asleep", asleep))


def edited(**changes: Any) -> dict[str, Any]:
    return answers("eve", 1) | changes


RATED = {"system": "a", "clip": "c", "emotion": None}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (edited(test="t2"), "changed after it was downloaded"),
        (edited(checksum=1), "changed after it was downloaded"),
        (edited(ratings=[]), "changed after it was downloaded"),
        (edited(format=7), "of format 7, this version reads 1"),
        (
            edited(ratings=[{"system": "a", "clip": "c", "emotion": None, "rating": 9}]),
            "rates c with 9; expected 1 to 5",
        ),
        (edited(ratings=[{"system": "a", "clip": "c", "emotion": None, "rating": True}]), "rates c with True"),
        (edited(ratings=[{"system": "a"}]), "KeyError: 'clip'"),
        ([1, 2], "not the answers to a listening test"),
    ],
)
def test_a_file_that_somebody_edited_is_named(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(DataError, match=rf"0\.json: .*{message}"):
        score_folder(save(tmp_path / "results", content))


def test_a_file_cut_off_is_named(tmp_path: Path) -> None:
    folder = save(tmp_path / "results", answers("a", 1))
    (folder / "0.json").write_text(json.dumps(answers("a", 1))[:-30])
    with pytest.raises(DataError, match=r"0\.json: not the answers to a listening test, or cut off"):
        score_folder(folder)


def test_two_tests_or_one_listener_twice_are_not_mixed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1\.json and 0\.json answer two different tests"):
        score_folder(save(tmp_path / "tests", answers("a", 1), answers("b", 2, test="t2")))
    with pytest.raises(DataError, match=r"1\.json and 0\.json are both by 'a'"):
        score_folder(save(tmp_path / "twice", answers("a", 1), answers("a", 2)))


@pytest.mark.parametrize("exists", [True, False])
def test_no_answers_at_all(tmp_path: Path, exists: bool) -> None:
    if exists:
        (tmp_path / "results").mkdir()
    with pytest.raises(DataError, match=r"holds no \.json files" if exists else "no such folder"):
        score_folder(tmp_path / "results")
