"""Small stores made of numbers, so that a test of the data takes no time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.audio.contract import AudioContract
from voiceclone.data.store import Store
from voiceclone.data.store_log import ArraySpec
from voiceclone.data.store_writer import StoreWriter

CONTRACT = AudioContract(sample_rate=1600, n_fft=64, hop_length=16, win_length=64, n_mels=8, f_min=0, f_max=800)
MEL = f"mel@{CONTRACT.fingerprint()}"
SPECS = {
    "wave": ArraySpec("int16", (), "sample"),
    MEL: ArraySpec("float32", (CONTRACT.n_mels,), "frame"),
    "f0": ArraySpec("float32", (), "frame"),
    "energy": ArraySpec("float32", (), "frame"),
    "symbols": ArraySpec("int16", (), "symbol"),
}


def header(corpus: str = "toy") -> dict[str, Any]:
    """What a store says about itself."""
    print_ = CONTRACT.fingerprint()
    return {
        "corpus": corpus,
        "contracts": {print_: CONTRACT.to_dict()},
        "audio": print_,
        "encoder_audio": print_,
        "symbols_version": "1",
        "symbols": {"version": "1", "symbols": list("_abc")},
    }


def clip(ident: str, **fields: Any) -> dict[str, Any]:
    """The plain fields of a clip, with defaults."""
    plain = {"audio": f"/audio/{ident}.wav", "start": 0.0, "end": None, "text": "hello", "speaker": "anna"}
    plain |= {"language": "en-us", "emotion": None, "intensity": None, "split": "train", "extra": {}}
    return {"id": ident, **plain, **fields}


def arrays(frames: int, seed: int = 0) -> dict[str, np.ndarray]:
    """The arrays of a clip of so many frames; its mel's first band counts the frames, as its wave counts the hops."""
    rng = np.random.default_rng(seed)
    mel = rng.standard_normal((frames, CONTRACT.n_mels)).astype(np.float32)
    mel[:, 0] = np.arange(frames)
    return {
        "wave": np.repeat(np.arange(frames), CONTRACT.hop_length).astype(np.int16),
        MEL: mel,
        "f0": rng.uniform(80, 300, frames).astype(np.float32) * (rng.random(frames) < 0.6),
        "energy": rng.uniform(-60, -10, frames).astype(np.float32),
        "symbols": rng.integers(1, 40, max(1, frames // 8)).astype(np.int16),
    }


def make_store(
    folder: Path, clips: Sequence[dict[str, Any]], frames: Sequence[int] | int = 50, corpus: str = "toy"
) -> Store:
    """A store in ``folder`` with ``clips`` of so many ``frames``."""
    lengths = [frames] * len(clips) if isinstance(frames, int) else frames
    with StoreWriter(folder / f"{corpus}-x", header(corpus), SPECS) as writer:
        for seed, (plain, length) in enumerate(zip(clips, lengths, strict=True)):
            seconds = length * CONTRACT.hop_length / CONTRACT.sample_rate
            writer.add(plain["id"], "1", {"seconds": seconds, "source_rate": 16000}, arrays(length, seed))
        return writer.publish((plain["id"], plain) for plain in clips)
