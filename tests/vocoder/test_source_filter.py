"""The source-filter generator: its sources, the pitch it hears in a mel, and the phase it remembers."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from tiny_vocoder import CONTRACT, generators, loader, task, trainer
from torch import Tensor

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.mel import MelSpectrogram
from voiceclone.audio.pitch import f0 as measured_f0
from voiceclone.errors import ConfigError
from voiceclone.models.vocoder import SourceFilterGenerator, for_inference, latency, source_filter, stream, vocode
from voiceclone.models.vocoder.excitation import NOISE_FRAMES, noise, pulses, turns_of
from voiceclone.models.vocoder.istft import forward_stft
from voiceclone.models.vocoder.pitch import BINS, LOWEST, STEP, PitchHead

RATE, HOP, N_FFT = 22050, 256, 1024
SPEECH = AudioContract(sample_rate=RATE, n_fft=N_FFT, hop_length=HOP, win_length=N_FFT, n_mels=80, f_min=0, f_max=8000)


def steady(hertz: float, n_frames: int = 120) -> Tensor:
    return turns_of(torch.full((1, n_frames), hertz), HOP, RATE)


def corrected(generator: SourceFilterGenerator) -> SourceFilterGenerator:
    """One that has learnt to correct its mels, somehow."""
    torch.nn.init.normal_(generator.correction.weight, std=0.1)
    return for_inference(generator, predicted=True)


def random_mel(n_frames: int) -> Tensor:
    return torch.randn(1, 8, n_frames, generator=torch.Generator().manual_seed(n_frames)) - 5


@pytest.mark.parametrize("hertz", [61.7, 123.4, 580.0])
def test_pulses_hold_every_harmonic_in_equal_strength_and_nothing_else(hertz: float) -> None:
    wave = pulses(steady(hertz), torch.ones(1, 120), HOP)[0]
    assert wave.square().mean() == pytest.approx(1, rel=0.03)
    spectrum = torch.fft.rfft(wave * torch.hann_window(len(wave))).abs()
    harmonics = hertz * np.arange(1, int(RATE / 2 / hertz))
    bins = np.round(harmonics * len(wave) / RATE).astype(int)
    levels = torch.stack([spectrum[max(0, i - 1) : i + 2].max() for i in bins])
    assert levels.max() / levels.min() < 1.3
    between = np.round((harmonics + hertz / 2) * len(wave) / RATE).astype(int)
    assert spectrum[between[:-1]].max() < 0.02 * levels.min()


def test_noise_is_as_strong_as_pulses() -> None:
    assert noise(torch.tensor([0]), 120, HOP).square().mean() == pytest.approx(1, rel=0.03)


def test_pulses_fall_silent_where_nothing_is_voiced() -> None:
    voiced = torch.ones(1, 120)
    voiced[:, 60:] = 0
    wave = pulses(steady(200.0), voiced, HOP)
    assert wave[:, : 59 * HOP].abs().max() > 1
    assert (wave[:, 61 * HOP :] == 0).all()


def test_noise_depends_on_the_place_alone() -> None:
    whole = noise(torch.tensor([0, NOISE_FRAMES - 3]), 40, HOP)
    torch.testing.assert_close(noise(torch.tensor([7]), 10, HOP)[0], whole[0, 7 * HOP : 17 * HOP])
    torch.testing.assert_close(whole[1, 3 * HOP :], whole[0, : 37 * HOP])


def test_pitch_is_read_between_the_bins() -> None:
    head = PitchHead(4)
    wanted = torch.tensor([[75.0, 123.4, 222.2, 510.0]])
    place = (wanted.log() - LOWEST) / STEP
    logits = -5.0 * (place[..., None] - torch.arange(BINS + 1)).abs()
    f0, _ = head.read(logits)
    assert (1200 * (f0 / wanted).log2().abs()).max() < 10  # cents


def test_pitch_is_learnt_where_it_was_voiced_only() -> None:
    head, f0 = PitchHead(4), torch.tensor([[0.0, 120.0, 0.0]])
    features = torch.randn(1, 3, 4, requires_grad=True)
    head.losses(head(features), f0)["pitch"].backward()
    assert features.grad is not None
    assert (features.grad[0, [0, 2]] == 0).all()
    assert (features.grad[0, 1] != 0).any()
    losses = head.losses(head(features), torch.zeros(1, 3))
    assert losses["pitch"] == 0
    assert losses["voicing"] > 0


def test_the_pitch_that_is_heard_is_the_pitch_that_is_spoken() -> None:
    """Also between the multiples of the frame rate, which is all that a network without a source hits steadily."""
    torch.manual_seed(0)
    generator = SourceFilterGenerator(80, HOP, N_FFT, SPEECH, channels=16, hidden=32, n_blocks=1)
    with torch.no_grad():
        generator.head.bias[-(N_FFT // 2 + 1) :] = -8.0  # a voice without breath
    for bin_ in (40, 77, 101):
        with torch.no_grad():
            generator.pitch.project.bias.zero_()
            generator.pitch.project.bias[[bin_, BINS]] = 30.0
        wanted = math.exp(LOWEST + STEP * bin_)
        mel = MelSpectrogram(SPEECH)(0.1 * pulses(steady(wanted), torch.ones(1, 120), HOP))
        spoken = measured_f0(for_inference(generator)(mel)[0, 0].numpy(), SPEECH)[10:-10]
        assert (spoken > 0).mean() > 0.9
        assert np.median(spoken[spoken > 0]) == pytest.approx(wanted, rel=0.01)


def test_each_band_is_as_loud_as_the_mel_says_even_untrained_and_more_so_with_every_pass() -> None:
    level = torch.linspace(0.01, 0.3, 100 * HOP)
    mel = MelSpectrogram(SPEECH)(level * torch.randn(1, 100 * HOP, generator=torch.Generator().manual_seed(0)))
    distances = []
    for passes in (0, 1, 4):
        torch.manual_seed(0)
        generator = SourceFilterGenerator(80, HOP, N_FFT, SPEECH, channels=16, hidden=32, n_blocks=1, passes=passes)
        spoken = MelSpectrogram(SPEECH)(for_inference(generator)(mel))
        distances.append(float((spoken - mel)[..., 4:-4].abs().mean()))
    assert distances[0] < 0.25  # a nat is 8.7 dB
    assert distances[2] < distances[1] < distances[0]
    assert distances[2] < 0.6 * distances[0]


def test_passes_with_momentum_come_nearer_than_as_many_without(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    generator = SourceFilterGenerator(80, HOP, N_FFT, SPEECH, channels=16, hidden=32, n_blocks=1, passes=4)
    mel = MelSpectrogram(SPEECH)(0.1 * torch.randn(1, 100 * HOP, generator=torch.Generator().manual_seed(0)))
    with_momentum = (MelSpectrogram(SPEECH)(for_inference(generator)(mel)) - mel).abs().mean()
    monkeypatch.setattr(source_filter, "MOMENTUM", 0.0)
    monkeypatch.setattr(source_filter, "OVERSHOOT", 1.0)
    without = (MelSpectrogram(SPEECH)(for_inference(generator)(mel)) - mel).abs().mean()
    assert with_momentum < 0.9 * without


def test_fewer_passes_over_predicted_mels_are_waited_for_less_long() -> None:
    generator = generators()["source_filter"]
    assert latency(for_inference(generator, predicted=True), 100.0) < latency(for_inference(generator), 100.0)


def test_a_correction_of_the_mel_is_heard_as_if_the_mel_had_been_so() -> None:
    torch.manual_seed(0)
    generator = SourceFilterGenerator(80, HOP, N_FFT, SPEECH, channels=16, hidden=32, n_blocks=1, passes=4)
    mel = MelSpectrogram(SPEECH)(0.1 * torch.randn(1, 60 * HOP, generator=torch.Generator().manual_seed(0)))
    with torch.no_grad():
        generator.correction.bias[40:] = 0.7
        louder = (MelSpectrogram(SPEECH)(generator(mel)) - mel)[0, :, 4:-4].mean(dim=1)
    assert louder[:38].abs().max() < 0.1
    assert (louder[42:] - 0.7).abs().max() < 0.1


def test_what_it_has_learnt_to_correct_in_predicted_mels_is_not_done_to_recorded_ones() -> None:
    uncorrected, generator = generators()["source_filter"], generators()["source_filter"]
    torch.nn.init.normal_(generator.correction.weight)
    generator.load_state_dict(uncorrected.state_dict() | generator.correction.state_dict(prefix="correction."))
    mel = random_mel(40)
    assert torch.equal(for_inference(generator)(mel), for_inference(uncorrected)(mel))
    assert not torch.allclose(
        for_inference(generator, predicted=True)(mel), for_inference(uncorrected, predicted=True)(mel)
    )


def test_weights_from_before_there_was_a_correction_still_speak() -> None:
    first, second = generators()["source_filter"], generators()["source_filter"]
    old = {name: weight for name, weight in first.state_dict().items() if not name.startswith("correction")}
    torch.nn.init.normal_(second.correction.weight)
    second.load_state_dict(old)
    assert torch.equal(for_inference(second)(random_mel(40)), for_inference(first)(random_mel(40)))


def test_one_pass_is_made_over_what_an_acoustic_model_has_predicted() -> None:
    torch.manual_seed(0)
    none, one, two = (
        SourceFilterGenerator(80, HOP, N_FFT, SPEECH, channels=16, hidden=32, n_blocks=1, passes=passes)
        for passes in (0, 1, 2)
    )
    for other in (none, one):
        other.load_state_dict(two.state_dict())
    mel = MelSpectrogram(SPEECH)(0.1 * torch.randn(1, 60 * HOP))
    torch.testing.assert_close(for_inference(two, predicted=True)(mel), for_inference(one)(mel))
    torch.testing.assert_close(for_inference(none, predicted=True)(mel), for_inference(none)(mel))
    assert two.passes == 2
    assert not torch.allclose(for_inference(two)(mel), for_inference(one)(mel), atol=1e-3)


def test_passes_leave_what_lies_above_all_bands_as_it_is() -> None:
    mel = MelSpectrogram(SPEECH)(0.1 * torch.randn(1, 60 * HOP, generator=torch.Generator().manual_seed(0)))
    above = []
    for passes in (0, 4):
        torch.manual_seed(0)
        generator = SourceFilterGenerator(80, HOP, N_FFT, SPEECH, channels=16, hidden=32, n_blocks=1, passes=passes)
        spectrum = forward_stft(for_inference(generator)(mel)[0], N_FFT, HOP)
        above.append(float(spectrum[..., round(9000 / RATE * N_FFT) :].abs().square().mean()))
    assert above[1] == pytest.approx(above[0], rel=0.3)


def test_what_comes_later_than_its_context_changes_nothing() -> None:
    generator = corrected(generators()["source_filter"]).double()
    mel = random_mel(121).double()
    touched = mel.clone()
    touched[:, :, 60:] += torch.randn(8, 61, dtype=torch.float64)
    changed = (generator(touched) != generator(mel)).reshape(121, -1).any(dim=1).nonzero().flatten()
    assert 60 - int(changed[0]) <= generator.receptive_field // 2
    assert int(changed[-1]) == 120  # the phase is remembered to the end


def test_a_phase_goes_on_over_minutes_of_streaming() -> None:
    generator = corrected(generators()["source_filter"])
    mel = random_mel(50).repeat(1, 1, 40)
    spoken = torch.cat(list(stream(generator, mel.split(300, dim=-1), 64)), dim=-1)
    torch.testing.assert_close(spoken, generator(mel), rtol=0, atol=1e-5)


def test_a_phase_does_not_drift_from_that_of_the_whole_utterance_in_small_chunks(rng: np.random.Generator) -> None:
    """At full width, on a mel as uneven as speech: the rounding of one frame must not depend on how many there are."""
    torch.manual_seed(0)
    generator = SourceFilterGenerator(80, 256, 1024, SPEECH, channels=256, hidden=768).eval()
    torch.nn.init.normal_(generator.pitch.project.weight)
    mel = torch.from_numpy(rng.normal(-5, 2, (1, 80, 700)).astype(np.float32))
    with torch.inference_mode():
        whole = generator(mel)
        spoken = torch.cat(list(stream(generator, mel.split(3, dim=-1), 32)), dim=-1)
    torch.testing.assert_close(spoken, whole, rtol=0, atol=1e-5)


def test_half_precision_keeps_the_spectrum() -> None:
    generator, mel = generators()["source_filter"], random_mel(60)
    waves = [vocode(for_inference(generator, half=half), mel, CONTRACT) for half in (False, True)]
    full, half = (MelSpectrogram(CONTRACT)(wave) for wave in waves)
    assert (full - half).abs().mean() < 0.1


def test_its_own_losses_are_trained_and_logged_beside_the_others() -> None:
    learning = task(generator=generators()["source_filter"], weights={"mel": 45.0, "pitch": 2.0})
    trainer(max_steps=3).fit(learning, loader(3))
    assert learning.weights["pitch"] == 2.0
    assert learning.weights["voicing"] == 1.0
    assert {"train/pitch", "train/voicing", "train/mel"} <= learning.trainer.callback_metrics.keys()


def test_it_learns_to_correct_predicted_mels_and_leaves_recorded_ones_alone() -> None:
    for mels, learns in ((None, False), ("mel_predicted@1", True)):
        learning = task(generator=generators()["source_filter"], predicted_mels=mels)
        trainer(max_steps=2).fit(learning, loader(2))
        assert bool(learning.generator.correction.weight.any()) is learns  # type: ignore[union-attr]


def test_of_a_mixed_batch_only_predicted_mels_are_corrected() -> None:
    generator = generators()["source_filter"]
    generator.expect(predicted=True)
    mel, f0 = random_mel(20).repeat(2, 1, 1), torch.full((2, 20), 120.0)
    waves = []
    for weight in (0.0, 0.1):
        torch.nn.init.constant_(generator.correction.bias, weight)
        torch.manual_seed(0)
        waves.append(generator.learn(mel, {"f0": f0}, torch.tensor([True, False]))[0])
    assert torch.equal(waves[1][1], waves[0][1])
    assert not torch.allclose(waves[1][0], waves[0][0])


def test_recordings_without_their_pitch_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"data\.extra must hold f0"):
        generators()["source_filter"].learn(random_mel(20), {})


@pytest.mark.parametrize("change", [{"win_length": 32}, {"padding": "center"}])
def test_mels_of_other_windows_are_refused(change: dict[str, object]) -> None:
    other = AudioContract.from_dict({**CONTRACT.to_dict(), **change})
    with pytest.raises(ConfigError, match="needs mels of win_length 64 and padding 'same'"):
        SourceFilterGenerator(8, 16, 64, other, channels=16, hidden=32, n_blocks=1)
