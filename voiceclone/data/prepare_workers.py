"""Work spread over processes: results as they come, a bounded number of jobs under way."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import TypeVar

from voiceclone.errors import DataError

J = TypeVar("J")
R = TypeVar("R")

# A new process has to import torch first, which takes as long as preparing this many clips.
_CLIPS_A_START_COSTS = 25
_UNDER_WAY_PER_WORKER = 4


class Workers:
    """Up to ``n`` processes that start when there is enough to do; with ``n`` 0 or 1 all happens here.

    Processes are spawned, so functions handed to `map` stand at the top of a module; each process uses one thread.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self._pool: ProcessPoolExecutor | None = None

    def map(self, function: Callable[[J], R], jobs: Iterable[J], n_jobs: int) -> Iterator[R]:
        """Results of ``function`` in the order they are ready. Memory holds a few jobs and results per process.

        Raises `DataError` if a process dies.
        """
        if self._pool is None and (self.n < 2 or n_jobs < _CLIPS_A_START_COSTS * self.n):
            with _one_thread():
                yield from map(function, jobs)
            return
        waiting, under_way = iter(jobs), set[Future[R]]()
        try:
            while True:
                free = self.n * _UNDER_WAY_PER_WORKER - len(under_way)
                under_way |= {self._started().submit(function, job) for job in islice(waiting, free)}
                if not under_way:
                    return
                ready, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        except BrokenProcessPool:
            raise DataError(
                "a worker process died, most likely for lack of memory. What is done is kept: run the same command "
                "again, with fewer processes (workers=1)."
            ) from None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.n, get_context("spawn"), begin_worker)
        return self._pool

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)


def begin_worker() -> None:
    """What every worker process does first: it leaves Ctrl-C to its parent, ends with it, and runs one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the main process, which then ends the others
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    import torch

    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that is killed cannot end its workers, and they would wait for work for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Single clips are too small to share out over cores: several threads wait for each other more than they do."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
