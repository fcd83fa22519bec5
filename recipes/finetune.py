"""A minute of somebody's speech makes them one more speaker of a trained voice."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from recipes.cli import door
from recipes.run import open_run
from voiceclone.checkpoints.find import find_voice
from voiceclone.errors import ConfigError, did_you_mean


def finetune(cfg: DictConfig) -> dict[str, float]:
    """Listen to the recordings, train, and write the bundle to ``<run>/voice`` and the report beside it.

    Returns the report's figures; nothing where the run stops for the transcripts to be corrected. What was done is not
    done again: the same command goes on.
    """
    from recipes.tuning.bundle import assemble, starting_voice
    from recipes.tuning.recordings import gather
    from recipes.tuning.stages import Tuning, train_acoustic, train_vocoder

    require_wishes(cfg)
    bundle = find_voice(str(cfg.voice))
    folder = open_run(cfg)
    clock = _Clock(folder / "seconds.json")
    start, voice = starting_voice(cfg, bundle, folder)
    with clock("recordings"):
        material = gather(cfg, folder, voice)
    if material is None:
        return {}
    tuning = Tuning(cfg, folder, start, voice, material)
    with clock("acoustic model"):
        acoustic = train_acoustic(tuning)
    with clock("vocoder"):
        vocoder = train_vocoder(tuning, acoustic)
    result = assemble(tuning, acoustic, vocoder)
    print(f"\nThe voice with its new speaker is in {result}: generate.py --voice {result} --speaker {cfg.speaker}")
    if not cfg.report:
        return acoustic.metrics
    from recipes.tuning.report import report

    return report(tuning, start, result, clock.seconds)


def require_wishes(cfg: DictConfig) -> None:
    """Raise `ConfigError` for what is missing or impossible before anything is read."""
    for key in ("voice", "speaker_audio", "speaker"):
        if cfg[key] is None:
            raise ConfigError(
                f"{key} is missing: python finetune.py voice=<bundle> speaker_audio=<file or folder> speaker=<name>. "
                "python finetune.py --guide says how to record."
            )
    if str(cfg.freeze) not in cfg.trained:
        raise ConfigError(f"freeze={cfg.freeze}: {did_you_mean(str(cfg.freeze), [str(name) for name in cfg.trained])}")
    if not 0 < cfg.held_out < 0.5:
        raise ConfigError(f"held_out={cfg.held_out}: expected a share between 0 and 0.5.")


class _Clock:
    """Processor seconds by part of the work, in a file, so that a run that is taken up again counts on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds: dict[str, float] = json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def __call__(self, part: str) -> _Clock:
        self.part, self.begun = part, time.process_time()
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: Any) -> None:
        self.seconds[self.part] = self.seconds.get(self.part, 0.0) + time.process_time() - self.begun
        self.path.write_text(json.dumps(self.seconds), "utf-8")


def main() -> Any:
    """``--guide`` prints how to record; everything else goes through the door."""
    if "--guide" in sys.argv:
        from voiceclone.data.fewshot.guide import GUIDE

        print(GUIDE)
        return None
    return door("finetune", finetune)()
