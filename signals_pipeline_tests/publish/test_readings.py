"""When each newsletter issue was read, from how many files, and what of it failed."""

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from signals_pipeline.core.schema import column_names, sql_text
from signals_pipeline.core.store import Store
from signals_pipeline.parsed import chunks
from signals_pipeline.publish.models import IssueReading
from signals_pipeline.publish.readings import readings
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.raw.sample import card, link, write

# Later than any file was touched, so that none is read twice for being new.
FIRST, SECOND = "2100-01-01 06:00:00", "2100-01-02 06:00:00"
EARLIER = "2099-12-01 06:00:00"


def clock_at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Have files read at a moment (UTC)."""
    at_ns = int(datetime.fromisoformat(f"{moment}+00:00").timestamp()) * 1_000_000_000
    monkeypatch.setattr(chunks, "time", type("Clock", (), {"time_ns": lambda: at_ns}))


def found(store: Store, *names: str, **choices: Any) -> dict[str, tuple[Any, ...]]:
    """Some columns by newsletter issue, days and times as text."""
    return {
        one["issue_key"]: tuple(
            str(one[name]) if isinstance(one[name], date) else one[name] for name in names
        )
        for one in readings(store, **choices)
    }


def test_each_newsletter_issue_says_its_files_when_they_were_read_and_what_failed(
    store, raw_dir, tmp_path, monkeypatch
) -> None:
    for number in (1, 2):
        write(raw_dir, number, card(number, token="20240107"))
    write(raw_dir, 3, card(3, token="3287.0"))
    glued = raw_dir / "all.md"
    glued.write_text(f"{card(4, token='20240107')}\n\n{card(5, token='20240114')}")
    (raw_dir / "drafts").mkdir()
    (raw_dir / "drafts" / "20240121.md").write_text(f"[one]({link(9)}), [long]({link(8)}{'x' * 6_000})")
    (raw_dir / "notes.md").write_text("# Notes\n\nnothing that a card has\n")
    (raw_dir / "broken.md").write_bytes(b"\xff\xfe")
    clock_at(monkeypatch, FIRST)
    taken_in(store, raw_dir)
    assert found(store, "issue_date", "n_files", "n_cards", "n_rejects", "rejects_by_code") == {
        "2024-01-07": ("2024-01-07", 3, 3, 3, "row out-of-range:3"),
        "2024-01-14": ("2024-01-14", 1, 1, 1, "row out-of-range:1"),
        "2024-01-21": ("2024-01-21", 1, 0, 1, "row field-too-long:1"),
        "no issue": (None, 2, 0, 1, "file not-utf8:1"),
        "undated:3287.0": (None, 1, 1, 1, "row out-of-range:1"),
    }
    assert set(found(store, "parser_version").values()) == {(chunks.parser_version(),)}
    assert all(set(one) == set(column_names(IssueReading)) for one in readings(store))

    clock_at(monkeypatch, SECOND)
    glued.write_text(glued.read_text() + "\n")
    taken_in(store, raw_dir)
    (tmp_path / "parquet" / "main").mkdir(parents=True)
    table = tmp_path / "parquet" / "main" / "issue_reading.parquet"
    before = f"SELECT '2024-01-14' AS issue_key, TIMESTAMP '{EARLIER}' AS first_read_at"
    duckdb.sql(f"COPY ({before}) TO {sql_text(str(table))}")
    times = found(store, "first_read_at", "last_read_at", last=tmp_path)
    assert list(times) == ["2024-01-14", "2024-01-07", "2024-01-21", "no issue", "undated:3287.0"], (
        "what was read last comes first"
    )
    assert times == {
        "2024-01-07": (FIRST, SECOND),
        "2024-01-14": (EARLIER, SECOND),
        "2024-01-21": (FIRST, FIRST),
        "no issue": (FIRST, FIRST),
        "undated:3287.0": (FIRST, FIRST),
    }


def test_what_could_not_be_read_for_the_moment_has_no_time_and_what_was_rejected_no_issue(
    store, raw_dir, monkeypatch
) -> None:
    def unreadable(*_: object) -> None:
        raise chunks.gate.GateError(chunks.Code.UNREADABLE, "It is away.")

    monkeypatch.setattr(chunks.place, "reader", lambda *_: unreadable)
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    assert found(store, "n_files", "first_read_at", "last_read_at", "n_rejects") == {
        "no issue": (1, None, None, 1)
    }
