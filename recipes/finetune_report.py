"""The voice before and after fine-tuning, on pieces that it was not trained on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.finetune_stages import Tuning
from recipes.overrides import quote
from voiceclone.errors import VoiceCloneError

if TYPE_CHECKING:
    from voiceclone.evaluation.clips import System
    from voiceclone.evaluation.matching import Matched
    from voiceclone.evaluation.references import Reference
    from voiceclone.evaluation.results import Results
    from voiceclone.synthesis.cloner import VoiceCloner

FIGURES = ("similarity", "pesq_wb", "mcd", "wer", "cer", "log_f0_rmse", "emotion_accuracy")
_SENTENCES = {
    "en": ("The morning train was late, so we walked along the river.", "Did you bring the letter with you?"),
    "zh": ("今天早上火车晚点了，我们就沿着河边走。", "今天天气很好，你打算出门吗？"),
}


def report(tuning: Tuning, start: Path, result: Path, seconds: Mapping[str, float]) -> dict[str, float]:
    """Let the voice speak before and after, and leave ``report.md``, ``report.html``, ``metrics.json`` and pictures.

    Returns every mean as ``<system>/<figure>``; they go to the loggers of the run as well.
    """
    from voiceclone.evaluation.report import write_report
    from voiceclone.evaluation.tables import flat

    cfg, folder = tuning.cfg, tuning.folder
    voices = {"before": _before(tuning, start), "after": _voice(result, cfg)}
    matched = _speak(tuning, voices)
    results = _judge(cfg, matched, folder)
    written = write_report(results, folder, f"{cfg.speaker}, before and after fine-tuning")
    melodies = _melodies(matched)
    pictures = _draw(matched, folder / "pictures", cfg)
    text = written["report.md"].read_text("utf-8")
    written["report.md"].write_text(text + _further(tuning, melodies, seconds, pictures), "utf-8")
    found: dict[str, Any] = json.loads(written["metrics.json"].read_text("utf-8"))
    found |= {
        "cpu_seconds": dict(seconds),
        "melody": melodies,
        "freeze": str(cfg.freeze),
        "advice": tuning.material.advice,
    }
    written["metrics.json"].write_text(json.dumps(found, indent=1, ensure_ascii=False), "utf-8")
    figures = dict(flat(results))
    _log(cfg, figures, pictures)
    print(text.split("## Worst clips")[0])
    print(f"{written['report.html']}: open it in a browser.")
    return figures


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


def _speak(tuning: Tuning, voices: Mapping[str, VoiceCloner]) -> Matched:
    """Held-out sentences, emotions never recorded, and the voice's own speakers, each before and after."""
    from voiceclone.evaluation.matching import match
    from voiceclone.evaluation.speaking import digest, speak_corpus

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
        extra += _emotions(tuning, name, voice, held, place / "emotions")
    folders = {name: folder for name, folder in folders.items() if folder.is_dir()}
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


def _emotions(
    tuning: Tuning, name: str, voice: VoiceCloner, held: Mapping[str, Reference], folder: Path
) -> list[System]:
    """Sentences in each emotion that the speaker never recorded, to be judged by ear alone."""
    from voiceclone.evaluation.clips import Clip, Labels, Recording, System

    language = tuning.material.language
    sentences = _SENTENCES.get(language.split("-")[0], _SENTENCES["en"])[: int(tuning.cfg.report_emotions)]
    beside = next(iter(held.values())).recording
    clips = []
    for emotion in voice.bundle.emotions:
        for number, sentence in enumerate(sentences if emotion != tuning.cfg.emotion else ()):
            path = folder / f"{emotion}-{number}.wav"
            if not path.is_file():
                try:
                    voice.tts_to_file(
                        sentence, file_path=path, speaker=str(tuning.cfg.speaker), emotion=emotion,
                        language=language, seed=int(tuning.cfg.seed),
                    )  # fmt: skip
                except VoiceCloneError:
                    continue
            labels = Labels(sentence, language.split("-")[0], str(tuning.cfg.speaker), emotion)
            clips.append(Clip(path.stem, Recording(path), labels, voice=beside))
    return [System(f"emotions, {name}", tuple(clips))] if clips else []


def _judge(cfg: DictConfig, matched: Matched, folder: Path) -> Results:
    from hydra import compose

    from voiceclone.evaluation.evaluating import evaluate
    from voiceclone.evaluation.pool import n_processes

    judging = compose("evaluate", overrides=[f"emotion_judge.path={quote(str(cfg.emotion_judge))}"])
    known: Any = OmegaConf.to_container(judging.metrics, resolve=True)
    wanted = [name for name in FIGURES if cfg.recogniser is not None or name not in ("wer", "cer")]
    settings = {name: known[name] for name in wanted}
    return evaluate(matched, settings, folder / "evaluation_cache.jsonl", n_processes(cfg.processes))


def _melodies(matched: Matched) -> dict[str, dict[str, float]]:
    """System -> median F0 in Hz, and its range (5th to 95th percentile) in semitones, over all voiced frames."""
    import numpy as np

    from voiceclone.metrics.voicing import voicing

    found = {}
    for system in matched.systems:
        contours = [voicing(clip.wave.load(16_000), 16_000).f0 for clip in system.clips]
        voiced = np.concatenate(contours)[np.concatenate(contours) > 0] if contours else np.zeros(0)
        if len(voiced):
            low, middle, high = np.percentile(voiced, [5, 50, 95])
            found[system.name] = {"median_hz": float(middle), "range_semitones": float(12 * np.log2(high / low))}
    return found


def _draw(matched: Matched, folder: Path, cfg: DictConfig) -> dict[str, Path]:
    """A picture for each of the first held-out sentences: the recording, before, and after."""
    from voiceclone.evaluation.comparing import draw_comparison

    systems = {system.name: {clip.id: clip for clip in system.clips} for system in matched.systems}
    shown = [name for name in ("before", "after") if name in systems]
    pictures = {}
    for key in list(systems.get("after", {}))[:3]:
        recording = systems["after"][key].recording
        waves = {"recording": recording.load(16_000)} if recording else {}
        waves |= {name: systems[name][key].wave.load(16_000) for name in shown if key in systems[name]}
        path = folder / f"{key.replace('/', '_')}.png"
        draw_comparison(waves, 16_000, path)
        pictures[key] = path
    return pictures


def _further(
    tuning: Tuning, melodies: Mapping[str, Mapping[str, float]], seconds: Mapping[str, float],
    pictures: Mapping[str, Path],
) -> str:  # fmt: skip
    """What the general report does not have: melody, recordings, time, pictures."""
    splits = {name: len(tuning.material.of(name)) for name in ("train", "validation", "test")}
    lines = ["", "## Melody", "", "| system | median F0 | range |", "|---|---|---|"]
    lines += [
        f"| {name} | {found['median_hz']:.0f} Hz | {found['range_semitones']:.1f} semitones |"
        for name, found in melodies.items()
    ]
    lines += ["", "## Recordings", "", (tuning.folder / "recordings.md").read_text("utf-8")]
    lines += [
        f"* Pieces: {', '.join(f'{count} {name}' for name, count in splits.items())}. freeze={tuning.cfg.freeze}."
    ]
    if not splits["test"]:
        lines += ["* No pieces were left for a test: the figures are of those that early stopping looked at."]
    lines += ["", "## Processor time", ""]
    lines += [f"* {part}: {spent / 60:.1f} minutes" for part, spent in seconds.items()]
    lines += ["", "## Pictures", ""]
    lines += [f"![{key}](pictures/{path.name})" for key, path in pictures.items()]
    return "\n".join([*lines, ""])


def _log(cfg: DictConfig, figures: Mapping[str, float], pictures: Mapping[str, Path]) -> None:
    """The figures, and in TensorBoard the pictures, into the logs of the whole run."""
    from hydra.utils import instantiate
    from matplotlib.image import imread
    from pytorch_lightning.loggers import TensorBoardLogger

    for logger in [instantiate(logger) for logger in (cfg.logger or {}).values()]:
        logger.log_metrics(dict(figures), step=0)
        for key, path in pictures.items() if isinstance(logger, TensorBoardLogger) else ():
            logger.experiment.add_image(f"sentences/{key}", imread(path)[..., :3], 0, dataformats="HWC")
        logger.save()
        logger.finalize("success")
