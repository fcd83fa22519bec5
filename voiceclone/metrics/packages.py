"""Packages that only some metrics need."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from voiceclone.errors import ConfigError


def require(package: str, needed_by: str) -> Path:
    """The installed package's folder, without importing it; raises `ConfigError` saying what to install."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ConfigError(f"{needed_by} needs the package {package}: pip install 'voiceclone[eval]'.")
    return Path(spec.origin).parent
