"""Rows on their way from the cards to Arrow, column by column: a list for each costs the least."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

import numpy as np
import pyarrow

from signals_pipeline.core.schema import arrow_schema
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

Row = dict[str, Any]

SOURCE = "_source"
"""Beside the columns of a statement's table: the line that the row was read from, for a reject."""


@cache
def row_schema(table: str) -> pyarrow.Schema:
    """The columns of a parsed table, and what is known of its rows beside them."""
    schema = arrow_schema(TABLES[table])
    return schema.append(pyarrow.field(SOURCE, pyarrow.string())) if table in STATEMENT_SECTIONS else schema


@dataclass(init=False, slots=True)
class Columns:
    """Rows of one table; what a row does not say is None."""

    n_rows: int
    by_name: dict[str, Any]

    def __init__(self, names: Sequence[str]) -> None:
        """No rows yet, of some columns."""
        self.n_rows = 0
        self.by_name = {name: [] for name in names}

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


class Gathered:
    """Many rows of one table: the last ones in lists, those before them in Arrow's memory."""

    def __init__(self, schema: pyarrow.Schema) -> None:
        """No rows yet of a table with such columns."""
        self.schema = schema
        self.last = Columns(schema.names)
        self._flushed: list[pyarrow.RecordBatch] = []

    def flush(self) -> None:
        """Move the last rows to Arrow's memory."""
        if self.last.n_rows:
            self._flushed.append(pyarrow.RecordBatch.from_pydict(self.last.by_name, self.schema))
            self.last = Columns(self.schema.names)

    def add_batch(self, columns: Mapping[str, "pyarrow.Array[Any]"], is_taken: np.ndarray[Any, Any]) -> None:
        """Add those rows of some in Arrow's memory that are taken; a column that is missing is NULL."""
        n_rows = len(is_taken)
        arrays = [
            columns[one.name] if one.name in columns else pyarrow.nulls(n_rows, one.type)
            for one in self.schema
        ]
        batch = pyarrow.RecordBatch.from_arrays(arrays, schema=self.schema)
        self._flushed.append(batch if is_taken.all() else batch.filter(pyarrow.array(is_taken)))

    def table(self) -> pyarrow.Table:
        """All rows, in one piece: pandera and DuckDB take a fifth longer for several."""
        self.flush()
        return pyarrow.Table.from_batches(self._flushed, self.schema).combine_chunks()
