"""Files of a corpus: finding recordings once, and reading transcripts in whatever encoding they were saved."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from voiceclone.errors import DataError

LOSSLESS = (".wav", ".flac")
ANY_AUDIO = (*LOSSLESS, ".mp3", ".ogg")


def walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder in a fixed order, linked folders included, hidden files and folders left out."""
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(parent, name)


def recordings(folder: Path, suffixes: Sequence[str] = LOSSLESS) -> list[Path]:
    """Every recording below a folder, in a fixed order; ``.WAV`` counts as ``.wav``."""
    return [path for path in walk(folder) if path.suffix.lower() in suffixes]


def by_name(root: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """``paths`` by their place below ``root`` without ending; raises `DataError` where two have one name."""
    found: dict[str, Path] = {}
    for path in paths:
        name = path.relative_to(root).with_suffix("").as_posix()
        if name in found:
            raise DataError(f"{path}: {found[name].name} has the same name. Keep one of them.")
        found[name] = path
    return found


def decode(data: bytes, language: str) -> str:
    """Text from bytes in UTF-8, UTF-16, GBK or Latin-1. Raises `UnicodeError` if it is none of them.

    GB2312 comes before Latin-1 because its byte pairs hardly ever occur in a European text by accident, while Latin-1
    accepts almost anything.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    if b"\0" in data:
        return data.decode("utf-16-le")
    encodings = ("utf-8-sig", "gb2312", "gb18030" if language.startswith("zh") else "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnicodeError(f"not text in any of {', '.join(encodings)}, UTF-16")


def read_text(path: Path, language: str) -> str:
    """A transcript file as one stripped string. Raises `UnicodeError` (see `decode`)."""
    return decode(path.read_bytes(), language).strip()


def read_list(path: Path, language: str) -> list[str]:
    """The lines of a list that the whole corpus hangs on, blank ones left out.

    Raises `DataError` naming the file if it is missing or cannot be decoded.
    """
    try:
        text = read_text(path, language)
    except FileNotFoundError:
        raise DataError(f"{path}: missing. The corpus is incomplete; unpack it again.") from None
    except UnicodeError as error:
        raise DataError(f"{path}: {error}. Save it as UTF-8.") from None
    return [line for line in text.replace("\r", "\n").split("\n") if line.strip()]
