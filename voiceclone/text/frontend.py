"""The door of this package: a sentence in, symbols out."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from voiceclone.errors import TextError
from voiceclone.text import reading, symbols
from voiceclone.text.cache import Cache, Key
from voiceclone.text.languages import ENGLISH, MANDARIN, canonical
from voiceclone.text.lexicon import Lexicon
from voiceclone.text.normalise import normalise
from voiceclone.text.segments import Characters, Clause, Segment, segments

# Raise it when the same text gives other symbols than before: what was cached or prepared is then out of date.
READING_VERSION = "1"
_READERS = ("espeakng-loader", "phonemizer", "pypinyin", "jieba", "num2words")


class TextFrontend:
    """Turns text into the symbols that acoustic models read: normalised, phonemised, checked against one table.

    ``lexicon`` is a `Lexicon` or the path of its file, ``table`` the `SymbolTable` of the model (default: the one of
    this version), ``cache`` the path of a file that keeps symbols for the next run. One frontend serves every
    language, may be used by several threads, and can be pickled or forked into workers. Equal texts give equal
    symbols on every machine.
    """

    def __init__(
        self,
        lexicon: Lexicon | str | Path | None = None,
        table: symbols.SymbolTable | None = None,
        cache: str | Path | None = None,
    ) -> None:
        self.lexicon = lexicon if isinstance(lexicon, Lexicon) else Lexicon.load(lexicon) if lexicon else Lexicon()
        self.table = table or symbols.default_table()
        self._cache = Cache(cache, source=self._source() if cache else "")

    def symbols(self, text: str, language: str) -> list[str]:
        """Symbols of one text; see `batch`."""
        return self.batch([text], [language])[0]

    def encode(self, text: str, language: str) -> list[int]:
        """Ids of the symbols of one text in the table."""
        return self.table.encode(self.symbols(text, language))

    def batch(self, texts: Sequence[str], languages: Sequence[str]) -> list[list[str]]:
        """Symbols of many texts, each in its own language (``"en"``, ``"zh"``, or any voice of espeak-ng).

        Texts seen before come from the cache. Raises `TextError` naming the sentence and what is wrong with it: nothing
        to speak, a character that cannot be spoken, a symbol that the table does not have, an unknown language.
        """
        keys = [(canonical(language), text) for text, language in zip(texts, languages, strict=True)]
        known = self._cache.get(keys)
        if new := list(dict.fromkeys(key for key in keys if key not in known)):
            spoken = self._read(new)
            self._cache.put(spoken)
            known |= spoken
        return [list(known[key]) for key in keys]

    def _source(self) -> str:
        """Everything but the text that the symbols depend on."""
        readers = (f"{name} {metadata.version(name)}" for name in _READERS)
        return "; ".join([READING_VERSION, self.table.version, self.lexicon.fingerprint, *readers])

    def _read(self, keys: Sequence[Key]) -> dict[Key, str]:
        plans = {key: self._plan(*key) for key in keys}
        voices: dict[str, dict[Clause, str]] = {}
        for (language, _), plan in plans.items():
            voices.setdefault(_voice(language), {}).update((part, "") for part in plan if isinstance(part, Clause))
        for voice, found in voices.items():
            found.update(zip(found, reading.clauses(list(found), voice), strict=True))
        return {key: self._assemble(key, plan, voices[_voice(key[0])]) for key, plan in plans.items()}

    def _plan(self, language: str, text: str) -> list[Segment]:
        try:
            standing_in, stand_ins = self.lexicon.apply(text)
            plan = list(segments(normalise(standing_in, language), language, stand_ins))
        except TextError as error:
            raise TextError(f"{text!r}: {error}") from None
        if not any(part.speaks for part in plan):
            raise TextError(f"nothing to speak in {text!r}: expected at least one word.")
        return plan

    def _assemble(self, key: Key, plan: Sequence[Segment], clauses: dict[Clause, str]) -> str:
        try:
            spoken = reading.join(_symbols(part, clauses) for part in plan)
            self.table.encode(spoken)
        except TextError as error:
            raise TextError(f"{key[1]!r}: {error}") from None
        return spoken


def _voice(language: str) -> str:
    """The espeak-ng voice for what is not Chinese characters."""
    return ENGLISH if language == MANDARIN else language


def _symbols(part: Segment, clauses: dict[Clause, str]) -> str:
    if isinstance(part, Characters):
        return reading.characters(part)
    said = clauses[part] if isinstance(part, Clause) else part.text
    if part.speaks and not said:
        raise TextError(f"{part.text!r} has no sounds in this language.")
    return said
