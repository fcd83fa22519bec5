"""How fast the acoustic model trains and speaks, beside the plain loop over frames that the published code uses.

    python benchmarks/acoustic.py [--device cuda] [--batch 16] [--frames 400] [--symbols 100] [--precision bf16]
    python benchmarks/acoustic.py --long 1722      # memory of a batch with one clip of 20 s among clips of 2 s

The plain loop has the same weights and does the same work: per frame, two LSTM cells, the attention and the
projections, through autograd.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from voiceclone.models.acoustic import Decoder, LocationSensitiveAttention, Postnet, Prenet, Tacotron2, TextEncoder


class PlainLoop:
    """The decoder of ``net`` one frame at a time, with ordinary modules and nothing taken out of the loop."""

    def __init__(self, net: Tacotron2) -> None:
        self.decoder = net.decoder
        self.rnn = net.decoder.attention_rnn
        self.attention = self.rnn.attention
        lstm = net.decoder.decoder_rnn
        self.second = nn.LSTMCell(lstm.input_size, lstm.hidden_size, device=lstm.weight_ih_l0.device)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            setattr(self.second, name, getattr(lstm, f"{name}_l0"))

    def start(self, memory: Tensor) -> tuple[Tensor, ...]:
        """Hidden states, cells, attention weights and context before the first frame."""
        batch, symbols, width = memory.shape
        first = memory.new_zeros(2, batch, self.rnn.cell.hidden_size)
        second = memory.new_zeros(2, batch, self.second.hidden_size)
        weights = memory.new_zeros(2, batch, symbols)
        return *first, *second, *weights, memory.new_zeros(batch, width)

    def step(
        self, prenet: Tensor, state: tuple[Tensor, ...], memory: Tensor, keys: Tensor, padding: Tensor
    ) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
        """One frame, as the published code does it."""
        hidden, cell, second, second_cell, weights, total, context = state
        training = self.decoder.training
        hidden, cell = self.rnn.cell(torch.cat((prenet, context), -1), (hidden, cell))
        hidden = F.dropout(hidden, self.rnn.dropout, training)
        places = F.pad(torch.stack((weights, total), 1), (self.attention.location_filters.kernel_size[0] // 2,) * 2)
        places = self.attention.location(self.attention.location_filters(places).transpose(1, 2))
        energies = self.attention.score(torch.tanh(self.attention.query(hidden.unsqueeze(1)) + places + keys))
        weights = energies.squeeze(-1).masked_fill(padding, -torch.inf).softmax(1)
        context = torch.bmm(weights.unsqueeze(1), memory).squeeze(1)
        second, second_cell = self.second(torch.cat((hidden, context), -1), (second, second_cell))
        second = F.dropout(second, self.decoder.decoder_dropout, training)
        frame, gate = self.decoder.project(second, context)
        return (hidden, cell, second, second_cell, weights, total + weights, context), frame, gate

    def forced(self, memory: Tensor, lengths: Tensor, mel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Frames [B, n_mels, T], gate logits [B, T] and weights [B, T, N] with the teacher ``mel`` [B, n_mels, T]."""
        padding = torch.arange(memory.shape[1], device=memory.device) >= lengths.to(memory.device)[:, None]
        teacher = torch.cat((mel.new_zeros(1, *mel.shape[:2]), mel[:, :, :-1].permute(2, 0, 1)))
        prenet = self.decoder.prenet(teacher, self.decoder.training)
        state, keys, made = self.start(memory), self.attention.keys(memory), []
        for frame in prenet:
            state, output, gate = self.step(frame, state, memory, keys, padding)
            made.append((output, gate, state[4]))
        frames, gates, weights = (torch.stack(part, 1) for part in zip(*made, strict=True))
        return frames.transpose(1, 2), gates, weights

    @torch.no_grad()
    def free(self, memory: Tensor, lengths: Tensor, steps: int, dropout: bool = True) -> Tensor:
        """``steps`` frames, each made from the last."""
        padding = torch.arange(memory.shape[1], device=memory.device) >= lengths.to(memory.device)[:, None]
        state, keys, frames = self.start(memory), self.attention.keys(memory), []
        frame = memory.new_zeros(len(memory), self.decoder.n_mels)
        for _ in range(steps):
            state, frame, gate = self.step(self.decoder.prenet(frame, dropout), state, memory, keys, padding)
            frames.append(frame)
            bool((gate.sigmoid() > 1).all())  # the published loop asks this after every frame
        return torch.stack(frames, 2)


def published_sizes(n_mels: int = 80, **decoder: object) -> Tacotron2:
    """The published network, 28.2 million weights."""
    parts = Decoder(n_mels, Prenet(n_mels), LocationSensitiveAttention(1024, 512), **decoder)  # type: ignore[arg-type]
    return Tacotron2(TextEncoder(148), parts, Postnet(n_mels))


def training_step(
    net: Tacotron2, plain: bool, inputs: tuple[Tensor, ...], autocast: Callable[[], AbstractContextManager]
) -> Tensor:
    """Forward and backward of the mean squared error, gradients left in place; the loss."""
    text, text_lengths, mel, mel_lengths = inputs
    net.zero_grad(set_to_none=True)
    with autocast():
        if plain:
            memory = net.encoder(text, text_lengths)
            before, gates, _ = PlainLoop(net).forced(memory, text_lengths, mel)
            after = before + net.postnet(before)
        else:
            output = net(text, text_lengths, mel, mel_lengths)
            before, after, gates = output.mel, output.mel_postnet, output.gate_logits
        loss = F.mse_loss(before, mel) + F.mse_loss(after, mel) + gates.square().mean()
    loss.backward()
    return loss.detach()


def seconds(work: Callable[[], object], device: str, repeats: int = 3) -> float:
    """The best of some runs, the first left out."""
    # With one thread the CPU time of this process, so that other work on the machine does not count.
    clock = time.process_time if device == "cpu" and torch.get_num_threads() == 1 else time.perf_counter
    best = float("inf")
    for run in range(repeats + 1):
        start = clock()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        if run:
            best = min(best, clock() - start)
    return best


def peak_memory(device: str) -> float:
    """The most memory this process (on a GPU: its tensors) ever held, in GB."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--frames", type=int, default=400)
    parser.add_argument("--symbols", type=int, default=100)
    parser.add_argument("--precision", choices=("float32", "bf16"), default="float32")
    parser.add_argument("--compile", dest="compile_mode", help="mode of torch.compile for our loop")
    parser.add_argument("--checkpointing", action="store_true", help="compute segments again instead of keeping them")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--long", type=int, help="frames of one clip among others of 172: one training step, its memory"
    )
    parser.add_argument("--plain", action="store_true", help="with --long: the plain loop's memory instead")
    return parser.parse_args()


def made_up(arguments: argparse.Namespace, n_mels: int) -> tuple[Tensor, ...]:
    """Symbols, their lengths, mels, their lengths."""
    batch, device = arguments.batch, arguments.device
    lengths = torch.full((batch,), arguments.frames)
    if arguments.long:
        lengths = torch.tensor([arguments.long, *[172] * (batch - 1)])
    symbols = (lengths / arguments.frames * arguments.symbols).ceil().long()
    text = torch.randint(1, 148, (batch, int(symbols.max())), device=device)
    return text, symbols, torch.randn(batch, n_mels, int(lengths.max()), device=device), lengths


def main() -> None:
    """Print the times of both loops and their ratios, or the memory of a long clip among short ones."""
    arguments = parse()
    torch.manual_seed(0)
    device = arguments.device
    net = published_sizes(compile_mode=arguments.compile_mode, checkpointing=arguments.checkpointing).to(device)
    net.mask_padding = True
    inputs = made_up(arguments, net.n_mels)
    text, lengths, _, mel_lengths = inputs

    def autocast() -> AbstractContextManager:
        return torch.autocast(device, torch.bfloat16) if arguments.precision == "bf16" else nullcontext()

    def free(plain: bool) -> object:
        with torch.no_grad(), autocast():
            if plain:
                frames = PlainLoop(net).free(net.encoder(text, lengths), lengths, arguments.frames)
                return frames + net.postnet(frames)
            return net.infer(text, lengths, max_steps=arguments.frames, gate_threshold=1.0)

    def report(name: str, work: Callable[[bool], object]) -> None:
        plain, fast = (seconds(partial(work, way), device, arguments.repeats) for way in (True, False))
        print(f"{name:14s} plain {plain:7.3f} s   here {fast:7.3f} s   {plain / fast:.2f}x")

    setting = f"B={len(text)} T={mel_lengths.tolist()[0]} N={lengths.tolist()[0]} {device} {arguments.precision}"
    print(f"{setting} threads={torch.get_num_threads()}")
    if arguments.long:
        before = peak_memory(device)
        training_step(net.train(), arguments.plain, inputs, autocast)
        print(f"peak memory {peak_memory(device):.2f} GB, {before:.2f} GB of it before the step")
        return
    report("training step", lambda plain: training_step(net.train(), plain, inputs, autocast))
    net.eval()
    report("free-running", free)


if __name__ == "__main__":
    main()
