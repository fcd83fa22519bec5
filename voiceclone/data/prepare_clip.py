"""One clip from its file to what the store keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from voiceclone.audio import checks, io
from voiceclone.audio.contract import AudioContract
from voiceclone.audio.energy import energy
from voiceclone.audio.loudness import normalise, remove_dc
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.audio.pitch import f0
from voiceclone.audio.resample import resample
from voiceclone.audio.voice_activity import trim
from voiceclone.data.prepare_settings import PrepareSettings
from voiceclone.data.store import mel_name
from voiceclone.data.utterance import Utterance
from voiceclone.errors import AudioError
from voiceclone.models.speaker.reference import prepare
from voiceclone.text.frontend import TextFrontend

INT16_SCALE = 32768.0


@dataclass(frozen=True)
class Prepared:
    """What came of a clip: ``facts`` are JSON values for the journal, ``arrays`` go into the flat files."""

    facts: dict[str, Any]
    arrays: dict[str, np.ndarray]


class ClipPreparer:
    """Prepares clips under ``settings``; keeps filters and pronunciations between them. One per process."""

    def __init__(self, settings: PrepareSettings) -> None:
        self.settings = settings
        self._mels = {contract: MelSpectrogram(contract) for contract in settings.contracts.values()}
        self._frontend = TextFrontend(lexicon=settings.lexicon)

    def __call__(self, utterance: Utterance, gain_db: float | None) -> Prepared:
        """``gain_db`` is applied to the recording; None brings this clip by itself to the loudness of the settings.

        Raises `AudioError` or `TextError` for a clip that cannot be used.
        """
        source = io.probe(utterance.audio)
        self._check_length(utterance, source.duration)
        wave = self._wave(utterance, gain_db)
        stored = to_int16(wave)
        # Features are those of the samples that are kept, so that the two fit to the last bit.
        wave = stored.astype(np.float32) / np.float32(INT16_SCALE)
        facts = {"seconds": len(stored) / self.settings.audio.sample_rate, "source_rate": source.sample_rate}
        return Prepared(facts, {"wave": stored, **self._features(wave), "symbols": self._symbols(utterance)})

    def _check_length(self, utterance: Utterance, duration: float) -> None:
        seconds = (duration if utterance.end is None else utterance.end) - utterance.start
        if utterance.text is not None and seconds > self.settings.longest:
            raise AudioError(
                f"{utterance.audio}: lasts {seconds:.1f} s; with a transcript it may last {self.settings.longest:g} s. "
                "Give the start and end of its sentences, leave the transcript out, or raise prepare.longest."
            )

    def _wave(self, utterance: Utterance, gain_db: float | None) -> np.ndarray:
        rate, name = self.settings.audio.sample_rate, str(utterance.audio)
        wave, _ = io.load(utterance.audio, rate, utterance.start, utterance.end)
        checks.check(wave, name)
        wave = self._levelled(remove_dc(wave), gain_db)
        if self.settings.trim:
            wave = trim(wave, rate, self.settings.trim_margin)
        if len(wave) < self.settings.shortest * rate:
            raise AudioError(
                f"{name}: {len(wave) / rate:.2f} s of speech; needs {self.settings.shortest:g} s (prepare.shortest)."
            )
        return wave

    def _levelled(self, wave: np.ndarray, gain_db: float | None) -> np.ndarray:
        settings = self.settings
        if gain_db is None:
            return normalise(wave, settings.audio.sample_rate, settings.lufs, settings.peak_db)
        ceiling = 10 ** (settings.peak_db / 20) / max(float(np.abs(wave).max()), 1e-9)
        return wave * np.float32(min(10 ** (gain_db / 20), ceiling))

    def _features(self, wave: np.ndarray) -> dict[str, np.ndarray]:
        audio = self.settings.audio
        features = {mel_name(audio): self._mel(wave, audio), "f0": f0(wave, audio), "energy": energy(wave, audio)}
        return features | self._encoder_mel(wave)

    def _encoder_mel(self, wave: np.ndarray) -> dict[str, np.ndarray]:
        """What the speaker encoder is to hear: speech without its pauses, made ready as a reference recording is."""
        audio, encoder = self.settings.audio, self.settings.encoder_audio
        if encoder is None:
            return {}
        heard = resample(wave, audio.sample_rate, encoder.sample_rate)
        try:
            speech = prepare(heard, encoder.sample_rate, self.settings.encoder_level_db, "")
        except AudioError:  # an exclamation has too little speech for a reference, yet somebody said it
            speech = at_level(heard, self.settings.encoder_level_db)
        return {mel_name(encoder): self._mel(speech, encoder)}

    def _mel(self, wave: np.ndarray, contract: AudioContract) -> np.ndarray:
        with torch.inference_mode():
            return self._mels[contract](torch.from_numpy(wave)[None])[0].T.contiguous().numpy()

    def _symbols(self, utterance: Utterance) -> np.ndarray:
        if utterance.text is None:
            return np.zeros(0, dtype=np.int16)
        return np.asarray(self._frontend.encode(utterance.text, utterance.language), dtype=np.int16)


def to_int16(wave: np.ndarray) -> np.ndarray:
    """Samples in -1..1 as the 16-bit integers of the store."""
    return np.clip(np.round(wave * INT16_SCALE), -INT16_SCALE, INT16_SCALE - 1).astype(np.int16)


def at_level(wave: np.ndarray, level_db: float) -> np.ndarray:
    """``wave`` scaled to an RMS of ``level_db`` re full scale."""
    rms = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))
    return wave * np.float32(10 ** (level_db / 20) / max(rms, 1e-9))
