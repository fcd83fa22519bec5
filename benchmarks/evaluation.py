"""How fast the judges of an evaluation are: ``python -m benchmarks.evaluation <folder of recordings> [metric ...]``.

Each metric of conf/evaluate.yaml hears noisy copies of recordings, cut to 3 s, never the same ones twice, so that
nothing is remembered of them. Clips per second of CPU time in one process, then by the clock in one process and in two,
which is what a user waits for. Where other work shares the machine only the first compares with another day's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from recipes.cli import CONF
from voiceclone.audio import io
from voiceclone.evaluation.clips import Clip, Labels, Recording
from voiceclone.evaluation.figures import figure
from voiceclone.evaluation.judging import build_metrics, judge_clip
from voiceclone.evaluation.pool import judge_all
from voiceclone.evaluation.references import find_audio

SECONDS = 3.0
# What an evaluation runs on a machine of one core, and of two.
PROCESSES = (1, 2)
# What is said makes no difference to how long the judges take.
LABELS = Labels("no transcript stands beside this clip", "en", "somebody", "happy")


def noisy_clips(folder: Path, copies: Path, count: int) -> list[Clip]:
    """``count`` noisy copies of recordings of 3 s or more, with all that some metric asks for."""
    rng, clips = np.random.default_rng(0), []
    long_enough = (r for r in map(Recording, find_audio(folder).values()) if r.probe()[1] > SECONDS)
    for number, recording in enumerate(islice(long_enough, count)):
        wave, rate = io.load(recording.path, end=SECONDS)
        io.save(copies / f"{number}.wav", wave + 0.1 * wave.std() * rng.standard_normal(len(wave)), rate)
        cut = Recording(recording.path, 0.0, SECONDS)
        clips.append(Clip(str(number), Recording(copies / f"{number}.wav"), LABELS, cut, cut))
    if len(clips) < count:
        raise SystemExit(f"{folder}: {len(clips)} recordings of {SECONDS:g} s, {count} needed: take fewer --clips.")
    return clips


def by_cpu(clips: Sequence[Clip], name: str, settings: Mapping[str, Any], rate: int) -> float:
    """Clips a second of this process's CPU time, the first clip, which loads the judge, not counted."""
    metrics, _ = build_metrics({name: settings[name]}, rate)
    judge_clip(clips[0], metrics, (name,))
    begun = time.process_time()
    for clip in clips[1:]:
        judge_clip(clip, metrics, (name,))
    return (len(clips) - 1) / (time.process_time() - begun)


def by_clock(clips: Mapping[str, Sequence[Clip]], settings: Any, rate: int, processes: int) -> dict[str, float]:
    """Clips a second by metric as a user sees them come, from when each process has answered once."""
    jobs = [(clip, (name,)) for name, mine in clips.items() for clip in mine]
    times: dict[str, list[float]] = defaultdict(list)
    for index, _ in judge_all(jobs, settings, rate, processes):
        times[jobs[index][1][0]].append(time.perf_counter())
    return {name: (len(at) - processes) / (at[-1] - at[processes - 1]) for name, at in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("metrics", nargs="*", help="all of conf/evaluate.yaml where none is named")
    parser.add_argument("--clips", type=int, default=9, help="for each metric and trial")
    parser.add_argument("--rate", type=int, default=22_050)
    parser.add_argument("--emotion-judge", type=Path, default=Path("runs/emotion_judge.safetensors"))
    wanted = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("evaluate", [f"emotion_judge.path='{wanted.emotion_judge}'"])
    settings: Any = OmegaConf.to_container(cfg.metrics, resolve=True)
    settings = {name: settings[name] for name in wanted.metrics or settings}
    metrics, missing = build_metrics(settings, wanted.rate)
    with tempfile.TemporaryDirectory() as copies:
        trials = 1 + len(PROCESSES)
        heard = noisy_clips(wanted.folder, Path(copies), wanted.clips * len(metrics) * trials)
        shares = enumerate(product(metrics, range(trials)))
        clips = {share: heard[start :: trials * len(metrics)] for start, share in shares}
        cpu = {name: by_cpu(clips[name, 0], name, settings, wanted.rate) for name in metrics}
        usable = {name: settings[name] for name in metrics}
        clock = [
            by_clock({name: clips[name, trial] for name in metrics}, usable, wanted.rate, n)
            for trial, n in enumerate(PROCESSES, 1)
        ]
    print(f"clips of {SECONDS:g} s at {wanted.rate} Hz, {wanted.clips} for each metric")
    print("| clips per second | of CPU time | 1 process | 2 processes |\n|---|---|---|---|")
    for name in metrics:
        rates = (cpu[name], *(found[name] for found in clock))
        print(f"| {figure(name).title} | {' | '.join(f'{r:.2f}' for r in rates)} |")
    for name, reason in missing.items():
        print(f"{figure(name).title}: {reason}")


if __name__ == "__main__":
    main()
