"""Sheets: no text becomes a formula, and nothing else of it changes."""

import csv
from pathlib import Path

import duckdb
import pyarrow
import pytest

from signals_pipeline.publish import spreadsheet
from signals_pipeline.publish.spreadsheet import defused, sheet_names, write_sheets


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("＝1", "'＝1"),
        (" \u00a0=1", "' \u00a0=1"),
        ("\u200b=1", "'\u200b=1"),
        ("\t=1", "'\t'=1"),
        ("\rno formula", "'\rno formula"),
        ("a;=1;\t+2", "a;'=1;\t'+2"),
        ('a; "=1', "a; \"'=1"),
        ("a\n\n@b", "a\n\n'@b"),
        ("\x1b[31mred\x07, \x9b2J", "\ufffd[31mred\ufffd, \ufffd2J"),
        ("wind - not sun; a-b, c=d", "wind - not sun; a-b, c=d"),
        ("", ""),
        (None, None),
    ],
)
def test_a_text_that_may_be_a_formula_gets_an_apostrophe(text: str | None, written: str | None) -> None:
    assert defused(pyarrow.array([text], pyarrow.string())).to_pylist() == [written]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_sheets_hold_the_rows_of_their_tables(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str((folder / "current" / "signals.duckdb").resolve()), read_only=True) as connection:
        write_sheets(connection, tmp_path / "csv")
        ((n_statements,),) = connection.execute("SELECT count(*) FROM statements").fetchall()
        titles = connection.execute("SELECT card_id, coalesce(title, '') FROM parsed.cards").fetchall()
        days = connection.execute("SELECT DISTINCT issue_date FROM parsed.cards").fetchall()
        monkeypatch.setattr(spreadsheet, "MAX_ROWS", 3)
        write_sheets(connection, tmp_path / "short")
    assert {path.stem for path in (tmp_path / "csv").iterdir()} == set(sheet_names())
    assert len(read(tmp_path / "csv" / "statements.csv")) == n_statements > 100
    cards = read(tmp_path / "csv" / "cards.csv")
    assert {row["card_id"]: row["title"].removeprefix("'") for row in cards} == dict(titles)
    assert cards[0]["issue_key"] == max(row["issue_key"] for row in cards if row["issue_key"][0] == "2")
    assert read(tmp_path / "short" / "cards.csv") == cards[:3]
    issues = [row["issue_date"] for row in read(tmp_path / "csv" / "newsletter_issues.csv")]
    assert issues == sorted((str(day) for (day,) in days if day), reverse=True)
    assert (None,) in days
    with (tmp_path / "csv" / "cards.csv").open("rb") as file:
        assert file.read(3) == b"\xef\xbb\xbf", "Excel reads UTF-8 by this mark only"
