"""The metrics give the figures that the published programs give."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from voiceclone.audio import io
from voiceclone.metrics.dnsmos import predict
from voiceclone.metrics.pesq import PESQ
from voiceclone.metrics.stoi import STOI

pytestmark = pytest.mark.shared
RATE = 16_000


def clip(path: Path) -> np.ndarray:
    return io.load(path, RATE)[0]


@pytest.mark.parametrize("mode", ["wb", "nb"])
def test_pesq_of_its_authors_own_pair(shared: Path, mode: str) -> None:
    folder = shared / "data/pesq_reference"
    published = json.loads((folder / "scores.json").read_text())
    metric = PESQ(RATE, mode)
    metric.update([clip(folder / published["deg"])], [clip(folder / published["ref"])])
    assert float(metric.compute()) == pytest.approx(published[mode], abs=1e-3)


@pytest.mark.parametrize(
    ("column", "metric"),
    [("pesq_wb", PESQ(RATE)), ("pesq_nb", PESQ(RATE, "nb")), ("stoi", STOI(RATE))],
    ids=["pesq_wb", "pesq_nb", "stoi"],
)
def test_all_of_voicebank_demand(shared: Path, column: str, metric: PESQ | STOI) -> None:
    folder = shared / "data/VoiceBank-DEMAND"
    rows = list(csv.DictReader((folder / "scores.csv").open()))
    assert len(rows) == 16
    for row in rows:
        noisy, clean = (clip(folder / f"{side}_testset_wav" / row["file"]) for side in ("noisy", "clean"))
        assert metric.judge(noisy, clean) == pytest.approx(float(row[column]), abs=1e-3), row["file"]


@pytest.mark.slow
def test_dnsmos_of_the_published_program(shared: Path) -> None:
    dnsmos = pytest.importorskip("speechmos.dnsmos")
    wave = clip(shared / "data/pesq_reference/audio/speech_bab_0dB.wav")
    theirs, ours = dnsmos.run(wave, RATE), predict(wave, RATE)
    assert ours.overall == pytest.approx(theirs["ovrl_mos"], abs=1e-3)
    assert ours.signal == pytest.approx(theirs["sig_mos"], abs=1e-3)
    assert ours.background == pytest.approx(theirs["bak_mos"], abs=1e-3)
    assert ours.p808 == pytest.approx(theirs["p808_mos"], abs=1e-3)
