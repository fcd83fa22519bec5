"""Several trials at a time on one machine: processes with the same command, each with its share of cores or one GPU."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from recipes.cli import CONF
from voiceclone.data.cores import available_cores
from voiceclone.errors import ConfigError, DataError

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_PARENT = "VOICECLONE_SWEEP_PARENT"


def run_jobs(cfg: DictConfig, *_: Any) -> None:
    """Run ``cfg.jobs`` processes of this sweep until they have no more to do.

    Each joins the study as one on another machine would. Raises `ConfigError` where the machine is too small, and
    `DataError` where a process ended badly; what was wrong it has said itself.
    """
    shares = share_out(cfg.jobs, cfg.trainer.accelerator)
    command = [sys.executable, str(CONF.parent / "sweep.py"), *_arguments(), "jobs=1"]
    processes = [_start([*command, f"worker={number}"], share) for number, share in enumerate(shares, 1)]
    try:
        codes = [process.wait() for process in processes]
    except BaseException:
        for process in processes:  # they save where they are
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait()
        raise
    if bad := sum(code != 0 for code in codes):
        raise DataError(f"{bad} of {cfg.jobs} processes stopped before the end. The same command goes on.")


@dataclass(frozen=True)
class Share:
    """What one job has of the machine: numbers of cores, and the GPU it sees, if there are any."""

    cores: list[int]
    gpu: str | None

    @property
    def environment(self) -> dict[str, str]:
        threads = dict.fromkeys(_THREADS, str(len(self.cores)))
        return threads if self.gpu is None else {**threads, "CUDA_VISIBLE_DEVICES": self.gpu}


def share_out(jobs: int, accelerator: str) -> list[Share]:
    """The machine in ``jobs`` parts that do not overlap; raises `ConfigError` where a part would be empty."""
    cores, gpus = available_cores(), _gpus() if accelerator != "cpu" else []
    if not 1 <= jobs <= len(cores):
        raise ConfigError(f"jobs={jobs}: there are {len(cores)} cores here, and a trial takes at least one.")
    if gpus and jobs > len(gpus):
        raise ConfigError(f"jobs={jobs}: there are {len(gpus)} GPUs here, and a trial takes one.")
    cuts = [len(cores) * job // jobs for job in range(jobs + 1)]
    return [Share(cores[cuts[job] : cuts[job + 1]], gpus[job] if gpus else None) for job in range(jobs)]


def end_with_parent() -> None:
    """In a job: stop as if told to when the process that started it is gone."""
    parent = os.environ.get(_PARENT)
    if parent is not None:
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)


def _start(command: Sequence[str], share: Share) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, env={**os.environ, **share.environment, _PARENT: str(os.getpid())})
    if hasattr(os, "sched_setaffinity"):  # what counts cores itself, as the loading of batches does, sees the share
        os.sched_setaffinity(process.pid, share.cores)
    return process


def _gpus() -> list[str]:
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    count = torch.cuda.device_count()
    return visible.split(",")[:count] if visible else [str(number) for number in range(count)]


def _arguments() -> list[str]:
    """The command line of this process, for one that does the same."""
    from hydra.core.hydra_config import HydraConfig

    hydra = HydraConfig.get()
    extra = [source.path for source in hydra.runtime.config_sources if source.provider == "command-line"]
    folders = [part for path in extra for part in ("--config-dir", path)]
    return [*folders, *(text for text in hydra.overrides.task if text.partition("=")[0] not in ("jobs", "worker"))]
