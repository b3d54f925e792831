"""A page for each year: what its cards were about, against the year before."""

from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Site

TOPICS_LISTED = 30
MULTIPLES = 12
CHANGES_LISTED = 12
YOUNG_LISTED = 20
SIGNALS_LISTED = 20
NAMES_LISTED = 12
EXAMPLES_LISTED = 8

SECTIONS = tuple(section for section in STATEMENT_SECTIONS if section != "signals")
"""The sections whose statements are read by name; signals are read by their relevancy."""

_TOPICS = f"""
WITH
yearly AS (
    SELECT topic_id, topic, year(period_start) AS year, n_cards_with AS x, n_cards AS n, is_partial
    FROM topic_trend
    WHERE grain = 'year' AND kind = 'concept'
),
able AS (
    SELECT
        year, max(n) AS n,
        count(*) FILTER (WHERE x > 0) AS n_topics, count(*) FILTER (WHERE x > 1) AS n_more
    FROM yearly
    GROUP BY year
),
compared AS (
    SELECT
        y.*, coalesce(b.x, 0) AS xa, coalesce(before.n, 0) AS na, able.n_topics, able.n_more,
        newcombe(xa, na, y.x, y.n) AS ends,
        [100 * (y.x / y.n - xa / na), 100 * ends['lo'], 100 * ends['hi']] AS difference
    FROM yearly AS y
    JOIN able USING (year)
    LEFT JOIN able AS before ON before.year = y.year - 1
    LEFT JOIN yearly AS b ON b.topic_id = y.topic_id AND b.year = y.year - 1
    WHERE y.n > 0
)
FROM compared
QUALIFY row_number() OVER (PARTITION BY year ORDER BY x DESC, topic, topic_id) <= {TOPICS_LISTED}
    OR x + xa >= parameter('family_size', 'min_cards')
ORDER BY year, x DESC, topic, topic_id
"""
"""The topics on most cards, and all that can be compared with the year before.

`difference` is that of the shares in percentage points, with the ends of its interval.
"""

_YOUNG = f"""
SELECT
    *, year(first_seen) AS year,
    count(*) OVER (PARTITION BY year(first_seen)) AS n,
    count(*) FILTER (WHERE n_cards_with > 1) OVER (PARTITION BY year(first_seen)) AS n_back
FROM topic_momentum
WHERE kind = 'concept'
QUALIFY row_number() OVER (
    PARTITION BY year(first_seen) ORDER BY n_cards_with DESC, topic, topic_id
) <= {YOUNG_LISTED}
ORDER BY year, n_cards_with DESC, topic, topic_id
"""

_NAMES = f"""
WITH
on_cards AS (
    SELECT
        s.section, year(c.issue_date) AS year, s.card_id, lower(trim(s.name)) AS folded, min(s.name) AS name
    FROM statements AS s
    JOIN counted_cards AS c USING (card_id)
    WHERE s.name IS NOT NULL
    GROUP BY ALL
),
cards AS (
    SELECT section, year, count(DISTINCT card_id) AS n FROM on_cards GROUP BY section, year
),
counted AS MATERIALIZED (
    SELECT section, year, folded, min(name) AS name, count(*) AS x
    FROM on_cards
    GROUP BY section, year, folded
),
listed AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY section, year) AS n_names,
        count(*) FILTER (WHERE x > 1) OVER (PARTITION BY section, year) AS n_recurring
    FROM counted
    QUALIFY row_number() OVER (PARTITION BY section, year ORDER BY x DESC, folded) <= {NAMES_LISTED}
)
SELECT l.*, cards.n, b.x AS xa, before.n AS na
FROM listed AS l
JOIN cards USING (section, year)
LEFT JOIN counted AS b ON b.section = l.section AND b.year = l.year - 1 AND b.folded = l.folded
LEFT JOIN cards AS before ON before.section = l.section AND before.year = l.year - 1
ORDER BY l.section, l.year, l.x DESC, l.folded
"""
"""Names without their case: a statement is searched, and what recurs is shown, never tested."""

_EXAMPLES = f"""
WITH
best AS (
    SELECT s.*, year(c.issue_date) AS year, c.issue_date, c.title, c.path
    FROM statements AS s
    JOIN parsed.cards AS c USING (card_id)
    WHERE c.is_counted AND s.section <> 'signals' AND s.name IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY s.card_id, s.section ORDER BY s.relevancy DESC NULLS LAST, s.row_no
    ) = 1
)
FROM best
QUALIFY row_number() OVER (
    PARTITION BY section, year ORDER BY relevancy DESC NULLS LAST, issue_date DESC, card_id
) <= {EXAMPLES_LISTED}
ORDER BY section, year, relevancy DESC NULLS LAST, issue_date DESC, card_id
"""
"""The most relevant statement of each card, so that no card speaks twice."""

_WEAK = f"""
WITH
best AS (
    SELECT
        year(m.first_seen) AS year, m.topic, m.topic_id, m.n_cards_with,
        s.name, s.description, s.change, s.relevancy, s.card_id, s.line
    FROM topic_momentum AS m
    JOIN topic_cards AS t ON t.topic_id = m.topic_id AND year(t.issue_date) = year(m.first_seen)
    JOIN parsed.signals AS s USING (card_id)
    WHERE m.kind = 'concept' AND m.stage IN ('thin', 'new') AND m.n_cards_with >= 2
    QUALIFY row_number() OVER (
            PARTITION BY s.card_id
            ORDER BY s.relevancy DESC NULLS LAST, s.row_no, m.n_cards_with DESC, m.topic
        ) = 1
        AND row_number() OVER (
            PARTITION BY m.topic_id ORDER BY s.relevancy DESC NULLS LAST, s.card_id, s.row_no
        ) = 1
)
SELECT b.*, c.title, c.path
FROM best AS b
JOIN parsed.cards AS c USING (card_id)
QUALIFY row_number() OVER (
    PARTITION BY b.year ORDER BY b.n_cards_with DESC, b.relevancy DESC NULLS LAST, b.topic, b.card_id
) <= {SIGNALS_LISTED}
ORDER BY b.year, b.n_cards_with DESC, b.relevancy DESC NULLS LAST, b.topic, b.card_id
"""
"""Signals of cards that name a topic which nobody had named before the year and which is still rare.

Of the topic's share nothing can be said yet.
"""

_OF_YEAR = {"topics": _TOPICS, "young": _YOUNG, "names": _NAMES, "examples": _EXAMPLES, "weak": _WEAK}
"""What the page of a year shows, a query each."""


def write_years(book: Book, site: Site) -> None:
    """Write the page of every year with a newsletter issue."""
    rows_of = book.rows_by("year", _OF_YEAR)
    issues = {year: [row for row in book.dated if row["issue_date"].year == year] for year in book.years}
    named = {year: _named(rows_of(year)["topics"]) for year in book.years}
    shown = {row["topic_id"] for of_year in named.values() for row in of_year[:MULTIPLES]}
    quarters = grouped(book.rows(periods.QUARTERS, {"topics": sorted(shown)}), "topic_id")
    n_quarters = max(map(len, quarters.values()), default=0)
    for year in book.years:
        of_year = rows_of(year)
        compared = book.with_bars(of_year["topics"], scale=of_year["topics"][:1])
        # A topic too rare to have a row for every quarter has no line to draw.
        drawn = [row for row in named[year][:MULTIPLES] if len(quarters[row["topic_id"]]) == n_quarters]
        top = periods.scale(drawn, quarters)
        site.write(
            f"years/{year}.html",
            "year.html",
            title=str(year),
            year=year,
            is_partial=any(row["is_partial"] for row in compared),
            issues=issues[year],
            issues_before=issues.get(year - 1, []),
            topics=_named(compared),
            n_listed=TOPICS_LISTED,
            multiples=periods.small_multiples("topic", drawn, quarters, top),
            top=top,
            changes=_changes(compared, book.parameters["family_size", "min_cards"]),
            young=of_year["young"],
            weak=of_year["weak"],
            sections=SECTIONS,
            names_of=grouped(of_year["names"], "section"),
            examples_of=grouped(of_year["examples"], "section"),
        )


def _named(found: list[Row]) -> list[Row]:
    """The topics that are on a card of the year."""
    return [row for row in found if row["x"]]


def _changes(compared: list[Row], least: float) -> dict[str, Any]:
    """The topics whose share changed most surely, and how many would seem to by chance."""
    able = [row for row in compared if row["x"] + row["xa"] >= least and row["na"]]

    def sureness(row: Row) -> float:
        difference, low, high = row["difference"]
        return float(abs(difference) / (high - low))

    clear = [row for row in able if row["difference"][1] > 0 or row["difference"][2] < 0]
    ordered = sorted(clear, key=lambda row: (-sureness(row), row["topic"]))
    return {
        "up": [row for row in ordered if row["difference"][0] > 0][:CHANGES_LISTED],
        "down": [row for row in ordered if row["difference"][0] < 0][:CHANGES_LISTED],
        "n_clear": len(clear),
        "n_able": len(able),
        "n_by_chance": round(len(able) / words.MISSES),
    }
