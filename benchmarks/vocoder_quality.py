"""How well a vocoder speaks for people it was not trained on, beside Griffin-Lim from the same mels and the recordings.

    python -m benchmarks.vocoder_quality <runs of experiment=vocoder_cpu or the like ...> [--passes 0 2]

Clips are those of the first run's corpora whose speakers have no clip in the training part; means and their 95 %
intervals over clips. Then how the validation's PESQ rose while each run was trained. ``--passes`` are other numbers of
passes over the finished wave than a source-filter vocoder makes by itself.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from hydra import initialize_config_dir
from hydra.utils import instantiate
from torch import Tensor

from recipes.cli import CONF
from recipes.stores import open_stores
from recipes.trained import load_task
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.data.store import Clips, mel_name
from voiceclone.data.store_join import JoinedStore
from voiceclone.evaluation.statistics import bootstrap
from voiceclone.metrics.clip import ClipMetric, Unscorable
from voiceclone.metrics.dnsmos import PredictedMOS
from voiceclone.metrics.mcd import MCD
from voiceclone.metrics.periodicity import PeriodicityError
from voiceclone.metrics.pesq import PESQ
from voiceclone.models.vocoder import Generator, SourceFilterGenerator, for_inference, vocode

ITERATIONS = 60
_INT16 = 32768.0


def unseen(clips: Clips) -> list[int]:
    """Rows of the clips whose speakers the training part lacks."""
    splits, speakers = (np.array(clips.names[field])[clips.codes(field)] for field in ("split", "speaker"))
    trained = set(speakers[splits == "train"])
    return [row for row, speaker in enumerate(speakers) if speaker not in trained]


def judges(rate: int) -> dict[str, ClipMetric]:
    """What is measured, by its title."""
    return {
        "PESQ, wide band": PESQ(rate),
        "MCD, dB": MCD(rate),
        "periodicity error": PeriodicityError(rate),
        "DNSMOS, overall": PredictedMOS(rate),
        "DNSMOS, P.808": PredictedMOS(rate, "p808"),
    }


def heard(wave: np.ndarray, recording: np.ndarray, metrics: dict[str, ClipMetric]) -> Iterator[float]:
    """The figures of one clip, NaN where it has none."""
    for metric in metrics.values():
        try:
            yield metric.judge(wave, recording)
        except Unscorable:
            yield float("nan")


def cell(values: np.ndarray) -> str:
    """Mean and interval of the figures that there are."""
    known = values[~np.isnan(values)]
    mean, low, high = bootstrap(known) if len(known) else (float("nan"),) * 3
    return f"{mean:.2f} ({low:.2f}-{high:.2f})"


def variants(name: str, network: Generator, passes: Sequence[int]) -> Iterator[tuple[str, Generator]]:
    """``network`` as it speaks, and with other numbers of passes."""
    yield name, for_inference(network)
    for count in passes if isinstance(network, SourceFilterGenerator) else ():
        other = for_inference(network)
        other.make_passes(count)
        yield f"{name}, {count} passes", other


def curve(run: Path) -> str:
    """Step and PESQ at every validation."""
    with (run / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("validation/pesq")]
    return ", ".join(f"{row['step']}: {float(row['validation/pesq']):.2f}" for row in rows)


def main() -> None:
    """Print the table and the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--passes", nargs="*", type=int, default=[])
    asked = parser.parse_args()
    loaded = {run.name: load_task(run) for run in asked.runs}
    cfg = next(iter(loaded.values()))[1]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        clips = JoinedStore(open_stores(cfg))
        contract = instantiate(cfg.audio)
    systems: dict[str, Callable[[Tensor], Tensor]] = {}
    for name, (task, _) in loaded.items():
        assert isinstance(task.network, Generator)
        for title, generator in variants(name, task.network, asked.passes):
            systems[title] = partial(vocode, generator, contract=contract)
    systems[f"Griffin-Lim, {ITERATIONS} iterations"] = lambda mel: griffin_lim(mel, contract, n_iter=ITERATIONS)
    metrics, found = judges(contract.sample_rate), {name: [] for name in (*systems, "recordings")}  # type: ignore[var-annotated]
    rows = unseen(clips)
    for row in rows:
        recording = clips.read("wave", row).astype(np.float32) / _INT16
        mel = torch.from_numpy(clips.read(mel_name(contract), row).astype(np.float32)).T[None]
        waves = {name: system(mel).flatten().numpy() for name, system in systems.items()} | {"recordings": recording}
        for name, wave in waves.items():
            length = min(len(wave), len(recording))
            found[name].append(list(heard(wave[:length], recording[:length], metrics)))
    print(f"{len(rows)} clips of speakers that were not trained on\n")
    print(f"| | {' | '.join(metrics)} |\n|---|{'---|' * len(metrics)}")
    for name, figures in found.items():
        print(f"| {name} | {' | '.join(cell(column) for column in np.array(figures).T)} |")
    for run in asked.runs:
        print(f"\nPESQ of the validation, {run.name}: {curve(run)}")


if __name__ == "__main__":
    main()
