"""Making the page of a listening test: one file that can be mailed, opened, filled in and sent back."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from voiceclone.evaluation.clips import lowest_rate
from voiceclone.evaluation.listening.stimuli import choose, stimuli, tones
from voiceclone.evaluation.matching import Matched
from voiceclone.evaluation.report import render
from voiceclone.evaluation.sound import flac_uri

FORMAT = 1
CHECKS = (2, 4)
"""How many tones the attention checks play."""


def write_page(
    matched: Matched,
    path: Path,
    clips: int = 12,
    title: str | None = None,
    low_anchor: bool = True,
    seed: int = 0,
    sample_rate: int | None = None,
) -> Path:
    """Write the page: ``clips`` sentences from every system, from the recordings, and from a low anchor.

    Without ``title`` the page is headed in the listener's language. Systems bear no names in what the listener sees;
    each listener hears another order. Raises `DataError` where the systems have no sentence in common.
    """
    rate = sample_rate or lowest_rate(matched.systems)
    chosen = choose(matched.systems, clips)
    items = [
        {"system": s.system, "clip": s.clip, "emotion": s.emotion, "sound": flac_uri(s.wave, rate)}
        for s in stimuli(matched.systems, chosen, rate, low_anchor)
    ]
    # Their places would tell which belong together.
    items = [items[place] for place in np.random.default_rng(seed).permutation(len(items))]
    checks = [{"expected": count, "sound": flac_uri(tones(count, rate), rate)} for count in CHECKS]
    test = {"format": FORMAT, "test": _identity(items), "items": items, "checks": checks}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render("listening.html", {"title": title, "test": _for_script(test)}), "utf-8")
    return path


def _identity(items: list[dict[str, Any]]) -> str:
    """A short name of exactly this test, so that the answers to two tests are never scored as one."""
    return hashlib.sha256(json.dumps(items, sort_keys=True).encode()).hexdigest()[:12]


def _for_script(value: Any) -> str:
    """JSON that may stand inside a script element, whatever its strings hold."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
