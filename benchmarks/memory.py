"""How much memory a training step needs: what stays for the whole run, and what autograd keeps of each clip.

    python benchmarks/memory.py acoustic [key=value ...]     # also vocoder, speaker_encoder, and every other experiment

The networks of the experiment run one forward pass each of a small and a twice as large batch on the CPU in float32;
the difference, which grows with the batch, gives the size of any batch. A GPU needs about a fifth more for its
libraries, workspaces and fragments; bf16-mixed keeps a little over half of what is kept of a clip.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import Tensor, nn

from recipes.cli import CONF
from voiceclone.data.batches import AcousticBatch

SPARE = 1.2
SYMBOLS_PER_FRAME = 0.2


def kept_by(step: Callable[[], Tensor]) -> int:
    """Bytes that the graph of one training step holds on to, weights not counted twice."""
    found: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        found[storage.data_ptr()] = storage.nbytes()
        held.append(tensor)  # or its memory would be given to another and counted once
        return tensor

    held: list[Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        loss = step()
    del loss
    return sum(found.values())


def fixed(task: nn.Module) -> int:
    """Weights, gradients and Adam's two moments of all that is trained, and the weights that only follow."""
    trained = sum(p.numel() for p in task.parameters() if p.requires_grad)
    followed = sum(p.numel() for p in task.parameters() if not p.requires_grad)
    return 16 * trained + 4 * followed


def acoustic_step(task: Any, cfg: DictConfig, clips: int, frames: int) -> Callable[[], Tensor]:
    """``clips`` of ``frames`` with a fifth as many symbols, as in read speech."""
    n = round(frames * SYMBOLS_PER_FRAME)
    batch = AcousticBatch(
        symbols=torch.randint(1, cfg.facts.n_symbols, (clips, n)),
        symbol_lengths=torch.full((clips,), n),
        mel=torch.randn(clips, cfg.audio.n_mels, frames),
        mel_lengths=torch.full((clips,), frames),
        speaker=torch.zeros(clips, dtype=torch.long),
        speaker_embedding=torch.randn(clips, 256),
        emotion=torch.zeros(clips, dtype=torch.long),
        intensity=torch.ones(clips),
        language=torch.zeros(clips, dtype=torch.long),
        prosody=torch.tensor([[5.0, 0.6, -25.0, 15.0]]).repeat(clips, 1),
        f0=torch.full((clips, frames), 150.0),
        energy=torch.full((clips, frames), -25.0),
        ids=[str(i) for i in range(clips)],
    )
    output = lambda: task(batch, torch.ones(clips, dtype=torch.bool))  # noqa: E731
    return lambda: sum(task.losses(task, output(), batch).values(), torch.zeros(()))


def vocoder_step(task: Any, cfg: DictConfig, clips: int, samples: int) -> Callable[[], Tensor]:
    """The generator's step, which holds the generator's and the discriminators' graphs at once."""
    mel, real = torch.randn(clips, cfg.audio.n_mels, samples // cfg.audio.hop_length), torch.randn(clips, 1, samples)
    losses = lambda fake: task.adversarial.generator_losses(real, fake)  # noqa: E731
    return lambda: sum(losses(task.generator(mel)).values(), torch.zeros(()))


def speaker_step(task: Any, cfg: DictConfig, clips: int, frames: int) -> Callable[[], Tensor]:
    """``clips`` partial utterances."""
    mel = torch.rand(clips, cfg.encoder_audio.n_mels, frames)
    return lambda: task.encoder(mel).sum()


STEPS: dict[str, tuple[Any, Callable[[DictConfig], int], str]] = {
    "acoustic": (acoustic_step, lambda cfg: 400, "frames"),
    "vocoder": (vocoder_step, lambda cfg: int(cfg.data.segment_samples), "samples"),
    "speaker": (speaker_step, lambda cfg: 160, "frames"),
}


def main(experiment: str, *overrides: str) -> None:
    """Print the table for one experiment."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", overrides=[f"experiment={experiment}", *overrides])
    cfg.facts = {"n_symbols": 200, "speakers": ["a", "b"], "emotions": ["neutral", "sad"], "languages": ["en"]}
    task = instantiate(cfg.task).train()
    make, length_of, unit = STEPS[cfg.data.task]
    length = length_of(cfg)
    one, two = (kept_by(make(task, cfg, clips, length)) for clips in (1, 2))
    per_clip = two - one
    print(f"{experiment}: {fixed(task) / 2**30:.2f} GiB whatever the batch, {per_clip / 2**20:.0f} MiB a clip")
    for clips in (8, 16, 32, 64, 128):
        whole = SPARE * (fixed(task) + clips * per_clip)
        print(f"  {clips:4d} clips ({clips * length:,} {unit}): {whole / 2**30:6.1f} GiB in float32")


if __name__ == "__main__":
    main(*sys.argv[1:])
