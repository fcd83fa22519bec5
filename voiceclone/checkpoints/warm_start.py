"""Starting from a model that knows other symbols, emotions or languages: every row that exists is carried over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from voiceclone.errors import CheckpointError, ConfigError

Rows = Mapping[str, tuple[Sequence[str], Sequence[str]]]
"""Name of a weight whose rows have names -> the names in the old model, and in the new one."""

# Weights of the acoustic model whose rows stand for names, and which names.
_ACOUSTIC_TABLES = {
    "encoder.embedding.weight": "symbols",
    "conditioning.melody.reading.embedding.weight": "symbols",
    "conditioning.emotion.table.weight": "emotions",
    "conditioning.language.weight": "languages",
}


@dataclass
class WarmStart:
    """What came over: ``carried`` weights, ``new_rows`` by table, ``new`` weights that start from scratch, and
    ``unused`` ones of the old model."""

    carried: list[str] = field(default_factory=list)
    new_rows: dict[str, list[str]] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    def carry_table(
        self, name: str, weight: Tensor, old: Tensor | None, old_names: Sequence[str], new_names: Sequence[str]
    ) -> None:
        """Fill the rows of ``weight`` that ``old`` has names for; without ``old`` the table is new."""
        if old is None:
            self.new.append(name)
            return
        with torch.no_grad():
            self.new_rows[name] = _carry_rows(weight, old, old_names, new_names)
        self.carried.append(name)

    def __str__(self) -> str:
        lines = [f"{len(self.carried)} weights carried over"]
        lines += [f"new in {table}: {' '.join(rows)}" for table, rows in self.new_rows.items() if rows]
        lines += [
            f"{title}: {', '.join(names)}" for title, names in (("new", self.new), ("unused", self.unused)) if names
        ]
        return "\n".join(lines)


def warm_start(
    net: nn.Module, state: Mapping[str, Tensor], rows: Rows | None = None, fresh: Sequence[str] = ()
) -> WarmStart:
    """Fill ``net`` with what ``state`` has under the same names and shapes, and tables row by row as ``rows`` says.

    Weights whose names begin with one of ``fresh`` stay new. Raises `ConfigError` for a beginning that no weight has,
    and `CheckpointError` where nothing fits: then it is a checkpoint of something else.
    """
    weights, state = _weights(net.state_dict()), _weights(state)
    require_beginnings("fresh", fresh, weights)
    state = {name: weight for name, weight in state.items() if not name.startswith(tuple(fresh))}
    report, rows = WarmStart(unused=sorted(state.keys() - weights.keys())), rows or {}
    with torch.no_grad():
        for name, weight in weights.items():
            old = state.get(name)
            if old is not None and name in rows:
                report.carry_table(name, weight, old, *rows[name])
            elif old is not None and old.shape == weight.shape:
                weight.copy_(old)
                report.carried.append(name)
            else:
                report.new.append(name)
    if not report.carried:
        raise CheckpointError("warm start: the checkpoint has no weight that this network has. Is it of another kind?")
    return report


def _weights(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: weight for name, weight in state.items() if not name.endswith("_extra_state")}


def require_beginnings(option: str, beginnings: Iterable[str], names: Iterable[str]) -> None:
    """Raise `ConfigError` for one of the ``beginnings`` that ``option`` lists and no weight's name has."""
    names = list(names)
    for beginning in beginnings:
        if not any(name.startswith(beginning) for name in names):
            known = sorted({".".join(name.split(".")[:2]) for name in names})
            raise ConfigError(f"{option}: no weight begins with '{beginning}'. Known: {', '.join(known)}.")


def acoustic_rows(old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]]) -> Rows:
    """`Rows` of the acoustic model from the lists ``symbols``, ``emotions`` and ``languages`` of both sides."""
    return {
        weight: (old[kind], new[kind]) for weight, kind in _ACOUSTIC_TABLES.items() if old.get(kind) and new.get(kind)
    }


def _carry_rows(weight: Tensor, old: Tensor, old_names: Sequence[str], new_names: Sequence[str]) -> list[str]:
    """Copy the rows whose names both sides have; the names of the others."""
    if len(old_names) != len(old) or len(new_names) != len(weight) or old.shape[1:] != weight.shape[1:]:
        raise CheckpointError(
            f"warm start: a table {tuple(old.shape)} of {len(old_names)} names cannot fill one of "
            f"{tuple(weight.shape)} and {len(new_names)} names."
        )
    places = {name: row for row, name in enumerate(old_names)}
    for row, name in enumerate(new_names):
        if name in places:
            weight[row] = old[places[name]]
    return [name for name in new_names if name not in places]
