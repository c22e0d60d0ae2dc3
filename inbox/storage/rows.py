"""Rows as queries hand them out: by name or by position, with the same types on both databases."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Processor = Callable[[Any], Any]


class Row:
    """One row: `row.name`, `row["name"]`, `row[0]`, `first, second = row`."""

    # No public method: a column may have any name, "count" for example.
    __slots__ = ("_index", "_values")

    def __init__(self, values: Sequence[Any], index: Mapping[str, int]) -> None:
        self._values = values
        self._index = index

    def __getattr__(self, name: str) -> Any:
        try:
            return self._values[self._index[name]]
        except KeyError:
            raise AttributeError(f"the row has no column {name!r}") from None

    def __getitem__(self, key: str | int) -> Any:
        return self._values[key if isinstance(key, int) else self._index[key]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Row({', '.join(self._index)})"  # names only: rows hold what people wrote

    @property
    def _mapping(self) -> dict[str, Any]:
        return {name: self._values[position] for name, position in self._index.items()}


@dataclass(frozen=True, slots=True)
class Shape:
    """What the columns of a result are called and how their values are turned into Python's."""

    index: Mapping[str, int]
    processors: tuple[tuple[int, Processor], ...] = ()

    def row(self, raw: Sequence[Any]) -> Row:
        """A row of the driver with the values the statement's types promise."""
        values = list(raw)
        for position, process in self.processors:
            values[position] = process(values[position])
        return Row(values, self.index)
