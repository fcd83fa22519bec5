"""Under DDP a metric is what one process would have found in all clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch.distributed
import torch.multiprocessing

from voiceclone.metrics.duration import DurationError
from voiceclone.metrics.si_sdr import SISDR
from voiceclone.metrics.words import WordErrorRate

RATE, N_PROCESSES = 16_000, 2


class Echo:
    """Hears as many words as the clip has seconds."""

    languages = ("en",)

    def __call__(self, wave: np.ndarray, sample_rate: int) -> str:
        return " ".join(["word"] * round(len(wave) / sample_rate))


def clips() -> tuple[list[np.ndarray], list[np.ndarray], list[str]]:
    rng = np.random.default_rng(1)
    reference = [rng.standard_normal(seconds * RATE).astype(np.float32) * 0.1 for seconds in (1, 2, 3)]
    generated = [wave + 0.01 * i for i, wave in enumerate(rng.permutation(w) * 0.2 + w for w in reference)]
    return generated, reference, ["word", "word word word word", "word word word"]


def results(rank: int, step: int) -> list[float]:
    generated, reference, texts = (side[rank::step] for side in clips())
    sdr, duration, words = SISDR(RATE), DurationError(RATE), WordErrorRate(RATE, Echo())
    sdr.update(generated, reference)
    duration.update([wave[: len(wave) // (rank + 1)] for wave in generated], reference)
    words.update(generated, texts)
    return [float(metric.compute()) for metric in (sdr, duration, words)]


def process(rank: int, folder: str) -> None:
    store = f"file://{folder}/store"
    torch.distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=N_PROCESSES)
    np.save(f"{folder}/{rank}.npy", results(rank, N_PROCESSES))
    torch.distributed.destroy_process_group()


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(process, args=(str(tmp_path),), nprocs=N_PROCESSES)
    first, second = (np.load(tmp_path / f"{rank}.npy") for rank in range(N_PROCESSES))
    np.testing.assert_array_equal(first, second)
    sdr, _, words = results(0, 1)
    np.testing.assert_allclose(first, [sdr, 50 / 3, words], rtol=1e-5)
    assert words == 2 / 8
