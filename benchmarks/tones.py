"""Does a voice speak Mandarin's tones? The F0 of 妈 麻 马 骂, each at the end of short sentences.

    python -m benchmarks.tones [voice, default demo] [--speakers demo/mei demo/lei] [--picture tones.png]

The attention tells where the syllable lies. Contours are in semitones against the middle of the four, the median over
carrier sentences and a few seeds of the prenet's dropout.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from voiceclone.audio.pitch import f0
from voiceclone.synthesis.cloner import VoiceCloner
from voiceclone.synthesis.speaking import Sentence

SYLLABLES = {"妈": "first: high and level", "麻": "second: rising", "马": "third: low", "骂": "fourth: falling"}
CARRIERS = ("他说{}。", "这个字念{}。", "我今天写了一个{}。")
POINTS = 9
_SYMBOLS = 3  # m, a and the tone; a full stop follows


def contour(sentence: Sentence, n_symbols: int, voice: VoiceCloner) -> np.ndarray | None:
    """Semitones re 1 Hz at ``POINTS`` moments of the syllable before the full stop; None where it has no pitch."""
    heard = sentence.alignment.argmax(dim=1).numpy()
    own = np.flatnonzero((heard >= n_symbols - 1 - _SYMBOLS) & (heard < n_symbols - 1))
    if not len(own):
        return None
    per_step = sentence.mel.shape[1] / len(heard)
    pitch = f0(sentence.wave.copy(), voice.bundle.audio)[int(own[0] * per_step) : round((own[-1] + 1) * per_step)]
    voiced = np.flatnonzero(pitch > 0)
    if len(voiced) < 4:
        return None
    moments = np.linspace(voiced[0], voiced[-1], POINTS)
    return 12 * np.log2(np.interp(moments, voiced, pitch[voiced]))


def contours(voice: VoiceCloner, speaker: str, seeds: int) -> dict[str, np.ndarray]:
    """Syllable -> ``[POINTS]``, semitones against the mean of all; the median over carriers and seeds."""
    found: dict[str, list[np.ndarray]] = {syllable: [] for syllable in SYLLABLES}
    for carrier in CARRIERS:
        plans = {s: voice.plan(carrier.format(s), speaker=speaker, language="zh") for s in SYLLABLES}
        for seed in range(seeds):
            for (syllable, plan), speech in zip(
                plans.items(), voice.speak_all(list(plans.values()), seed), strict=True
            ):
                one = contour(speech.sentences[0], len(plan.symbols[0]), voice)
                found[syllable] += [] if one is None else [one]
    medians = {syllable: np.median(many, axis=0) for syllable, many in found.items() if many}
    middle = np.mean(list(medians.values()))
    return {syllable: median - middle for syllable, median in medians.items()}


def draw(spoken: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    """One panel a speaker, one line a tone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((4.2 * len(spoken), 3.2), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    for axis, (speaker, of_tone) in zip(figure.subplots(1, len(spoken), squeeze=False)[0], spoken.items(), strict=True):
        for syllable, line in of_tone.items():
            axis.plot(np.linspace(0, 100, POINTS), line, label=f"ma, {SYLLABLES[syllable]}")
        axis.set(title=speaker, xlabel="% of the syllable", ylabel="semitones")
        axis.legend(fontsize=7)
    figure.savefig(path)


def main() -> None:
    """Print a table of the contours, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voice", nargs="?", default="demo")
    parser.add_argument("--speakers", nargs="+")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    voice = VoiceCloner.from_pretrained(asked.voice)
    speakers = asked.speakers or [name for name, known in voice.bundle.speakers.items() if "zh" in known.languages]
    spoken = {speaker: contours(voice, speaker, asked.seeds) for speaker in speakers}
    print("| speaker | syllable | tone | begins | middle | ends | mean |\n|---|---|---|---|---|---|---|")
    for speaker, of_tone in spoken.items():
        for syllable, line in of_tone.items():
            figures = (line[0], line[POINTS // 2], line[-1], line.mean())
            shown = " | ".join(f"{value:+.1f}" for value in figures)
            print(f"| {speaker} | {syllable} | {SYLLABLES[syllable]} | {shown} |")
    if asked.picture is not None:
        draw(spoken, asked.picture)


if __name__ == "__main__":
    main()
