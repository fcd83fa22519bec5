"""The one fixed table of symbols that every acoustic model reads, whatever the language.

A symbol is one Unicode character. The letters are those of the International Phonetic Alphabet (chart of 2020) and
the few that espeak-ng adds, so that voices of different languages share what they have in common. Mandarin syllables
are written in the same letters, each closed by its tone, `1` to `5` (see `voiceclone.text.mandarin.syllables`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from voiceclone.errors import CheckpointError, TextError

PAD = "_"
WORD_BOUNDARY = " "
PAUSE = "‖"

_VOWELS = "iyɨʉɯuɪʏʊᵻᵿeøɘɵɤoəɚɛœɜɝɞʌɔæɐaɶɑɒ"
_CONSONANTS = "pbtdʈɖcɟkɡqɢʔmɱnɳɲŋɴʙrʀⱱɾɽɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮʋɹɻjɰlɭʎʟʍwɥʜʢʡɕʑɺɧɫɓɗʄɠʛʘǀǃǂǁ"
_MODIFIERS = "ʰʱʲʷˠˤˡⁿᵐᵑᵝʼ˞ːˑ"
_COMBINING = (
    "\u0303\u0329\u032f\u032a\u033a\u033b\u030a\u0325\u032c\u031d\u031e\u0306\u0308\u031f\u0320\u0324\u0330\u031a\u0361"
)
_STRESS = "ˈˌ"
_TONES = "123456789˥˦˧˨˩"

PUNCTUATION = ',.!?;:…—"()¡¿'

# The order is part of what a trained model knows: append only, and raise the version when you do.
VERSION = "1"
_DEFAULT = (
    PAD,
    WORD_BOUNDARY,
    PAUSE,
    *PUNCTUATION,
    *_STRESS,
    *_TONES,
    *_VOWELS,
    *_CONSONANTS,
    *_MODIFIERS,
    *_COMBINING,
)


class SymbolTable:
    """Symbols and their ids; the padding ``_`` has id 0. Immutable, and stored with every model.

    Raises `CheckpointError` when the symbols cannot be a table: one twice, or padding not in front.
    """

    def __init__(self, symbols: Iterable[str], version: str) -> None:
        self.symbols: tuple[str, ...] = tuple(symbols)
        self.version = str(version)
        self._ids = {symbol: index for index, symbol in enumerate(self.symbols)}
        if len(self._ids) != len(self.symbols) or self.symbols[:1] != (PAD,):
            raise CheckpointError(f"symbol table {version}: expected every symbol once and {PAD!r} first.")

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SymbolTable) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.version, self.symbols))

    def encode(self, symbols: Sequence[str]) -> list[int]:
        """Ids of ``symbols`` (a list, or a string of them); raises `TextError` naming one that is not in the table."""
        try:
            return [self._ids[symbol] for symbol in symbols]
        except KeyError as missing:
            raise TextError(
                f"symbol {missing.args[0]!r} ({_code_points(missing.args[0])}) is not in the symbol table "
                f"(version {self.version}): {''.join(symbols)!r}."
            ) from None

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The inverse of `encode`; padding is left out."""
        return [self.symbols[index] for index in ids if index != 0]

    def to_dict(self) -> dict[str, Any]:
        """Plain builtins, for checkpoints and bundles."""
        return {"version": self.version, "symbols": list(self.symbols)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> SymbolTable:
        """The inverse of `to_dict`; raises `CheckpointError` when something else is handed in."""
        try:
            return cls(stored["symbols"], stored["version"])
        except (KeyError, TypeError):
            raise CheckpointError("symbol table: expected the entries 'version' and 'symbols'.") from None

    def save(self, path: str | Path) -> None:
        """Write the table as JSON, one that people can read too."""
        Path(path).write_text(json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> SymbolTable:
        """Read what `save` wrote; raises `CheckpointError` naming the file."""
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError, CheckpointError) as error:
            raise CheckpointError(f"{path}: not a symbol table ({error}).") from None


def _code_points(symbol: str) -> str:
    return " ".join(f"U+{ord(character):04X}" for character in symbol)


@cache
def default_table() -> SymbolTable:
    """The table of this version of the project, the same object in every call."""
    return SymbolTable(_DEFAULT, VERSION)
