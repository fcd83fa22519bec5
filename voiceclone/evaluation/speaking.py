"""A voice speaks the sentences of a corpus, to be judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voiceclone.audio import io
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.errors import VoiceCloneError
from voiceclone.evaluation.clips import Recording
from voiceclone.evaluation.references import Reference, others
from voiceclone.models.vocoder.inference import for_inference, vocode
from voiceclone.synthesis.cloner import VoiceCloner

CLONED_FROM = 3
"""Recordings of a speaker, other than the one to be spoken, that the voice is cloned from."""


@dataclass(frozen=True)
class Spoken:
    """Folders of what was spoken freely, and of recordings sent through the vocoder alone; and what went wrong."""

    speech: Path
    copies: Path
    remarks: tuple[str, ...]


def speak_corpus(
    voice: VoiceCloner,
    references: Mapping[str, Reference],
    folder: Path,
    seed: int = 0,
    advance: Callable[[int, int], None] = lambda done, todo: None,
    speaker: str | None = None,
) -> Spoken:
    """Say every reference's text in its speaker's voice and emotion, cloned from other recordings of the speaker, or in
    that of a ``speaker`` whom the voice knows.

    Clips that are already in ``folder`` are not spoken again. What the voice cannot say is remarked upon.
    """
    remarks: list[str] = []
    for done, (key, reference) in enumerate(references.items()):
        advance(done, len(references))
        try:
            _copy(voice, reference, folder / "copies" / f"{key}.wav")
            _speak(voice, key, references, folder, seed, speaker)
        except VoiceCloneError as error:
            remarks.append(f"{key} was not spoken: {error}")
    advance(len(references), len(references))
    return Spoken(folder / "speech", folder / "copies", tuple(remarks))


def digest(voice: VoiceCloner) -> str:
    """A short hash that changes when any network of a voice does."""
    made_for = repr((voice.bundle.specs, voice.bundle.audio))
    return hashlib.sha256((made_for + weights_digest(voice.bundle.networks.values())).encode()).hexdigest()[:8]


def weights_digest(networks: Iterable[torch.nn.Module]) -> str:
    """A short hash that changes when any of the networks' weights does."""
    found = hashlib.sha256()
    for network in networks:
        for value in network.state_dict().values():
            found.update(value.cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:12]


def _speak(
    voice: VoiceCloner,
    key: str,
    references: Mapping[str, Reference],
    folder: Path,
    seed: int,
    speaker: str | None,
) -> None:
    target, labels = folder / "speech" / f"{key}.wav", references[key].labels
    if target.is_file() or labels.text is None:
        return
    wishes: dict[str, Any] = {"language": labels.language, "seed": seed}
    if labels.emotion in voice.bundle.emotions:
        wishes["emotion"] = labels.emotion
    sources = None if speaker is not None else _sources(key, references, folder / "references")
    speech = voice.speak(labels.text, sources, speaker=speaker, **wishes)
    if len(speech.sentences) == 1:
        target.parent.mkdir(parents=True, exist_ok=True)
        np.save(target.with_suffix(".alignment.npy"), speech.sentences[0].alignment.cpu().numpy())
    _save(target, speech.wave, speech.sample_rate)


def _sources(key: str, references: Mapping[str, Reference], folder: Path) -> list[Path]:
    """Files with other recordings of the same speaker, or the recording itself if it is the only one."""
    chosen = dict(islice(others(references, key), CLONED_FROM)) or {key: references[key]}
    return [_file(reference.recording, folder / f"{name}.wav") for name, reference in chosen.items()]


def _file(recording: Recording, cut: Path) -> Path:
    """The recording's own file, or what is cut out of it."""
    if recording.start == 0 and recording.end is None:
        return recording.path
    if not cut.is_file():
        rate = recording.probe()[0]
        _save(cut, recording.load(rate), rate)
    return cut


def _copy(voice: VoiceCloner, reference: Reference, target: Path) -> None:
    if not target.is_file():
        rate = voice.bundle.audio.sample_rate
        _save(target, copy_synthesis(voice, reference.recording.load(rate)), rate)


@torch.inference_mode()
def copy_synthesis(voice: VoiceCloner, recording: np.ndarray) -> np.ndarray:
    """A recording ``[L]`` at the voice's rate, its own mel made audible by the voice's vocoder."""
    contract = voice.bundle.audio
    mel = MelSpectrogram(contract).to(voice.device)(torch.from_numpy(recording)[None].to(voice.device))
    vocoder = for_inference(voice.bundle.networks["vocoder"])  # the voice's own is set up for predicted mels
    return vocode(vocoder, mel, contract)[0, 0].cpu().numpy()


def _save(path: Path, wave: np.ndarray, sample_rate: int) -> None:
    """Whole or not at all: a run that stops leaves no half a clip to be taken for a whole one."""
    part = path.with_suffix(".part")
    io.save(part, wave, sample_rate)
    part.replace(path)
