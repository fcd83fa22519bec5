"""Two processes have the loss, the gradient and the error rate that one process has with everything."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.distributed
import torch.multiprocessing
import torch.nn.functional as F
from torch import Tensor

from voiceclone.losses.ge2e import GE2ELoss
from voiceclone.metrics.eer import EqualErrorRate

N_PROCESSES = 2


def batch() -> Tensor:
    return torch.randn(6, 3, 12, generator=torch.Generator().manual_seed(1))


def encoder() -> torch.nn.Linear:
    torch.manual_seed(0)
    return torch.nn.Linear(12, 8)


def results(net: torch.nn.Module, loss: torch.nn.Module, rows: Tensor, speakers: Tensor, twice: int) -> list[Tensor]:
    """The loss, the gradients of network, w and b, and what the metric finds, which hears ``twice`` clips twice."""
    embeddings = F.normalize(net(rows), dim=2)
    value = loss(embeddings, speakers)
    value.backward()
    gradients = [parameter.grad for parameter in (*net.parameters(), *loss.parameters())]
    metric = EqualErrorRate(n_bootstrap=20)
    heard, names = embeddings.flatten(0, 1), speakers.repeat_interleave(3)
    clips = 3 * speakers.repeat_interleave(3) + torch.arange(3).repeat(len(speakers))
    for part in (slice(None), slice(twice)):
        metric.update(heard[part], names[part], clips[part])
    return [value.detach(), *gradients, *metric.compute().values()]


def process(rank: int, folder: str) -> None:
    store = f"file://{folder}/store"
    torch.distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=N_PROCESSES)
    ddp = torch.nn.parallel.DistributedDataParallel
    rows, speakers = (part.chunk(N_PROCESSES)[rank] for part in (batch(), torch.arange(6)))
    torch.save(results(ddp(encoder()), ddp(GE2ELoss()), rows, speakers, rank), f"{folder}/{rank}.pt")
    torch.distributed.destroy_process_group()


def test_two_ranks_equal_one_process_with_the_whole_batch(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(process, args=(str(tmp_path),), nprocs=N_PROCESSES)
    whole = results(encoder(), GE2ELoss(), batch(), torch.arange(6), 0)
    for rank in range(N_PROCESSES):
        for ours, expected in zip(torch.load(tmp_path / f"{rank}.pt", weights_only=True), whole, strict=True):
            torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-7)
