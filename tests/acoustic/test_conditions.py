"""Speaker, emotion, language and prosody: what they do to the model, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from voiceclone.errors import ConfigError, SynthesisError
from voiceclone.models.acoustic import Conditioning, Conditions, ProsodyWish, Tacotron2
from voiceclone.models.acoustic.prosody import PredictedProsody
from voiceclone.models.emotion.adversary import SpeakerAdversary
from voiceclone.models.emotion.labels import CIRCUMPLEX
from voiceclone.models.emotion.reference import ReferenceEncoder
from voiceclone.models.emotion.space import EmotionSpace

LABELS = ("neutral", "happy", "sad", "angry")
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


@pytest.fixture
def space() -> EmotionSpace:
    torch.manual_seed(0)
    return EmotionSpace(LABELS, 5, ReferenceEncoder(6, 5, (4, 4), 8))


@pytest.fixture
def conditioned(build: Callable, space: EmotionSpace) -> Tacotron2:
    """A network whose conditions have an effect, unlike those of one that has not been trained."""
    parts = Conditioning(8, 10, 4, 3, space, ("en", "zh"), 2, predict_prosody=True, personal_emotions=True)
    net = build(parts).eval()
    assert net.decoder.attention_rnn.condition is not None
    for layer in (parts.to_memory, net.decoder.attention_rnn.condition, parts.prosody.personal):  # type: ignore[union-attr]
        nn.init.normal_(layer.weight)
    return net


def spoken(net: Tacotron2, batch: Batch, **conditions: object) -> Tensor:
    return net(*batch, Conditions(**conditions)).mel  # type: ignore[arg-type]


def test_a_new_conditioning_leaves_the_network_as_it_was(build: Callable, batch: Batch, space: EmotionSpace) -> None:
    plain = build().eval()
    net = build(Conditioning(8, 10, 4, emotion=space, languages=("en",), predict_prosody=True)).eval()
    net.load_state_dict(plain.state_dict(), strict=False)
    wanted = Conditions(torch.randn(3, 4), torch.tensor([1, 2, 3]), language=torch.zeros(3, dtype=torch.long))
    assert torch.allclose(net(*batch, wanted).mel_postnet, plain(*batch).mel_postnet, atol=1e-6)


def test_every_condition_is_heard(conditioned: Tacotron2, batch: Batch) -> None:
    neutral = spoken(conditioned, batch)
    for condition in (
        {"speaker_embedding": torch.randn(3, 4)},
        {"emotion": torch.tensor([1, 2, 3])},
        {"valence_arousal": torch.rand(3, 2)},
        {"reference": torch.randn(3, 6, 30)},
        {"language": torch.tensor([1, 1, 1])},
        {"prosody": torch.tensor([[5.5, 0.9, -20.0, 15.0]]).repeat(3, 1)},
        {"wish": ProsodyWish(rate=1.2)},
    ):
        assert not torch.allclose(spoken(conditioned, batch, **condition), neutral, atol=1e-4), condition


def test_intensity_walks_from_neutral_to_the_label(space: EmotionSpace) -> None:
    sad, half = torch.tensor([2, 2, 2]), torch.tensor([0.0, 0.5, 1.0])
    nothing, middle, full = space.from_label(sad, half)
    assert not nothing.any()
    assert torch.allclose(middle, full / 2)
    assert not space.from_label(torch.tensor([0])).any()
    assert not space.from_label(torch.tensor([-1])).any()


def test_a_labels_place_on_the_circumplex_is_the_label(space: EmotionSpace) -> None:
    places = torch.tensor([CIRCUMPLEX[label] for label in LABELS])
    by_label = space.from_label(torch.arange(4))
    assert torch.allclose(space.from_valence_arousal(places), by_label, atol=1e-4)
    nearly_angry = space.from_valence_arousal(places[3:] + 0.05)
    assert (nearly_angry - by_label[3]).norm() < (nearly_angry - by_label[1]).norm()


def test_what_is_given_is_added(space: EmotionSpace) -> None:
    mel, point, angry = torch.randn(1, 6, 12), torch.tensor([[0.3, 0.4]]), torch.tensor([3])
    separate = [space(1, emotion=angry), space(1, valence_arousal=point), space(1, mel=mel)]
    together = space(1, emotion=angry, valence_arousal=point, mel=mel)
    assert torch.allclose(together.vector, sum(part.vector for part in separate), atol=1e-6)
    half = space(1, angry, torch.tensor([0.5]), point, mel)
    assert torch.allclose(half.vector, together.vector / 2, atol=1e-6)


def test_followers_of_a_reference_leave_their_label(space: EmotionSpace) -> None:
    mel, lengths = torch.randn(2, 6, 12), torch.tensor([12, 9])
    made = space(2, torch.tensor([1, 1]), None, None, mel, lengths, torch.tensor([True, False]))
    assert made.reference is not None
    assert torch.equal(made.vector[0], made.reference[0])
    assert torch.equal(made.vector[1], made.label[1])


def test_a_reference_does_not_hear_its_padding(space: EmotionSpace) -> None:
    assert space.reference is not None
    mel = torch.randn(1, 6, 13)
    padded = torch.cat((mel, torch.full((1, 6, 8), 99.0)), dim=2)
    assert torch.allclose(
        space.reference(mel, torch.tensor([13])), space.reference(padded, torch.tensor([13])), atol=1e-5
    )


@pytest.mark.parametrize(("name", "row"), [("happy", 1), ("anger", 3), ("悲伤", 2)])
def test_emotions_have_many_names(space: EmotionSpace, name: str, row: int) -> None:
    assert space.index(name) == row


def test_an_emotion_the_voice_does_not_know_names_those_it_knows(space: EmotionSpace) -> None:
    for name, near in (("bored", ""), ("wistful", ""), ("hapy", "Did you mean 'happy'")):
        with pytest.raises(SynthesisError, match=rf"'{name}'.*angry, happy, neutral, sad.*{near}"):
            space.index(name)


def test_a_speaker_vector_of_the_wrong_size_is_refused(conditioned: Tacotron2, batch: Batch) -> None:
    with pytest.raises(SynthesisError, match=r"256 numbers.*wants 4"):
        spoken(conditioned, batch, speaker_embedding=torch.randn(3, 256))


def test_a_decoder_for_other_conditions_is_refused(build: Callable) -> None:
    parts = Conditioning(8, 10, 4)
    parts.width = 11
    net = build(Conditioning(8, 10, 4))
    with pytest.raises(ConfigError, match="condition_width is 10"):
        Tacotron2(net.encoder, net.decoder, net.postnet, parts)


def test_wishes_change_the_prosody_in_their_units() -> None:
    prosody = torch.tensor([[5.0, 0.6, -25.0, 12.0]])
    changed = ProsodyWish(rate=1.1, pitch=12.0, pitch_range=2.0, energy=3.0).apply(prosody)
    assert torch.allclose(changed, torch.tensor([[5.0 + math.log(2), 1.2, -22.0, 13.2]]))


def test_an_emotion_changes_prosody_in_proportion_to_its_intensity(conditioned: Tacotron2, batch: Batch) -> None:
    speakers = torch.randn(3, 4)

    def predicted(intensity: float) -> PredictedProsody:
        conditions = Conditions(speakers, torch.full((3,), 3), torch.full((3,), intensity))
        made = conditioned(*batch, conditions).conditioned
        assert made is not None
        assert made.prosody is not None
        return made.prosody

    low, middle, high = (predicted(intensity).measures for intensity in (0.0, 0.5, 1.0))
    assert torch.allclose(middle - low, high - middle, atol=1e-4)
    full = predicted(1.0)
    assert torch.allclose(high - low, full.common + full.personal, atol=1e-4)
    assert conditioned.conditioning is not None
    assert conditioned.conditioning.prosody is not None
    vector = conditioned.conditioning.emotion.from_label(torch.tensor([3]))  # type: ignore[union-attr]
    assert torch.allclose(full.common[:1], conditioned.conditioning.prosody.changes(vector), atol=1e-4)
    assert not torch.allclose(full.personal[0], full.personal[1])


def test_an_emotion_reads_as_a_set_of_acoustic_parameters(conditioned: Tacotron2) -> None:
    parts = conditioned.conditioning
    assert parts is not None
    assert parts.prosody is not None
    assert parts.prosody.emotion is not None
    table = parts.emotion_prosody()
    assert set(table["neutral"].values()) == {0.0}
    nn.init.zeros_(parts.prosody.emotion.weight)
    with torch.no_grad():
        parts.prosody.emotion.weight[0] = parts.emotion.table.weight[1]  # type: ignore[union-attr]
    length = float(parts.emotion.table.weight[1].detach().square().sum())  # type: ignore[union-attr]
    semitones = length * float(parts.prosody.deviation[0]) / math.log(2) * 12
    assert parts.emotion_prosody()["happy"] == pytest.approx(
        {"pitch": semitones, "pitch_range": 0.0, "energy": 0.0, "rate": 0.0}, rel=1e-4
    )


def test_what_could_not_be_measured_counts_as_average(conditioned: Tacotron2) -> None:
    assert conditioned.conditioning is not None
    predictor = conditioned.conditioning.prosody
    assert predictor is not None
    scaled = predictor.scaled(torch.tensor([[0.0, 0.0, -20.0, 0.0], [float("nan"), 0.5, -20.0, 9.0]]))
    assert scaled[0, [0, 1, 3]].tolist() == [0.0, 0.0, 0.0]
    assert scaled[1, 0] == 0.0
    assert scaled[0, 2] == scaled[1, 2] != 0.0


def test_the_adversary_turns_its_gradient_round() -> None:
    torch.manual_seed(0)
    adversary = SpeakerAdversary(5, 3, strength=0.5)
    vector = torch.randn(4, 5, requires_grad=True)
    nn.functional.cross_entropy(adversary(vector), torch.tensor([0, 1, 2, 0])).backward()
    honest = vector.detach().clone().requires_grad_()
    nn.functional.cross_entropy(adversary.guess(honest), torch.tensor([0, 1, 2, 0])).backward()
    assert vector.grad is not None
    assert honest.grad is not None
    assert torch.allclose(vector.grad, -0.5 * honest.grad)
