"""All clips of all systems before the judges, over several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from voiceclone.data.cores import available_cores
from voiceclone.data.prepare_workers import begin_worker
from voiceclone.errors import DataError
from voiceclone.evaluation.clips import Clip
from voiceclone.evaluation.judging import Outcome, build_metrics, judge_clip
from voiceclone.metrics.clip import ClipMetric

Job = tuple[Clip, tuple[str, ...]]
"""A clip and the metrics that have not judged it yet."""

_metrics: dict[str, ClipMetric] = {}


def judge_all(
    jobs: Sequence[Job], settings: Mapping[str, Any], sample_rate: int, processes: int
) -> Iterator[tuple[int, dict[str, Outcome]]]:
    """Yield ``(index of the job, its outcomes)`` as they are finished, in any order.

    ``settings`` are what `build_metrics` takes: every process builds its own judges. Raises `DataError` where a process
    dies, which only the operating system can do to it; what was yielded before is not lost.
    """
    if processes <= 1 or len(jobs) <= 1:
        metrics, _ = build_metrics(settings, sample_rate)
        yield from ((index, judge_clip(clip, metrics, names)) for index, (clip, names) in enumerate(jobs))
        return
    # Forking a process that already runs threads (torch does) may hang: begin clean ones.
    context = get_context("spawn")
    start: Callable[..., None] = _start
    with ProcessPoolExecutor(min(processes, len(jobs)), context, start, (settings, sample_rate)) as pool:
        waiting: dict[Future[dict[str, Outcome]], int] = {pool.submit(_run, job): i for i, job in enumerate(jobs)}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BrokenProcessPool as error:
            raise DataError(
                "a process of the evaluation was killed, probably for want of memory. The same command goes on from "
                "there; processes=1 needs least."
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def n_processes(wanted: int | None) -> int:
    """As many as were asked for, or as there are cores for this process."""
    return len(available_cores()) if wanted is None else wanted


def _start(settings: Mapping[str, Any], sample_rate: int) -> None:
    begin_worker()
    _metrics.update(build_metrics(settings, sample_rate)[0])


def _run(job: Job) -> dict[str, Outcome]:
    return judge_clip(job[0], _metrics, job[1])
