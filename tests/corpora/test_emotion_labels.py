"""The names of emotions."""

from __future__ import annotations

import pytest

from voiceclone.errors import DataError
from voiceclone.models.emotion.labels import CHINESE, CIRCUMPLEX, LABELS, canonical


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Anger", "angry"), ("boredom", "bored"), (" Surprise ", "surprised"), ("开心", "happy"), ("悲伤", "sad"),
        ("愤怒", "angry"), ("平静", "calm"), ("恐惧", "fearful"), ("厌恶", "disgust"), ("惊讶", "surprised"),
        ("中立", "neutral"), ("生气", "angry"),
    ],
)  # fmt: skip
def test_english_and_chinese_names_lead_to_the_canonical_label(name: str, label: str) -> None:
    assert canonical(name) == label


def test_every_label_is_its_own_name_and_has_a_chinese_one_and_a_place() -> None:
    assert [canonical(label) for label in LABELS] == list(LABELS)
    assert {canonical(name): name for name in CHINESE.values()} == CHINESE
    assert set(CIRCUMPLEX) == set(LABELS)
    assert all(-1 <= value <= 1 for place in CIRCUMPLEX.values() for value in place)


def test_no_two_labels_stand_in_the_same_place() -> None:
    assert len(set(CIRCUMPLEX.values())) == len(LABELS)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(DataError, match=r"unknown emotion 'hapy'\. Did you mean 'happy'\?"):
        canonical("hapy")
