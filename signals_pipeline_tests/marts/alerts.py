"""What the sentences of alerts say, counted anew from cards."""

import math
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import duckdb

from signals_pipeline.marts.parameters import value
from signals_pipeline.publish.report import words

NEVER, ALWAYS = date(1, 1, 1), date(9999, 12, 31)

DAY = r"(\d+ [A-Z][a-z]+ \d{4})"

SENTENCES = {
    "burst": rf"has been in a burst since the issue of {DAY}: since then (\d+) of (\d+) cards name it, (\S+) "
    rf"% against (\S+) % in the other issues(?:\. It is called (rising|falling|emerging) since the issue of "
    rf"{DAY})?\.",
    "emerging": rf"is emerging, called so since the issue of {DAY}: the issues with it crowd among the last "
    rf"ones\. It is on (\d+) cards since {DAY}\.",
    "rise": rf"is (rising), called so since the issue of {DAY}: each year the odds that a card names it are "
    rf"multiplied by (.+)\. It is on (\d+) cards since {DAY}\.",
    "shift": rf"changed its level with the issue of {DAY}: before it (\S+) % of the cards named it, since "
    rf"then (\S+) %(?:\. (.+))?\.",
    "new": rf"is new: it is on (\d+) cards of the issue of {DAY}, and on none before\.",
    "returning": rf"is back with the issue of {DAY}, after (\d+) cards without it\. At its usual rate it "
    rf"would have been in (\d+) issues meanwhile\.",
    "health": rf"Of the cards of form (.+) in the quarter from {DAY}, (.+): at least (\S+) times as often as "
    rf"in the quarter before\.",
}
SENTENCES["fall"] = SENTENCES["rise"].replace("rising", "falling")


class Topic:
    """The counts of one topic."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, topic_id: str, kind: str) -> None:
        self._connection, self._topic_id, self._kind = connection, topic_id, kind

    def x(self, since: date = NEVER, before: date = ALWAYS) -> int:
        """Its cards in issues from one on, before another."""
        return self._count("topic_cards WHERE topic_id = ?", self._topic_id, since, before)

    def n(self, since: date = NEVER, before: date = ALWAYS) -> int:
        """The cards that could have it."""
        return self._count("able_cards WHERE kind = ?", self._kind, since, before)

    def share(self, since: date = NEVER, before: date = ALWAYS) -> float:
        """Its part of those."""
        return self.x(since, before) / self.n(since, before)

    def days(self) -> list[date]:
        """The issues with it."""
        sql = "SELECT DISTINCT issue_date FROM topic_cards WHERE topic_id = ? ORDER BY issue_date"
        return [day for (day,) in self._connection.execute(sql, [self._topic_id]).fetchall()]

    def shifts(self) -> list[date]:
        """When its level changes."""
        sql = "SELECT shift_date FROM topic_shift WHERE topic_id = ? ORDER BY shift_date"
        return [day for (day,) in self._connection.execute(sql, [self._topic_id]).fetchall()]

    def of(self, column: str) -> object:
        """What topic_momentum says of it."""
        sql = f"SELECT {column} FROM topic_momentum WHERE topic_id = ?"
        return self._connection.execute(sql, [self._topic_id]).fetchone()[0]

    def odds(self, slope: str, se: str, when: str) -> str:
        """By what its odds are multiplied each year, with the 95 % interval."""
        log_odds, error = self.of(slope), self.of(se)
        middle, low, high = (math.exp(log_odds + z * error) for z in (0, -1.959964, 1.959964))
        return f"{middle:.2f} ({low:.2f} to {high:.2f}) {when}"

    def called_from(self, stage: str) -> date | None:
        """Since when it is called so."""
        sql = "SELECT called_from FROM call_history WHERE topic_id = ? AND stage = ? AND called_to IS NULL"
        return (self._connection.execute(sql, [self._topic_id, stage]).fetchone() or (None,))[0]

    def _count(self, which: str, key: str, since: date, before: date) -> int:
        sql = f"SELECT count(*) FROM {which} AND issue_date >= ? AND issue_date < ?"
        return self._connection.execute(sql, [key, since, before]).fetchone()[0]


def untrue(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The headlines of which a number, a date or a direction is not what the cards say."""
    return [
        headline
        for kind_of_alert, topic_id, kind, topic, headline in connection.execute(
            "SELECT alert_kind, topic_id, kind, topic, headline FROM alert"
        ).fetchall()
        if not all(_claims(connection, kind_of_alert, topic_id, kind, topic, headline))
    ]


def _claims(
    connection: duckdb.DuckDBPyConnection, alert: str, topic_id: str, kind: str, topic: str, headline: str
) -> Iterator[bool]:
    """Whether each thing that a headline says is so."""
    headline, found, other = headline.partition(" Perhaps only the words changed: ")
    yield bool(found) == (alert in ("rise", "fall", "emerging") and bool(_counterparts(connection, topic_id)))
    yield not found or other.removesuffix(".") in _counterparts(connection, topic_id)
    subject = "" if alert == "health" else f'The {kind} "{topic}" '
    said = re.fullmatch(re.escape(subject) + SENTENCES[alert], headline)
    if said is None:
        yield False
        return
    match alert, said.groups():
        case "health", (form, quarter, what, factor):
            yield from _health(connection, form, _day(quarter), what, float(factor))
        case "burst", (start, x, n, inside, outside, stage, since):
            one, start = Topic(connection, topic_id, kind), _day(start)
            yield (int(x), int(n)) == (one.x(start), one.n(start))
            yield inside == f"{100 * one.share(start):.1f}"
            yield outside == f"{100 * one.share(before=start):.1f}"
            yield one.share(start) > one.share(before=start)
            calls = {called: one.called_from(called) for called in ("rising", "falling", "emerging")}
            held = [(called, day) for called, day in calls.items() if day]
            yield held == ([(stage, _day(since))] if stage else [])
        case "emerging", (start, x, first):
            one = Topic(connection, topic_id, kind)
            yield _day(start) == one.called_from("emerging")
            yield (int(x), _day(first)) == (one.x(), one.days()[0])
            yield one.of("q_emerging") < value("q", "max_q")
        case "rise" | "fall", (stage, start, odds, x, first):
            one = Topic(connection, topic_id, kind)
            yield _day(start) == one.called_from(stage)
            yield (int(x), _day(first)) == (one.x(), one.days()[0])
            first, q, other = re.fullmatch(
                r"(.+?), which makes the call with (q [<=] \S+?)(?:, and by (.+))?", odds
            ).groups()
            yield (float(first.split()[0]) > 1) == (stage == "rising")
            spans = [one.odds("log_odds_per_year", "se", "over all issues")]
            if one.of("log_odds_recent") is not None:
                spans.append(one.odds("log_odds_recent", "se_recent", "in the last issues alone"))
            by = {"all": "q_trend", "recent": "q_recent"}[one.of("called_by")]
            yield q == words.q_said(one.of(by))
            yield [first, *filter(None, [other])] == (spans if by == "q_trend" else spans[::-1])
        case "shift", (day, before, after, explained):
            one, day = Topic(connection, topic_id, kind), _day(day)
            levels = [NEVER, *one.shifts(), ALWAYS]
            here = levels.index(day)
            yield before == f"{100 * one.share(levels[here - 1], day):.1f}"
            yield after == f"{100 * one.share(day, levels[here + 1]):.1f}"
            sql = "FROM topic_shift WHERE topic_id = ? AND shift_date = ?"
            sql = f"SELECT same_as_form_change, form_explains {sql}"
            coincides, part = connection.execute(sql, [topic_id, day]).fetchone()
            yield (explained or "") == (
                "The form of the cards changed with that issue, which may be a part of it"
                if coincides
                else f"The mix of forms of the cards explains {100 * part:.0f} % of it"
                if part >= 0.005
                else ""
            )
        case "new", (x, day):
            one, day = Topic(connection, topic_id, kind), _day(day)
            yield int(x) == one.x(day) == one.x()
        case "returning", (day, n, expected):
            one, day = Topic(connection, topic_id, kind), _day(day)
            days = one.days()
            missed = one.n(days[days.index(day) - 1] + timedelta(days=1), day)
            yield int(n) == missed
            yield int(expected) == round(len(days) * missed / one.n())


def _day(said: str) -> date:
    """The day that a sentence says: 21 June 2026."""
    return datetime.strptime(said, "%d %B %Y").date()  # noqa: DTZ007 - a day has no time zone


def _counterparts(connection: duckdb.DuckDBPyConnection, topic_id: str | None) -> set[str]:
    """What goes the other way than a topic, by the table of such pairs and its stage now."""
    sql = """
        SELECT format('"{}" is {}', m.topic, m.stage)
        FROM substitution AS s
        JOIN topic_momentum AS m ON $1 IN (s.falling_topic_id, s.rising_topic_id)
            AND m.topic_id IN (s.falling_topic_id, s.rising_topic_id) AND m.topic_id <> $1
    """
    return {said for (said,) in connection.execute(sql, [topic_id]).fetchall()}


def _health(
    connection: duckdb.DuckDBPyConnection, form: str, quarter: date, what: str, factor: float
) -> Iterator[bool]:
    """The same of cards of a form in a quarter, and in the one before."""

    def count(sql: str, start: date) -> int:
        cards = "SELECT * FROM counted_cards WHERE form = ? AND date_trunc('quarter', issue_date) = ?"
        return connection.execute(f"WITH cards AS ({cards}) {sql}", [form, start]).fetchone()[0]

    earlier = date(quarter.year - (quarter.month == 1), (quarter.month - 4) % 12 + 1, 1)
    for part in what.split(" and "):
        n_cards = [count("SELECT count(*) FROM cards", start) for start in (quarter, earlier)]
        missing = re.fullmatch(r"(\d+) of (\d+) have nothing in (\w+)", part)
        if missing:
            m, n, section = missing.groups()
            yield int(n) == n_cards[0]
            sql = f"SELECT count(*) FROM cards ANTI JOIN parsed.{section} USING (card_id)"
        else:
            m, section = re.fullmatch(r"(\d+) rows of (\w+) could not be read", part).groups()
            sql = (
                f"SELECT count(*) FROM parsed.rejects JOIN cards USING (card_id) WHERE section = '{section}'"
            )
        now, then = count(sql, quarter), count(sql, earlier)
        yield int(m) == now
        yield now * n_cards[1] >= factor * then * n_cards[0]
