"""Search spaces: the settings that a sweep varies, and the limits of each (``conf/search/``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipes.stages import literal
from voiceclone.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    import optuna

# What each type of setting must say, and what it may.
_FIELDS = {
    "float": ({"low", "high"}, {"log", "step"}),
    "int": ({"low", "high"}, {"log", "step"}),
    "choice": ({"of"}, set()),
}


@dataclass(frozen=True)
class Setting:
    """One setting of the configuration, or one group of its files, and what may be tried for it.

    ``spec`` is ``{type: float, low: 1e-4, high: 1e-2, log: true}``, ``{type: int, low: 2, high: 8, step: 2}`` or
    ``{type: choice, of: [a, b]}``.
    """

    key: str
    spec: Mapping[str, Any]

    def __post_init__(self) -> None:
        kind = str(self.spec["type"])
        if kind not in _FIELDS:
            raise ConfigError(f"search: {self.key}: type={kind}: no such type. {did_you_mean(kind, _FIELDS)}")
        needed, allowed = _FIELDS[kind]
        given = set(self.spec) - {"type"}
        if missing := sorted(needed - given):
            raise ConfigError(f"search: {self.key}: type={kind} needs {' and '.join(missing)}.")
        for name in sorted(given - needed - allowed, key=str):
            hint = did_you_mean(str(name), needed | allowed)
            raise ConfigError(f"search: {self.key}: type={kind} has no '{name}'. {hint}")
        self._check_limits()

    @property
    def log(self) -> bool:
        """Whether the setting is searched, and best seen, on a logarithmic axis."""
        return bool(self.spec.get("log", False))

    @property
    def choices(self) -> list[str | int | float | bool | None]:
        """What a choice is between; lists stand in the grammar of the command line, as studies know plain values."""
        return [literal(value) if isinstance(value, (list, Mapping)) else value for value in self.spec["of"]]

    def suggest(self, trial: optuna.Trial) -> Any:
        """A value that the study's sampler chooses; for a trial that has one already, that one."""
        if self.spec["type"] == "choice":
            return trial.suggest_categorical(self.key, self.choices)
        return (trial.suggest_float if self.spec["type"] == "float" else trial.suggest_int)(self.key, **self._limits)

    def plain(self, value: Any) -> Any:
        """What the study knows as ``value``, as the configuration has it."""
        return self.spec["of"][self.choices.index(value)] if self.spec["type"] == "choice" else value

    def override(self, value: Any) -> str:
        """The setting with ``value``, as an override of the command line."""
        return f"{self.key}={literal(self.plain(value))}"

    @property
    def _limits(self) -> dict[str, Any]:
        return {name: value for name, value in self.spec.items() if name != "type"}

    def _check_limits(self) -> None:
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        try:
            if self.spec["type"] == "choice":
                CategoricalDistribution(self.choices)
            else:
                (FloatDistribution if self.spec["type"] == "float" else IntDistribution)(**self._limits)
        except (ValueError, TypeError) as error:
            raise ConfigError(f"search: {self.key}: {error}") from error

    def ends(self) -> list[Any]:
        """Values as far apart as the limits allow: both ends, or all choices."""
        return self.choices if self.spec["type"] == "choice" else [self.spec["low"], self.spec["high"]]


def search_space(node: Mapping[str, Any]) -> dict[str, Setting]:
    """The settings of a ``search`` mapping by key; both ``optim.lr: {...}`` and ``optim: {lr: {...}}`` are read.

    Raises `ConfigError` naming the setting whose limits cannot be used.
    """
    return {key: Setting(key, spec) for key, spec in _leaves(node)}


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in node.items():
        if not isinstance(value, Mapping):
            raise ConfigError(
                f"search: {prefix}{key}: expected limits such as {{type: float, low: 0, high: 1}}, not {value!r}."
            )
        if "type" in value:
            yield f"{prefix}{key}", value
        else:
            yield from _leaves(value, f"{prefix}{key}.")
