"""Turn corpora into prepared stores, and say what came of each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from recipes.cli import door
from voiceclone.errors import ConfigError

if TYPE_CHECKING:
    from voiceclone.data.prepare_report import CorpusReport
    from voiceclone.data.prepare_settings import PrepareSettings


def prepare(cfg: DictConfig, always_show: bool = True) -> dict[str, CorpusReport]:
    """Prepare every corpus of the config; a second call finds nothing to do.

    Leaves ``prepare_report.json`` in ``paths.store`` and prints a table; where nothing was new it stays silent unless
    ``always_show``. Returns the reports by corpus name, each with the path of its store. Raises `DataError` for a
    corpus that is not there or cannot be used at all.
    """
    from hydra.utils import instantiate
    from rich.console import Console

    from voiceclone.data.cores import available_cores
    from voiceclone.data.prepare_corpus import prepare_corpus
    from voiceclone.data.prepare_report import render, save_reports
    from voiceclone.data.prepare_workers import Workers

    settings, reports = settings_of(cfg), {}
    if not cfg.corpus:
        raise ConfigError("corpus: names no corpus. Set corpus=<name>, or corpus=[<name>,<name>].")
    console, processes = Console(), len(available_cores()) if cfg.workers is None else cfg.workers
    with Workers(processes) as workers, _progress(console) as progress:
        bar = progress.add_task("", total=0)
        for name, reader in cfg.corpus.items():
            progress.update(bar, description=str(name))

            def advance(added: int, done: int) -> None:
                progress.update(bar, total=(progress.tasks[0].total or 0) + added, advance=done)

            _, report = prepare_corpus(str(name), instantiate(reader), settings, cfg.paths.store, workers, advance)
            reports[str(name)] = report
            save_reports(Path(cfg.paths.store) / "prepare_report.json", {str(name): report})
    if always_show or any(report.prepared_hours for report in reports.values()):
        console.print(render(reports))
    return reports


def settings_of(cfg: DictConfig) -> PrepareSettings:
    """The preparation's settings as the config says; ``settings_of(cfg).folder(...)`` is where a store stands."""
    from hydra.utils import instantiate

    make = instantiate(cfg.prepare, _partial_=True)
    return make(audio=instantiate(cfg.audio), encoder_audio=instantiate(cfg.encoder_audio))


def _progress(console: Any) -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console, transient=True)


main = door("prepare", prepare)
