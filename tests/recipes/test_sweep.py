"""`python sweep.py`: a study that is shared, stopped and taken up again, and what it leaves."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from recipes import sweep, train
from recipes.cli import CONF
from recipes.sweeps import jobs
from recipes.sweeps.compose import check_space
from recipes.sweeps.space import search_space
from recipes.sweeps.table import short_names
from voiceclone.errors import ConfigError

pytest.importorskip("optuna")

ROOT = Path(__file__).resolve().parents[2]
SEARCHES = sorted(path.stem for path in (CONF / "search").glob("*.yaml"))
EXPERIMENT = {"gan_weights": "vocoder", "acoustic_attention": "acoustic"}
TINY = [
    "experiment=speaker_encoder", "corpus.demo.clips_per_speaker=12", "trainer=cpu", "logger=[csv]", "workers=1",
    "speaker_encoder.channels=32", "data.n_speakers=4", "data.n_utterances=2", "trainer.max_steps=2",
    "trainer.val_check_interval=1",
]  # fmt: skip
# Two settings that the command line leaves to be searched.
FEW = [
    "search=speaker_encoder", "optim.optimizer.weight_decay=0.01", "task.augment.speed.probability=0",
    "task.augment.steps.noise.probability=0",
]  # fmt: skip

Train = Callable[[Any, Any], dict[str, float]]


def run(recipe: Any, *arguments: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(sys, "argv", ["script.py", *arguments])
        recipe.main()


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which studies lie; preparing corpora is left out."""
    monkeypatch.setattr(sweep, "_prepare", lambda given: None)
    return tmp_path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Training that takes no time and ends well near a learning rate of 1e-3; the rates that were tried."""
    tried: list[float] = []

    def learn(cfg: Any, watchers: Any) -> dict[str, float]:
        tried.append(cfg.optim.lr)
        value = abs(math.log10(cfg.optim.lr) + 3) + 0.01 * cfg.task.ema_decay
        for step in (10, 20):
            watchers[0].report(step, value * 20 / step)
        return {"validation/eer": value, "train/loss": 0.0}

    monkeypatch.setattr(train, "train_stage", learn)
    return tried


def search(work: Path, *arguments: str) -> None:
    run(sweep, *TINY, *FEW, f"paths.output={work}", "grace=0", *arguments)


def rows(work: Path) -> list[dict[str, str]]:
    with next(work.glob("sweep-*/results.csv")).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def message(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


# -- what is searched


@pytest.fixture
def conf() -> Iterator[None]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


@pytest.mark.parametrize("name", SEARCHES)
def test_every_search_varies_what_its_experiment_depends_on(name: str, conf: None) -> None:
    experiment = EXPERIMENT.get(name, name)
    cfg = compose("sweep", overrides=[f"experiment={experiment}", f"search={name}"])
    space = search_space(OmegaConf.to_container(cfg.search, resolve=True))  # type: ignore[arg-type]
    assert len(space) >= 4
    check_space(space, [f"experiment={experiment}"])
    assert cfg.optimized_metric.startswith("validation/")


def test_every_stage_has_a_search() -> None:
    assert {"speaker_encoder", "emotion_classifier", "acoustic", "vocoder", "gan_weights"} <= set(SEARCHES)


def test_lists_files_and_nested_settings_can_be_searched() -> None:
    space = search_space(
        {
            "optim": {"lr": {"type": "float", "low": 1e-4, "high": 1e-2, "log": True}},
            "optim.optimizer.betas": {"type": "choice", "of": [[0.5, 0.9], [0.8, 0.99]]},
            "generator": {"type": "choice", "of": ["istft", "hifigan_v2"]},
        }
    )
    assert list(space) == ["optim.lr", "optim.optimizer.betas", "generator"]
    assert space["optim.optimizer.betas"].override("[0.8,0.99]") == "optim.optimizer.betas=[0.8,0.99]"
    assert space["generator"].override("istft") == "generator='istft'"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"type": "flaot", "low": 0, "high": 1}, "type=flaot: no such type. Did you mean 'float'?"),
        ({"type": "float", "low": 0}, "type=float needs high"),
        ({"type": "int", "low": 0, "high": 4, "lgo": True}, "type=int has no 'lgo'. Did you mean 'low'?"),
        ({"type": "float", "low": 1.0, "high": 0.1}, "low"),
        ({"type": "float", "low": 0.0, "high": 0.1, "log": True}, "low"),
        ({"type": "choice", "of": []}, "of|choices"),
        ("1e-3,1e-4", "expected limits such as"),
    ],
)
def test_limits_that_cannot_be_used_name_their_setting(spec: Any, expected: str) -> None:
    with pytest.raises(ConfigError, match=rf"search: optim\.lr: .*({expected})"):
        search_space({"optim.lr": spec})


def test_names_are_as_short_as_they_can_be() -> None:
    assert short_names(["optim.lr", "a.encoder.dropout", "a.postnet.dropout"]) == [
        "lr",
        "encoder.dropout",
        "postnet.dropout",
    ]


# -- how a study goes


def test_a_study_leaves_a_table_a_picture_and_the_best_as_an_experiment(
    work: Path, trained: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    search(work, "n_trials=6", "speaker_encoder=ecapa_tdnn_512")
    told, found = capsys.readouterr().out, rows(work)
    assert len(trained) == len(found) == 6
    assert "trial 0 finished: validation/eer" in told
    assert "experiment=speaker_encoder_tuned" in told
    finished = [float(row["validation/eer"]) for row in found if row["state"] == "finished"]
    assert finished == sorted(finished)
    folder = next(work.glob("sweep-*"))
    assert (folder / "results.png").read_bytes().startswith(b"\x89PNG")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", overrides=["experiment=speaker_encoder_tuned", f"hydra.searchpath=[file://{folder}]"])
    assert cfg.optim.lr == float(found[0]["optim.lr"])
    assert cfg.task.optimizer.lr == cfg.optim.lr
    assert cfg.task.ema_decay == float(found[0]["task.ema_decay"])
    assert cfg.speaker_encoder.channels == 32, "what the command line said holds too"
    assert cfg.task.encoder.embedding_size == 192, "and so does the file it chose"
    assert cfg.trainer.max_steps == 5000, "but a full training is not as short as a trial"
    assert cfg.name == "speaker_encoder_tuned"


def test_a_trial_that_is_worse_than_the_others_is_given_up(work: Path, trained: list[float]) -> None:
    search(work, "n_trials=8")
    at_once = {row["trial"] for row in rows(work) if row["state"] == "given up" and row["step"] == "10"}
    assert at_once
    assert not at_once & {"0", "1", "2", "3"}, "the first ones are what later ones are compared with"


def test_a_trial_has_some_validations_to_get_going(work: Path, trained: list[float]) -> None:
    search(work, "n_trials=8", "++grace=1")
    assert {row["step"] for row in rows(work) if row["state"] == "given up"} == {"20"}


def test_without_a_pruner_every_trial_is_finished(work: Path, trained: list[float]) -> None:
    search(work, "n_trials=7", "pruner=null")
    assert {row["state"] for row in rows(work)} == {"finished"}


def test_the_metric_may_be_one_to_maximise(work: Path, trained: list[float]) -> None:
    search(work, "n_trials=4", "direction=maximize", "pruner=null")
    values = [float(row["validation/eer"]) for row in rows(work)]
    assert values == sorted(values, reverse=True)


def test_a_trial_that_diverges_is_given_up(work: Path, trained: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    learn: Train = train.train_stage

    def diverge(cfg: Any, watchers: Any) -> dict[str, float]:
        if len(trained) == 1:
            trained.append(cfg.optim.lr)
            watchers[0].report(10, math.nan)
        return learn(cfg, watchers)

    monkeypatch.setattr(train, "train_stage", diverge)
    search(work, "n_trials=3")
    assert [row["state"] for row in rows(work)] == ["finished", "finished", "given up"]


def stop_at(monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    """Ctrl-C in the middle of that training, as Lightning passes it on."""
    learn: Train = train.train_stage
    calls = iter(range(1000))

    def interrupted(cfg: Any, watchers: Any) -> dict[str, float]:
        if next(calls) == call:
            watchers[0].report(10, 0.5)
            raise SystemExit(1)
        return learn(cfg, watchers)

    monkeypatch.setattr(train, "train_stage", interrupted)


def test_a_study_that_was_stopped_goes_on_as_if_it_had_not_been(
    work: Path, trained: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    search(work / "whole", "n_trials=6", "pruner=null")
    whole, trained[:] = list(trained), []
    with monkeypatch.context() as patch:
        stop_at(patch, 3)
        with pytest.raises(SystemExit) as stopped:
            search(work / "parts", "n_trials=6", "pruner=null")
    assert stopped.value.code == 130
    assert len(rows(work / "parts")) == 4, "the table of what was done stands, with the trial that is open"
    capsys.readouterr()
    search(work / "parts", "n_trials=6", "pruner=null")
    assert trained == whole
    assert len(rows(work / "parts")) == 6
    assert {row["state"] for row in rows(work / "parts")} == {"finished"}


def test_a_study_with_enough_trials_shows_its_table_and_a_larger_number_goes_on(
    work: Path, trained: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    search(work, "n_trials=3")
    capsys.readouterr()
    search(work, "n_trials=3")
    told = capsys.readouterr().out
    assert "3 trials are finished already" in told
    assert "validation/eer" in told
    assert len(trained) == 3
    search(work, "n_trials=5")
    assert len(trained) == len(rows(work)) == 5


def test_another_budget_is_another_study(work: Path, trained: list[float]) -> None:
    search(work, "n_trials=1")
    search(work, "n_trials=1", "trainer.max_steps=4")
    search(work, "n_trials=1", "optim.lr=1e-3")
    assert len(list(work.glob("sweep-*"))) == 3


def test_settings_that_fail_are_noted_and_passed_over_unless_all_fail(
    work: Path, trained: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learn: Train = train.train_stage
    bad = {1}
    calls = iter(range(1000))

    def fail(cfg: Any, watchers: Any) -> dict[str, float]:
        if next(calls) in bad:
            raise ConfigError("the widths do not go together")
        return learn(cfg, watchers)

    monkeypatch.setattr(train, "train_stage", fail)
    search(work, "n_trials=3")
    assert "trial 1 failed: the widths do not go together" in capsys.readouterr().out
    assert [row["state"] for row in rows(work)] == ["finished"] * 3 + ["failed"]
    assert "the widths" in rows(work)[-1]["error"]
    bad.update(range(4, 1000))
    with pytest.raises(SystemExit):
        search(work, "n_trials=9")
    assert [row["state"] for row in rows(work)].count("failed") == 4


# -- several processes

WORKER = """
import os, sys, time
from pathlib import Path
from optuna.samplers import RandomSampler
from recipes.sweeps.space import search_space
from recipes.sweeps.study import open_study
study = open_study(Path(sys.argv[1]), "minimize")
space = search_space({"x": {"type": "float", "low": 0, "high": 1}}).values()
while trial := study.take(int(sys.argv[2]), space, lambda number: RandomSampler(number)):
    trial.report(0.5, 1)
    if sys.argv[3] == "die":
        os.kill(os.getpid(), 9)
    time.sleep(0.02)
    study.record.tell(trial, trial.params["x"])
    study.let_go(trial)
"""


def start_worker(folder: Path, n_trials: int, how: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(folder), str(n_trials), how], cwd=ROOT)


def trials(folder: Path) -> list[Any]:
    from recipes.sweeps.study import open_study

    return open_study(folder, "minimize").record.get_trials()


def test_processes_share_the_trials_and_do_not_exceed_their_number(tmp_path: Path) -> None:
    processes = [start_worker(tmp_path, 15, "live") for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    done = trials(tmp_path)
    assert [trial.state.name for trial in done] == ["COMPLETE"] * 15
    assert len({trial.params["x"] for trial in done}) == 15


def test_a_killed_process_leaves_its_trial_to_the_next_one_and_it_counts_once(tmp_path: Path) -> None:
    assert start_worker(tmp_path, 3, "die").wait() == -9
    (cut_off,) = trials(tmp_path)
    assert cut_off.state.name == "RUNNING"
    assert start_worker(tmp_path, 3, "live").wait() == 0
    done = trials(tmp_path)
    assert [trial.state.name for trial in done] == ["COMPLETE"] * 3
    assert done[0].params == cut_off.params


def test_a_machine_is_shared_out_without_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "available_cores", lambda: [0, 1, 4, 5, 6])
    monkeypatch.setattr(jobs, "_gpus", lambda: ["2", "3"])
    shares = jobs.share_out(2, "auto")
    assert [share.cores for share in shares] == [[0, 1], [4, 5, 6]]
    assert [share.environment["OMP_NUM_THREADS"] for share in shares] == ["2", "3"]
    assert [share.environment["CUDA_VISIBLE_DEVICES"] for share in shares] == ["2", "3"]
    assert all(share.gpu is None for share in jobs.share_out(5, "cpu"))
    with pytest.raises(ConfigError, match="there are 5 cores here"):
        jobs.share_out(6, "cpu")
    with pytest.raises(ConfigError, match="there are 2 GPUs here"):
        jobs.share_out(3, "gpu")


# -- bad input


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["search=speaker_encodr"], "Did you mean 'speaker_encoder'?"),
        ([], "search: leaves nothing to search. Set search=<name>: acoustic,"),
        (["search=vocoder"], "search: optim.optimizer.betas: no setting 'optim.optimizer.betas'."),
        (["search=acoustic_attention"], "search: acoustic.decoder.frame_dropout: changes nothing of this experiment"),
        (["+search.optim.lrr={type:float,low:0,high:1}"], "Did you mean 'optim.lr'?"),
        (["search=speaker_encoder", "direction=minimise"], "Did you mean 'minimize'?"),
        (["search=speaker_encoder", "optimized_metric=null"], "Set optimized_metric=<name>"),
        (["search=speaker_encoder", "trainer.devices=2"], "jobs=<n> runs n side by side"),
        (["search=speaker_encoder", "jobs=1000"], "jobs=1000: there are"),
        (["search=speaker_encoder", "optimized_metric=validation/pesq"], "It logs validation/eer."),
        (["search=speaker_encoder", "experiment=emotion_tts"], "has several stages"),
        (["search=speaker_encoder", "n_trails=3"], "Did you mean 'n_trials'?"),
    ],
)
def test_what_cannot_be_searched_is_one_clear_line(
    work: Path, trained: list[float], capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    tiny = [text for text in TINY if "emotion_tts" not in str(arguments)]
    with pytest.raises(SystemExit) as stopped:
        run(sweep, *tiny, f"paths.output={work}", *arguments)
    assert stopped.value.code == 1
    assert expected in message(capsys)


def test_without_optuna_the_extra_is_named(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SystemExit):
        search(work)
    assert "pip install -e '.[sweep]'" in message(capsys)


def test_a_damaged_journal_is_named(work: Path, trained: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    search(work, "n_trials=2")
    journal = next(work.glob("sweep-*/study.journal"))
    whole = journal.read_bytes()
    journal.write_bytes(b"\x00 not a journal\n" + whole[40:])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        search(work, "n_trials=3")
    assert f"{journal}: damaged" in message(capsys)
    journal.write_bytes(whole + b'{"op_code":4,"wor')  # what a crash of the machine leaves of a line
    search(work, "n_trials=3")
    assert len(rows(work)) == 3


# -- for real


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Where the demo corpus lies, prepared by whichever test comes first."""
    return [f"paths.{name}={tmp_path_factory.mktemp(name)}" for name in ("data", "store")]


def test_trials_are_trained_and_the_best_can_be_trained_again(tmp_path: Path, corpus: list[str]) -> None:
    run(sweep, *TINY, *FEW, *corpus, f"paths.output={tmp_path}", "n_trials=2", "pruner=null")
    found = rows(tmp_path)
    assert [row["state"] for row in found] == ["finished", "finished"]
    assert {row["step"] for row in found} == {"2"}
    result = json.loads(next(Path(found[0]["folder"]).glob("*/result.json")).read_text())
    assert result["metrics"]["validation/eer"] == float(found[0]["validation/eer"])
    tuned = ["--config-dir", str(next(tmp_path.glob("sweep-*"))), "experiment=speaker_encoder_tuned"]
    run(
        train, *tuned, *(text for text in TINY[1:] if not text.startswith("data.")), *corpus, f"paths.output={tmp_path}"
    )
    again = json.loads(next(tmp_path.glob("speaker_encoder_tuned-*/result.json")).read_text())
    assert again["metrics"]["validation/eer"] == pytest.approx(float(found[0]["validation/eer"]))


def test_a_metric_that_no_run_logs_is_found_at_the_first_validation(
    tmp_path: Path, corpus: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(sweep, *TINY, *FEW, *corpus, f"paths.output={tmp_path}", "optimized_metric=validation/pesq")
    assert (
        "optimized_metric=validation/pesq: the run does not log it. It logs validation/eer" in capsys.readouterr().err
    )


def rates(folder: Path) -> set[float]:
    """The learning rates of the runs in ``folder`` that were carried through."""
    configs = [path.with_name("config.yaml") for path in folder.glob("speaker_encoder-*/result.json")]
    return {OmegaConf.load(path).task.optimizer.lr for path in configs}


def test_hydras_own_grid_runs_every_point(tmp_path: Path, corpus: list[str]) -> None:
    run(train, "-m", *TINY, *corpus, f"paths.output={tmp_path}", "optim.lr=1e-3,3e-4")
    assert rates(tmp_path) == {1e-3, 3e-4}


def command(script: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, script, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_two_jobs_share_a_study(tmp_path: Path, corpus: list[str]) -> None:
    told = command("sweep.py", *TINY, *FEW, *corpus, f"paths.output={tmp_path}", "n_trials=3", "pruner=null", "jobs=2")
    assert [row["state"] for row in rows(tmp_path)] == ["finished"] * 3
    assert {line.split()[1] for line in told.splitlines() if line.startswith("trial ")} == {"0", "1", "2"}
    assert told.count("The best, trained in full") == 1, "the table is shown once, by the first process"


@pytest.mark.slow
def test_a_grid_and_a_study_run_as_jobs_of_submitit(tmp_path: Path, corpus: list[str]) -> None:
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    tiny = [*TINY, *corpus, f"paths.output={tmp_path}"]
    command("train.py", "-m", "launcher=local", *tiny, "optim.lr=2e-3,3e-4")
    assert rates(tmp_path) == {2e-3, 3e-4}
    assert len(list(tmp_path.glob("sweep/.submitit/*/*_result.pkl"))) == 2
    command("sweep.py", "-m", "launcher=local", "worker=1,2", *tiny, *FEW, "n_trials=3", "pruner=null")
    assert [row["state"] for row in rows(tmp_path)] == ["finished"] * 3


def test_the_documented_sweep_of_weights_and_biases_says_what_train_understands(conf: None) -> None:
    text = (ROOT / "docs/sweeps.md").read_text("utf-8")
    (block,) = [part for part in text.split("```yaml\n")[1:] if "parameters:" in part]
    documented = yaml.safe_load(block.split("```")[0])
    assert documented["program"] == "train.py"
    overrides = [part for part in documented["command"] if "=" in part]
    for key, limits in documented["parameters"].items():
        value = limits["values"][0] if "values" in limits else limits["min"]
        overrides.append(f"{key}={value}")
    cfg = compose("train", overrides=overrides)
    assert cfg.optimized_metric == documented["metric"]["name"]
    assert "wandb" in cfg.logger
