"""From mels to waves with a trained generator: checked, in chunks, in bounded memory, in any precision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TypeVar

import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.errors import SynthesisError
from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inputs import check_mel, require_bands, require_finite, require_logarithm
from voiceclone.models.vocoder.weight_norm import fold_weight_norm

Net = TypeVar("Net", bound=Generator)

# About three seconds: long enough that the context around it, spoken twice, costs little.
CHUNK_FRAMES = 256


def for_inference(generator: Net, half: bool = False, predicted: bool = False) -> Net:
    """A copy of ``generator`` to speak with: weight norm folded, eval mode, without gradients.

    ``half`` is for GPUs: float16 weights, half the memory. ``predicted`` says whether the mels will be those of an
    acoustic model (`Generator.expect`).
    """
    folded = fold_weight_norm(generator)
    folded.expect(predicted)
    folded.eval().requires_grad_(False)
    return folded.half() if half else folded


def vocode(generator: Generator, mel: Tensor, contract: AudioContract, chunk_frames: int = CHUNK_FRAMES) -> Tensor:
    """Mel ``[B, n_mels, T]`` of ``contract`` -> wave ``[B, 1, T * hop_length]``, float32, of any length.

    Ten minutes need no more working memory than ``chunk_frames`` frames do. Raises as `check_mel` does.
    """
    check_mel(mel, contract)
    return torch.cat(list(stream(generator, mel.split(chunk_frames, dim=-1), chunk_frames)), dim=-1)


@torch.inference_mode()
def stream(
    generator: Generator,
    mels: Iterable[Tensor],
    chunk_frames: int = CHUNK_FRAMES,
    contract: AudioContract | None = None,
) -> Iterator[Tensor]:
    """Speak a mel that arrives in pieces ``[B, n_mels, t]`` of any length; yields waves ``[B, 1, n * hop_length]``.

    Joined, they equal the generator's output for the joined mel: each chunk is computed together with as many
    frames on either side as the generator sees. A chunk is spoken once ``chunk_frames`` frames and the half
    receptive field after them are there (`latency`). Raises `SynthesisError` for NaN, naming the frame, and
    `ContractMismatch` for pieces of other bands than the generator's; with ``contract``, also where the first chunk
    looks like one of another logarithm, which would come out as noise.
    """
    if chunk_frames < 1:
        raise SynthesisError(f"chunk_frames={chunk_frames}: a chunk has one frame or more.")
    context = generator.receptive_field // 2
    held, spoken, arrived = None, 0, 0  # frames still needed, how many of them have been spoken, frames so far
    place, unchecked = None, contract
    for piece in chain.from_iterable(_checked(mel, generator).split(chunk_frames, dim=-1) for mel in mels):
        require_finite(piece, arrived)
        arrived += piece.shape[-1]
        held = piece if held is None else torch.cat([held, piece], dim=-1)
        while held.shape[-1] >= spoken + chunk_frames + context:
            heard = held[..., : spoken + chunk_frames + context]
            if unchecked is not None:
                require_logarithm(heard, unchecked)
                unchecked = None
            wave, place = _speak(generator, heard, spoken, chunk_frames, place)
            yield wave
            unneeded = max(0, spoken + chunk_frames - context)
            held, spoken = held[..., unneeded:], spoken + chunk_frames - unneeded
    if held is not None and held.shape[-1] > spoken:
        if unchecked is not None:
            require_logarithm(held, unchecked)
        yield _speak(generator, held, spoken, held.shape[-1] - spoken, place)[0]


def _checked(piece: Tensor, generator: Generator) -> Tensor:
    if piece.dim() != 3 or piece.shape[2] > 0:  # nothing may come, too
        require_bands(piece, generator.n_mels)
    return piece


def latency(generator: Generator, frame_rate: float, chunk_frames: int = CHUNK_FRAMES) -> float:
    """Seconds of mel that `stream` must have heard before the first chunk sounds, the computation not counted."""
    return (chunk_frames + generator.receptive_field // 2) / frame_rate


def _speak(generator: Generator, mel: Tensor, first: int, n_frames: int, place: Any) -> tuple[Tensor, Any]:
    weights = next(generator.parameters())
    wave, place = generator.part(mel.to(weights.device, weights.dtype), first, n_frames, place)
    return wave.float(), place
