"""The tables that a person edits: CSV files, read line by line, with a sentence for what is wrong where."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from signals_pipeline.core.errors import BadInputFileError


class EditedRow(NamedTuple):
    """A row of such a table: the line on which it begins, 1-based, and its cells without outer blanks."""

    line: int
    cells: tuple[str, ...]


def edited_rows(path: Path, content: bytes, columns: Sequence[str]) -> Iterator[EditedRow]:
    """The rows of a CSV file that begins with the names of its columns; empty ones are left out.

    A file without a single line has no rows.

    Raises:
        BadInputFileError: The file is no such CSV file; the message names file and line and says what to do.
    """
    reader = csv.reader(io.StringIO(_text(path, content), newline=""), strict=True)
    line = 1
    try:
        header = [cell.strip() for cell in next(reader, columns)]
        if header != list(columns):
            raise BadInputFileError(
                f"{path}:1: the first line must be {','.join(columns)} (with commas); found {header}"
            )
        while True:
            line = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(columns):
                raise BadInputFileError(f"{path}:{line}: {_miscounted(cells, len(columns))}")
            yield EditedRow(line, tuple(cell.strip() for cell in cells))
    except csv.Error as error:
        raise BadInputFileError(
            f"{path}:{line}: not readable as CSV ({error}); check the quotes of this line"
        ) from error


def edited_day(path: Path, line: int, text: str) -> date:
    """The day that a cell of such a table holds; `BadInputFileError` where it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInputFileError(f"{path}:{line}: {text!r} is no date; write it as 2026-06-07.") from None


def _miscounted(cells: Sequence[str], n_columns: int) -> str:
    """What is wrong with a row of another number of cells, and what to do about it."""
    found = f"{len(cells)} column{'s' * (len(cells) != 1)} instead of {n_columns}"
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(cells) == 1 and sign in cells[0]:
            return f"{found}, since {name} stand between the cells; write commas there"
    if len(cells) < n_columns:
        return f"{found}; write a comma between all cells, empty ones too"
    return f"{found}; put a value that contains a comma between double quotes"


def _text(path: Path, content: bytes) -> str:
    try:
        # Spreadsheets write a byte order mark.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInputFileError(f"{path}:{line}: not UTF-8; save the file with encoding UTF-8") from None
