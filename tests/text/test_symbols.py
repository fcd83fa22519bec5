"""One fixed table of symbols, stored with every model."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest

from voiceclone.errors import CheckpointError, TextError
from voiceclone.text.symbols import PAUSE, PUNCTUATION, SymbolTable, default_table


def test_the_table_never_changes_under_one_version() -> None:
    # A change here breaks every model trained so far: append symbols, and raise the version.
    table = default_table()
    digest = hashlib.sha256("\n".join(table.symbols).encode()).hexdigest()[:16]
    assert (table.version, len(table), digest) == ("1", 178, "4ce232f22414447b")


def test_padding_is_zero_and_every_symbol_is_one_character_and_there_once() -> None:
    table = default_table()
    assert table.symbols[0] == "_"
    assert len(set(table.symbols)) == len(table)
    assert all(len(symbol) == 1 for symbol in table.symbols)


def test_no_symbol_has_a_second_spelling() -> None:
    # ç is the one IPA letter that Unicode would take apart.
    assert [s for s in default_table().symbols if unicodedata.normalize("NFD", s) != s] == ["ç"]


def test_stress_tones_pause_and_punctuation_are_symbols() -> None:
    assert all(symbol in default_table() for symbol in "ˈˌ12345 " + PAUSE + PUNCTUATION)


def test_decode_is_the_inverse_of_encode_without_padding() -> None:
    table = default_table()
    ids = table.encode(list("həlˈoʊ, ni2xaʊ3."))
    assert "".join(table.decode([*ids, 0, 0])) == "həlˈoʊ, ni2xaʊ3."


def test_an_unknown_symbol_is_named() -> None:
    with pytest.raises(TextError, match=r"'Q' \(U\+0051\) is not in the symbol table"):
        default_table().encode("aQb")


def test_a_saved_table_comes_back_equal(tmp_path: Path) -> None:
    table = SymbolTable(["_", "a", "b"], "mine")
    table.save(tmp_path / "symbols.json")
    assert SymbolTable.load(tmp_path / "symbols.json") == table
    assert SymbolTable.from_dict(table.to_dict()) == table != default_table()


@pytest.mark.parametrize("content", ["", "{}", '{"version": "1", "symbols": ["a"]}', '{"version": 1, "symbols": 5}'])
def test_a_damaged_table_names_its_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "symbols.json"
    path.write_text(content)
    with pytest.raises(CheckpointError, match=r"symbols\.json: not a symbol table"):
        SymbolTable.load(path)
