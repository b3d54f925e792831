"""The first page: what is new, what rises and falls, and what it all rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import Bar, bars, nice_top, share_bar, small_multiple, year_ticks
from signals_pipeline.publish.report.reading import Book, Row, grouped
from signals_pipeline.publish.report.site import Figure, Site

MULTIPLES = 12
LISTED = 15
DIFFERENCES = 12
ALERTS_LISTED = 25
SOURCES_LISTED = 8

MOVING = """
SELECT m.*
FROM topic_momentum AS m
WHERE m.q_trend < $max_q
    AND m.log_odds_per_year * $sign >= $least
    AND m.stage <> 'dormant'
ORDER BY m.q_trend, abs(m.log_odds_per_year) DESC, m.kind, m.topic
"""

_RECENT = """
SELECT topic_id, sum(n_cards_with) AS x, sum(n_cards) AS n
FROM topic_trend
WHERE grain = 'issue'
    AND topic_id IN (SELECT unnest($topics))
    AND period_start IN (
        SELECT issue_date FROM newsletter_issues
        WHERE issue_date IS NOT NULL ORDER BY issue_date DESC LIMIT $n
    )
GROUP BY topic_id
"""


@dataclass(frozen=True, slots=True)
class Multiple:
    """One small chart of several: the topic, and the chart."""

    topic: Row
    chart: Markup


@dataclass(frozen=True, slots=True)
class Movement:
    """Topics that move the same way: small charts of the surest, a table of more, and how many there are."""

    name: str
    title: str
    sentence: str
    multiples: list[Multiple]
    topics: list[Row]
    n_topics: int


def write_overview(book: Book, site: Site) -> None:
    """Write the overview."""
    newest = book.dated[-1] if book.dated else None
    bursts = book.rows(
        "FROM topic_burst WHERE is_open AND q < $max_q ORDER BY q, strength DESC, kind, topic",
        {"max_q": book.max_q},
    )
    alerts = book.rows(
        "FROM alert ORDER BY is_new DESC, alert_kind, q NULLS LAST, start DESC, kind, topic, alert_id"
    )
    site.write(
        "index.html",
        "overview.html",
        title="Overview",
        newest=newest,
        n_sources=book.rows("SELECT count(DISTINCT source_domain) AS n FROM parsed.cards")[0]["n"],
        differences=_differences(book),
        movements=_movements(book),
        bursts=_with_bars(book, bursts[:LISTED]),
        n_bursts=len(bursts),
        alerts=alerts[:ALERTS_LISTED],
        n_alerts=len(alerts),
        n_new_alerts=sum(1 for row in alerts if row["is_new"]),
        cards_figure=_cards_figure(book),
        sources=_sources(book),
        health=_health(book),
        uncounted=uncounted(book),
    )


def uncounted(book: Book) -> list[tuple[str, int]]:
    """Why cards are not counted, and how many for each reason."""
    found = book.rows(
        "SELECT not_counted_reason AS reason, count(card_id) AS n FROM parsed.cards WHERE NOT is_counted "
        "GROUP BY not_counted_reason ORDER BY n DESC, reason"
    )
    return [(row["reason"], row["n"]) for row in found]


def _differences(book: Book) -> dict[str, Any]:
    """The last newsletter issue against those before it."""
    found = book.rows(
        "FROM window_diff WHERE pair = 'last issue' ORDER BY abs(log_odds_z) DESC NULLS LAST, kind, topic"
    )
    statuses = {status: [row for row in found if row["status"] == status] for status in ("new", "returning")}
    beyond = [row for row in found if row["q"] is not None and row["q"] < book.max_q]
    # A topic on a single card says nothing about a newsletter issue.
    shown = [row for row in found if row["xb"] >= 2 or row["q"] is not None][:DIFFERENCES]
    for row in shown:
        row["before"] = words.counted(row["xa"], row["na"], *book.wilson(row["xa"], row["na"]))
        row["now"] = words.counted(row["xb"], row["nb"], *book.wilson(row["xb"], row["nb"]))
    return {
        "rows": shown,
        "beyond": beyond,
        "n_new": len(statuses["new"]),
        "n_returning": len(statuses["returning"]),
        "returning": sorted(row["topic"] for row in statuses["returning"])[:8],
        "n_tested": sum(1 for row in found if row["q"] is not None),
        "least_q": min((row["q"] for row in found if row["q"] is not None), default=None),
    }


def _movements(book: Book) -> list[Movement]:
    least = book.parameters["stage", "min_log_odds_per_year"]
    found = {sign: book.rows(MOVING, {"max_q": book.max_q, "sign": sign, "least": least}) for sign in (1, -1)}
    shown = [row["topic_id"] for topics in found.values() for row in topics[:LISTED]]
    recent = {
        row["topic_id"]: (row["x"], row["n"])
        for row in book.rows(_RECENT, {"topics": shown, "n": book.window})
    }
    for topics in found.values():
        for topic in topics[:LISTED]:
            x, n = recent.get(topic["topic_id"], (0, 0))
            topic["change"] = words.factor(topic["log_odds_per_year"], topic["se"], book.z)
            topic["recent"] = words.counted(x, n, *book.wilson(x, n))
    quarters = grouped(book.rows(periods.QUARTERS, {"topics": shown}), "topic_id")
    drawn = [row["topic_id"] for topics in found.values() for row in topics[:MULTIPLES]]
    top = nice_top(
        max((row["share"] or 0 for one in drawn for row in quarters[one] if not row["is_partial"]), default=1)
    )
    return [
        _movement(book, "rising", "Rising", found[1], quarters, top),
        _movement(book, "falling", "Falling", found[-1], quarters, top),
    ]


def _movement(
    book: Book, name: str, title: str, topics: list[Row], quarters: dict[str, list[Row]], top: float
) -> Movement:
    multiples = []
    for no, topic in enumerate(topics[:MULTIPLES], 1):
        own = quarters[topic["topic_id"]]
        multiples.append(
            Multiple(
                topic,
                small_multiple(
                    f"{name}-{no}",
                    f"{topic['topic']}, share of the cards by quarter",
                    periods.told(own),
                    periods.points(own),
                    top=top,
                    start=own[0]["period_start"],
                    end=periods.quarter_end(own[-1]["period_start"]),
                ),
            )
        )
    if topics:
        first = topics[0]
        sentence = (
            f"Of {words.count(book.n_tested, 'topic')} tested, {words.number(len(topics))} "
            f"{'is' if len(topics) == 1 else 'are'} {name} by more than noise. "
            f"The surest is “{first['topic']}”, "
            f"a {first['kind']}: its odds of being on a card change by a factor of {first['change']} a year, "
            f"{words.q_said(first['q_trend'])}. All charts share one scale, "
            f"from 0 to {words.percent(top)}; a band that reaches higher is cut."
        )
    else:
        sentence = f"Of {words.count(book.n_tested, 'topic')} tested, none is {name} by more than noise."
    return Movement(name, title, sentence, multiples, topics[:LISTED], len(topics))


def _with_bars(book: Book, bursts: Sequence[Row]) -> list[Row]:
    top = nice_top(max((book.wilson(row["x"], row["n"])[1] for row in bursts), default=1))
    return [
        {**row, "bar": share_bar(row["share_in"], *book.wilson(row["x"], row["n"]), top=top)}
        for row in bursts
    ]


def _cards_figure(book: Book) -> Figure:
    """Counted cards by quarter."""
    found = book.rows(
        "SELECT quarter_start, n_cards, effective_domains FROM source_mix WHERE domain = '(all domains)' "
        "ORDER BY quarter_start"
    )
    partial = {
        row["period_start"]
        for row in book.rows(
            "SELECT DISTINCT period_start FROM topic_trend WHERE grain = 'quarter' AND is_partial"
        )
    }
    items = [
        Bar(words.quarter(row["quarter_start"]), row["n_cards"], row["quarter_start"] in partial)
        for row in found
    ]
    title = "Counted cards, by quarter"
    sentence = "There is no counted card."
    if found:
        counts = sorted(row["n_cards"] for row in found)
        sentence = (
            f"{words.count(sum(counts), 'counted card')} in {words.count(len(found), 'quarter')}, from "
            f"{words.number(counts[0])} to {words.number(counts[-1])} a quarter."
        )
        diversity = found[-1]["effective_domains"]
        if diversity is not None:
            sentence += (
                f" In {items[-1].label} they came from sources as diverse as {words.decimal(diversity, 1)} "
                "equally frequent ones."
            )
    return Figure(
        "cards",
        title,
        sentence,
        bars("cards", title, sentence, items, year_ticks([row["quarter_start"] for row in found])),
        ("Quarter", "Counted cards", "Sources, as if equally frequent"),
        [
            (
                item.label + (" (partial)" if item.hollow else ""),
                words.number(row["n_cards"]),
                words.decimal(row["effective_domains"], 1),
            )
            for item, row in zip(items, found, strict=True)
        ],
    )


def _sources(book: Book) -> list[Row]:
    """The most frequent sources of the last quarter."""
    found = book.rows(
        "FROM source_mix WHERE domain <> '(all domains)' "
        "AND quarter_start = (SELECT max(quarter_start) FROM source_mix) "
        "ORDER BY n_cards DESC, domain"
    )[:SOURCES_LISTED]
    top = nice_top(max((row["share_hi"] for row in found), default=1))
    for row in found:
        row["bar"] = share_bar(row["share"], row["share_lo"], row["share_hi"], top=top)
        row["top_topics"] = ", ".join((row["top_topics"] or "").split(", ")[:3])
        row["n"] = round(row["n_cards"] / row["share"])
    return found


def _health(book: Book) -> list[Row]:
    """How many of the counted cards have each section, in the last quarter and before."""
    return book.rows(
        """
        WITH last AS (SELECT max(quarter_start) AS quarter_start FROM corpus_health)
        SELECT
            h.section,
            sum(h.n_cards) FILTER (WHERE h.quarter_start = last.quarter_start) AS n,
            round(sum(h.n_cards * h.fill_rate) FILTER (WHERE h.quarter_start = last.quarter_start)) AS x,
            sum(h.n_cards) FILTER (WHERE h.quarter_start < last.quarter_start) AS n_before,
            round(sum(h.n_cards * h.fill_rate) FILTER (WHERE h.quarter_start < last.quarter_start))
                AS x_before,
            sum(h.n_rejects) AS n_rejects,
            max(last.quarter_start) AS quarter_start
        FROM corpus_health AS h
        CROSS JOIN last
        GROUP BY h.section
        ORDER BY list_position(sections(), h.section)
        """
    )
