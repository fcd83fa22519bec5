"""`python prepare.py`: from a folder of recordings to a store, a report and a table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from recipes.prepare import main, prepare, settings_of
from voiceclone.data.store import Store
from voiceclone.errors import DataError

ROOT = Path(__file__).resolve().parents[2]
COUNTS = {
    "ljspeech": 26, "kathleen": 611, "librispeech": 64, "speechocean762": 376, "vctk": 29, "ravdess": 360,
    "emodb": 237, "aishell": 114, "aishell3": 24,
}  # fmt: skip


def config(*overrides: str) -> DictConfig:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("prepare", overrides=["workers=1", *overrides])


def voice(path: Path, seconds: float = 1.5, pitch: float = 150.0) -> Path:
    """A buzz in syllables, enough for a voice detector."""
    time = np.arange(round(seconds * 16000)) / 16000
    buzz = sum(np.sin(2 * np.pi * pitch * h * time) / h for h in range(1, 16))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * buzz * np.clip(np.sin(2 * np.pi * 4 * time), 0, 1), 16000)
    return path


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two speakers in a folder whose name has Chinese, a space and brackets; one recording is broken."""
    folder = tmp_path / "语音 数据 [v1]"
    for speaker in ("小明", "anna"):
        for number in range(4):
            clip = voice(folder / speaker / f"{number}.wav", pitch=120 + 20 * number)
            clip.with_suffix(".txt").write_text("我用GPU训练model。" if speaker == "小明" else "你好。", "utf-8")
    (folder / "anna" / "broken.wav").write_bytes(b"RIFF")
    return folder


def test_the_command_leaves_a_store_a_report_and_a_table(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    arguments = ["corpus=folder", f"paths.data={recordings}", f"paths.store={store}", "corpus.folder.language=zh"]
    monkeypatch.setattr(sys, "argv", ["prepare.py", "workers=1", *arguments])
    main()
    shown = capsys.readouterr().out
    assert "skipped anna/broken" in shown
    (entry,) = json.loads((store / "prepare_report.json").read_text("utf-8")).values()
    assert (entry["found"], entry["kept"], len(entry["skipped"])) == (9, 8, 1)
    assert entry["speakers"] == {"anna": 4, "小明": 4}
    prepared = Store(entry["store"])
    assert sorted({item.speaker for item in prepared}) == ["anna", "小明"]
    assert all(len(item.symbols) > 3 for item in prepared)


def test_a_list_of_corpora_is_prepared_each_into_a_store_of_its_own(recordings: Path, tmp_path: Path) -> None:
    (recordings / "manifest.csv").write_text("audio,speaker\nanna/0.wav,anna\nanna/1.wav,anna\n", "utf-8")
    cfg = config("corpus=[folder,manifest]")
    cfg.paths.data, cfg.paths.store = str(recordings), str(tmp_path / "store")
    reports = prepare(cfg)
    assert {name: report.kept for name, report in reports.items()} == {"folder": 8, "manifest": 2}
    assert len({report.store for report in reports.values()}) == 2
    assert json.loads((tmp_path / "store" / "prepare_report.json").read_text("utf-8")).keys() == {"folder", "manifest"}


def test_a_changed_audio_contract_makes_another_store() -> None:
    folders = {settings_of(config(f"audio={name}")).folder("store", "x") for name in ("hifigan_22k", "vocos_24k")}
    assert len(folders) == 2


@pytest.mark.parametrize(("key", "value"), [("data", "nowhere"), ("store", "file/store")])
def test_a_folder_that_is_missing_or_cannot_be_written_is_one_clear_line(
    recordings: Path, tmp_path: Path, key: str, value: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    cfg = config("corpus=folder")
    cfg.paths.data, cfg.paths.store = str(recordings), str(tmp_path / "store")
    cfg.paths[key] = str(tmp_path / value)
    with pytest.raises(DataError, match=rf"(?s){value.split('/')[0]}.*paths\.{key}"):
        prepare(cfg)


@pytest.mark.slow
def test_a_killed_preparation_goes_on_where_it_stopped(recordings: Path, tmp_path: Path) -> None:
    for number in range(120):
        voice(recordings / "anna" / f"more{number}.wav", pitch=100 + number)
    command = [sys.executable, str(ROOT / "prepare.py"), "corpus=folder", f"paths.data={recordings}", "workers=2"]
    command.append(f"paths.store={tmp_path / 'killed'}")
    running = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while not any(path.stat().st_size > 3000 for path in tmp_path.glob("killed/*/prepared/journal.jsonl")):
        assert running.poll() is None
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    cfg = config("corpus=folder")
    cfg.paths.data, cfg.paths.store = str(recordings), str(tmp_path / "whole")
    whole, killed = (Store(path) for path in (prepare(cfg)["folder"].store, next(tmp_path.glob("killed/folder-*"))))
    assert len(killed) == 128
    for one, other in zip(killed, whole, strict=True):
        assert one.id == other.id
        np.testing.assert_array_equal(one.arrays["wave"], other.arrays["wave"])


@pytest.mark.slow
def test_an_hour_in_one_file_is_cut_into_clips_in_little_memory(tmp_path: Path) -> None:
    minute, rng = voice(tmp_path / "minute.wav", seconds=60.0), np.random.default_rng(0)
    wave, _ = soundfile.read(minute, dtype="float32")
    (tmp_path / "talk").mkdir()
    with soundfile.SoundFile(tmp_path / "talk" / "hour.wav", "w", 16000, 1) as out:
        for _ in range(60):
            wave[rng.integers(0, 50 * 16000) :][:8000] = 0
            out.write(wave)
    program = (
        "import resource, sys; from recipes.prepare import main; main();"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    arguments = ["corpus=folder", f"paths.data={tmp_path / 'talk'}", f"paths.store={tmp_path / 'store'}", "workers=1"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (entry,) = json.loads((tmp_path / "store" / "prepare_report.json").read_text("utf-8")).values()
    assert entry["found"] == 1
    assert 360 < entry["kept"] < 1800
    assert int(done.stdout.split()[-1]) < 1500  # an hour as float32 at this rate alone would be 318 MB more


@pytest.mark.slow
@pytest.mark.shared
def test_the_shared_corpora_are_prepared_to_the_last_clip(shared: Path, tmp_path: Path) -> None:
    cfg = config(f"corpus=[{','.join(COUNTS)}]", "workers=2")
    cfg.paths.data, cfg.paths.store = str(shared / "data"), str(tmp_path)
    reports = prepare(cfg)
    assert {name: report.kept for name, report in reports.items()} == COUNTS
    assert all(not report.skipped for report in reports.values())
