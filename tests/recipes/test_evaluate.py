"""`python evaluate.py`: from folders or from a voice to a report, and the page of a listening test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from tiny_voice import tiny_bundle

from recipes.evaluate import evaluate
from voiceclone.audio import io
from voiceclone.checkpoints.bundle import save_bundle
from voiceclone.errors import ConfigError, VoiceCloneError
from voiceclone.evaluation import speaking
from voiceclone.evaluation.judging import build_metrics

ROOT = Path(__file__).resolve().parents[2]
RATE = 16_000
QUICK = ["pesq_wb", "mcd", "duration_error", "silent"]


def config(tmp_path: Path, *overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("evaluate", overrides=[f"paths.output={tmp_path}/runs", "processes=1", *overrides])
    OmegaConf.set_struct(cfg, False)
    cfg.metrics = OmegaConf.masked_copy(cfg.metrics, QUICK)
    return cfg


def run_folder(tmp_path: Path) -> Path:
    (folder,) = (tmp_path / "runs").glob("evaluate-*")
    return folder


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """A folder of recordings by two speakers with transcripts, and a noisy copy of it."""
    time, rng = np.arange(round(1.5 * RATE)) / RATE, np.random.default_rng(0)
    for speaker, pitch in (("anna", 200.0), ("小明", 120.0)):
        for number in range(3):
            buzz = sum(np.sin(2 * np.pi * (pitch + 9 * number) * k * time) / k for k in range(1, 15))
            wave = 0.1 * buzz * np.clip(np.sin(2 * np.pi * 4 * time), 0.02, 1)
            clip = tmp_path / "recordings" / speaker / f"{number}.wav"
            io.save(clip, wave, RATE)
            clip.with_suffix(".txt").write_text("It works.")
            noisy = wave + 0.01 * rng.standard_normal(len(wave))
            io.save(tmp_path / "noisy" / speaker / f"{number}.wav", noisy, RATE)
    return tmp_path / "recordings"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return save_bundle(tiny_bundle(), tmp_path / "tiny")


def test_folders_are_judged_and_logged(speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loggers = "logger=[csv,tensorboard]"
    figures = evaluate(config(tmp_path, f"generated={tmp_path}/noisy", f"reference={speech}", loggers))
    assert 1 < figures["pesq_wb"] < 4
    assert figures["recordings/silent"] == 0
    assert figures["duration_error"] == 0
    folder = run_folder(tmp_path)
    assert {"metrics.json", "report.md", "report.html", "config.yaml", "metrics.csv"} <= {
        p.name for p in folder.iterdir()
    }
    assert json.loads((folder / "metrics.json").read_text())["systems"]["noisy"]["by_speaker"].keys() == {
        "anna",
        "小明",
    }
    assert "pesq_wb" in (folder / "metrics.csv").read_text()
    assert b"pesq_wb" in next((folder / "tensorboard").glob("events*")).read_bytes()
    told = capsys.readouterr().out
    assert "PESQ, wide band" in told
    assert f"{folder / 'report.html'}: open it in a browser." in told


def test_several_systems_and_a_corpus_as_reference(speech: Path, tmp_path: Path) -> None:
    systems = f"{{same: {speech}, 噪声: '{tmp_path}/noisy'}}"
    cfg = config(tmp_path, "corpus=folder", f"paths.data={speech}", "language=en")
    cfg.generated = systems  # as the door hands down what Hydra's grammar does not know
    figures = evaluate(cfg)
    assert figures["same/pesq_wb"] > 4.6 > figures["噪声/pesq_wb"]


def test_a_voice_speaks_a_corpus_and_is_judged(
    speech: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = (f"voice={bundle}", "corpus=folder", f"paths.data={speech}", "split=train", "limit=2")
    figures = evaluate(config(tmp_path, *overrides))
    assert figures.keys() >= {"tiny/mcd", "tiny, copy synthesis/mcd", "tiny, copy synthesis/pesq_wb"}
    assert "tiny/pesq_wb" not in figures, "what was spoken freely is not in step with any recording"
    spoken = sorted(path.name for path in run_folder(tmp_path).glob("tiny-*/speech/**/*") if path.is_file())
    assert [name for name in spoken if name.endswith(".wav")]
    assert [name for name in spoken if name.endswith(".alignment.npy")]
    monkeypatch.setattr(speaking, "vocode", lambda *_: pytest.fail("spoken again"))
    monkeypatch.setattr("voiceclone.synthesis.cloner.VoiceCloner.speak", lambda *_, **__: pytest.fail("spoken again"))
    assert evaluate(config(tmp_path, *overrides)) == figures


def test_a_voice_is_judged_with_the_vocoder_of_another(speech: Path, bundle: Path, tmp_path: Path) -> None:
    other = tiny_bundle()
    for parameter in other.networks["vocoder"].parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    wishes = (f"voice={bundle}", "corpus=folder", f"paths.data={speech}", "split=train", "limit=1")
    plain = evaluate(config(tmp_path, *wishes))
    swapped = evaluate(config(tmp_path, *wishes, f"vocoder={save_bundle(other, tmp_path / 'other')}"))
    assert swapped["tiny, copy synthesis/mcd"] != plain["tiny, copy synthesis/mcd"]


def test_a_listening_test_is_made(speech: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("listening_test=create", f"generated={tmp_path}/noisy", f"reference={speech}", "listening.clips=2")
    evaluate(config(tmp_path, *asked))
    page = run_folder(tmp_path) / "listening_test.html"
    assert str(page) in capsys.readouterr().out
    assert page.read_text("utf-8").count("data:audio/flac") == 2 * 3 + 2


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ((), "give either voice=<bundle> or generated=<folder of wavs>"),
        (("generated=noisy", "voice=demo"), "give either voice"),
        (("generated=noisy",), "needs reference=<folder of recordings>, or corpus=<corpus>"),
        (("voice=demo",), "needs corpus=<corpus>: sentences to say"),
        (("generated=[a/wavs,b/wavs]", "reference=x"), "two folders of the same name"),
        (("generated='{a: b: c}'", "reference=x"), "expected {name: path, ...}"),
        (("listening_test=crate",), "Did you mean 'create'"),
        (("listening_test=score",), "needs results=<folder"),
        (("train_emotion_judge=true",), r"set corpus=\[ravdess,emodb\]"),
        (("generated=nowhere", "reference=nowhere"), "nowhere: no such folder"),
    ],
)
def test_wishes_that_cannot_be_met_say_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overrides: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noisy").mkdir()
    io.save(tmp_path / "noisy/a.wav", np.full(RATE, 0.1), RATE)
    with pytest.raises(VoiceCloneError, match=message):
        evaluate(config(tmp_path, *overrides))


def test_a_split_without_clips_is_named(speech: Path, bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="split=exam: the corpus has no clips with a text there"):
        evaluate(config(tmp_path, f"voice={bundle}", "corpus=folder", f"paths.data={speech}", "split=exam"))


def test_every_metric_of_the_configuration_can_be_built(tmp_path: Path) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("evaluate", overrides=[f"paths.output={tmp_path}"])
    settings: Any = OmegaConf.to_container(cfg.metrics, resolve=True)
    metrics, missing = build_metrics(settings, RATE)
    assert set(missing) == {"emotion_accuracy"}, missing
    assert "train_emotion_judge=true" in missing["emotion_accuracy"]
    assert len(metrics) == len(settings) - 1


def test_another_recogniser_is_a_setting_and_says_what_it_lacks(tmp_path: Path) -> None:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        cfg = compose("evaluate", overrides=["recogniser=whisper", f"recogniser.path={tmp_path}/none"])
    settings: Any = OmegaConf.to_container(cfg.metrics, resolve=True)
    metrics, missing = build_metrics({name: settings[name] for name in ("wer", "silent")}, RATE)
    assert set(metrics) == {"silent"}
    assert re.search("Whisper needs the package transformers|Whisper: no folder at", missing["wer"])
