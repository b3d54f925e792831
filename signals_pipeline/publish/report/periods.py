"""A topic's shares by quarter: read, drawn, and put into a sentence."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup

from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.charts import Point, nice_top, small_multiple
from signals_pipeline.publish.report.reading import Row

COLUMNS = ("Quarter", "Cards with it", "Cards", "Share", f"{words.CONFIDENCE} interval")

QUARTERS = """
SELECT
    topic_id, period_start, n_cards_with AS x, n_cards AS n, share, share_lo, share_hi, is_partial
FROM topic_trend
WHERE grain = 'quarter' AND list_contains($topics, topic_id)
ORDER BY topic_id, period_start
"""


def quarter_end(start: date) -> date:
    """The last day of the quarter that begins on a day."""
    later = start.replace(day=1) + timedelta(days=95)
    return later.replace(month=(later.month - 1) // 3 * 3 + 1, day=1) - timedelta(days=1)


def points(quarters: Sequence[Row]) -> list[Point]:
    """The points of a line, each in the middle of its quarter."""
    return [
        Point(
            row["period_start"] + (quarter_end(row["period_start"]) - row["period_start"]) / 2,
            row["share"],
            row["share_lo"],
            row["share_hi"],
            hollow=row["is_partial"],
            told=_told(row),
        )
        for row in quarters
    ]


def scale(topics: Iterable[Row], quarters: Mapping[str, Sequence[Row]]) -> float:
    """The end of a scale that holds every share of a whole quarter of some topics."""
    own = (row for topic in topics for row in quarters[topic["topic_id"]])
    return nice_top(max((row["share"] or 0 for row in own if not row["is_partial"]), default=1))


def small_multiples(
    name: str, topics: Iterable[Row], quarters: Mapping[str, Sequence[Row]], top: float
) -> list[tuple[Row, Markup]]:
    """Topics, each with a small chart of its quarters; all share one scale, up to `top`."""
    charts = []
    for no, topic in enumerate(topics, 1):
        own = quarters[topic["topic_id"]]
        chart = small_multiple(
            f"{name}-{no}",
            f"{topic['topic']}, share of the cards by quarter",
            sentence(own),
            points(own),
            top=top,
            start=own[0]["period_start"],
            end=quarter_end(own[-1]["period_start"]),
        )
        charts.append((topic, chart))
    return charts


def sentence(quarters: Sequence[Row]) -> str:
    """The first and the last whole quarter and the highest one, with their intervals."""
    whole = [row for row in quarters if row["n"] and not row["is_partial"]]
    if not whole:
        return "No quarter is complete yet."
    first, last = whole[0], whole[-1]
    highest = max(whole, key=lambda row: (row["share"], row["period_start"]))
    if first is last:
        return f"The one complete quarter is in {_in_full(first)}."
    text = f"In {_in_full(first)}; in {_in_full(last)}"
    if highest["share"] == 0:
        return f"{text}. No complete quarter has a card with it."
    of_all = f"None of {words.count(len(whole), 'complete quarter')} has a larger share"
    if highest is last:
        return f"{text}. {of_all} than the last."
    if highest is first:
        return f"{text}. {of_all} than the first."
    return f"{text}. The largest share is in {_in_full(highest)}."


def years(quarters: Sequence[Row], incomplete: Collection[int]) -> words.Years:
    """The shares of the first and the last year: from 6 of 120 cards (5 %) in 2022 to 9 of 25 (36 %) in 2026.

    It begins with the first year that is not `incomplete`, and names the year of the largest share where
    that lies between.
    """
    counts: dict[int, tuple[int, int]] = {}
    for row in quarters:
        x, n = counts.get(row["period_start"].year, (0, 0))
        counts[row["period_start"].year] = (x + row["x"], n + row["n"])
    counted = [(year, x, n) for year, (x, n) in sorted(counts.items()) if n]
    last = counted[-1]
    first = next((one for one in counted[:-1] if one[0] not in incomplete), counted[0])

    def said(one: tuple[int, int, int], *, of: str = "") -> str:
        year, x, n = one
        note = "" if year not in incomplete else " so far" if one is last else " (incomplete)"
        return f"{words.number(x)} of {of or words.number(n)} ({words.percent(x / n)}) in {year}{note}"

    def share(one: tuple[int, int, int]) -> float:
        return one[1] / one[2]

    begin = said(first, of=words.count(first[2], "card"))
    if first is last:
        return words.Years("is", begin, 0)
    between = [one for one in counted if first[0] < one[0] < last[0]]
    peak = max(between, key=share, default=first)
    shown = {one: words.percent(share(one)) for one in (first, peak, last)}
    text = f"from {begin} to {said(last)}"
    # What is written alike does not differ.
    if share(peak) > max(share(first), share(last)) and shown[peak] not in (shown[first], shown[last]):
        text += f", by way of {said(peak)}"
    return words.Years(
        "went", text, 0 if shown[first] == shown[last] else 1 if share(last) > share(first) else -1
    )


def table(quarters: Sequence[Row]) -> list[tuple[str, ...]]:
    """The rows behind a line, as `COLUMNS` names them."""
    return [
        (
            _name(row),
            words.number(row["x"]),
            words.number(row["n"]),
            words.percent(row["share"]),
            words.interval(row["share_lo"], row["share_hi"]),
        )
        for row in quarters
    ]


def _told(row: Row) -> str:
    """What the dot of a quarter says: 2025 Q3: 12 of 74 cards, 16 % (10 to 26)."""
    if row["share"] is None:
        return ""
    # What is counted by meaning is evened out over the forms of cards.
    evened = "" if math.isclose(row["share"], row["x"] / row["n"]) else "evened out "
    return (
        f"{_name(row)}: {words.number(row['x'])} of {words.count(row['n'], 'card')}, {evened}"
        f"{words.percent(row['share'])} ({words.interval(row['share_lo'], row['share_hi'])})"
    )


def _name(row: Row) -> str:
    return words.quarter(row["period_start"]) + (" (partial)" if row["is_partial"] else "")


def _in_full(row: Row) -> str:
    """A quarter with its share: 2026 Q1 13 of 36 cards, 36 % (22 to 52)."""
    return (
        f"{words.quarter(row['period_start'])} {words.number(row['x'])} of "
        f"{words.count(row['n'], 'card')}, "
        f"{words.rate(row['x'], row['n'], row['share_lo'], row['share_hi'])}"
    )
