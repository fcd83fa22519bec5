"""What the README and the pages in docs/ tell people to type is understood."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from recipes.cli import CONF, GENERATOR, replace_flags
from recipes.generate import FLAGS
from recipes.overrides import accept

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*.md"))]
_COMMAND = re.compile(r"^(?:    |\| .*?`)?python (?P<script>\w+)\.py (?P<arguments>[^`#\n]*)", re.MULTILINE)
# Whole command lines that stand inside a line of prose or of a table.
_INLINE = re.compile(r"`python (?P<script>\w+)\.py (?P<arguments>[^`\n]*)`")


def commands(page: Path) -> list[tuple[str, str]]:
    text = page.read_text("utf-8").replace("\\\n", " ")
    text = text.replace("\\|", "|")
    found = [*_COMMAND.finditer(text), *_INLINE.finditer(text)]
    return sorted({(match["script"], match["arguments"].strip()) for match in found})


COMMANDS = [(page.name, script, arguments) for page in PAGES for script, arguments in commands(page)]


def test_the_pages_hold_commands() -> None:
    scripts = {script for page, script, _ in COMMANDS if page == "README.md"}
    assert {"train", "prepare", "generate", "evaluate"} <= scripts


@pytest.mark.parametrize(("page", "script", "arguments"), COMMANDS)
def test_every_command_composes(page: str, script: str, arguments: str) -> None:
    if "--config-dir" in arguments:
        pytest.skip("configurations of the reader's own")
    arguments = re.sub(r"<[^>]*>", "placeholder", arguments)
    given = [a for a in shlex.split(arguments) if a not in ("-m", "...", "--help", "--guide")]
    if "launcher=slurm" in given:
        pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    multirun = "-m" in shlex.split(arguments)
    given = [a.partition(",")[0] if multirun and "[" not in a else a for a in given]  # the first run of a grid
    chosen = accept(replace_flags(given, {"generate": FLAGS, "evaluate": GENERATOR}.get(script, {})))
    with initialize_config_dir(str(CONF), version_base="1.3"):
        assert compose(script, overrides=chosen) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_example_is_python(page: Path) -> None:
    for block in re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        compile(block, page.name, "exec")


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_every_make_target_exists(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for line in re.findall(r"`?\bmake ((?:[a-z-]+ ?)+)", (ROOT / page).read_text("utf-8")):
        named = [word for word in line.split() if word in targets]
        assert named or line.split()[0] in ("a", "sure"), line


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_every_page_linked_to_exists_and_the_readme_stays_short(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("http") or (ROOT / target).exists(), target
    assert len(text.splitlines()) <= 250
