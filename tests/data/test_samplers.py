"""Which clips go together: everything once, nothing twice, nothing too large, the same on every machine."""

from __future__ import annotations

import numpy as np
import pytest

from voiceclone.data.samplers import InOrderSampler, Sampler, SegmentSampler
from voiceclone.data.samplers_buckets import BucketSampler
from voiceclone.data.samplers_speakers import SpeakerSampler
from voiceclone.errors import DataError


@pytest.fixture
def lengths(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(100, 900, 500)


def padded_frames(batch: np.ndarray, lengths: np.ndarray) -> int:
    return len(batch) * int(lengths[batch].max())


def test_buckets_stay_under_the_budget_and_hold_every_clip_once(lengths: np.ndarray) -> None:
    sampler = BucketSampler(lengths, frames=6000, max_clips=32)
    for epoch in range(3):
        batches = sampler.batches(epoch)
        assert len(batches) == len(sampler)
        assert sorted(np.concatenate(batches)) == list(range(500))
        assert max(padded_frames(batch, lengths) for batch in batches) <= 6000
        assert max(map(len, batches)) <= 32


def test_buckets_waste_little_on_padding(lengths: np.ndarray) -> None:
    batches = BucketSampler(lengths, frames=6000, max_clips=64).batches(0)
    assert lengths.sum() / sum(padded_frames(batch, lengths) for batch in batches) > 0.85


def test_one_long_clip_among_short_ones_makes_a_small_batch_of_its_own(rng: np.random.Generator) -> None:
    lengths = np.append(rng.integers(150, 190, 99), 1720)
    batches = BucketSampler(lengths, frames=3000, max_clips=64).batches(0)
    (with_long,) = (batch for batch in batches if 99 in batch)
    assert len(with_long) == 1
    assert len(batches) < 10


def test_a_clip_beyond_the_budget_is_left_out_and_said(lengths: np.ndarray) -> None:
    lengths[7] = 5000
    sampler = BucketSampler(lengths, frames=4000, max_clips=32)
    assert 7 not in np.concatenate(sampler.batches(0))
    assert sampler.notes == [
        "1 clips of up to 5000 frames are more than a batch may hold (frames_per_batch=4000): left out"
    ]


def test_epochs_mix_clips_anew_and_repeat_exactly(lengths: np.ndarray) -> None:
    one, same = (BucketSampler(lengths, 6000, 32, seed=3) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one.batches(5), same.batches(5), strict=True))
    groups = [{frozenset(batch.tolist()) for batch in one.batches(epoch)} for epoch in (5, 6)]
    assert len(groups[0] & groups[1]) < len(one) / 4


def test_without_shuffling_every_epoch_is_the_same(lengths: np.ndarray) -> None:
    sampler = BucketSampler(lengths, 6000, 32, shuffle=False)
    assert all((a == b).all() for a, b in zip(sampler.batches(0), sampler.batches(1), strict=True))


SAMPLERS = {
    "buckets": lambda world: BucketSampler(np.arange(100, 600), 6000, 32, world=world),
    "segments": lambda world: SegmentSampler(500, 16, world=world),
    "in order": lambda world: InOrderSampler(500, world=world),
    "speakers": lambda world: SpeakerSampler(np.repeat(np.arange(50), 40), 5, 4, world=world),
}


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("world", [2, 3, 8])
def test_ranks_take_equally_many_batches_and_never_the_same_clip(name: str, world: int) -> None:
    sampler: Sampler = SAMPLERS[name](world)
    batches = sampler.batches(epoch=1)
    assert len(batches) == len(sampler) * world
    ranks = [set(np.concatenate(batches[rank::world]).tolist()) for rank in range(world)]
    assert sum(map(len, ranks)) == len(set.union(*ranks))


def test_all_clips_are_used_on_however_many_ranks() -> None:
    for world in (1, 2, 3, 5, 8):
        batches = SAMPLERS["buckets"](world).batches(0)
        assert sorted(np.concatenate(batches)) == list(range(500))


@pytest.mark.parametrize("world", [1, 2, 4])
def test_clips_in_order_are_left_out_or_repeated_where_ranks_cannot_share_them_evenly(world: int) -> None:
    left_out, repeated = InOrderSampler(5, world), InOrderSampler(5, world, repeat=True)
    assert {int(row) for rows in repeated.batches(0) for row in rows} == set(range(5))
    assert len(repeated.batches(0)) == world * len(repeated) >= 5 >= len(left_out.batches(0))
    assert bool(left_out.notes) == bool(5 % world)
    assert not repeated.notes


def test_ranks_step_through_clips_of_like_length_together() -> None:
    lengths = np.arange(100, 1100)
    batches = BucketSampler(lengths, 6000, 32, world=4).batches(0)
    for step in range(0, len(batches), 4):
        means = [lengths[batch].mean() for batch in batches[step : step + 4]]
        assert max(means) < 1.6 * min(means)


def test_more_ranks_than_clips_is_an_error() -> None:
    with pytest.raises(DataError, match="3 clips cannot be shared out over 4 devices"):
        SegmentSampler(3, 16, world=4)
    with pytest.raises(DataError, match="3 clips cannot be shared out over 4 devices"):
        BucketSampler(np.full(3, 10), 100, 4, world=4)


def test_single_clip_batches_that_do_not_fill_the_ranks_lose_the_odd_one() -> None:
    batches = BucketSampler(np.full(5, 100), frames=100, max_clips=8, world=2).batches(0)
    assert len(batches) == 4


def test_segments_come_in_equal_batches_and_the_remainder_changes() -> None:
    sampler = SegmentSampler(50, 16)
    assert [len(batch) for batch in sampler.batches(0)] == [16, 16, 16]
    left_out = [set(range(50)) - set(np.concatenate(sampler.batches(epoch)).tolist()) for epoch in range(5)]
    assert len(set.union(*left_out)) > 2


def test_fewer_clips_than_a_batch_make_a_smaller_one() -> None:
    assert [len(batch) for batch in SegmentSampler(5, 16).batches(0)] == [5]


def test_speaker_batches_hold_n_speakers_times_m_clips_of_theirs() -> None:
    speakers = np.repeat(np.arange(20), 15)
    sampler = SpeakerSampler(speakers, n_speakers=8, n_utterances=5)
    for batch in sampler.batches(0):
        grouped = speakers[batch].reshape(8, 5)
        assert (grouped == grouped[:, :1]).all()
        assert len(set(grouped[:, 0])) == 8
        assert len(set(batch)) == 40
    assert sampler.notes == []


def test_every_speaker_has_as_many_turns_whatever_their_number_of_clips() -> None:
    speakers = np.repeat(np.arange(10), [400] + [20] * 9)
    batches = SpeakerSampler(speakers, n_speakers=5, n_utterances=4).batches(0)
    turns = np.bincount(speakers[np.concatenate(batches)])
    assert max(turns) <= min(turns) + 2 * 4


def test_fewer_speakers_and_clips_than_asked_for_are_used_all_and_said() -> None:
    speakers = np.repeat(np.arange(4), [1, 3, 12, 12])
    sampler = SpeakerSampler(speakers, n_speakers=64, n_utterances=10)
    (batch, *_) = sampler.batches(0)
    assert sorted(set(speakers[batch])) == [1, 2, 3]
    assert sampler.notes == [
        "1 speakers with fewer than 2 clips are left out",
        "3 speakers, not the 64 asked for: all are in every batch",
        "1 speakers have fewer than 10 clips: theirs repeat in a batch",
    ]


def test_one_speaker_alone_is_an_error() -> None:
    with pytest.raises(DataError, match="GE2E needs at least two"):
        SpeakerSampler(np.zeros(50), 64, 10)
