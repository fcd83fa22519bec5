"""Voice bundles: a folder of safetensors and plain text that holds a whole voice and runs no code of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints.find import DESCRIPTION
from voiceclone.checkpoints.own_contract import require_own, tag
from voiceclone.errors import CheckpointError, VoiceCloneError
from voiceclone.models.registry import build
from voiceclone.text.symbols import SymbolTable

FORMAT = 1
PARTS = ("speaker_encoder", "acoustic", "vocoder")


@dataclass
class SpeakerEntry:
    """A speaker the voice knows: embedding ``[D]`` of unit length, languages, and who consented to what."""

    embedding: list[float]
    languages: list[str] = field(default_factory=list)
    consent: str = ""


@dataclass
class Bundle:
    """A voice in memory. ``specs`` describes each network by registered names (see `models.registry`)."""

    name: str
    audio: AudioContract
    encoder_audio: AudioContract
    specs: dict[str, Any]
    networks: dict[str, Any]
    symbols: SymbolTable
    speakers: dict[str, SpeakerEntry]
    languages: list[str]
    emotions: list[str]
    made_by: dict[str, Any] = field(default_factory=dict)
    consent: str = ""
    card: str = ""


def save_bundle(bundle: Bundle, folder: str | Path, half: bool = False) -> Path:
    """Write ``bundle``; with ``half`` the weights are stored in half precision, at half the size.

    ``voice.yaml`` comes last, so that a folder which has it is whole. Raises `CheckpointError` where the folder
    cannot be written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for part in PARTS:
            audio = bundle.encoder_audio if part == "speaker_encoder" else bundle.audio
            save_file(_tensors(bundle.networks[part], half), folder / f"{part}.safetensors", tag(audio))
        _write_json(folder / "symbols.json", bundle.symbols.to_dict())
        _write_json(folder / "speakers.json", {name: vars(entry) for name, entry in bundle.speakers.items()})
        (folder / "README.md").write_text(bundle.card or f"# {bundle.name}\n", "utf-8")
        (folder / DESCRIPTION).write_text(
            yaml.safe_dump(_description(bundle), allow_unicode=True, sort_keys=False), "utf-8"
        )
    except OSError as error:
        raise CheckpointError(f"{folder}: the voice cannot be written here ({error.strerror}).") from error
    return folder


def load_bundle(folder: str | Path, device: str | torch.device = "cpu") -> Bundle:
    """Read a voice from ``folder``, its networks in eval mode on ``device`` in float32.

    Raises `CheckpointError` naming the file that is missing, damaged, or of a format this version cannot read, and
    `ContractMismatch` where one of its files comes from a voice with other mels.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise CheckpointError(f"{folder}: no such voice. Expected a folder with voice.yaml.")
    description = _read_description(folder / DESCRIPTION)
    networks = {part: _load_network(folder / f"{part}.safetensors", description[part], device) for part in PARTS}
    with _named(folder / DESCRIPTION):
        audio, encoder_audio = (AudioContract.from_dict(description[name]) for name in ("audio", "encoder_audio"))
    for part, network in networks.items():
        require_own(folder / f"{part}.safetensors", network, encoder_audio if part == "speaker_encoder" else audio)
    with _named(folder / "symbols.json"):
        symbols = SymbolTable.from_dict(_read_json(folder / "symbols.json"))
    return Bundle(
        name=description["name"],
        audio=audio,
        encoder_audio=encoder_audio,
        specs={part: description[part] for part in PARTS},
        networks=networks,
        symbols=symbols,
        speakers=_read_speakers(folder / "speakers.json"),
        languages=description["languages"],
        emotions=description["emotions"],
        made_by=description.get("made_by", {}),
        consent=description.get("consent", ""),
        card=_read_text(folder / "README.md"),
    )


def load_part(folder: str | Path, part: str) -> nn.Module:
    """One network of the voice in ``folder``, in eval mode; ``part`` is one of `PARTS`. Errors as `load_bundle`'s."""
    folder = Path(folder).expanduser()
    return _load_network(folder / f"{part}.safetensors", _read_description(folder / DESCRIPTION)[part], "cpu")


def _description(bundle: Bundle) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": bundle.name,
        "languages": bundle.languages,
        "emotions": bundle.emotions,
        "audio": bundle.audio.to_dict(),
        "encoder_audio": bundle.encoder_audio.to_dict(),
        **{part: bundle.specs[part] for part in PARTS},
        "made_by": bundle.made_by,
        "consent": bundle.consent,
    }


def _tensors(network: nn.Module, half: bool) -> dict[str, Tensor]:
    """Own, contiguous copies: safetensors refuses tensors that share memory."""
    return {
        name: (value.half() if half and value.is_floating_point() else value).detach().cpu().contiguous().clone()
        for name, value in network.state_dict().items()
    }


def _load_network(path: Path, spec: Mapping[str, Any], device: str | torch.device) -> nn.Module:
    with _named(path.with_name(DESCRIPTION)):
        network = build(spec)
    try:
        network.load_state_dict(load_file(path))
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing from the voice. Copy the whole folder again.") from None
    except RuntimeError as error:
        raise CheckpointError(f"{path}: its weights do not fit voice.yaml: {error}") from error
    except Exception as error:
        raise CheckpointError(f"{path}: damaged or cut off ({error}). Copy the whole folder again.") from error
    return network.to(device).eval()


def _read_description(path: Path) -> dict[str, Any]:
    try:
        description = yaml.safe_load(_read_text(path))
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise CheckpointError(f"{path}: damaged or cut off ({reason}). Copy the whole folder again.") from error
    if not isinstance(description, dict) or "format" not in description:
        raise CheckpointError(f"{path}: no description of a voice.")
    if description["format"] != FORMAT:
        raise CheckpointError(
            f"{path}: written in format {description['format']}, this version reads format {FORMAT}. "
            f"Export the voice again with the version that made it, or install that version."
        )
    needed = {"name", "languages", "emotions", "audio", "encoder_audio", *PARTS}
    if missing := sorted(needed - description.keys()):
        raise CheckpointError(f"{path}: lacks {', '.join(missing)}.")
    return description


def _read_speakers(path: Path) -> dict[str, SpeakerEntry]:
    stored = _read_json(path)
    try:
        return {name: SpeakerEntry(**entry) for name, entry in stored.items()}
    except (TypeError, AttributeError):
        raise CheckpointError(
            f"{path}: expected speakers by name, each with embedding, languages and consent. Copy the folder again."
        ) from None


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """An error of what is made from ``path`` begins with it."""
    try:
        yield
    except VoiceCloneError as error:
        raise CheckpointError(str(error) if str(path) in str(error) else f"{path}: {error}") from error


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise CheckpointError(f"{path}: damaged or cut off ({error}). Copy the whole folder again.") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise CheckpointError(f"{path}: missing from the voice. Copy the whole folder again.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}).") from error
