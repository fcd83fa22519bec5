"""Which mels a voice's networks were made for: written beside their weights, so that no other voice's file slips in."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from torch import nn

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.checkpoints.find import DESCRIPTION
from voiceclone.errors import ContractMismatch


def tag(audio: AudioContract) -> dict[str, str]:
    """The metadata of a safetensors file whose network was made for ``audio``."""
    return {"audio": json.dumps(audio.to_dict(), sort_keys=True)}


def require_own(path: Path, network: nn.Module, audio: AudioContract) -> None:
    """Raise `ContractMismatch` where the weights in ``path``, or the ``network`` they belong to, are for other mels
    than the ``audio`` of their voice. Files without a tag are held to the network's bands and hop alone."""
    with safe_open(path, "pt") as file:
        tagged = (file.metadata() or {}).get("audio")
    voice = str(path.with_name(DESCRIPTION))
    if tagged is not None:
        require_compatible(audio, AudioContract.from_dict(json.loads(tagged)), voice, str(path))
    require_shape(network, audio, str(path), voice)


def require_shape(network: nn.Module, audio: AudioContract, network_name: str, audio_name: str) -> None:
    """Raise `ContractMismatch` where ``network`` has other bands or another hop than ``audio``."""
    for name in ("n_mels", "hop_length"):
        theirs, ours = getattr(network, name, None), getattr(audio, name)
        if theirs is not None and theirs != ours:
            raise ContractMismatch(f"{network_name}: its {name} is {theirs}, the mels of {audio_name} have {ours}.")
