"""The sheets as one workbook: dates are dates, shares are percentages, and texts are texts.

A cell of a workbook has a type, so that `=1+1` stays a text as written; CSV has none and marks it. What Excel
cannot hold is cut, and the first sheet says so.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import duckdb
import pyarrow
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from signals_pipeline.core.files import files_version
from signals_pipeline.publish.spreadsheet import read_sheet, sheets, shown

SHEETS = (
    "rising",
    "alert",
    "topics",
    "series_by_quarter",
    "bursts",
    "shifts",
    "forecasts",
    "newsletter_issues",
    "sources",
    "cards",
    "statements",
    "outlooks",
)
"""The sheets of `csv/` that the workbook has, in its order."""

MAX_ROWS = 5_000
"""Rows of a sheet, the first in its order: Excel takes a million, and slowly. `csv/` has more."""

MAX_CHARACTERS = 32_767
"""What Excel holds in a cell, counted in units of UTF-16."""

CUT = " […]"
"""How a text ends that was cut."""

N_DRAWN = 8
"""Concepts in the chart: more lines cannot be told apart."""

_QUARTER = re.compile(r"\d{4}-Q[1-4]")
_TYPED_AS_WRITTEN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

_FORMATS: dict[str, dict[str, Any]] = {
    "header": {"bold": True, "bottom": 1},
    "text": {},
    "day": {"num_format": "yyyy-mm-dd"},
    "whole": {"num_format": "#,##0"},
    "number": {"num_format": "0.000"},
    "share": {"num_format": "0.0%"},
    "is": {},
}
"""How cells are shown, by what they are."""

_NARROW, _WIDE = 12, 28
"""Widths of columns in characters: of numbers and days, and of texts."""

_ABOUT = "about"

_CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""When every workbook says that it was made: the library would say the moment, another one each time."""


class _Written(NamedTuple):
    """A sheet as it was written: its columns, the row of each topic in it, and how many rows it has."""

    columns: list[str]
    topic_rows: dict[str, int]
    n_rows: int
    is_cut: bool


def workbook_version() -> str:
    """A version that changes when the same database could give another workbook: that of this module."""
    return files_version((Path(__file__),), xlsxwriter.__version__)


def write_workbook(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write the workbook of a published database: the same content gives the same bytes at any time."""
    snapshot = connection.sql("FROM snapshot").to_arrow_table().to_pylist()[0]
    with TemporaryDirectory(dir=path.parent, prefix=f"{path.name}.") as scratch:
        workbook = xlsxwriter.Workbook(
            str(path), _TYPED_AS_WRITTEN | {"constant_memory": True, "tmpdir": scratch}
        )
        workbook.set_properties({"title": "Signals", "created": _CREATED})
        about = workbook.add_worksheet(_ABOUT)
        formats = {name: workbook.add_format(given) for name, given in _FORMATS.items()}
        shares = _shares(connection)
        written = {
            name: _write_sheet(connection, name, workbook.add_worksheet(name), formats, shares)
            for name in SHEETS
        }
        _draw_rising(workbook, written)
        _write_about(about, formats, snapshot, written)
        try:
            workbook.close()
        except FileCreateError as error:
            # It wraps what the system said, by which a full disk is known.
            raise error.args[0] from None


def _shares(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The columns of published tables that are fractions of one."""
    found = connection.execute("SELECT DISTINCT column_name FROM data_dictionary WHERE unit = 'fraction'")
    return frozenset(name for (name,) in found.fetchall())


def _write_sheet(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    sheet: Any,
    formats: Mapping[str, Any],
    shares: frozenset[str],
) -> _Written:
    """Write one sheet, row by row, with its header."""
    schema, batches = read_sheet(connection, name, MAX_ROWS + 1)
    kinds = [_kind(field, shares) for field in schema]
    for number, (column, kind) in enumerate(zip(schema.names, kinds, strict=True)):
        sheet.set_column(number, number, _WIDE if kind == "text" else _NARROW, formats[kind])
        sheet.write_string(0, number, column, formats["header"])
    sheet.freeze_panes(1, 0)
    topic_rows: dict[str, int] = {}
    n_rows = 0
    for batch in batches:
        for row in zip(*(_cells(column) for column in batch.columns), strict=True):
            n_rows += 1
            if n_rows > MAX_ROWS:
                break
            for number, (value, kind) in enumerate(zip(row, kinds, strict=True)):
                if value is not None:
                    _write_cell(sheet, n_rows, number, value, kind)
            if "topic_id" in schema.names:
                topic_rows[row[schema.names.index("topic_id")]] = n_rows
    n_written = min(n_rows, MAX_ROWS)
    sheet.autofilter(0, 0, n_written, len(kinds) - 1)
    return _Written(schema.names, topic_rows, n_written, is_cut=n_rows > MAX_ROWS)


def _kind(field: "pyarrow.Field[Any]", shares: frozenset[str]) -> str:
    """What the cells of a column are: the name of their format."""
    if pyarrow.types.is_floating(field.type):
        return "share" if field.name in shares or _QUARTER.fullmatch(field.name) else "number"
    if pyarrow.types.is_integer(field.type):
        return "whole"
    if pyarrow.types.is_date(field.type):
        return "day"
    return "is" if pyarrow.types.is_boolean(field.type) else "text"


def _cells(column: "pyarrow.Array[Any]") -> list[Any]:
    return (shown(column) if pyarrow.types.is_string(column.type) else column).to_pylist()


def _write_cell(sheet: Any, row: int, number: int, value: Any, kind: str) -> None:
    """Write one value as what it is; its column has the format."""
    if kind == "text":
        sheet.write_string(row, number, fitted(value))
    elif kind == "day":
        sheet.write_datetime(row, number, value)
    elif kind == "is":
        sheet.write_boolean(row, number, value)
    elif math.isfinite(value):
        sheet.write_number(row, number, value)
    else:
        sheet.write_string(row, number, str(value))


def fitted(text: str) -> str:
    """A text that Excel holds in a cell, cut where it is too long."""
    if text.startswith("<r>") and text.endswith("</r>"):
        # The library would take it for its own markup of rich text, and write it as it is.
        text = f" {text}"
    if len(text) * 2 <= MAX_CHARACTERS:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CHARACTERS:
        return text
    # Half of a character that takes two units is left out.
    return units[: 2 * (MAX_CHARACTERS - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


def _draw_rising(workbook: Any, written: Mapping[str, _Written]) -> None:
    """Draw the shares of the concepts that rise, by quarter, below their rows."""
    series, rising = written["series_by_quarter"], written["rising"]
    quarters = [number for number, name in enumerate(series.columns) if _QUARTER.fullmatch(name)]
    drawn = [series.topic_rows[topic] for topic in rising.topic_rows if topic in series.topic_rows][:N_DRAWN]
    if not drawn or not quarters:
        return
    chart = workbook.add_chart({"type": "line"})
    for row in drawn:
        chart.add_series(
            {
                "name": ["series_by_quarter", row, series.columns.index("topic")],
                "categories": ["series_by_quarter", 0, quarters[0], 0, quarters[-1]],
                "values": ["series_by_quarter", row, quarters[0], row, quarters[-1]],
            }
        )
    title = "Share of the cards of a quarter; the last one may not be over"
    chart.set_title({"name": title, "name_font": {"size": 12, "bold": False}})
    chart.set_y_axis({"num_format": "0%", "min": 0})
    chart.set_size({"width": 960, "height": 420})
    workbook.get_worksheet_by_name("rising").insert_chart(rising.n_rows + 2, 0, chart)


def _write_about(
    sheet: Any, formats: Mapping[str, Any], snapshot: Mapping[str, Any], written: Mapping[str, _Written]
) -> None:
    """Say on the first sheet what the others hold, and of which cards and newsletter issues."""
    before = [
        f"Cards: {snapshot['n_cards']:,} read, {snapshot['n_counted']:,} counted",
        f"Newsletter issues: {_span(snapshot)}",
        "The table data_dictionary and the report say what the columns mean.",
    ]
    after = [f"A text that ends in{CUT} had more than the {MAX_CHARACTERS:,} characters that Excel holds."]
    if not written["rising"].n_rows:
        after.append("No concept is called rising in this snapshot, so there is no chart.")
    sheet.set_column(0, 0, _WIDE)
    sheet.set_column(1, 1, _NARROW, formats["whole"])
    for row, text in enumerate(before):
        sheet.write_string(row, 0, text)
    top = len(before) + 1
    held = sheets()
    for number, text in enumerate(("Sheet", "Rows", "What it holds")):
        sheet.write_string(top, number, text, formats["header"])
    for row, (name, one) in enumerate(written.items(), top + 1):
        more = f" These are the first {MAX_ROWS:,}; csv/{name}.csv has more." if one.is_cut else ""
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, one.n_rows)
        sheet.write_string(row, 2, held[name] + more)
    for row, text in enumerate(after, top + len(written) + 2):
        sheet.write_string(row, 0, text)


def _span(snapshot: Mapping[str, Any]) -> str:
    first, last = snapshot["first_issue_date"], snapshot["last_issue_date"]
    return f"{first} to {last}" if first else "none with a date"
