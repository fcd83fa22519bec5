"""A prepared clip to look at: waveform, mel, pitch and energy over one time axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceclone.data.store import Item, Store, mel_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture(store: Store, row: int) -> Figure:
    """Clip number ``row`` of ``store``; save it with ``picture(store, 0).savefig("clip.png")``."""
    from matplotlib.figure import Figure

    contract, item = store.contract, store[row]
    figure = Figure(figsize=(11, 8), layout="constrained")
    wave, mel, pitch, level = figure.subplots(4, 1, sharex=True, height_ratios=(1, 2.2, 1.2, 1))
    frames = (np.arange(len(item.arrays["f0"])) + 0.5) / contract.frame_rate
    wave.plot(np.arange(len(item.arrays["wave"])) / contract.sample_rate, item.arrays["wave"] / 32768, lw=0.4)
    extent = (0, len(frames) / contract.frame_rate, 0, contract.n_mels)
    mel.imshow(item.arrays[mel_name(contract)].T, origin="lower", aspect="auto", extent=extent, cmap="magma")
    f0 = item.arrays["f0"]
    pitch.plot(frames, np.where(f0 > 0, f0, np.nan), ".-", ms=3, lw=0.8)
    level.plot(frames, item.arrays["energy"], lw=0.9)
    for axes, label in ((wave, "waveform"), (mel, "mel band"), (pitch, "F0, Hz"), (level, "energy, dB")):
        axes.set_ylabel(label)
    level.set_xlabel("seconds")
    figure.suptitle(_title(item))
    return figure


def _title(item: Item) -> str:
    known = (item.id, item.speaker, item.emotion, item.language, item.split)
    return ", ".join(part for part in known if part) + (f"\n{item.text}" if item.text else "")
