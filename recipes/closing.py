"""The end of a whole job: the bundle, what it says, what can be measured of it, and its model card."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipes.card import write_card
from recipes.trained import load_config
from voiceclone.checkpoints.find import DESCRIPTION
from voiceclone.evaluation.references import of_corpus

if TYPE_CHECKING:
    from recipes.voice import Making
    from voiceclone.data.utterance import Utterance
    from voiceclone.evaluation.references import Reference
    from voiceclone.metrics.similarity import SpeakerEncoder

# Recordings that are heard through the vocoder alone; enough for a figure, and soon done.
_COPIES = 12
# Recordings of each speaker to which its samples are likened, the best ones first.
_RECORDINGS = 3
# Seconds of the budget that report and model card are left, when everything is measured.
_WRITING = 5.0
_SPLITS = ("test", "validation", "train")


def close(making: Making) -> dict[str, float]:
    """Assemble the voice in ``<run>/voice``, let it speak into ``<run>/samples`` and report on it; its figures.

    Nothing is done again where no stage and no wish of ``cfg.bundle`` has changed since.
    """
    voice, stamp = making.folder / "voice", making.folder / "closed.json"
    made_of = _made_of(making)
    known = json.loads(stamp.read_text("utf-8")) if stamp.is_file() else {}
    if known.get("made_of") != made_of or not (voice / DESCRIPTION).is_file():
        stamp.unlink(missing_ok=True)
        known = {"made_of": made_of, "figures": _make(making, voice)}
        stamp.with_suffix(".part").write_text(json.dumps(known, indent=1), "utf-8")
        stamp.with_suffix(".part").replace(stamp)
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
    import torch

    from recipes.assemble import assemble
    from recipes.evaluate import utterances
    from recipes.samples import speak_samples
    from recipes.stores import build_data
    from voiceclone.evaluation.demonstration import demonstrate, write_demonstration
    from voiceclone.synthesis.cloner import VoiceCloner

    cfg = load_config(making.runs["acoustic"])
    on_gpu = making.cfg.trainer.accelerator != "cpu" and torch.cuda.is_available()
    voice = VoiceCloner.from_pretrained(assemble(making, folder), device="cuda" if on_gpu else "cpu")
    clips = utterances(cfg)
    held_out = of_corpus(clip for clip in clips if clip.split == "test")
    shutil.rmtree(making.folder / "samples", ignore_errors=True)
    samples = speak_samples(voice, making.folder / "samples", _to_clone(held_out, list(voice.bundle.speakers)))
    recordings = _of_each(clips, [sample.speaker for sample in samples])
    prepared = build_data(cfg).clips
    left = partial(_seconds, making)
    found = demonstrate(voice, samples, held_out, recordings, _judge(making), _COPIES, prepared, left)
    markdown = write_demonstration(found, making.folder, f"Voice {voice.bundle.name}")
    write_card(folder, list(voice.bundle.speakers), cfg, making.cfg, making.runs, markdown)
    print(f"\n{markdown}")
    return found.figures()


def _of_each(clips: list[Utterance], speakers: list[str]) -> dict[str, Reference]:
    """A few recordings of each of ``speakers``, those that no network was trained on first."""
    chosen: dict[str, list[Utterance]] = {speaker: [] for speaker in speakers}
    for clip in sorted(clips, key=lambda clip: _SPLITS.index(clip.split)):
        if len(chosen.get(clip.speaker, [None] * _RECORDINGS)) < _RECORDINGS:
            chosen[clip.speaker].append(clip)
    return of_corpus(clip for few in chosen.values() for clip in few)


def _to_clone(references: dict[str, Reference], known: list[str]) -> dict[str, Path]:
    """A recording of one speaker whom the voice has never heard; none where the corpora keep no speaker out."""
    for reference in references.values():
        speaker, recording = reference.labels.speaker, reference.recording
        if speaker is not None and speaker not in known and recording.end is None and recording.probe()[1] >= 2:
            return {speaker: recording.path}
    return {}


def _seconds(making: Making) -> float | None:
    left = making.clock.left()
    return None if left is None else left - _WRITING


def _judge(making: Making) -> SpeakerEncoder | None:
    """The ear for likeness that evaluation has; None where the voice has the same, or where its package is not
    installed. Hydra must be initialised."""
    from hydra import compose
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    cfg = compose("evaluate")
    if making.cfg.stages.speaker_encoder.get("use") == cfg.speaker_judge:
        return None
    try:
        return instantiate(cfg.metrics.similarity.encoder)
    except InstantiationException:
        return None
