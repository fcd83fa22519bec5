"""Does a voice speak Mandarin's tones? F0 over the syllables 妈 麻 马 骂, and over those of ten ordinary sentences.

    python -m benchmarks.tones [voice, default demo] [--speakers demo/mei ...] [--griffin-lim] [--picture tones.png]

The attention tells where a syllable lies. With --griffin-lim the mels are inverted instead of vocoded: what the
acoustic model says, whatever a young vocoder makes of it. Contours are in semitones: of ma, at the end of short
sentences, against the middle of the four, the median over carrier sentences and a few seeds of the prenet's dropout; of
ordinary sentences against the mean of the sentence, the mean over all syllables of a tone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from benchmarks.inverted import add_option, open_voice
from voiceclone.audio.pitch import f0
from voiceclone.synthesis.cloner import VoiceCloner
from voiceclone.synthesis.speaking import Sentence

TONES = {"1": "first: high, level", "2": "second: rising", "3": "third: low", "4": "fourth: falling"}
SYLLABLES = dict(zip("妈麻马骂", TONES, strict=True))
CARRIERS = ("他说{}。", "这个字念{}。", "我今天写了一个{}。")
SENTENCES = (
    "今天天气很好,我们去公园散步吧。", "她把钥匙放在桌子上面了。", "火车还有十分钟就要开了。",
    "弟弟最喜欢吃妈妈做的饺子。", "请你把窗户关上,外面风太大。", "中国经济发展速度很快。",
    "北京的房价今年上涨了百分之五。", "他说这个问题已经解决了。", "专家认为市场前景非常乐观。",
    "公司计划明年推出新产品。",
)  # fmt: skip
POINTS = 9
_FEWEST = 5
"""Voiced frames that a syllable must have to be counted."""


def syllables(alignment: Tensor, pitch: np.ndarray, symbols: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Tone and F0 (semitones re 1 Hz, at ``POINTS`` moments) of the syllables that are voiced enough.

    ``alignment`` [S, N] says which of the ``symbols`` is spoken when, ``pitch`` [T] is F0 in Hz, 0 where unvoiced.
    """
    heard, first = alignment.argmax(dim=1).numpy(), 0
    per_step = len(pitch) / len(heard)
    for place, symbol in enumerate(symbols):
        if symbol in TONES:
            own = np.flatnonzero((heard >= first) & (heard <= place))
            part = pitch[int(own[0] * per_step) : round((own[-1] + 1) * per_step)] if len(own) else pitch[:0]
            voiced = np.flatnonzero(part > 0)
            if len(voiced) >= _FEWEST:
                moments = np.linspace(voiced[0], voiced[-1], POINTS)
                yield symbol, 12 * np.log2(np.interp(moments, voiced, part[voiced]))
        if not symbol.isalpha():
            first = place + 1


def contours_of(voice: VoiceCloner, sentence: Sentence, symbols: Sequence[str]) -> list[tuple[str, np.ndarray]]:
    """`syllables` of a sentence as it was spoken."""
    return list(syllables(sentence.alignment, f0(sentence.wave.copy(), voice.bundle.audio), symbols))


def spoken(voice: VoiceCloner, speaker: str, texts: Sequence[str], seed: int) -> Iterator[tuple[Sentence, list[str]]]:
    """The texts as the speaker says them, each with its symbols."""
    plans = [voice.plan(text, speaker=speaker, language="zh") for text in texts]
    for plan, speech in zip(plans, voice.speak_all(plans, seed), strict=True):
        for ids, sentence in zip(plan.symbols, speech.sentences, strict=True):
            yield sentence, voice.bundle.symbols.decode(ids)


def of_ma(voice: VoiceCloner, speaker: str, seeds: int) -> dict[str, np.ndarray]:
    """Tone -> ``[POINTS]`` of ma."""
    found: dict[str, list[np.ndarray]] = {tone: [] for tone in TONES}
    texts = [carrier.format(syllable) for carrier in CARRIERS for syllable in SYLLABLES]
    for seed in range(seeds):
        for (sentence, symbols), tone in zip(
            spoken(voice, speaker, texts, seed), list(TONES) * len(CARRIERS), strict=True
        ):
            last = len(symbols) - 2  # the tone before the full stop
            alone = ["_"] * (last - 2) + symbols[last - 2 :]
            found[tone] += [contour for known, contour in contours_of(voice, sentence, alone) if known == tone]
    medians = {tone: np.median(many, axis=0) for tone, many in found.items() if many}
    middle = np.mean(list(medians.values()) or [np.nan])
    return {tone: median - middle for tone, median in medians.items()}


def of_sentences(voice: VoiceCloner, speaker: str) -> dict[str, np.ndarray]:
    """Tone -> ``[POINTS]``, the mean over the syllables of the ordinary sentences."""
    found: dict[str, list[np.ndarray]] = {tone: [] for tone in TONES}
    for sentence, symbols in spoken(voice, speaker, SENTENCES, 0):
        own = contours_of(voice, sentence, symbols)
        middle = np.mean([contour for _, contour in own]) if own else 0.0
        for tone, contour in own:
            found[tone].append(contour - middle)
    return {tone: np.mean(many, axis=0) for tone, many in found.items() if many}


def draw(panels: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    """One panel for each title, one line a tone."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((3.8 * len(panels), 3.2), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    for axis, (title, of_tone) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for tone, line in of_tone.items():
            axis.plot(np.linspace(0, 100, POINTS), line, label=TONES[tone])
        axis.set(title=title, xlabel="% of the syllable", ylabel="semitones")
        axis.legend(fontsize=7)
    figure.savefig(path)


def main() -> None:
    """Print a table of the contours, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voice", nargs="?", default="demo")
    parser.add_argument("--speakers", nargs="+")
    parser.add_argument("--seeds", type=int, default=4)
    add_option(parser)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    voice = open_voice(asked)
    speakers = asked.speakers or [name for name, known in voice.bundle.speakers.items() if "zh" in known.languages]
    found = {f"{speaker}, ma": of_ma(voice, speaker, asked.seeds) for speaker in speakers}
    found |= {f"{speaker}, sentences": of_sentences(voice, speaker) for speaker in speakers}
    panels = {title: of_tone for title, of_tone in found.items() if of_tone}
    print("| speaker | tone | begins | middle | ends |\n|---|---|---|---|---|")
    for title, of_tone in panels.items():
        for tone, line in of_tone.items():
            print(f"| {title} | {TONES[tone]} | {line[1]:+.1f} | {line[POINTS // 2]:+.1f} | {line[-2]:+.1f} |")
    for title in found.keys() - panels.keys():
        print(f"{title}: no syllable has a pitch")
    if asked.picture is not None and panels:
        draw(panels, asked.picture)


if __name__ == "__main__":
    main()
