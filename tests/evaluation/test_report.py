"""What the report says, in its three forms."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from voiceclone.evaluation.clips import RECORDINGS, Clip, Labels, Recording, System
from voiceclone.evaluation.comparing import compare
from voiceclone.evaluation.emotions import emotion_section
from voiceclone.evaluation.gallery import exhibit
from voiceclone.evaluation.judging import Outcome
from voiceclone.evaluation.report import write_report
from voiceclone.evaluation.results import Judged, Results
from voiceclone.evaluation.statistics import share
from voiceclone.evaluation.tables import breakdown, flat, overview
from voiceclone.evaluation.targets import verdicts
from voiceclone.evaluation.verification import verification_errors

DIRECTIONS = {"pesq_wb": 1, "wer": -1, "similarity": 1, "emotion_accuracy": 1}
OWN = {"accuracy": 0.7, "low": 0.591, "high": 0.789, "n": 80, "confusion": [[30, 10], [14, 26]]}
PEOPLE = {"happy": {"accuracy": 0.8, "low": 0.6, "high": 0.9, "n": 20}, "sad": share(88, 100)}
LISTENING: dict[str, Any] = {
    "listeners": ["a", "b"], "excluded": ["eve"], "ratings": 40,
    "systems": {
        "B": {"mean": 3.2, "low": 2.9, "high": 3.5, "n": 30}, "小明": {"mean": 4.1, "low": 3.9, "high": 4.3, "n": 10},
    },
    "emotions": {"sad": {"B": {"mean": 3.33, "low": 2.9, "high": 3.5, "n": 12}}},
    "comparisons": [{"systems": ["B", "小明"], "difference": -0.9, "p": 0.012}],
}  # fmt: skip


def judged(name: str, folder: Path, quality: float, emotion_heard: str) -> Judged:
    """Four clips, two speakers and two emotions."""
    clips, outcomes = [], {}
    for number in range(4):
        speaker, emotion = ("ann", "bob")[number % 2], ("happy", "sad")[number // 2]
        clip_id = f"{speaker}/{number}"
        recording = Recording(folder / "recordings" / f"{speaker}/{number // 2}.wav")
        mine = recording if name == RECORDINGS else Recording(folder / "good" / f"{speaker}/{number // 2}.wav")
        against = None if name == RECORDINGS else recording
        clips.append(Clip(clip_id, mine, Labels("<b>Text</b>", "en", speaker, emotion), against))
        embedding = [1.0, 0.1 * quality] if speaker == "ann" else [0.1, 1.0]
        outcomes[clip_id] = {
            "pesq_wb": Outcome(reason="no recording of the same words")
            if against is None
            else Outcome(quality + number / 10),
            "wer": Outcome(0.5 - quality / 10, weight=number + 1.0, observed="what was heard", seconds=0.5),
            "similarity": Outcome(quality / 5, observed=embedding),
            "emotion_accuracy": Outcome(float(emotion_heard == emotion), observed=emotion_heard),
        }
    return Judged(System(name, tuple(clips), same_timing=True), outcomes)


@pytest.fixture(scope="module")
def root(make_folders: Callable[[Path], dict[str, Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folders(tmp_path_factory.mktemp("judged"))["good"].parent


@pytest.fixture(scope="module")
def results(root: Path) -> Results:
    systems = [
        judged(*s) for s in (("小明", root, 3.6, "sad"), ("B", root, 2.0, "sad"), (RECORDINGS, root, 4.0, "happy"))
    ]
    extras: dict[str, Any] = {
        "emotion_judge": {
            "labels": ["happy", "sad"],
            "held_out": OWN,
            "cross_validation": OWN,
            "by_corpus": {"emodb": OWN},
        },
        "listeners": PEOPLE,
    }
    missing, remarks = {"mcd": "needs the package <none>"}, ("B: 1 recordings have no generated clip: ann/7",)
    return Results(tuple(systems), DIRECTIONS, missing, 16_000, remarks, frozenset({"pesq_wb"}), extras)


@pytest.fixture(scope="module")
def written(results: Results, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the files of the report hold, by name."""
    files = write_report(results, tmp_path_factory.mktemp("report"))
    return {name: path.read_text("utf-8") for name, path in files.items()}


class Page(HTMLParser):
    """Collects what a page shows and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.links, self.tags = "", [], []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attrs if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_stands_alone(written: dict[str, str]) -> None:
    text = written["report.html"]
    page = Page(text)
    assert page.links
    assert all(link.startswith(("data:image/png;base64,", "data:audio/flac;base64,")) for link in page.links)
    assert not re.search(r"url\(|@import|https?://", text)
    assert page.tags.count("audio") == 2 * 2 * 4, "each of two systems' four clips beside its recording"


@pytest.mark.parametrize("form", ["report.html", "report.md"])
def test_every_form_tells_everything(written: dict[str, str], form: str) -> None:
    text = written[form]
    for told in (
        "小明", "3.75", "PESQ, wide band ↑", "Word error rate ↓", "by speaker", "by emotion", "ann/7", "what was heard",
        "target 3.5", "Train the vocoder for longer", "equal error rate",
    ):  # fmt: skip
        assert told in text, told
    assert ("<b>Text" not in text) if form == "report.html" else True
    assert "needs the package" in text


@pytest.mark.parametrize("form", ["report.html", "report.md"])
def test_the_judge_of_emotions_is_judged_wherever_it_is_used(written: dict[str, str], form: str) -> None:
    text = html.unescape(written[form])
    uses = text.count("Emotion recognised ↑")
    assert uses == text.count("Emotion recognised ↑ (judge's own accuracy: 70.0 %)") >= 3, "figures and breakdowns"
    assert "its judge is right on 70.0 % of real speakers new to it" in text, "the verdict"
    own = json.loads(written["metrics.json"])["systems"]["B"]
    assert own["figures"]["emotion_accuracy"]["judge_accuracy"] == 0.7
    assert own["by_emotion"]["sad"]["emotion_accuracy"]["judge_accuracy"] == 0.7


def test_people_and_the_classifier_stand_side_by_side(results: Results) -> None:
    section = emotion_section(results)
    assert section is not None
    assert section.ears.columns == ["happy", "sad", "all"]
    people = section.ears.rows["people, of EmoDB's actors"]
    assert [str(cell) for cell in people] == [
        "80.0 % (60.0 to 90.0 %)", "88.0 % (80.2 to 93.0 %)", "86.7 % (79.4 to 91.6 %)",
    ]  # fmt: skip
    assert [cell.n for cell in people] == [20, 100, 120]
    classifier = section.ears.rows["the classifier, of emodb's speakers, each unheard"]
    assert [str(cell) for cell in classifier] == [
        "75.0 % (59.8 to 85.8 %)", "65.0 % (49.5 to 77.9 %)", "70.0 % (59.2 to 78.9 %)",
    ]  # fmt: skip
    assert [cell.mean for cell in section.ears.rows["the classifier, of B"]] == ["0.0 %", "100.0 %", "50.0 %"]


def test_metrics_json_is_for_machines(written: dict[str, str]) -> None:
    found = json.loads(written["metrics.json"])
    ours = found["systems"]["小明"]
    assert ours["figures"]["pesq_wb"]["mean"] == pytest.approx(3.75)
    assert ours["figures"]["pesq_wb"]["n"] == 4
    assert ours["by_speaker"]["ann"]["pesq_wb"]["n"] == 2
    assert ours["per_clip"]["ann/0"]["pesq_wb"] == pytest.approx(3.6)
    assert found["systems"][RECORDINGS]["per_clip"]["ann/0"]["pesq_wb"] == "no recording of the same words"
    assert found["missing"] == {"mcd": "needs the package <none>"}


def test_the_best_system_is_marked_and_the_recordings_never(results: Results) -> None:
    in_step, other = overview(results)
    assert [cell.best for cell in in_step.rows["PESQ, wide band ↑"]] == [True, False, False]
    assert [cell.best for cell in other.rows["Word error rate ↓"]] == [True, False, False]
    emotion = other.rows["Emotion recognised ↑ (judge's own accuracy: 70.0 %)"]
    assert not any(cell.best for cell in emotion), "a draw has no winner"


def test_two_states_of_a_voice_stand_beside_the_recordings_of_what_they_say(results: Results) -> None:
    table = compare(results, {"new speaker": ("B", "小明"), "nobody": ("B", "nothing")})
    (words,) = [line for line in table.splitlines() if "Word error rate" in line]
    assert re.fullmatch(r"\| new speaker \| Word error rate ↓ \| 30.0 % .* \| \*\*14.0 %\*\* .* \| 10.0 % .* \|", words)
    assert "nobody" not in table


def test_words_weigh_in_the_word_error_rate(results: Results) -> None:
    ours = results.judged[0]
    outcomes = dict(ours.outcomes)
    outcomes["ann/0"] = {**outcomes["ann/0"], "wer": Outcome(1.0, weight=30.0)}
    found = replace(ours, outcomes=outcomes).estimate("wer")
    assert found is not None
    assert found.mean == pytest.approx((30 * 1.0 + 9 * 0.14) / 39)


def test_many_speakers_stand_below_one_another(results: Results) -> None:
    few = breakdown(results, results.judged[0], "speaker")
    assert few is not None
    assert few.columns == ["ann", "bob"]
    many = tuple(
        replace(clip, id=f"{clip.id}+{i}", labels=replace(clip.labels, speaker=f"s{i}"))
        for i, clip in enumerate(3 * results.judged[0].system.clips)
    )
    outcomes = {clip.id: results.judged[0].outcomes[clip.id.split("+")[0]] for clip in many}
    table = breakdown(results, Judged(System("many", many), outcomes), "speaker")
    assert table is not None
    assert len(table.rows) == 12


def test_targets_and_advice(results: Results) -> None:
    found = {(verdict.system, verdict.figure): verdict for verdict in verdicts(results)}
    assert found["小明", "pesq_wb"].reached
    missed = found["B", "pesq_wb"]
    assert not missed.reached
    assert "Train the vocoder for longer" in str(missed.advice)
    assert "recordings 10.0 %" in found["B", "wer"].statement
    assert not found["B", "wer"].reached
    assert found["小明", "wer"].reached
    assert found["小明", "wer"].advice is None


def test_opinions_of_people_are_held_against_their_target(results: Results, tmp_path: Path) -> None:
    heard = replace(results, extras={"listening": LISTENING})
    reached, missed = (verdict for verdict in verdicts(heard) if verdict.figure == "human_mos")
    assert (reached.system, reached.reached, reached.advice) == ("小明", True, None)
    assert missed.statement == "Mean opinion of listeners: 3.20, target 4.0"
    assert "longer reference" in str(missed.advice)
    for form in ("report.html", "report.md"):
        text = write_report(heard, tmp_path)[form].read_text("utf-8")
        for told in ("2 listeners, 40 ratings", "eve", "3.33", "2.90 to 3.50", "-0.90", "0.012"):
            assert told in text, (form, told)


def test_verification_tells_speakers_apart(results: Results) -> None:
    assert verification_errors(results) == {"小明": 0.0, "B": 0.0, RECORDINGS: 0.0}
    swapped = results.judged[0]
    outcomes = {
        clip_id: {**found, "similarity": Outcome(1.0, observed=[0.1, 1.0] if clip_id.startswith("ann") else [1.0, 0.1])}
        for clip_id, found in swapped.outcomes.items()
    }
    assert (
        verification_errors(replace(results, judged=(replace(swapped, outcomes=outcomes), results.judged[2])))["小明"]
        == 1.0
    )


def test_one_system_has_plain_names_for_a_sweep(results: Results) -> None:
    assert flat(results)["B/wer"] == pytest.approx(0.3)
    alone = flat(replace(results, judged=results.judged[1:]))
    assert alone["wer"] == pytest.approx(0.3)
    assert alone["recordings/wer"] == pytest.approx(0.1)
    assert alone["emotion_accuracy/of_the_judge"] == 0.7


def test_attention_left_by_synthesis_is_shown(results: Results, root: Path) -> None:
    system = results.judged[0]
    clip = system.system.clips[0]
    before = exhibit(results, system, clip).picture
    np.save(clip.wave.path.with_suffix(".alignment.npy"), np.random.default_rng(0).random((80, 20)))
    assert len(str(exhibit(results, system, clip).picture)) > len(str(before)) + 5_000
