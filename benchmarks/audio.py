"""How many times faster than real time one core prepares audio: ``python benchmarks/audio.py <recording> ...``.

The CPU time of this process is counted, not the clock, so that other work on the machine does not count.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from voiceclone.audio import energy, griffin_lim, io, loudness, mel, pitch, slicing, voice_activity

CONF = Path(__file__).resolve().parents[1] / "conf"


def times_real_time(work: Callable[[Any], Any], inputs: list[Any], seconds: float, repeats: int = 3) -> float:
    """Seconds of audio done in a second of CPU time, at best of ``repeats`` rounds over ``inputs``."""
    work(inputs[0])
    rounds = []
    for _ in range(repeats):
        start = time.process_time()
        for item in inputs:
            work(item)
        rounds.append(time.process_time() - start)
    return seconds / min(rounds)


def measure(paths: list[str]) -> dict[str, float]:
    with initialize_config_dir(str(CONF / "audio"), version_base="1.3"):
        contract, rate = instantiate(compose("hifigan_22k")), compose("hifigan_22k").sample_rate
    waves = [io.load(path, rate)[0] for path in paths]
    seconds = sum(map(len, waves)) / rate
    spectrogram = mel.MelSpectrogram(contract)
    tensors = [torch.from_numpy(wave)[None] for wave in waves]
    measured = partial(times_real_time, seconds=seconds)
    with torch.inference_mode():
        return {
            "loading and resampling": measured(partial(io.load, sample_rate=rate), paths),
            "mel": measured(spectrogram, tensors),
            "F0 and energy": measured(lambda wave: (pitch.f0(wave, contract), energy.energy(wave, contract)), waves),
            "DC and loudness": measured(lambda wave: loudness.normalise(loudness.remove_dc(wave), rate), waves),
            "trimming by voice activity": measured(lambda wave: voice_activity.trim(wave, rate), waves),
            "slicing": measured(lambda wave: slicing.slice_at_silences(wave, rate), [np.concatenate(waves)]),
            "Griffin-Lim, 60 iterations": measured(
                lambda one: griffin_lim.griffin_lim(one, contract), [spectrogram(wave) for wave in tensors], repeats=1
            ),
        }


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    torch.set_num_threads(1)
    for name, ratio in measure(sys.argv[1:]).items():
        print(f"{name:<28}{ratio:>8.0f} x real time   200 h in {200 / ratio:6.2f} h")


if __name__ == "__main__":
    main()
