"""Tables for a spreadsheet: CSV in which no cell can become a formula.

Whoever wrote an article decides what stands in a cell, and a spreadsheet runs a text that looks like a
formula. Such texts get an apostrophe in front here, and only here: database and Parquet hold them as written.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.compute
import pyarrow.csv

from signals_pipeline.core.files import files_version
from signals_pipeline.core.listed import listed

_FILE = Path(__file__).with_suffix(".sql")
"""The query of each sheet, under its name and what it holds: what people sort and filter in a spreadsheet."""

MAX_ROWS = 100_000
"""Rows of a sheet, the first in its order: a spreadsheet takes a million, and people far fewer."""

_BATCH_ROWS = 2_000

_BY_PARTS = "getvariable('first_card')"
_PART_CARDS = 1_000
"""Cards whose rows are sorted at a time where a sheet has many long texts: DuckDB sorts them in memory."""

_ORDER_MARK = "\ufeff"
"""Without it at the start of a file, Excel takes UTF-8 for something else."""

_UNSEEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}]"
"""What commands a terminal in which the file is shown."""

_STARTS = r"[=+\-@＝＋－＠]"
_BLANK = r"""[\pZ\pC\s"']"""
_FIRST = rf"^({_BLANK}*{_STARTS}|[\t\r\n])"
"""What a spreadsheet may take for a formula."""

# Where a comma is the decimal sign, a spreadsheet splits at semicolons and sees no quotes; others split at
# tabs, and then each line is a row.
_INSIDE = rf"([;\t\r\n]{_BLANK}*)({_STARTS})"

_ANY = f"{_UNSEEN}|{_FIRST}|{_INSIDE}"
"""What hardly any text has: to look for it once takes a third of the time of the three replacements."""


def sheets() -> dict[str, str]:
    """What each sheet holds, by its name."""
    return dict(heading.split("\n") for heading, _ in listed(_FILE))


def sheet_names() -> tuple[str, ...]:
    """The names of all sheets."""
    return tuple(sheets())


def sheets_version() -> str:
    """A version that changes when the same database could give other sheets: that of this module."""
    return files_version((Path(__file__), _FILE))


def write_sheets(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write every sheet of a published database into a new folder."""
    folder.mkdir()
    for name in sheet_names():
        schema, batches = read_sheet(connection, name, MAX_ROWS)
        with (folder / f"{name}.csv").open("wb") as file:
            file.write(_ORDER_MARK.encode())
            with pyarrow.csv.CSVWriter(file, schema) as writer:
                for batch in batches:
                    writer.write_batch(_defused(batch))


def read_sheet(
    connection: duckdb.DuckDBPyConnection, name: str, n_rows: int
) -> tuple[pyarrow.Schema, Iterator[pyarrow.RecordBatch]]:
    """The columns of a sheet, and its first rows as they stand in the database."""
    readers = _readers(connection, _queries()[name], n_rows)
    first = next(readers)
    return first.schema, _first_rows(chain(first, chain.from_iterable(readers)), n_rows)


def _queries() -> dict[str, str]:
    """The query of each sheet, by its name."""
    return {heading.partition("\n")[0]: sql for heading, sql in listed(_FILE)}


def _first_rows(batches: Iterator[pyarrow.RecordBatch], n_rows: int) -> Iterator[pyarrow.RecordBatch]:
    n_left = n_rows
    for batch in batches:
        yield batch.slice(0, n_left)
        n_left -= min(batch.num_rows, n_left)
        if not n_left:
            return


def _readers(
    connection: duckdb.DuckDBPyConnection, sql: str, n_rows: int
) -> Iterator[pyarrow.RecordBatchReader]:
    """The rows of a sheet in order, in one part or in as many as its cards need; at least one."""
    if _BY_PARTS not in sql:
        yield connection.sql(sql).limit(n_rows).to_arrow_reader(_BATCH_ROWS)
        return
    ((n_cards,),) = connection.execute("SELECT count(*) FROM parsed.cards").fetchall()
    connection.execute(f"SET VARIABLE n_cards = {_PART_CARDS}")
    for first in range(1, max(n_cards, 1) + 1, _PART_CARDS):
        connection.execute(f"SET VARIABLE first_card = {first}")
        yield connection.sql(sql).to_arrow_reader(_BATCH_ROWS)


def _defused(batch: pyarrow.RecordBatch) -> pyarrow.RecordBatch:
    """Rows of which no text can become a formula."""
    columns = [
        defused(column) if pyarrow.types.is_string(column.type) else column for column in batch.columns
    ]
    return pyarrow.RecordBatch.from_arrays(columns, schema=batch.schema)


def defused(texts: "pyarrow.Array[Any]") -> "pyarrow.Array[Any]":
    """Texts that a spreadsheet takes for text, with an apostrophe before what it would take for a formula."""
    if not pyarrow.compute.any(pyarrow.compute.match_substring_regex(texts, pattern=_ANY)).as_py():
        return texts
    inside = pyarrow.compute.replace_substring_regex(shown(texts), pattern=_INSIDE, replacement=r"\1'\2")
    return pyarrow.compute.replace_substring_regex(inside, pattern=_FIRST, replacement=r"'\1")


def shown(texts: "pyarrow.Array[Any]") -> "pyarrow.Array[Any]":
    """Texts with a mark in the place of each character that commands a terminal."""
    return pyarrow.compute.replace_substring_regex(texts, pattern=_UNSEEN, replacement="\ufffd")
