"""How the four tones go in recordings, and what the melody of an acoustic model, teacher-forced, makes of them.

    python -m benchmarks.tones_recorded <run of an acoustic experiment with Mandarin>

The attention tells where a syllable lies. Contours are in semitones against the mean of the clip's syllables, the
median over all syllables of a speaker's training and validation clips. Where the two differ, the text's encoder or the
predictor behind it does not know the tone.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from hydra import initialize_config_dir

from benchmarks.tones import POINTS, TONES, syllables
from recipes.cli import CONF
from recipes.stores import build_data
from recipes.trained import load_task
from voiceclone.data.batches import AcousticBatch
from voiceclone.data.module import VoiceDataModule
from voiceclone.training.acoustic import AcousticTask

_CLIPS = 16
_FEWEST_SYLLABLES = 100
Pairs = dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]]
"""Speaker and tone -> contours as recorded and as predicted."""


def mandarin(data: VoiceDataModule) -> Iterator[AcousticBatch]:
    """The Mandarin clips that the model has learnt from or was validated on."""
    for split in ("train", "validation"):
        reader = data.reader(split)
        spoken = (reader.clips.fields(row)["language"] for row in range(len(reader.clips)))
        rows = [row for row, language in enumerate(spoken) if str(language).startswith("zh")]
        for start in range(0, len(rows), _CLIPS):
            batch = reader.load(np.array(rows[start : start + _CLIPS]), np.random.default_rng(0))
            assert isinstance(batch, AcousticBatch)
            yield batch


@torch.inference_mode()
def contours(task: AcousticTask, batch: AcousticBatch, found: Pairs) -> None:
    """Add those of ``batch`` to what was ``found``."""
    output, reduction = task(batch), task.acoustic.decoder.reduction
    symbols, speakers = task.facts["symbols"], task.facts["speakers"]
    for item in range(len(batch.ids)):
        said = [symbols[index] for index in batch.symbols[item, : int(batch.symbol_lengths[item])]]
        alignment = output.alignments[item, : int(output.steps[item]), : len(said)]
        truth = batch.f0[item, : int(batch.mel_lengths[item])].numpy()
        predicted = output.pitch[item, :, 0].exp().repeat_interleave(reduction)[: len(truth)].numpy()
        own, model = (list(syllables(alignment, f0, said)) for f0 in (truth, np.where(truth > 0, predicted, 0)))
        middle, middle_made = (np.mean([contour for _, contour in part]) if part else 0.0 for part in (own, model))
        for (tone, recorded), (_, made) in zip(own, model, strict=True):
            found[speakers[int(batch.speaker[item])], tone].append((recorded - middle, made - middle_made))


def merged(found: Pairs) -> Pairs:
    """Speakers of whom there are a few syllables only, as one of their corpus."""
    count = Counter(speaker for (speaker, _), pairs in found.items() for _ in pairs)
    groups: Pairs = defaultdict(list)
    for (speaker, tone), pairs in found.items():
        few = count[speaker] < _FEWEST_SYLLABLES
        groups[f"{speaker.split('/')[0]}, others" if few else speaker, tone] += pairs
    return groups


def shown(contour: np.ndarray) -> str:
    """Begin, middle and end."""
    return " / ".join(f"{contour[place]:+.1f}" for place in (1, POINTS // 2, -2))


def main() -> None:
    """Print a table of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    task, cfg = load_task(parser.parse_args().run)
    assert isinstance(task, AcousticTask)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        data = build_data(cfg)
    found: Pairs = defaultdict(list)
    for batch in mandarin(data):
        contours(task, batch, found)
    print("| speaker | tone | syllables | recorded | predicted |\n|---|---|---|---|---|")
    for (speaker, tone), pairs in sorted(merged(found).items()):
        recorded, predicted = (np.median(part, axis=0) for part in zip(*pairs, strict=True))
        print(f"| {speaker} | {TONES[tone]} | {len(pairs)} | {shown(recorded)} | {shown(predicted)} |")


if __name__ == "__main__":
    main()
