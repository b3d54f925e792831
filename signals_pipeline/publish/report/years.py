"""A page for each year: what its cards were about, against the year before."""

from datetime import date
from typing import Any

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import arrivals, periods, spoken, words
from signals_pipeline.publish.report.lists import HELD
from signals_pipeline.publish.report.reading import Book, Listed, Row, grouped
from signals_pipeline.publish.report.site import Site

TOPICS_LISTED = 30
MULTIPLES = 12
TRENDS_TOLD = 8
"""Topics of each group, of those that rose, fell, emerged or returned, of which signals are shown."""

ENDED_LISTED = 30
YOUNG_LISTED = 20
WEAK_LISTED = 20
UNSAID_LISTED = 40
SIGNALS_A_TOPIC = 2
NAMES_LISTED = 12
EXAMPLES_LISTED = 8
DRIVERS_LISTED = 12

Group = dict[str, Any]
RETURNING = "returning"

SECTIONS = tuple(section for section in STATEMENT_SECTIONS if section != "signals")
"""The sections whose statements are read by name; signals are read by their relevancy."""

_CALLS = """
SELECT
    unnest(range(year(h.called_from), 1 + coalesce(year(h.called_to), last.year))) AS year,
    h.topic_id, h.stage, h.called_from, h.called_to
FROM call_history AS h
JOIN topic_momentum AS m USING (topic_id)
CROSS JOIN (SELECT year(max(issue_date)) AS year FROM dated_issues) AS last
WHERE h.kind = 'concept' AND h.stage IN ('rising', 'falling', 'emerging') AND m.same_as IS NULL
ORDER BY h.called_from, h.topic_id
"""
"""The runs of newsletter issues with a call, in each year that they reach into."""

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
        [100 * (y.x / y.n - xa / na), 100 * ends['lo'], 100 * ends['hi']] AS difference,
        y.topic_id IN (SELECT topic_id FROM topic_momentum WHERE same_as IS NOT NULL) AS is_repeated
    FROM yearly AS y
    JOIN able USING (year)
    LEFT JOIN able AS before ON before.year = y.year - 1
    LEFT JOIN yearly AS b ON b.topic_id = y.topic_id AND b.year = y.year - 1
    WHERE y.n > 0
)
FROM compared
QUALIFY row_number() OVER (PARTITION BY year ORDER BY x DESC, topic, topic_id) <= {TOPICS_LISTED}
    OR x + xa >= parameter('family_size', 'min_cards')
    OR (topic_id, year) IN (SELECT (topic_id, year) FROM ({_CALLS}))
ORDER BY year, x DESC, topic, topic_id
"""
"""The topics on most cards, all that can be compared with the year before, and all that a call was made of.

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

_DRIVERS = f"""
WITH
given AS (
    SELECT DISTINCT
        year(c.issue_date) AS year, s.card_id, rtrim(trim(s.driving_force), '.') AS driving_force,
        trim(regexp_replace(lower(s.driving_force), '[^\\pL\\pN]+', ' ', 'g')) AS folded
    FROM parsed.signals AS s
    JOIN counted_cards AS c USING (card_id)
    WHERE s.driving_force IS NOT NULL
),
forces AS (
    SELECT year, folded, min(driving_force) AS driving_force, count(DISTINCT card_id) AS x
    FROM given
    GROUP BY year, folded
    HAVING count(DISTINCT card_id) > 1
),
cards AS (SELECT year, count(DISTINCT card_id) AS n FROM given GROUP BY year)
SELECT
    f.year, f.driving_force, f.x, coalesce(b.x, 0) AS xa, c.n, coalesce(before.n, 0) AS na,
    count(*) OVER (PARTITION BY f.year) AS n_shared
FROM forces AS f
JOIN cards AS c USING (year)
LEFT JOIN cards AS before ON before.year = f.year - 1
LEFT JOIN (
    SELECT year, folded, count(DISTINCT card_id) AS x FROM given GROUP BY year, folded
) AS b ON b.year = f.year - 1 AND b.folded = f.folded
QUALIFY row_number() OVER (PARTITION BY f.year ORDER BY f.x DESC, f.folded) <= {DRIVERS_LISTED}
ORDER BY f.year, f.x DESC, f.folded
"""
"""The driving forces that signals on more than one card of a year give, the same where their words are."""

_RETURNED = f"""
SELECT
    year(r.issue_date) AS year, r.topic_id, r.topic, r.n_before, r.date_before, r.gap, r.issue_date,
    (
        SELECT count(*) FROM topic_cards AS c
        WHERE c.topic_id = r.topic_id AND year(c.issue_date) = year(r.issue_date)
    ) AS x
FROM ({arrivals.RETURNED}) AS r
QUALIFY row_number() OVER (PARTITION BY r.topic_id, year ORDER BY r.gap DESC, r.issue_date) = 1
ORDER BY year, r.n_before DESC, x DESC, r.gap DESC, r.topic, r.topic_id
"""
"""The topics that came back after a long gap in a year, those on most cards before it first."""

_WEAK = """
SELECT year(first_seen) AS year, topic_id, topic, n_cards_with, stage
FROM topic_momentum
WHERE kind = 'concept' AND same_as IS NULL AND stage IN ('thin', 'new') AND n_cards_with >= 2
ORDER BY year, n_cards_with DESC, topic, topic_id
"""
"""Topics that nobody had named before the year, which came back and are still rare.

Of their share nothing can be said yet; what a signal says of them can be read.
"""

_OF_YEAR = {"topics": _TOPICS, "young": _YOUNG, "names": _NAMES, "examples": _EXAMPLES}
_OF_YEAR |= {"drivers": _DRIVERS, "calls": _CALLS, "returned": _RETURNED, "weak": _WEAK}
"""What the page of a year shows, a query each."""


def write_years(book: Book, site: Site) -> Listed:
    """Write the page of every year with a newsletter issue; the weak signals of the newest one."""
    rows_of = book.rows_by("year", _OF_YEAR)
    issues = {year: [row for row in book.dated if row["issue_date"].year == year] for year in book.years}
    named = {year: _named(rows_of(year)["topics"]) for year in book.years}
    shown = {row["topic_id"] for of_year in named.values() for row in of_year[:MULTIPLES]}
    quarters = grouped(book.rows(periods.QUARTERS, {"topics": sorted(shown)}), "topic_id")
    n_quarters = max(map(len, quarters.values()), default=0)
    least = book.parameters["family_size", "min_cards"]
    changes = {year: _changes(rows_of(year)["topics"], least) for year in book.years}
    ends = {year: issues[year][-1]["issue_date"] for year in book.years}
    trends = {year: _trends(changes[year], rows_of(year), ends[year]) for year in book.years}
    moved = {
        year: [row for trend in trends[year] for row in (*trend["topics"], *trend["changed"])[:TRENDS_TOLD]]
        for year in book.years
    }
    weak = {year: _unmoved(rows_of(year)["weak"], trends[year]) for year in book.years}
    signals = spoken.signals_of(
        book, ((row["topic_id"], year) for year in book.years for row in (*moved[year], *weak[year]))
    )
    weak_of = {year: _weak(weak[year], signals, year) for year in book.years}
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
            changes=changes[year],
            trends=_shown(book, trends[year], spoken.chosen(moved[year], signals, year, SIGNALS_A_TOPIC)),
            n_told=TRENDS_TOLD,
            n_ended=ENDED_LISTED,
            spoken_longest=spoken.LONGEST,
            young=of_year["young"],
            weak=weak_of[year],
            drivers=of_year["drivers"],
            sections=SECTIONS,
            names_of=grouped(of_year["names"], "section"),
            examples_of=grouped(of_year["examples"], "section"),
        )
    if not book.years:
        return Listed([], 0)
    newest = weak_of[book.years[-1]]
    return Listed([*newest["said"], *newest["unsaid"]], newest["n_said"] + newest["n_unsaid"])


def _named(found: list[Row]) -> list[Row]:
    """The topics that are on a card of the year."""
    return [row for row in found if row["x"]]


def _shown(book: Book, trends: list[Group], signals: dict[str, list[Row]]) -> list[Group]:
    """The groups as far as a page holds them, with bars, and signals of each topic where it stands first."""
    left = dict(signals)
    shown = []
    for trend in trends:
        rows, changed = (_with_bars(book, trend["stage"], trend[name]) for name in ("topics", "changed"))
        said = [{**row, "signals": left.pop(row["topic_id"], [])} for row in (*rows, *changed)]
        shown.append({**trend, "rows": rows, "changed_rows": changed, "said": said})
    return shown


def _with_bars(book: Book, stage: str, topics: list[Row]) -> list[Row]:
    """The topics of a group, with bars where they have a share: those that returned may be too rare."""
    return topics[:HELD] if stage == RETURNING else book.with_bars(topics[:HELD])


def _changes(compared: list[Row], least: float) -> dict[str, Any]:
    """The topics whose share changed, most surely first, and how many would seem to by chance."""
    able = [row for row in compared if row["x"] + row["xa"] >= least and row["na"]]

    def sureness(row: Row) -> float:
        difference, low, high = row["difference"]
        return float(abs(difference) / (high - low))

    clear = [row for row in able if row["difference"][1] > 0 or row["difference"][2] < 0]
    ordered = sorted(clear, key=lambda row: (-sureness(row), row["topic"]))
    return {
        "rising": [row for row in ordered if row["difference"][0] > 0],
        "falling": [row for row in ordered if row["difference"][0] < 0],
        "n_clear": len(clear),
        "n_able": len(able),
        "n_by_chance": round(len(able) / words.MISSES),
    }


def _trends(changes: dict[str, Any], of_year: dict[str, list[Row]], end: date) -> list[Group]:
    """The groups of topics that rose, fell, emerged and returned in a year.

    The `topics` of a group are those that are called so with the last newsletter issue of the year, on the
    day `end`. Apart from them stand those whose calls had `ended` by then, with their runs, and those of
    which only the share differs from that of the year before, `changed`. Groups without a topic are left out.
    """
    figures = {row["topic_id"]: row for row in of_year["topics"]}
    groups = []
    for stage, name in (("rising", "Rose"), ("falling", "Fell"), ("emerging", "Emerged")):
        calls = grouped((row for row in of_year["calls"] if row["stage"] == stage), "topic_id")
        called = [
            {**figures[topic_id], "calls": runs} for topic_id, runs in calls.items() if topic_id in figures
        ]
        held = [row for row in called if _holds(row["calls"][-1], end)]
        held_ids = {row["topic_id"] for row in held}
        changed = [
            row
            for row in changes.get(stage, [])
            if row["topic_id"] not in held_ids and not row["is_repeated"]
        ]
        groups.append(
            {
                "name": name,
                "stage": stage,
                "n": len(held),
                "topics": held,
                "ended": [row for row in called if row["topic_id"] not in held_ids],
                "changed": changed,
            }
        )
    returned = of_year["returned"]
    groups.append(
        {
            "name": "Returned",
            "stage": RETURNING,
            "n": len(returned),
            "topics": returned,
            "ended": [],
            "changed": [],
        }
    )
    return [group for group in groups if group["topics"] or group["ended"] or group["changed"]]


def _holds(call: Row, end: date) -> bool:
    """Whether a topic is still called so on a day."""
    return call["called_to"] is None or bool(call["called_to"] >= end)


def _unmoved(topics: list[Row], trends: list[Group]) -> list[Row]:
    """The topics that stand in no group of the year."""
    grouped_ids = {
        row["topic_id"] for trend in trends for name in ("topics", "ended", "changed") for row in trend[name]
    }
    return [row for row in topics if row["topic_id"] not in grouped_ids]


def _weak(topics: list[Row], signals: dict[tuple[str, int], list[Row]], year: int) -> dict[str, Any]:
    """The topics with a signal that names them, and the names of those without one."""
    best = spoken.chosen(topics, signals, year, 1)
    said = [{**row, "signal": best[row["topic_id"]][0]} for row in topics if best[row["topic_id"]]]
    unsaid = [row for row in topics if not best[row["topic_id"]]]
    return {
        "said": said[:WEAK_LISTED],
        "n_said": len(said),
        "unsaid": unsaid[:UNSAID_LISTED],
        "n_unsaid": len(unsaid),
    }
