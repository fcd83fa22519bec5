"""Published vocoder checkpoints give the published numbers, and go back out as they came."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from published_rules import Fixture, fixture_of, rule_input
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints import load_published
from voiceclone.checkpoints.parts import published_part
from voiceclone.checkpoints.published_vocoder import export_published, hifigan_config, save_hifigan
from voiceclone.errors import CheckpointError
from voiceclone.losses.adversarial import AdversarialLoss
from voiceclone.models.vocoder import HiFiGANGenerator, ISTFTGenerator, MelGANGenerator
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


def test_a_generator_for_speaking_goes_out_with_its_weight_norm() -> None:
    net = HiFiGANGenerator(**SMALL)
    plain, folded = export_published(net), export_published(fold_weight_norm(net))
    assert folded.keys() == plain.keys()
    mel = torch.randn(1, 8, 6)
    torch.testing.assert_close(load_published("hifigan_generator", folded, hifigan_config(SMALL))(mel), net(mel))


def test_a_network_that_nobody_published_cannot_go_out() -> None:
    with pytest.raises(CheckpointError, match="ISTFTGenerator has no published layout"):
        export_published(ISTFTGenerator(8, 16, 64, channels=8, hidden=8, n_blocks=1))


def test_a_voices_vocoder_goes_out_with_all_that_the_published_program_asks_for(tmp_path: Path) -> None:
    net, contract = HiFiGANGenerator(**SMALL), AudioContract(8000, 32, 8, 32, 8, 0, 4000)
    path = save_hifigan(net, {"network": "hifigan", **SMALL}, contract, tmp_path / "out")
    config = json.loads((path.parent / "config.json").read_text("utf-8"))
    asked = [config[key] for key in ("sampling_rate", "n_fft", "hop_size", "win_size", "fmin", "fmax")]
    assert asked == [8000, 32, 8, 32, 0, 4000]
    assert set(torch.load(path, weights_only=True)) == {"generator"}
    mel = torch.randn(1, 8, 6)
    torch.testing.assert_close(load_published("hifigan_generator", path, config)(mel), net(mel))


def test_every_kind_of_block_is_what_was_published() -> None:
    """V3's single convolutions and V1's pairs, written out again from the weights alone."""
    for block, names in (("1", ("convs1", "convs2")), ("2", ("convs",))):
        settings = {**SMALL, "residual_block": block}
        net = fold_weight_norm(HiFiGANGenerator(**settings))  # type: ignore[arg-type]
        with torch.no_grad():
            for weight in net.parameters():
                weight.normal_(std=0.2)
        mel = torch.randn(2, 8, 9)
        again = load_published("hifigan_generator", {"generator": net.state_dict()}, hifigan_config(settings))
        with torch.no_grad():
            torch.testing.assert_close(again(mel), _by_hand(net.state_dict(), mel, names), rtol=1e-4, atol=1e-5)


def _by_hand(w: dict[str, Tensor], mel: Tensor, names: tuple[str, ...]) -> Tensor:
    x = F.conv1d(mel, w["conv_pre.weight"], w["conv_pre.bias"], padding=3)
    for stage, (rate, size) in enumerate(((4, 8), (2, 4))):
        up = w[f"ups.{stage}.weight"], w[f"ups.{stage}.bias"]
        x = F.conv_transpose1d(F.leaky_relu(x, 0.1), *up, stride=rate, padding=(size - rate) // 2)
        branches = []
        for branch, (kernel, dilations) in enumerate(((3, (1, 2)), (5, (2, 6)))):
            y = x
            for step, dilation in enumerate(dilations):
                z = y
                for name, spread in zip(names, (dilation, 1)):  # noqa: B905
                    conv = f"resblocks.{2 * stage + branch}.{name}.{step}"
                    reach = spread * (kernel - 1) // 2
                    z = F.conv1d(F.leaky_relu(z, 0.1), w[f"{conv}.weight"], w[f"{conv}.bias"], 1, reach, spread)
                y = y + z
            branches.append(y)
        x = sum(branches) / 2  # type: ignore[assignment]
    return torch.tanh(F.conv1d(F.leaky_relu(x), w["conv_post.weight"], w["conv_post.bias"], padding=3))


def test_a_missing_configuration_is_named() -> None:
    with pytest.raises(CheckpointError, match=r"lacks upsample_initial_channel.*config\.json"):
        load_published("hifigan_generator", export_published(HiFiGANGenerator(**SMALL)))


def test_weights_of_something_else_are_refused() -> None:
    with pytest.raises(CheckpointError, match="hifigan_mpd"):
        load_published("hifigan_mpd", export_published(HiFiGANGenerator(**SMALL)))
    with pytest.raises(CheckpointError, match=r"no layer 'model\.1'"):
        load_published("melgan_generator", export_published(HiFiGANGenerator(**SMALL)))


def test_the_configuration_tells_a_hifigans_mels_and_without_it_nothing_does(tmp_path: Path) -> None:
    contract = AudioContract(24000, 1024, 256, 1024, 8, 0, 12000, magnitude_epsilon=1e-9)
    path = save_hifigan(HiFiGANGenerator(**SMALL), SMALL, contract, tmp_path)
    assert published_part(path).audio == contract
    (tmp_path / "config.json").write_text(json.dumps(hifigan_config(SMALL)), "utf-8")
    assert published_part(path).audio is None


def test_a_melgan_is_taken_to_want_the_published_mels_unless_it_is_said_otherwise(tmp_path: Path) -> None:
    torch.save(export_published(MelGANGenerator(80, 4, [8, 8, 2, 2], 1)), tmp_path / "melgan.pt")
    sizes = {"ngf": 4, "n_residual_layers": 1}
    (tmp_path / "config.json").write_text(json.dumps(sizes), "utf-8")
    audio = published_part(tmp_path / "melgan.pt").audio
    assert audio is not None
    assert (audio.log, audio.f_max, audio.sample_rate, audio.hop_length) == ("log10", 11025, 22050, 256)
    (tmp_path / "config.json").write_text(json.dumps({**sizes, "log": "ln", "f_max": 8000}), "utf-8")
    audio = published_part(tmp_path / "melgan.pt").audio
    assert audio is not None
    assert (audio.log, audio.f_max) == ("ln", 8000)
