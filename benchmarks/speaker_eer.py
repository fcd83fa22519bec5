"""Equal error rates on speakers that no training here has heard: ours, the resemblyzer wheel, and plain MFCCs.

    python -m benchmarks.speaker_eer [run folders of experiment=speaker_encoder ...] --data <folder of the corpora>

Trials are all pairs of clips of the corpora's validation and test speakers, read from the recordings themselves:
every system prepares them in its own way. MFCCs are means over time without c0, as they are and standardised over
the clips. Intervals hold 95 % when speakers are drawn anew.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from recipes.cli import CONF
from recipes.trained import load_task
from voiceclone.audio import io
from voiceclone.checkpoints.published_speaker import resemblyzer_encoder
from voiceclone.metrics.eer import EqualErrorRate
from voiceclone.models.speaker.embedding import SpeakerEmbedder

RATE = 16_000
Embed = Callable[[list[np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Clip:
    """One recording of a speaker whom no training has heard."""

    corpus: str
    speaker: str
    split: str
    wave: np.ndarray


def unseen_clips(corpora: Sequence[str], data: Path) -> list[Clip]:
    """The clips of the held-out speakers of ``corpora``, as their configurations name them."""
    clips = []
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", [f"corpus=[{','.join(corpora)}]", f"paths.data='{data}'", "experiment=speaker_encoder"])
        for name, reader in cfg.corpus.items():
            for utterance in instantiate(reader):
                if utterance.split != "train":
                    wave, _ = io.load(utterance.audio, RATE, utterance.start, utterance.end)
                    clips.append(Clip(str(name), f"{name}/{utterance.speaker}", utterance.split, wave))
    return clips


def mean_mfccs(waves: list[np.ndarray]) -> np.ndarray:
    """Mean over time of 19 coefficients, c0 left out ``[n, 19]``."""
    import librosa

    return np.stack([librosa.feature.mfcc(y=wave, sr=RATE, n_mfcc=20)[1:].mean(axis=1) for wave in waves])


def resemblyzer(prepared: bool) -> Embed:
    """The wheel's own program, with its preparation of recordings or without."""
    from resemblyzer import VoiceEncoder, preprocess_wav

    encoder = VoiceEncoder("cpu", verbose=False)

    def embed(waves: list[np.ndarray]) -> np.ndarray:
        heard = [preprocess_wav(wave, RATE) if prepared else wave for wave in waves]
        return np.stack([encoder.embed_utterance(wave) for wave in heard])

    return embed


def ours(network: torch.nn.Module, contract: object) -> Embed:
    """An encoder of this project, on recordings prepared as synthesis does."""
    return lambda waves: SpeakerEmbedder(network, contract).embed_many(waves, RATE)  # type: ignore[arg-type]


def systems(runs: Sequence[Path]) -> dict[str, Embed]:
    """What is compared, by name."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        ge2e = instantiate(compose("train", ["experiment=speaker_encoder"]).encoder_audio)
    named = {
        "resemblyzer, as it is": resemblyzer(prepared=False),
        "resemblyzer, its own preparation": resemblyzer(prepared=True),
        "its weights, our preparation": ours(resemblyzer_encoder(), ge2e),
    }
    for run in runs:
        task, cfg = load_task(run)
        named[f"{run.name}"] = ours(task.network, instantiate(cfg.encoder_audio))  # type: ignore[arg-type]
    return named


def rate(embeddings: np.ndarray, clips: Sequence[Clip], chosen: np.ndarray) -> str:
    """The equal error rate of the chosen clips with its interval, in per cent."""
    names = sorted({clip.speaker for clip in clips})
    metric = EqualErrorRate(n_bootstrap=500)
    metric.update(
        torch.from_numpy(embeddings[chosen]),
        torch.tensor([names.index(clip.speaker) for clip, c in zip(clips, chosen, strict=True) if c]),
    )
    found = {name: 100 * float(value) for name, value in metric.compute().items()}
    return f"{found['eer']:.2f} ({found['eer_low']:.1f}-{found['eer_high']:.1f})"


def standardised(x: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """``x [n, D]`` with mean 0 and deviation 1 over the chosen clips."""
    return (x - x[chosen].mean(axis=0)) / x[chosen].std(axis=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--corpora", default="speechocean762,librispeech,ravdess")
    wanted = parser.parse_args()
    warnings.filterwarnings("ignore")
    corpora = wanted.corpora.split(",")
    clips = unseen_clips(corpora, wanted.data)
    acted = np.array([clip.corpus == "ravdess" for clip in clips])
    test = np.array([clip.split == "test" for clip in clips])
    lists = {"all": test | True, "test": test, "read": ~acted, "read, test": ~acted & test, "acted": acted}
    lists = {name: chosen for name, chosen in lists.items() if chosen.any()}
    counts = [f"{name} ({int(c.sum())} clips)" for name, c in lists.items()]
    print(f"| EER in per cent | {' | '.join(counts)} |\n|---|{'---|' * len(lists)}")
    waves = [clip.wave for clip in clips]
    mfccs = mean_mfccs(waves)
    tables = {
        "mean MFCCs": [rate(mfccs, clips, c) for c in lists.values()],
        "mean MFCCs, standardised": [rate(standardised(mfccs, c), clips, c) for c in lists.values()],
    }
    for name, embed in systems(wanted.runs).items():
        embeddings = embed(waves)
        tables[name] = [rate(embeddings, clips, chosen) for chosen in lists.values()]
    for name, cells in tables.items():
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
