"""The page of what statements name most often, a ranking for each section over all years."""

from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report.lists import YEARS_SHOWN
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Site

LISTED = 40
NEW_LISTED = 20

_NAMES = f"""
WITH
on_cards AS (
    SELECT
        s.section, s.card_id, lower(trim(s.name)) AS folded, min(s.name) AS name,
        any_value(c.issue_date) AS issue_date
    FROM statements AS s
    JOIN counted_cards AS c USING (card_id)
    WHERE s.name IS NOT NULL
    GROUP BY s.section, s.card_id, folded
),
counted AS (
    SELECT
        section, min(name) AS name, folded, count(*) AS x, min(issue_date) AS first_seen,
        max(issue_date) AS last_seen, histogram(year(issue_date)) AS by_year
    FROM on_cards
    GROUP BY section, folded
),
told AS (
    SELECT
        *,
        first_seen > (SELECT max(issue_date) FROM dated_issues)
            - CAST(parameter('window_diff', 'days') AS INTEGER) AS is_new
    FROM counted
)
SELECT
    *,
    count(*) OVER of_section AS n_names,
    count(*) FILTER (WHERE x > 1) OVER of_section AS n_recurring,
    count(*) FILTER (WHERE x > 1 AND is_new) OVER of_section AS n_new
FROM told
WINDOW of_section AS (PARTITION BY section)
QUALIFY row_number() OVER (PARTITION BY section ORDER BY x DESC, folded) <= {LISTED}
    OR row_number() OVER (PARTITION BY section, is_new ORDER BY x DESC, folded) <= {NEW_LISTED}
ORDER BY section, x DESC, folded
"""
"""Names without their case: the most frequent, and the most frequent of those that are new."""

_CARDS = """
SELECT section, count(*) AS n_cards, histogram(year(issue_date)) AS by_year
FROM (
    SELECT DISTINCT s.section, s.card_id, c.issue_date
    FROM statements AS s
    JOIN counted_cards AS c USING (card_id)
    WHERE s.name IS NOT NULL
)
GROUP BY section
"""
"""The cards with a name in each section: what the shares of names are of."""

_UNNAMED = """
SELECT s.section, count(*) AS n
FROM statements AS s
JOIN counted_cards AS c USING (card_id)
WHERE s.name IS NULL
GROUP BY s.section
"""


def write_statements(book: Book, site: Site) -> None:
    """Write the ranking of names in each section of statements."""
    of_section = grouped(book.rows(_NAMES), "section")
    unnamed = {row["section"]: row["n"] for row in book.rows(_UNNAMED)}
    cards = {row["section"]: row for row in book.rows(_CARDS)}
    years = book.years[-YEARS_SHOWN:]
    site.write(
        "statements.html",
        "statements.html",
        title="Statements",
        years=years,
        unnamed=unnamed,
        year_columns=book.year_columns(years),
        sections={
            section: _ranked(of_section[section]) | cards[section]
            for section in STATEMENT_SECTIONS
            if section in of_section
        },
    )


def _ranked(names: list[Row]) -> dict[str, Any]:
    """The names on more than one card that are listed, and those that are new."""
    recurring = [row for row in names if row["x"] > 1]
    return {
        "n_names": names[0]["n_names"],
        "n_recurring": names[0]["n_recurring"],
        "n_new": names[0]["n_new"],
        "rows": recurring[:LISTED],
        "new": [row for row in recurring if row["is_new"]][:NEW_LISTED],
    }
