"""How fast prepared data comes in: ``python benchmarks/data.py <store> ...``.

Random access to one array, then batches of each task as a training gets them: in this process, where CPU time is
counted so that other work on the machine does not count, and by the clock with two worker processes. The files are in
the page cache, as they are from the second epoch on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from voiceclone.data.module import VoiceDataModule
from voiceclone.data.store import Clips, Store, mel_name
from voiceclone.data.store_join import JoinedStore

TASKS: dict[str, dict[str, Any]] = {
    "speaker": {"n_speakers": 16, "n_utterances": 4},
    "acoustic": {"frames_per_batch": 32000, "max_clips": 64},
    "vocoder": {"batch_size": 16},
}
SECONDS = 5.0


def random_access(clips: Clips, array: str, frames: int | None = None) -> float:
    """Clips a second of CPU time, whole or ``frames`` from a random place, copied into memory."""
    rng = np.random.default_rng(0)
    lengths, count, begun = clips.lengths(array), 0, time.process_time()
    while time.process_time() - begun < SECONDS:
        for row in rng.integers(0, len(clips), 500):
            start = 0 if frames is None else int(rng.integers(0, max(1, lengths[row] - frames)))
            clips.read(array, int(row), start, None if frames is None else start + frames).copy()
        count += 500
    return count / (time.process_time() - begun)


def batches(stores: list[Store], task: str, workers: int) -> float:
    """Clips a second from the task's training loader, after its first epoch."""
    clock = time.perf_counter if workers else time.process_time
    loader = VoiceDataModule(stores, task, num_workers=workers, **TASKS[task]).train_dataloader()  # type: ignore[arg-type]
    _count(loader)
    count, epoch, begun = 0, 0, clock()
    while clock() - begun < SECONDS:
        epoch += 1
        loader.sampler.set_epoch(epoch)
        count += _count(loader)
    return count / (clock() - begun)


def _count(loader: Iterable[Any]) -> int:
    return sum(len(batch.mel) for batch in loader)


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    torch.set_num_threads(1)
    stores = [Store(path) for path in sys.argv[1:]]
    clips: Clips = stores[0] if len(stores) == 1 else JoinedStore(stores)
    contract = stores[0].contract
    print(f"{len(clips)} clips, {clips.lengths('wave').sum() / contract.sample_rate / 3600:.2f} hours")
    print(f"{'whole mels at random':<36}{random_access(clips, mel_name(contract)):>9.0f} clips/s")
    print(f"{'32 mel frames at random':<36}{random_access(clips, mel_name(contract), 32):>9.0f} clips/s")
    print(f"{'32 hops of wave at random':<36}{random_access(clips, 'wave', 32 * contract.hop_length):>9.0f} clips/s")
    for task in TASKS:
        for workers in (0, 2):
            print(f"{f'{task} batches, {workers} workers':<36}{batches(stores, task, workers):>9.0f} clips/s")


if __name__ == "__main__":
    main()
