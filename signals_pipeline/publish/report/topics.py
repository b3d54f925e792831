"""A page for each topic with enough cards, and one on which all others are found."""

from typing import Any

from markupsafe import Markup

from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import (
    Mark,
    Span,
    heat_strips,
    line_with_band,
    nice_top,
    share_bar,
    sparkline,
    year_ticks,
)
from signals_pipeline.publish.report.reading import Book, Row
from signals_pipeline.publish.report.site import Figure, Site

CARDS_LISTED = 40
PAIRS_LISTED = 10
SOURCES_LISTED = 8
SURFACES_LISTED = 12


def write_topics(book: Book, site: Site) -> None:
    """Write the page of every topic that has one."""
    if not book.topic_pages:
        return
    quarters = book.of_paged_topics(periods.QUARTERS)
    issues = book.of_paged_topics(
        "SELECT topic_id, period_start, n_cards_with AS x, n_cards AS n FROM topic_trend "
        "WHERE grain = 'issue' AND topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, period_start"
    )
    bursts = book.of_paged_topics(
        "FROM topic_burst WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, start_date"
    )
    shifts = book.of_paged_topics(
        "FROM topic_shift WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, shift_date"
    )
    forecasts = book.of_paged_topics(
        "FROM topic_forecast WHERE is_published AND topic_id IN (SELECT unnest($topics)) "
        "ORDER BY topic_id, horizon"
    )
    pairs = book.of_paged_topics(_PAIRS, listed=PAIRS_LISTED)
    surfaces = book.of_paged_topics(
        "FROM topic_surfaces WHERE topic_id IN (SELECT unnest($topics)) "
        "ORDER BY topic_id, n_cards DESC, surface"
    )
    cards = book.of_paged_topics(_CARDS, listed=CARDS_LISTED)
    sources = book.of_paged_topics(_SOURCES, listed=SOURCES_LISTED)
    for topic in book.topics:
        topic_id = topic["topic_id"]
        if topic_id not in book.topic_pages:
            continue
        n_all = sum(row["n"] for row in quarters[topic_id])
        site.write(
            book.topic_pages[topic_id],
            "topic.html",
            title=topic["topic"],
            topic=topic,
            n_all=n_all,
            overall=words.share(topic["n_cards_with"], n_all, *book.wilson(topic["n_cards_with"], n_all)),
            trend_told=words.trend(topic, book.z, book.max_q),
            figures=[
                _trend(topic, quarters[topic_id], bursts.get(topic_id, []), shifts.get(topic_id, [])),
                _issues(topic, issues.get(topic_id, [])),
            ],
            bursts=bursts.get(topic_id, []),
            shifts=shifts.get(topic_id, []),
            forecasts=forecasts.get(topic_id, []),
            pairs=_paired(book, topic, pairs.get(topic_id, [])),
            surfaces=surfaces.get(topic_id, [])[:SURFACES_LISTED],
            n_surfaces=len(surfaces.get(topic_id, [])),
            sources=_sources(book, topic, sources.get(topic_id, [])),
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
    site.write(
        "topics.html",
        "topics.html",
        has_filter=True,
        title="Topics",
        sparks=sparks,
    )


_PAIRS = """
WITH
both_ways AS (
    SELECT
        topic_id_a AS topic_id, topic_id_b AS other_id, topic_b AS other,
        n_ab, npmi, g2, q, first_together, span
    FROM topic_pair
    UNION ALL
    SELECT topic_id_b, topic_id_a, topic_a, n_ab, npmi, g2, q, first_together, span
    FROM topic_pair
)
SELECT p.topic_id, p.other_id, p.other, p.n_ab, p.npmi, p.q, p.first_together
FROM both_ways AS p
WHERE p.span = 'all' AND p.npmi > 0 AND p.topic_id IN (SELECT unnest($topics))
QUALIFY row_number() OVER (PARTITION BY p.topic_id ORDER BY p.g2 DESC, p.other, p.other_id) <= $listed
ORDER BY p.topic_id, p.g2 DESC, p.other, p.other_id
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
    JOIN parsed.cards AS c ON c.card_id = n.card_id
    WHERE c.is_counted
    QUALIFY row_number() OVER (PARTITION BY n.topic_id ORDER BY c.issue_date DESC, n.card_id) <= $listed
)
SELECT l.topic_id, l.card_id, l.line, c.title, c.issue_key, c.url, c.path
FROM listed AS l
JOIN parsed.cards AS c ON c.card_id = l.card_id
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
    SELECT n.topic_id, coalesce(c.source_domain, '(no domain)') AS domain, count(*) AS x
    FROM named AS n
    JOIN parsed.cards AS c ON c.card_id = n.card_id
    WHERE c.is_counted
    GROUP BY n.topic_id, c.source_domain
)
FROM counted
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY x DESC, domain) <= $listed
ORDER BY topic_id, x DESC, domain
"""


def _trend(topic: Row, quarters: list[Row], bursts: list[Row], shifts: list[Row]) -> Figure:
    title = "Share of the cards, by quarter"
    sentence = periods.told(quarters)
    last_day = periods.quarter_end(quarters[-1]["period_start"])
    return Figure(
        "trend",
        title,
        sentence,
        line_with_band(
            "trend",
            f"{topic['topic']}: {title.lower()}",
            sentence,
            periods.points(quarters),
            spans=[
                Span(
                    row["start_date"],
                    min(last_day, row["end_date"]),
                    "burst, open" if row["is_open"] else "burst",
                )
                for row in bursts
            ],
            marks=[
                Mark(row["shift_date"], "level up" if row["log_odds_ratio"] > 0 else "level down")
                for row in shifts
            ],
        ),
        periods.COLUMNS,
        periods.table(quarters),
    )


def _issues(topic: Row, issues: list[Row]) -> Figure:
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


def _paired(book: Book, topic: Row, pairs: list[Row]) -> list[dict[str, Any]]:
    """The topics that stand beside it, each with the share of its cards that they are on."""
    n = topic["n_cards_with"]
    top = nice_top(max((book.wilson(row["n_ab"], n)[1] for row in pairs), default=1))
    return [
        {
            **row,
            "bar": _bar(book, row["n_ab"], n, top=top),
            "share": words.counted(row["n_ab"], n, *book.wilson(row["n_ab"], n)),
        }
        for row in pairs
    ]


def _sources(book: Book, topic: Row, found: list[Row]) -> list[dict[str, Any]]:
    """The most frequent sources of its cards."""
    n = topic["n_cards_with"]
    top = nice_top(max((book.wilson(row["x"], n)[1] for row in found), default=1))
    return [
        {
            **row,
            "bar": _bar(book, row["x"], n, top=top),
            "share": words.counted(row["x"], n, *book.wilson(row["x"], n)),
        }
        for row in found
    ]


def _bar(book: Book, x: int, n: int, *, top: float) -> Markup:
    return share_bar(x / n, *book.wilson(x, n), top=top)
