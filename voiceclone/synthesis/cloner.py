"""The public face of a voice: text in, speech out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voiceclone.audio.contract import require_compatible
from voiceclone.audio.io import load
from voiceclone.audio.level import bring_to
from voiceclone.checkpoints.bundle import Bundle, load_bundle
from voiceclone.checkpoints.find import find_voice
from voiceclone.checkpoints.own_contract import require_shape
from voiceclone.checkpoints.parts import Part, bundle_part, published_part
from voiceclone.errors import CheckpointError, SynthesisError, did_you_mean
from voiceclone.models.speaker.embedding import SpeakerEmbedder
from voiceclone.models.vocoder.generator import Generator
from voiceclone.models.vocoder.inference import for_inference
from voiceclone.synthesis.joining import AfterStep, apply_steps, join
from voiceclone.synthesis.manner import Manner, conditions, language_index, spoken_language
from voiceclone.synthesis.speaking import Sentence, Speaker
from voiceclone.synthesis.speech import Plan, Speech
from voiceclone.text.frontend import TextFrontend
from voiceclone.text.sentences import in_breaths, split

# Mean level of voiced frames in dB re full scale: about -24 LUFS, with room for the peaks of a louder emotion.
_LEVEL = -26.0
# How much louder or softer an emotion may make speech, in dB. Actors cover twice as much: a listener would reach for
# the volume.
_MOST_LEVEL = 6.0


def usable_device(device: str | torch.device) -> torch.device:
    """``device`` as torch calls it; raises `SynthesisError` where this machine has no such device."""
    try:
        found = torch.device(device)
        torch.zeros(1, device=found)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise SynthesisError(f"device={device}: cannot be used here ({reason}). Use cpu.") from None
    return found


class VoiceCloner:
    """Speaks with a voice bundle.

    ``after_steps`` run on every finished waveform in their order, each ``(wave [L], sample_rate) -> wave``.
    """

    def __init__(self, bundle: Bundle, device: str | torch.device = "cpu") -> None:
        self.bundle = bundle
        self.device = torch.device(device)
        self.frontend = TextFrontend(table=bundle.symbols)
        self.embedder = SpeakerEmbedder(bundle.networks["speaker_encoder"], bundle.encoder_audio)
        self.vocoder = for_inference(bundle.networks["vocoder"], predicted=True)
        self.after_steps: list[AfterStep] = []
        self._heard: dict[tuple[Any, ...], np.ndarray] = {}

    @classmethod
    def from_pretrained(cls, path: str | Path, device: str | torch.device = "cpu") -> VoiceCloner:
        """The voice in the folder ``path``, or the one of that name among those that ship with the project.

        Raises `CheckpointError` naming the file that is missing, damaged or of another format.
        """
        place = usable_device(device)
        return cls(load_bundle(find_voice(path), place), place)

    @property
    def sample_rate(self) -> int:
        """Samples per second of what the voice speaks."""
        return self.bundle.audio.sample_rate

    def embed(self, reference: str | Path | Sequence[str | Path]) -> np.ndarray:
        """Speaker embedding ``[D]`` of unit length of one recording, or the mean direction of several.

        Raises `AudioError` naming the recording that cannot be used.
        """
        paths = [reference] if isinstance(reference, (str, Path)) else list(reference)
        embeddings = [self.embedder(*load(path), name=str(path)) for path in paths]
        mean = np.mean(embeddings, axis=0)
        return (mean / np.linalg.norm(mean)).astype(np.float32)

    def tts(self, text: str, speaker_wav: Any = None, **wishes: Any) -> tuple[np.ndarray, int]:
        """Speech ``[L]`` (float32, mono, -1..1) and its sample rate; see `speak` for what can be wished."""
        speech = self.speak(text, speaker_wav, **wishes)
        return speech.wave, speech.sample_rate

    def tts_to_file(
        self,
        text: str,
        speaker_wav: Any = None,
        *,
        file_path: str | Path,
        sample_rate: int | None = None,
        **wishes: Any,
    ) -> Speech:
        """Speak into a 16-bit wav that carries text, emotion and voice in its metadata; at ``sample_rate`` if given.

        Studio rates such as 44100 and 48000 are resampled from the voice's own: they add no treble.
        """
        speech = self.speak(text, speaker_wav, **wishes).resampled(sample_rate)
        speech.save(file_path, text, self.bundle.name, wishes.get("emotion"))
        return speech

    def speak(
        self,
        text: str,
        speaker_wav: str | Path | Sequence[str | Path] | None = None,
        *,
        seed: int | None = None,
        **wishes: Any,
    ) -> Speech:
        """Say ``text`` in the voice of the recordings ``speaker_wav``, or of the known ``speaker``, else of the first.

        ``language`` follows from the script where not given. The other ``wishes`` are the fields of `Manner`: emotion,
        intensity, valence, arousal, emotion_reference, rate, pitch, energy. Long text is spoken sentence by sentence.
        Equal ``seed``, equal speech. Raises `SynthesisError`, `TextError` or `AudioError` for what cannot be spoken.
        """
        return self.speak_all([self.plan(text, speaker_wav, **wishes)], seed)[0]

    def plan(
        self,
        text: str,
        speaker_wav: str | Path | Sequence[str | Path] | None = None,
        *,
        speaker: str | None = None,
        language: str | None = None,
        **manner: Any,
    ) -> Plan:
        """Everything about a text short of saying it; raises as `speak` does, so that it is known beforehand."""
        wanted = _manner(manner)
        for name, value in {"text": text, "language": language or ""}.items():
            if not isinstance(value, str):
                raise SynthesisError(f"{name} is {value!r}: expected a string.")
        language = spoken_language(text, language, self.bundle.languages)
        sentences = split(text, language) or [text]
        spelt = self.frontend.batch(sentences, [language] * len(sentences))
        breaths = [(said, part) for said, whole in zip(sentences, spelt, strict=True) for part in in_breaths(whole)]
        acoustic = self.bundle.networks["acoustic"]
        asked = conditions(wanted, acoustic, self.bundle.audio, self.device)
        row = language_index(language, acoustic)
        embedding = torch.from_numpy(self._speaker(speaker_wav, speaker))[None].to(self.device)
        asked = replace(asked, speaker_embedding=embedding, language=None if row is None else row.to(self.device))
        symbols = [self.bundle.symbols.encode(part) for _, part in breaths]
        return Plan(text, [sentence for sentence, _ in breaths], symbols, asked, wanted)

    def speak_all(self, plans: Sequence[Plan], seed: int | None = None) -> list[Speech]:
        """Say several texts at once: their sentences share batches, which costs less than one after the other."""
        mouth = Speaker(self.bundle.networks["acoustic"], self.vocoder, self.bundle.audio, self.device)
        spoken = iter(
            mouth.speak(
                [sentence for plan in plans for sentence in plan.sentences],
                [symbols for plan in plans for symbols in plan.symbols],
                [plan.asked for plan in plans for _ in plan.sentences],
                0 if seed is None else seed,
            )
        )
        return [self._finish(list(islice(spoken, len(plan.sentences))), plan.manner) for plan in plans]

    def swap_vocoder(self, path: str | Path) -> None:
        """Speak with the vocoder of another voice, or with a published HiFi-GAN or MelGAN generator; the rest stays.

        Raises `ContractMismatch` where its mels are not this voice's, `CheckpointError` for what is no vocoder.
        """
        part = _vocoder_at(path)
        if not isinstance(part.network, Generator):
            raise CheckpointError(f"{path}: holds {part.kind}, expected a vocoder.")
        if part.audio is not None:
            require_compatible(self.bundle.audio, part.audio, f"voice {self.bundle.name}", f"{path}")
        require_shape(part.network, self.bundle.audio, str(path), f"voice {self.bundle.name}")
        bundle, network = self.bundle, part.network.to(self.device)
        self.bundle = replace(
            bundle, specs={**bundle.specs, "vocoder": part.spec}, networks={**bundle.networks, "vocoder": network}
        )
        self.vocoder = for_inference(network, predicted=True)

    def _speaker(self, speaker_wav: Any, speaker: str | None) -> np.ndarray:
        if speaker_wav is not None and speaker is not None:
            raise SynthesisError("give either speaker_wav (a voice to clone) or speaker (a known one), not both.")
        if speaker_wav is not None:
            # A whole file of texts is often spoken in one voice: its recordings are heard once.
            key = tuple(map(str, [speaker_wav] if isinstance(speaker_wav, (str, Path)) else speaker_wav))
            if key not in self._heard:
                self._heard[key] = self.embed(speaker_wav)
            return self._heard[key]
        known = self.bundle.speakers
        name = next(iter(known), None) if speaker is None else speaker
        if name not in known:
            raise SynthesisError(f"speaker {name!r} is unknown to this voice. {did_you_mean(str(name), known)}")
        return np.asarray(known[name].embedding, dtype=np.float32)

    def _finish(self, spoken: list[Sentence], wanted: Manner) -> Speech:
        wave = join([s.wave for s in spoken], [s.text for s in spoken], self.sample_rate)
        # Every utterance at one level, but an angry one stays louder than a sad one.
        emotion = float(np.mean([sentence.level for sentence in spoken]))
        level = _LEVEL + _MOST_LEVEL * np.tanh(emotion / _MOST_LEVEL) + wanted.energy
        wave = bring_to(level, wave, self.bundle.audio)
        return Speech(apply_steps(wave, self.sample_rate, self.after_steps), self.sample_rate, spoken)


def _vocoder_at(path: str | Path) -> Part:
    file = Path(path).expanduser()
    if file.is_file():
        return published_part(file)
    try:
        folder = find_voice(path)
    except CheckpointError as error:
        raise CheckpointError(
            f"vocoder {path}: expected the folder or name of a voice, or the file of a published generator with its "
            f"weights; {error}"
        ) from None
    return bundle_part(folder, "vocoder")


def _manner(wishes: dict[str, Any]) -> Manner:
    known = set(Manner.__dataclass_fields__)
    for name in wishes:
        if name not in known:
            raise SynthesisError(f"{name}: no such wish. {did_you_mean(name, known)}")
    return Manner(**{name: value for name, value in wishes.items() if value is not None})
