"""Work over processes: everything comes back, and a process that dies is a clear line."""

from __future__ import annotations

import math
import os

import pytest

from voiceclone.data.prepare_workers import Workers
from voiceclone.errors import DataError


def test_little_work_is_done_here_without_starting_processes() -> None:
    with Workers(2) as workers:
        assert set(workers.map(_process, range(10), 10)) == {os.getpid()}


def test_much_work_is_spread_and_a_dead_process_is_a_clear_line() -> None:
    with Workers(2) as workers:
        assert sorted(workers.map(math.sqrt, range(200), 200)) == [math.sqrt(n) for n in range(200)]
        assert os.getpid() not in set(workers.map(_process, range(200), 200))
        with pytest.raises(DataError, match="a worker process died"):
            list(workers.map(_die, range(200), 200))


def _process(_: int) -> int:
    return os.getpid()


def _die(_: int) -> None:
    os._exit(1)
