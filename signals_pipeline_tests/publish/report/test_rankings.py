"""The rankings of sources and of what statements name, counted by hand, and the ways that lead to them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.publish.report import sources, statements
from signals_pipeline.publish.report.reading import rows
from signals_pipeline_tests.browser import started


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Five counted cards of three years, with topics and names of technologies."""
    with duckdb.connect() as connection:
        connection.execute("""
            CREATE MACRO parameter(metric, name) AS 365;
            CREATE TABLE counted_cards AS
            FROM (VALUES
                (1, 'a', DATE '2024-03-03', 'news.example'),
                (2, 'b', DATE '2025-03-02', 'news.example'),
                (3, 'c', DATE '2025-06-01', 'blog.example'),
                (4, 'd', DATE '2026-03-01', 'news.example'),
                (5, 'e', DATE '2026-03-01', NULL)
            ) AS t (card_no, card_id, issue_date, source_domain);
            CREATE TABLE dated_issues AS SELECT DISTINCT issue_date FROM counted_cards;
            CREATE TABLE topic_cards AS
            FROM (VALUES (1, 'm', 'concept'), (2, 'm', 'concept'), (2, 'k', 'concept'), (2, 'w', 'keyword'))
                AS t (card_no, topic_id, kind);
            CREATE TABLE topic_momentum AS
            FROM (VALUES ('m', 'moss', NULL), ('k', 'kelp', NULL), ('w', 'moss', NULL))
                AS t (topic_id, topic, same_as);
            CREATE TABLE statements AS
            FROM (VALUES
                ('technologies', 'a', 'Pump'), ('technologies', 'a', 'pump'), ('technologies', 'b', ' pump'),
                ('technologies', 'd', 'Kiln'), ('technologies', 'e', 'kiln'),
                ('technologies', 'c', 'Loom'), ('technologies', 'c', NULL), ('concerns', 'x', 'Not counted')
            ) AS t (section, card_id, name);
        """)
        yield connection


def test_a_source_has_its_cards_by_year_and_the_topics_that_most_of_them_name(tables) -> None:
    news, blog = rows(tables, sources._SOURCES)
    assert (news["source"], news["x"], news["by_year"]) == ("news.example", 3, {2024: 1, 2025: 1, 2026: 1})
    assert (str(news["first_seen"]), str(news["last_seen"])) == ("2024-03-03", "2026-03-01")
    assert news["top_topics"] == "moss (2), kelp (1)"
    assert (blog["source"], blog["x"], blog["by_year"], blog["top_topics"]) == (
        "blog.example",
        1,
        {2025: 1},
        None,
    )


def test_names_are_counted_once_a_card_whatever_their_case_and_new_if_of_the_last_year(tables) -> None:
    found = rows(tables, statements._NAMES)
    # The year before 1 March 2026 begins on the day after 1 March 2025.
    assert [(row["folded"], row["x"], row["is_new"]) for row in found] == [
        ("kiln", 2, True),
        ("pump", 2, False),
        ("loom", 1, True),
    ]
    ranked = statements._ranked(found)
    assert (ranked["n_names"], ranked["n_recurring"], ranked["n_new"]) == (3, 2, 1)
    assert [row["folded"] for row in ranked["rows"]] == ["kiln", "pump"]
    assert [row["folded"] for row in ranked["new"]] == ["kiln"]


def test_every_page_leads_to_the_files_beside_the_report(pages) -> None:
    for path, text in pages.items():
        root = "../" * path.count("/")
        assert f'Data: <a href="{root}../signals.xlsx">Excel</a>' in text
        assert f'<a href="{root}data.html#csv">CSV</a>' in text


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    driver = started(tmp_path)
    yield driver
    driver.quit()


@pytest.mark.browser
def test_the_field_of_the_overview_leads_to_the_search(browser, report) -> None:
    browser.get((report.folder / "index.html").as_uri())
    field = browser.find_element("id", "q")
    assert field.is_displayed()
    field.send_keys("heat pump\ue007")
    assert browser.current_url.endswith("/search.html#q=heat+pump")
