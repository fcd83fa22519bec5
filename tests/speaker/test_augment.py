"""Augmentations of power mels do what they say, in the amounts they say."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.training.augment import (
    Augmenter,
    Babble,
    BandLimit,
    Colour,
    Gain,
    Noise,
    Reverberation,
    Speed,
)
from voiceclone.training.augment_bands import band_centres


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def power() -> Tensor:
    return torch.rand(64, 40, 100) ** 4 + 1e-6


def db(ratio: Tensor) -> Tensor:
    return 10 * ratio.log10()


def test_probability_is_the_share_of_changed_rows(power: Tensor, ge2e_contract: AudioContract) -> None:
    step = Gain(0.3, (5.0, 6.0))
    changed = torch.cat([(step(power, ge2e_contract) != power).any(2).any(1) for _ in range(20)])
    assert float(changed.float().mean()) == pytest.approx(0.3, abs=0.05)
    torch.testing.assert_close(Gain(0.0, (5.0, 6.0))(power, ge2e_contract), power)


@pytest.mark.parametrize("kind", [Noise, Babble])
def test_noise_and_babble_keep_to_their_ratio(
    power: Tensor, ge2e_contract: AudioContract, kind: type[Noise] | type[Babble]
) -> None:
    noisy = kind(1.0, (5.0, 15.0))(power, ge2e_contract)
    ratios = db(power.mean((1, 2)) / (noisy - power).mean((1, 2)))
    assert 4.9 < float(ratios.min()) < 7
    assert 13 < float(ratios.max()) < 15.1


def test_a_room_adds_a_tail_of_its_length_and_energy(ge2e_contract: AudioContract) -> None:
    click = torch.zeros(8, 40, 100)
    click[:, :, 10] = 1.0
    heard = Reverberation(1.0, (0.3, 0.3), (10.0, 10.0))(click, ge2e_contract)
    assert torch.equal(heard[:, :, :11], click[:, :, :11])  # nothing before its cause
    tail = heard[:, :, 11:]
    torch.testing.assert_close(db(1 / tail.sum(2)), torch.full((8, 40), 10.0), rtol=1e-4, atol=1e-3)
    fall = db(tail[:, :, 0] / tail[:, :, 10])
    torch.testing.assert_close(fall, torch.full((8, 40), 60 * 0.1 / 0.3), rtol=1e-3, atol=1e-2)


def test_gain_is_a_level_and_colour_is_not(power: Tensor, ge2e_contract: AudioContract) -> None:
    level = db(Gain(1.0, (-6.0, 6.0))(power, ge2e_contract) / power)
    assert float(level.amin()) > -6.01
    assert float(level.amax()) < 6.01
    assert float((level - level[:, :1, :1]).abs().max()) < 1e-3
    response = db(Colour(1.0, 4.0)(power, ge2e_contract) / power)[:, :, 0]
    assert float(response.std()) == pytest.approx(4.0, rel=0.2)
    assert float(response.diff(dim=1).abs().max()) < 4  # smooth from band to band


def test_a_narrow_band_lets_its_middle_through(power: Tensor, ge2e_contract: AudioContract) -> None:
    heard = db(BandLimit(1.0, (300.0, 300.0), (3400.0, 3400.0), slope_db=24.0)(power, ge2e_contract) / power)[0, :, 0]
    centres = band_centres(ge2e_contract)
    inside = (centres > 300) & (centres < 3400)
    assert float(heard[inside].abs().max()) < 1e-3
    torch.testing.assert_close(heard[-1], -24 * (centres[-1] / 3400).log2(), rtol=1e-3, atol=1e-2)


def test_speed_moves_a_tone_and_shortens_the_clip(ge2e_contract: AudioContract) -> None:
    time = torch.arange(16000) / 16000
    mel = MelSpectrogram(ge2e_contract)
    low, high = (mel(torch.sin(2 * torch.pi * hertz * time)[None]) for hertz in (1500.0, 1800.0))
    faster, lengths = Speed(1.0, (1.2, 1.2))(low, torch.tensor([101]), 1, ge2e_contract)
    assert faster.shape[2] == int(low.shape[2] / 1.2) == int(lengths)
    assert abs(int(faster[0, :, 40].argmax()) - int(high[0, :, 40].argmax())) <= 1


def test_speed_makes_one_new_voice_of_all_clips_of_a_speaker(power: Tensor, ge2e_contract: AudioContract) -> None:
    ramp = torch.arange(100.0).expand(12, 40, 100)
    heard, lengths = Speed(1.0, (0.8, 1.25))(ramp, torch.full((12,), 100), 4, ge2e_contract)
    assert heard.shape == (12, 40, 80)
    factors = heard[:, 20, 50] / 50
    for group in factors.split(4):
        torch.testing.assert_close(group, group[:1].expand(4))
    assert len(factors.unique()) == 3
    assert torch.equal(lengths, (100 / factors).round().long().clamp(max=80))


@pytest.mark.parametrize("convention", [{"log": "none", "power": 2}, {"log": "ln", "power": 1}, {"log": "log10"}])
def test_any_convention_of_mels_comes_back_as_it_went_in(
    ge2e_contract: AudioContract, convention: dict[str, str]
) -> None:
    contract = replace(ge2e_contract, **convention)  # type: ignore[arg-type]
    mel = MelSpectrogram(contract)(0.1 * torch.randn(4, 8000))
    same, lengths = Augmenter(contract, {"gain": None})(mel, torch.full((4,), 51), 2)
    torch.testing.assert_close(same, mel, rtol=1e-3, atol=1e-4)
    louder, _ = Augmenter(contract, {"gain": Gain(1.0, (20.0, 20.0))})(mel, lengths, 2)
    factor = 10 if contract.power == 1 else 100
    expected = {"none": mel * factor, "ln": mel + torch.tensor(factor).log(), "log10": mel + factor / 100 * 2}
    torch.testing.assert_close(louder, expected[contract.log], rtol=1e-3, atol=1e-3)
