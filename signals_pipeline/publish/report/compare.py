"""A page on which topics and sources stand on one chart: their counts by month, for a script that draws."""

from collections.abc import Sequence
from typing import Any

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.reading import MAX_LISTED, Book, Row
from signals_pipeline.publish.report.safe import visible
from signals_pipeline.publish.report.site import Site

MAX_SOURCES = 500
"""Sources that can be compared, those with most cards; all others are in the database."""

FIRST_SHOWN = 5
"""Concepts that are on the chart before anything is chosen."""

_SCRIPTS = (
    *("vendor/d3-array.min.js", "vendor/d3-path.min.js", "vendor/d3-shape.min.js"),
    *("downloads.js", "compare_data.js", "compare_chart.js", "compare.js"),
)

_PERIODS = """
SELECT grain, period_start, is_partial
FROM able_periods
WHERE kind = 'concept' AND grain IN ('month', 'quarter', 'year')
ORDER BY grain, period_start
"""

_CARDS = """
WITH
sources AS (
    SELECT CAST(date_trunc('month', issue_date) AS DATE) AS period_start, count(*) AS n_cards
    FROM counted_cards
    GROUP BY ALL
)
SELECT a.kind, a.period_start, a.n_cards
FROM able_periods AS a
WHERE a.grain = 'month'
UNION ALL
SELECT 'source', a.period_start, coalesce(s.n_cards, 0)
FROM able_periods AS a
LEFT JOIN sources AS s USING (period_start)
WHERE a.grain = 'month' AND a.kind = 'concept'
ORDER BY ALL
"""
"""Of how many cards each month is: those that are able to name a topic of the kind, or all for a source."""

_TOPICS = """
WITH
listed AS (
    SELECT topic_id, kind, topic, n_cards_with
    FROM topic_momentum
    QUALIFY row_number() OVER (PARTITION BY kind ORDER BY n_cards_with DESC, topic, topic_id) <= $listed
),
-- The names by which trend() finds a topic, as it compares them.
named AS (
    SELECT topic_id, topic, folded AS name
    FROM topic_surfaces
    WHERE topic_id IS NOT NULL
    UNION
    SELECT m.concept_id, m.concept, unnest([m.member, s.folded])
    FROM concept_members AS m
    JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
    WHERE m.relation = 'is'
),
names AS (
    SELECT topic_id, list(name ORDER BY name) AS names
    FROM named
    WHERE name <> topic
    GROUP BY topic_id
),
counts AS (
    SELECT
        topic_id,
        list(period_start ORDER BY period_start) AS months,
        list(n_cards_with ORDER BY period_start) AS counts
    FROM topic_trend_counts
    WHERE grain = 'month' AND topic_id IN (SELECT topic_id FROM listed)
    GROUP BY topic_id
)
SELECT l.kind, l.topic_id, l.topic AS name, coalesce(n.names, []) AS names, c.months, c.counts
FROM listed AS l
JOIN counts AS c USING (topic_id)
LEFT JOIN names AS n USING (topic_id)
ORDER BY l.kind, l.n_cards_with DESC, l.topic, l.topic_id
"""

_SOURCES = """
WITH
months AS (
    SELECT source_domain AS name, CAST(date_trunc('month', issue_date) AS DATE) AS month, count(*) AS n
    FROM counted_cards
    WHERE source_domain IS NOT NULL
    GROUP BY ALL
)
SELECT name, [] AS names, list(month ORDER BY month) AS months, list(n ORDER BY month) AS counts
FROM months
GROUP BY name
ORDER BY sum(n) DESC, name
LIMIT $listed
"""

_RISING = """
SELECT topic_id
FROM topic_momentum
WHERE stage = 'rising' AND kind = 'concept' AND same_as IS NULL
ORDER BY log_odds_shrunk DESC, q_trend, topic
"""


def write_compare(book: Book, site: Site) -> None:
    """Write the page on which topics and sources are compared."""
    found = data(book)
    site.write(
        "compare.html",
        "compare.html",
        scripts=_SCRIPTS if found["months"] else (),
        styles=["compare.css"],
        title="Compare",
        data=found,
        n_left_out=book.n_topics - len(book.topics),
        max_listed=MAX_LISTED,
    )


def data(book: Book) -> dict[str, Any]:
    """What the script draws from: counts of cards by month, from which quarters and years are summed.

    A topic or source is `[name, counts, other names, page]`, cut behind the last that is not empty. Counts
    are numbers in pairs: how many months after the last one with cards (at first: after the month before the
    first), and how many cards. A keyword or theme that is the same as a concept is that concept's number.
    """
    periods = book.rows(_PERIODS)
    months = [row["period_start"] for row in periods if row["grain"] == "month"]
    no_of = {month: no for no, month in enumerate(months)}
    cards: dict[str, list[int]] = {}
    for row in book.rows(_CARDS):
        cards.setdefault(row["kind"], []).append(row["n_cards"])
    topics: dict[str, list[Any]] = {"concept": [], "keyword": [], "theme": [], "source": []}
    numbers: dict[str, int] = {}
    concepts: dict[str, int] = {}
    # Concepts come first.
    for row in book.rows(_TOPICS, {"listed": MAX_LISTED}):
        own = topics[row["kind"]]
        what = str([row[column] for column in ("name", "names", "months", "counts")])
        if row["kind"] == "concept":
            numbers[row["topic_id"]] = concepts[what] = len(own)
        elif what in concepts:
            own.append(concepts[what])
            continue
        own.append(_entry(row, no_of, book.topic_pages.get(row["topic_id"], "")))
    topics["source"] = [_entry(row, no_of) for row in book.rows(_SOURCES, {"listed": MAX_SOURCES})]
    rising = [numbers[row["topic_id"]] for row in book.rows(_RISING) if row["topic_id"] in numbers]
    return {
        "z": book.z,
        "interval": words.CONFIDENCE,
        "lastIssue": words.day(book.about["last_issue_date"]),
        "months": [month.strftime("%Y-%m") for month in months],
        "partial": {
            grain: [
                row["period_start"].strftime("%Y-%m")
                for row in periods
                if row["grain"] == grain and row["is_partial"]
            ]
            for grain in ("month", "quarter", "year")
        },
        "cards": cards,
        "topics": topics,
        "first": rising[:FIRST_SHOWN] or list(range(min(FIRST_SHOWN, len(topics["concept"])))),
        "firstIs": "rising" if rising else "most",
    }


def _entry(row: Row, no_of: dict[Any, int], page: str = "") -> list[Any]:
    """A topic or source as the script takes it."""
    entry = [visible(row["name"]), _paired([no_of[month] for month in row["months"]], row["counts"])]
    names = [visible(name) for name in row["names"]]
    return [*entry, names, page] if page else [*entry, names] if names else entry


def _paired(numbers: Sequence[int], counts: Sequence[int]) -> list[int]:
    """How far each month is from the last one, and its cards: `[3, 1, 2, 5]`."""
    pairs = []
    last = -1
    for number, count in zip(numbers, counts, strict=True):
        pairs += [number - last, count]
        last = number
    return pairs
