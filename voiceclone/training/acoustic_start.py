"""What an acoustic model's training starts from: another checkpoint's weights, a trained emotion classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.checkpoints.bundle import load_bundle
from voiceclone.checkpoints.find import find_voice, is_voice
from voiceclone.checkpoints.published import load_published
from voiceclone.checkpoints.warm_start import WarmStart, acoustic_rows, warm_start
from voiceclone.errors import CheckpointError
from voiceclone.models.acoustic import Tacotron2
from voiceclone.models.emotion.classifier import EmotionClassifier


def start_from(
    net: Tacotron2,
    path: str | Path,
    facts: Mapping[str, Sequence[str]],
    contract: AudioContract,
    fresh: Sequence[str] = (),
) -> WarmStart:
    """Carry over what ``net``, made for ``facts``, can use of ``path``: a voice, a run or checkpoint of `AcousticTask`,
    or NVIDIA's, whose symbols are other ones; but nothing that begins with one of ``fresh``. Raises `CheckpointError`
    for another kind of file, and `ContractMismatch` for mels of another kind."""
    if is_voice(path):
        voice = load_bundle(find_voice(path))
        require_compatible(voice.audio, contract, f"voice {voice.name}", "the configuration")
        known = {"symbols": voice.symbols.symbols, "emotions": voice.emotions, "languages": voice.languages}
        return warm_start(net, voice.networks["acoustic"].state_dict(), acoustic_rows(known, facts), fresh)
    checkpoint = _read(path)
    if "facts" in checkpoint:
        require_compatible(AudioContract.from_dict(checkpoint["audio"]), contract, str(path), "the configuration")
        return warm_start(net, _part(checkpoint, "acoustic"), acoustic_rows(checkpoint["facts"], facts), fresh)
    published = load_published("tacotron2", path).state_dict()
    del published["encoder.embedding.weight"]
    return warm_start(net, published, fresh=fresh)


def load_classifier(path: str | Path, contract: AudioContract) -> EmotionClassifier:
    """The network of an `EmotionClassifierTask` checkpoint, frozen, in eval mode."""
    checkpoint = _read(path)
    if "classifier" not in checkpoint:
        raise CheckpointError(f"{path}: expected a checkpoint of experiment=emotion_classifier.")
    require_compatible(AudioContract.from_dict(checkpoint["audio"]), contract, str(path), "the configuration")
    net = EmotionClassifier(**checkpoint["classifier"])
    net.load_state_dict(_part(checkpoint, "classifier"))
    return net.requires_grad_(False).eval()


def _part(checkpoint: Mapping[str, Any], name: str) -> dict[str, torch.Tensor]:
    prefix = f"{name}."
    state = checkpoint["state_dict"]
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _read(path: str | Path) -> Mapping[str, Any]:
    if Path(path).is_dir():  # a run's
        path = Path(path) / "checkpoints" / "last.ckpt"
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"{path}: no such checkpoint.") from None
    except Exception as error:
        raise CheckpointError(f"{path}: not a checkpoint that can be read safely ({error}).") from error
    if not isinstance(checkpoint, Mapping):
        raise CheckpointError(f"{path}: expected a checkpoint, found {type(checkpoint).__name__}.")
    return checkpoint
