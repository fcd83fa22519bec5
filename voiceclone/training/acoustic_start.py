"""What an acoustic model's training starts from: another checkpoint's weights, a trained emotion classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.checkpoints.bundle import load_bundle
from voiceclone.checkpoints.find import find_voice, is_voice
from voiceclone.checkpoints.published import load_published
from voiceclone.checkpoints.warm_start import WarmStart, acoustic_rows, warm_start
from voiceclone.errors import CheckpointError, ConfigError
from voiceclone.models.acoustic import Tacotron2
from voiceclone.models.emotion.classifier import EmotionClassifier


def start_from(
    net: Tacotron2,
    path: str | Path,
    facts: Mapping[str, Sequence[str]],
    contract: AudioContract,
    fresh: Sequence[str] = (),
    speakers: nn.Embedding | None = None,
) -> WarmStart:
    """Carry over what ``net``, made for ``facts``, can use of ``path``: a voice, a run or checkpoint of `AcousticTask`,
    or NVIDIA's, whose symbols are other ones; but nothing that begins with one of ``fresh``. ``speakers`` are learned
    vectors, which checkpoints may have too. Raises `CheckpointError` for another kind of file, `ContractMismatch` for
    mels of another kind and `ConfigError` for a network that has them on another scale."""
    if is_voice(path):
        voice = load_bundle(find_voice(path))
        require_compatible(voice.audio, contract, f"voice {voice.name}", "the configuration")
        known = {"symbols": voice.symbols.symbols, "emotions": voice.emotions, "languages": voice.languages}
        _require_scale(net, mel_scale(voice.networks["acoustic"]), path)
        state, table = voice.networks["acoustic"].state_dict(), None
        report = warm_start(net, state, acoustic_rows(known, facts), fresh)
    elif "facts" in (checkpoint := _read(path)):
        require_compatible(AudioContract.from_dict(checkpoint["audio"]), contract, str(path), "the configuration")
        _require_scale(net, checkpoint.get("mel_scale", mel_scale(net)), path)
        known, table = checkpoint["facts"], checkpoint["state_dict"].get("speakers.weight")
        report = warm_start(net, _part(checkpoint, "acoustic"), acoustic_rows(known, facts), fresh)
    else:
        published = load_published("tacotron2", path)
        _require_scale(net, mel_scale(published), path)
        state, known, table = published.state_dict(), {}, None
        del state["encoder.embedding.weight"]
        report = warm_start(net, state, fresh=fresh)
    if speakers is not None:
        report.carry_table("speakers.weight", speakers.weight, table, known.get("speakers", ()), facts["speakers"])
    return report


def mel_scale(net: Any) -> list[float]:
    """Mean and deviation of mels by which a `Tacotron2` makes them its own."""
    return [float(net.mel_mean), float(net.mel_deviation)]


def _require_scale(net: Tacotron2, theirs: Sequence[float], path: str | Path) -> None:
    """The weights next to the mels fit one scale; the prenet has no bias that could take up another mean."""
    if list(theirs) != mel_scale(net):
        mean, deviation = theirs
        raise ConfigError(
            f"warm start from {path}: it has mels of mel_mean={mean:g} and mel_deviation={deviation:g} inside, the "
            f"configuration {net.mel_mean:g} and {net.mel_deviation:g}. Set acoustic.mel_mean={mean:g} "
            f"acoustic.mel_deviation={deviation:g} (in a whole job stages.acoustic.acoustic.mel_mean=...)."
        )


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
