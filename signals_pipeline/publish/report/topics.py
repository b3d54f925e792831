"""A page for each topic with enough cards, and one on which all others are found."""

from typing import Any

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
NAMES_LISTED = 30
MEANT_LISTED = 6
FEWEST_MEANT = 8
"""Cards with a matching statement that make a curve; of fewer the statements alone are shown."""

_CARDS = f"""
WITH
listed AS (
    FROM topic_cards
    WHERE topic_id IN (SELECT unnest($topics))
    QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY issue_date DESC, card_id) <= {CARDS_LISTED}
)
SELECT l.topic_id, l.card_id, l.line, c.title, c.issue_key, c.url, c.path
FROM listed AS l
JOIN parsed.cards AS c USING (card_id)
ORDER BY l.topic_id, l.issue_date DESC, l.card_id
"""
"""Ranked before the texts are joined to them, so that only those that are listed are carried along."""

_PAIRS = f"""
WITH
both_ways AS (
    SELECT topic_id_a AS topic_id, n_a AS n, topic_id_b AS other_id, topic_b AS other, * FROM topic_pair
    UNION ALL
    SELECT topic_id_b, n_b, topic_id_a, topic_a, * FROM topic_pair
)
SELECT topic_id, other_id, other, n_ab AS x, n, npmi, q, first_together
FROM both_ways
WHERE span = 'all' AND npmi > 0 AND topic_id IN (SELECT unnest($topics))
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY g2 DESC, other, other_id) <= {PAIRS_LISTED}
ORDER BY topic_id, g2 DESC, other, other_id
"""

_SOURCES = f"""
WITH
counted AS (
    SELECT
        t.topic_id, coalesce(c.source_domain, '(no domain)') AS domain, count(*) AS x,
        sum(count(*)) OVER (PARTITION BY t.topic_id) AS n
    FROM topic_cards AS t
    JOIN counted_cards AS c USING (card_no)
    WHERE t.topic_id IN (SELECT unnest($topics))
    GROUP BY t.topic_id, c.source_domain
)
FROM counted
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY x DESC, domain) <= {SOURCES_LISTED}
ORDER BY topic_id, x DESC, domain
"""

_MEANT = f"""
WITH
nearest AS (
    SELECT m.concept_id AS topic_id, m.card_id, m.section, m.row_no
    FROM concept_match AS m
    JOIN counted_cards AS c USING (card_id)
    WHERE m.concept_id IN (SELECT unnest($topics))
    QUALIFY 1 = row_number() OVER (
        PARTITION BY m.concept_id, m.card_id ORDER BY m.similarity DESC, m.section, m.row_no
    )
)
SELECT e.topic_id, e.card_id, e.section, e.raw_text, e.line, c.title, c.issue_key, c.path
FROM nearest AS n
JOIN evidence AS e USING (topic_id, card_id, section, row_no)
JOIN parsed.cards AS c USING (card_id)
QUALIFY row_number() OVER (PARTITION BY e.topic_id ORDER BY e.issue_date DESC, e.card_id) <= {MEANT_LISTED}
ORDER BY e.topic_id, e.issue_date DESC, e.card_id
"""
"""The newest cards that match the definition, each with the statement that is nearest to it."""

_OF_TOPIC = {
    "quarters": periods.QUARTERS,
    "issues": """
        SELECT topic_id, period_start, n_cards_with AS x, n_cards AS n
        FROM topic_trend
        WHERE grain = 'issue' AND topic_id IN (SELECT unnest($topics))
        ORDER BY topic_id, period_start
    """,
    "bursts": "FROM topic_burst WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, start_date",
    "shifts": "FROM topic_shift WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, shift_date",
    "calls": "FROM call_history WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, called_from",
    "forecasts": """
        FROM topic_forecast
        WHERE is_published AND topic_id IN (SELECT unnest($topics))
        ORDER BY topic_id, horizon_issues
    """,
    "definitions": "SELECT topic_id, definition FROM topics WHERE topic_id IN (SELECT unnest($topics))",
    "names": """
        SELECT c.concept_id AS topic_id, c.kind, c.member, c.relation, m.n_cards_with, m.stage
        FROM concept_members AS c
        JOIN topic_momentum AS m ON m.topic_id = c.member_topic_id
        WHERE c.concept_id IN (SELECT unnest($topics))
        ORDER BY c.concept_id, c.relation, m.n_cards_with DESC, c.member, c.kind
    """,
    "surfaces": """
        SELECT c.concept_id AS topic_id, m.raw_text AS surface, count(DISTINCT m.card_id) AS n_cards
        FROM concept_members AS c
        JOIN mentions AS m ON m.topic_id = c.member_topic_id
        WHERE c.concept_id IN (SELECT unnest($topics))
        GROUP BY c.concept_id, m.raw_text
        ORDER BY c.concept_id, n_cards DESC, surface
    """,
    "pairs": _PAIRS,
    "sources": _SOURCES,
    "on_cards": _CARDS,
    "meant": _MEANT,
    "meant_by_quarter": """
        SELECT
            m.concept_id AS topic_id, m.quarter AS period_start, m.n_cards_with AS x, m.n_cards AS n, m.share,
            m.share_lo, m.share_hi, p.is_partial
        FROM concept_trend_by_meaning AS m
        JOIN able_periods AS p ON p.period_start = m.quarter AND p.grain = 'quarter' AND p.kind = 'concept'
        WHERE m.concept_id IN (SELECT unnest($topics))
        ORDER BY m.concept_id, m.quarter
    """,
    "meant_and_named": """
        SELECT e.topic_id, count(DISTINCT e.card_id) AS n
        FROM evidence AS e
        JOIN topic_cards AS t USING (topic_id, card_id)
        WHERE e.how = 'meaning' AND e.topic_id IN (SELECT unnest($topics))
        GROUP BY e.topic_id
    """,
}
"""What the page of a topic shows, a query each."""


def write_topics(book: Book, site: Site) -> None:
    """Write the page of every topic that has one, and the page on which every topic is found by its words."""
    rows_of = book.rows_by("topic_id", _OF_TOPIC, {"topics": list(book.topic_pages)})
    is_encoded = bool(book.rows("FROM statement_history LIMIT 1"))
    sparks = {}
    for topic in (one for one in book.topics if one["topic_id"] in book.topic_pages):
        own: dict[str, Any] = rows_of(topic["topic_id"])
        shares = [row["share"] for row in own["quarters"]]
        sparks[topic["topic_id"]] = sparkline(shares, top=max((share or 0 for share in shares), default=0))
        definition = own["definitions"][0]["definition"]
        x, n = topic["n_cards_with"], sum(row["n"] for row in own["quarters"])
        site.write(
            book.topic_pages[topic["topic_id"]],
            "topic.html",
            title=topic["topic"],
            topic=topic,
            overall=words.share(x, n, *book.wilson(x, n)),
            direction=words.direction(
                topic, periods.years(own["quarters"]), n_recent=book.n_recent, max_q=book.max_q
            ),
            figures=[
                _trend(topic, own["quarters"], own["bursts"], own["shifts"]),
                _issues(topic, own["issues"]),
            ],
            definition=definition,
            has_parts=any(row["relation"] == "part" for row in own["names"]),
            by_meaning=_by_meaning(topic, own) if definition and is_encoded else None,
            n_meant=sum(row["x"] for row in own["meant_by_quarter"]),
            n_surfaces_listed=SURFACES_LISTED,
            n_names_listed=NAMES_LISTED,
            **own,
        )
    site.write("topics.html", "topics.html", scripts=["filter.js"], title="Topics", sparks=sparks)


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
    return Figure(title, sentence, chart, periods.COLUMNS, periods.table(quarters))


def _by_meaning(topic: Row, own: dict[str, list[Row]]) -> Figure:
    """The share of the cards that say what the topic means, by quarter; no chart where these are few."""
    title = "Share of the cards that match its definition, evened out over the forms of cards"
    quarters = own["meant_by_quarter"]
    x, n = (sum(row[name] for row in quarters) for name in ("x", "n"))
    named = sum(row["n"] for row in own["meant_and_named"])
    verb = "does" if x - named == 1 else "do"
    other = f", and {words.number(x - named)} of these {verb} not name it" if x > named else ""
    sentence = (
        f"The definition is matched on {words.number(x)} of {words.count(n, 'card')} with statements; the "
        f"topic is named on {words.number(named)} of these{other}."
    )
    points = periods.points(quarters) if x >= FEWEST_MEANT else []
    chart = line_with_band(
        "meaning", f"{topic['topic']}: {title.lower()}", sentence, points, kind="chart meaning"
    )
    columns = (*periods.COLUMNS[:3], "Share evened out", periods.COLUMNS[4])
    return Figure(title, sentence, chart, columns, periods.table(quarters) if points else [])


def _issues(topic: Row, issues: list[Row]) -> Figure:
    """The share of the cards by newsletter issue."""
    title = "Share of the cards, by newsletter issue"
    with_it = [row for row in issues if row["x"]]
    shares = [row["x"] / row["n"] if row["n"] else None for row in issues]
    top = max((value for value in shares if value is not None), default=0)
    most = max(with_it, key=lambda row: (row["x"] / row["n"], row["period_start"]), default=None)
    n_issues = words.count(len(issues), "newsletter issue")
    sentence = f"It is named in {words.number(len(with_it))} of {n_issues}"
    if most is not None:
        sentence += (
            f"; the largest share is {words.number(most['x'])} of {words.count(most['n'], 'card')}, "
            f"in that of {words.day(most['period_start'])}"
        )
    ticks = year_ticks([row["period_start"] for row in issues])
    told = [
        f"{words.day(row['period_start'])}: {words.number(row['x'])} of {words.count(row['n'], 'card')}"
        if row["x"]
        else ""
        for row in issues
    ]
    return Figure(title,
        f"{sentence}. The darker, the larger the share.",
        heat_strips(
            "issues", f"{topic['topic']}: {title.lower()}", sentence, [("", shares)], [told], ticks, top=top
        ),
        ("Newsletter issue", "Cards with it", "Cards", "Share"),
        [
            (row["period_start"].isoformat(), words.number(row["x"]), words.number(row["n"]),
             words.percent(row["x"] / row["n"]))
            for row in with_it
        ],
    )  # fmt: skip
