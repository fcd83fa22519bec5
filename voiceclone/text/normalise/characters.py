"""One spelling for characters that come in several: widths, quotes, dashes, marks of Chinese typography."""

from __future__ import annotations

import re
import unicodedata

from voiceclone.text.symbols import PAUSE

# Letters, digits and signs of double width, as Chinese and Japanese input methods type them.
_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPELLINGS = str.maketrans(
    {
        "。": ".", "、": ",", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "《": '"', "》": '"',
        "〈": '"', "〉": '"', "「": '"', "」": '"', "『": '"', "』": '"', "″": '"', "‘": "'", "’": "'",
        "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "–": "-", "―": "—", "─": "—", "‐": "-", "‑": "-",
        "−": "-", "【": "(",
        "】": ")", "〔": "(", "〕": ")", "[": "(", "]": ")", "･": "·", "•": "·", "～": "~", "〜": "~",
        "।": ".", "॥": ".", "۔": ".", "։": ".", "။": ".", "።": ".", "،": ",", "؛": ";", "؟": "?", "၊": ",", "፣": ",",
        "־": "-", "՛": None, "՜": None, "՞": None, "״": '"', "׳": "'",
        "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None, "\u2060": None,
        "\u3000": " ", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\ufe0f": None,
    }
)  # fmt: skip


def plain(text: str) -> str:
    """``text`` with one spelling for each mark and letter, and single spaces."""
    text = unicodedata.normalize("NFC", text).translate(_WIDTHS).translate(_SPELLINGS)
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r"\.(?:\s?\.){2,}|…+|⋯+", "…", text)
    # A hyphen with spaces is a dash, between numbers it is theirs.
    text = re.sub(r"—+|--+|(?<!\d)\s+-+\s+|\s+-+\s+(?!\d)", " — ", text)
    text = re.sub(r"([,;:!?—…])(?:\s?\1)+", r"\1", text)
    text = re.sub(r"\s*\n\s*", f" {PAUSE} ", text.strip())
    return re.sub(r"\s+", " ", re.sub(r"\s+(?=[,.;:!?)…])", "", text)).strip()
