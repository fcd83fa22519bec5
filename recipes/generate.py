"""Text in, wavs out: every request of a file becomes one recording, and a manifest says what was made."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig

from recipes.cli import GENERATOR, door, require_numbers
from voiceclone.errors import ConfigError, SynthesisError, VoiceCloneError
from voiceclone.synthesis.requests import Request, read_requests

if TYPE_CHECKING:
    from voiceclone.synthesis.cloner import VoiceCloner
    from voiceclone.synthesis.speech import Plan, Speech

# Sentences that are spoken together; what one call of the networks makes is kept when the next is interrupted.
_AT_ONCE = 16
_NUMBERS = ("intensity", "valence", "arousal", "rate", "pitch", "energy", "sample_rate")
FLAGS = {
    f"--{key.replace('_', '-')}": key
    for key in (
        "voice", "input", "output", "emotion", "intensity", "valence", "arousal", "emotion_reference",
        "speaker", "speaker_wav", "language", "rate", "pitch", "energy", "vocoder", "sample_rate", "device", "seed",
    )
}  # fmt: skip
# Not "text": that is a group of conf/.
FLAGS |= {"--text": "sentence", **GENERATOR}


def generate(cfg: DictConfig) -> list[dict[str, Any]]:
    """Speak all requests into ``cfg.output``; returns the manifest's entries.

    What an earlier, interrupted call already made with the same voice and settings is not made again. What cannot be
    spoken is told before anything is.
    """
    warnings.showwarning = _warn
    _require_numbers(cfg)
    requests = _requests(cfg)
    manifest = Manifest(Path(str(cfg.output)).expanduser())
    stamp = _stamp(cfg)
    keys = {number: _key(cfg, number, request, stamp) for number, request in enumerate(requests, 1)}
    done = {} if cfg.overwrite else {n: entry for n, key in keys.items() if (entry := manifest.done(key))}
    if done:
        print(f"{len(done)} of {len(requests)} were already spoken; overwrite=true speaks them again.")
    todo = [(n, request) for n, request in enumerate(requests, 1) if n not in done]
    if todo:
        done |= _speak_all(cfg, todo, keys, manifest)
    entries = [done[number] for number in sorted(done)]
    _report(entries, manifest.folder)
    return entries


class Manifest:
    """``manifest.jsonl`` in the output folder: one line a finished recording, written as soon as it is on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "manifest.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        except OSError as error:
            raise SynthesisError(f"{folder}: cannot be written ({error.strerror}). Set --output.") from error
        lines = self._path.read_text("utf-8").splitlines()
        self._entries = {entry["key"]: entry for entry in map(json.loads, filter(_whole, lines))}

    def done(self, key: str) -> dict[str, Any] | None:
        """The entry of an earlier recording with this key whose file is still there."""
        entry = self._entries.get(key)
        return entry if entry and (self.folder / entry["file"]).is_file() else None

    def add(self, entry: dict[str, Any]) -> None:
        """Note a finished recording."""
        self._entries[entry["key"]] = entry
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _whole(line: str) -> bool:
    """Whether a line was written to its end; the last one may not have been."""
    return line.startswith("{") and line.endswith("}")


def _require_numbers(cfg: DictConfig) -> None:
    require_numbers(cfg, _NUMBERS)
    if not isinstance(cfg.seed, int):
        raise ConfigError(f"seed={cfg.seed}: expected a whole number.")


def _requests(cfg: DictConfig) -> list[Request]:
    if (cfg.input is None) == (cfg.sentence is None):
        raise ConfigError("give either --input <file> or --text <words>.")
    return [Request(str(cfg.sentence))] if cfg.input is None else read_requests(str(cfg.input))


def _speak_all(
    cfg: DictConfig, todo: list[tuple[int, Request]], keys: dict[int, str], manifest: Manifest
) -> dict[int, dict[str, Any]]:
    from rich.console import Console
    from rich.progress import track

    from voiceclone.synthesis.cloner import VoiceCloner
    from voiceclone.synthesis.speech import require_rate

    if cfg.sample_rate is not None:
        require_rate(cfg.sample_rate)
    voice = VoiceCloner.from_pretrained(str(cfg.voice), device=str(cfg.device))
    if cfg.vocoder is not None:
        voice.swap_vocoder(str(cfg.vocoder))
    names, plans = _file_names(todo), [_plan(cfg, voice, number, request) for number, request in todo]
    spoken: dict[int, dict[str, Any]] = {}
    batches = list(_batches(plans))
    for batch in track(batches, "speaking", console=Console(stderr=True), transient=True):
        for index, speech in zip(batch, voice.speak_all([plans[i] for i in batch], cfg.seed), strict=True):
            number, request = todo[index]
            settings, speech = _settings(cfg, request), speech.resampled(cfg.sample_rate)
            speech.save(manifest.folder / names[number], request.text, voice.bundle.name, settings["emotion"])
            spoken[number] = _entry(cfg, keys[number], names[number], request, speech)
            manifest.add(spoken[number])
    return spoken


def _plan(cfg: DictConfig, voice: VoiceCloner, number: int, request: Request) -> Plan:
    settings = {name: value for name, value in _settings(cfg, request).items() if name != "seed"}
    try:
        return voice.plan(request.text, **settings)
    except VoiceCloneError as error:
        where = "" if cfg.input is None else f"{cfg.input}, text {number}: "
        raise type(error)(f"{where}{error}") from error


def _batches(plans: list[Plan]) -> Iterator[list[int]]:
    """The places of texts that are spoken together: about as many sentences as one batch holds."""
    batch: list[int] = []
    for index, plan in enumerate(plans):
        if batch and sum(len(plans[i].sentences) for i in batch) + len(plan.sentences) > _AT_ONCE:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _entry(cfg: DictConfig, key: str, file: str, request: Request, speech: Speech) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": key, "file": file, "text": request.text, "voice": str(cfg.voice)}
    entry |= {name: value for name, value in _settings(cfg, request).items() if value is not None}
    entry |= {"seconds": round(speech.seconds, 3), "sample_rate": speech.sample_rate, "failed": speech.failed}
    return entry


def _settings(cfg: DictConfig, request: Request) -> dict[str, Any]:
    """What the file says of a request goes before what the command line says of all."""
    names = ["rate", "pitch", "energy", "seed"]
    names += [] if request.emotion else ["valence", "arousal", "emotion_reference"]
    wavs = cfg.speaker_wav
    speaker = request.speaker or (None if wavs else cfg.speaker)
    return {
        "speaker": None if speaker is None else str(speaker),
        "speaker_wav": None if request.speaker else [str(w) for w in wavs] if isinstance(wavs, ListConfig) else wavs,
        "emotion": request.emotion or cfg.emotion,
        "intensity": cfg.intensity if request.intensity is None else request.intensity,
        "language": request.language or cfg.language,
        **{name: cfg[name] for name in names},
    }


def _file_names(todo: list[tuple[int, Request]]) -> dict[int, str]:
    names = {number: _file_name(number, request) for number, request in todo}
    for number, name in names.items():
        if (first := next(n for n, other in names.items() if other == name)) != number:
            raise ConfigError(f"texts {first} and {number} both ask for the file {name}: give each its own.")
    return names


def _file_name(number: int, request: Request) -> str:
    if request.file_name:
        return Path(request.file_name).name.removesuffix(".wav") + ".wav"
    slug = re.sub(r"[^\w]+", "-", request.text.lower())[:40].strip("-")
    return f"{number:04d}_{slug}.wav"


def _stamp(cfg: DictConfig) -> list[str]:
    """What changes when the voice, or the one whose vocoder speaks, does: their files say when they were written."""
    return [part for place in (cfg.voice, cfg.vocoder) if place is not None for part in _written(str(place))]


def _written(place: str) -> tuple[str, str]:
    from voiceclone.checkpoints.find import DESCRIPTION, VOICES

    path = Path(place).expanduser()
    files = (path, path / DESCRIPTION, VOICES / place / DESCRIPTION)
    return place, str(next((file.stat().st_mtime_ns for file in files if file.is_file()), None))


def _key(cfg: DictConfig, number: int, request: Request, stamp: list[str]) -> str:
    said = [number, vars(request), _settings(cfg, request), stamp, cfg.sample_rate]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def _warn(message: Warning | str, category: type[Warning], *args: Any, **kwargs: Any) -> None:
    """A line for the reader, without the place in the source that Python would show."""
    if issubclass(category, UserWarning):
        print(f"warning: {message}", file=sys.stderr)


def _report(entries: list[dict[str, Any]], folder: Path) -> None:
    seconds = sum(entry["seconds"] for entry in entries)
    print(f"{len(entries)} recordings, {seconds:.1f} s, in {folder}")
    for entry in entries:
        for sentence in entry["failed"]:
            print(f"  {entry['file']}: said with an alignment that failed, listen to it: {sentence}")


main = door("generate", generate, FLAGS)
