"""Capital letters: acronyms that are spelt, acronyms that are words, and people who shout."""

from __future__ import annotations

import re

# Acronyms with a vowel that are spelt all the same; those without one always are. Others (NASA, GAN) are words.
_SPELT = frozenset(
    """
    AAC AC ACL AD AES AI AMD API APR AR ASMR ASR ATM AWS BA BBC CEO CFO CIA COO CPU CTO CUHK DIY DNA DOI EDA EEG EKG
    EOS ETA EU EV FAQ FBI FIFO GDP GPA GPU GUI HIV HQ IBM ICU ID IDE IEEE IO IOU IP IPA IPO IQ IRA IRS ISBN ISO ISP
    IT IV IVF LED LIFO MA MBA MIT MRI NBA NFL NGO NIH NLP OECD OEM OK OS PA PDA POC POS QA RNA ROI RSI SDK SEO SOS
    SUV TA TBA TTS UAE UAV UFO UI UK UN UPS URI URL US USA USB USD UTC UTF UX VAT VIP VOA VPN WIP XAI
    """.split()  # noqa: SIM905
)
# Words of their own when a whole sentence is in capitals.
_ALSO_WORDS = frozenset(
    ["AD", "AI", "AR", "IT", "IV", "MA", "OS", "PA", "TA", "US", "UPS", "AC", "ID", "UN", "OK", "LED"]
)
_NO_WORDS = frozenset(["MR", "MRS", "MS", "DR", "ST", "HM", "HMM", "SH", "SHH", "PST", "TSK", "MM", "MMM", "NTH", "VS"])


def spell(text: str) -> str:
    """``text`` with acronyms letter by letter ("F B I", "G P U's"), and with shouting in small letters.

    Corpora such as LibriSpeech are in capitals throughout: there only what cannot be a word is spelt.
    """
    shouted = not re.search(r"[a-z]", text) and re.search(r"[A-Z]{2}\W+[A-Z]|[A-Z]{6}", text)
    return re.sub(r"(?<![A-Za-z])([A-Z]+)('?s|'S)?(?![A-Za-z])", lambda match: _word(match, bool(shouted)), text)


def _word(match: re.Match[str], shouted: bool) -> str:
    letters, ending = match[1], match[2]
    if len(letters) > 1 and is_spelt(letters) and not (shouted and letters in _ALSO_WORDS):
        return " ".join(letters) + "'s" * bool(ending)
    return match.group().lower() if shouted and match.group() != "I" else match.group()


def is_spelt(letters: str) -> bool:
    """Whether an acronym is read letter by letter."""
    return letters in _SPELT or (not re.search("[AEIOUY]", letters) and letters not in _NO_WORDS and len(letters) <= 6)
