"""How far speech stands out of what is heard between its words."""

from __future__ import annotations

import math

import numpy as np

from voiceclone.audio.voice_activity import frame_samples, speech_spans

# What follows speech so closely is its reverberation, not the room's noise; so much pause is enough to measure in.
_TAIL_SECONDS, _LEAST_PAUSE_SECONDS = 0.1, 0.2
# In speech without pauses the faintest frames come nearest to the noise.
_FAINTEST = 0.05
_HIGHEST = 100.0


def signal_to_noise(wave: np.ndarray, sample_rate: int) -> float:
    """Ratio in dB of the mean power of speech to that of its pauses, in a mono wave ``[L]``; NaN where nobody speaks.

    The power of the noise is taken off that of the speech. Where there is no pause of 0.2 s in all, the faintest
    twentieth of the speech stands for one, which tells at least how noisy it is not. At most 100 dB.
    """
    hop, spans = frame_samples(sample_rate), speech_spans(wave, sample_rate)
    n_frames = len(wave) // hop
    if not spans or not n_frames:
        return math.nan
    power = np.square(wave[: n_frames * hop], dtype=np.float64).reshape(n_frames, hop).mean(axis=1)
    spoken, near = np.zeros(n_frames, dtype=bool), np.zeros(n_frames, dtype=bool)
    for start, end in spans:
        first, last, after = (round(second * sample_rate / hop) for second in (start, end, end + _TAIL_SECONDS))
        spoken[first:last], near[first:after] = True, True
    pauses = power[~near]
    if len(pauses) * hop < _LEAST_PAUSE_SECONDS * sample_rate:
        pauses = np.sort(power[spoken])[: max(1, round(_FAINTEST * spoken.sum()))]
    noise, signal = float(pauses.mean()), float(power[spoken].mean())
    clean = max(signal - noise, 1e-3 * signal)
    return min(_HIGHEST, 10 * math.log10(clean / max(noise, 1e-20)))
