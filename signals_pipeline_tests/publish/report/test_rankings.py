"""The rankings of sources and of what statements name, counted by hand, and the ways that lead to them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.publish.report import sources, statements, words
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
    # Cards with any name in the section, in whichever year.
    assert rows(tables, statements._CARDS) == [
        {"section": "technologies", "n_cards": 5, "by_year": {2024: 1, 2025: 2, 2026: 2}}
    ]
    ranked = statements._ranked(found)
    assert (ranked["n_names"], ranked["n_recurring"], ranked["n_new"]) == (3, 2, 1)
    assert [row["folded"] for row in ranked["rows"]] == ["kiln", "pump"]
    assert [row["folded"] for row in ranked["new"]] == ["kiln"]


def test_a_ranking_says_what_the_shares_of_its_years_are_of(pages, report) -> None:
    with duckdb.connect(str(report.database.resolve()), read_only=True) as connection:
        of_source, of_concerns = (
            dict(connection.execute(f"SELECT year(issue_date), count(*) {of} GROUP BY ALL").fetchall())
            for of in (
                "FROM counted_cards WHERE source_domain IS NOT NULL",
                "FROM counted_cards WHERE card_id IN (FROM statements SELECT card_id "
                "WHERE section = 'concerns' AND name IS NOT NULL)",
            )
        )
        source, x, year = connection.execute(
            "SELECT source_domain, count(*) AS n, year(issue_date) AS year FROM counted_cards "
            "WHERE year = (SELECT max(year(issue_date)) FROM counted_cards) "
            "GROUP BY ALL ORDER BY n DESC, source_domain LIMIT 1"
        ).fetchone()
    years = sorted(of_source)[-6:]
    for path, label, n in (
        ("sources", "All sources", of_source),
        ("statements", "Names that recur: concerns", of_concerns),
    ):
        table = pages[f"{path}.html"].partition(f'aria-label="{label}"')[2]
        base = table.partition('<tr class="base">')[2].partition("</tr>")[0]
        found = re.findall(r'<td class="n">([\d,]+)</td>', base)
        assert found == [words.number(one) for one in (sum(n.values()), *(n.get(year, 0) for year in years))]
    row = next(line for line in pages["sources.html"].splitlines() if f">{source}</a>" in line)
    assert f'<td class="n">{words.percent(x / of_source[year])}</td>' in row
    assert f"{year} (part)</th>" in pages["sources.html"]


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
