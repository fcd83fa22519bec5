"""The ear that evaluation tells speakers apart with: any of our encoders, or the resemblyzer wheel's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recipes.trained import load_task
from voiceclone.checkpoints.find import DESCRIPTION
from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    from voiceclone.audio.contract import AudioContract
    from voiceclone.models.speaker.embedding import SpeakerEmbedder

WHEEL = "resemblyzer"


@dataclass(frozen=True, eq=False)
class SpeakerJudge:
    """``judge(wave [L], sample_rate)`` is a unit embedding ``[D]``; raises `AudioError` where nobody speaks."""

    embed: SpeakerEmbedder
    edition: str
    """Another for other weights, so that figures of one encoder are not taken for those of another."""

    def __call__(self, wave: np.ndarray, sample_rate: int) -> np.ndarray:
        return self.embed(wave, sample_rate)


def speaker_judge(encoder: str, contract: AudioContract) -> SpeakerJudge:
    """``encoder``: ``resemblyzer``, the folder of a run that trained a speaker encoder, or the folder of a voice.

    ``contract`` is that of the wheel's encoder; runs and voices bring their own. Raises `ConfigError` for none of the
    three, and `CheckpointError` for one that cannot be read.
    """
    from voiceclone.evaluation.speaking import weights_digest
    from voiceclone.models.speaker.embedding import SpeakerEmbedder

    network, contract = _network(encoder, contract)
    return SpeakerJudge(SpeakerEmbedder(network, contract), weights_digest([network]))


def _network(encoder: str, contract: AudioContract) -> tuple[Any, AudioContract]:
    from hydra.utils import instantiate

    from voiceclone.checkpoints.bundle import load_bundle
    from voiceclone.checkpoints.published_speaker import resemblyzer_encoder

    folder = Path(encoder).expanduser()
    if encoder == WHEEL:
        return resemblyzer_encoder(), contract
    if (folder / DESCRIPTION).is_file():
        bundle = load_bundle(folder)
        return bundle.networks["speaker_encoder"], bundle.encoder_audio
    if not (folder / "config.yaml").is_file():
        raise ConfigError(
            f"speaker_judge={encoder}: neither '{WHEEL}', nor the folder of a run of experiment=speaker_encoder, nor "
            "that of a voice."
        )
    task, cfg = load_task(folder)
    if cfg.get("encoder_audio") is None or not hasattr(task.network, "embedding_size"):
        raise ConfigError(f"speaker_judge={encoder}: this run trained no speaker encoder.")
    return task.network, instantiate(cfg.encoder_audio)
