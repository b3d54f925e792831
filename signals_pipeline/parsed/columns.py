"""Rows on their way from the cards to Arrow, column by column: a list for each costs the least."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

Row = dict[str, Any]

SOURCE = "_source"
"""Beside the columns of a statement's table: the line that the row was read from, for a reject."""


@dataclass(slots=True)
class Columns:
    """Rows of one table: the values of each column; one that is not there is None in every row."""

    n_rows: int
    by_name: dict[str, Any]

    @classmethod
    def empty(cls, names: Sequence[str]) -> Self:
        """No rows yet, of some columns."""
        return cls(0, {name: [] for name in names})

    def add(self, row: Row) -> None:
        """Add a row; what it does not say is None."""
        self.n_rows += 1
        for name, values in self.by_name.items():
            values.append(row.get(name))

    def extend(self, other: "Columns") -> None:
        """Add the rows of another one."""
        self.n_rows += other.n_rows
        found = other.by_name
        for name, values in self.by_name.items():
            values.extend(found[name] if name in found else (None,) * other.n_rows)

    def __iter__(self) -> Iterator[Row]:
        """The rows in order."""
        for position in range(self.n_rows):
            yield {name: values[position] for name, values in self.by_name.items()}
