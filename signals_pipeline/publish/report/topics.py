"""A page for each topic with enough cards, and one on which all others are found."""

from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import (
    Mark,
    Span,
    heat_strips,
    line_with_band,
    sparkline,
    year_ticks,
)
from signals_pipeline.publish.report.reading import Book, Row
from signals_pipeline.publish.report.site import Figure, Site

CARDS_LISTED = 40
PAIRS_LISTED = 10
SOURCES_LISTED = 8
SURFACES_LISTED = 12

_ISSUES = """
SELECT topic_id, period_start, n_cards_with AS x, n_cards AS n
FROM topic_trend
WHERE grain = 'issue' AND topic_id IN (SELECT unnest($topics))
ORDER BY topic_id, period_start
"""

_BURSTS = "FROM topic_burst WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, start_date"

_SHIFTS = "FROM topic_shift WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, shift_date"

_FORECASTS = """
FROM topic_forecast
WHERE is_published AND topic_id IN (SELECT unnest($topics))
ORDER BY topic_id, horizon
"""

_SURFACES = """
FROM topic_surfaces
WHERE topic_id IN (SELECT unnest($topics))
ORDER BY topic_id, n_cards DESC, surface
"""

_PAIRS = """
WITH
both_ways AS (
    SELECT topic_id_a AS topic_id, n_a AS n, topic_id_b AS other_id, topic_b AS other, * FROM topic_pair
    UNION ALL
    SELECT topic_id_b, n_b, topic_id_a, topic_a, * FROM topic_pair
)
SELECT topic_id, other_id, other, n_ab AS x, n, npmi, q, first_together
FROM both_ways
WHERE span = 'all' AND npmi > 0 AND topic_id IN (SELECT unnest($topics))
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY g2 DESC, other, other_id) <= $listed
ORDER BY topic_id, g2 DESC, other, other_id
"""

# Ranked before the texts are joined to them, so that only those that are listed are carried along.
_CARDS = """
WITH
named AS (
    SELECT topic_id, card_id, min(line) AS line
    FROM mentions
    WHERE topic_id IN (SELECT unnest($topics))
    GROUP BY topic_id, card_id
),
listed AS (
    SELECT n.topic_id, n.card_id, n.line, c.issue_date
    FROM named AS n
    JOIN parsed.cards AS c USING (card_id)
    WHERE c.is_counted
    QUALIFY row_number() OVER (PARTITION BY n.topic_id ORDER BY c.issue_date DESC, n.card_id) <= $listed
)
SELECT l.topic_id, l.card_id, l.line, c.title, c.issue_key, c.url, c.path
FROM listed AS l
JOIN parsed.cards AS c USING (card_id)
ORDER BY l.topic_id, l.issue_date DESC, l.card_id
"""

_SOURCES = """
WITH
named AS (
    SELECT DISTINCT topic_id, card_id
    FROM mentions
    WHERE topic_id IN (SELECT unnest($topics))
),
counted AS (
    SELECT
        n.topic_id, coalesce(c.source_domain, '(no domain)') AS domain, count(*) AS x,
        sum(count(*)) OVER (PARTITION BY n.topic_id) AS n
    FROM named AS n
    JOIN parsed.cards AS c USING (card_id)
    WHERE c.is_counted
    GROUP BY n.topic_id, c.source_domain
)
FROM counted
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY x DESC, domain) <= $listed
ORDER BY topic_id, x DESC, domain
"""


def write_topics(book: Book, site: Site) -> None:
    """Write the page of every topic that has one."""
    quarters = book.of_paged_topics(periods.QUARTERS)
    issues = book.of_paged_topics(_ISSUES)
    bursts = book.of_paged_topics(_BURSTS)
    shifts = book.of_paged_topics(_SHIFTS)
    forecasts = book.of_paged_topics(_FORECASTS)
    pairs = book.of_paged_topics(_PAIRS, listed=PAIRS_LISTED)
    sources = book.of_paged_topics(_SOURCES, listed=SOURCES_LISTED)
    surfaces = book.of_paged_topics(_SURFACES)
    cards = book.of_paged_topics(_CARDS, listed=CARDS_LISTED)
    for topic in book.topics:
        topic_id = topic["topic_id"]
        if topic_id not in book.topic_pages:
            continue
        x, n = topic["n_cards_with"], sum(row["n"] for row in quarters[topic_id])
        site.write(
            book.topic_pages[topic_id],
            "topic.html",
            title=topic["topic"],
            topic=topic,
            overall=words.share(x, n, *book.wilson(x, n)),
            figures=[
                _trend(topic, quarters[topic_id], bursts.get(topic_id, []), shifts.get(topic_id, [])),
                _issues(topic, issues.get(topic_id, [])),
            ],
            bursts=bursts.get(topic_id, []),
            shifts=shifts.get(topic_id, []),
            forecasts=forecasts.get(topic_id, []),
            pairs=pairs.get(topic_id, []),
            sources=sources.get(topic_id, []),
            surfaces=surfaces.get(topic_id, []),
            n_surfaces_listed=SURFACES_LISTED,
            on_cards=cards.get(topic_id, []),
        )


def write_all_topics(book: Book, site: Site) -> None:
    """Write the page on which every topic is found, with its filter."""
    sparks = {
        topic_id: sparkline(
            [row["share"] for row in quarters], top=max((row["share"] or 0 for row in quarters), default=0)
        )
        for topic_id, quarters in book.of_paged_topics(periods.QUARTERS).items()
    }
    site.write("topics.html", "topics.html", has_filter=True, title="Topics", sparks=sparks)


def _trend(topic: Row, quarters: list[Row], bursts: list[Row], shifts: list[Row]) -> Figure:
    """The share of the cards by quarter, with the topic's bursts and shifts."""
    title = "Share of the cards, by quarter"
    sentence = periods.sentence(quarters)
    last_day = periods.quarter_end(quarters[-1]["period_start"])
    spans = [
        Span(row["start_date"], min(last_day, row["end_date"]), "burst, open" if row["is_open"] else "burst")
        for row in bursts
    ]
    marks = [
        Mark(row["shift_date"], "level up" if row["log_odds_ratio"] > 0 else "level down") for row in shifts
    ]
    chart = line_with_band(
        "trend",
        f"{topic['topic']}: {title.lower()}",
        sentence,
        periods.points(quarters),
        spans=spans,
        marks=marks,
    )
    return Figure("trend", title, sentence, chart, periods.COLUMNS, periods.table(quarters))


def _issues(topic: Row, issues: list[Row]) -> Figure:
    """The share of the cards by newsletter issue."""
    title = "Share of the cards, by newsletter issue"
    with_it = [row for row in issues if row["x"]]
    shares = [row["x"] / row["n"] if row["n"] else None for row in issues]
    top = max((value for value in shares if value is not None), default=0)
    most = max(with_it, key=lambda row: (row["x"] / row["n"], row["period_start"]), default=None)
    sentence = f"It stands in {words.number(len(with_it))} of {words.count(len(issues), 'newsletter issue')}"
    if most is not None:
        sentence += (
            f"; the largest share is {words.number(most['x'])} of {words.count(most['n'], 'card')}, "
            f"in that of {words.day(most['period_start'])}"
        )
    ticks = year_ticks([row["period_start"] for row in issues])
    return Figure(
        "issues",
        title,
        f"{sentence}. The darker, the larger the share.",
        heat_strips("issues", f"{topic['topic']}: {title.lower()}", sentence, [("", shares)], ticks, top=top),
        ("Newsletter issue", "Cards with it", "Cards", "Share"),
        [
            (row["period_start"].isoformat(), words.number(row["x"]), words.number(row["n"]),
             words.percent(row["x"] / row["n"]))
            for row in with_it
        ],
    )  # fmt: skip
