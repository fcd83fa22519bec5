"""Speaker embeddings of recordings: prepared, cut into windows, and all windows of all of them in one batch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.audio.resample import resample
from voiceclone.models.speaker.partials import average, cut, embed_partials, window_starts
from voiceclone.models.speaker.reference import check_reference, prepare
from voiceclone.models.speaker.voices import check_voices


class SpeakerEmbedder:
    """A speaker encoder with all it takes to go from recordings to embeddings.

    ``net`` maps mels ``[B, n_mels, T]`` under ``contract`` to unit vectors ``[B, D]``. An utterance's embedding is
    the mean direction over windows of ``partial_frames``, ``rate`` of which begin in a second; the last one counts
    if ``min_coverage`` of it holds speech. The defaults are those of GE2E's published encoders.
    """

    def __init__(
        self,
        net: nn.Module,
        contract: AudioContract,
        partial_frames: int = 160,
        rate: float = 1.3,
        min_coverage: float = 0.75,
        level_db: float | None = -30.0,
        batch_size: int = 256,
    ) -> None:
        self.net = net.eval()
        self.contract = contract
        self.partial_frames = partial_frames
        self.step = round(contract.frame_rate / rate)
        self.min_coverage = min_coverage
        self.level_db = level_db
        self.batch_size = batch_size
        self.device = next(net.parameters()).device
        self.mel = MelSpectrogram(contract).to(self.device)

    def __call__(self, wave: np.ndarray, sample_rate: int, name: str = "the reference") -> np.ndarray:
        """Unit embedding ``[D]`` of one recording ``[L]`` of any rate.

        Raises `AudioError` where it is silent or holds less than 0.5 s of speech; warns if it is clipped or if two
        very different voices speak. Each says what to record instead; ``name`` tells which recording is meant.
        """
        check_reference(wave, sample_rate, name)
        partials, counts = self._partials([self._prepared(wave, sample_rate, name)])
        check_voices(partials, name)
        return average(partials, counts)[0].cpu().numpy()

    def windows(self, wave: np.ndarray, sample_rate: int, name: str = "the recording") -> torch.Tensor:
        """Unit embeddings ``[P, D]`` of the windows of one recording, in the order of time.

        Raises `AudioError` where it holds less than 0.5 s of speech.
        """
        return self._partials([self._prepared(wave, sample_rate, name)])[0]

    def embed_many(self, waves: Sequence[np.ndarray], sample_rate: int) -> np.ndarray:
        """Unit embeddings ``[n, D]`` of recordings of one rate, without long silences, quiet ones raised.

        Raises `AudioError` naming the first recording, by its place, that holds less than 0.5 s of speech.
        """
        return self.embed_prepared([self._prepared(w, sample_rate, f"recording {i}") for i, w in enumerate(waves)])

    def embed_prepared(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Unit embeddings ``[n, D]`` of waves at the contract's rate, taken as they are."""
        partials, counts = self._partials(waves)
        return average(partials, counts).cpu().numpy()

    def _prepared(self, wave: np.ndarray, sample_rate: int, name: str) -> np.ndarray:
        wave = resample(wave, sample_rate, self.contract.sample_rate)
        return prepare(wave, self.contract.sample_rate, self.level_db, name)

    @torch.inference_mode()
    def _partials(self, waves: Sequence[np.ndarray]) -> tuple[torch.Tensor, list[int]]:
        """Embeddings of all windows ``[P, D]``, and how many of them each wave has."""
        windows = [self._windows(torch.from_numpy(np.asarray(wave, np.float32)).to(self.device)) for wave in waves]
        return embed_partials(self.net, torch.cat(windows), self.batch_size), [len(w) for w in windows]

    def _windows(self, wave: torch.Tensor) -> torch.Tensor:
        hop = self.contract.hop_length
        starts = window_starts(len(wave) / hop, self.partial_frames, self.step, self.min_coverage)
        # Silence in the wave, not zeros in the mel: under a logarithm the two differ.
        missing = (starts[-1] + self.partial_frames) * hop - len(wave)
        mel = self.mel(nn.functional.pad(wave, (0, max(0, missing)))[None])[0]
        return cut(mel, starts, self.partial_frames)
