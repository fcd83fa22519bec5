"""The end of a whole job: the bundle, what it says, what can be measured of it, and its model card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from recipes.card import write_card
from recipes.trained import load_config

if TYPE_CHECKING:
    from recipes.voice import Making
    from voiceclone.evaluation.references import Reference
    from voiceclone.metrics.similarity import SpeakerEncoder

# Recordings that are heard through the vocoder alone; enough for a figure, and soon done.
_COPIES = 12


def close(making: Making) -> dict[str, float]:
    """Assemble the voice in ``<run>/voice``, let it speak into ``<run>/samples`` and report on it; its figures.

    Nothing is done again where no stage and no wish of ``cfg.bundle`` has changed since.
    """
    voice, stamp = making.folder / "voice", making.folder / "closed.json"
    made_of = _made_of(making)
    known = json.loads(stamp.read_text("utf-8")) if stamp.is_file() else {}
    if known.get("made_of") != made_of or not (voice / "voice.yaml").is_file():
        stamp.unlink(missing_ok=True)
        known = {"made_of": made_of, "figures": _make(making, voice)}
        stamp.write_text(json.dumps(known, indent=1), "utf-8")
    if making.cfg.bundle.folder is not None:
        shutil.copytree(voice, Path(making.cfg.bundle.folder).expanduser(), dirs_exist_ok=True)
    print(f"\nThe voice is in {voice}, what it says in {making.folder / 'samples'}: listen.")
    print(f"How well it came out: {making.folder / 'report.html'}")
    return known["figures"]


def _made_of(making: Making) -> dict[str, Any]:
    stamps = {name: (run / "checkpoints" / "last.ckpt").stat().st_mtime_ns for name, run in making.runs.items()}
    wishes = {key: value for key, value in making.cfg.bundle.items() if key != "folder"}
    return {"runs": {name: str(run) for name, run in making.runs.items()}, "stamps": stamps, "bundle": wishes}


def _make(making: Making, folder: Path) -> dict[str, float]:
    from recipes.assemble import assemble
    from recipes.samples import speak_samples
    from voiceclone.evaluation.demonstration import demonstrate, write_demonstration
    from voiceclone.synthesis.cloner import VoiceCloner

    cfg = load_config(making.runs["acoustic"])
    voice = VoiceCloner.from_pretrained(assemble(making, folder))
    references = _held_out(cfg)
    shutil.rmtree(making.folder / "samples", ignore_errors=True)
    samples = speak_samples(voice, making.folder / "samples", _to_clone(references, list(voice.bundle.speakers)))
    found = demonstrate(voice, samples, references, _judge(), _COPIES)
    markdown = write_demonstration(found, making.folder, f"Voice {voice.bundle.name}")
    write_card(folder, cfg, making.cfg, making.runs, markdown)
    print(f"\n{markdown}")
    return found.figures()


def _held_out(cfg: DictConfig) -> dict[str, Reference]:
    """The recordings of the corpora that no network was trained on."""
    from recipes.evaluate import utterances
    from voiceclone.evaluation.references import of_corpus

    return of_corpus(clip for clip in utterances(cfg) if clip.split == "test")


def _to_clone(references: dict[str, Reference], known: list[str]) -> dict[str, Path]:
    """A recording of one speaker whom the voice has never heard; none where the corpora keep no speaker out."""
    for reference in references.values():
        speaker, recording = reference.labels.speaker, reference.recording
        if speaker is not None and speaker not in known and recording.end is None and recording.probe()[1] >= 2:
            return {speaker: recording.path}
    return {}


def _judge() -> SpeakerEncoder | None:
    """The ear for likeness that evaluation has; None where its package is not installed. Hydra must be initialised."""
    from hydra import compose
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    try:
        return instantiate(compose("evaluate").speaker_judge)
    except InstantiationException:
        return None
