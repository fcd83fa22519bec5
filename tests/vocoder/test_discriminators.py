"""Discriminators and the adversary made of them: sizes, shapes, and where gradients go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from tiny_vocoder import adversary
from torch import Tensor, nn

from voiceclone.errors import ConfigError
from voiceclone.losses.adversarial import AdversarialLoss
from voiceclone.models.vocoder.discriminators import (
    MelGANMultiScale,
    MultiPeriod,
    MultiResolutionSpectrogram,
    MultiScaleSTFT,
)
from voiceclone.models.vocoder.weight_norm import count_parameters

CONF = Path(__file__).resolve().parents[2] / "conf"
ALL = sorted(path.stem for path in (CONF / "discriminator").glob("*.yaml"))


def composed(name: str) -> tuple[str, nn.Module, dict[str, float]]:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose(f"discriminator/{name}")
    (key, network), *others = cfg.discriminator.items()
    assert not others
    return key, instantiate(network, _convert_="all"), dict(cfg.adversarial_weights)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("multi_period", 41_092_165),
        ("multi_scale", 29_610_627),
        ("multi_resolution", 280_419),
        ("multi_scale_stft", 283_011),
    ],
)
def test_configs_have_the_published_sizes(name: str, size: int) -> None:
    assert count_parameters(composed(name)[1]) == size


@pytest.mark.parametrize("name", ALL)
def test_configs_bring_the_weights_of_their_own_losses(name: str) -> None:
    key, network, weights = composed(name)
    assert AdversarialLoss({key: network}, weights=weights).weights == weights


@pytest.mark.parametrize("name", ALL)
def test_every_discriminator_returns_scores_and_feature_maps(name: str) -> None:
    _, network, _ = composed(name)
    with torch.no_grad():
        scores, maps = network(0.1 * torch.randn(2, 1, 4096))
    assert len(scores) == len(maps) > 1
    for score, features in zip(scores, maps, strict=True):
        assert score.dim() == 2
        assert score.shape[0] == 2
        torch.testing.assert_close(score, features[-1].flatten(1))


def test_complex_spectra_are_judged_in_float32_under_autocast() -> None:
    network = MultiScaleSTFT(n_ffts=(256, 128), channels=4)
    with torch.autocast("cpu", torch.bfloat16):
        scores, maps = network(0.1 * torch.randn(1, 1, 2048))
    assert {x.dtype for x in [*scores, *(m for features in maps for m in features)]} == {torch.float32}


def test_the_discriminators_step_leaves_the_generator_alone() -> None:
    losses, fake = adversary(), torch.randn(2, 1, 256, requires_grad=True)
    sum(losses.discriminator_losses(torch.randn(2, 1, 256), fake).values()).backward()  # type: ignore[union-attr]
    assert fake.grad is None
    assert all(parameter.grad is not None for parameter in losses.parameters())


def test_the_generators_step_leaves_the_discriminators_alone() -> None:
    losses, fake = adversary(), torch.randn(2, 1, 256, requires_grad=True)
    sum(losses.generator_losses(torch.randn(2, 1, 256), fake).values()).backward()  # type: ignore[union-attr]
    assert fake.grad is not None
    assert all(parameter.grad is None and parameter.requires_grad for parameter in losses.parameters())


@pytest.mark.parametrize("objective", ["least_squares", "hinge"])
def test_gradients_equal_those_of_separate_passes(objective: str) -> None:
    """One batch of real and fake, frozen weights and cached weight norm are shortcuts, not another loss."""
    losses = adversary(objective=objective).eval()
    real, fake = torch.randn(2, 1, 256), torch.randn(2, 1, 256, requires_grad=True)
    (found,) = torch.autograd.grad(sum(losses.generator_losses(real, fake).values()), fake)  # type: ignore[arg-type]
    expected = torch.zeros(())
    for network in losses.discriminators.values():
        (_, wanted), (scores, maps) = network(real), network(fake)
        expected = expected + sum(losses.objective.generator(score) for score in scores)
        expected = expected + sum((a - b).abs().mean() for r, f in zip(wanted, maps) for a, b in zip(r, f))  # noqa: B905
    torch.testing.assert_close(found, torch.autograd.grad(expected, fake)[0], rtol=1e-4, atol=1e-7)


def test_averaging_takes_the_mean_over_sub_discriminators() -> None:
    summed = adversary().eval()
    averaged = AdversarialLoss(dict(summed.discriminators.items()), average=True).eval()
    real, fake = torch.randn(2, 1, 256), torch.randn(2, 1, 256)
    for which in ("discriminator_losses", "generator_losses"):
        a, b = getattr(summed, which)(real, fake), getattr(averaged, which)(real, fake)
        for name in ("discriminator_period", "adversarial_period"):
            if name in a:
                torch.testing.assert_close(a[name], 2 * b[name])
        if "feature_matching_period" in a:
            torch.testing.assert_close(a["feature_matching_period"], 6 * b["feature_matching_period"])


@pytest.mark.parametrize(
    "make",
    [lambda: MultiResolutionSpectrogram(channels=4), lambda: MelGANMultiScale(width=4, rates=(4, 4))],
    ids=["spectrogram", "melgan"],
)
def test_a_discriminator_learns_to_tell_noise_from_a_tone(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(0)
    losses = AdversarialLoss({"d": make()}, objective="hinge", average=True)
    optimizer = torch.optim.Adam(losses.parameters(), 1e-2)
    tone = torch.sin(torch.arange(2560) * 0.1).expand(4, 1, -1)
    for _ in range(20):
        loss = losses.discriminator_losses(0.3 * tone, 0.3 * torch.randn(4, 1, 2560))["discriminator_d"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1.5  # 2 is the loss of one that cannot tell


@pytest.mark.parametrize(("net", "least"), [(MultiResolutionSpectrogram(), 1025), (MultiScaleSTFT(), 2048)])
def test_segments_shorter_than_a_window_are_refused(net: nn.Module, least: int) -> None:
    with pytest.raises(ConfigError, match=rf"data\.segment_samples: .* needs {least} samples or more, got {least - 1}"):
        net(torch.zeros(1, 1, least - 1))
    net(torch.randn(1, 1, least))


def test_a_discriminator_without_weight_does_not_run() -> None:
    class Never(nn.Module):
        def forward(self, wave: Tensor) -> None:
            raise AssertionError

    weights = {"adversarial_idle": 0.0, "feature_matching_idle": 0.0}
    adversary = AdversarialLoss({"idle": Never(), "period": MultiPeriod((2, 3), (4, 8))}, weights=weights)
    real, fake = torch.randn(2, 2, 1, 600)
    losses = adversary.discriminator_losses(real, fake) | adversary.generator_losses(real, fake)
    assert losses.keys() == {"discriminator_period", "adversarial_period", "feature_matching_period"}


def test_an_unknown_objective_is_named() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'hinge'"):
        adversary(objective="hing")
    with pytest.raises(ConfigError, match="needs a discriminator"):
        AdversarialLoss({})
