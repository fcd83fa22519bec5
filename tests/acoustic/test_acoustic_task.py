"""Training the acoustic model and its emotion classifier, end to end on a few made-up clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import TensorBoardLogger
from torch.utils.data import DataLoader

from voiceclone.audio.contract import AudioContract
from voiceclone.checkpoints.published_acoustic import export_tacotron2
from voiceclone.data.batches import AcousticBatch
from voiceclone.errors import CheckpointError, ConfigError, ContractMismatch
from voiceclone.models.acoustic import Conditioning, MelodyPredictor, TacotronOutput
from voiceclone.models.emotion.adversary import SpeakerAdversary
from voiceclone.models.emotion.reference import ReferenceEncoder
from voiceclone.models.emotion.space import EmotionSpace
from voiceclone.models.vocoder import ISTFTGenerator
from voiceclone.training.acoustic import AcousticTask
from voiceclone.training.acoustic_losses import LOSSES, AcousticLosses
from voiceclone.training.acoustic_start import load_classifier, start_from
from voiceclone.training.acoustic_validation import AcousticValidation
from voiceclone.training.emotion import EmotionClassifierTask

CONTRACT = AudioContract(8000, 64, 16, 64, 6, 0, 4000)
FACTS = {"speakers": ["a", "b"], "emotions": ["neutral", "happy"], "languages": ["en"], "symbols": list("_abcdefghijk")}
adam = partial(torch.optim.Adam, lr=1e-2)


@pytest.fixture
def clips() -> AcousticBatch:
    torch.manual_seed(0)
    symbols, lengths = torch.randint(1, 12, (4, 7)), torch.tensor([7, 5, 6, 7])
    return AcousticBatch(
        symbols=symbols,
        symbol_lengths=lengths,
        mel=torch.randn(4, 6, 24) - 4,
        mel_lengths=torch.tensor([24, 15, 20, 22]),
        speaker=torch.tensor([0, 1, 0, 1]),
        speaker_embedding=torch.nn.functional.normalize(torch.randn(4, 4), dim=1),
        emotion=torch.tensor([0, 1, 1, -1]),
        intensity=torch.tensor([0.0, 1.0, 0.5, 1.0]),
        language=torch.zeros(4, dtype=torch.long),
        prosody=torch.tensor([[5.0, 0.5, -20.0, 12.0]]).repeat(4, 1),
        prosody_change=torch.zeros(4, 4),
        f0=torch.zeros(4, 24),
        energy=torch.zeros(4, 24),
        ids=["one", "two", "three", "four"],
    )


@pytest.fixture
def task(build: Callable) -> Callable[..., AcousticTask]:
    def make(emotions: tuple[str, ...] = ("neutral", "happy"), **settings: object) -> AcousticTask:
        torch.manual_seed(0)
        space = EmotionSpace(emotions, 5, ReferenceEncoder(6, 5, (4, 4), 8))
        melody = MelodyPredictor(8, 6, 5, n_symbols=12)
        parts = Conditioning(
            8, 10, 4, 3, space, ("en",), 2, predict_prosody=True, personal_emotions=True, melody=melody
        )
        facts = {**FACTS, "emotions": list(emotions)}
        known = {"adversary": SpeakerAdversary, "optimizer": adam, "facts": facts, "losses": AcousticLosses()}
        return AcousticTask(CONTRACT, build(parts, reduction=2), **{**known, **settings})

    return make


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of an emotion classifier that knows its labels in another order than the clips' numbers."""
    path = tmp_path_factory.mktemp("classifier") / "last.ckpt"
    task = EmotionClassifierTask(CONTRACT, {"labels": ["happy", "neutral"], "width": 8, "dilations": [1]}, adam)
    trainer = trainer_for(path.parent)
    trainer.strategy.connect(task)
    trainer.save_checkpoint(path)
    return path


def trainer_for(folder: Path, steps: int = 2, logger: TensorBoardLogger | None = None) -> pl.Trainer:
    return pl.Trainer(
        max_steps=steps,
        accelerator="cpu",
        logger=logger or False,
        default_root_dir=folder,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        gradient_clip_val=1.0,
        num_sanity_val_steps=0,
    )


def loader(batch: AcousticBatch, times: int = 1) -> DataLoader:
    return DataLoader([batch] * times, batch_size=None)


@pytest.mark.filterwarnings("ignore")
def test_a_short_training_learns_logs_and_shows(
    task: Callable, clips: AcousticBatch, classifier: Path, tmp_path: Path
) -> None:
    validation = AcousticValidation(CONTRACT, n_spoken=2, n_shown=1)
    net = task(emotion_classifier=str(classifier), validation=validation, reductions=[[0, 2], [20, 1]])
    before = {name: weight.clone() for name, weight in net.state_dict().items()}
    logger = TensorBoardLogger(tmp_path, name=None, version="")
    first = float(net.losses(net.eval(), net(clips), clips)["mel_after"])
    trainer = trainer_for(tmp_path, 30, logger)
    trainer.fit(net, loader(clips, 30), loader(clips))

    metrics = trainer.callback_metrics
    assert {f"train/{name}" for name in LOSSES} <= metrics.keys()
    assert metrics["validation/mel_after"] < 0.7 * first
    assert {"validation/mel_after_neutral", "validation/mel_after_happy"} <= metrics.keys()
    assert {"validation/coverage", "validation/monotonicity", "validation/stopped"} <= metrics.keys()
    assert {"emotion/happy_pitch", "emotion/neutral_rate"} <= metrics.keys()
    assert net.acoustic.decoder.reduction == 1
    assert all(torch.equal(net.state_dict()[n], w) for n, w in before.items() if n.startswith("emotion_classifier"))
    written = b"".join(path.read_bytes() for path in tmp_path.glob("events*"))
    assert b"validation/one/attention_free" in written
    assert b"validation/one/free" in written


def test_every_weight_learns(task: Callable, clips: AcousticBatch, classifier: Path) -> None:
    net = task(emotion_classifier=str(classifier))
    labelled = replace(clips, emotion=torch.tensor([0, 1, 1, 1]))
    conditioning = net.acoustic.conditioning
    starting_at_zero = (conditioning.to_memory, conditioning.melody.reading.to_memory)
    for layer in (*starting_at_zero, net.acoustic.decoder.attention_rnn.condition):
        torch.nn.init.normal_(layer.weight, std=0.1)
    output = net(labelled, torch.tensor([True, True, False, False]))
    sum(net.losses(net, output, labelled).values()).backward()
    idle = [n for n, p in net.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
    assert not idle


def test_a_checkpoint_is_plain_and_goes_on_with_its_reduction(
    task: Callable, clips: AcousticBatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    net = task(reductions=[[0, 2], [1, 1]])
    trainer = trainer_for(tmp_path)
    trainer.fit(net, loader(clips, 2))
    trainer.save_checkpoint(tmp_path / "last.ckpt")
    saved = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert saved["facts"] == FACTS
    again = task()
    assert again.acoustic.decoder.reduction == 2
    again.load_state_dict(saved["state_dict"])
    assert again.acoustic.decoder.reduction == 1

    richer = task(emotions=("neutral", "angry", "happy"), warm_start=str(tmp_path / "last.ckpt"))
    tables = [each.acoustic.conditioning.emotion.table.weight for each in (richer, net)]
    assert torch.equal(tables[0][2], tables[1][1])
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any("new in conditioning.emotion.table.weight: angry" in message for message in told)


def test_validation_speaks_through_the_vocoder_of_a_voice(
    task: Callable, clips: AcousticBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = ISTFTGenerator(6, 16, 64, channels=8, hidden=8, n_blocks=1)
    voice = SimpleNamespace(audio=CONTRACT, networks={"vocoder": generator})
    monkeypatch.setattr("voiceclone.training.acoustic_validation.load_bundle", lambda folder: voice)
    spoken = AcousticValidation(CONTRACT, vocoder=str(tmp_path))._wave(clips.mel[0])
    assert torch.allclose(spoken, generator(clips.mel[:1]).flatten(), atol=1e-5)
    with pytest.raises(ContractMismatch, match="hop_length"):
        AcousticValidation(replace(CONTRACT, hop_length=32), vocoder=str(tmp_path))


def test_speakers_without_embeddings_can_be_learned(task: Callable, clips: AcousticBatch) -> None:
    nameless = replace(clips, speaker_embedding=torch.zeros(4, 0))
    assert task().speaker_vectors(nameless) is None
    vectors = task(learn_speakers=True).speaker_vectors(nameless)
    assert vectors.shape == (4, 4)
    assert torch.allclose(vectors.norm(dim=1), torch.ones(4))
    assert torch.equal(vectors[0], vectors[2])


def test_clips_without_a_label_do_not_count_in_the_accuracy(clips: AcousticBatch, tmp_path: Path) -> None:
    task = EmotionClassifierTask(CONTRACT, {"labels": ["neutral", "happy"], "width": 8, "dilations": [1]}, adam)
    unlabelled = replace(clips, emotion=torch.full((4,), -1))
    both: DataLoader = DataLoader([clips, unlabelled], batch_size=None)  # type: ignore[arg-type]
    alone, mixed = (trainer_for(tmp_path).validate(task, data, verbose=False)[0] for data in (loader(clips), both))
    assert alone == mixed


def test_a_misspelt_loss_is_refused(task: Callable) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'guided_attention'"):
        task(weight_schedules={"guided_atention": [[0, 1.0]]})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"weights": {"gate": "much"}}, "'gate' is 'much': expected a number"),
        ({"weights": {"gate": None}}, "'gate' is None: expected a number"),
        ({"reductions": [[0, 9]]}, "9 frames a step; the decoder makes 1 to 2"),
        ({"reductions": [[5, 2]]}, "must begin at step 0"),
    ],
)
def test_settings_that_training_would_stumble_over_are_refused_before_it(
    task: Callable, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        task(**settings)


def saved(task: AcousticTask, folder: Path) -> str:
    trainer = trainer_for(folder)
    trainer.strategy.connect(task)
    trainer.save_checkpoint(folder / "last.ckpt")
    return str(folder / "last.ckpt")


def test_learned_speakers_come_along_by_name_and_new_ones_are_named(
    task: Callable, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = task(learn_speakers=True, facts={**FACTS, "speakers": ["ann", "bob", "cem"]})
    path = saved(old, tmp_path)
    facts = {**FACTS, "speakers": ["bob", "cem", "dora"]}
    new = task(learn_speakers=True, facts=facts, warm_start=path)
    assert torch.equal(new.speakers.weight[:2], old.speakers.weight[1:])
    assert "new in speakers.weight: dora" in caplog.text
    task(learn_speakers=True, facts=facts, warm_start=saved(task(), tmp_path))
    assert "new: speakers.weight" in caplog.text


def test_the_melody_enters_late_unless_it_comes_from_a_model_that_has_one(
    task: Callable, clips: AcousticBatch, tmp_path: Path
) -> None:
    net, seen = task(melody_from=2, losses=(losses := Recorded())), losses.names
    trainer_for(tmp_path, 4).fit(net, loader(clips, 4))
    assert ["pitch" in names for names in seen] == [False, False, True, True]
    assert net.acoustic.conditioning.melody.table.weight.any()
    warm = task(melody_from=2, warm_start=saved(net, tmp_path), losses=(losses := Recorded()))
    trainer_for(tmp_path, 1).fit(warm, loader(clips))
    assert "pitch" in losses.names[0]


class Recorded(AcousticLosses):
    """The usual losses; remembers which there were in each step."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[set[str]] = []

    def __call__(self, task: AcousticTask, output: TacotronOutput, batch: AcousticBatch) -> dict[str, torch.Tensor]:
        found = super().__call__(task, output, batch)
        self.names.append(set(found))
        return found


def test_a_model_on_another_scale_of_mels_is_refused_and_the_settings_named(
    task: Callable, build: Callable, tmp_path: Path
) -> None:
    path = saved(task(), tmp_path)
    other = build()
    other.mel_mean, other.mel_deviation = 0.0, 1.0
    with pytest.raises(ConfigError, match=r"Set acoustic\.mel_mean=-1 acoustic\.mel_deviation=2"):
        start_from(other, path, FACTS, CONTRACT)
    published = tmp_path / "nvidia.pt"
    torch.save({"state_dict": export_tacotron2(build(mask_padding=False))}, published)
    with pytest.raises(ConfigError, match=r"Set acoustic\.mel_mean=0 acoustic\.mel_deviation=1"):
        start_from(build(), published, FACTS, CONTRACT)
    assert "decoder.projection.weight" in start_from(other, published, FACTS, CONTRACT).carried


def test_a_classifier_for_other_mels_is_refused(classifier: Path) -> None:
    with pytest.raises(ContractMismatch, match="hop_length"):
        load_classifier(classifier, replace(CONTRACT, hop_length=32))


def test_a_checkpoint_of_another_kind_is_no_classifier(tmp_path: Path) -> None:
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(CheckpointError, match="experiment=emotion_classifier"):
        load_classifier(tmp_path / "other.ckpt", CONTRACT)
    with pytest.raises(CheckpointError, match="no such checkpoint"):
        load_classifier(tmp_path / "missing.ckpt", CONTRACT)


def test_the_classifier_learns_what_it_can_hear(clips: AcousticBatch, tmp_path: Path) -> None:
    """Happy clips get more treble; shifts of the whole level must not hide that."""
    torch.manual_seed(0)
    labels = torch.tensor([0, 1] * 8)
    mel = torch.randn(16, 6, 24) - 4
    mel[labels == 1, 3:] += 2
    lengths = torch.randint(12, 24, (16,))
    batch = replace(clips, mel=mel, mel_lengths=lengths, emotion=labels, ids=["clip"] * 16)
    task = EmotionClassifierTask(CONTRACT, {"labels": ["neutral", "happy"], "width": 8, "dilations": [1, 2]}, adam)
    trainer = trainer_for(tmp_path, 30)
    trainer.fit(task, loader(batch, 30), loader(batch))
    assert trainer.callback_metrics["validation/accuracy"] > 0.9
