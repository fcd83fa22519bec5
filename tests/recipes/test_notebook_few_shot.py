"""The notebook on few-shot voices runs from its first cell to its last."""

from __future__ import annotations

from pathlib import Path

import made_speech
import pytest
from tiny_voice import tiny_bundle

from voiceclone.audio.io import save
from voiceclone.checkpoints.bundle import save_bundle

ROOT = Path(__file__).resolve().parents[2]
TINY = (
    "trainer=cpu logger=[csv] workers=1 processes=1 recogniser=null max_epochs=1 vocoder_steps=0 report=false "
    "stages.acoustic.trainer.check_val_every_n_epoch=1"
)


def test_the_few_shot_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    for number in range(7):
        save(tmp_path / "speech" / f"{number}.wav", made_speech.speech(3.0, seed=number), made_speech.RATE)
        (tmp_path / "speech" / f"{number}.txt").write_text(("It works.", "Does it?")[number % 2], "utf-8")
    monkeypatch.setenv("FEW_SHOT_VOICE", str(save_bundle(tiny_bundle(), tmp_path / "tiny")))
    monkeypatch.setenv("FEW_SHOT_AUDIO", str(tmp_path / "speech"))
    monkeypatch.setenv("FEW_SHOT_SETTINGS", f"paths.output={tmp_path}/runs paths.store={tmp_path}/store {TINY}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(ROOT / "notebooks/02_few_shot.ipynb", as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(ROOT)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("audio/wav" in str(output.get("data", "")) for output in outputs), "the last cell speaks"
    assert any("goes on from there" in str(output.get("text", "")) for output in outputs)
    assert list((tmp_path / "runs").glob("finetune-*/voice/voice.yaml"))
