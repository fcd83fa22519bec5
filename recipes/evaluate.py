"""Judge a voice, or folders of wavs, against recordings; make and score listening tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from recipes.cli import GENERATOR, door
from recipes.run import open_run
from voiceclone.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceclone.data.utterance import Utterance
    from voiceclone.evaluation.matching import Matched
    from voiceclone.evaluation.references import Reference
    from voiceclone.evaluation.results import Results

ACTIONS = ("create", "score")
COPIES = ", copy synthesis"


def evaluate(cfg: DictConfig) -> dict[str, float]:
    """Write ``metrics.json``, ``report.md`` and ``report.html`` into the run's folder; returns the means by name."""
    if cfg.listening_test is not None:
        return listening_test(cfg)
    if cfg.train_emotion_judge:
        return train_emotion_judge(cfg)
    from voiceclone.evaluation.report import write_report
    from voiceclone.evaluation.tables import flat

    folder = open_run(cfg)
    results = judge(cfg, gather(cfg, folder))
    written = write_report(results, folder, f"Evaluation of {', '.join(j.name for j in results.candidates)}")
    print(written["report.md"].read_text("utf-8").split("## Worst clips")[0])
    print(f"{written['report.html']}: open it in a browser.")
    figures = dict(flat(results))
    _log(cfg, figures)
    return figures


def gather(cfg: DictConfig, folder: Path) -> Matched:
    """The systems to judge: wavs that exist, or what a voice says of a corpus."""
    from voiceclone.evaluation.matching import match

    if (cfg.voice is None) == (cfg.generated is None):
        raise ConfigError("give either voice=<bundle> or generated=<folder of wavs>.")
    if cfg.generated is not None:
        systems = _by_name(cfg.generated)
        timing = {} if cfg.same_timing is None else dict.fromkeys(systems, cfg.same_timing)
        return match(systems, _references(cfg), timing, all_spoken=cfg.reference is not None)
    return _speak(cfg, folder)


def judge(cfg: DictConfig, matched: Matched) -> Results:
    """All metrics on all clips, with a progress bar; what was judged before is not judged again."""
    from voiceclone.evaluation.evaluating import evaluate
    from voiceclone.evaluation.pool import n_processes

    settings: Any = OmegaConf.to_container(cfg.metrics, resolve=True)
    cache = Path(cfg.paths.output) / "evaluation_cache.jsonl"
    with _progress("judging") as advance:
        results = evaluate(matched, settings, cache, n_processes(cfg.processes), cfg.sample_rate, advance)
    return replace(results, extras=_extras(cfg, results))


def train_emotion_judge(cfg: DictConfig) -> dict[str, float]:
    """Teach the classifier of emotions that evaluation listens with; returns its accuracy on unheard speakers."""
    from hydra.utils import instantiate

    from voiceclone.evaluation.emotion import judge as judges
    from voiceclone.evaluation.emotion import training
    from voiceclone.evaluation.pool import n_processes

    if not cfg.corpus:
        raise ConfigError("an emotion classifier learns from recorded speech: set corpus=[ravdess,emodb].")
    corpora = {str(name): instantiate(reader) for name, reader in cfg.corpus.items()}
    labels, path = list(cfg.emotion_judge.labels), Path(cfg.emotion_judge.path)
    with _progress("listening") as advance:
        heard = training.listen(corpora, labels, n_processes(cfg.processes), advance)
    trained = training.train_judge(heard, labels, cfg.seed)
    judges.save_judge(trained, path)
    found = {name: trained.report[name]["accuracy"] for name in ("held_out", "cross_validation")}
    print(f"{path}: {training.in_words(trained.report)}")
    return found


def listening_test(cfg: DictConfig) -> dict[str, float]:
    """Make the page of a listening test, or score what its listeners sent back."""
    if cfg.listening_test not in ACTIONS:
        raise ConfigError(f"listening_test={cfg.listening_test}: {did_you_mean(str(cfg.listening_test), ACTIONS)}")
    from voiceclone.evaluation.listening import create, score

    if cfg.listening_test == "score":
        if cfg.results is None:
            raise ConfigError("listening_test=score needs results=<folder with the listeners' .json files>.")
        scores = score.score_folder(Path(cfg.results))
        print(score.as_text(scores))
        return {f"{name}/mos": row["mean"] for name, row in scores["systems"].items()}
    folder = open_run(cfg)
    page = create.write_page(gather(cfg, folder), folder / "listening_test.html", seed=cfg.seed, **cfg.listening)
    print(f"{page}: send this one file to your listeners; collect the .json files it lets them download in one folder.")
    return {}


def _references(cfg: DictConfig) -> dict[str, Reference]:
    from voiceclone.evaluation.references import of_corpus, of_folder

    if cfg.reference is not None:
        return of_folder(Path(cfg.reference), cfg.language)
    if not cfg.corpus:
        raise ConfigError("generated=<folder> needs reference=<folder of recordings>, or corpus=<corpus>.")
    return of_corpus(utterances(cfg))


def _speak(cfg: DictConfig, folder: Path) -> Matched:
    from voiceclone.evaluation.matching import match
    from voiceclone.evaluation.references import of_corpus
    from voiceclone.evaluation.speaking import digest, speak_corpus
    from voiceclone.synthesis.cloner import VoiceCloner

    if not cfg.corpus:
        raise ConfigError("voice=<bundle> needs corpus=<corpus>: sentences to say, and recordings to compare with.")
    chosen = [clip for clip in utterances(cfg) if clip.split == cfg.split and clip.text]
    if not chosen:
        raise ConfigError(
            f"split={cfg.split}: the corpus has no clips with a text there. Known: train, validation, test."
        )
    references = of_corpus(_spread(chosen, cfg.limit))
    systems: dict[str, Path] = {}
    remarks: list[str] = []
    for name, bundle in _by_name(cfg.voice).items():
        voice = VoiceCloner.from_pretrained(bundle, device=str(cfg.device))
        if cfg.vocoder is not None:
            voice.swap_vocoder(str(cfg.vocoder))
        with _progress(f"{name} speaks") as advance:
            spoken = speak_corpus(voice, references, folder / f"{name}-{digest(voice)}", cfg.seed, advance)
        systems |= {name: spoken.speech, f"{name}{COPIES}": spoken.copies}
        remarks += spoken.remarks
    matched = match(systems, references, {name: name.endswith(COPIES) for name in systems})
    return replace(matched, remarks=(*matched.remarks, *remarks))


def utterances(cfg: DictConfig) -> list[Utterance]:
    """The clips of all corpora; where there are several, each id begins with its corpus."""
    from hydra.utils import instantiate

    several = len(cfg.corpus) > 1
    return [
        replace(clip, id=f"{name}/{clip.id}", speaker=f"{name}/{clip.speaker}") if several else clip
        for name, reader in cfg.corpus.items()
        for clip in instantiate(reader)
    ]


def _spread(clips: list[Utterance], limit: int | None) -> list[Utterance]:
    """``limit`` clips, evenly spread over the corpus; all where there is no limit."""
    if limit is None or len(clips) <= limit:
        return clips
    return [clips[index * len(clips) // limit] for index in range(limit)]


def _by_name(setting: Any) -> dict[str, Path]:
    """``<path>``, a list of paths, or ``{name: path}``; without names, folders are called as they are called."""
    if isinstance(setting, str) and setting.startswith("{"):  # Hydra's grammar knows no names in Chinese or in quotes
        setting = _as_mapping(setting)
    if isinstance(setting, DictConfig):
        return {str(name): Path(str(path)).expanduser() for name, path in setting.items()}
    paths = [setting] if isinstance(setting, str) else list(setting)
    named = {Path(str(path)).name or str(path): Path(str(path)).expanduser() for path in paths}
    if len(named) < len(paths):
        raise ConfigError("two folders of the same name: give each system one, generated={first: ..., second: ...}.")
    return named


def _as_mapping(text: str) -> DictConfig:
    from yaml import YAMLError

    try:
        found = OmegaConf.create(text)
    except YAMLError as error:
        raise ConfigError(f"{text}: expected {{name: path, ...}} ({' '.join(str(error).split())}).") from None
    assert isinstance(found, DictConfig)
    return found


def _extras(cfg: DictConfig, results: Results) -> dict[str, Any]:
    """What is known about the judges, and the opinion of people where there is one."""
    from voiceclone.evaluation.emotion.judge import load_judge
    from voiceclone.evaluation.emotion.listeners import listener_shares
    from voiceclone.evaluation.listening.score import score_folder

    extras: dict[str, Any] = {}
    if "emotion_accuracy" in results.directions:
        judge = load_judge(cfg.emotion_judge.path)
        extras["emotion_judge"] = {"labels": list(judge.labels), **judge.report}
        if (table := Path(cfg.emotion_judge.listeners)).is_file():
            extras["listeners"] = listener_shares(table)
    if cfg.results is not None:
        extras["listening"] = score_folder(Path(cfg.results))
    return extras


def _log(cfg: DictConfig, figures: dict[str, float]) -> None:
    from hydra.utils import instantiate

    for logger in [instantiate(logger) for logger in (cfg.logger or {}).values()]:
        logger.log_metrics(figures, step=0)
        logger.save()
        logger.finalize("success")


@contextmanager
def _progress(description: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(description, total=None)
        yield lambda done, todo: progress.update(bar, completed=done, total=todo)


main = door("evaluate", evaluate, GENERATOR)
