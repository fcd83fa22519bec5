"""How fast the speaker encoder listens and learns, beside Resemblyzer and beside plain PyTorch.

    python benchmarks/speaker.py [--data <folder of recordings>] [--clips 200] [--speakers 16 --utterances 5]
    python benchmarks/speaker.py --device cuda      # published sizes in bf16, and GE2E over growing batches

Both sides of a ratio take turns in one run, and the median of each counts. The plain loss goes over the speakers
one by one, as the published programs do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from voiceclone.audio import io
from voiceclone.audio.contract import AudioContract
from voiceclone.losses.aam_softmax import AAMSoftmaxLoss
from voiceclone.losses.ge2e import GE2ELoss
from voiceclone.models.speaker import EcapaTDNN, LSTMEncoder
from voiceclone.models.speaker.embedding import SpeakerEmbedder

GE2E_MEL = AudioContract(16000, 400, 160, 400, 40, 0, 8000, log="none", power=2, padding="center", pad_mode="constant")
SHARED = Path(os.environ.get("VOICECLONE_SHARED", Path(__file__).parents[2] / "shared"))


class PlainLoss(nn.Module):
    """Softmax GE2E with one pass of Python for each speaker."""

    def __init__(self) -> None:
        super().__init__()
        self.scale, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))

    def forward(self, rows: Tensor) -> Tensor:
        n, m, _ = rows.shape
        inclusive = F.normalize(rows.mean(1), dim=1)
        exclusive = F.normalize((rows.sum(1, keepdim=True) - rows) / (m - 1), dim=2)
        similarity = rows.new_zeros(n, m, n)
        others = ~torch.eye(n, dtype=torch.bool, device=rows.device)
        for speaker in range(n):
            away = others[speaker].nonzero()[:, 0]
            similarity[away, :, speaker] = (rows[away] * inclusive[speaker]).sum(2)
            similarity[speaker, :, speaker] = (rows[speaker] * exclusive[speaker]).sum(1)
        logits = (self.scale * similarity + self.bias).flatten(0, 1)
        return F.cross_entropy(logits, torch.arange(n, device=rows.device).repeat_interleave(m))


class PlainEncoder(nn.Module):
    """Resemblyzer's network in ordinary modules."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.linear = nn.LSTM(40, 256, 3, batch_first=True), nn.Linear(256, 256)

    def forward(self, mel: Tensor) -> Tensor:
        _, (hidden, _) = self.lstm(mel.transpose(1, 2))
        return F.normalize(F.relu(self.linear(hidden[-1])), dim=1)


def race(name: str, ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> float:
    """Run both in turns and print the medians and their ratio."""
    times: tuple[list[float], list[float]] = ([], [])
    for count in range(rounds + 1):
        for side, run in zip(times, (ours, theirs), strict=True):
            seconds = timed(run)
            if count:  # the first round warms up
                side.append(seconds)
    mine, plain = (statistics.median(side) for side in times)
    print(f"{name:<44} {1e3 * mine:9.1f} ms  {1e3 * plain:9.1f} ms  {plain / mine:6.2f} x", flush=True)
    return plain / mine


def timed(run: Callable[[], object]) -> float:
    """Seconds; with one thread those of this process on the CPU, so that other work on the machine does not count."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    if torch.cuda.is_available():
        clock = time.perf_counter
        torch.cuda.synchronize()
    start = clock()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return clock() - start


def race_embedding(folder: Path, n_clips: int) -> None:
    try:
        from resemblyzer import VoiceEncoder

        from voiceclone.checkpoints.published_speaker import resemblyzer_encoder
    except ImportError:
        print("embedding: the resemblyzer package is not installed")
        return
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".flac", ".wav"))
    waves = [io.load(path, GE2E_MEL.sample_rate)[0] for path in paths[:: max(1, len(paths) // n_clips)][:n_clips]]
    if not waves:
        print(f"embedding: no recordings in {folder}; name a folder with --data")
        return
    ours, theirs = SpeakerEmbedder(resemblyzer_encoder(), GE2E_MEL), VoiceEncoder("cpu", verbose=False)
    clip = np.concatenate(waves)[: 5 * GE2E_MEL.sample_rate]
    race("embed one clip of 5 s", lambda: ours.embed_prepared([clip]), lambda: theirs.embed_utterance(clip), 20)
    every = [theirs.embed_utterance(wave) for wave in waves[:20]]
    assert np.allclose(ours.embed_prepared(waves[:20]), every, atol=1e-5), "the two must agree"
    race(
        f"embed {len(waves)} clips",
        lambda: ours.embed_prepared(waves),
        lambda: [theirs.embed_utterance(wave) for wave in waves],
        3,
    )


def race_loss(device: str) -> None:
    rows = F.normalize(torch.randn(64, 10, 256, device=device), dim=2).requires_grad_()
    ours, plain = GE2ELoss().to(device), PlainLoss().to(device)
    torch.testing.assert_close(ours(rows), plain(rows))
    race("GE2E 64 x 10 x 256, forward and backward", lambda: ours(rows).backward(), lambda: plain(rows).backward(), 10)


def race_step(n_speakers: int, n_utterances: int, device: str) -> None:
    mel = torch.rand(n_speakers * n_utterances, 40, 160, device=device) ** 4
    sides = [(LSTMEncoder().to(device), GE2ELoss().to(device)), (PlainEncoder().to(device), PlainLoss().to(device))]
    runs = [partial(step, net, loss, mel, n_utterances) for net, loss in sides]
    race(f"training step {n_speakers} x {n_utterances} x 160 frames, LSTM", runs[0], runs[1], 5)


def step(net: nn.Module, loss: nn.Module, mel: Tensor, n_utterances: int) -> None:
    """Forward, backward and a plain update."""
    loss(net(mel).unflatten(0, (-1, n_utterances))).backward()
    with torch.no_grad():
        for parameter in (*net.parameters(), *loss.parameters()):
            parameter -= 1e-4 * parameter.grad
            parameter.grad = None


def measure_gpu() -> None:
    """Steps a second of the published sizes in bf16, and what a growing batch of speakers costs."""
    paper = LSTMEncoder(40, 768, 3, 256, projection=True), GE2ELoss(), 40, 160
    large = EcapaTDNN(80, 1024), _Classes(AAMSoftmaxLoss(5994, 192)), 80, 200
    for name, (net, loss, n_mels, frames) in {"paper LSTM": paper, "ECAPA C1024": large}.items():
        net, loss = net.cuda(), loss.cuda()
        for n_speakers in (64, 256, 1024) if name == "paper LSTM" else (16, 64, 128):
            mel = torch.rand(n_speakers * 10, n_mels, frames, device="cuda") ** 4
            with torch.autocast("cuda", dtype=torch.bfloat16):
                seconds = statistics.median(timed(partial(step, net, loss, mel, 10)) for _ in range(8))
            print(
                f"{name}, bf16, {n_speakers} x 10: {1 / seconds:.2f} steps/s, {10 * n_speakers / seconds:.0f} clips/s"
            )


class _Classes(nn.Module):
    """AAM-softmax with some speaker for each row, called as GE2E is."""

    def __init__(self, loss: AAMSoftmaxLoss) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, rows: Tensor) -> Tensor:
        return self.loss(rows, torch.arange(len(rows), device=rows.device))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=SHARED / "data" / "speechocean762")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--speakers", type=int, default=16)
    parser.add_argument("--utterances", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    wanted = parser.parse_args()
    warnings.filterwarnings("ignore")
    print(f"torch {torch.__version__}, {wanted.device}, {torch.get_num_threads()} threads")
    print(f"{'':<44} {'ours':>9}     {'plain':>9}     {'ratio':>6}")
    race_embedding(wanted.data, wanted.clips)
    race_loss(wanted.device)
    race_step(wanted.speakers, wanted.utterances, wanted.device)
    if wanted.device == "cuda":
        measure_gpu()


if __name__ == "__main__":
    main()
