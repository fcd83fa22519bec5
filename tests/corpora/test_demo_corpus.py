"""The demo corpus: its plan, its sound, which is the same every time, and the folder it is kept in."""

from __future__ import annotations

import re
import threading
import time
import wave
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from voiceclone.audio.contract import AudioContract
from voiceclone.audio.pitch import f0
from voiceclone.data.corpora import Demo
from voiceclone.data.corpora.demo import cache
from voiceclone.data.corpora.demo.plan import EMOTIONS, SPEAKERS, Clip, plan
from voiceclone.errors import DataError

FEW = plan(2)[:4]


@pytest.fixture(autouse=True)
def user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    return tmp_path / "user-cache" / "voiceclone" / "demo"


@pytest.fixture
def mute(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No speech, but a list of who was asked to speak."""
    asked: list[str] = []
    monkeypatch.setattr(cache, "_speak", lambda folder, clips: asked.append(clips[0].speaker))
    return asked


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 2**15


def pitch(wave_: np.ndarray) -> np.ndarray:
    contract = AudioContract(22050, n_fft=1024, hop_length=256, win_length=1024, n_mels=80, f_min=0, f_max=8000)
    contour = f0(wave_, contract)
    return contour[contour > 0]


def test_the_plan_has_enough_speakers_languages_and_emotions() -> None:
    clips = plan()
    assert len({clip.id for clip in clips}) == len(clips)
    assert len(SPEAKERS) >= 6
    assert sum("zh" in speaker.clips for speaker in SPEAKERS.values()) >= 2
    for speaker in SPEAKERS:
        assert {clip.emotion for clip in clips if clip.speaker == speaker} == set(EMOTIONS)
    assert Counter(clip.emotion for clip in clips).most_common()[-1][1] >= 60
    assert {clip.intensity for clip in clips if clip.emotion != "neutral"} == {0.4, 0.7, 1.0}


def test_more_intensity_takes_every_setting_further_from_neutral() -> None:
    base = {"rate": 165, "pitch": 50, "range": 50, "volume": 48}
    gap: dict[tuple[str, float], list[float]] = defaultdict(list)
    for clip in plan():
        if clip.speaker == "ada":
            gap[clip.emotion, clip.intensity].append(
                sum(abs(clip.settings[name] - value) for name, value in base.items())
            )
    for emotion in set(EMOTIONS) - {"neutral"}:
        gaps = [np.mean(gap[emotion, intensity]) for intensity in (0.4, 0.7, 1.0)]
        assert gaps == sorted(gaps)


def test_the_sentences_differ_and_every_character_has_its_syllable() -> None:
    texts = {clip.text: clip for clip in plan()}
    assert Counter(clip.language for clip in texts.values()) == {"en": 100, "zh": 100}
    for text, clip in texts.items():
        if clip.language == "zh":
            syllables = re.findall(r"[a-z]+[1-5]", clip.spoken)
            assert len(syllables) == len(re.findall(r"[\u4e00-\u9fff]", text)), text
            assert not re.search(r"[jqx]iong", clip.spoken), "espeak-ng spells these syllables out in English"


def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    once, twice = (cache.kept_in(tmp_path / name / "demo", FEW) for name in ("once", "twice"))
    for clip in FEW:
        assert cache.place(once, clip).read_bytes() == cache.place(twice, clip).read_bytes()
        level = np.abs(samples(cache.place(once, clip)))
        assert 0.1 < level.max() < 1
    assert [path.name for path in (tmp_path / "once").iterdir()] == ["demo"]


def test_mandarin_tones_are_heard(tmp_path: Path) -> None:
    base = next(clip for clip in plan() if clip.speaker == "lei")
    tones = [replace(base, id=f"ma{tone}", spoken=f"ma{tone}") for tone in (1, 2, 3, 4)]
    root = cache.kept_in(tmp_path / "demo", tones)
    high, rising, low, falling = (pitch(samples(cache.place(root, clip)))[2:-2] for clip in tones)
    assert abs(high[-1] / high[0] - 1) < 0.12
    assert rising[-1] / rising[0] > 1.1
    assert falling[-1] / falling[0] < 0.9
    assert np.median(low) < 0.92 * np.median(high)


def test_a_sentence_that_is_said_twice_is_said_in_different_emotions() -> None:
    emotions = defaultdict(list)
    for clip in plan():
        emotions[clip.text].append(clip.emotion)
    assert max(map(len, emotions.values())) == 3
    assert all(len(set(said)) == len(said) for said in emotions.values())


def test_the_reader_gives_every_clip_its_words_and_its_split(tmp_path: Path, mute: list[str]) -> None:
    corpus = Demo(tmp_path / "demo", held_out_speakers=["eva"], held_out_utterances=["*_9?_*"])
    clips = list(corpus)
    assert (len(clips), corpus.found, corpus.skipped, corpus.untranscribed) == (len(plan()), len(plan()), [], [])
    assert {clip.split for clip in clips if clip.speaker == "eva"} == {"test"}
    assert all((clip.intensity == 0) == (clip.emotion == "neutral") for clip in clips)
    assert clips[0].audio == tmp_path / "demo" / "ada" / f"{clips[0].id}.wav"


def test_it_is_spoken_once(tmp_path: Path, mute: list[str]) -> None:
    for _ in range(2):
        list(Demo(tmp_path / "demo", clips_per_speaker=1))
    assert sorted(mute) == sorted(SPEAKERS)


def test_a_run_that_is_killed_leaves_nothing_half_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(folder: Path, clips: list[Clip]) -> None:
        cache.place(folder, clips[0]).parent.mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cache, "_speak", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache.kept_in(tmp_path / "demo", FEW)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_could_not_clear_is_cleared_an_hour_later(
    tmp_path: Path, mute: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".demo-left").mkdir()
    cache.kept_in(tmp_path / "demo", FEW)
    assert (tmp_path / ".demo-left").exists(), "it may be another run at work"
    later = time.time() + 3700
    monkeypatch.setattr(time, "time", lambda: later)
    cache.kept_in(tmp_path / "demo", FEW[:2])
    assert not (tmp_path / ".demo-left").exists()


def test_two_runs_at_once_leave_one_whole_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2)
    monkeypatch.setattr(cache, "_speak", lambda folder, clips: together.wait(10))
    with ThreadPoolExecutor(2) as pool:
        roots = list(pool.map(lambda _: cache.kept_in(tmp_path / "demo", FEW[:2]), range(2)))
    assert roots == [tmp_path / "demo"] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    assert (tmp_path / "demo" / "demo.json").exists()


def test_another_plan_replaces_what_was_made(tmp_path: Path, mute: list[str]) -> None:
    cache.kept_in(tmp_path / "demo", FEW)
    (tmp_path / "demo" / "old.wav").touch()
    assert cache.kept_in(tmp_path / "demo", FEW[:2]) == tmp_path / "demo"
    assert not (tmp_path / "demo" / "old.wav").exists()
    assert [path.name for path in tmp_path.glob("*demo*")] == ["demo"]


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path, mute: list[str]) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "thesis.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something else"):
        cache.kept_in(tmp_path / "demo", FEW)
    assert (tmp_path / "demo" / "thesis.txt").read_text() == "mine"


def test_without_leave_to_write_it_is_kept_in_the_users_cache(
    tmp_path: Path, mute: list[str], user_cache: Path
) -> None:
    (tmp_path / "file").touch()
    corpus = Demo(tmp_path / "file" / "demo", clips_per_speaker=1)
    assert all(user_cache in clip.audio.parents for clip in corpus)
    user_cache.parent.rename(tmp_path / "gone")
    user_cache.parent.touch()
    with pytest.raises(DataError, match=r"cannot be written.*paths\.data="):
        list(Demo(tmp_path / "file" / "demo"))


def test_a_library_that_cannot_speak_is_one_clear_error(tmp_path: Path) -> None:
    silent = replace(FEW[0], settings={**FEW[0].settings, "voice": "no-such-voice"})
    with pytest.raises(DataError, match=r"cannot be spoken.*no-such-voice"):
        cache.kept_in(tmp_path / "demo", [silent])


@pytest.mark.slow
def test_all_of_it_is_a_quarter_of_an_hour_made_in_two_minutes_with_audible_emotions(tmp_path: Path) -> None:
    start = time.monotonic()
    clips = list(Demo(tmp_path / "demo"))
    assert time.monotonic() - start < 120
    waves = {clip.id: samples(clip.audio) for clip in clips}
    assert sum(map(len, waves.values())) / 22050 / 60 == pytest.approx(15, abs=1)
    full = [clip for clip in clips if clip.language == "en" and clip.intensity in (0.0, 1.0)]
    heights, levels = defaultdict(list), defaultdict(list)
    for clip in full:
        heights[clip.emotion].append(pitch(waves[clip.id]).mean())
        levels[clip.emotion].append(20 * np.log10(waves[clip.id].std()))
    height = {emotion: np.mean(values) for emotion, values in heights.items()}
    level = {emotion: np.mean(values) for emotion, values in levels.items()}
    assert height["sad"] < height["neutral"] < height["angry"] < height["happy"] < height["surprised"]
    assert level["sad"] + 4 < level["neutral"] < level["angry"] - 4
