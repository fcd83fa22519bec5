"""How long a voice takes to be loaded and to speak, and which part takes the time.

    python benchmarks/speaking.py [voice, default demo] [--threads 2] [--batch 1 8] [--device cpu]

Wall-clock time and, beside it, the processor's own: on a busy machine the first says little.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_BEGAN = time.perf_counter(), time.process_time()

import numpy as np  # noqa: E402
import torch  # noqa: E402

from voiceclone.synthesis import cloner, speaking  # noqa: E402

TEXTS = [
    "The morning train was late, so we walked along the river.",
    "How often do I have to tell you that the door must be closed?",
    "It rained all day, and nobody came to see the garden.",
    "She opened the letter and read it twice before she answered.",
]


@dataclass
class Split:
    """Seconds by part: on the wall, and of the processor."""

    seconds: dict[str, tuple[float, float]] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens inside towards ``name``."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        known = self.seconds.get(name, (0.0, 0.0))
        self.seconds[name] = known[0] + time.perf_counter() - wall, known[1] + time.process_time() - processor

    def watch(self, owner: Any, function: str, name: str) -> None:
        """Count every call of ``owner.function`` towards ``name``."""
        original = getattr(owner, function)

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return original(*args, **kwargs)

        setattr(owner, function, timed)


def measure(voice: cloner.VoiceCloner, texts: list[str]) -> tuple[Split, float]:
    """The split for ``texts`` said in one call, and the seconds of speech that came out."""
    split = Split()
    with split.part("text and conditions"):
        plans = [voice.plan(text, language=voice.bundle.languages[0]) for text in texts]
    originals = speaking.Speaker._mels, speaking.Speaker._voiced
    split.watch(speaking.Speaker, "_mels", "acoustic model")
    split.watch(speaking.Speaker, "_voiced", "vocoder")
    with split.part("whole"):
        spoken = voice.speak_all(plans, seed=0)
    speaking.Speaker._mels, speaking.Speaker._voiced = originals  # type: ignore[method-assign]
    whole = np.array(split.seconds.pop("whole"))
    rest = whole - np.array(split.seconds["acoustic model"]) - np.array(split.seconds["vocoder"])
    split.seconds["joining and level"] = float(rest[0]), float(rest[1])
    return split, sum(speech.seconds for speech in spoken)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voice", nargs="?", default="demo")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    imported = time.perf_counter() - _BEGAN[0], time.process_time() - _BEGAN[1]
    loading = Split({"importing": imported})
    with loading.part("loading the voice"):
        voice = cloner.VoiceCloner.from_pretrained(asked.voice, device=asked.device)
    _show("until it can speak", loading, None)
    measure(voice, TEXTS[:1])  # the first call reads tables and warms up
    for count in asked.batch:
        texts = [TEXTS[index % len(TEXTS)] for index in range(count)]
        split, seconds = measure(voice, texts)
        _show(f"{count} sentences at once, {seconds:.1f} s of speech", split, seconds)


def _show(title: str, split: Split, speech: float | None) -> None:
    print(title)
    whole = tuple(sum(pair[i] for pair in split.seconds.values()) for i in (0, 1))
    for name, (wall, processor) in [*split.seconds.items(), ("whole", whole)]:
        speeds = [] if speech is None else [speech / max(seconds, 1e-9) for seconds in (wall, processor)]
        speed = "   {:6.1f} x real time, {:.1f} by the processor".format(*speeds) if speeds else ""
        print(f"  {name:22} {wall:7.2f} s   {processor:7.2f} s{speed}")


if __name__ == "__main__":
    main()
