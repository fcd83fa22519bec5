"""The audio contract: what may be written in it, when two of them fit together, and its short name."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest

from voiceclone.audio.contract import AudioContract, require_compatible
from voiceclone.errors import ConfigError, ContractMismatch

BASE = AudioContract(22050, 1024, 256, 1024, 80, 0.0, 8000.0)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hop_length": 0}, "hop_length"),
        ({"win_length": 2048}, "win_length"),
        ({"f_max": 12000.0}, "f_max"),
        ({"f_min": 9000.0}, "f_min"),
        ({"log": "log2"}, "log"),
        ({"padding": "none"}, "padding"),
        ({"power": 3}, "power"),
    ],
)
def test_impossible_settings_are_refused_by_name(change, named):
    with pytest.raises(ConfigError, match=named):
        replace(BASE, **change)


@pytest.mark.parametrize(
    ("field", "value"),
    [("sample_rate", 24000), ("hop_length", 128), ("n_mels", 100), ("f_max", 7000.0), ("log", "log10")],
)
def test_networks_of_different_settings_are_kept_apart_and_both_sides_shown(field, value):
    other = replace(BASE, **{field: value})
    with pytest.raises(ContractMismatch) as caught:
        require_compatible(BASE, other, "the acoustic model", "the vocoder")
    for word in ("acoustic model", "vocoder", field, str(getattr(BASE, field)), str(value)):
        assert word in str(caught.value)


def test_a_difference_in_padding_or_epsilon_only_warns():
    with pytest.warns(UserWarning, match="padding"):
        require_compatible(BASE, replace(BASE, padding="center", magnitude_epsilon=1e-9), "a", "b")


def test_equal_contracts_fit_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        require_compatible(BASE, replace(BASE), "a", "b")


def test_the_fingerprint_tells_contracts_apart_but_not_0_from_0_point_0():
    assert replace(BASE, f_min=0).fingerprint() == BASE.fingerprint()
    assert replace(BASE, log_floor=1e-7).fingerprint() != BASE.fingerprint()


def test_a_contract_survives_plain_builtins():
    assert AudioContract.from_dict(BASE.to_dict()) == BASE


def test_settings_that_are_missing_or_unknown_are_named():
    settings = {**BASE.to_dict(), "hop_size": 256}
    del settings["hop_length"]
    with pytest.raises(ConfigError, match=r"hop_size.*hop_length"):
        AudioContract.from_dict(settings)


@pytest.mark.parametrize(("padding", "frames", "centre"), [("same", 4, 128), ("center", 5, 0)])
def test_the_number_and_place_of_frames_follow_the_padding(padding, frames, centre):
    contract = replace(BASE, padding=padding)
    assert contract.n_frames(4 * 256 + 10) == frames
    assert contract.first_frame_centre == centre
