"""A page for each year: what its cards were about, against the year before."""

from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import nice_top, share_bar, small_multiple
from signals_pipeline.publish.report.overview import Multiple
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
    SELECT
        topic_id, kind, topic, year(period_start) AS year, n_cards_with AS x, n_cards AS n, share, share_lo,
        share_hi, is_partial
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
    JOIN able ON able.year = y.year AND able.kind = y.kind
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
    JOIN parsed.cards AS c ON c.card_id = s.card_id
    WHERE c.is_counted AND s.name IS NOT NULL
    GROUP BY ALL
),
counted AS MATERIALIZED (
    SELECT section, year, folded, min(name) AS name, count(*) AS x
    FROM on_cards
    GROUP BY section, year, folded
),
able AS (
    SELECT section, year, count(*) AS n_names, count(*) FILTER (WHERE x > 1) AS n_recurring
    FROM counted
    GROUP BY section, year
),
cards AS (
    SELECT s.section, year(c.issue_date) AS year, count(*) AS n
    FROM (SELECT section, card_id FROM statements WHERE name IS NOT NULL GROUP BY ALL) AS s
    JOIN parsed.cards AS c ON c.card_id = s.card_id
    WHERE c.is_counted
    GROUP BY ALL
),
listed AS (
    FROM counted
    QUALIFY row_number() OVER (PARTITION BY section, year ORDER BY x DESC, folded) <= $listed
)
SELECT c.section, c.year, c.name, c.x, n.n, a.n_names, b.x AS xa, before.n AS na, a.n_recurring
FROM listed AS c
JOIN able AS a ON a.section = c.section AND a.year = c.year
JOIN cards AS n ON n.section = c.section AND n.year = c.year
LEFT JOIN counted AS b ON b.section = c.section AND b.year = c.year - 1 AND b.folded = c.folded
LEFT JOIN cards AS before ON before.section = c.section AND before.year = c.year - 1
ORDER BY c.section, c.year, c.x DESC, c.folded
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
    shown = {row["topic_id"] for of_year in topics.values() for row in _of_kind(of_year, "theme")[:MULTIPLES]}
    quarters = grouped(book.rows(periods.QUARTERS, {"topics": sorted(shown)}), "topic_id")
    for year in book.years:
        of_year = topics.get(year, [])
        compared = _compared(book, of_year)
        site.write(
            f"years/{year}.html",
            "year.html",
            title=str(year),
            year=year,
            is_partial=any(row["is_partial"] for row in of_year),
            issues=issues[year],
            n_counted=sum(row["n_counted"] for row in issues[year]),
            n_before=sum(row["n_counted"] for row in issues.get(year - 1, [])),
            has_before=year - 1 in issues,
            multiples=_multiples(_of_kind(of_year, "theme"), quarters),
            kinds=[
                _kind(_of_kind(compared, kind), f"{kind}s", kind == "theme") for kind in ("theme", "keyword")
            ],
            changes=_changes(book, compared),
            young=_young(young.get(year, [])),
            weak=weak.get(year, []),
            sections=[
                _section(
                    book,
                    section,
                    [row for row in names.get(year, []) if row["section"] == section],
                    [row for row in examples.get(year, []) if row["section"] == section],
                )
                for section in SECTIONS
            ],
        )


def _of_kind(found: list[Row], kind: str) -> list[Row]:
    return [row for row in found if row["kind"] == kind and row["x"]]


def _kind(found: list[Row], name: str, has_charts: bool) -> dict[str, Any]:
    """The topics of one kind on more than one card, the first one, and how many there are."""
    return {
        "name": name,
        "has_charts": has_charts,
        "n": found[0]["n_topics"] if found else 0,
        "n_more": found[0]["n_more"] if found else 0,
        "first": found[0] if found else None,
        "rows": [row for row in found if row["x"] > 1][:TOPICS_LISTED],
    }


def _compared(book: Book, found: list[Row]) -> list[Row]:
    """The topics of a year, with the difference from the year before."""
    top = nice_top(max((row["share_hi"] or 0 for row in found[:1]), default=1))
    return [_with_difference(book, row, top) for row in found]


def _with_difference(book: Book, row: Row, top: float) -> Row:
    xa, na = row["xa"], row["na"]
    difference = words.newcombe(xa, na, row["x"], row["n"], book.z) if na else (None, None, None)
    return {
        **row,
        "bar": share_bar(row["share"], row["share_lo"], row["share_hi"], top=top),
        "now": words.counted(row["x"], row["n"], row["share_lo"], row["share_hi"]),
        "earlier": words.counted(xa, na, *book.wilson(xa, na)),
        "difference": words.points_interval(*difference),
        "bounds": difference,
    }


def _changes(book: Book, compared: list[Row]) -> dict[str, Any]:
    """The topics whose share changed most surely, and how many would seem to by chance."""
    least = book.parameters["family_size", "min_cards"]
    able = [row for row in compared if row["x"] + row["xa"] >= least and row["bounds"][0] is not None]

    def sureness(row: Row) -> float:
        difference, low, high = row["bounds"]
        return float(abs(difference) / (high - low))

    clear = [row for row in able if row["bounds"][1] > 0 or row["bounds"][2] < 0]
    ordered = sorted(clear, key=lambda row: (-sureness(row), row["kind"], row["topic"]))
    return {
        "up": [row for row in ordered if row["bounds"][0] > 0][:CHANGES_LISTED],
        "down": [row for row in ordered if row["bounds"][0] < 0][:CHANGES_LISTED],
        "n_clear": len(clear),
        "n_able": len(able),
        "n_by_chance": round(0.05 * len(able)),
    }


def _multiples(themes: list[Row], quarters: dict[str, list[Row]]) -> dict[str, Any]:
    """The themes on most cards as small charts over all years, and the scale that they share.

    A theme too rare to have a row for every quarter has no line to draw.
    """
    n_quarters = max((len(own) for own in quarters.values()), default=0)
    shown = [row for row in themes[:MULTIPLES] if len(quarters[row["topic_id"]]) == n_quarters]
    top = nice_top(
        max(
            (
                row["share"] or 0
                for one in shown
                for row in quarters[one["topic_id"]]
                if not row["is_partial"]
            ),
            default=1,
        )
    )
    charts = []
    for no, theme in enumerate(shown, 1):
        own = quarters[theme["topic_id"]]
        charts.append(
            Multiple(
                theme,
                small_multiple(
                    f"theme-{no}",
                    f"{theme['topic']}, share of the cards by quarter",
                    periods.told(own),
                    periods.points(own),
                    top=top,
                    start=own[0]["period_start"],
                    end=periods.quarter_end(own[-1]["period_start"]),
                ),
            )
        )
    return {"charts": charts, "top": words.percent(top)}


def _young(found: list[Row]) -> dict[str, Any]:
    """The topics first seen in a year: how many, and those with most cards since."""
    return {
        "n": found[0]["n"] if found else 0,
        "n_back": found[0]["n_back"] if found else 0,
        "rows": [row for row in found if row["n_cards_with"] > 1],
    }


def _section(book: Book, section: str, names: list[Row], examples: list[Row]) -> dict[str, Any]:
    """What recurs in a section, and single rows to read."""
    recurring = [row for row in names if row["x"] > 1]
    top = nice_top(max((book.wilson(row["x"], row["n"])[1] for row in recurring), default=1))
    return {
        "title": words.SECTIONS[section],
        "n": names[0]["n"] if names else 0,
        "n_names": names[0]["n_names"] if names else 0,
        "n_recurring": names[0]["n_recurring"] if names else 0,
        "names": [
            {
                **row,
                "bar": share_bar(row["x"] / row["n"], *book.wilson(row["x"], row["n"]), top=top),
                "now": words.counted(row["x"], row["n"], *book.wilson(row["x"], row["n"])),
                "earlier": words.counted(
                    row["xa"] or 0, row["na"] or 0, *book.wilson(row["xa"] or 0, row["na"] or 0)
                ),
            }
            for row in recurring
        ],
        "examples": examples,
        "has_relevancy": any(row["relevancy"] is not None for row in examples),
    }
