"""The charts on the page of a topic, each with its sentence and its data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.publish.report import periods, words
from signals_pipeline.publish.report.charts import (
    Mark,
    Point,
    Span,
    heat_strips,
    line_with_band,
    nice_top,
    small_multiple,
    sparkline,
    year_ticks,
)
from signals_pipeline.publish.report.reading import Row, grouped
from signals_pipeline.publish.report.site import Figure

FEWEST_MEANT = 8
"""Cards with a matching statement that make a curve; of fewer the statements alone are shown."""


@dataclass(frozen=True, slots=True)
class Profile:
    """In which sections statements name a topic, by year: a small chart a section, and the data of all.

    `top` is the share at which the scale of the charts ends.
    """

    charts: list[tuple[str, Markup]]
    top: float
    head: list[tuple[str, str]]
    rows: list[tuple[str, ...]]


def trend(topic: Row, quarters: list[Row], bursts: list[Row], shifts: list[Row]) -> Figure:
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


def by_meaning(topic: Row, own: dict[str, list[Row]]) -> Figure:
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


def issue_strip(topic: Row, issues: list[Row]) -> Figure:
    """The share of the cards by newsletter issue, as shades."""
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


def sections_by_year(topic: Row, found: list[Row], years: Sequence[int]) -> Profile | None:
    """The share of each section by year, all charts with one scale; None where that is no more than a year.

    A year without statements is a gap, and one with those of a single card has no interval.
    """
    by_year = {
        year: {row["section"]: row for row in of_year} for year, of_year in grouped(found, "year").items()
    }
    if len(by_year) < 2:
        return None
    sections = [name for name in STATEMENT_SECTIONS if any(name in of_year for of_year in by_year.values())]
    top = nice_top(max(row["share"] for row in found))
    charts = []
    for no, section in enumerate(sections, 1):
        own = [(year, by_year[year][section]) for year in years if year in by_year]
        shown = [
            Point(date(year, 7, 1), row["share"], row["share_lo"], row["share_hi"])
            for year in years
            for row in [by_year.get(year, {}).get(section, _NO_STATEMENTS)]
        ]
        (first, before), (last, after) = own[0], own[-1]
        charts.append((
            section,
            small_multiple(
                f"section-{no}",
                f"{topic['topic']}: {words.SECTIONS[section]}, share of its statements by year",
                f"{words.percent(before['share'])} in {first}, {words.percent(after['share'])} in {last}.",
                shown,
                top=top,
                start=date(years[0], 1, 1),
                end=date(years[-1], 12, 31),
            ),
        ))  # fmt: skip
    rows = [
        (
            str(year),
            words.number(by_year[year][sections[0]]["n"]),
            *(
                f"{words.number(row['x'])}, {words.percent(row['share'])} "
                f"({words.interval(row['share_lo'], row['share_hi'])})"
                for row in (by_year[year][section] for section in sections)
            ),
        )
        for year in sorted(by_year)
    ]
    names = [words.SECTIONS[section].capitalize() for section in sections]
    head = [("Year", ""), ("Statements", "n"), *((name, "n") for name in names)]
    return Profile(charts, top, head, rows)


_NO_STATEMENTS: Row = {"share": None, "share_lo": None, "share_hi": None}


def name_lines(names: list[Row], by_quarter: list[Row], quarters: list[Row]) -> dict[str, Markup]:
    """A small line of its share by quarter for each name, all with one scale, by the id of the name."""
    shares = {
        topic_id: {row["period_start"]: row["share"] for row in own}
        for topic_id, own in grouped(by_quarter, "member_topic_id").items()
    }
    shown = {row["member_topic_id"]: shares.get(row["member_topic_id"], {}) for row in names}
    top = max((share or 0 for own in shown.values() for share in own.values()), default=0)
    # A name on few cards has rows for quarters with it alone.
    starts = [row["period_start"] for row in quarters if row["n"]]
    return {
        topic_id: sparkline([own.get(start, 0) for start in starts], top=top)
        for topic_id, own in shown.items()
    }
