"""Published vocoder checkpoints give the published numbers, and go back out as they came."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from published_rules import Fixture, fixture_of, rule_input
from torch import Tensor

from voiceclone.checkpoints import load_published
from voiceclone.checkpoints.published_vocoder import export_published, hifigan_config
from voiceclone.errors import CheckpointError
from voiceclone.losses.adversarial import AdversarialLoss
from voiceclone.models.vocoder import HiFiGANGenerator
from voiceclone.models.vocoder.weight_norm import fold_weight_norm

SMALL = {
    "n_mels": 8,
    "channels": 16,
    "upsample_rates": [4, 2],
    "upsample_kernel_sizes": [8, 4],
    "residual_block": "2",
    "residual_kernel_sizes": [3, 5],
    "residual_dilations": [[1, 2], [2, 6]],
}


def assert_close(found: Tensor, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    assert np.abs(found.detach().numpy() - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.fixture
def fixture(request: pytest.FixtureRequest, shared: Path) -> Fixture:
    return fixture_of(shared / "parity", request.param)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("fixture", "kind"),
    [
        ("hifigan_generator_v1", "hifigan_generator"),
        ("hifigan_generator_v2", "hifigan_generator"),
        ("melgan_generator", "melgan_generator"),
    ],
    indirect=["fixture"],
)
def test_generator_gives_the_published_wave(fixture: Fixture, kind: str) -> None:
    net = load_published(kind, fixture.state, fixture.info["config"])
    with torch.no_grad():
        assert_close(net(rule_input(**fixture.info["input"])), fixture.outputs["wave"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("fixture", "kind"),
    [("hifigan_mpd", "hifigan_mpd"), ("hifigan_msd", "hifigan_msd")],
    indirect=["fixture"],
)
def test_hifigan_discriminator_gives_the_published_scores_features_and_losses(fixture: Fixture, kind: str) -> None:
    net = load_published(kind, fixture.state)
    real, fake = (rule_input(name, **fixture.info["inputs"][name]) for name in ("real", "fake"))
    with torch.no_grad():
        (scores_real, maps_real), (scores_fake, maps_fake) = net(real), net(fake)
    assert_close(torch.cat([s.flatten() for s in scores_real]), fixture.outputs["logits_real"])
    assert_close(torch.cat([s.flatten() for s in scores_fake]), fixture.outputs["logits_fake"])
    pairs = [(r, f) for rs, fs in zip(maps_real, maps_fake, strict=True) for r, f in zip(rs, fs, strict=True)]
    assert_close(torch.stack([(r - f).abs().mean() for r, f in pairs]), fixture.outputs["feature_l1"])

    adversary = AdversarialLoss({"d": net})
    losses = adversary.discriminator_losses(real, fake) | adversary.generator_losses(real, fake)
    assert_close(losses["discriminator_d"][None], fixture.outputs["discriminator_loss"])
    assert_close(losses["adversarial_d"][None], fixture.outputs["generator_loss"])
    assert_close(2 * losses["feature_matching_d"][None], fixture.outputs["feature_matching_loss"])


@pytest.mark.shared
@pytest.mark.parametrize("fixture", ["melgan_discriminator"], indirect=True)
def test_melgan_discriminator_gives_the_published_scores_and_features(fixture: Fixture) -> None:
    net = load_published("melgan_discriminator", fixture.state)
    with torch.no_grad():
        scores, maps = net(rule_input(**fixture.info["input"]))
    assert_close(torch.cat([s.flatten() for s in scores]), fixture.outputs["logits"])
    assert_close(torch.stack([m.abs().mean() for scale in maps for m in scale]), fixture.outputs["feature_means"])


@pytest.mark.shared
@pytest.mark.parametrize(
    ("fixture", "kind"),
    [
        ("hifigan_generator_v2", "hifigan_generator"),
        ("hifigan_msd", "hifigan_msd"),
        ("melgan_generator", "melgan_generator"),
        ("melgan_discriminator", "melgan_discriminator"),
    ],
    indirect=["fixture"],
)
def test_export_gives_back_the_published_file(fixture: Fixture, kind: str) -> None:
    state = fixture.state
    exported = export_published(load_published(kind, state, fixture.info.get("config")))
    assert list(exported) == list(fixture.info["state_dict"]) or exported.keys() == state.keys()
    for key, value in state.items():
        torch.testing.assert_close(exported[key], value, rtol=0, atol=0)


def test_any_size_goes_out_and_comes_back(tmp_path: Path) -> None:
    net = HiFiGANGenerator(**SMALL)
    path = tmp_path / "g_00001000"
    torch.save({"generator": export_published(net)}, path)
    again = load_published("hifigan_generator", path, hifigan_config(SMALL))
    mel = torch.randn(1, 8, 6)
    torch.testing.assert_close(again(mel), net(mel))


def test_a_checkpoint_whose_weight_norm_was_removed_loads_too() -> None:
    net = HiFiGANGenerator(**SMALL)
    again = load_published("hifigan_generator", fold_weight_norm(net).state_dict(), hifigan_config(SMALL))
    mel = torch.randn(1, 8, 6)
    torch.testing.assert_close(again(mel), net(mel))


def test_a_missing_configuration_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"lacks upsample_initial_channel.*config\.json"):
        load_published("hifigan_generator", export_published(HiFiGANGenerator(**SMALL)))


def test_weights_of_something_else_are_refused() -> None:
    with pytest.raises(CheckpointError, match="hifigan_mpd"):
        load_published("hifigan_mpd", export_published(HiFiGANGenerator(**SMALL)))
    with pytest.raises(CheckpointError, match=r"no layer 'model\.1'"):
        load_published("melgan_generator", export_published(HiFiGANGenerator(**SMALL)))
