"""Generators: published sizes, lengths, what they see, and what they refuse to speak."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import OmegaConf
from tiny_vocoder import CONTRACT, HIFIGAN, generators
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.errors import ConfigError, ContractMismatch, SynthesisError
from voiceclone.models.vocoder import (
    Generator,
    HiFiGANGenerator,
    ISTFTGenerator,
    for_inference,
    latency,
    stream,
    vocode,
)
from voiceclone.models.vocoder.weight_norm import count_parameters

CONF = Path(__file__).resolve().parents[2] / "conf"
KINDS = sorted(generators())
FEED_FORWARD = [kind for kind in KINDS if kind != "source_filter"]  # the rest remember a phase


def composed(name: str, audio: str = "hifigan_22k") -> Generator:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        parts = [OmegaConf.to_container(compose(part)) for part in (f"audio/{audio}", f"generator/{name}")]
    return instantiate(OmegaConf.merge(*parts), _convert_="all")["generator"]


def random_mel(n_frames: int, batch: int = 1) -> Tensor:
    return torch.randn(batch, 8, n_frames, generator=torch.Generator().manual_seed(n_frames)) - 5


@pytest.mark.parametrize(
    ("name", "audio", "size"),
    [
        ("hifigan_v1", "hifigan_22k", 13_926_017),
        ("hifigan_v2", "hifigan_22k", 925_985),
        ("hifigan_v3", "hifigan_22k", 1_462_273),
        ("melgan", "melgan_22k", 4_260_257),
        ("istft", "vocos_24k", 13_531_650),
        ("istft_small", "hifigan_22k", 2_790_658),
        ("source_filter", "hifigan_22k", 13_846_772),
        ("source_filter_small", "hifigan_22k", 2_984_436),
    ],
)
def test_configs_have_the_published_sizes(name: str, audio: str, size: int) -> None:
    generator = composed(name, audio)
    assert count_parameters(generator) == size
    assert generator.hop_length == 256


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_frames", [1, 3, 50])
def test_every_frame_becomes_a_hop_of_samples(kind: str, n_frames: int) -> None:
    wave = generators()[kind](random_mel(n_frames, batch=2))
    assert wave.shape == (2, 1, n_frames * 16)
    assert wave.isfinite().all()


@pytest.mark.parametrize("kind", FEED_FORWARD)
def test_the_receptive_field_is_exactly_what_a_sample_depends_on(kind: str) -> None:
    generator = for_inference(generators()[kind]).double()
    middle, n_frames = 60, 121
    mel = random_mel(n_frames).double()
    touched = mel.clone()
    touched[:, :, middle] += 1
    changed = (generator(touched) != generator(mel)).reshape(n_frames, -1).any(dim=1).nonzero().flatten()
    reach = max(middle - int(changed[0]), int(changed[-1]) - middle)
    assert 2 * reach + 1 == generator.receptive_field


@pytest.mark.parametrize("kind", KINDS)
def test_folding_weight_norm_changes_the_layout_not_the_sound(kind: str) -> None:
    generator = generators()[kind]
    folded, mel = for_inference(generator), random_mel(20)
    torch.testing.assert_close(folded(mel), generator(mel), rtol=1e-5, atol=1e-6)
    assert not any("parametrizations" in name for name in folded.state_dict())
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    generator(mel).sum().backward()  # the original can still be trained
    assert all(parameter.grad is not None for parameter in generator.parameters())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk_frames", [1, 7, 64])
def test_a_stream_equals_the_whole_utterance(kind: str, chunk_frames: int) -> None:
    generator = for_inference(generators()[kind])
    mel = random_mel(100)
    whole = generator(mel)
    chunks = list(stream(generator, mel.split(9, dim=-1), chunk_frames))
    assert {chunk.shape[-1] for chunk in chunks[:-1]} <= {chunk_frames * 16}
    torch.testing.assert_close(torch.cat(chunks, dim=-1), whole, rtol=0, atol=1e-5)


def test_the_first_chunk_is_spoken_before_the_rest_has_arrived() -> None:
    generator = for_inference(generators()["hifigan"])
    context, arrived = generator.receptive_field // 2, 0

    def frames() -> object:
        nonlocal arrived
        for frame in random_mel(200).split(1, dim=-1):
            arrived += 1
            yield frame

    next(stream(generator, frames(), chunk_frames=20))  # type: ignore[arg-type]
    assert arrived == 20 + context
    assert latency(generator, CONTRACT.frame_rate, 20) == pytest.approx(arrived / CONTRACT.frame_rate)


def test_ten_minutes_are_spoken_in_pieces_of_bounded_size() -> None:
    generator = for_inference(generators()["istft"])
    seen: list[int] = []
    generator.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[-1]))
    n_frames = int(600 * CONTRACT.frame_rate)
    wave = vocode(generator, random_mel(50).repeat(1, 1, n_frames // 50), CONTRACT, chunk_frames=512)
    assert wave.shape[-1] == n_frames * 16
    assert max(seen) <= 512 + generator.receptive_field


@pytest.mark.parametrize("kind", FEED_FORWARD)
def test_half_precision_sounds_the_same(kind: str) -> None:
    generator = generators()[kind]
    mel = random_mel(50)
    half = vocode(for_inference(generator, half=True), mel, CONTRACT)
    assert half.dtype == torch.float32
    torch.testing.assert_close(half, vocode(for_inference(generator), mel, CONTRACT), rtol=0, atol=2e-3)


def test_the_inverse_transform_gives_a_wave_back_from_its_spectrum() -> None:
    from voiceclone.audio.stft import hann_window, stft
    from voiceclone.models.vocoder.istft import inverse_stft

    wave = torch.randn(2, 16 * 40)
    spectrum = stft(wave, CONTRACT, hann_window(CONTRACT)).transpose(1, 2)
    torch.testing.assert_close(inverse_stft(spectrum, 64, 16), wave, rtol=0, atol=1e-5)


def test_a_mel_of_other_bands_is_refused() -> None:
    generator = generators()["hifigan"]
    with pytest.raises(ContractMismatch, match=r"\[B, 8, T\], got \[1, 10, 20\]"):
        generator(torch.zeros(1, 10, 20))
    with pytest.raises(ContractMismatch, match="looks transposed"):
        generator(torch.zeros(1, 20, 8))
    with pytest.raises(SynthesisError, match="no frames"):
        generator(torch.zeros(1, 8, 0))


def test_nan_is_refused_with_the_frame_it_is_in() -> None:
    mel = random_mel(30)
    mel[0, 3, 17] = math.nan
    with pytest.raises(SynthesisError, match="frame 17"):
        vocode(generators()["hifigan"], mel, CONTRACT)
    with pytest.raises(SynthesisError, match="frame 17"):
        list(stream(generators()["hifigan"], mel.split(7, dim=-1), 7))


def test_pieces_that_no_stream_can_speak_are_refused() -> None:
    generator, mel = generators()["hifigan"], random_mel(30)
    with pytest.raises(ContractMismatch, match=r"\[B, 8, T\], got \[8, 30\]"):
        list(stream(generator, [mel[0]]))
    with pytest.raises(ContractMismatch, match=r"got \[1, 10, 5\]"):
        list(stream(generator, [mel[..., :9], torch.zeros(1, 10, 5)]))
    with pytest.raises(SynthesisError, match="chunk_frames=0"):
        list(stream(generator, [mel], 0))
    decadic = speech_like() / math.log(10)
    with pytest.raises(ContractMismatch, match="look like log10"):
        list(stream(generator, decadic.split(3, dim=-1), 64, CONTRACT))
    nothing = mel[..., :0]
    assert torch.equal(
        torch.cat(list(stream(generator, [nothing, mel, nothing])), dim=-1), vocode(generator, mel, CONTRACT)
    )


def test_kernels_that_would_not_make_whole_hops_are_refused() -> None:
    with pytest.raises(ConfigError, match="8 over a rate of 5 does not make 5 samples of one"):
        HiFiGANGenerator(**{**HIFIGAN, "upsample_rates": [4, 5], "upsample_kernel_sizes": [8, 8]})  # type: ignore[arg-type]


def speech_like(n_frames: int = 200) -> Tensor:
    """The mel of a clip with loud, quiet and silent parts."""
    level = torch.linspace(0, 1, n_frames * 16) ** 3
    return MelSpectrogram(CONTRACT)(0.3 * level * torch.randn(1, n_frames * 16))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda mel: mel / math.log(10), "log10"),
        (lambda mel: mel * 20 / math.log(10), "decibels"),
        (torch.exp, "a mel without logarithm"),
    ],
)
def test_another_logarithm_is_known_by_its_range(change: object, found: str) -> None:
    generator, mel = generators()["hifigan"], speech_like()
    vocode(generator, mel, CONTRACT)
    with pytest.raises(ContractMismatch, match=f"look like {found}"):
        vocode(generator, change(mel), CONTRACT)  # type: ignore[operator]


def test_a_natural_logarithm_is_known_where_log10_is_expected() -> None:
    decadic = AudioContract.from_dict({**CONTRACT.to_dict(), "log": "log10"})
    mel = speech_like()
    vocode(generators()["melgan"], mel / math.log(10), decadic)
    with pytest.raises(ContractMismatch, match="a natural logarithm"):
        vocode(generators()["melgan"], mel, decadic)


@pytest.mark.shared
def test_real_speech_is_never_taken_for_another_logarithm(shared: Path) -> None:
    from voiceclone.audio.io import load
    from voiceclone.models.vocoder.inputs import check_mel

    contract = AudioContract(
        sample_rate=22050, n_fft=1024, hop_length=256, win_length=1024, n_mels=80, f_min=0, f_max=8000
    )
    for path in sorted((shared / "data" / "ljspeech" / "wavs").glob("*.wav"))[:5]:
        wave, _ = load(path, contract.sample_rate)
        mel = MelSpectrogram(contract)(torch.from_numpy(np.asarray(wave))[None])
        for piece in mel.split(25, dim=-1):
            check_mel(piece, contract)
        with pytest.raises(ContractMismatch, match="log10"):
            check_mel(mel / math.log(10), contract)


def test_the_prior_starts_from_the_loudness_that_the_mel_tells() -> None:
    mel = speech_like()
    untrained = generators()["istft_prior"](mel)
    loudness = untrained.reshape(-1, 16).square().mean(dim=1).clamp(min=1e-12).log()
    assert torch.corrcoef(torch.stack([loudness, mel[0].mean(dim=0)]))[0, 1] > 0.9


def test_settings_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ConfigError, match="hop_length <= n_fft / 2"):
        ISTFTGenerator(8, 48, 64, channels=8, hidden=8, n_blocks=1)
    with pytest.raises(ConfigError, match=r"generator\.n_fft is 128, its prior's 64"):
        ISTFTGenerator(8, 16, 128, channels=8, hidden=8, n_blocks=1, prior=CONTRACT)
