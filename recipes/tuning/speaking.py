"""What the voice says before and after fine-tuning: held-out sentences, further ones, and its other speakers."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from recipes.tuning import further
from recipes.tuning.stages import Tuning

if TYPE_CHECKING:
    from voiceclone.evaluation.clips import System
    from voiceclone.evaluation.matching import Matched
    from voiceclone.evaluation.references import Reference
    from voiceclone.synthesis.cloner import VoiceCloner


def _voice(folder: Path, cfg: DictConfig) -> VoiceCloner:
    from voiceclone.synthesis.cloner import VoiceCloner

    return VoiceCloner.from_pretrained(folder, "cuda" if cfg.trainer.accelerator in ("gpu", "cuda") else "cpu")


def _before(tuning: Tuning, start: Path) -> VoiceCloner:
    """The voice as it was, given the same recordings as a reference to clone: their mean embedding."""
    from voiceclone.checkpoints.bundle import SpeakerEntry

    voice = _voice(start, tuning.cfg)
    embedding = json.loads((tuning.folder / "start_vector.json").read_text("utf-8"))
    voice.bundle.speakers = {**voice.bundle.speakers, str(tuning.cfg.speaker): SpeakerEntry(embedding)}
    return voice


def speak_both(tuning: Tuning, start: Path, result: Path) -> Matched:
    """Held-out sentences, further ones, emotions never recorded, and the voice's own speakers, before and after."""
    from voiceclone.evaluation.matching import match
    from voiceclone.evaluation.speaking import digest, speak_corpus

    voices = {"before": _before(tuning, start), "after": _voice(result, tuning.cfg)}
    cfg, held = tuning.cfg, _references(tuning)
    old, references = _old_references(tuning), dict(held)
    references |= old
    remarks: list[str] = []
    extra: list[System] = []
    folders: dict[str, Path] = {}
    for name, voice in voices.items():
        place = tuning.folder / "spoken" / f"{name}-{digest(voice)}-{_crc(voice, str(cfg.speaker))}"
        spoken = speak_corpus(voice, held, place, int(cfg.seed), speaker=str(cfg.speaker))
        folders |= {name: spoken.speech, f"{name}, copy synthesis": spoken.copies}
        remarks += spoken.remarks
        if old:
            others = speak_corpus(voice, old, place / "old", int(cfg.seed))
            folders |= {f"other speakers, {name}": others.speech}
            folders |= {f"other speakers, {name}, copy synthesis": others.copies}
            remarks += others.remarks
        beside = next(iter(held.values())).recording
        extra += further.emotions(tuning, name, voice, beside, place / "emotions")
        extra += further.sentences(tuning, name, voice, beside, place / "sentences")
    # Copy synthesis is the vocoder alone: where it stayed as it was there is nothing to compare.
    compared = [name for name in folders if cfg.vocoder_steps or not name.endswith("copy synthesis")]
    folders = {name: folders[name] for name in compared if folders[name].is_dir()}
    matched = match(folders, references, {name: name.endswith("copy synthesis") for name in folders})
    *spoken_systems, recordings = matched.systems
    # Its own remarks, that no system spoke all recordings, say nothing here: each speaker has systems of their own.
    return replace(matched, systems=(*spoken_systems, *extra, recordings), remarks=tuple(remarks))


def _crc(voice: VoiceCloner, speaker: str) -> str:
    """Changes with the speaker's vector, which is no part of the networks."""
    return f"{zlib.crc32(json.dumps(voice.bundle.speakers[speaker].embedding).encode()):08x}"


def _references(tuning: Tuning) -> dict[str, Reference]:
    """The pieces kept out for the test, or those of the validation where there are none."""
    from voiceclone.evaluation.clips import Labels, Recording
    from voiceclone.evaluation.references import Reference

    material, cfg = tuning.material, tuning.cfg
    pieces = material.of("test") or material.of("validation") or material.of("train")
    chosen = [piece for piece in pieces if piece.text][: int(cfg.report_clips)] or pieces[: int(cfg.report_clips)]
    return {
        piece.id.replace("#", "-"): Reference(
            Recording(piece.audio, piece.start, piece.end),
            Labels(piece.text, str(cfg.language), str(cfg.speaker), cfg.emotion),
        )
        for piece in chosen
    }


def _old_references(tuning: Tuning) -> dict[str, Reference]:
    """Held-out sentences of the voice's own corpora, evenly spread."""
    from hydra.utils import instantiate

    from voiceclone.evaluation.references import of_corpus

    found: dict[str, Reference] = {}
    for name, reader in tuning.cfg.corpus.items():
        clips = [clip for clip in instantiate(reader) if clip.split != "train" and clip.text]
        wanted = max(1, int(tuning.cfg.report_clips) // len(tuning.cfg.corpus))
        chosen = clips[:: max(1, len(clips) // wanted)][:wanted]
        found |= {f"{name}/{key}": reference for key, reference in of_corpus(chosen).items()}
    return found
