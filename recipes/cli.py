"""The door of every script: arguments in, one clear line out when something is wrong with them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from recipes.hints import explain
from recipes.overrides import accept
from voiceclone.errors import ConfigError, VoiceCloneError

CONF = Path(__file__).resolve().parents[1] / "conf"
Recipe = Callable[[DictConfig], Any]
# Where a voice speaks, generator= is a trained one that takes its vocoder's place. Hydra would read the word as the
# choice of a file in conf/generator, so it goes by another key there.
GENERATOR = {"generator": "vocoder", "--generator": "vocoder"}
_SETTING = re.compile(r"[+~]{0,2}[a-z_][a-z_0-9]*(\.\w+)*=")
# Remembers what the user asked of Hydra, since the door itself sets HYDRA_FULL_ERROR.
_TRACEBACK = "VOICECLONE_TRACEBACK"


def door(config_name: str, recipe: Recipe, flags: Mapping[str, str] | None = None) -> Callable[[], Any]:
    """A ``main()`` that composes ``conf/<config_name>.yaml`` with the command line and runs ``recipe``.

    ``flags`` maps spellings such as ``--input`` or ``generator=`` onto config keys. Errors a user can cause are
    printed as one message with exit code 1; ``HYDRA_FULL_ERROR=1`` shows the whole traceback instead.
    """

    def main() -> Any:
        os.environ.setdefault(_TRACEBACK, os.environ.get("HYDRA_FULL_ERROR", "0"))
        # Without this Hydra prints and exits by itself, before the message can be made helpful.
        os.environ["HYDRA_FULL_ERROR"] = "1"
        arguments = replace_flags(sys.argv[1:], flags or {})
        multirun = bool({"-m", "--multirun"} & set(arguments))
        sys.argv[1:] = accept(arguments, multirun)
        try:
            return hydra.main(version_base="1.3", config_path=str(CONF), config_name=config_name)(_scored(recipe))()
        except (VoiceCloneError, HydraException, OmegaConfBaseException) as error:
            if os.environ[_TRACEBACK] == "1":
                raise
            _fail(explain(error, CONF, config_name, sys.argv[1:]), 1)
        except KeyboardInterrupt:
            _fail("Stopped. What was done is kept; the same command goes on from there.", 130)

    return main


def _scored(recipe: Recipe) -> Recipe:
    """Hydra's sweepers want one number: the result named by ``optimized_metric``."""

    def run(cfg: DictConfig) -> float | None:
        try:
            result = recipe(cfg)
        except VoiceCloneError as error:
            if os.environ.get(_TRACEBACK) == "1":
                raise
            # Out of here at once: Hydra would print a line of its own about the failed job.
            _fail(str(error), 1)
        name = cfg.get("optimized_metric")
        if name is None or not isinstance(result, Mapping) or HydraConfig.get().mode == RunMode.RUN:
            return None
        if name not in result:
            raise ConfigError(f"optimized_metric={name}: the run measured {', '.join(sorted(result))}.")
        return float(result[name])

    return run


def replace_flags(arguments: list[str], flags: Mapping[str, str]) -> list[str]:
    """``--input a.txt`` or ``--input=a.txt`` become ``input=a.txt``; several values, up to the next flag or
    ``key=``, become a list."""
    replaced: list[str] = []
    position = 0
    while position < len(arguments):
        flag, separator, value = arguments[position].partition("=")
        position += 1
        if flag not in flags:
            replaced.append(arguments[position - 1])
            continue
        values = [value] if separator else []
        while not separator and position < len(arguments) and not _starts_option(arguments[position], bool(values)):
            values.append(arguments[position])
            position += 1
        if not values:
            raise SystemExit(f"error: {flag} needs a value")
        replaced.append(f"{flags[flag]}={values[0] if len(values) == 1 else '[' + ','.join(values) + ']'}")
    return replaced


def _starts_option(argument: str, after_a_value: bool) -> bool:
    return argument.startswith("--") or (after_a_value and _SETTING.match(argument) is not None)


def require_numbers(cfg: DictConfig, names: Iterable[str]) -> None:
    """Raise `ConfigError` for the first of ``names`` that is given and is no number."""
    for name in names:
        if not isinstance(cfg[name], (int, float, type(None))):
            raise ConfigError(f"{name}={cfg[name]}: expected a number.")


def _fail(message: str, code: int) -> NoReturn:
    print(f"error: {message}" if code == 1 else message, file=sys.stderr)
    sys.exit(code)
