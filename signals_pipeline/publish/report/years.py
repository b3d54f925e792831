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

# Of each year and kind the topics on most cards, and all that can be compared with the year before.
_TOPICS = """
WITH
yearly AS (
    SELECT topic_id, kind, topic, year(period_start) AS year, n_cards_with AS x, n_cards AS n, is_partial
    FROM topic_trend
    WHERE grain = 'year'
),
able AS (
    SELECT
        year, kind, max(n) AS n,
        count(*) FILTER (WHERE x > 0) AS n_topics, count(*) FILTER (WHERE x > 1) AS n_more
    FROM yearly
    GROUP BY year, kind
),
compared AS (
    SELECT
        y.*, coalesce(b.x, 0) AS xa, coalesce(before.n, 0) AS na, able.n_topics, able.n_more,
        row_number() OVER (PARTITION BY y.year, y.kind ORDER BY y.x DESC, y.topic, y.topic_id) AS place
    FROM yearly AS y
    JOIN able USING (year, kind)
    LEFT JOIN able AS before ON before.year = y.year - 1 AND before.kind = y.kind
    LEFT JOIN yearly AS b ON b.topic_id = y.topic_id AND b.year = y.year - 1
    WHERE y.n > 0
)
FROM compared
WHERE place <= $listed OR x + xa >= $least
ORDER BY year, x DESC, kind, topic, topic_id
"""

_YOUNG = """
SELECT
    topic_id, topic, kind, n_cards_with, first_seen, last_seen, stage, year(first_seen) AS year,
    count(*) OVER (PARTITION BY year(first_seen)) AS n,
    count(*) FILTER (WHERE n_cards_with > 1) OVER (PARTITION BY year(first_seen)) AS n_back
FROM topic_momentum
QUALIFY row_number() OVER (
    PARTITION BY year(first_seen) ORDER BY n_cards_with DESC, kind, topic, topic_id
) <= $listed
ORDER BY year, n_cards_with DESC, kind, topic, topic_id
"""

# Names are compared without their case: a statement is searched, and what recurs is shown, never tested.
_NAMES = """
WITH
on_cards AS (
    SELECT
        s.section, year(c.issue_date) AS year, s.card_id, lower(trim(s.name)) AS folded, min(s.name) AS name
    FROM statements AS s
    JOIN parsed.cards AS c USING (card_id)
    WHERE c.is_counted AND s.name IS NOT NULL
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
    QUALIFY row_number() OVER (PARTITION BY section, year ORDER BY x DESC, folded) <= $listed
)
SELECT l.section, l.year, l.name, l.x, cards.n, l.n_names, l.n_recurring, b.x AS xa, before.n AS na
FROM listed AS l
JOIN cards USING (section, year)
LEFT JOIN counted AS b ON b.section = l.section AND b.year = l.year - 1 AND b.folded = l.folded
LEFT JOIN cards AS before ON before.section = l.section AND before.year = l.year - 1
ORDER BY l.section, l.year, l.x DESC, l.folded
"""

# The most relevant statement of each card, so that no card speaks twice.
_EXAMPLES = """
WITH
best AS (
    SELECT
        s.section, year(c.issue_date) AS year, s.name, s.description, s.relevancy, s.card_id, s.line,
        c.issue_date, c.title, c.path
    FROM statements AS s
    JOIN parsed.cards AS c ON c.card_id = s.card_id
    WHERE c.is_counted AND s.section <> 'signals' AND s.name IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY s.card_id, s.section ORDER BY s.relevancy DESC NULLS LAST, s.row_no
    ) = 1
)
FROM best
QUALIFY row_number() OVER (
    PARTITION BY section, year ORDER BY relevancy DESC NULLS LAST, issue_date DESC, card_id
) <= $listed
ORDER BY section, year, relevancy DESC NULLS LAST, issue_date DESC, card_id
"""

# A signal is weak where its card names a topic that nobody had named before the year and that is still rare:
# of the topic's share nothing can be said yet.
_WEAK = """
WITH
young AS (
    SELECT m.topic_id, m.topic, m.kind, m.n_cards_with, year(m.first_seen) AS year
    FROM topic_momentum AS m
    WHERE m.stage IN ('thin', 'new') AND m.n_cards_with >= 2
),
on_cards AS (
    SELECT DISTINCT e.card_id, y.topic, y.kind, y.topic_id, y.n_cards_with, y.year
    FROM evidence AS e
    JOIN young AS y ON y.topic_id = e.topic_id AND y.year = year(e.issue_date)
    WHERE e.is_counted
),
best AS (
    SELECT
        o.year, o.topic, o.kind, o.topic_id, o.n_cards_with,
        s.name, s.description, s.change, s.relevancy, s.card_id, s.line
    FROM on_cards AS o
    JOIN parsed.signals AS s ON s.card_id = o.card_id
    QUALIFY row_number() OVER (
            PARTITION BY s.card_id
            ORDER BY s.relevancy DESC NULLS LAST, s.row_no, o.n_cards_with DESC, o.kind, o.topic
        ) = 1
        AND row_number() OVER (
            PARTITION BY o.topic_id ORDER BY s.relevancy DESC NULLS LAST, s.card_id, s.row_no
        ) = 1
)
SELECT b.*, c.title, c.path
FROM best AS b
JOIN parsed.cards AS c ON c.card_id = b.card_id
QUALIFY row_number() OVER (
    PARTITION BY b.year ORDER BY b.n_cards_with DESC, b.relevancy DESC NULLS LAST, b.kind, b.topic, b.card_id
) <= $listed
ORDER BY b.year, b.n_cards_with DESC, b.relevancy DESC NULLS LAST, b.kind, b.topic, b.card_id
"""


def write_years(book: Book, site: Site) -> None:
    """Write the page of every year with a newsletter issue."""
    least = book.parameters["family_size", "min_cards"]
    topics = grouped(book.rows(_TOPICS, {"listed": TOPICS_LISTED, "least": least}), "year")
    young = grouped(book.rows(_YOUNG, {"listed": YOUNG_LISTED}), "year")
    names = grouped(book.rows(_NAMES, {"listed": NAMES_LISTED}), "year")
    examples = grouped(book.rows(_EXAMPLES, {"listed": EXAMPLES_LISTED}), "year")
    weak = grouped(book.rows(_WEAK, {"listed": SIGNALS_LISTED}), "year")
    issues = grouped(({**row, "year": row["issue_date"].year} for row in book.dated), "year")
    themes = {year: _of_kind(of_year, "theme")[:MULTIPLES] for year, of_year in topics.items()}
    shown = {row["topic_id"] for of_year in themes.values() for row in of_year}
    quarters = grouped(book.rows(periods.QUARTERS, {"topics": sorted(shown)}), "topic_id")
    n_quarters = max(map(len, quarters.values()), default=0)
    for year in book.years:
        of_year = [_with_difference(book, row) for row in topics.get(year, [])]
        compared = book.with_bars(of_year, scale=of_year[:1])
        # A theme too rare to have a row for every quarter has no line to draw.
        drawn = [row for row in themes.get(year, []) if len(quarters[row["topic_id"]]) == n_quarters]
        top = periods.scale(drawn, quarters)
        site.write(
            f"years/{year}.html",
            "year.html",
            title=str(year),
            year=year,
            is_partial=any(row["is_partial"] for row in of_year),
            issues=issues[year],
            issues_before=issues.get(year - 1, []),
            kinds=[(kind, _of_kind(compared, kind)) for kind in ("theme", "keyword")],
            n_listed=TOPICS_LISTED,
            multiples=periods.small_multiples("theme", drawn, quarters, top),
            top=top,
            changes=_changes(compared, least),
            young=young.get(year, []),
            weak=weak.get(year, []),
            sections=SECTIONS,
            names_of=grouped(names.get(year, []), "section"),
            examples_of=grouped(examples.get(year, []), "section"),
        )


def _of_kind(found: list[Row], kind: str) -> list[Row]:
    """The topics of a kind that are on a card of the year."""
    return [row for row in found if row["kind"] == kind and row["x"]]


def _with_difference(book: Book, row: Row) -> Row:
    """A topic of a year, with the difference from the year before and the ends of its interval."""
    xa, na = row["xa"], row["na"]
    difference = words.newcombe(xa, na, row["x"], row["n"], book.z) if na else (None, None, None)
    return {**row, "difference": difference}


def _changes(compared: list[Row], least: float) -> dict[str, Any]:
    """The topics whose share changed most surely, and how many would seem to by chance."""
    able = [row for row in compared if row["x"] + row["xa"] >= least and row["na"]]

    def sureness(row: Row) -> float:
        difference, low, high = row["difference"]
        return float(abs(difference) / (high - low))

    clear = [row for row in able if row["difference"][1] > 0 or row["difference"][2] < 0]
    ordered = sorted(clear, key=lambda row: (-sureness(row), row["kind"], row["topic"]))
    return {
        "up": [row for row in ordered if row["difference"][0] > 0][:CHANGES_LISTED],
        "down": [row for row in ordered if row["difference"][0] < 0][:CHANGES_LISTED],
        "n_clear": len(clear),
        "n_able": len(able),
        "n_by_chance": round(0.05 * len(able)),
    }
