"""Which language codes there are, and what they stand for."""

from __future__ import annotations

from functools import cache

from voiceclone.errors import TextError, did_you_mean

MANDARIN = "zh"
ENGLISH = "en-us"

_ALIASES = {
    "en": ENGLISH,
    "english": ENGLISH,
    "cmn": MANDARIN,
    "zh-cn": MANDARIN,
    "zh-tw": MANDARIN,
    "zh-hans": MANDARIN,
    "zh-hant": MANDARIN,
    "mandarin": MANDARIN,
    "chinese": MANDARIN,
    "fr": "fr-fr",
    "german": "de",
    "french": "fr-fr",
    "spanish": "es",
    "italian": "it",
    "no": "nb",
}


@cache
def canonical(language: str) -> str:
    """``"zh"`` for Mandarin, else the name of an espeak-ng voice such as ``"en-us"`` or ``"de"``.

    Raises `TextError` for a language that neither knows, with the nearest one that exists.
    """
    code = language.strip().lower().replace("_", "-")
    code = _ALIASES.get(code, code)
    if code in (MANDARIN, ENGLISH):
        return code
    from voiceclone.text.espeak import voices

    known = {voice.lower(): voice for voice in voices()}
    if code not in known:
        raise TextError(f"language {language!r} is not known. {did_you_mean(language, [MANDARIN, *known])}")
    return known[code]


def base(language: str) -> str:
    """The language without its region: ``"en"`` for ``"en-us"``."""
    return language.split("-")[0]
