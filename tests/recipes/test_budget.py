"""Budgets of a whole job: shared out by the clock, and no part of what a run is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from pytorch_lightning.callbacks import Timer

from recipes import budget
from recipes.board import Board, Row, clock
from recipes.cli import CONF
from recipes.run import name_run
from recipes.stages import choose_size
from recipes.train import finished, unfuse

STAGES = {"first": {"share": 1.0}, "second": {"share": 3.0}}


@pytest.fixture(autouse=True)
def conf() -> Iterator[None]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield


def whole_job(*overrides: str) -> str:
    cfg = compose("train", overrides=["experiment=emotion_tts", "trainer=cpu", *overrides])
    choose_size(cfg)
    return name_run(cfg).name


@pytest.mark.parametrize(
    "override",
    [
        "stages.acoustic.share=0.9", "max_minutes=7", "++stages.vocoder.trainer.max_steps=5", "only=[vocoder]",
        "bundle.half=true", "size=cpu", "++stages.acoustic.max_minutes=3",
    ],
)  # fmt: skip
def test_a_budget_does_not_change_which_voice_it_is(override: str) -> None:
    assert whole_job(override) == whole_job()


@pytest.mark.parametrize("override", ["++stages.acoustic.acoustic.decoder.frame_dropout=0.2", "size=gpu", "seed=2"])
def test_what_is_trained_does(override: str) -> None:
    assert whole_job(override) != whole_job()


def test_minutes_are_shared_out_and_leave_some_for_the_end() -> None:
    minutes = budget.share_out(10, STAGES, ["first", "second"])
    assert minutes is not None
    assert minutes["second"] == pytest.approx(3 * minutes["first"])
    assert 8 < sum(minutes.values()) < 9
    assert budget.share_out(None, STAGES, ["first"]) is None


def test_what_took_long_is_taken_off_all_that_is_still_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(budget.time, "monotonic", lambda: now[0])
    watch = budget.Clock(10, budget.share_out(10, STAGES, ["first", "second"]), began=0.0)
    planned = watch.grant("first")
    now[0] = 240.0  # preparing took four minutes
    first = watch.grant("first")
    now[0] += first or 0
    second = watch.grant("second")
    assert planned is not None
    assert second is not None
    assert first is not None
    assert first < planned
    assert second == pytest.approx(3 * first)
    assert now[0] + second == pytest.approx(600 / 1.15)
    assert watch.left() == 600 - now[0]
    now[0] = 3600.0
    assert watch.left() == 0
    assert watch.grant("second") == 1.0  # a stage that comes too late still makes a step


def test_a_run_counts_as_finished_for_every_smaller_budget(tmp_path) -> None:  # type: ignore[no-untyped-def]
    def cfg(*overrides: str):  # type: ignore[no-untyped-def]
        return compose("train", overrides=["experiment=vocoder", f"paths.output={tmp_path}", *overrides])

    folder = name_run(cfg())
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(
        '{"budget": {"max_steps": 1000, "max_epochs": null, "max_minutes": 5}, "metrics": {"loss": 1.0}}', "utf-8"
    )
    assert finished(cfg("trainer.max_steps=900", "max_minutes=5")) == {"loss": 1.0}
    assert finished(cfg("trainer.max_steps=1001", "max_minutes=5")) is None
    assert finished(cfg("trainer.max_steps=1000")) is None
    assert finished(cfg("trainer.max_steps=1000", "max_minutes=5", "seed=3")) is None


def test_the_board_counts_what_a_run_that_goes_on_has_already_spent() -> None:
    row = Row("vocoder_cpu", "1.0 min")
    follower, timer = Board("a voice", {"vocoder": row}).follow("vocoder"), Timer(timedelta(seconds=60))
    trainer: Any = SimpleNamespace(callbacks=[follower, timer], global_step=100, max_steps=-1, is_global_zero=False)
    trainer.callback_metrics, trainer.interrupted = {}, True
    timer.load_state_dict({"time_elapsed": {"train": 45.0}})
    timer.on_train_start(trainer, None)
    follower.on_train_start(trainer, None)
    follower._read(trainer)
    assert row.seconds == pytest.approx(45, abs=5)
    assert row.left == pytest.approx(15, abs=5)
    follower.on_train_end(trainer, None)
    assert (row.state, row.left) == ("stopped", None)


def test_a_fused_optimiser_is_not_asked_for_where_its_gradients_could_not_be_clipped() -> None:
    for trainer, fused in (("cpu", True), ("gpu", False)):  # gpu trains in bf16-mixed
        cfg = compose("train", overrides=["experiment=acoustic", f"trainer={trainer}"])
        unfuse(cfg)
        assert cfg.task.optimizer.fused is fused
    unfuse(compose("train", overrides=["experiment=vocoder", "trainer=gpu"]))


def test_the_board_shows_every_stage_with_its_state() -> None:
    from rich.console import Console

    board = Board("a voice", {"acoustic": Row("acoustic_small", "4.5 min", "training", 1234, 2.5, 61.0, 125.0)})
    console = Console(width=110)
    with console.capture() as shown:
        console.print(board)
    for word in ("acoustic_small", "4.5 min", "training", "1,234", "2.500", "1:01", "2:05"):
        assert word in shown.get()
    assert clock(3723) == "1:02:03"
