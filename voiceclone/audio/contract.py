"""The audio contract: every setting that two networks must share to exchange mel spectrograms."""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from voiceclone.errors import ConfigError, ContractMismatch


@dataclass(frozen=True)
class AudioContract:
    """How a waveform becomes a mel spectrogram. Sizes are in samples, frequencies in Hz.

    ``padding`` is ``"same"`` for (n_fft - hop_length) / 2 samples on either side, so that a clip of L samples
    has L // hop_length frames (HiFi-GAN, MelGAN), or ``"center"`` for n_fft / 2, one frame more (librosa).
    ``magnitude_epsilon`` is added to re^2 + im^2 under the root; ``log_floor`` clamps the mel before the log.
    """

    sample_rate: int
    n_fft: int
    hop_length: int
    win_length: int
    n_mels: int
    f_min: float
    f_max: float
    log: Literal["ln", "log10", "none"] = "ln"
    log_floor: float = 1e-5
    power: Literal[1, 2] = 1
    magnitude_epsilon: float = 0.0
    mel_scale: Literal["slaney", "htk"] = "slaney"
    mel_norm: Literal["slaney", "none"] = "slaney"
    padding: Literal["same", "center"] = "same"
    pad_mode: Literal["reflect", "constant"] = "reflect"

    def __post_init__(self) -> None:
        # Hydra hands over 0 and 0.0 alike; the fingerprint must not tell them apart.
        object.__setattr__(self, "f_min", float(self.f_min))
        object.__setattr__(self, "f_max", float(self.f_max))
        for field in fields(self):
            _check_choice(field.name, getattr(self, field.name))
        if not 0 < self.hop_length <= self.win_length <= self.n_fft:
            raise ConfigError(
                f"audio: needs 0 < hop_length <= win_length <= n_fft, got "
                f"{self.hop_length}, {self.win_length}, {self.n_fft}."
            )
        if not 0 <= self.f_min < self.f_max <= self.sample_rate / 2:
            raise ConfigError(
                f"audio: needs 0 <= f_min < f_max <= sample_rate / 2 = {self.sample_rate / 2:g}, got "
                f"{self.f_min:g} and {self.f_max:g}."
            )

    @property
    def frame_rate(self) -> float:
        """Frames per second."""
        return self.sample_rate / self.hop_length

    def n_frames(self, n_samples: int) -> int:
        """Number of mel frames of a clip of ``n_samples`` samples."""
        return n_samples // self.hop_length + (1 if self.padding == "center" else 0)

    @property
    def first_frame_centre(self) -> int:
        """Where the first mel frame's window has its middle, in samples; the others follow every ``hop_length``."""
        return 0 if self.padding == "center" else self.hop_length // 2

    def fingerprint(self) -> str:
        """A short hash that is equal exactly for equal contracts, on every machine."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:10]

    def to_dict(self) -> dict[str, Any]:
        """Plain builtins, for checkpoints and bundles."""
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: dict[str, Any]) -> AudioContract:
        """The inverse of `to_dict`; raises `ConfigError` naming settings that are missing or unknown."""
        known = {field.name for field in fields(cls)}
        try:
            return cls(**settings)
        except TypeError:
            missing, unknown = known - settings.keys(), settings.keys() - known
            raise ConfigError(
                f"audio: unknown settings {sorted(unknown)}, missing settings {sorted(missing)}."
            ) from None


_CHOICES: dict[str, tuple[Any, ...]] = {
    "log": ("ln", "log10", "none"),
    "power": (1, 2),
    "mel_scale": ("slaney", "htk"),
    "mel_norm": ("slaney", "none"),
    "padding": ("same", "center"),
    "pad_mode": ("reflect", "constant"),
}

# A network trained under one of these still understands a mel made under another, if a little worse.
_TOLERATED = {"padding", "pad_mode", "magnitude_epsilon", "log_floor"}


def _check_choice(name: str, value: Any) -> None:
    if name in _CHOICES and value not in _CHOICES[name]:
        raise ConfigError(f"audio.{name}: expected one of {_CHOICES[name]}, got {value!r}.")


def require_compatible(left: AudioContract, right: AudioContract, left_name: str, right_name: str) -> None:
    """Raise `ContractMismatch` unless mels made under ``left`` can be used under ``right``.

    Both sides are shown field by field. A difference in padding or epsilons alone only warns.
    """
    differing = [f.name for f in fields(left) if getattr(left, f.name) != getattr(right, f.name)]
    if not differing:
        return
    rows = "\n".join(f"  {name}: {getattr(left, name)} / {getattr(right, name)}" for name in differing)
    message = f"{left_name} / {right_name} were made for different audio settings:\n{rows}"
    if set(differing) <= _TOLERATED:
        warnings.warn(message, stacklevel=2)
        return
    raise ContractMismatch(f"{message}\nUse two parts trained with the same conf/audio file.")
