"""Does an acoustic model read? Its test sentences spoken freely: attention, what ended them, how many words are heard.

    python -m benchmarks.reading <run of an acoustic experiment> [--vocoder <run or voice>] [--pictures <folder>]

Every sentence is spoken once, without a second attempt; with --sharpness 1 under the attention as it was learnt, not
the more decided one that voices speak with. Beside the word error rate of free-running speech stand those
of the recorded mels through the same vocoder (Griffin-Lim where none is given) and of the recordings themselves.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from torch import Tensor

from recipes.cli import CONF
from recipes.stores import build_data
from recipes.trained import load_task
from voiceclone.audio.contract import AudioContract
from voiceclone.audio.griffin_lim import griffin_lim
from voiceclone.checkpoints.find import find_voice, is_voice
from voiceclone.checkpoints.parts import bundle_part
from voiceclone.data.batches import AcousticBatch
from voiceclone.data.module import VoiceDataModule
from voiceclone.evaluation.statistics import bootstrap
from voiceclone.metrics.words import WordErrorRate
from voiceclone.models.acoustic import FreeRunningOutput, StopRule
from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inference import for_inference, vocode
from voiceclone.synthesis.speaking import REST_SECONDS, SHARPNESS
from voiceclone.training.acoustic import AcousticTask
from voiceclone.training.acoustic_validation import draw_attention
from voiceclone.training.media import draw_mels

Vocoder = Callable[[Tensor, bool], Tensor]
_FIGURES = ("coverage", "focus", "monotonicity")


def vocoder_of(place: str | None, contract: AudioContract) -> Vocoder:
    """Mel ``[1, n_mels, T]``, and whether it is predicted, to wave, by a run, a voice, or Griffin-Lim."""
    if place is None:
        return lambda mel, _: griffin_lim(mel, contract, n_iter=60)
    network = bundle_part(find_voice(place), "vocoder").network if is_voice(place) else load_task(place)[0].network
    assert isinstance(network, Generator)
    recorded, predicted = for_inference(network), for_inference(network, predicted=True)
    return lambda mel, is_predicted: vocode(predicted if is_predicted else recorded, mel, contract)


def batches(data: VoiceDataModule, limit: int) -> Iterator[tuple[AcousticBatch, list[str], list[np.ndarray]]]:
    """The test sentences with their texts and recordings, as many as ``limit``."""
    clips = data.chosen("test")
    rows = {clips.fields(row)["id"]: row for row in range(len(clips))}
    for batch in data.test_dataloader():
        assert isinstance(batch, AcousticBatch)
        of_batch = [rows[ident.split("/")[-1]] for ident in batch.ids]
        texts = [str(clips.fields(row)["text"]) for row in of_batch]
        yield batch, texts, [clips.read("wave", row).astype(np.float32) / 32768 for row in of_batch]
        limit -= len(batch.ids)
        if limit <= 0:
            return


@torch.inference_mode()
def read(task: AcousticTask, batch: AcousticBatch, seed: int, sharpness: float) -> FreeRunningOutput:
    """The sentences of a batch, free-running."""
    asked = replace(task.conditions(batch), prosody=None, reference_lengths=None)
    stop = StopRule(patience=round(REST_SECONDS * task.contract.frame_rate))
    dropout = torch.Generator().manual_seed(seed)
    return task.acoustic.infer(
        batch.symbols, batch.symbol_lengths, asked, generator=dropout, stop=stop, sharpness=sharpness
    )


def draw(output: FreeRunningOutput, batch: AcousticBatch, contract: AudioContract, folder: Path) -> None:
    """Recorded and spoken mel, and the attention, of every sentence of a batch."""
    folder.mkdir(parents=True, exist_ok=True)
    for item, ident in enumerate(batch.ids):
        spoken = output.mel_postnet[item, :, : int(output.mel_lengths[item])]
        recorded = batch.mel[item, :, : int(batch.mel_lengths[item])]
        name, steps = ident.replace("/", "_"), int(output.steps[item])
        draw_mels({"recorded": recorded, "spoken": spoken}, contract.frame_rate).savefig(folder / f"{name}_mel.png")
        attention = output.alignments[item, :steps, : int(batch.symbol_lengths[item])]
        draw_attention(attention, output.gate_logits[item, :steps]).savefig(folder / f"{name}_attention.png")


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--vocoder")
    parser.add_argument("--limit", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--sharpness", type=float, default=SHARPNESS)
    asked = parser.parse_args()
    task, cfg = load_task(asked.run)
    assert isinstance(task, AcousticTask)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        data, recogniser = build_data(cfg), instantiate(compose("evaluate").recogniser)
    vocoder, rate = vocoder_of(asked.vocoder, task.contract), task.contract.sample_rate
    words = WordErrorRate(rate, recogniser)
    errors: dict[str, list[float]] = {"free-running": [], "recorded mels": [], "recordings": []}
    ended: Counter[str] = Counter()
    quality: dict[str, list[float]] = {name: [] for name in _FIGURES}
    weights: list[float] = []
    for batch, texts, waves in batches(data, asked.limit):
        output = read(task, batch, asked.seed, asked.sharpness)
        assert output.quality is not None
        ended.update(output.stopped_by)
        for name in _FIGURES:
            quality[name] += getattr(output.quality, name).tolist()
        if asked.pictures is not None:
            draw(output, batch, task.contract, asked.pictures)
        for item, (text, wave) in enumerate(zip(texts, waves, strict=True)):
            free = output.mel_postnet[item : item + 1, :, : int(output.mel_lengths[item])]
            mel = batch.mel[item : item + 1, :, : int(batch.mel_lengths[item])]
            heard = (vocoder(free, True).flatten().numpy(), vocoder(mel, False).flatten().numpy(), wave)
            for name, sound in zip(errors, heard, strict=True):
                errors[name].append(words.judge(sound, text))
            weights.append(words.weigh(text))
    print(f"{len(weights)} sentences; ended by {dict(ended)}")
    print("; ".join(f"{name} {np.mean(found):.3f} (least {min(found):.3f})" for name, found in quality.items()))
    for name, found in errors.items():
        mean, low, high = (100 * value for value in bootstrap(np.array(found), np.array(weights)))
        print(f"word error rate, {name:14} {mean:.1f} % ({low:.1f}-{high:.1f})")


if __name__ == "__main__":
    main()
