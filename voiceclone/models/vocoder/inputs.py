"""What a generator may be fed: one clear error instead of noise or a convolution's complaint."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.errors import ContractMismatch, SynthesisError

TELLING_FRAMES = 20  # fewer frames may all be loud, and then say nothing about the logarithm


def require_bands(mel: Tensor, n_mels: int) -> None:
    """Raise `ContractMismatch` unless ``mel`` is ``[B, n_mels, T]`` with at least one frame."""
    if mel.dim() != 3 or mel.shape[1] != n_mels:
        hint = " It looks transposed: frames come last." if mel.dim() == 3 and mel.shape[2] == n_mels else ""
        raise ContractMismatch(f"the vocoder expects a mel [B, {n_mels}, T], got {list(mel.shape)}.{hint}")
    if mel.shape[2] == 0:
        raise SynthesisError("the mel has no frames: there is nothing to speak.")


def require_finite(mel: Tensor, first_frame: int = 0) -> None:
    """Raise `SynthesisError` if ``mel``, which begins at ``first_frame``, holds NaN or infinity, naming the frame."""
    if not mel.isfinite().all():
        where = first_frame + int((~mel.isfinite()).any(dim=1).any(dim=0).nonzero()[0])
        raise SynthesisError(f"the mel holds NaN or infinity, first in frame {where}: the acoustic model has failed.")


def at_least_frames(mel: Tensor, n_frames: int) -> Tensor:
    """``mel`` with its last frame repeated until there are ``n_frames``."""
    missing = n_frames - mel.shape[-1]
    return F.pad(mel, (0, missing), mode="replicate") if missing > 0 else mel


def check_mel(mel: Tensor, contract: AudioContract) -> None:
    """Raise unless ``mel`` ``[B, n_mels, T]`` can have been made under ``contract``.

    NaN and infinity raise `SynthesisError`; wrong bands, another logarithm or decibels raise `ContractMismatch`:
    all of them would come out as noise, not as an error.
    """
    require_bands(mel, contract.n_mels)
    require_finite(mel)
    require_logarithm(mel, contract)


def require_logarithm(mel: Tensor, contract: AudioContract) -> None:
    """Raise `ContractMismatch` where the range of ``mel`` is that of another logarithm than its ``contract``'s."""
    if (found := _other_logarithm(mel, contract)) is not None:
        low, high = float(mel.min()), float(mel.max())
        raise ContractMismatch(
            f"this vocoder speaks mels of log '{contract.log}'; values from {low:.2f} to {high:.2f} look like {found}. "
            f"Use a mel made under the vocoder's own audio settings (conf/audio)."
        )


def _other_logarithm(mel: Tensor, contract: AudioContract) -> str | None:
    """What the range of values says the mel is instead, or None where it may be right.

    No band of a mel falls below the logarithm of the floor (a predicted one may, a little). In the other direction
    a natural logarithm is 2.3 times as deep: over some frames of speech it must pass the floor of log10.
    """
    low, high = float(mel.min()), float(mel.max())
    floor_ln, floor_log10 = math.log(contract.log_floor), math.log10(contract.log_floor)
    if contract.log == "none":
        return "a logarithm" if low < -0.5 else None
    floor = floor_ln if contract.log == "ln" else floor_log10
    if low < 1.5 * floor:
        return "decibels" if low < 1.5 * floor_ln else "a natural logarithm"
    if mel.shape[-1] < TELLING_FRAMES:
        return None
    if low >= 0:
        return "a mel without logarithm"
    return "log10" if contract.log == "ln" and low > 1.02 * floor_log10 and high < 1.2 else None
