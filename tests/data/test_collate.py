"""What stands in a batch is what stands in the store, in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_store import CONTRACT, MEL, clip, make_store

from voiceclone.data.batches import AcousticBatch, SpeakerBatch, VocoderBatch
from voiceclone.data.collate import silence
from voiceclone.data.collate_acoustic import AcousticReader
from voiceclone.data.collate_speaker import SpeakerReader
from voiceclone.data.collate_vocoder import VocoderReader
from voiceclone.data.labels import Labels
from voiceclone.data.prosody import prosody
from voiceclone.data.store import Store
from voiceclone.data.store_layers import add_array
from voiceclone.errors import ConfigError, DataError

SILENCE = np.float32(np.log(CONTRACT.log_floor))


def load(reader_class: type, store: Store, rows: Sequence[int], training: bool = True, seed: int = 0, **options):
    reader = reader_class(store, Labels.of(store), CONTRACT, training, **options)
    return reader.load(np.array(rows), np.random.default_rng(seed))


def people(folder: Path, frames: Sequence[int], **fields) -> Store:
    clips = [clip(f"c{i}", speaker=f"s{i // 2}", **fields) for i in range(len(frames))]
    return make_store(folder, clips, frames)


def test_a_vocoder_segment_and_its_mel_lie_at_the_same_place(tmp_path: Path) -> None:
    store = people(tmp_path, [60, 90])
    for seed in range(5):
        batch: VocoderBatch = load(VocoderReader, store, [0, 1], seed=seed, segment_samples=32 * CONTRACT.hop_length)
        assert batch.wave.shape == (2, 1, 32 * CONTRACT.hop_length)
        assert batch.mel.shape == (2, CONTRACT.n_mels, 32)
        # In the toy store the first mel band and the samples both count frames.
        per_frame = batch.wave.reshape(2, 32, CONTRACT.hop_length) * 32768
        torch.testing.assert_close(per_frame, batch.mel[:, 0, :, None].expand_as(per_frame))
        assert batch.ids == ["c0", "c1"]


def test_vocoder_segments_reach_every_part_of_a_clip(tmp_path: Path) -> None:
    store = people(tmp_path, [40])
    starts = {
        int(load(VocoderReader, store, [0], seed=seed, segment_samples=32 * CONTRACT.hop_length).mel[0, 0, 0])
        for seed in range(100)
    }
    assert starts == set(range(9))


def test_a_clip_shorter_than_a_segment_is_padded_with_silence(tmp_path: Path) -> None:
    batch = load(VocoderReader, people(tmp_path, [10]), [0], segment_samples=16 * CONTRACT.hop_length)
    assert (batch.wave[0, 0, 10 * CONTRACT.hop_length :] == 0).all()
    assert (batch.mel[0, :, 10:] == SILENCE).all()
    assert (batch.mel[0, 0, :10] == torch.arange(10)).all()


def test_validation_of_a_vocoder_is_on_whole_clips_from_their_beginning(tmp_path: Path) -> None:
    store = people(tmp_path, [60, 900])
    reader = VocoderReader(store, Labels.of(store), CONTRACT, training=False, validation_seconds=2.0)
    whole, long = (reader.load(rows, np.random.default_rng()) for rows in reader.sampler(0, 1).batches(0))
    assert whole.mel.shape[2] == 60
    assert (long.mel.shape[2], long.mel[0, 0, 0].item()) == (200, 0)


def test_a_segment_must_be_whole_frames(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="100 is no multiple of the hop length 16"):
        load(VocoderReader, people(tmp_path, [60]), [0], segment_samples=100)


def test_the_vocoder_can_read_mels_that_another_network_made(tmp_path: Path) -> None:
    store = people(tmp_path, [60])
    store = add_array(store, "forced@x", lambda items: [(i.id, i.arrays[MEL] + 1) for i in items], per="frame")
    batch = load(VocoderReader, store, [0], mel="forced@x", segment_samples=32 * CONTRACT.hop_length)
    per_frame = batch.wave.reshape(32, CONTRACT.hop_length)[:, 0] * 32768
    torch.testing.assert_close(batch.mel[0, 0], per_frame + 1)


def test_a_share_of_the_segments_keeps_the_recorded_mels_while_training(tmp_path: Path) -> None:
    store = people(tmp_path, [60])
    store = add_array(store, "forced@x", lambda items: [(i.id, i.arrays[MEL] + 1) for i in items], per="frame")
    options = {"mel": "forced@x", "recorded": 0.5, "segment_samples": 32 * CONTRACT.hop_length}
    batch = load(VocoderReader, store, [0] * 64, **options)
    moved = batch.mel[:, 0, 0] - batch.wave[:, 0, 0] * 32768
    assert set(moved.tolist()) == {0.0, 1.0}
    assert batch.predicted is not None
    assert torch.equal(batch.predicted, moved == 1)
    assert 0.3 < moved.mean() < 0.7
    heard = load(VocoderReader, store, [0], training=False, **options)
    assert heard.mel[0, 0, 0] == 1
    with pytest.raises(ConfigError, match=r"data.recorded=1.5: expected a share .* from 0 to 1"):
        load(VocoderReader, store, [0], **{**options, "recorded": 1.5})


def test_speaker_partials_are_cut_at_random_and_padded(tmp_path: Path) -> None:
    store = people(tmp_path, [100, 20, 50, 60])
    batch: SpeakerBatch = load(SpeakerReader, store, [0, 1, 2, 3], n_utterances=2, partial_frames=40)
    assert batch.mel.shape == (4, CONTRACT.n_mels, 40)
    assert batch.lengths.tolist() == [40, 20, 40, 40]
    assert (batch.speakers.tolist(), batch.n_utterances) == ([0, 1], 2)
    assert (batch.mel[1, :, 20:] == SILENCE).all()
    starts = {
        int(load(SpeakerReader, store, [0], n_utterances=1, partial_frames=40, seed=s).mel[0, 0, 0]) for s in range(40)
    }
    assert len(starts) > 15
    assert max(starts) <= 60


def test_the_same_clip_twice_in_a_speaker_batch_shows_two_parts(tmp_path: Path) -> None:
    batch = load(SpeakerReader, people(tmp_path, [400]), [0, 0], n_utterances=2, partial_frames=40)
    assert batch.mel[0, 0, 0] != batch.mel[1, 0, 0]


def test_partials_of_a_range_have_one_length_in_a_batch(tmp_path: Path) -> None:
    store = people(tmp_path, [400, 400])
    widths = {
        load(SpeakerReader, store, [0, 1], n_utterances=2, partial_frames=[140, 180], seed=s).mel.shape[2]
        for s in range(30)
    }
    assert len(widths) > 10
    assert min(widths) >= 140
    assert max(widths) <= 180


def test_an_acoustic_batch_holds_everything_known_about_its_clips(tmp_path: Path) -> None:
    clips = [
        clip("a", speaker="zoe", emotion="sad", intensity=0.3, language="zh"),
        clip("b", speaker="abe", emotion="neutral", intensity=None),
        clip("c", speaker="zoe"),
    ]
    store = make_store(tmp_path, clips, [40, 25, 33])
    store = add_array(store, "e@1", lambda items: ((i.id, np.full((1, 3), i.seconds, np.float32)) for i in items))
    batch: AcousticBatch = load(AcousticReader, store, [0, 1, 2], speaker_embedding="e@1")
    assert batch.mel.shape == (3, CONTRACT.n_mels, 40)
    assert batch.mel_lengths.tolist() == [40, 25, 33]
    assert batch.symbol_lengths.tolist() == [5, 3, 4]
    assert (batch.symbols.dtype, batch.symbols.shape) == (torch.int64, (3, 5))
    np.testing.assert_array_equal(batch.symbols[1], [*store[1].symbols, 0, 0])
    for row in range(3):
        mel = batch.mel[row, :, : batch.mel_lengths[row]]
        np.testing.assert_array_equal(mel.T, store[row].arrays[MEL])
        np.testing.assert_array_equal(batch.f0[row, : batch.mel_lengths[row]], store[row].arrays["f0"])
        np.testing.assert_array_equal(batch.energy[row, : batch.mel_lengths[row]], store[row].arrays["energy"])
    assert (batch.mel[1, :, 25:] == SILENCE).all()
    assert batch.speaker.tolist() == [1, 0, 1]
    assert batch.emotion.tolist() == [1, 0, -1]
    torch.testing.assert_close(batch.intensity, torch.tensor([0.3, 0.0, 1.0]))
    assert batch.language.tolist() == [1, 0, 0]
    assert batch.speaker_embedding.shape == (3, 3)
    assert batch.mel_mask.sum(1).tolist() == [40, 25, 33]
    assert batch.symbol_mask.sum(1).tolist() == [5, 3, 4]


def test_speaker_embeddings_say_who_speaks_and_not_which_clip(tmp_path: Path) -> None:
    clips = [clip("a", speaker="zoe"), clip("b", speaker="abe"), clip("c", speaker="zoe")]
    store = make_store(tmp_path, clips, [40, 25, 33])
    store = add_array(store, "e@1", lambda items: ((i.id, np.full((1, 3), i.seconds, np.float32)) for i in items))
    drawn = [load(AcousticReader, store, [0, 1, 2], speaker_embedding="e@1", seed=seed) for seed in range(20)]
    seen = torch.stack([batch.speaker_embedding[:, 0] for batch in drawn])
    for row, those_of_the_speaker in enumerate([{0.4, 0.33}, {0.25}, {0.4, 0.33}]):
        assert {round(value, 2) for value in seen[:, row].tolist()} == those_of_the_speaker
    measured = load(AcousticReader, store, [0, 1, 2], training=False, speaker_embedding="e@1")
    torch.testing.assert_close(measured.speaker_embedding[:, 0], torch.tensor([0.4, 0.25, 0.33]))


def test_clips_without_words_are_for_the_emotion_classifier_and_unlabelled_ones_are_not(tmp_path: Path) -> None:
    store = make_store(tmp_path, [clip("a", emotion="sad"), clip("b"), clip("c", emotion="happy")], [40, 25, 33])
    ids = [item.id for item in AcousticReader(store, Labels.of(store), CONTRACT, True, require_emotion=True).clips]
    assert ids == ["a", "c"]


def test_a_language_of_few_recordings_may_come_several_times_an_epoch_of_the_training(tmp_path: Path) -> None:
    store = make_store(tmp_path, [clip("a", language="zh"), clip("b"), clip("c", language="zh")], [40, 25, 33])

    def seen(training: bool, repeat: dict[str, int]) -> list[int]:
        reader = AcousticReader(store, Labels.of(store), CONTRACT, training, repeat=repeat, frames_per_batch=60)
        return sorted(np.concatenate(reader.sampler(0, 1).batches(0)).tolist())

    assert seen(True, {"zh": 3}) == [0, 0, 0, 1, 2, 2, 2]
    assert seen(False, {"zh": 3}) == [0, 1, 2]
    with pytest.raises(ConfigError, match=r"data\.repeat\.de: the data has no such language"):
        seen(True, {"de": 2})
    with pytest.raises(ConfigError, match=r"data\.repeat\.zh=0: needs a whole number from 1"):
        seen(True, {"zh": 0})


def test_named_streams_aligned_to_time_travel_in_the_batch(tmp_path: Path) -> None:
    store = people(tmp_path, [40, 25])
    store = add_array(
        store, "lips", lambda items: ((i.id, np.repeat(i.arrays["f0"][:, None], 6, 1)) for i in items), per="frame"
    )
    batch = load(AcousticReader, store, [0, 1], extra=["lips"])
    assert batch.extra["lips"].shape == (2, 6, 40)
    torch.testing.assert_close(batch.extra["lips"][:, 3], batch.f0)
    segment = load(VocoderReader, store, [0], extra=["lips"], segment_samples=32 * CONTRACT.hop_length)
    start = int(segment.mel[0, 0, 0])
    np.testing.assert_array_equal(segment.extra["lips"][0, 0], store[0].arrays["f0"][start : start + 32])
    with pytest.raises(DataError, match="one value per sample; needs one per mel frame"):
        load(AcousticReader, store, [0], extra=["wave"])


def test_prosody_is_pitch_its_range_level_and_rate() -> None:
    f0 = np.array([0, 100, 100 * np.e, 0], dtype=np.float32)
    energy = np.array([-90, -20, -30, -90], dtype=np.float32)
    mean, spread, level, rate = prosody(f0, energy, n_symbols=12, seconds=2.0)
    assert mean == pytest.approx(np.log(100) + 0.5)
    assert spread == pytest.approx(0.9)
    assert (level, rate) == (-25.0, 6.0)
    assert prosody(np.zeros(4), energy, 12, 2.0).tolist() == [0.0, 0.0, -57.5, 6.0]


def test_an_emotional_clip_says_what_differs_from_its_speakers_neutral_ones(tmp_path: Path) -> None:
    emotions = ["neutral", "neutral", "angry", None, "angry"]
    speakers = ["anna", "anna", "anna", "anna", "ben"]
    clips = [
        clip(f"c{i}", speaker=speaker, emotion=emotion)
        for i, (speaker, emotion) in enumerate(zip(speakers, emotions, strict=True))
    ]
    batch = load(AcousticReader, make_store(tmp_path, clips, 40), [0, 1, 2, 3, 4])
    calm = batch.prosody[:2].mean(dim=0)
    assert batch.prosody_change is not None
    torch.testing.assert_close(batch.prosody_change[:3], batch.prosody[:3] - calm)
    assert batch.prosody_change[3:].isnan().all()  # unlabelled, and of one who was never heard neutral


def test_the_level_of_a_levelled_clip_says_nothing(tmp_path: Path) -> None:
    def batch(levelled: bool) -> AcousticBatch:
        about = {"speaker": "anna", "extra": {"levelled": levelled}}
        clips = [clip(emotion, emotion=emotion, **about) for emotion in ("neutral", "angry")]
        return load(AcousticReader, make_store(tmp_path / str(levelled), clips, 40), [0, 1])

    silent, telling = batch(levelled=True), batch(levelled=False)
    for field in ("prosody", "prosody_change"):
        known = getattr(silent, field).isfinite()
        assert known.tolist() == [[True, True, False, True]] * 2
        torch.testing.assert_close(getattr(silent, field)[known], getattr(telling, field)[known])
        assert getattr(telling, field).isfinite().all()


def test_a_batch_moves_as_a_whole(tmp_path: Path) -> None:
    batch = load(AcousticReader, people(tmp_path, [40, 25]), [0, 1], extra=["energy"])
    moved = batch.to("meta")
    assert {moved.mel.device.type, moved.symbols.device.type, moved.extra["energy"].device.type} == {"meta"}
    assert moved.ids == batch.ids
    speakers = load(SpeakerReader, people(tmp_path / "p", [400]), [0, 0], n_utterances=2)
    assert speakers.to("meta").n_utterances == 2


def test_silence_is_what_a_contract_makes_of_no_sound() -> None:
    assert silence(CONTRACT) == pytest.approx(np.log(1e-5))
    assert silence(replace(CONTRACT, log="log10")) == -5
    assert silence(replace(CONTRACT, log="none")) == 0
