"""The workbook: typed cells, texts as written, the rows of the tables, and what Excel cannot hold."""

import csv
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import duckdb
import openpyxl
import pytest

from signals_pipeline.publish import workbook
from signals_pipeline.publish.spreadsheet import sheet_names
from signals_pipeline.publish.workbook import CUT, MAX_CHARACTERS, SHEETS, fitted, write_workbook

HOSTILE = ["=1+1", "+2", "@SUM(1)", "https://a.example/", "0123", "<r>no <markup</r>", "_x0041_", "a\x07b"]
"""Texts that a spreadsheet or the library could take for something else."""


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Path:
    return (folder / "current").resolve()


@pytest.fixture(scope="module")
def database(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(snapshot / "signals.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def book(snapshot: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(snapshot / "signals.xlsx")


@pytest.fixture
def hostile(tmp_path: Path, snapshot: Path) -> Path:
    """A workbook of the snapshot in which titles are hostile and one summary is too long."""
    changed = tmp_path / "changed.duckdb"
    changed.write_bytes((snapshot / "signals.duckdb").read_bytes())
    with duckdb.connect(str(changed)) as connection:
        ids = connection.execute("SELECT card_id FROM parsed.cards ORDER BY card_id").fetchall()
        for (card_id,), title in zip(ids, HOSTILE, strict=False):
            connection.execute("UPDATE parsed.cards SET title = ? WHERE card_id = ?", [title, card_id])
        connection.execute("UPDATE parsed.cards SET summary = ? WHERE card_id = ?", ["x" * 40_000, ids[0][0]])
        write_workbook(connection, tmp_path / "signals.xlsx")
    assert {path.name for path in tmp_path.iterdir()} == {"changed.duckdb", "signals.xlsx"}
    return tmp_path / "signals.xlsx"


def rows(book: openpyxl.Workbook, name: str) -> list[dict[str, Any]]:
    header, *values = book[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in values]


def test_the_first_sheet_says_what_the_others_hold_and_of_what(book, database) -> None:
    about, *sheets = book.sheetnames
    assert (about, sheets) == ("about", list(SHEETS))
    assert set(SHEETS) < set(sheet_names())
    told = list(book["about"].iter_rows(values_only=True))
    ((n_cards, n_counted, first, last),) = database.execute(
        "SELECT n_cards, n_counted, first_issue_date, last_issue_date FROM snapshot"
    ).fetchall()
    assert told[0][0] == f"Cards: {n_cards} read, {n_counted} counted"
    assert told[1][0] == f"Newsletter issues: {first} to {last}"
    assert {row[0]: row[1] for row in told if row[0] in SHEETS} == {
        name: book[name].max_row - 1 for name in SHEETS
    }


@pytest.mark.parametrize("name", list(SHEETS))
def test_a_sheet_is_frozen_and_filtered_below_its_header(book, name) -> None:
    sheet = book[name]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert all(cell.font.bold for cell in sheet[1])


def test_the_cells_are_those_of_the_tables_with_their_types(book, database) -> None:
    found = {row["topic_id"]: row for row in rows(book, "topics")}
    expected = database.sql("FROM topic_momentum").to_arrow_table().to_pylist()
    assert len(found) == len(expected) > 20
    for row in expected:
        cells = found[row["topic_id"]]
        assert cells["topic"] == row["topic"]
        assert cells["n_cards_with"] == row["n_cards_with"]
        assert cells["share_recent"] == pytest.approx(row["share_recent"], rel=1e-14)
        assert cells["first_seen"] == datetime.combine(row["first_seen"], datetime.min.time())
    (header, first, *_) = book["topics"].iter_rows()
    formats = {name.value: cell.number_format for name, cell in zip(header, first, strict=True)}
    assert [formats[name] for name in ("topic", "first_seen", "n_cards_with", "share_recent", "q_trend")] == [
        "General", "yyyy-mm-dd", "#,##0", "0.0%", "0.000",
    ]  # fmt: skip
    flags = {row["is_open"] for row in rows(book, "bursts")}
    assert flags <= {True, False}


def test_the_series_by_quarter_are_those_of_trend(book, database, snapshot) -> None:
    one = max(
        (row for row in rows(book, "series_by_quarter") if row["kind"] == "concept"),
        key=lambda row: row["n_cards_ever"],
    )
    trend = database.execute(
        "SELECT year(period_start) || '-Q' || quarter(period_start), share "
        "FROM trend(?, grain := 'quarter')", [one["topic"]],
    ).fetchall()  # fmt: skip
    assert len(trend) > 3
    assert {name: one[name] for name, _ in trend} == pytest.approx(dict(trend), rel=1e-14)
    with (snapshot / "csv" / "series.csv").open(encoding="utf-8-sig", newline="") as file:
        long = [row for row in csv.DictReader(file) if row["topic_id"] == one["topic_id"]]
    by_grain = {
        grain: [row for row in long if row["grain"] == grain] for grain in ("month", "quarter", "year")
    }
    assert len(by_grain["year"]) < len(by_grain["quarter"]) < len(by_grain["month"])
    assert [float(row["share"]) for row in by_grain["quarter"]] == [share for _, share in trend]
    assert all(
        float(row["share_lo"]) <= float(row["share"]) <= float(row["share_hi"])
        and int(row["n_cards_with"]) <= int(row["n_cards"])
        for row in long
        if row["share"]
    )


def test_the_chart_draws_the_rows_of_what_rises(demonstration, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 500)
    write_workbook(demonstration, tmp_path / "signals.xlsx")
    book = openpyxl.load_workbook(tmp_path / "signals.xlsx")
    risen = [row["topic"] for row in rows(book, "rising")]
    expected = demonstration.execute("SELECT topic FROM rising()").fetchall()
    assert risen == [topic for (topic,) in expected] != []
    (chart,) = book["rising"]._charts
    series = book["series_by_quarter"]
    drawn = [one.tx.strRef.f.rpartition("!")[2].replace("$", "") for one in chart.series]
    assert [series[cell].value for cell in drawn] == risen[: workbook.N_DRAWN]
    quarters = [cell.value for cell in series[1] if "-Q" in str(cell.value)]
    assert len(quarters) > 3
    for one, name in zip(chart.series, drawn, strict=True):
        (values,) = series[one.val.numRef.f.rpartition("!")[2].replace("$", "")]
        assert len(values) == len(quarters)
        assert {cell.row for cell in values} == {series[name].row}


def test_without_anything_that_rises_the_first_sheet_says_why_there_is_no_chart(book) -> None:
    assert rows(book, "rising") == book["rising"]._charts == []
    assert "No concept is called rising" in str(list(book["about"].iter_rows(values_only=True)))


def test_a_text_stays_the_text_that_it_was(hostile) -> None:
    book = openpyxl.load_workbook(hostile)
    titles = {row["title"] for row in rows(book, "cards")}
    seen = {text.replace("\x07", "\ufffd").replace("<r>", " <r>") for text in HOSTILE}
    # Excel and LibreOffice read the escape of an underscore, and this reader shows it.
    assert {title.replace("_x005F_", "_") for title in titles if title} >= seen
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= set("nsbd")
    with ZipFile(hostile) as parts:
        for name in parts.namelist():
            content = parts.read(name)
            if name.endswith(".xml"):
                ET.fromstring(content)
            assert b"<f>" not in content.replace(b"<c:f>", b""), name
            assert not name.endswith("sheet.xml.rels") or b"hyperlink" not in content
    (long,) = [row["summary"] for row in rows(book, "cards") if len(row["summary"] or "") > 30_000]
    assert long == "x" * (MAX_CHARACTERS - len(CUT)) + CUT


def test_a_text_is_measured_as_excel_does() -> None:
    assert fitted("x" * MAX_CHARACTERS) == "x" * MAX_CHARACTERS
    cut = fitted("🌊" * 20_000)
    assert cut.endswith(f"🌊{CUT}")
    assert len(cut.encode("utf-16-le")) // 2 in (MAX_CHARACTERS, MAX_CHARACTERS - 1)


def test_a_sheet_has_its_first_rows_and_says_so(database, book, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    write_workbook(database, tmp_path / "short.xlsx")
    short = openpyxl.load_workbook(tmp_path / "short.xlsx")
    assert rows(short, "cards") == rows(book, "cards")[:3]
    told = {row[0]: row[2] for row in short["about"].iter_rows(values_only=True)}
    assert "csv/cards.csv has more" in told["cards"]


def test_the_same_content_gives_the_same_bytes_whenever_it_is_built(snapshot, tmp_path) -> None:
    copy = shutil.copy(snapshot / "signals.duckdb", tmp_path / "later.duckdb")
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "UPDATE snapshot SET snapshot = '20990101T000000Z-0f1e2d3c', built_at = '2099-01-01', "
            "as_of = '2099-01-01', since_snapshot = '20981231T000000Z-0f1e2d3c'"
        )
        write_workbook(connection, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (snapshot / "signals.xlsx").read_bytes()


def test_it_names_no_author_and_no_path_of_this_machine(snapshot, base) -> None:
    with ZipFile(snapshot / "signals.xlsx") as parts:
        about = parts.read("docProps/core.xml")
        assert not any(str(base).encode() in parts.read(name) for name in parts.namelist())
    assert b"<dc:creator></dc:creator><cp:lastModifiedBy></cp:lastModifiedBy>" in about


@pytest.mark.long
def test_libreoffice_opens_it_and_sees_the_same(hostile, tmp_path) -> None:
    office = shutil.which("soffice")
    if not office:
        pytest.skip("LibreOffice is not installed")
    subprocess.run(
        [
            office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx", "--outdir", str(tmp_path / "opened"), str(hostile),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )  # fmt: skip
    written, found = (
        openpyxl.load_workbook(path) for path in (hostile, tmp_path / "opened" / "signals.xlsx")
    )
    assert found.sheetnames == written.sheetnames
    for name in found.sheetnames:
        for row, other in zip(written[name].iter_rows(), found[name].iter_rows(), strict=True):
            assert all(_same(cell.value, seen.value) for cell, seen in zip(row, other, strict=False)), name
    assert {row["title"] for row in rows(found, "cards")} >= {"=1+1", "+2", "0123", "https://a.example/"}
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row]
    assert {cell.value for cell in cells if cell.data_type == "f"} <= _LOGICAL.keys()


_LOGICAL = {"=TRUE()": True, "=FALSE()": False}
"""How LibreOffice writes what is true or false."""


def _same(written: Any, found: Any) -> bool:
    """Whether a cell holds what it held, as LibreOffice writes it: 15 digits, and no escapes in a text."""
    found = _LOGICAL.get(found, found)
    if isinstance(written, str):
        return _ESCAPES.sub("_", written) == _ESCAPES.sub("_", found)
    if isinstance(written, int | float):
        return math.isclose(written, found, rel_tol=1e-13)
    return written == found


_ESCAPES = re.compile(r"_x005F_|_x000D_|\r")
