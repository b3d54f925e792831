"""Rows on their way from the cards to Arrow, column by column: a list for each costs the least."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from signals_pipeline.parsed.models import STATEMENT_SECTIONS, TABLES
from signals_pipeline.schema import column_names

Row = dict[str, Any]

SOURCE = "_source"
"""Beside the columns of a statement's table: the line that the row was read from, for a reject."""


@cache
def _names(table: str) -> tuple[str, ...]:
    names = column_names(TABLES[table])
    return (*names, SOURCE) if table in STATEMENT_SECTIONS else names


@dataclass(init=False, slots=True)
class Columns:
    """Rows of one parsed table; what a row does not say is None."""

    n_rows: int
    by_name: dict[str, Any]

    def __init__(self, table: str) -> None:
        """No rows yet of a table named as in `parsed.models.TABLES`."""
        self.n_rows = 0
        self.by_name = {name: [] for name in _names(table)}

    @classmethod
    def of(cls, n_rows: int, by_name: dict[str, Sequence[Any]]) -> Self:
        """Some rows that are not added to any more, and of which a column may be missing."""
        columns = cls.__new__(cls)
        columns.n_rows = n_rows
        columns.by_name = by_name
        return columns

    def add(self, row: Row) -> None:
        """Add a row."""
        self.n_rows += 1
        for name, values in self.by_name.items():
            values.append(row.get(name))

    def extend(self, other: "Columns") -> None:
        """Add the rows of another one."""
        self.n_rows += other.n_rows
        found = other.by_name
        for name, values in self.by_name.items():
            values.extend(found[name] if name in found else (None,) * other.n_rows)

    def row(self, position: int) -> Row:
        """A row by its position."""
        return {name: values[position] for name, values in self.by_name.items()}

    def __iter__(self) -> Iterator[Row]:
        """The rows in order."""
        return map(self.row, range(self.n_rows))
