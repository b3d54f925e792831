"""The first page: what is new, what rises and falls, and what it all rests on."""

from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import Any

from signals_pipeline.publish.report import arrivals, periods, words
from signals_pipeline.publish.report.charts import Bar, bars, year_ticks
from signals_pipeline.publish.report.lists import HELD
from signals_pipeline.publish.report.reading import RECENT, Book, Listed, Row, grouped
from signals_pipeline.publish.report.site import Figure, Site

MULTIPLES = 12
LISTED = 15
NAMED = 8
"""Topics that the first section names of each kind; what it names them for has a section, or a page."""

DIFFERENCES = 12
GROWN = 10
"""Topics of the last year that grew, and of those that shrank."""

SOURCES_LISTED = 8
CATEGORIES_LISTED = 15

LATE = 3
"""So many times the usual days between two newsletter issues after the newest one, the next is missed."""

_MOVES = {"rising": "rising", "falling": "falling", "emerging": "emerging", "bursting": "in a burst"}
"""The stages of a topic that moves, and how a sentence says that none is in it."""

_MOVING = f"""
WITH
recent AS ({RECENT})
SELECT m.*, r.x, r.n
FROM topic_momentum AS m
LEFT JOIN recent AS r USING (topic_id)
WHERE m.stage = $stage AND m.kind = 'concept' AND m.same_as IS NULL
ORDER BY
    CASE $stage
        WHEN 'rising' THEN -m.log_odds_shrunk WHEN 'falling' THEN m.log_odds_shrunk ELSE m.q_called
    END,
    m.q_trend, m.topic
"""
"""The topics that move one way now, the strongest over all issues first, with their latest cards.

Of those that emerge, the surest first: too few have a slope.
"""

_SETTLED = {
    "risen": ("Risen", "rose earlier without being shown to rise now"),
    "fallen": ("Fallen", "fell earlier without being shown to fall now"),
    "dormant": ("Gone quiet", "came up in none of the last newsletter issues"),
}
"""The stages of a topic that moved once, with a short name and what a sentence says of each."""

_IN_STAGE = """
FROM topic_momentum
WHERE stage = '{stage}' AND kind = 'concept' AND same_as IS NULL
ORDER BY abs(log_odds_shrunk) DESC NULLS LAST, n_cards_with DESC, topic, topic_id
"""

_NEWEST = "issue_date = (SELECT max(issue_date) FROM dated_issues)"

_NEW = f"""
FROM (SELECT *, first_seen AS issue_date FROM ({arrivals.NEW}))
WHERE {_NEWEST}
ORDER BY x DESC, n_said DESC, topic, topic_id
"""

_RETURNED = f"""
FROM ({arrivals.RETURNED})
WHERE {_NEWEST}
ORDER BY n_before DESC, gap DESC, topic, topic_id
"""

_FREQUENT = """
SELECT
    m.topic_id, m.topic, m.n_cards_with AS x, m.first_seen, m.last_seen,
    (SELECT count(*) FROM able_cards WHERE kind = 'concept') AS n
FROM topic_momentum AS m
WHERE m.kind = 'concept' AND m.same_as IS NULL AND m.n_cards_with > 1
ORDER BY x DESC, m.last_seen DESC, m.topic, m.topic_id
"""

REPEATED = "SELECT topic_id FROM topic_momentum WHERE same_as IS NOT NULL"
"""Topics that have the cards of another one, which is told."""

_DIFFERENCES = f"""
FROM window_diff
WHERE pair = 'last issue' AND kind = 'concept' AND topic_id NOT IN ({REPEATED})
ORDER BY abs(log_odds_z) DESC NULLS LAST, topic
"""

_LAST_YEAR = f"""
FROM window_diff
WHERE pair = 'last year' AND kind = 'concept' AND q IS NOT NULL AND topic_id NOT IN ({REPEATED})
ORDER BY diff_pp DESC, topic, topic_id
"""
"""The topics on enough cards of the last two years to be compared, those that grew most first."""

_BURSTS = f"""
FROM topic_burst
WHERE is_open AND kind = 'concept' AND q < parameter('q', 'max_q') AND topic_id NOT IN ({REPEATED})
ORDER BY q, strength DESC, topic
"""

_ALERTS = """
WITH
marked AS (
    SELECT
        *,
        CASE
            WHEN is_new THEN 'new'
            WHEN alert_kind IN ('rise', 'fall', 'emerging')
                AND start = (SELECT max(issue_date) FROM dated_issues)
            THEN 'again'
        END AS mark
    FROM alert
)
SELECT
    *, count(*) FILTER (WHERE mark = 'new') OVER () AS n_new,
    count(*) FILTER (WHERE mark = 'again') OVER () AS n_again
FROM marked
ORDER BY is_new DESC, mark, alert_kind, q NULLS LAST, start DESC, topic, alert_id
"""
"""What holds now; a call that is made with the newest newsletter issue is new, or made again."""

_UNTOLD = f"""
FROM ({_ALERTS})
WHERE mark IS NOT NULL OR alert_kind NOT IN ('rise', 'fall', 'emerging', 'burst')
"""
"""The alerts without those that only say once more what a section of its own lists."""

_ALERT_KINDS = {"rising": "rise", "falling": "fall", "emerging": "emerging", "bursting": "burst"}
"""The alerts of the topics that move, so that the first section marks what the alerts mark."""

_SOURCES_READ = """
SELECT
    count(DISTINCT source_domain) FILTER (WHERE is_counted) AS n,
    coalesce(
        bool_and(regexp_full_match(source_domain, '(.+\\.)?example(\\.(com|net|org))?')), FALSE
    ) AS is_invented
FROM parsed.cards
"""
"""How many domains articles of counted cards are on, and whether all are such as are kept for examples."""

_QUARTERS = """
SELECT
    p.period_start AS quarter_start, coalesce(m.n_cards, 0) AS n_cards, m.effective_domains, p.is_partial
FROM able_periods AS p
LEFT JOIN source_mix AS m ON m.quarter_start = p.period_start AND m.domain = '(all domains)'
WHERE p.grain = 'quarter' AND p.kind = 'concept'
ORDER BY p.period_start
"""
"""Every quarter from the first newsletter issue to the last: one without cards is an empty place."""

_SOURCES = """
SELECT
    domain, quarter_start, n_cards AS x, CAST(round(n_cards / share) AS INTEGER) AS n,
    array_to_string(string_split(top_topics, ', ')[:3], ', ') AS top_topics, count(*) OVER () AS n_sources
FROM source_mix
WHERE domain <> '(all domains)' AND quarter_start = (SELECT max(quarter_start) FROM source_mix)
ORDER BY n_cards DESC, domain
LIMIT $listed
"""

_HEALTH = """
WITH
last AS (
    SELECT max(quarter_start) AS quarter_start FROM corpus_health
)
SELECT
    h.section,
    sum(h.n_cards) FILTER (WHERE h.quarter_start = last.quarter_start) AS n,
    sum(h.n_cards * h.fill_rate) FILTER (WHERE h.quarter_start = last.quarter_start) AS x,
    sum(h.n_cards) FILTER (WHERE h.quarter_start < last.quarter_start) AS n_before,
    sum(h.n_cards * h.fill_rate) FILTER (WHERE h.quarter_start < last.quarter_start) AS x_before,
    sum(h.n_rejects) AS n_rejects,
    max(last.quarter_start) AS quarter_start
FROM corpus_health AS h
CROSS JOIN last
GROUP BY h.section
ORDER BY list_position(sections(), h.section)
"""
"""How many of the counted cards have each section, in the last quarter and before."""

_CATEGORIES = """
WITH
last AS (
    SELECT CAST(date_trunc('quarter', max(issue_date)) AS DATE) AS quarter_start FROM dated_issues
),
cards AS (
    SELECT
        trim(coalesce(author_category, category, '')) AS written, lower(written) AS folded,
        quarter_start, issue_date >= quarter_start AS is_last
    FROM parsed.cards
    CROSS JOIN last
    WHERE is_counted
)
SELECT
    min(written) AS category, quarter_start,
    count(*) FILTER (WHERE is_last) AS x, sum(x) OVER () AS n,
    count(*) FILTER (WHERE NOT is_last) AS x_before, sum(x_before) OVER () AS n_before
FROM cards
GROUP BY folded, quarter_start
ORDER BY folded = '', x + x_before DESC, folded
"""
"""Counted cards by category, whatever its case, in the last quarter and before; those without one last."""

_UNCOUNTED = """
SELECT not_counted_reason AS reason, count(card_id) AS n
FROM parsed.cards
WHERE NOT is_counted
GROUP BY not_counted_reason
ORDER BY n DESC, reason
"""


def write_overview(book: Book, site: Site, weak: Listed) -> None:
    """Write the overview; `weak` are the weak signals of the newest year."""
    moving = {stage: book.rows(_MOVING, {"stage": stage}) for stage in ("rising", "falling", "emerging")}
    drawn = [topic for stage in ("rising", "falling") for topic in moving[stage][:MULTIPLES]]
    topic_ids = {"topics": [topic["topic_id"] for topic in drawn]}
    quarters = grouped(book.rows(periods.QUARTERS, topic_ids), "topic_id")
    newest = book.dated[-1] if book.dated else None
    is_quiet = not any(moving.values())
    top = periods.scale(drawn, quarters)
    bursts = book.listed(_BURSTS)
    alerts = book.listed(_ALERTS)
    (sources_read,) = book.rows(_SOURCES_READ)
    categories = book.listed(_CATEGORIES, CATEGORIES_LISTED)
    last_year = book.rows(_LAST_YEAR)
    grown = [row for row in last_year if row["diff_pp"] > 0]
    shrunk = [row for row in reversed(last_year) if row["diff_pp"] < 0]
    glance = [
        ("new", book.listed(_NEW, NAMED)),
        *((stage, _first(topics)) for stage, topics in moving.items()),
        *((stage, book.listed(_IN_STAGE.format(stage=stage), NAMED)) for stage in _SETTLED),
        ("bursting", Listed(bursts.rows[:NAMED], bursts.n)),
        ("grown", _first(grown)),
        ("shrunk", _first(shrunk)),
        ("weak", Listed(weak.rows[:NAMED], weak.n)),
        ("back", book.listed(_RETURNED, NAMED)),
    ]
    movements = [
        {
            "name": stage,
            "n": len(moving[stage]),
            "topics": moving[stage][:HELD],
            "shown": _shown(book, moving[stage][0], quarters) if moving[stage] else "",
            "charts": periods.small_multiples(stage, moving[stage][:MULTIPLES], quarters, top),
        }
        for stage in ("rising", "falling")
    ]
    site.write(
        "index.html",
        "overview.html",
        scripts=["overview.js"],
        styles=["overview.css"],
        title="Overview",
        newest=newest,
        overdue=_overdue(book),
        n_sources=sources_read["n"],
        is_invented=sources_read["is_invented"],
        quiet=[said for kind, said in _MOVES.items() if not dict(glance)[kind].n],
        settled=_SETTLED,
        glance=[(kind, found) for kind, found in glance if found.n],
        marks={(row["alert_kind"], row["topic_id"]): row["mark"] for row in alerts.rows if row["mark"]},
        alert_kinds=_ALERT_KINDS,
        least=int(book.parameters["family_size", "min_cards"]),
        early=2 * int(book.parameters["z_recent", "min_issues"]),
        differences=_differences(book),
        last_year={
            "n_tested": len(last_year),
            "n_beyond": sum(row["q"] < book.max_q for row in last_year),
            "n_beyond_of": {
                kind: sum(row["q"] < book.max_q for row in rows)
                for kind, rows in (("grown", grown), ("shrunk", shrunk))
            },
            "grew": grown[:GROWN],
            "shrank": shrunk[:GROWN],
        },
        movements=movements,
        emerging=moving["emerging"],
        n_emerging=HELD,
        top=top,
        bursts=bursts,
        is_quiet=is_quiet,
        frequent=book.listed(_FREQUENT, LISTED) if is_quiet else Listed([], 0),
        alerts=book.listed(_UNTOLD),
        n_alerts=alerts.n,
        cards_figure=_cards_figure(book),
        sources=book.rows(_SOURCES, {"listed": SOURCES_LISTED}),
        health=book.rows(_HEALTH),
        categories=categories if any(row["category"] for row in categories.rows) else Listed([], 0),
        uncounted=uncounted(book),
    )


def _first(topics: list[Row]) -> Listed:
    """The topics that the first section names of all these."""
    return Listed(topics[:NAMED], len(topics))


def _overdue(book: Book) -> Row | None:
    """The days since the newest newsletter issue, and the usual ones between two, where the next is missed.

    As of the day of the run, which the cards were read for.
    """
    between = [row["days_since_prev"] for row in book.dated if row["days_since_prev"] is not None]
    if not between:
        return None
    age, usual = (book.about["as_of"] - book.dated[-1]["issue_date"]).days, median_low(between)
    return {"age": age, "usual": usual} if age > LATE * usual else None


def _shown(book: Book, topic: Row, quarters: Mapping[str, Sequence[Row]]) -> str:
    years = periods.years(quarters[topic["topic_id"]], book.incomplete_years)
    return words.shown(topic, years, n_recent=book.n_recent)


def uncounted(book: Book) -> list[Row]:
    """Why cards are not counted, and how many for each reason."""
    return book.rows(_UNCOUNTED)


def _differences(book: Book) -> dict[str, Any]:
    """The last newsletter issue against those before it."""
    found = book.rows(_DIFFERENCES)
    q_values = [row["q"] for row in found if row["q"] is not None]
    return {
        # A topic on a single card says nothing about a newsletter issue.
        "rows": [row for row in found if row["xb"] >= 2 or row["q"] is not None][:DIFFERENCES],
        "n_tested": len(q_values),
        "n_beyond": sum(q < book.max_q for q in q_values),
        "least_q": min(q_values, default=None),
    }


def _cards_figure(book: Book) -> Figure:
    """Counted cards by quarter."""
    found = book.rows(_QUARTERS)
    names = [
        words.quarter(row["quarter_start"]) + (" (partial)" if row["is_partial"] else "") for row in found
    ]
    items = [
        Bar(
            name,
            row["n_cards"],
            row["is_partial"],
            told=f"{name}: {words.count(row['n_cards'], 'counted card')}",
        )
        for name, row in zip(names, found, strict=True)
    ]
    title = "Counted cards, by quarter"
    sentence = "There is no counted card."
    counts = sorted(row["n_cards"] for row in found)
    if any(counts):
        sentence = (
            f"{words.count(sum(counts), 'counted card')} in {words.count(len(found), 'quarter')}, from "
            f"{words.number(counts[0])} to {words.number(counts[-1])} a quarter."
        )
        diversity = found[-1]["effective_domains"]
        if diversity is not None:
            last = words.quarter(found[-1]["quarter_start"])
            sentence += (
                f" In {last} they came from sources as diverse as {words.decimal(diversity, 1)} equally "
                "frequent ones."
            )
    ticks = year_ticks([row["quarter_start"] for row in found])
    rows: list[tuple[str, ...]] = [
        (name, words.number(row["n_cards"]), words.decimal(row["effective_domains"], 1))
        for name, row in zip(names, found, strict=True)
    ]
    columns = ("Quarter", "Counted cards", "Sources, as if equally frequent")
    return Figure(title, sentence, bars("cards", title, sentence, items, ticks), columns, rows)
