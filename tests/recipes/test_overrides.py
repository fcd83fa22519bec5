"""What people type on the command line arrives as they meant it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from recipes.cli import replace_flags
from recipes.overrides import accept


def value_of(argument: str) -> object:
    return OverridesParser.create().parse_override(accept([argument])[0]).value()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("paths.data=/数据/语音", "/数据/语音"),
        ("speaker=小明", "小明"),
        ("voice=/my voices [old]/one, two", "/my voices [old]/one, two"),
        ("text=It's 5 = five!", "It's 5 = five!"),
        ("paths.data=C:\\data\\", "C:\\data\\"),
        ("speaker='小明'", "小明"),
        ("corpus=[ravdess,emodb]", ["ravdess", "emodb"]),
        ("speakers=[小明,Anna B]", ["小明", "Anna B"]),
        ("trainer.max_steps=20", 20),
        ("resume=false", False),
        ("paths.data=~/speech", str(Path.home() / "speech")),
    ],
)
def test_a_value_arrives_as_it_was_meant(argument: str, value: object) -> None:
    assert value_of(argument) == value


def test_a_comma_is_a_sweep_only_when_sweeping() -> None:
    assert accept(["optim.lr=1e-3,3e-4"], multirun=True) == ["optim.lr=1e-3,3e-4"]
    assert value_of("optim.lr=1e-3,3e-4") == "1e-3,3e-4"


def test_what_is_handed_down_to_a_stage_is_added_to_the_top() -> None:
    assert accept(["stages.acoustic.acoustic.prenet_dim=128"]) == ["++stages.acoustic.acoustic.prenet_dim=128"]


def test_flags_are_another_spelling_of_keys() -> None:
    flags = {"--input": "input", "--speaker-wav": "speaker_wav", "--text": "text"}
    given = ["--input", "a.txt", "--speaker-wav", "a.wav", "b.wav", "--text=x = 1", "seed=3"]
    assert replace_flags(given, flags) == ["input=a.txt", "speaker_wav=[a.wav,b.wav]", "text=x = 1", "seed=3"]


def test_a_setting_ends_the_values_of_the_flag_before_it() -> None:
    flags = {"--text": "sentence", "generator": "vocoder"}
    given = ["--text", "rate=1 they said.", "overwrite=true", "generator=other voice"]
    assert replace_flags(given, flags) == ["sentence=rate=1 they said.", "overwrite=true", "vocoder=other voice"]
