"""The rows of a table as its writer meant them: a value may take several lines, and not every line is a row.

Markdown takes each line below a table for a row of it, also prose and what is left of a row that was cut off.
The program that writes the tables prints a line feed inside a value as another line, in which all other cells
are blank.
"""

import re
from collections.abc import Sequence

from signals_pipeline.core.rejects import Code
from signals_pipeline.parsed.reader.headings import is_marked
from signals_pipeline.parsed.reader.markdown import Row, Span

RELEVANCY = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?")
"""A whole number; pandas writes it with a point where a value of its column is missing."""

_DELIMITER_ROW = re.compile(r"[ |:]*---[ |:-]*")

Names = Sequence[str | None]
"""The column that each header of a table names."""


def rows_above_another(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows of a table down to the heading or header of another one, without an empty line between."""
    for place, row in enumerate(rows):
        if place and _is_delimiter(row):
            return rows[: place - 1]
        if is_marked(row.source):
            return rows[:place]
    return rows


def _is_delimiter(row: Row) -> bool:
    return _DELIMITER_ROW.fullmatch(row.source) is not None


def fault_of(row: Row, header: str, names: Names, *, is_last: bool) -> tuple[Code, str] | None:
    """Why a line of a table is no whole row of it, None for one that is.

    `header` is the line of the header, and `is_last` says whether the row is the last line of the card.
    """
    if _is_delimiter(row):
        return Code.NOT_A_TABLE_ROW, "A second line between the header and the rows."
    source = row.source.strip()
    begins, ends = (
        is_there or not is_due
        for is_there, is_due in (
            (source.startswith("|"), header.strip().startswith("|")),
            (source.endswith("|"), header.strip().endswith("|")),
        )
    )
    n_cells = None if row.cells is None else len(row.cells) - row.cells.count(None)
    is_full = n_cells == len(names)
    if ("|" in header and "|" not in source) or (not begins and not (ends and is_full)):
        return Code.NOT_A_TABLE_ROW, "Text below a table that is no row of it."
    if ends or (is_full and not (is_last and _may_lack_text(row, header, names))):
        return None
    return Code.CUT_OFF, "The row lacks the pipe at its end that the header has, and may lack more."


def _may_lack_text(row: Row, header: str, names: Names) -> bool:
    """Whether the last cell of a row without a pipe at its end may be the beginning of a longer text."""
    if row.cells and row.cells[-1] and names[-1] == "relevancy" and RELEVANCY.fullmatch(row.cells[-1].text):
        return False
    # Padding behind a text shows its end, and so does the width of the table.
    return not row.source.endswith("  ") and len(row.source) < len(header.rstrip()) - len(" |")


def with_values_joined(rows: Sequence[Row], header: str, names: Names) -> list[Row]:
    """The rows of a table, with lines that go on with values of the row above them joined to it."""
    groups: list[list[Row]] = []
    blank: list[Row] = []
    for row in rows:
        above = groups[-1] if groups else []
        if above and row.cells is not None and not _filled(row):
            # An empty line inside a value, or a row of its own: what stands below tells.
            blank.append(row)
            continue
        if above and row.line == above[-1].line + len(blank) + 1 and _goes_on(above[0], row, header, names):
            above += [*blank, row]
        else:
            groups += [*([one] for one in blank), [row]]
        blank = []
    groups += [[one] for one in blank]
    return [_joined(group) for group in groups]


def _filled(row: Row) -> set[int]:
    """The places of the cells that are not blank."""
    return {place for place, cell in enumerate(row.cells or ()) if cell and cell.markdown}


def _goes_on(above: Row, row: Row, header: str, names: Names) -> bool:
    """Whether a line goes on with values of a row: where that has one, and the line has no others.

    A number does not go on. A line with a name and more is a row; one with a name alone goes on with it where
    the table is laid out by a program, which writes a relevancy into every row.
    """
    filled, filled_above = _filled(row), _filled(above)
    relevancy = names.index("relevancy") if "relevancy" in names else None
    if not filled or not filled < filled_above or relevancy in filled:
        return False
    name = names.index("name") if "name" in names else 0
    if name not in filled:
        return True
    pipes = [place for place, character in enumerate(header) if character == "|"]
    is_laid_out = all(one.source[place : place + 1] == "|" for one in (above, row) for place in pipes)
    return filled == {name} and relevancy in filled_above and is_laid_out


def _joined(group: Sequence[Row]) -> Row:
    """One row of the lines of a group, the first of which has all its cells."""
    first, *others = group
    if not others:
        return first
    cells: list[Span | None] = []
    for one in zip(*(row.cells or () for row in group), strict=True):
        parts = [cell for cell in one if cell and cell.markdown]
        text, markdown = " ".join(cell.text for cell in parts), "\n".join(cell.markdown for cell in parts)
        cells.append(Span(text, markdown) if parts else None)
    return Row(first.line, "\n".join(row.source for row in group), cells)
