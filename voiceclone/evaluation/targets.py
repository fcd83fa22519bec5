"""What a cloned voice should reach, whether it does, and what to try where it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.results import Estimate, Judged, Results

PESQ, HUMAN_MOS = 3.5, 4.0
# From here on a distance to the recordings is worth a word; each in the unit of its figure.
NOTABLE = {"mos_overall": 0.2, "similarity": 0.1, "wer": 0.1, "emotion_accuracy": 0.1}

ADVICE = {
    "pesq_wb": "Train the vocoder for longer, or fine-tune it on this voice: copy synthesis is the vocoder alone.",
    "mos_overall": "Fine-tune the vocoder on the acoustic model's own teacher-forced mels: it sounds metallic on mels "
    "such as it never saw.",
    "similarity": "Give a longer reference, 30 to 60 s of clean speech, or fine-tune the voice on it.",
    "wer": "Look at the attention of the worst clips. Trim silence in the corpus, train for longer, or turn up guided "
    "attention.",
    "emotion_accuracy": "Raise the weight of the emotion loss, or the intensity; see in the confusion matrix which "
    "emotions are taken for each other.",
    "human_mos": "Listen to the worst clips first; then fine-tune the vocoder and give a longer reference.",
}


@dataclass(frozen=True)
class Verdict:
    """One target held against one system."""

    system: str
    figure: str
    reached: bool
    statement: str
    advice: str | None = None


def verdicts(results: Results) -> list[Verdict]:
    """Every target that applies to some system, and every figure notably behind the recordings."""
    return [verdict for judged in results.candidates for verdict in _of(judged, results)]


def _of(judged: Judged, results: Results) -> Iterator[Verdict]:
    if "pesq_wb" in results.directions and (found := judged.estimate("pesq_wb")):
        yield _absolute(judged.name, "pesq_wb", "PESQ of copy synthesis", found.mean, PESQ)
    human = results.extras.get("listening", {}).get("systems", {}).get(judged.name)
    if human:
        yield _absolute(judged.name, "human_mos", "Mean opinion of listeners", human["mean"], HUMAN_MOS)
    if results.recordings is None:
        return
    for name, notable in NOTABLE.items():
        if name not in results.directions:
            continue
        ours, theirs = judged.estimate(name), results.recordings.estimate(name)
        if ours and theirs:
            yield _distance(judged.name, name, ours, theirs, results, notable)


def _absolute(system: str, name: str, title: str, value: float, target: float) -> Verdict:
    reached = value >= target
    statement = f"{title}: {value:.2f}, target {target:.1f}"
    return Verdict(system, name, reached, statement, None if reached else ADVICE[name])


def _distance(system: str, name: str, ours: Estimate, theirs: Estimate, results: Results, notable: float) -> Verdict:
    written, own = figure(name), results.judge_accuracy(name)
    near = bool(results.directions[name] * (theirs.mean - ours.mean) < notable)
    statement = f"{written.title}: {written.write(ours.mean)}, recordings {written.write(theirs.mean)}"
    if own is not None:
        statement += f"; its judge is right on {written.write(own)} of real speakers new to it"
    return Verdict(system, name, near, statement, None if near else ADVICE[name])
