"""The model card of a voice: what it was made of, under which licences, how, and how well it came out."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from voiceclone.data.corpora.licences import licence_of

_MOST_NAMED = 20
# What a shell takes as it stands, the brackets of a list included.
_SAFE = re.compile(r"^[\w@%+=:,./\[\]-]+$")


def command() -> str:
    """The command line without the folders of this machine, so that it can be typed on another."""
    kept = [a.lstrip("+") for a in sys.argv[1:] if not a.startswith(("paths.", "bundle.folder"))]
    return " ".join(["python", Path(sys.argv[0]).name, *(a if _SAFE.match(a) else shlex.quote(a) for a in kept)])


def write_card(
    voice: Path,
    speakers: Sequence[str],
    cfg: DictConfig,
    making: DictConfig,
    runs: Mapping[str, Path],
    report: str,
) -> None:
    """Write ``README.md`` of the bundle ``voice`` of these ``speakers``, its acoustic model trained with ``cfg``.

    ``making`` is the whole job's configuration, ``runs`` the folder of each stage's run, ``report`` the figures that
    were measured, in Markdown.
    """
    corpora = "\n".join(_corpus_row(cfg, str(name)) for name in cfg.corpus)
    stages = "\n".join(_stage_row(making, name, run) for name, run in runs.items())
    size = sum(path.stat().st_size for path in voice.glob("*.safetensors")) / 1e6
    (voice / "README.md").write_text(
        f"""# {making.bundle.name or voice.parent.name}

A voice made by voiceclone: speaker encoder, emotional acoustic model and vocoder, {size:.1f} MB of weights\
{" in half precision" if making.bundle.half else ""}.

* Languages: {", ".join(cfg.facts.languages)}. Emotions: {", ".join(cfg.facts.emotions) or "none"}.
* Speakers: {_named(speakers)}; any other voice from a recording of it.

## Data and licences

A voice inherits the licences of what it was trained on: whoever passes it on does so under all of these.

| corpus | clips | hours | licence | conditions |
|---|---|---|---|---|
{corpora}

The speaker encoder, where it was not trained here, has a licence of its own: resemblyzer's is Apache 2.0.

## How it was made

    {command()}

| stage | how | steps | minutes |
|---|---|---|---|
{stages}

## How well it came out

{report}

## Use

Speech made with it is synthetic, and every file says so in its metadata. Clone only voices whose owners agreed to it.
{making.bundle.consent}
""",
        "utf-8",
    )


def _named(speakers: Sequence[str]) -> str:
    few = ", ".join(speakers[:_MOST_NAMED])
    return few if len(speakers) <= _MOST_NAMED else f"{few} and {len(speakers) - _MOST_NAMED} more"


def _corpus_row(cfg: DictConfig, name: str) -> str:
    licence, found = licence_of(name), _prepared(cfg).get(name, {})
    return (
        f"| {name} | {found.get('kept', '')} | {found.get('hours', 0):.2f} | {licence.licence} | {licence.conditions} |"
    )


def _prepared(cfg: DictConfig) -> dict[str, Any]:
    path = Path(cfg.paths.store) / "prepare_report.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _stage_row(making: DictConfig, name: str, run: Path) -> str:
    """What the run's last checkpoint says of its training."""
    if (ready := making.stages[name].get("use")) is not None:
        return f"| {name} | ready: {Path(str(ready)).name} | | |"
    steps, seconds = _spent(run)
    return f"| {name} | {run.name} | {steps:,} | {seconds / 60:.0f} |"


def _spent(run: Path) -> tuple[int, float]:
    from recipes.trained import checkpoint_of, read_checkpoint

    checkpoint = read_checkpoint(checkpoint_of(run))
    timers = [state for name, state in checkpoint.get("callbacks", {}).items() if name.startswith("Timer")]
    seconds = timers[0]["time_elapsed"]["train"] if timers else 0.0
    return int(checkpoint.get("global_step", 0)), float(seconds)
