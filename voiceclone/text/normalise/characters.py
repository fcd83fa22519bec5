"""One spelling for characters that come in several: widths, quotes, dashes, marks of Chinese typography."""

from __future__ import annotations

import re
import unicodedata

# Letters, digits and signs of double width, as Chinese and Japanese input methods type them.
_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPELLINGS = str.maketrans(
    {
        "。": ".", "、": ",", "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"', "《": '"', "》": '"',
        "〈": '"', "〉": '"', "「": '"', "」": '"', "『": '"', "』": '"', "″": '"', "‘": "'", "’": "'",
        "‚": "'", "‛": "'", "′": "'", "`": "'", "´": "'", "–": "-", "―": "—", "─": "—", "‐": "-", "‑": "-",
        "−": "-", "【": "(",
        "】": ")", "〔": "(", "〕": ")", "[": "(", "]": ")", "･": "·", "•": "·", "～": "~", "〜": "~",
        "\u00ad": None, "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None, "\u2060": None,
        "\u3000": " ", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\ufe0f": None,
    }
)  # fmt: skip


def plain(text: str) -> str:
    """``text`` with one spelling for each mark and letter, and single spaces."""
    text = unicodedata.normalize("NFC", text).translate(_WIDTHS).translate(_SPELLINGS)
    text = re.sub(r"(?:\.\s?){3,}|。{2,}|…+|⋯+", "…", text)
    text = re.sub(r"—+|(?<=\s)-+(?=\s)|--+", "—", text)
    text = re.sub(r"([,;:!?—…])\1+", r"\1", text)
    return re.sub(r"[^\S\n]+", " ", text).strip()
