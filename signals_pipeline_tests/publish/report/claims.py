# ruff: noqa: E501 - a pattern reads best whole
"""What sentences of the report claim, and what their numbers are when they are counted anew from the tables.

A claim is a pattern and a function that gives what its groups must be. Counts, shares and dates are taken from
the parsed tables and those under the marts, intervals from statsmodels; numbers of tests, which have oracles
of their own, from their marts.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from typing import Any

from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from signals_pipeline.publish.report import words
from signals_pipeline_tests.publish.report.prose import plain

N = r"(-?[\d,]+)"
F = r"(-?[\d,.]+)"
P = r"(-?[\d.]+) %"
DAY = r"(\d{1,2} [A-Z][a-z]+ \d{4})"
Q = r"(q [=<] [\d.]+)"
INTERVAL = r"\((-?[\d.]+) to (-?[\d.]+)\)"
_OF_YEAR = r"[\d,]+ of [\d,]+(?: cards?)? \([\d.]+ %\) in \d{4}(?: so far| \(incomplete\))?"
YEARS = rf"(from {_OF_YEAR} to {_OF_YEAR}(?:, by way of {_OF_YEAR})?|{_OF_YEAR})"
ELSEWHERE = r"(?:is|are) (?:not on this page: see [a-z ]+, or ask the database|in the database):"
QUARTER = rf"(\d{{4}} Q\d) {N} of {N} cards?, {P} {INTERVAL}"


@dataclass(frozen=True)
class Page:
    """A page, and how to ask the database that it was made from."""

    path: str
    ask: Callable[..., list[tuple[Any, ...]]]
    topic_id: str = ""
    kind: str = ""
    issue_key: str = ""

    def one(self, sql: str, *values: object) -> Any:
        """The one value of a query."""
        return self.ask(sql, *values)[0][0]

    @property
    def year(self) -> int:
        """The year of a page about a year."""
        return int(self.path.removeprefix("years/").removesuffix(".html"))


Groups = Sequence[str | None]
Expected = Callable[[Page, Groups], Sequence[object]]


@dataclass(frozen=True)
class Claim:
    """A sentence on some pages, with what its groups must say."""

    pages: str
    pattern: re.Pattern[str]
    expected: Expected


CLAIMS: list[Claim] = []
FIXED: list[tuple[str, str]] = [
    ("*", r"Percentages in brackets are 95 % intervals"),
    ("index.html", r"Brackets behind odds hold 95 % intervals"),
    ("*", r"The band is the 95 % interval"),
    ("map.html", r"Lines are 95 % intervals of the direction"),
    ("*", r"brackets and bands are 95 % intervals"),
    ("topics/*", r"Nearness: 0 = as by chance, 1 = always together"),
    ("topics/*", r"whether cards name them together or not\. 1 is the same\."),
    ("issues/*", r"on a scale from 0 \(equal\) to 1 \(nothing in common\)"),
    ("issues.html", r": 0 equal, 1 nothing in common"),
    ("compare.html", r"Write 2024, 2024 Q3 or 2024-07"),
    ("compare.html", r"The band around a line is the 95 % interval"),
    ("dictionary.html", r"folder/card\.md:12"),
    ("outlooks.html", r"has a row once 5 of its outlooks are decided"),
    ("outlooks.html", r"No (?:section|source|concept) has 5 decided outlooks yet"),
    ("quality.html", r"the encoder all-MiniLM-L6-v2"),
    ("quality.html", r"Cards of the forms A0 and A have no table but signals"),
]
"""What is so by definition, and numbers nothing."""


def claim(pages: str, pattern: str) -> Callable[[Expected], Expected]:
    """Declare what a sentence claims."""

    def declared(expected: Expected) -> Expected:
        CLAIMS.append(Claim(pages, re.compile(pattern), expected))
        return expected

    return declared


def unproved(page: Page, text: str) -> Iterator[str]:
    """What a block of text says wrongly, and numbers in it that no claim covers."""
    if not re.search(r"\d", text):
        return
    rest = text
    for one in CLAIMS:
        if not fnmatch(page.path, one.pages):
            continue
        for found in one.pattern.finditer(text):
            expected = [plain(str(value)) for value in one.expected(page, found.groups())]
            said = [value for value in found.groups() if value is not None]
            if said != expected:
                yield f"{found[0]!r} should say {expected}"
            rest = rest.replace(found[0], "", 1)
    for pages, pattern in FIXED:
        if fnmatch(page.path, pages):
            rest = re.sub(pattern, "", rest)
    rest = re.sub("‹[^›]*›|“[^”]*”", "", rest)
    if re.search(r"\d", rest):
        yield f"{rest!r} is proved by nothing"


def wilson(x: int, n: int) -> tuple[str, str]:
    """The ends of a share's interval as a page writes them."""
    low, high = proportion_confint(x, n, method="wilson")
    return tuple(words.interval(max(low, 0), min(high, 1)).split(" to "))  # type: ignore[return-value]


def percent(share: float) -> str:
    """A share as a page writes it, without its sign."""
    return words.percent(share).removesuffix(f"{words.SPACE}%")


def share(x: int, n: int) -> tuple[str, str, str, str, str]:
    """A share in full: x, n, percent and the ends of its interval."""
    return words.number(x), words.number(n), percent(x / n), *wilson(x, n)


def said_q(q: float) -> str:
    """A q as a sentence has it."""
    return words.q_said(q)


# Every page


@claim("*", rf"Made from {N} cards? of {N} newsletter issues?, {DAY} to {DAY}, as of {DAY}\. Content ([0-9a-f]+), "
       r"signals_pipeline ([\d.]+)\.")  # fmt: skip
def _made_from(page: Page, _: Groups) -> Sequence[object]:
    n_cards = page.one("SELECT count(*) FROM parsed.cards")
    n, first, last = page.ask("SELECT count(*), min(issue_date), max(issue_date) FROM dated_issues")[0]
    as_of, content, version = page.ask("SELECT as_of, input_fingerprint, package_version FROM snapshot")[0]
    days = (words.day(day) for day in (first, last, as_of))
    return words.number(n_cards), words.number(n), *days, content, version


# Topics


_COUNTS = """
SELECT {period}, count(*) FILTER (WHERE card_no IN (SELECT card_no FROM topic_cards WHERE topic_id = $1)), count(*)
FROM able_cards JOIN dated_issues USING (issue_no, issue_date)
WHERE kind = $2
GROUP BY ALL
ORDER BY ALL
"""


def counts(page: Page, period: str) -> list[tuple[Any, int, int]]:
    """Cards with the topic, and all that could name it, by a period."""
    return page.ask(_COUNTS.format(period=period), page.topic_id, page.kind)


def in_years(page: Page, counted: list[tuple[int, int, int]]) -> str:
    """The shares of the first whole and the last year, and the largest where it lies between."""
    partial = {
        year for (year,) in page.ask("SELECT year(period_start) FROM able_periods WHERE grain = 'year' AND is_partial")
    }  # fmt: skip
    *older, last = counted
    first, *between = [one for one in older if one[0] not in partial] or older or [last]
    between = [one for one in older if one[0] > first[0]]

    def said(year: int, x: int, n: int) -> str:
        note = "" if year not in partial else " so far" if year == last[0] else " (incomplete)"
        cards = f" card{'s' if n != 1 else ''}" if year == first[0] else ""
        return f"{words.number(x)} of {words.number(n)}{cards} ({percent(x / n)} %) in {year}{note}"

    if first == last:
        return said(*last)
    text = f"from {said(*first)} to {said(*last)}"
    highest = max([first, last, *between], key=lambda one: one[1] / one[2])
    is_alike = percent(highest[1] / highest[2]) in (percent(x / n) for _, x, n in (first, last))
    return text if is_alike else f"{text}, by way of {said(*highest)}"


def by_year(page: Page) -> list[str]:
    """The shares of the first whole and the last year of the topic."""
    return [in_years(page, counts(page, "year(issue_date)"))]


def momentum(page: Page, *columns: str) -> tuple[Any, ...]:
    """Some columns of the topic in topic_momentum."""
    return page.ask(f"SELECT {', '.join(columns)} FROM topic_momentum WHERE topic_id = $1", page.topic_id)[0]


def chance(q: float) -> tuple[str, str]:
    """How unlikely a q below the threshold is."""
    assert q < 0.1
    return "very unlikely" if q < 0.01 else "unlikely", said_q(q)


@claim(
    "topics/*",
    rf"It(, or an idea that is part of it,)? is named on {N} of {N} cards?, {P} {INTERVAL}, from {DAY} to {DAY}\.",
)
def _overall(page: Page, groups: Groups) -> Sequence[object]:
    parts = "SELECT count(*) FROM concept_members WHERE concept_id = $1 AND relation = 'part'"
    assert (groups[0] is not None) == (page.one(parts, page.topic_id) > 0)
    ((_, x, n),) = counts(page, "1")
    first, last = page.ask(
        "SELECT min(issue_date), max(issue_date) FROM topic_cards WHERE topic_id = $1", page.topic_id
    )[0]
    return *filter(None, groups[:1]), *share(x, n), words.day(first), words.day(last)


_VERBS = {
    "It is rising": "rising",
    "It is falling": "falling",
    "It rose, and is not shown to rise now": "risen",
    "It fell, and is not shown to fall now": "fallen",
}


def called_since(page: Page, stage: str) -> date:
    """The first issue of the run with a call that holds at the last one."""
    return page.ask(
        "SELECT called_from FROM call_history WHERE topic_id = $1 AND stage = $2 AND called_to IS NULL",
        page.topic_id, stage,
    )[0][0]  # type: ignore[no-any-return]  # fmt: skip


def said_years(page: Page, sign: float) -> list[str]:
    """The shares of the first and the last year, where they are written as they differ: as the sign says."""
    (text,) = by_year(page)
    if not text.startswith("from"):
        return []
    before, after = re.findall(r"[\d,]+ of [\d,]+[^(]*\(([\d.]+) %\)", text)[:2]
    return [text] if (float(after) - float(before)) * sign > 0 else []


SHOWN = rf"(?:its share (?:went|is) {YEARS}|all newsletter issues together show it); that is (very unlikely|unlikely) to be chance \({Q}\)\."


@claim("topics/*", rf"({'|'.join(_VERBS)}), called so since {DAY}: {SHOWN}")
def _direction(page: Page, groups: Groups) -> Sequence[object]:
    stage = _VERBS[str(groups[0])]
    span, recent, q_span = momentum(page, "log_odds_per_year", "coalesce(log_odds_recent, 0)", "q_trend")
    up = stage in ("rising", "risen")
    assert (span > 0) == up
    if stage in ("rising", "falling"):
        # What is said of now: the recent direction does not go the other way.
        assert recent == 0 or (recent > 0) == up
    return groups[0], words.day(called_since(page, stage)), *said_years(page, span), *chance(q_span)  # type: ignore[list-item]


def n_recent(page: Page) -> int:
    """Sixty issues, or the newer half of fewer than twice as many."""
    return min(60, int(page.one("SELECT count(*) FROM dated_issues")) // 2)


@claim("topics/*", rf"(It is (rising|falling)), called so since {DAY}: the last (\d+) newsletter issues show it; "
       rf"that is (very unlikely|unlikely) to be chance \({Q}\)\.")  # fmt: skip
def _recent_direction(page: Page, groups: Groups) -> Sequence[object]:
    stage = str(groups[1])
    recent, q = momentum(page, "log_odds_recent", "q_recent")
    assert (recent > 0) == (stage == "rising")
    return f"It is {stage}", stage, words.day(called_since(page, stage)), n_recent(page), *chance(q)


@claim(
    "topics/*",
    rf"It is emerging, called so since {DAY}: [^;]+; that is (very unlikely|unlikely) to be chance \({Q}\)\.",
)
def _emerging(page: Page, _: Groups) -> Sequence[object]:
    return words.day(called_since(page, "emerging")), *chance(*momentum(page, "q_emerging"))


@claim("topics/*", r"It has been in a burst since " + DAY + r"\.")
def _bursting(page: Page, _: Groups) -> Sequence[object]:
    return [
        words.day(
            page.one("SELECT max(start_date) FROM topic_burst WHERE topic_id = $1 AND is_open", page.topic_id)
        )
    ]


@claim("topics/*", rf"Over all newsletter issues its share moved by more than noise(, though by little)?(?:, {YEARS})?; "
       rf"that is (very unlikely|unlikely) to be chance \({Q}\)\.")  # fmt: skip
def _moved(page: Page, groups: Groups) -> Sequence[object]:
    stage, slope, q = momentum(page, "stage", "log_odds_per_year", "q_trend")
    assert (groups[0] is not None) == (stage == "unclear")
    return *filter(None, groups[:1]), *said_years(page, slope), *chance(q)


@claim("topics/*", rf"Nothing can be said of its direction: its share (?:went|is) {YEARS}; chance among {N} tested "
       rf"(?:concept|keyword|theme)s? could well show as much \({Q}\)\.")  # fmt: skip
def _unclear(page: Page, _: Groups) -> Sequence[object]:
    tested = page.one(
        "SELECT count(*) FROM (SELECT topic_id FROM topic_cards WHERE kind = $1 GROUP BY ALL HAVING count(*) >= 8)",
        page.kind,
    )
    (q,) = momentum(page, "q_trend")
    assert q >= 0.1
    return *by_year(page), words.number(tested), said_q(q)


def _factor(log_odds: float, se: float) -> tuple[str, ...]:
    return tuple(words.decimal(math.exp(log_odds + z * se)) for z in (0, -1.959964, 1.959964))


@claim("topics/*", rf"Each year the odds of a card naming it are multiplied by {F} {INTERVAL}"
       rf"(?:; in the last (\d+) newsletter issues alone they are multiplied by {F} {INTERVAL}, and the test of these "
       rf"alone has {Q})?\.")  # fmt: skip
def _odds(page: Page, groups: Groups) -> Sequence[object]:
    slope, se, recent, se_recent, q = momentum(
        page, "log_odds_per_year", "se", "log_odds_recent", "se_recent", "q_recent"
    )
    lately = () if recent is None else (n_recent(page), *_factor(recent, se_recent), said_q(q))
    return *_factor(slope, se), *lately


def whole_quarters(page: Page) -> list[tuple[date, int, int]]:
    """Quarters that are complete and have cards."""
    partial = {
        start for (start,) in page.ask(
            "SELECT period_start FROM able_periods WHERE grain = 'quarter' AND kind = $1 AND is_partial", page.kind
        )
    }  # fmt: skip
    found = counts(page, "CAST(date_trunc('quarter', issue_date) AS DATE)")
    return [one for one in found if one[0] not in partial]


def in_full(quarter: tuple[date, int, int]) -> tuple[str, ...]:
    """A quarter with its share as a sentence has it."""
    return words.quarter(quarter[0]), *share(*quarter[1:])


@claim("topics/*", rf"In {QUARTER}; in {QUARTER}\.")
def _first_and_last(page: Page, _: Groups) -> Sequence[object]:
    found = whole_quarters(page)
    return *in_full(found[0]), *in_full(found[-1])


@claim("topics/*", rf"The one complete quarter is in {QUARTER}\.")
def _one_quarter(page: Page, _: Groups) -> Sequence[object]:
    (found,) = whole_quarters(page)
    return in_full(found)


@claim("topics/*", rf"The largest share is in {QUARTER}\.")
def _largest(page: Page, _: Groups) -> Sequence[object]:
    return in_full(max(whole_quarters(page), key=lambda one: (one[1] / one[2], one[0])))


@claim("topics/*", rf"None of {N} complete quarters has a larger share than the (last|first)\.")
def _none_larger(page: Page, groups: Groups) -> Sequence[object]:
    found = whole_quarters(page)
    ours = found[-1] if groups[1] == "last" else found[0]
    assert all(x / n <= ours[1] / ours[2] for _, x, n in found)
    return words.number(len(found)), groups[1]


@claim("topics/*", rf"It is named in {N} of {N} newsletter issues?(?:; the largest share is {N} of {N} cards?, in that "
       rf"of {DAY})?\.")  # fmt: skip
def _issues(page: Page, _: Groups) -> Sequence[object]:
    found = counts(page, "issue_date")
    n_issues = page.one("SELECT count(*) FROM dated_issues")
    with_it = [one for one in found if one[1]]
    day, x, n = max(with_it, key=lambda one: (one[1] / one[2], one[0]))
    return (
        words.number(len(with_it)),
        words.number(n_issues),
        words.number(x),
        words.number(n),
        words.day(day),
    )


@claim("topics/*", rf"In the last (\d+) newsletter issues its share was {P}(?:, ([-+]?[\d.]+) {INTERVAL} percentage "
       rf"points against the (\d+) before)?(?:; without the source that names it most often it would be {P})?\.")  # fmt: skip
def _recent(page: Page, groups: Groups) -> Sequence[object]:
    windows = {window: (x, n) for window, x, n in counts(page, "issues_back // 10") if window < 2}
    x, n = windows[0]
    found: list[object] = [10, percent(x / n)]
    if groups[2] is not None:
        y, m = windows[1]
        low, high = confint_proportions_2indep(x, n, y, m, method="newcomb")
        found += [words.points(100 * (x / n - y / m)), percent(low), percent(high), 10]
    if groups[6] is not None:
        found.append(percent(*momentum(page, "share_excl_top_domain")))
    return found


@claim("topics/*", r"by the share in the (\d+) newsletter issues after it\.")
@claim("quality.html", r"by the share of the topic in the (\d+) newsletter issues after the call")
def _outcome(page: Page, _: Groups) -> Sequence[object]:
    return [
        page.one(
            "SELECT CAST(value AS INTEGER) FROM metric WHERE metric = 'outcome' AND parameter = 'issues'"
        )
    ]


@claim("topics/*", r"Written on the cards as (‹.+?)\.$")
def _written(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT raw_text, count(DISTINCT card_id) AS n FROM evidence WHERE topic_id = $1 AND how = 'name' GROUP BY ALL "
        "ORDER BY n DESC, raw_text",
        page.topic_id,
    )
    listed = ", ".join(f"‹{plain(surface)[:80]}› ({n})" for surface, n in found[:12])
    said = str(groups[0])
    if len(found) > 12:
        return [f"{listed} and in {len(found) - 12} other ways"]
    # A long spelling is cut, and not looked at here.
    return [said if "…" in said else listed]


@claim("topics/*", r"^It may be the same idea as (.+); nobody has decided\.$")
def _alike(page: Page, groups: Groups) -> Sequence[object]:
    told = re.findall(r"‹([^›]*)› \(([\d,]+) cards?\)", str(groups[0]))
    suspected = page.ask("SELECT topic_a, topic_b FROM topic_alias_candidates")
    names = {
        plain(name)
        for (name,) in page.ask("SELECT member FROM concept_members WHERE concept_id = $1", page.topic_id)
    }
    others = {plain(one) for pair in suspected for one in pair if names & {plain(two) for two in pair}}
    for name, n in told:
        (found,) = page.ask(
            "SELECT topic_id, n_cards_with FROM topic_momentum WHERE kind = 'concept' AND topic = $1", name
        )
        members = page.ask("SELECT member FROM concept_members WHERE concept_id = $1", found[0])
        assert others & {plain(member) for (member,) in members}
        assert n == words.number(found[1])
    return groups  # type: ignore[return-value]


@claim("topics/*", rf"{N} more cards? {ELSEWHERE}")
def _more_cards(page: Page, _: Groups) -> Sequence[object]:
    return [
        words.number(page.one("SELECT count(*) FROM topic_cards WHERE topic_id = $1", page.topic_id) - 50)
    ]


_MATCHED = "FROM concept_match AS m JOIN counted_cards AS c USING (card_id) WHERE m.concept_id = $1"


@claim("topics/*", rf"^No statement matches the definition at {F}\.$")
def _unmatched(page: Page, _: Groups) -> Sequence[object]:
    assert page.one(f"SELECT count(*) {_MATCHED}", page.topic_id) == 0
    return [words.decimal(page.one("SELECT parameter('similarity', 'match')"))]


@claim("topics/*", rf"The definition is matched on {N} of {N} cards? with statements; the topic is named on {N} of these"
       rf"(?:, and {N} of these (?:does|do) not name it)?\.")  # fmt: skip
def _by_meaning(page: Page, _: Groups) -> Sequence[object]:
    able = "SELECT count(*) FROM counted_cards WHERE card_id IN (SELECT card_id FROM statements)"
    matched = f"SELECT count(DISTINCT card_id) {_MATCHED}"
    is_named = "card_id IN (SELECT card_id FROM topic_cards WHERE topic_id = $1)"
    of_topic = (matched, f"{matched} AND {is_named}", f"{matched} AND NOT {is_named}")
    x, n_named, n_unnamed = (words.number(page.one(sql, page.topic_id)) for sql in of_topic)
    return x, words.number(page.one(able)), n_named, *([] if n_unnamed == "0" else [n_unnamed])


@claim("topics/*", rf"{N} more such (?:cards are|card is) in the database:")
def _more_matched(page: Page, _: Groups) -> Sequence[object]:
    return [words.number(page.one(f"SELECT count(DISTINCT card_id) {_MATCHED}", page.topic_id) - 6)]


@claim(
    "topics/*", r"^‹[^›]*› · (\d{4}-\d\d-\d\d) · (?:signals|concerns|behaviors|technologies|emerging issues)"
)
def _meant(page: Page, groups: Groups) -> Sequence[object]:
    days = page.ask(f"SELECT c.issue_date {_MATCHED}", page.topic_id)
    assert groups[0] in {day.isoformat() for (day,) in days}
    return [groups[0]]


@claim("topics/*", r"^(\d{4}-\d\d-\d\d) (?=‹)")
def _on_card(page: Page, groups: Groups) -> Sequence[object]:
    days = page.ask("SELECT issue_date FROM topic_cards WHERE topic_id = $1", page.topic_id)
    assert groups[0] in {day.isoformat() for (day,) in days}
    return [groups[0]]
