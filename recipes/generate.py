"""Text in, wavs out: every request of a file becomes one recording, and a manifest says what was made."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, ListConfig

from recipes.cli import door
from voiceclone.errors import ConfigError, SynthesisError
from voiceclone.synthesis.requests import Request, read_requests

if TYPE_CHECKING:
    from voiceclone.synthesis.cloner import VoiceCloner

FLAGS = {
    f"--{key.replace('_', '-')}": key
    for key in (
        "voice", "input", "output", "emotion", "intensity", "valence", "arousal", "emotion_reference",
        "speaker", "speaker_wav", "language", "rate", "pitch", "energy", "vocoder", "sample_rate", "device", "seed",
    )
}  # fmt: skip
# Not "text": that is a group of conf/.
FLAGS["--text"] = "sentence"


def generate(cfg: DictConfig) -> list[dict[str, Any]]:
    """Speak all requests into ``cfg.output``; returns the manifest's entries.

    What an earlier, interrupted call already made with the same settings is not made again.
    """
    requests = _requests(cfg)
    manifest = Manifest(Path(str(cfg.output)).expanduser())
    todo = [(number, request) for number, request in enumerate(requests, 1)]
    entries = [] if cfg.overwrite else [e for n, r in todo if (e := manifest.done(_key(cfg, n, r)))]
    todo = [(n, r) for n, r in todo if cfg.overwrite or not manifest.done(_key(cfg, n, r))]
    if entries:
        print(f"{len(entries)} of {len(requests)} were already spoken; overwrite=true speaks them again.")
    if todo:
        entries += _speak_all(cfg, todo, manifest)
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


def _requests(cfg: DictConfig) -> list[Request]:
    if (cfg.input is None) == (cfg.sentence is None):
        raise ConfigError("give either --input <file> or --text <words>.")
    return [Request(str(cfg.sentence))] if cfg.input is None else read_requests(str(cfg.input))


def _speak_all(cfg: DictConfig, todo: list[tuple[int, Request]], manifest: Manifest) -> list[dict[str, Any]]:
    from rich.progress import track

    from voiceclone.synthesis.cloner import VoiceCloner

    voice = VoiceCloner.from_pretrained(str(cfg.voice), device=str(cfg.device))
    if cfg.vocoder is not None:
        voice.swap_vocoder(str(cfg.vocoder))
    return [_speak(cfg, voice, n, r, manifest) for n, r in track(todo, description="speaking", transient=True)]


def _speak(cfg: DictConfig, voice: VoiceCloner, number: int, request: Request, manifest: Manifest) -> dict[str, Any]:
    settings = _settings(cfg, request)
    file = _file_name(number, request)
    result = voice.tts_to_file(request.text, file_path=manifest.folder / file, sample_rate=cfg.sample_rate, **settings)
    entry: dict[str, Any] = {
        "key": _key(cfg, number, request),
        "file": file,
        "text": request.text,
        "voice": str(cfg.voice),
    }
    entry |= {key: value for key, value in settings.items() if value is not None}
    entry |= {"seconds": round(result.seconds, 3), "failed": result.failed}
    manifest.add(entry)
    return entry


def _settings(cfg: DictConfig, request: Request) -> dict[str, Any]:
    """What the file says of a request goes before what the command line says of all."""
    names = ("valence", "arousal", "emotion_reference", "rate", "pitch", "energy", "seed")
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


def _file_name(number: int, request: Request) -> str:
    if request.file_name:
        return Path(request.file_name).name.removesuffix(".wav") + ".wav"
    slug = re.sub(r"[^\w]+", "-", request.text.lower())[:40].strip("-")
    return f"{number:04d}_{slug}.wav"


def _key(cfg: DictConfig, number: int, request: Request) -> str:
    said = [number, vars(request), _settings(cfg, request), str(cfg.voice), str(cfg.vocoder), cfg.sample_rate]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:12]


def _report(entries: list[dict[str, Any]], folder: Path) -> None:
    seconds = sum(entry["seconds"] for entry in entries)
    print(f"{len(entries)} recordings, {seconds:.1f} s, in {folder}")
    for entry in entries:
        for sentence in entry["failed"]:
            print(f"  {entry['file']}: said with an alignment that failed, listen to it: {sentence}")


main = door("generate", generate, FLAGS)
