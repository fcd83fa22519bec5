"""Published layouts as small trees of empty files: a reader looks at names and lists, never into the recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from voiceclone.data.corpora import (
    AISHELL,
    AISHELL3,
    ESD,
    RAVDESS,
    VCTK,
    CremaD,
    EmoDB,
    LibriSpeech,
    LibriTTS,
    LJSpeech,
    Speechocean762,
)
from voiceclone.data.utterance import Utterance


def tree(root: Path, *audio: str, **texts: str) -> Path:
    """Empty recordings, and text files given as ``path=content`` with ``__`` for a slash and ``_dot_`` for a dot."""
    for name in audio:
        touch(root / name)
    for name, text in texts.items():
        write(root / name.replace("__", "/").replace("_dot_", "."), text)
    return root


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def by_id(corpus: object) -> dict[str, Utterance]:
    return {clip.id: clip for clip in corpus}  # type: ignore[attr-defined]


def test_ravdess_reads_emotion_intensity_and_actor_from_the_name(tmp_path: Path) -> None:
    tree(tmp_path, "Actor_02/03-01-05-02-01-01-02.wav", "Actor_01/03-01-01-01-02-01-01.wav")
    corpus = by_id(RAVDESS(tmp_path))
    angry, neutral = corpus["03-01-05-02-01-01-02"], corpus["03-01-01-01-02-01-01"]
    assert (angry.emotion, angry.intensity, angry.speaker, angry.extra) == ("angry", 1.0, "Actor_02", {"gender": "f"})
    assert angry.text == "Kids are talking by the door."
    assert (neutral.emotion, neutral.intensity, neutral.speaker) == ("neutral", 0.0, "Actor_01")


def test_ravdess_reports_songs(tmp_path: Path) -> None:
    corpus = RAVDESS(tree(tmp_path, "Actor_02/03-02-05-02-01-01-02.wav"))
    assert list(corpus) == []
    assert corpus.skipped[0].reason == "sung, not spoken"


def test_crema_d_knows_its_levels(tmp_path: Path) -> None:
    names = ("1001_IEO_ANG_HI", "1001_IEO_SAD_LO", "1002_DFA_HAP_XX", "1040_ITH_SAD_X", "1003_TSI_NEU_XX")
    corpus = by_id(CremaD(tree(tmp_path, *(f"AudioWAV/{name}.wav" for name in names))))
    assert [corpus[name].intensity for name in names] == [1.0, 0.3, None, None, 0.0]
    assert [corpus[name].emotion for name in names] == ["angry", "sad", "happy", "sad", "neutral"]
    assert corpus["1002_DFA_HAP_XX"].text == "Don't forget a jacket."


def test_emodb_knows_its_ten_sentences_without_a_list(tmp_path: Path) -> None:
    corpus = by_id(EmoDB(tree(tmp_path, "wav/03a01Fa.wav", "wav/16b02Lb.wav")))
    assert corpus["03a01Fa"].text == "Der Lappen liegt auf dem Eisschrank."
    assert (corpus["16b02Lb"].emotion, corpus["16b02Lb"].extra["gender"]) == ("bored", "f")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_esd_reads_its_transcripts_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    tree(tmp_path, "0001/Angry/train/0001_000401.wav", "0001/Happy/test/0001_000721.wav")
    write(
        tmp_path / "0001/0001.txt",
        "0001_000401\t打远一看，真美。\t生气\n0001_000721\t打远一看，真美。\t快乐\n",
        encoding,
    )
    corpus = by_id(ESD(tmp_path))
    assert [(clip.text, clip.language) for clip in corpus.values()] == [("打远一看，真美。", "zh")] * 2
    assert (corpus["0001_000401"].emotion, corpus["0001_000401"].split) == ("angry", "train")
    assert (corpus["0001_000721"].emotion, corpus["0001_000721"].split) == ("happy", "test")


def test_esd_without_part_folders_keeps_the_published_parts(tmp_path: Path) -> None:
    numbers = {351: "validation", 370: "validation", 371: "test", 400: "test", 401: "train", 700: "train"}
    tree(tmp_path, *(f"0011/Angry/0011_{number:06d}.wav" for number in numbers))
    write(tmp_path / "0011/0011.txt", "0011_000351\tThe nine the eggs, I keep.\tAngry\n")
    corpus = by_id(ESD(tmp_path))
    assert [corpus[f"0011_{number:06d}"].split for number in numbers] == list(numbers.values())
    assert (corpus["0011_000351"].text, corpus["0011_000351"].language) == ("The nine the eggs, I keep.", "en")


def test_vctk_reads_either_version_with_the_same_ids(tmp_path: Path) -> None:
    old = tree(tmp_path / "old", "wav48/p225/p225_001.wav", txt__p225__p225_001_dot_txt="Please call Stella.\n")
    new = tree(
        tmp_path / "new",
        *(
            f"wav48_silence_trimmed/{name}.flac"
            for name in ("p225/p225_001_mic1", "p225/p225_001_mic2", "s5/s5_002_mic1")
        ),
        txt__p225__p225_001_dot_txt="Please call Stella.\n",
    )
    corpus = VCTK(new)
    assert by_id(VCTK(old))["p225_001"].text == by_id(corpus)["p225_001"].text == "Please call Stella."
    assert corpus.untranscribed == ["s5_002"]
    assert by_id(VCTK(new, microphone="mic2"))["p225_001"].audio.name == "p225_001_mic2.flac"


def test_librispeech_gives_subsets_their_roles(tmp_path: Path) -> None:
    for subset, name in (
        ("train-clean-100", "19-198-0000"),
        ("dev-clean", "84-121123-0001"),
        ("test-clean", "61-70968-0002"),
    ):
        reader, chapter, _ = name.split("-")
        touch(tmp_path / subset / reader / chapter / f"{name}.flac")
        write(tmp_path / subset / reader / chapter / f"{reader}-{chapter}.trans.txt", f"{name} GO ON SAID I\n")
    corpus = LibriSpeech(tmp_path, held_out_subsets=["test-clean"], validation_subsets=["dev-clean"])
    assert {clip.speaker: clip.split for clip in corpus} == {"19": "train", "84": "validation", "61": "test"}
    assert {clip.text for clip in corpus} == {"go on said i"}
    assert [clip.speaker for clip in LibriSpeech(tmp_path, subsets=["dev-clean"])] == ["84"]


def test_libritts_reads_the_normalised_text(tmp_path: Path) -> None:
    folder = tmp_path / "train-clean-100" / "19" / "198"
    touch(folder / "19_198_000000_000000.wav")
    write(folder / "19_198_000000_000000.normalized.txt", "Chapter one, the 'Abbey'.")
    write(folder / "19_198_000000_000000.original.txt", "Chapter I, the 'Abbey'.")
    (clip,) = LibriTTS(tmp_path)
    assert (clip.text, clip.speaker) == ("Chapter one, the 'Abbey'.", "19")


def test_speechocean762_keeps_its_test_list_and_finds_upper_case_endings(tmp_path: Path) -> None:
    for part, speaker in (("train", "0001"), ("test", "0003")):
        name = f"0{speaker}0011"
        touch(tmp_path / f"WAVE/SPEAKER{speaker}/{name}.WAV")
        write(tmp_path / part / "wav.scp", f"{name}\tWAVE/SPEAKER{speaker}/{name}.WAV\n")
        write(tmp_path / part / "text", f"{name}\tMARK IS GOING\n")
        write(tmp_path / part / "utt2spk", f"{name}\t{speaker}\n")
    clips = list(Speechocean762(tmp_path))
    assert [(clip.speaker, clip.split, clip.text) for clip in clips] == [
        ("0001", "train", "mark is going"),
        ("0003", "test", "mark is going"),
    ]


def test_aishell_joins_words_and_keeps_its_parts(tmp_path: Path) -> None:
    tree(tmp_path, "wav/train/S0002/BAC009S0002W0122.wav", "wav/dev/S0724/BAC009S0724W0121.wav")
    write(
        tmp_path / "transcript/aishell_transcript_v0.8.txt", "BAC009S0002W0122 而 对 楼市 成交\nBAC009S0724W0121 广州\n"
    )
    corpus = by_id(AISHELL(tmp_path))
    assert (corpus["BAC009S0002W0122"].text, corpus["BAC009S0002W0122"].speaker) == ("而对楼市成交", "S0002")
    assert corpus["BAC009S0724W0121"].split == "validation"


def test_aishell3_keeps_the_pinyin(tmp_path: Path) -> None:
    tree(tmp_path, "train/wav/SSB0005/SSB00050001.wav", "test/wav/SSB0009/SSB00090001.wav")
    write(tmp_path / "train/content.txt", "SSB00050001.wav\t广 guang3 州 zhou1 女 nv3\n")
    write(tmp_path / "test/content.txt", "SSB00090001.wav\t大 da4\n")
    corpus = by_id(AISHELL3(tmp_path))
    assert (corpus["SSB00050001"].text, corpus["SSB00050001"].extra) == ("广州女", {"pinyin": "guang3 zhou1 nv3"})
    assert corpus["SSB00090001"].split == "test"


def test_the_published_folder_name_serves_as_well(tmp_path: Path) -> None:
    tree(tmp_path / "LJSpeech-1.1", "wavs/LJ001-0001.wav", metadata_dot_csv='LJ001-0001|Mr. "X"|Mister "X"\n')
    (clip,) = LJSpeech(tmp_path / "ljspeech", speaker="lj")
    assert (clip.text, clip.speaker) == ('Mister "X"', "lj")
