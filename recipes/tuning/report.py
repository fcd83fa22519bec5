"""The voice before and after fine-tuning, on pieces that it was not trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.overrides import quote
from recipes.tuning.speaking import speak_both
from recipes.tuning.stages import Tuning

if TYPE_CHECKING:
    from voiceclone.evaluation.matching import Matched
    from voiceclone.evaluation.results import Results

FIGURES = ("similarity", "pesq_wb", "mcd", "wer", "cer", "log_f0_rmse", "emotion_accuracy")
PAIRS = {
    "new speaker": ("before", "after"),
    "new speaker, further sentences": ("sentences, before", "sentences, after"),
    "new speaker, copy synthesis": ("before, copy synthesis", "after, copy synthesis"),
    "emotions not recorded": ("emotions, before", "emotions, after"),
    "other speakers": ("other speakers, before", "other speakers, after"),
    "other speakers, further sentences": ("old speakers' sentences, before", "old speakers' sentences, after"),
    "other speakers, copy synthesis": (
        "other speakers, before, copy synthesis",
        "other speakers, after, copy synthesis",
    ),
}


def report(tuning: Tuning, start: Path, result: Path, seconds: Mapping[str, float]) -> dict[str, float]:
    """Let the voice speak before and after, and leave ``report.md``, ``report.html``, ``metrics.json`` and pictures.

    Returns every mean as ``<system>/<figure>``; they go to the loggers of the run as well.
    """
    from voiceclone.evaluation.comparing import compare
    from voiceclone.evaluation.report import write_report
    from voiceclone.evaluation.tables import flat

    cfg, folder = tuning.cfg, tuning.folder
    matched = speak_both(tuning, start, result)
    results = _judge(cfg, matched, folder)
    written = write_report(results, folder, f"{cfg.speaker}, before and after fine-tuning")
    melodies = _melodies(matched)
    pictures = _draw(matched, folder / "pictures", cfg)
    title, _, text = written["report.md"].read_text("utf-8").partition("\n")
    table = compare(results, PAIRS)
    text = f"{title}\n\n{table}\n{text}"
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
    print(f"\n{title.removeprefix('# ')}\n\n{table}\n")
    print(f"{written['report.html']}: open it in a browser.")
    return figures


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
