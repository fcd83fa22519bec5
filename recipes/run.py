"""A run's folder: its name follows from its configuration, and it holds all that is needed to repeat it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from voiceclone.errors import DataError

# Neither budgets, nor where things lie, nor what is only watched, change what is being trained. The groups of
# networks count through the task that uses them.
_NOT_IDENTITY = {
    "paths", "workers", "trainer", "callbacks", "logger", "resume", "optimized_metric", "run_dir", "facts", "name",
    "max_epochs", "max_minutes", "speaker_encoder", "acoustic", "generator", "discriminator", "optim", "only", "bundle",
    "confirm_transcripts", "accept_recordings", "report", "report_clips", "report_emotions",
}  # fmt: skip
# Of a whole job: where the settings of its stages stand, and what of them are budgets too.
_OF_STAGES = ("stages", "size")
_BUDGETS = {"share", "ending", "max_minutes", "max_epochs", "trainer", "callbacks", "logger", "workers"}
_PACKAGES = ("voiceclone", "torch", "pytorch-lightning", "hydra-core", "omegaconf", "numpy", "librosa", "datasets")


def name_run(cfg: DictConfig) -> Path:
    """``<paths.output>/<name>-<hash>``: the same for the same configuration, whatever its budgets.

    No timestamp stands in it, so that the same command finds its own folder again and goes on.
    """
    settings = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(settings, dict)
    identity = {key: value for key, value in settings.items() if key not in _NOT_IDENTITY}
    identity |= {key: _without_budgets(identity[key]) for key in _OF_STAGES if key in identity}
    identity["precision"] = OmegaConf.select(cfg, "trainer.precision")
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()[:8]
    return Path(cfg.paths.output) / f"{cfg.name}-{digest}"


def _without_budgets(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    return {key: _without_budgets(value) for key, value in node.items() if key not in _BUDGETS}


def open_run(cfg: DictConfig) -> Path:
    """Make the run's folder and note in it how to repeat the run; sets ``cfg.run_dir``.

    Raises `DataError` where the folder cannot be written.
    """
    folder = name_run(cfg)
    cfg.run_dir = str(folder)
    try:
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        if not (folder / "config.yaml").is_file():  # what a finished run found in its data stays known
            save_config(cfg)
        if first_rank():  # the others were called with arguments that nobody types
            (folder / "repeat.json").write_text(json.dumps(provenance(cfg), indent=2, ensure_ascii=False), "utf-8")
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror}). Set paths.output=<folder>.") from error
    return folder


def require_writable(place: str | Path, setting: str) -> None:
    """Make the folder ``place`` that ``setting`` names; raises `DataError` where nothing can be written in it."""
    folder = Path(place).expanduser()
    probe = folder / f".{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise DataError(f"{setting}={place}: cannot be written ({error.strerror}). Name another folder.") from error


def first_rank() -> bool:
    """Whether this process is the one of several that speaks, and writes what all of them have trained."""
    from pytorch_lightning.utilities import rank_zero_only

    return getattr(rank_zero_only, "rank", 0) in (0, None)


def save_config(cfg: DictConfig) -> None:
    """Write the composed config into the run's folder, resolved, so that it can be read without the others.

    Several ranks may do so at once, and read it: it is there whole or not at all.
    """
    part = Path(cfg.run_dir) / f"config.{os.getpid()}.part"
    OmegaConf.save(cfg, part, resolve=True)
    part.replace(part.with_name("config.yaml"))


def provenance(cfg: DictConfig) -> dict[str, Any]:
    """How to repeat a run: the command, seed, commit and versions."""
    return {
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "seed": cfg.seed,
        "git_commit": _git_commit(),
        "python": sys.version.split()[0],
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _git_commit() -> str | None:
    """The commit of the source, with ``+changes`` where the tree differs from it; None outside a clone."""
    here = Path(__file__).parent
    git = ["git", "-C", os.fspath(here)]
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.stdout.strip() + ("+changes" if changes.stdout.strip() else "")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
