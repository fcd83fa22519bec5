"""Mandarin: readings, tones as they are spoken, and pinyin as symbols."""

from __future__ import annotations

import pytest

from voiceclone.errors import TextError
from voiceclone.text.mandarin import readings, syllables
from voiceclone.text.symbols import default_table

READINGS = """
    不是 bu2 shi4        不好 bu4 hao3         好不好 hao3 bu5 hao3   我不 wo3 bu4          看不见 kan4 bu5 jian4
    一天 yi4 tian1       一年 yi4 nian2        一起 yi4 qi3           一样 yi2 yang4         一个 yi2 ge4
    第一 di4 yi1         统一 tong3 yi1        十一 shi2 yi1          一月一日 yi1 yue4 yi1 ri4
    看一看 kan4 yi5 kan4  一点五 yi1 dian2 wu3   一九四九年 yi1 jiu3 si4 jiu3 nian2
    三百一十一 san1 bai3 yi1 shi2 yi1
    你好 ni2 hao3        展览馆 zhan2 lan2 guan3  纸老虎 zhi3 lao2 hu3  我很好 wo2 hen2 hao3
    总统府 zong2 tong2 fu3  我了解你 wo3 liao2 jie2 ni3  姐姐 jie3 jie5  中小股东 zhong1 xiao2 gu3 dong1
    银行 yin2 hang2      行走 xing2 zou3       长大 zhang3 da4        长度 chang2 du4
    重庆 chong2 qing4    重要 zhong4 yao4      音乐 yin1 yue4         快乐 kuai4 le4
    还钱 huan2 qian2     还有 hai2 you3        都市 du1 shi4          都是 dou1 shi4
    睡觉 shui4 jiao4     觉得 jue2 de5         数学 shu4 xue2         数不清 shu3 bu4 qing1
    在人行道上行走 zai4 ren2 xing2 dao4 shang4 xing2 zou3
    跑得很快 pao3 de5 hen3 kuai4   他得走了 ta1 dei2 zou3 le5   你得了什么病 ni3 de2 le5 shen2 me5 bing4
    慢慢地走 man4 man4 de5 zou3    这块地上 zhe4 kuai4 di4 shang4   只有一只猫 zhi2 you3 yi4 zhi1 mao1
    花儿 huar1           一点儿水 yi4 dianr2 shui3  一会儿 yi2 huir4   哪儿 nar3             女儿 nv3 er2
    儿子 er2 zi5         婴儿 ying1 er2        儿童 er2 tong2        幼儿园 you4 er2 yuan2
    妈妈 ma1 ma5         朋友 peng2 you5       东西 dong1 xi5        东西南北 dong1 xi1 nan2 bei3
""".split()  # noqa: SIM905


def _pairs() -> list[tuple[str, str]]:
    pairs: list[tuple[str, list[str]]] = []
    for token in READINGS:
        if token.isascii():
            pairs[-1][1].append(token)
        else:
            pairs.append((token, []))
    return [(characters, " ".join(pinyin)) for characters, pinyin in pairs]


@pytest.mark.parametrize(("characters", "pinyin"), _pairs())
def test_characters_are_read_as_people_say_them(characters: str, pinyin: str) -> None:
    assert " ".join(readings.read(characters)) == pinyin


@pytest.mark.parametrize(
    ("pinyin", "symbols"),
    [
        ("ma1", "ma1"), ("ma5", "ma5"), ("zhong1", "ʈʂʊŋ1"), ("shi4", "ʂɻ̩4"), ("si4", "sɹ̩4"), ("xi4", "ɕi4"),
        ("lv4", "ly4"), ("lü4", "ly4"), ("lǜ", "ly4"), ("ju2", "tɕy2"), ("yu2", "y2"), ("yuan2", "ɥɛn2"),
        ("wei4", "weɪ4"), ("gui4", "kweɪ4"), ("you3", "joʊ3"), ("liu2", "ljoʊ2"), ("wen2", "wən2"), ("bo1", "pwo1"),
        ("xian2", "ɕjɛn2"),
        ("er2", "ɚ2"), ("huar1", "xwaɻ1"), ("dianr3", "tjaɻ3"), ("kongr4", "kʰʊ̃ɻ4"), ("háng", "xɑŋ2"), ("ng2", "ŋ̩2"),
    ],
)  # fmt: skip
def test_a_syllable_is_initial_final_and_tone(pinyin: str, symbols: str) -> None:
    assert syllables.symbols(pinyin) == symbols


def test_all_syllables_differ_and_keep_their_tone() -> None:
    from pypinyin.constants import PINYIN_DICT

    written = {reading for entry in PINYIN_DICT.values() for reading in entry.split(",")}
    toned = {syllables.spelling(reading) for reading in written if not reading.isascii()}
    said = {syllable: syllables.symbols(syllable) for syllable in toned}
    assert len(said) > 1200
    assert len(set(said.values())) == len(said)
    assert all(symbols[-1] == syllable[-1] for syllable, symbols in said.items())
    for symbols in said.values():
        default_table().encode(symbols)


@pytest.mark.parametrize("wrong", ["", "hang", "hang6", "xyz1", "jong3", "hang2 zhou1", "h2", "qa1"])
def test_what_is_no_syllable_is_an_error_that_shows_a_syllable(wrong: str) -> None:
    with pytest.raises(TextError, match="hang2"):
        syllables.symbols(wrong)


def test_a_given_syllable_stays_and_its_neighbours_adapt() -> None:
    assert readings.read("不行了", {1: "hang2"}) == ["bu4", "hang2", "le5"]
    assert readings.read("不长大", {1: "zhang4"}) == ["bu2", "zhang4", "da4"]
    assert readings.read("你好", {0: "ni3"}) == ["ni3", "hao3"]


def test_every_correction_has_a_syllable_for_each_character() -> None:
    entries = readings.corrections()
    assert len(entries) > 200
    for word, pinyin in entries.items():
        assert len(word) == len(pinyin), word
        assert all(syllables.symbols(syllable) for syllable in pinyin), word
