"""What the first page marks as new, where its cards come from, and when it is late, counted by hand."""

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace

import duckdb
import pytest

from signals_pipeline.publish.report import overview
from signals_pipeline.publish.report.reading import rows

OLD, NEW = date(2025, 3, 2), date(2025, 4, 6)


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two newsletter issues, cards of both, and alerts."""
    with duckdb.connect() as connection:
        connection.execute("""
            CREATE SCHEMA parsed;
            CREATE TABLE dated_issues AS
            SELECT unnest([DATE '2025-03-02', DATE '2025-04-06']) AS issue_date;
            CREATE TABLE parsed.cards AS
            FROM (VALUES
                (DATE '2025-03-02', TRUE, NULL, 'City', 'news.example'),
                (DATE '2025-03-02', TRUE, 'Food', 'city', 'example.org'),
                (DATE '2025-04-06', TRUE, 'city ', 'Food', NULL),
                (DATE '2025-04-06', TRUE, NULL, NULL, 'a.b.example'),
                (DATE '2025-04-06', FALSE, NULL, 'City', 'news.example')
            ) AS t (issue_date, is_counted, author_category, category, source_domain);
            CREATE TABLE alert AS
            FROM (VALUES
                ('a', 'rise', 'moss', DATE '2025-04-06', TRUE),
                ('b', 'fall', 'kelp', DATE '2025-04-06', FALSE),
                ('c', 'fall', 'peat', DATE '2025-03-02', FALSE),
                ('d', 'returning', 'reed', DATE '2025-04-06', FALSE)
            ) AS t (alert_id, alert_kind, topic, start, is_new);
            ALTER TABLE alert ADD COLUMN q DOUBLE;
        """)
        yield connection


def test_a_call_of_the_newest_issue_that_is_not_new_is_made_again(tables) -> None:
    found = rows(tables, overview._ALERTS)
    assert {row["topic"]: row["mark"] for row in found} == {
        "moss": "new",
        "kelp": "again",
        "peat": None,
        "reed": None,
    }
    assert {(row["n_new"], row["n_again"]) for row in found} == {(1, 1)}
    assert found[0]["topic"] == "moss"


def test_categories_are_those_of_the_author_or_of_the_card_whatever_their_case(tables) -> None:
    found = rows(tables, overview._CATEGORIES)
    assert [(row["category"].lower(), row["x"], row["x_before"]) for row in found] == [
        ("city", 1, 1),
        ("food", 0, 1),
        ("", 1, 0),
    ]
    assert {(row["n"], row["n_before"]) for row in found} == {(2, 2)}
    assert {row["quarter_start"] for row in found} == {NEW.replace(day=1)}


def test_cards_are_invented_where_all_their_articles_are_at_addresses_for_examples(tables) -> None:
    assert rows(tables, overview._SOURCES_READ) == [{"n": 3, "is_invented": True}]
    tables.execute("INSERT INTO parsed.cards (source_domain, is_counted) VALUES ('myexample.org', FALSE)")
    assert rows(tables, overview._SOURCES_READ) == [{"n": 3, "is_invented": False}]
    tables.execute("UPDATE parsed.cards SET source_domain = NULL")
    assert rows(tables, overview._SOURCES_READ) == [{"n": 0, "is_invented": False}]


@pytest.mark.parametrize(("age", "is_late"), [(21, False), (22, True)])
def test_the_next_issue_is_missed_after_three_times_the_usual_days(age, is_late) -> None:
    dated = [{"issue_date": NEW, "days_since_prev": days} for days in (None, 90, 7, 7)]
    book = SimpleNamespace(dated=dated, about={"as_of": NEW + timedelta(days=age)})
    assert overview._overdue(book) == ({"age": age, "usual": 7} if is_late else None)


def test_one_issue_alone_is_never_late() -> None:
    book = SimpleNamespace(dated=[{"issue_date": OLD, "days_since_prev": None}], about={"as_of": NEW})
    assert overview._overdue(book) is None
