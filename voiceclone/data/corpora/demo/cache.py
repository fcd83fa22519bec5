"""Where the demo corpus is kept: made once, moved into place only when it is whole, made again when it has changed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from itertools import groupby
from pathlib import Path

from voiceclone.data.corpora.demo.plan import Clip
from voiceclone.errors import DataError

log = logging.getLogger(__name__)

_MARK = "demo.json"
_UNFINISHED = ".demo-"


def place(root: Path, clip: Clip) -> Path:
    """The recording of a clip."""
    return root / clip.speaker / f"{clip.id}.wav"


def kept_in(root: Path, clips: Sequence[Clip]) -> Path:
    """The folder that holds exactly these clips: ``root``, or one in the user's cache if ``root`` cannot be written.

    They are spoken first if neither folder holds them. Raises `DataError` if neither can be written.
    """
    folders = (root, Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "voiceclone" / "demo")
    mark = _fingerprint(clips)
    for folder in folders:
        if _is_whole(folder, mark):
            return folder
    for folder in folders:
        try:
            unfinished = _new_folder_beside(folder)
        except OSError as error:
            log.warning("The demo corpus cannot be kept in %s (%s).", folder, error)
            continue
        try:
            _make(unfinished, clips, mark)
            _move(unfinished, folder, mark)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return folder
    raise DataError(f"{root}: cannot be written, nor can {folders[1]}. Set paths.data=<a folder of yours>.")


def _fingerprint(clips: Sequence[Clip]) -> str:
    """Changes with everything that is heard: sentences, voices, prosody and the library."""
    said = json.dumps([asdict(clip) for clip in clips] + [version("espeakng-loader")], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _is_whole(folder: Path, mark: str) -> bool:
    try:
        return json.loads((folder / _MARK).read_text())["fingerprint"] == mark
    except (OSError, ValueError, KeyError):
        return False


def _new_folder_beside(folder: Path) -> Path:
    """A folder to work in, on the same disk. What killed runs left there over an hour ago is cleared away."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for leftover in folder.parent.glob(f"{_UNFINISHED}*"):
        if time.time() - leftover.stat().st_mtime > 3600:
            shutil.rmtree(leftover, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.parent))


def _make(folder: Path, clips: Sequence[Clip], mark: str) -> None:
    log.info("Speaking the demo corpus, %d clips ...", len(clips))
    # What a clip sounds like depends on the clips before it in the same process, so each speaker has one of their own.
    by_speaker = [list(group) for _, group in groupby(clips, key=lambda clip: clip.speaker)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda group: _speak(folder, group), by_speaker))
    (folder / _MARK).write_text(json.dumps({"fingerprint": mark, "clips": len(clips)}) + "\n")


def _speak(folder: Path, clips: Sequence[Clip]) -> None:
    jobs = ({"path": str(place(folder, clip)), "text": clip.spoken, **clip.settings} for clip in clips)
    source = str(Path(__file__).parents[4])
    done = subprocess.run(
        [sys.executable, "-m", "voiceclone.data.corpora.demo.espeak"],
        input="\n".join(json.dumps(job) for job in jobs),
        text=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])},
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise DataError(f"The demo corpus cannot be spoken: {reason}. Is espeakng-loader installed?")


def _move(unfinished: Path, folder: Path, mark: str) -> None:
    """Put the finished folder in place of an older one. Whoever comes second of two at once finds the work done."""
    if _is_whole(folder, mark):
        return
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise DataError(
            f"{folder}: holds something else than the demo corpus. Move it away, or set paths.data=<another folder>."
        )
    outdated = unfinished / "outdated"
    with suppress(FileNotFoundError):
        folder.rename(outdated)
    try:
        unfinished.rename(folder)
    except OSError:
        if not _is_whole(folder, mark):
            raise
    shutil.rmtree(folder / outdated.name, ignore_errors=True)
