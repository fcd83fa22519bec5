"""What a user's word for a voice names: a folder, or one of those that ship with the project."""

from __future__ import annotations

from pathlib import Path

from voiceclone.errors import CheckpointError, did_you_mean

VOICES = Path(__file__).resolve().parents[2] / "voices"
DESCRIPTION = "voice.yaml"


def find_voice(path: str | Path) -> Path:
    """The folder ``path``, or the one of that name among the voices that ship with the project.

    Raises `CheckpointError` for what is neither.
    """
    folder, shipped = Path(path).expanduser(), VOICES / str(path)
    if folder.is_dir():
        return folder
    if is_voice(shipped):
        return shipped
    known = [voice.parent.name for voice in VOICES.glob(f"*/{DESCRIPTION}")]
    raise CheckpointError(f"{path}: no such voice, neither a folder nor a name. {did_you_mean(str(path), known)}")


def is_voice(folder: str | Path) -> bool:
    """Whether ``folder`` holds a voice, or is the name of one that ships with the project."""
    return any((place / DESCRIPTION).is_file() for place in (Path(folder).expanduser(), VOICES / str(folder)))
