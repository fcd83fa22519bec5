"""Two processes on one CPU train one vocoder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch


def test_ranks_stay_identical_through_warm_up_and_adversary(tmp_path: Path) -> None:
    """In a process of its own: one that has already run autograd must not be forked."""
    script = Path(__file__).with_name("two_ranks.py")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path)], env=environment, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stderr[-2000:]

    before, first, second = (
        torch.load(tmp_path / f"{name}.pt", weights_only=True) for name in ("before", "rank0", "rank1")
    )
    assert first["steps"] == second["steps"] == 2
    assert not set(first["clips"]) & set(second["clips"])
    for name, value in first["weights"].items():
        torch.testing.assert_close(second["weights"][name], value, rtol=0, atol=0, msg=name)
    for part in ("generator", "adversarial", "average"):
        assert any(not torch.equal(first["weights"][n], v) for n, v in before.items() if n.startswith(part)), part
