"""One pinyin syllable as symbols: initial, final, then its tone as a digit.

The inventory is the one Lee and Zee describe ("Standard Chinese (Beijing)", JIPA 33:1, 2003), broadly transcribed in
letters that espeak-ng uses for other languages too, so that 大 /ta4/ and French "ta" share their sounds. The digit
stands last: it closes the syllable and no tone is ever part of a vowel. 5 is the neutral tone. Examples:

====== ============ ======= ============
ma1    ``ma1``      zhong1  ``ʈʂʊŋ1``
shi4   ``ʂɻ̩4``      lv4     ``ly4``
xian2  ``ɕjɛn2``    huar1   ``xwaɻ1``
====== ============ ======= ============
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from voiceclone.errors import TextError

_INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "tɕ", "q": "tɕʰ", "x": "ɕ", "zh": "ʈʂ", "ch": "ʈʂʰ", "sh": "ʂ", "r": "ɻ", "z": "ts", "c": "tsʰ", "s": "s",
    "": "",
}  # fmt: skip
_FINALS = {
    "a": "a", "o": "o", "e": "ɤ", "ê": "ɛ", "ai": "aɪ", "ei": "eɪ", "ao": "aʊ", "ou": "oʊ",
    "an": "an", "en": "ən", "ang": "ɑŋ", "eng": "əŋ", "ong": "ʊŋ", "er": "ɚ",
    "i": "i", "ia": "ja", "io": "jo", "ie": "jɛ", "iao": "jaʊ", "iu": "joʊ",
    "ian": "jɛn", "in": "in", "iang": "jɑŋ", "ing": "iŋ", "iong": "jʊŋ",
    "u": "u", "ua": "wa", "uo": "wo", "uai": "waɪ", "ui": "weɪ", "uan": "wan", "un": "wən", "uang": "wɑŋ",
    "ueng": "wəŋ", "v": "y", "ve": "ɥɛ", "van": "ɥɛn", "vn": "yn",
    "m": "m̩", "n": "n̩", "ng": "ŋ̩",
}  # fmt: skip
# The vowel after a sibilant, written i in pinyin, is the sibilant itself gone syllabic.
_APICAL = dict.fromkeys(("z", "c", "s"), "ɹ̩") | dict.fromkeys(("zh", "ch", "sh", "r"), "ɻ̩")
# What the final becomes when 儿 melts into it: codas -n and -i fall, close vowels get a glide to schwa.
_RHOTIC = {
    "ai": "a", "an": "a", "ei": "ə", "en": "ə", "i": "iə", "in": "iə", "ian": "ja", "uai": "wa", "uan": "wa",
    "ui": "wə", "un": "wə", "v": "yə", "vn": "yə", "van": "ɥa", "ang": "ɑ̃", "iang": "jɑ̃", "uang": "wɑ̃",
    "eng": "ə̃", "ueng": "wə̃", "ing": "iə̃", "ong": "ʊ̃", "iong": "jʊ̃",
}  # fmt: skip
_ZERO_INITIAL = {"yi": "i", "wu": "u", "yu": "v", "y": "i", "w": "u"}
_AFTER_CONSONANT = {"iou": "iu", "uei": "ui", "uen": "un", "uong": "ong"}
_SYLLABIC_NASALS = {"m": ("", "m"), "n": ("", "n"), "ng": ("", "ng"), "hm": ("h", "m"), "hng": ("h", "ng")}

_SYLLABLE = re.compile(r"([a-zvê]+)([1-5])")
_INITIAL = re.compile(r"(zh|ch|sh|[bpmfdtnlgkhjqxrzcs])(?=.)")
_TONE_MARKS = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


@lru_cache(maxsize=4096)
def symbols(pinyin: str) -> str:
    """The symbols, one a character, of a syllable such as ``"hang2"``, ``"háng"``, ``"lv4"``, ``"lü4"`` or ``"huar1"``.

    Raises `TextError` for what is no syllable of Mandarin.
    """
    syllable = spelling(pinyin)
    letters, tone = syllable[:-1], syllable[-1]
    rhotic = letters.endswith("r") and letters != "er"
    initial, final = _split(letters.removesuffix("r") if rhotic else letters)
    if final not in _FINALS or (initial in ("j", "q", "x") and final[0] not in "iv"):
        raise TextError(f"{pinyin!r} is not a pinyin syllable: expected one such as 'hang2', 'lv4' or 'huar1'.")
    return _INITIALS[initial] + _vowels(initial, final, rhotic) + tone


def spelling(pinyin: str) -> str:
    """``pinyin`` in plain letters with its tone as a digit: ``"háng"`` gives ``"hang2"``, ``"lǜ"`` gives ``"lv4"``.

    Raises `TextError` when there is no tone digit and no tone mark.
    """
    plain = unicodedata.normalize("NFD", pinyin.strip().lower()).replace("u\u0308", "v").replace("u:", "v")
    marks = [mark for mark in plain if mark in _TONE_MARKS]
    plain = "".join(letter for letter in plain if letter not in _TONE_MARKS).replace("e\u0302", "ê")
    plain += _TONE_MARKS[marks[0]] if len(marks) == 1 else ""
    if not _SYLLABLE.fullmatch(plain):
        raise TextError(f"{pinyin!r} is not pinyin with its tone: write hang2 or háng, and 5 for the neutral tone.")
    return plain


def _split(letters: str) -> tuple[str, str]:
    """Initial and final, the final as it is spelt after a consonant: ``"wei"`` gives ``("", "ui")``."""
    if letters in _SYLLABIC_NASALS:
        return _SYLLABIC_NASALS[letters]
    for written, final in _ZERO_INITIAL.items():
        if letters.startswith(written):
            whole = final + letters[len(written) :]
            return "", _AFTER_CONSONANT.get(whole, whole)
    match = _INITIAL.match(letters)
    initial = match.group() if match else ""
    final = letters[len(initial) :]
    if final.startswith("u") and (initial in ("j", "q", "x") or final == "ue"):
        final = "v" + final[1:]
    return initial, final


def _vowels(initial: str, final: str, rhotic: bool) -> str:
    apical = final == "i" and initial in _APICAL
    if rhotic:
        return ("ə" if apical else _RHOTIC.get(final, _FINALS[final])) + "ɻ"
    if apical:
        return _APICAL[initial]
    return "wo" if final == "o" and initial in ("b", "p", "m", "f") else _FINALS[final]
