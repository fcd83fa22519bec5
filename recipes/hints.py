"""What went wrong with a command line, in words: the key or choice that was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from voiceclone.errors import VoiceCloneError, did_you_mean


def explain(error: Exception, conf: Path, config_name: str, arguments: list[str]) -> str:
    """One message for ``error``; for a misspelt key or choice it names the nearest right one."""
    if isinstance(error, VoiceCloneError):
        return str(error)
    text = str(error)
    if match := re.search(r"Could not override '([^']+)'", text):
        return f"no setting '{match[1]}'. {_nearest_key(match[1], conf, config_name, arguments)}"
    if match := re.search(r"Could not (?:find|load) '([^']+)/([^'/]+)'", text):
        if "submitit" in match[2]:
            return "launcher: needs the package hydra-submitit-launcher: pip install -e '.[sweep]'."
        options = sorted(path.stem for path in (conf / match[1]).glob("*.yaml"))
        return f"{match[1]}={match[2]}: no such choice. {did_you_mean(match[2], options)}"
    if cause := _user_error(error):
        return str(cause)
    return text


def _user_error(error: BaseException) -> VoiceCloneError | None:
    """Hydra's instantiate wraps what a constructor raises; what was raised is what the user should read."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, VoiceCloneError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _nearest_key(key: str, conf: Path, config_name: str, arguments: list[str]) -> str:
    known = sorted((set(_keys(_compose_choices(conf, config_name, arguments))) | set(_groups(conf))) - {key})
    # A right name at the wrong place goes first: max_steps where trainer.max_steps was meant.
    tails = {name.rpartition(".")[2]: name for name in reversed(known) if name.count(".") < 3}
    tail = key.rpartition(".")[2]
    near = [tails[tail]] if tail in tails else difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    if not near:
        near = [tails[name] for name in difflib.get_close_matches(tail, tails, n=1, cutoff=0.7)]
    if near:
        return f"Did you mean '{near[0]}'?"
    siblings = [name for name in known if name.startswith(key.rpartition(".")[0] + ".")] or known
    return f"Known: {', '.join(name for name in siblings if not name.startswith('hydra'))}."


def _compose_choices(conf: Path, config_name: str, arguments: list[str]) -> DictConfig:
    """The config with only those overrides that choose a file and succeed."""
    choices = [a for a in arguments if a.partition("=")[0] in _groups(conf)]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        for attempt in (choices, []):
            try:
                return compose(config_name, overrides=attempt)
            except Exception:
                continue
    return OmegaConf.create({})


def _groups(conf: Path) -> list[str]:
    return [folder.name for folder in conf.iterdir() if folder.is_dir()]


def _keys(node: Any, prefix: str = "") -> Iterator[str]:
    if not isinstance(node, DictConfig):
        return
    for key in node:
        name = str(key)
        yield f"{prefix}{name}"
        if not OmegaConf.is_missing(node, name) and not OmegaConf.is_interpolation(node, name):
            yield from _keys(node._get_node(name), f"{prefix}{name}.")
