"""A user's own pronunciations: one file, one word a line.

::

    # names
    Siobhan     /ʃɪvˈɔːn/
    Nguyen      win
    单田芳      shan4 tian2 fang1

The word ends at the first tab or double space, so that it may hold single spaces itself; where there is neither, at
the first space. What follows is a pronunciation as in `voiceclone.text.marks`. An entry in small letters stands for
the word in any case; one with capitals only for itself, which tells Polish from polish, and for POLISH.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from voiceclone.errors import TextError
from voiceclone.text.marks import HAN, Given, StandIns, pronunciation, resolve


class Lexicon:
    """Words with their pronunciation, looked up longest first, and only as whole words in scripts with spaces.

    Raises `TextError` naming the word whose pronunciation cannot be read.
    """

    def __init__(self, entries: Mapping[str, str] | None = None) -> None:
        self._said: dict[str, Given | str] = {}
        for word, written in (entries or {}).items():
            try:
                self._said[word] = pronunciation(word, written)
            except TextError as error:
                raise TextError(f"lexicon entry {word!r}: {error}") from None
        self._pattern = _pattern(self._said)
        stated = "\n".join(f"{word}\t{written}" for word, written in sorted((entries or {}).items()))
        self.fingerprint = hashlib.sha256(stated.encode()).hexdigest()[:10] if stated else ""

    def __len__(self) -> int:
        return len(self._said)

    @classmethod
    def load(cls, path: str | Path) -> Lexicon:
        """Read a lexicon file (UTF-8); raises `TextError` naming file, line and what was expected."""
        try:
            lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise TextError(f"lexicon {path}: cannot be read as UTF-8 text ({error}).") from None
        entries = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            word, written = _fields(line)
            if not written:
                raise TextError(f"lexicon {path}, line {number}: expected a word and its pronunciation, got {line!r}.")
            entries[word] = written
        try:
            return cls(entries)
        except TextError as error:
            raise TextError(f"lexicon {path}: {error}") from None

    def apply(self, text: str) -> tuple[str, StandIns]:
        """``text`` with stand-ins for every word whose pronunciation is given, by a mark or by this lexicon."""
        stand_ins = StandIns()
        pieces = list(resolve(text, stand_ins))
        pieces[::2] = [self._replace(piece, stand_ins) for piece in pieces[::2]]
        return "".join(pieces), stand_ins

    def _replace(self, text: str, stand_ins: StandIns) -> str:
        if self._pattern is None:
            return text

        def said(match: re.Match[str]) -> str:
            word = match.group()
            spellings = (word, word.lower(), word.capitalize() if word.isupper() else word)
            found = next((self._said[spelling] for spelling in spellings if spelling in self._said), None)
            if isinstance(found, Given):
                return stand_ins.add(found)
            return word if found is None else found

        return self._pattern.sub(said, text)


def _fields(line: str) -> tuple[str, str]:
    separator = "\t" if "\t" in line else "  " if "  " in line.strip() else " "
    word, _, written = line.strip().partition(separator)
    return word.strip(), written.strip()


def _pattern(words: Mapping[str, object]) -> re.Pattern[str] | None:
    if not words:
        return None
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("|".join(_whole(word) for word in longest_first), re.IGNORECASE)


def _whole(word: str) -> str:
    """A pattern for ``word`` that does not match inside a longer word of a script with spaces."""
    before = r"(?<![^\W_])" if not re.match(f"[{HAN}]", word) else ""
    after = r"(?![^\W_])" if not re.search(f"[{HAN}]$", word) else ""
    # Between a letter and a Chinese character there is a word boundary too.
    before = before and rf"(?:{before}|(?<=[{HAN}]))"
    after = after and rf"(?:{after}|(?=[{HAN}]))"
    return f"{before}{re.escape(word)}{after}"
