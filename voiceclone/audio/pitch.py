"""Fundamental frequency and voicing, frame by frame with the mel."""

from __future__ import annotations

import warnings

import numpy as np

from voiceclone.audio.contract import AudioContract

# From a deep male to a child's or an excited voice.
F0_MIN, F0_MAX = 60.0, 600.0


def f0(wave: np.ndarray, contract: AudioContract) -> np.ndarray:
    """Fundamental frequency ``[T]`` in Hz of a mono wave ``[L]``, float32, 0 where unvoiced.

    T = ``contract.n_frames(L)``, and each value is measured at the centre of its mel frame: WORLD's DIO refined by
    StoneMask (Morise et al., 2016), started where the first frame has its centre.
    """
    world = _world()
    from_first_centre = np.ascontiguousarray(wave[contract.first_frame_centre :], dtype=np.float64)
    period = 1000.0 * contract.hop_length / contract.sample_rate
    rough, times = world.dio(from_first_centre, contract.sample_rate, F0_MIN, F0_MAX, frame_period=period)
    contour = world.stonemask(from_first_centre, rough, times, contract.sample_rate)
    n_frames = contract.n_frames(len(wave))
    return np.pad(contour[:n_frames], (0, max(0, n_frames - len(contour)))).astype(np.float32)


def _world():  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # its import of pkg_resources is announced as deprecated
        import pyworld
    return pyworld
