# ruff: noqa: E501 - a pattern reads best whole
"""What the sentences of the overview, of newsletter issues, years, outlooks and of the quality of the data claim."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from statistics import median_low
from typing import Any

from statsmodels.stats.proportion import confint_proportions_2indep

from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.publish.report import words
from signals_pipeline.publish.report.reading import MAX_CARDS
from signals_pipeline.publish.report.safe import clipped
from signals_pipeline_tests.publish.report.claims import (
    DAY,
    ELSEWHERE,
    INTERVAL,
    SHOWN,
    YEARS,
    F,
    Groups,
    N,
    P,
    Page,
    Q,
    by_year,
    called_since,
    chance,
    claim,
    in_years,
    n_recent,
    percent,
    said_years,
    share,
    wilson,
)  # fmt: skip
from signals_pipeline_tests.publish.report.prose import plain, quoted

_TOLD_ONCE = "topic_id NOT IN (SELECT topic_id FROM topic_momentum WHERE same_as IS NOT NULL)"
DATED = "FROM counted_cards"


def number(page: Page, sql: str, *values: object) -> str:
    """A count as a page writes it."""
    return words.number(page.one(sql, *values))


# Overview


@claim("index.html", rf"{N} counted cards? in {N} newsletter issues?, from {DAY} to {DAY}\.")
def _counted(page: Page, _: Groups) -> Sequence[object]:
    n, first, last = page.ask("SELECT count(*), min(issue_date), max(issue_date) FROM dated_issues")[0]
    return number(page, f"SELECT count(*) {DATED}"), words.number(n), words.day(first), words.day(last)


_CONCEPTS = "topic_cards WHERE kind = 'concept'"
_FAMILY = f"FROM (SELECT topic_id FROM {_CONCEPTS} GROUP BY topic_id HAVING count(*) >= 8)"
_TESTED = f"SELECT count(*) {_FAMILY}"


def moving(page: Page, stage: str) -> str:
    """How many topics are called so now, each list of keywords and themes once."""
    called = "SELECT topic_id FROM topic_momentum WHERE kind = 'concept' AND stage = $1"
    lists = f"SELECT list(member_topic_id ORDER BY ALL) FROM topic_members WHERE topic_id IN ({called}) GROUP BY topic_id"
    return number(page, f"SELECT count(*) FROM (SELECT DISTINCT * FROM ({lists}))", stage)


@claim("index.html", rf"Of {N} topics? tested, {N} (?:is|are) (rising|falling) by more than noise\.")
def _of_tested(page: Page, groups: Groups) -> Sequence[object]:
    return number(page, _TESTED), moving(page, str(groups[2])), groups[2]


_FACTS = {
    "Counted cards": ("FROM counted_cards", "FROM parsed.cards"),
    "Newsletter issues": ("FROM dated_issues",),
    "Topics tested": (_FAMILY, f"FROM (SELECT DISTINCT topic_id FROM {_CONCEPTS})"),
    "Statements": ("FROM statements",),
    "Sources": (
        "FROM (SELECT DISTINCT source_domain FROM parsed.cards WHERE is_counted AND source_domain IS NOT NULL)",
    ),
    "Rejects": ("FROM parsed.rejects",),
}


@claim("index.html", rf"({'|'.join(_FACTS)}) {N}(?: of {N} (?:read|named))?")
def _fact(page: Page, groups: Groups) -> Sequence[object]:
    found = [number(page, f"SELECT count(*) {table}") for table in _FACTS[str(groups[0])]]
    return [groups[0], *found]


@claim("*", r"(?:Against the|from that of the|their share of the) (\d+) (?:newsletter issues )?before")
def _window(page: Page, _: Groups) -> Sequence[object]:
    return [page.one("SELECT CAST(parameter('share_recent', 'issues') AS INTEGER)")]


@claim("index.html", rf"The newsletter issue of {DAY} has {N} counted cards?\.")
def _newest(page: Page, _: Groups) -> Sequence[object]:
    day = page.one("SELECT max(issue_date) FROM dated_issues")
    return words.day(day), number(page, "SELECT count(*) FROM counted_cards WHERE issue_date = $1", day)


@claim("compare.html", rf"{N} concepts? on the fewest cards (?:is|are) left out here, and so are the rarest keywords and "
       rf"themes beyond the first {N}\.")  # fmt: skip
def _not_compared(page: Page, _: Groups) -> Sequence[object]:
    n = page.one(f"SELECT count(DISTINCT topic_id) FROM {_CONCEPTS}")
    return words.number(n - 5_000), words.number(5_000)


_LAST = f"FROM window_diff WHERE kind = 'concept' AND pair = 'last issue' AND {_TOLD_ONCE}"


@claim("index.html", rf"None of the {N} topics? with enough cards to compare differs from the (\d+) before by more than "
       rf"noise \(the least q is ([\d.]+)\): one newsletter issue of {N} cards? is rarely enough to tell\.")  # fmt: skip
def _no_difference(page: Page, _: Groups) -> Sequence[object]:
    n, least = page.ask(f"SELECT count(q), min(q) {_LAST}")[0]
    assert least >= 0.1
    n_cards = page.one(
        "SELECT count(*) FROM counted_cards WHERE issue_date = (SELECT max(issue_date) FROM dated_issues)"
    )
    return words.number(n), 10, words.q_value(least), words.number(n_cards)


@claim("index.html", rf"{N} topics? differs? from the (\d+) before by more than noise\.")
def _differences(page: Page, _: Groups) -> Sequence[object]:
    return number(page, f"SELECT count(*) {_LAST} AND q < 0.1"), 10


_FIRSTS = f"""
    SELECT topic_id, min(issue_date) AS first, count(*) AS n FROM {_CONCEPTS} AND {_TOLD_ONCE} GROUP BY ALL
"""

_RETURNS = f"""
    WITH numbered AS (
        SELECT DISTINCT topic_id, d.issue_no, d.issue_date FROM topic_cards JOIN dated_issues AS d USING (issue_no)
        WHERE kind = 'concept' AND {_TOLD_ONCE}
    )
    SELECT DISTINCT a.topic_id, a.issue_date FROM numbered AS a
    WHERE a.issue_no > (SELECT min(issue_no) FROM numbered AS b WHERE b.topic_id = a.topic_id)
    AND NOT EXISTS (
        FROM numbered AS b WHERE b.topic_id = a.topic_id AND b.issue_no BETWEEN a.issue_no - 20 AND a.issue_no - 1
    )
"""
"""Topics that were there before, and not in the twenty newsletter issues before one with it."""

_AT_LAST = "issue_date = (SELECT max(issue_date) FROM dated_issues)"
_NAMES_TOLD = rf"((?:(?:new |again )?‹[^›]*›,? ?)+?)(?: and {N} more)?\."

GLANCE = {
    "New": f"SELECT topic_id FROM ({_FIRSTS}) WHERE first = (SELECT max(issue_date) FROM dated_issues)",
    "Back": f"SELECT topic_id FROM ({_RETURNS}) WHERE {_AT_LAST}",
    "Bursting": f"SELECT topic_id FROM topic_burst WHERE kind = 'concept' AND is_open AND q < 0.1 AND {_TOLD_ONCE}",
    **{
        stage.capitalize(): f"SELECT topic_id FROM topic_momentum WHERE kind = 'concept' AND stage = '{stage}' "
        f"AND {_TOLD_ONCE}"
        for stage in ("rising", "falling", "emerging", "risen", "fallen")
    },
    "Gone quiet": f"SELECT topic_id FROM topic_momentum WHERE kind = 'concept' AND stage = 'dormant' AND {_TOLD_ONCE}",
}


def mark_of_call(page: Page, topic_id: str, stage: str) -> str:
    """Whether a call that holds is new with the newest newsletter issue, made again with it, or older."""
    last, first_new = page.ask(
        "SELECT (SELECT max(issue_date) FROM dated_issues), coalesce(stage_before = 'new', FALSE) "
        "FROM topic_momentum WHERE topic_id = $1",
        topic_id,
    )[0]  # fmt: skip
    runs = page.ask(
        "SELECT h.called_from, h.called_to, i.issues_back FROM call_history AS h "
        "LEFT JOIN dated_issues AS i ON i.issue_date = h.called_to WHERE topic_id = $1 AND stage = $2",
        topic_id, stage,
    )  # fmt: skip
    (since,) = (called_from for called_from, called_to, _ in runs if called_to is None)
    ended_lately = any(back is not None and back <= 26 for *_, back in runs)
    if first_new or (since == last and not ended_lately):
        return "new"
    return "again" if since == last else ""


@claim("index.html", r"and ended in the (\d+) newsletter issues before it\.")
def _quiet_before(page: Page, _: Groups) -> Sequence[object]:
    return [26]


@claim(
    "index.html",
    rf"The newest newsletter issue was {N} days? old when this was made; usually {N} days? lie between two\.",
)
def _late(page: Page, _: Groups) -> Sequence[object]:
    days = sorted(day for (day,) in page.ask("SELECT issue_date FROM dated_issues"))
    between = [(b - a).days for a, b in pairwise(days)]
    age = (page.one("SELECT as_of FROM snapshot") - days[-1]).days
    assert age > 3 * median_low(between)
    return words.number(age), words.number(median_low(between))


@claim("index.html", rf"^(New) {N} topics? (?:is|are) named for the first time: {_NAMES_TOLD}$")
@claim(
    "index.html", rf"^(Back) {N} topics? (?:is|are) back after more than 20 newsletter issues: {_NAMES_TOLD}$"
)
@claim("index.html", rf"^(Rising|Falling|Emerging|Bursting) {N} topics?: {_NAMES_TOLD}$")
@claim("index.html", rf"^(Risen) {N} topics? rose earlier without being shown to rise now: {_NAMES_TOLD}$")
@claim("index.html", rf"^(Fallen) {N} topics? fell earlier without being shown to fall now: {_NAMES_TOLD}$")
@claim(
    "index.html", rf"^(Gone quiet) {N} topics? came up in none of the last newsletter issues: {_NAMES_TOLD}$"
)
def _glance(page: Page, groups: Groups) -> Sequence[object]:
    able = page.ask(f"SELECT topic_id, topic FROM topics WHERE topic_id IN ({GLANCE[str(groups[0])]})")
    told = re.findall("(new |again )?‹([^›]*)›", str(groups[2]))
    topic_ids = {as_shown(topic): topic_id for topic_id, topic in able}
    names = [name for _, name in told]
    assert names == [name for name in names if name in topic_ids]
    if groups[0] in ("Rising", "Falling", "Emerging"):
        for mark, name in told:
            assert mark.strip() == mark_of_call(page, topic_ids[name], str(groups[0]).lower())
    left = len(able) - len(names)
    return groups[0], words.number(len(able)), groups[2], *([words.number(left)] if left else [])


def last_year(page: Page) -> list[tuple[str, float, float]]:
    """The topics on eight cards of the last two years, with the difference of their shares in points, and q."""
    return page.ask(
        f"""
        WITH able AS (
            SELECT card_no, issue_date > last - 365 AS is_last
            FROM able_cards, (SELECT max(issue_date) AS last FROM dated_issues)
            WHERE kind = 'concept' AND issue_date > last - 730
        ),
        found AS (
            SELECT topic_id, count(*) FILTER (WHERE is_last) AS x, count(*) FILTER (WHERE NOT is_last) AS y
            FROM {_CONCEPTS.replace(" WHERE", " JOIN able USING (card_no) WHERE")} AND {_TOLD_ONCE}
            GROUP BY ALL HAVING count(*) >= 8
        )
        SELECT topic, 100 * (x / count(*) FILTER (WHERE is_last) - y / count(*) FILTER (WHERE NOT is_last)) AS diff, q
        FROM found JOIN window_diff AS w USING (topic_id), able
        WHERE w.pair = 'last year' GROUP BY topic_id, topic, x, y, q ORDER BY diff DESC, topic, topic_id
        """
    )  # type: ignore[return-value]


@claim(
    "index.html",
    rf"^(Grew|Shrank) {N} topics? over the last year, (?:{N}|none) by more than noise; by most points: (.+)\.$",
)
def _grew(page: Page, groups: Groups) -> Sequence[object]:
    sign = 1 if groups[0] == "Grew" else -1
    moved = [row for row in last_year(page)[::sign] if sign * row[1] > 0]
    n_beyond = sum(q < 0.1 for *_, q in moved)
    names = ", ".join(f"‹{as_shown(topic)}› ({words.points(diff)})" for topic, diff, _ in moved[:8])
    return groups[0], words.number(len(moved)), *([words.number(n_beyond)] if n_beyond else []), names


@claim(
    "index.html",
    rf"^(?:{N}|None) of {N} topics? on enough cards differs? from the year before by more than noise\.$",
)
def _last_year(page: Page, _: Groups) -> Sequence[object]:
    found = last_year(page)
    n_beyond = sum(q < 0.1 for *_, q in found)
    return *([words.number(n_beyond)] if n_beyond else []), words.number(len(found))


@claim(
    "index.html",
    r"^The (\d+) days up to the newest newsletter issue, against the (\d+) before: topics on (\d) cards",
)
def _days(page: Page, _: Groups) -> Sequence[object]:
    return 365, 365, 8


@claim("index.html", rf"^Weak signals {N} topics? first named in (\d{{4}}) came back, and (?:is|are) still on few cards: "
       rf"((?:‹[^›]*› \(\d+\),? ?)+?)(?: and {N} more)?\.$")  # fmt: skip
def _weak_signals(page: Page, groups: Groups) -> Sequence[object]:
    year = page.one("SELECT year(max(issue_date)) FROM dated_issues")
    of_year = replace(page, path=f"years/{year}.html")
    found = page.ask(
        "SELECT topic_id, topic, n_cards_with FROM topic_momentum WHERE kind = 'concept' AND year(first_seen) = $1 "
        f"AND n_cards_with > 1 AND stage IN ('thin', 'new') AND {_TOLD_ONCE} "
        f"AND topic_id NOT IN (SELECT topic_id FROM ({_RETURNS}) WHERE year(issue_date) = $1)",
        year,
    )
    moved = changed(of_year, 1) | changed(of_year, -1) | called_in(of_year, "emerging").keys()
    cards = {as_shown(topic): n for topic_id, topic, n in found if topic_id not in moved}
    named = re.findall(r"‹([^›]*)› ", str(groups[2]))
    left = len(cards) - len(named)
    names = ", ".join(f"‹{name}› ({cards[name]})" for name in named)
    return words.number(len(cards)), year, names, *([words.number(left)] if left else [])


@claim("index.html", rf"A direction is tested for topics on (\d) counted cards or more: (?:{N}|none) of {N} topics? (?:is|are) on so "
       rf"many\. What holds lately is told apart from (\d+) newsletter issues on; here (?:is|are) {N}\.")  # fmt: skip
def _when_told(page: Page, groups: Groups) -> Sequence[object]:
    tested, named = number(page, _TESTED), number(page, f"SELECT count(DISTINCT topic_id) FROM {_CONCEPTS}")
    assert (groups[1] is None) == (tested == "0")
    n_issues = number(page, "SELECT count(*) FROM dated_issues")
    return 8, *([] if groups[1] is None else [tested]), named, 24, n_issues


@claim("index.html", r"It is tested for topics on (\d) cards or more of both\.")
def _least(page: Page, _: Groups) -> Sequence[object]:
    return [page.one("SELECT CAST(parameter('family_size', 'min_cards') AS INTEGER)")]


@claim("index.html", rf"The first of them is “([^”]+)”, called so since {DAY}: "
       rf"(?:the last (\d+) newsletter issues show it; that is (very unlikely|unlikely) to be chance \({Q}\)\.|{SHOWN})")  # fmt: skip
def _first(page: Page, groups: Groups) -> Sequence[object]:
    topic_id, stage, span, rank, q_trend, q_recent = page.ask(
        "SELECT topic_id, stage, log_odds_per_year, log_odds_shrunk, q_trend, q_recent FROM topic_momentum "
        "WHERE topic = $1 AND kind = 'concept'",
        groups[0],
    )[0]  # fmt: skip
    first = "max" if stage == "rising" else "min"
    assert rank == page.one(
        f"SELECT {first}(log_odds_shrunk) FROM topic_momentum WHERE kind = 'concept' AND stage = $1", stage
    )
    topic = replace(page, topic_id=topic_id, kind="concept")
    head = groups[0], words.day(called_since(topic, stage))
    if groups[2] is not None:
        return *head, n_recent(page), *chance(q_recent)
    return *head, *said_years(topic, span), *chance(q_trend)


@claim("*", rf"All charts share one scale, from 0 to {P}; a band that reaches higher is cut\.")
def _scale(page: Page, groups: Groups) -> Sequence[object]:
    # The end of an axis is a round number, and no share of a whole quarter that is drawn lies above it.
    assert float(str(groups[0])) in {*range(1, 101), 2.5, 0.5}
    return groups  # type: ignore[return-value]


@claim("index.html", r"a call is made again where one of the kind ended in the (\d+) before it\.")
def _quiet(page: Page, _: Groups) -> Sequence[object]:
    return [page.one("SELECT CAST(parameter('alert', 'quiet_issues') AS INTEGER)")]


@claim("index.html", r"lately: over the last (\d+) alone")
def _lately(page: Page, _: Groups) -> Sequence[object]:
    return [n_recent(page)]


@claim("index.html", rf"{N} alerts?, {N} of them new(?: and {N} made again)?\.")
def _alerts(page: Page, _: Groups) -> Sequence[object]:
    calls = page.ask(
        "SELECT topic_id, stage FROM topic_momentum "
        f"WHERE kind = 'concept' AND stage IN ('rising', 'falling', 'emerging') AND {_TOLD_ONCE}"
    )
    n_again = sum(mark_of_call(page, *call) == "again" for call in calls)
    n, n_new = (number(page, f"SELECT count(*) FROM alert{which}") for which in ("", " WHERE is_new"))
    return n, n_new, *([words.number(n_again)] if n_again else [])


_QUARTERS = """
    SELECT quarter, count(card_no) AS n
    FROM (
        SELECT unnest(generate_series(
            date_trunc('quarter', min(issue_date)), max(issue_date), INTERVAL 3 MONTH
        )) AS quarter
        FROM dated_issues
    )
    LEFT JOIN counted_cards ON date_trunc('quarter', issue_date) = quarter
    GROUP BY quarter
"""
"""Every quarter from the first newsletter issue to the last."""


@claim("index.html", rf"{N} counted cards? in {N} quarters?, from {N} to {N} a quarter\.")
def _cards(page: Page, _: Groups) -> Sequence[object]:
    return [
        words.number(n) for n in page.ask(f"SELECT sum(n), count(*), min(n), max(n) FROM ({_QUARTERS})")[0]
    ]


@claim("index.html", rf"In (\d+ Q\d) they came from sources as diverse as {F} equally frequent ones\.")
def _diverse(page: Page, _: Groups) -> Sequence[object]:
    day, found = page.ask(
        "SELECT quarter_start, effective_domains FROM source_mix WHERE domain = '(all domains)' ORDER BY ALL DESC"
    )[0]
    return words.quarter(day), words.decimal(found, 1)


@claim("index.html", r"Sources of (\d+ Q\d)")
def _sources(page: Page, _: Groups) -> Sequence[object]:
    return [
        words.quarter(
            page.one("SELECT CAST(date_trunc('quarter', max(issue_date)) AS DATE) FROM counted_cards")
        )
    ]


@claim("index.html", rf"And {N} more in this quarter\.")
def _more_sources(page: Page, _: Groups) -> Sequence[object]:
    quarter = "date_trunc('quarter', issue_date)"
    n = page.one(
        f"SELECT count(DISTINCT coalesce(source_domain, '')) {DATED} "
        f"WHERE {quarter} = (SELECT max({quarter}) {DATED})"
    )
    return [words.number(n - 8)]


@claim("sources.html", rf"^{N} sources? of {N} counted cards?: the domains that the articles are on\."
       rf"(?: The (\d) on most cards have {N} of {N} cards?, {P} {INTERVAL}, between them\.)?"
       rf"(?: {N} counted cards? names? no source\.)?$")  # fmt: skip
def _all_sources(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        f"SELECT count(*) AS n {DATED} WHERE source_domain IS NOT NULL GROUP BY source_domain ORDER BY n DESC"
    )
    counts = [n for (n,) in found]
    n_unknown = page.one(f"SELECT count(*) {DATED} WHERE source_domain IS NULL")
    largest = [3, *share(sum(counts[:3]), sum(counts))] if len(counts) > 3 else []
    unknown = [words.number(n_unknown)] if n_unknown else []
    return words.number(len(counts)), words.number(sum(counts)), *largest, *unknown


@claim("index.html", r"Not counted: (.+?)\. More on")
def _not_counted(page: Page, _: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT not_counted_reason, count(*) AS n FROM parsed.cards WHERE NOT is_counted GROUP BY ALL "
        "ORDER BY n DESC, not_counted_reason"
    )
    return [
        ", ".join(f"{words.count(n, 'card')} ({words.NOT_COUNTED_REASONS[reason]})" for reason, n in found)
    ]


@claim(
    "*",
    rf"{N} more (?:topic|burst|alert|article|name|card|force|reject|pair|part|row|source|statement)s? {ELSEWHERE}",
)
def _more(page: Page, groups: Groups) -> Sequence[object]:
    # How many are left out depends on how many a page lists; it is counted where a page has a list of its own.
    assert page.path.startswith("topics/") or int(str(groups[0]).replace(",", "")) > 0
    return groups  # type: ignore[return-value]


# Newsletter issues


_OF_ISSUE = "FROM parsed.cards WHERE issue_key = $1"


@claim("issues/*", rf"{N} cards?, {N} of them counted(?:: (?:{N}|(no)) topics? named for the first time, (?:{N}|(none)) back after "
       rf"more than (20) newsletter issues)?\.")  # fmt: skip
def _issue(page: Page, groups: Groups) -> Sequence[object]:
    found: list[object] = [
        number(page, f"SELECT count(*) {_OF_ISSUE}", page.issue_key),
        number(page, f"SELECT count(*) {_OF_ISSUE} AND is_counted", page.issue_key),
    ]
    if groups[6] is not None:
        n_new = number(
            page, f"SELECT count(*) FROM ({_FIRSTS}) WHERE CAST(first AS VARCHAR) = $1", page.issue_key
        )
        n_back = number(
            page, f"SELECT count(*) FROM ({_RETURNS}) WHERE CAST(issue_date AS VARCHAR) = $1", page.issue_key
        )
        found += ["no" if n_new == "0" else n_new, "none" if n_back == "0" else n_back, 20]
    return found


@claim("issues/*", r"Not named in the last (\d+) newsletter issues before it")
@claim("years/*", r"more than (\d+) newsletter issues lie between\.")
def _gap(page: Page, _: Groups) -> Sequence[object]:
    return [page.one("SELECT CAST(parameter('n_returning_topics', 'gap') AS INTEGER)")]


@claim("issues/*", rf"^(‹[^›]*›|No category) \({N}\)$")
def _category(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        f"SELECT lower(trim(coalesce(author_category, category))), count(*) {_OF_ISSUE} GROUP BY ALL",
        page.issue_key,
    )
    counts = {f"‹{as_shown(name).lower()}›" if name else "No category": n for name, n in found}
    said = str(groups[0])
    return said, counts[said if said == "No category" else said.lower()]


@claim("issues/*", r"Not counted: ([^.]+?)\.")
def _not_counted_here(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        f"SELECT not_counted_reason, count(*) {_OF_ISSUE} AND NOT is_counted GROUP BY ALL", page.issue_key
    )
    told = {plain(f"{words.count(n, 'card')} ({words.NOT_COUNTED_REASONS[reason]})") for reason, n in found}
    said = str(groups[0])
    assert sum(map(len, told)) + 2 * (len(told) - 1) == len(said)
    return [said] if all(one in said for one in told) else sorted(told)


@claim("issues/*", r"^relevancy (\d+) · (?=‹)")
def _relevancy(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        f"SELECT max(relevancy) FROM parsed.signals WHERE card_id IN (SELECT card_id {_OF_ISSUE}) GROUP BY card_id",
        page.issue_key,
    )
    assert groups[0] in {str(relevancy) for (relevancy,) in found}
    return [groups[0]]


@claim("issues/*", rf"Here are the signals of {N} of {N} articles\.")
def _signals(page: Page, _: Groups) -> Sequence[object]:
    n = number(
        page,
        "SELECT count(DISTINCT c.article_key) FROM parsed.signals JOIN parsed.cards AS c USING (card_id) "
        "WHERE issue_key = $1 AND is_counted AND name IS NOT NULL",
        page.issue_key,
    )
    return "8", n


@claim("issues/*", rf"Its drafts link {N} articles?, of which {N} (?:has a card|have cards) here\.")
def _linked(page: Page, groups: Groups) -> Sequence[object]:
    linked = "SELECT {} FROM parsed.draft_links JOIN parsed.drafts USING (path) WHERE CAST(issue_date AS VARCHAR) = $1"
    n_cards = f"{linked.format('count(DISTINCT article_hash)')} AND has_card"
    return [
        number(page, linked.format("count(DISTINCT article_hash)"), page.issue_key),
        number(page, n_cards, page.issue_key),
    ]


@claim("issues/*", rf"Its mix of keywords and themes is {F} away from that of those before it,.*?; {N} of {N} newsletter issues? "
       r"before it with such a distance (?:was|were) nearer\.")  # fmt: skip
def _mix(page: Page, _: Groups) -> Sequence[object]:
    ours = page.one("SELECT js_distance FROM issue_overview WHERE issue_key = $1", page.issue_key)
    n, nearer = page.ask(
        "SELECT count(js_distance), count(*) FILTER (WHERE js_distance < CAST($1 AS DOUBLE)) FROM issue_overview "
        "WHERE issue_key < $2",
        ours,
        page.issue_key,
    )[0]
    return words.decimal(ours), words.number(nearer), words.number(n)


@claim("issues/*", rf"^Newsletter issue of {DAY}$")
def _title(page: Page, _: Groups) -> Sequence[object]:
    return [
        words.day(page.one("SELECT issue_date FROM newsletter_issues WHERE issue_key = $1", page.issue_key))
    ]


@claim("issues/*", r"(?:Others, in|In) brackets the cards up to now: ((?:‹[^›]*› \(\d+\),? ?)+)\.$")
@claim("years/*", r"^((?:‹[^›]*› \(\d+\),? ?)+)\.$")
def _up_to_now(page: Page, groups: Groups) -> Sequence[object]:
    of_issue = "CAST(first AS VARCHAR) = $1" if page.issue_key else "year(first) = $1"
    found = page.ask(
        f"SELECT t.topic, n FROM ({_FIRSTS}) JOIN topics AS t USING (topic_id) WHERE {of_issue}",
        page.issue_key or page.year,
    )
    told = re.findall(r"‹([^›]*)› \((\d+)\)", str(groups[0]))
    assert set(told) <= {(as_shown(topic), str(n)) for topic, n in found}
    return [groups[0]]


_MEANT = """
    SELECT
        s.section, s.card_id, s.row_no, c.issue_date, k.article_key, e.vector, k.title,
        concat_ws(': ', s.name, s.description) AS said, md5(concat_ws(' ', k.title, k.summary)) AS card_text
    FROM statements AS s
    JOIN counted_cards AS c USING (card_id)
    JOIN parsed.cards AS k USING (card_id)
    JOIN embedding AS e
        ON e.text_hash = md5(concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force))
"""
"""The statements that have a vector."""

_NEAREST_NAMED = f"""
    SELECT e.said, e.title, e.issue_date, round(list_cosine_similarity(a.vector, e.vector), 2) AS cosine,
        a.section, a.card_id, a.row_no
    FROM statement_history AS h
    JOIN ({_MEANT}) AS a USING (section, card_id, row_no)
    JOIN ({_MEANT}) AS e ON (e.section, e.card_id, e.row_no)
        = (h.nearest_earlier_section, h.nearest_earlier_card_id, h.nearest_earlier_row_no)
    WHERE CAST(a.issue_date AS VARCHAR) = $1 AND h.novelty = $2
"""
"""What is named as nearest to statements of a newsletter issue, with the cosine of their vectors."""

_SAID_BEFORE = f"""
    WITH meant AS ({_MEANT})
    SELECT min(e.issue_date), count(DISTINCT e.article_key)
    FROM meant AS a
    JOIN meant AS e ON e.issue_date < a.issue_date AND e.article_key <> a.article_key AND e.card_text <> a.card_text
    WHERE (a.section, a.card_id, a.row_no) = ($1, $2, $3)
    AND round(list_cosine_similarity(a.vector, e.vector), 2) >= parameter('similarity', 'same')
"""

NONE_OR_N = r"(none|[\d,]+)"


@claim("issues/*", rf"Of {N} statements?, compared with {N} of earlier newsletter issues, {NONE_OR_N} (?:is|are) new, "
       rf"{NONE_OR_N} (?:is|are) related to what was said before, and {NONE_OR_N} (?:is|are) close to it\.")  # fmt: skip
def _novelty(page: Page, _: Groups) -> Sequence[object]:
    n_earlier = page.one(
        f"SELECT count(*) FROM ({_MEANT}) WHERE CAST(issue_date AS VARCHAR) < $1", page.issue_key
    )
    found = page.ask(
        "SELECT coalesce(similarity, -1) FROM statement_history JOIN counted_cards USING (card_id) "
        "WHERE CAST(issue_date AS VARCHAR) = $1",
        page.issue_key,
    )
    n_new, n_said = (sum(said) for said in zip(*((one < 0.4, one >= 0.75) for (one,) in found), strict=True))
    parts = (words.number(n) if n else "none" for n in (n_new, len(found) - n_new - n_said, n_said))
    return words.number(len(found)), words.number(n_earlier), *parts


@claim("issues/*", r"at most (\d) statements of a card")
def _of_a_card(page: Page, _: Groups) -> Sequence[object]:
    return [3]


@claim("issues/*", rf"Below a similarity of {F} to the nearest a statement is new, from {F} on it is related to that one, "
       rf"and from {F} on close to it;")  # fmt: skip
def _bounds(page: Page, _: Groups) -> Sequence[object]:
    near, same = (
        words.decimal(page.one("SELECT parameter('similarity', $1)", one)) for one in ("near", "same")
    )
    return near, near, same


@cache
def nearest_named(page: Page, novelty: str) -> list[tuple[Any, ...]]:
    """What the page may name as nearest to its statements."""
    return page.ask(_NEAREST_NAMED, page.issue_key, novelty)


def as_shown(text: str | None) -> str:
    """A text of a card as prose has it."""
    return plain(quoted(clipped(text, 200) or "(no title)"))


def as_named(row: tuple[Any, ...]) -> tuple[str, ...]:
    """What a page says of an earlier statement: its day and card, how near it is, and its text."""
    said, title, day, cosine = row[:4]
    return plain(words.day(day)), as_shown(title), words.decimal(cosine), as_shown(said)


_EARLIER = rf"is of {DAY}, in ‹([^›]*)›, similarity {F}: ‹([^›]*)›"


@claim("issues/*", rf"The nearest before {_EARLIER}")
def _nearest_before(page: Page, groups: Groups) -> Sequence[object]:
    assert tuple(groups) in {as_named(row) for row in nearest_named(page, "new")}
    return groups  # type: ignore[return-value]


@claim("issues/*", rf"Since {DAY}, in {N} articles? before\. The closest {_EARLIER}")
def _said_before(page: Page, groups: Groups) -> Sequence[object]:
    named = [row for row in nearest_named(page, "said before") if as_named(row) == tuple(groups[2:])]
    since = [page.ask(_SAID_BEFORE, *row[4:])[0] for row in named]
    assert (groups[0], groups[1]) in {(plain(words.day(day)), words.number(n)) for day, n in since}
    return groups  # type: ignore[return-value]


@claim(
    "issues.html",
    rf"{N} newsletter issues? with a date(?:, and cards under {N} other names? that (?:is|are) no date)?\.",
)
def _all_issues(page: Page, _: Groups) -> Sequence[object]:
    n = page.one("SELECT count(*) FROM newsletter_issues WHERE issue_date IS NULL")
    return number(page, "SELECT count(*) FROM dated_issues"), *([words.number(n)] if n else [])


@claim("issues.html", rf"{N} newsletter issues? with {F} counted cards on average; that of {DAY} has {N}, and none has "
       r"more\.")  # fmt: skip
def _average(page: Page, _: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT i.issue_date, count(c.card_id) AS n FROM dated_issues AS i LEFT JOIN counted_cards AS c USING (issue_no) "
        "GROUP BY ALL ORDER BY n DESC, i.issue_date DESC"
    )
    total = sum(n for _, n in found)
    return (
        words.number(len(found)),
        words.decimal(total / len(found), 1),
        words.day(found[0][0]),
        words.number(found[0][1]),
    )


# Years


_OF_YEAR = "FROM dated_issues WHERE year(issue_date) = $1"
_CARDS_OF_YEAR = "SELECT count(*) FROM counted_cards WHERE year(issue_date) = $1"


@claim("years/*", r"^The year (\d{4})$")
def _the_year(page: Page, _: Groups) -> Sequence[object]:
    return [page.year]


@claim("years/*", r"(?:First named in|nobody had named before|with the last newsletter issue of) (\d{4})")
def _this_year(page: Page, _: Groups) -> Sequence[object]:
    return [page.year]


@claim(
    "years/*",
    rf"{N} counted cards? in {N} newsletter issues?, {DAY} to {DAY}(?:; {N} in the year before(, which is incomplete)?)?\.",
)
def _year(page: Page, groups: Groups) -> Sequence[object]:
    n, first, last = page.ask(f"SELECT count(*), min(issue_date), max(issue_date) {_OF_YEAR}", page.year)[0]
    before = [number(page, _CARDS_OF_YEAR, page.year - 1)] if groups[4] is not None else []
    first_of_all = page.one("SELECT min(issue_date) FROM dated_issues")
    # The first year has its cards from January on, or lacks some.
    if groups[5] is not None:
        assert first_of_all.year == page.year - 1
        before.append(groups[5])
    return (
        number(page, _CARDS_OF_YEAR, page.year),
        words.number(n),
        words.day(first),
        words.day(last),
        *before,
    )


_TOPICS_OF_YEAR = """
SELECT t.topic, count(*) AS x
FROM topic_cards AS c JOIN counted_topics AS t USING (topic_id)
WHERE year(c.issue_date) = $1 AND c.kind = 'concept'
GROUP BY t.topic_id, t.topic
"""


@claim("years/*", rf"{N} topics are on at least one card, {N} on more than one\. “‹(.+?)›” is on most cards: "
       rf"{N} of {N} cards?, {P} {INTERVAL}\.")  # fmt: skip
def _topics_of_year(page: Page, _: Groups) -> Sequence[object]:
    xs = page.ask(f"SELECT topic, x FROM ({_TOPICS_OF_YEAR}) ORDER BY x DESC, topic", page.year)
    n = page.one(
        "SELECT count(*) FROM able_cards WHERE year(issue_date) = $1 AND kind = 'concept'",
        page.year,
    )  # fmt: skip
    topic, x = xs[0]
    return words.number(len(xs)), words.number(sum(x > 1 for _, x in xs)), topic, *share(x, n)


def compared(page: Page) -> list[tuple[str, int, int, int, int]]:
    """Topics on eight cards of the year and the one before, with such cards and able ones, of either."""
    return page.ask(
        """
        WITH able AS (
            SELECT kind, year(issue_date) AS year, count(*) AS n
            FROM able_cards GROUP BY ALL
        ),
        found AS (
            SELECT topic_id, kind, count(*) FILTER (WHERE year(issue_date) = $1) AS x,
                count(*) FILTER (WHERE year(issue_date) = $1 - 1) AS xa
            FROM topic_cards WHERE kind = 'concept' GROUP BY ALL HAVING x + xa >= 8
        )
        SELECT f.topic_id, f.x, a.n, f.xa, b.n FROM found AS f
        JOIN able AS a ON a.kind = f.kind AND a.year = $1
        JOIN able AS b ON b.kind = f.kind AND b.year = $1 - 1
        """,
        page.year,
    )  # type: ignore[return-value]


@claim("years/*", rf"{N} topics? (?:is|are) on enough cards of (\d+) and (\d+) to be compared\. The interval of the difference "
       rf"leaves out zero for {N} of them; about {N} would do so by chance if nothing had changed\.")  # fmt: skip
def _changes(page: Page, _: Groups) -> Sequence[object]:
    found = compared(page)
    clear = len(changed(page, 1)) + len(changed(page, -1))
    n_able, n_clear, n_by_chance = (words.number(n) for n in (len(found), clear, round(len(found) / 20)))
    return n_able, page.year - 1, page.year, n_clear, n_by_chance


@cache
def changed(page: Page, sign: int) -> set[str]:
    """The topics whose share is surely larger, or smaller, than in the year before."""
    ends = {
        topic_id: confint_proportions_2indep(x, n, xa, na, method="newcomb")
        for topic_id, x, n, xa, na in compared(page)
    }
    return {topic_id for topic_id, (low, high) in ends.items() if (low > 0 if sign > 0 else high < 0)}


def called_in(page: Page, stage: str) -> dict[str, bool]:
    """The topics that were called so in some newsletter issue of the year, and whether they were in its last."""
    found = page.ask(
        """
        WITH issues AS (FROM dated_issues WHERE year(issue_date) = $2)
        SELECT h.topic_id, max(i.issue_date) = (SELECT max(issue_date) FROM issues)
        FROM call_history AS h
        JOIN issues AS i ON i.issue_date >= h.called_from AND (h.called_to IS NULL OR i.issue_date <= h.called_to)
        WHERE h.kind = 'concept' AND h.stage = $1
        GROUP BY h.topic_id
        """,
        stage, page.year,
    )  # fmt: skip
    twins = {topic_id for (topic_id,) in page.ask(_TWINS)}
    return {topic_id: is_held for topic_id, is_held in found if topic_id not in twins}


_TWINS = "SELECT topic_id FROM topic_momentum WHERE same_as IS NOT NULL"


def moved(page: Page, stage: str) -> tuple[int, int, int]:
    """How many topics are called so at the end of the year, were before, and of others only have such a share."""
    called = called_in(page, stage)
    held = {topic_id for topic_id, is_held in called.items() if is_held}
    sign = {"rising": 1, "falling": -1}.get(stage)
    twins = {topic_id for (topic_id,) in page.ask(_TWINS)}
    return len(held), len(called) - len(held), len(changed(page, sign) - held - twins) if sign else 0


def n_returned(page: Page) -> int:
    """How many topics came back in the year."""
    return page.one(  # type: ignore[no-any-return]
        f"SELECT count(DISTINCT topic_id) FROM ({_RETURNS}) WHERE year(issue_date) = $1", page.year
    )


@claim(
    "years/*",
    rf"^(?:{N}|(No)) topics? (?:was|were) called (rising|falling|emerging) with the last newsletter issue of the year\.$",
)
def _called(page: Page, groups: Groups) -> Sequence[object]:
    n, *_ = moved(page, str(groups[2]))
    return words.number(n) if n else "No", groups[2]


@claim(
    "years/*",
    rf"^{N} topics? (?:was|were) called (rising|falling|emerging) in (\d{{4}}), and no longer at its end: (.+?)(?: and {N} more)?\.$",
)
def _called_before(page: Page, groups: Groups) -> Sequence[object]:
    _, n, _ = moved(page, str(groups[1]))
    runs = page.ask(
        """
        SELECT topic, called_from, called_to FROM call_history WHERE kind = 'concept' AND stage = $1
        """,
        groups[1],
    )
    spans = {(as_shown(topic), str(start), str(end or "")) for topic, start, end in runs}
    told = re.findall(r"‹([^›]*)› \(([^)]*)\)", str(groups[3]))
    for topic, dates in told:
        for one in dates.split(", "):
            start, _, end = one.partition(" to ")
            assert (topic, start, end or start) in spans
    left = n - len(told)
    return words.number(n), groups[1], page.year, groups[3], *([words.number(left)] if left else [])


@claim("years/*", rf"^The share of {N} (?:other )?topics? is (larger|smaller) than in (\d{{4}}), each by its own interval\. "
       r"(?:They are|It is) not tested (?:together|with the others), and (?:are|is) not called (rising|falling)\.$")  # fmt: skip
def _changed(page: Page, groups: Groups) -> Sequence[object]:
    stage = "rising" if groups[1] == "larger" else "falling"
    *_, n = moved(page, stage)
    return words.number(n), groups[1], page.year - 1, stage


@claim("years/*", rf"^{N} topics? came back after a long gap;")
def _came_back(page: Page, _: Groups) -> Sequence[object]:
    return [words.number(n_returned(page))]


@claim("years/*", rf"^(?:{N}(?: topics?)? rose, )?(?:{N}(?: topics?)? fell, )?(?:{N}(?: topics?)? emerged, )?"
       rf"(?:{N}(?: topics?)? returned, )?{N}(?: topics?)? (?:was|were) named for the first time\.")  # fmt: skip
def _in_short(page: Page, _: Groups) -> Sequence[object]:
    counts = [*(moved(page, stage)[0] for stage in ("rising", "falling", "emerging")), n_returned(page)]
    return *(words.number(n) for n in counts if n), words.number(len(firsts(page)))


def firsts(page: Page) -> list[int]:
    """The cards of each topic that was first named in the year."""
    found = page.ask(
        f"SELECT count(*) AS n FROM {_CONCEPTS} GROUP BY topic_id HAVING year(min(issue_date)) = $1",
        page.year,
    )
    return [n for (n,) in found]


@claim("years/*", rf"^‹([^›]*)›, {N} cards?(?: (up to now); today: ([a-z ]+))?$")
def _of_topic(page: Page, groups: Groups) -> Sequence[object]:
    cards = "SELECT count(*) FROM topic_cards AS c JOIN topics AS t USING (topic_id) WHERE t.kind = 'concept'"
    of_year = "" if groups[2] else f"AND year(c.issue_date) = {page.year}"
    n = page.one(f"{cards} AND t.topic = $1 {of_year}", groups[0])
    if groups[2] is None:
        return groups[0], words.number(n)
    topic_id, stage = page.ask(
        "SELECT topic_id, stage FROM topic_momentum WHERE kind = 'concept' AND topic = $1", groups[0]
    )[0]
    # What is said to be weak is said nowhere else on the page to have moved.
    assert not any(topic_id in called_in(page, one) for one in ("rising", "falling", "emerging"))
    assert not any(topic_id in changed(page, sign) for sign in (1, -1))
    return groups[0], words.number(n), groups[2], words.STAGES[stage]


@claim(
    "years/*",
    rf"{N} topics? (?:was|were) named for the first time; {N} of them (?:is|are) on more than one card\.",
)
def _young(page: Page, _: Groups) -> Sequence[object]:
    found = firsts(page)
    return words.number(len(found)), words.number(sum(n > 1 for n in found))


_NAMES = {words.SECTIONS[name].capitalize(): name for name in STATEMENT_SECTIONS}


def names(page: Page, section: str) -> list[Any]:
    """On how many counted cards of the year each name of a section stands, without its case."""
    return page.ask(
        """
        SELECT lower(trim(s.name)) AS name, count(DISTINCT s.card_id) AS n
        FROM statements AS s JOIN counted_cards AS c USING (card_id)
        WHERE s.section = $1 AND year(c.issue_date) = $2 AND s.name IS NOT NULL GROUP BY ALL
        """,
        section, page.year,
    )  # fmt: skip


@claim("years/*", rf"^{N} cards? with {N} different names?, {N} of them on more than one card\.$")
def _names(page: Page, groups: Groups) -> Sequence[object]:
    # The heading stands in another block: one of the sections has these numbers.
    found = []
    for section in SECTIONS:
        if section in STATEMENT_SECTIONS:
            of_section = names(page, section)
            n_cards = page.one(
                "SELECT count(DISTINCT s.card_id) FROM statements AS s JOIN counted_cards AS c USING (card_id) "
                "WHERE s.section = $1 AND year(c.issue_date) = $2 AND s.name IS NOT NULL",
                section, page.year,
            )  # fmt: skip
            found.append([
                words.number(one) for one in (n_cards, len(of_section), sum(n > 1 for _, n in of_section))
            ])  # fmt: skip
    assert list(groups) in found
    return groups  # type: ignore[return-value]


def ranked(page: Page) -> dict[tuple[str, ...], list[tuple[str, int]]]:
    """The names of each section on more than one card that are new, by what its sentence counts."""
    found = {}
    for section in STATEMENT_SECTIONS:
        of_section = page.ask(
            """
            SELECT min(s.name), count(DISTINCT s.card_id) AS n,
                min(c.issue_date) > (SELECT max(issue_date) - 365 FROM dated_issues)
            FROM statements AS s JOIN counted_cards AS c USING (card_id)
            WHERE s.section = $1 AND s.name IS NOT NULL GROUP BY lower(trim(s.name))
            """,
            section,
        )
        new = [(name, n) for name, n, is_new in of_section if is_new and n > 1]
        n_recurring = sum(n > 1 for _, n, _ in of_section)
        found[words.number(len(of_section)), words.number(n_recurring), words.number(len(new))] = new
    return found


@claim(
    "statements.html",
    rf"^{N} different names?, {N} of them on more than one card(?:; (?:{N}|none) of these (?:is|are) new)?\.$",
)
def _ranked(page: Page, groups: Groups) -> Sequence[object]:
    # The heading stands in another block: one of the sections has these numbers.
    assert (groups[0], groups[1], groups[2] or "0") in ranked(page)
    return [value for value in groups if value is not None]


@claim("statements.html", rf"^New: ((?:‹[^›]*› \(\d+\),? ?)+?)(?: and {N} more)?\.$")
def _new_names(page: Page, groups: Groups) -> Sequence[object]:
    told = re.findall(r"‹([^›]*)› \((\d+)\)", str(groups[0]))
    assert any(
        {(clipped_as_shown(name), str(n)) for name, n in new} >= set(told)
        and len(new) - len(told) == int(str(groups[1] or 0).replace(",", ""))
        for new in ranked(page).values()
    )
    return [value for value in groups if value is not None]


def clipped_as_shown(name: str) -> str:
    """A name of a statement as the ranking writes it."""
    return plain(quoted(clipped(name, 100)))


@claim(
    "statements.html", rf"^{N} more statements? ha(?:s|ve) no name, so (?:it is|they are) not among these\.$"
)
def _unnamed(page: Page, groups: Groups) -> Sequence[object]:
    # The heading stands in another block: one of the sections has this number.
    counts = page.ask(
        "SELECT count(*) FROM statements JOIN parsed.cards USING (card_id) "
        "WHERE is_counted AND name IS NULL GROUP BY section"
    )
    assert str(groups[0]) in {f"{n:,}" for (n,) in counts}
    return [str(groups[0])]


@claim("statements.html", r"^New is what no counted card named before the last (\d+) days\.")
def _new_is(page: Page, _: Groups) -> Sequence[object]:
    return [365]


@claim("years/*", r"^relevancy (\d+) · (?=‹)")
def _of_statement(page: Page, groups: Groups) -> Sequence[object]:
    # What a card itself says: a relevancy from 1 to 10, and the cards of a topic on few of them.
    for value in groups:
        assert value is None or 1 <= int(value.replace(",", "")) <= 10
    return [value for value in groups if value is not None]


# Lists, and the quality of the data


@claim("topics.html", rf"{N} topics? on counted cards\. Each is an idea with all its names, as keyword and as theme\. {N} (?:is|are) on enough cards to be tested "
       rf"for a trend; the {N} on most cards have a page\.")  # fmt: skip
def _list_of_topics(page: Page, _: Groups) -> Sequence[object]:
    n = number(page, f"SELECT count(DISTINCT topic_id) FROM {_CONCEPTS}")
    # There are fewer than the 300 that may have one.
    on_enough = f"SELECT topic_id FROM {_CONCEPTS} GROUP BY topic_id HAVING count(*) >= 3"
    return n, number(page, _TESTED), number(page, f"SELECT count(*) FROM ({on_enough})")


# The map


def drawn(page: Page) -> list[Any]:
    """The topics of the map: of the 400 on most cards those with a direction, each once."""
    return page.ask("""
        WITH paged AS (
            SELECT * FROM topic_momentum WHERE kind = 'concept' AND family_size IS NOT NULL
            ORDER BY n_cards_with DESC, topic, topic_id LIMIT 400
        )
        SELECT topic_id, stage, coalesce(q_called, q_trend) FROM paged
        WHERE log_odds_per_year IS NOT NULL AND same_as IS NULL
    """)


@claim("map.html", rf"Of {N} topics? tested for a trend, {N} (?:is|are) drawn: those with a page, each once")
def _map(page: Page, _: Groups) -> Sequence[object]:
    return number(page, _TESTED), words.number(len(drawn(page)))


NO_OR_N = r"([Nn]one|[\d,]+)"


def none_or(*values: int) -> list[str]:
    """Numbers as the map writes them, the first one at the beginning of its sentence."""
    said = [words.number(n) if n else "none" for n in values]
    return [said[0].capitalize(), *said[1:]]


@claim("map.html", rf"{NO_OR_N} (?:is|are) called rising, falling, emerging or bursting now, on the outer ring; {NO_OR_N} "
       rf"moved earlier, {NO_OR_N} (?:is|are) level or gone quiet, and of {NO_OR_N} no direction is told\.")  # fmt: skip
def _rings(page: Page, _: Groups) -> Sequence[object]:
    stages = [stage for _, stage, _ in drawn(page)]
    rings = [("rising", "falling", "emerging", "bursting"), ("risen", "fallen"), ("steady", "dormant")]
    told = [sum(stages.count(stage) for stage in ring) for ring in rings]
    return none_or(*told, len(stages) - sum(told))


@claim("map.html", rf"The direction of {NO_OR_N} of {N} topics? is more than noise(?:; a line shows its interval)?\."
       rf"(?: {N} (?:is|are) on no card of the last {N} newsletter issues, on the left\.)?")  # fmt: skip
def _more_than_noise(page: Page, groups: Groups) -> Sequence[object]:
    found = drawn(page)
    absent = page.one(
        "SELECT count(*) FROM unnest($1) AS t (topic_id) WHERE topic_id NOT IN (SELECT topic_id FROM topic_cards "
        "WHERE issue_date IN (SELECT issue_date FROM dated_issues ORDER BY issue_date DESC LIMIT 10))",
        [topic_id for topic_id, _, _ in found],
    )  # fmt: skip
    assert (groups[2] is None) == (absent == 0)
    last = [words.number(absent), 10] if absent else []
    sure = sum(q < 0.1 for *_, q in found)
    return words.number(sure) if sure else "none", words.number(len(found)), *last


def surest_pairs(page: Page) -> tuple[int, int, int]:
    """How many pairs are drawn, of how many topics, of how many pairs: 60 topics and 120 pairs at most."""
    topic_ids = {topic_id for topic_id, _, _ in drawn(page)}
    pairs = [
        {a, b} for a, b in page.ask(
            "SELECT topic_id_a, topic_id_b FROM topic_pair "
            "WHERE kind = 'concept' AND span = 'all' AND npmi > 0 AND q < 0.1 ORDER BY g2 DESC, topic_a, topic_b"
        ) if {a, b} <= topic_ids
    ]  # fmt: skip
    shown: list[set[str]] = []
    for pair in pairs:
        if len(set().union(*shown, pair)) <= 60 and len(shown) < 120:
            shown.append(pair)
    return len(shown), len(set().union(*shown)), len(pairs)


@claim(
    "map.html",
    rf"Of {N} pairs that are more than noise, (?:the surest {N}|all) are drawn, between {N} topics\.",
)
def _pairs_drawn(page: Page, groups: Groups) -> Sequence[object]:
    n, n_topics, n_pairs = surest_pairs(page)
    assert (groups[1] is None) == (n == n_pairs)
    return words.number(n_pairs), *([] if n == n_pairs else [words.number(n)]), words.number(n_topics)


@claim("map.html", r"^Pairs that the last (\d+) newsletter issues name together")
def _last_issues(page: Page, _: Groups) -> Sequence[object]:
    return [26]


@claim(
    "map.html",
    rf"^{N} pairs? (?:is|are) nearer than before, (?:{N}|none) of them never together until then\.$",
)
def _nearer(page: Page, _: Groups) -> Sequence[object]:
    n, never = page.ask(
        f"""
        WITH last AS (FROM dated_issues ORDER BY issue_date DESC LIMIT 26),
        named AS (FROM topic_cards SELECT topic_id, card_no, issue_no IN (SELECT issue_no FROM last) AS is_last),
        before AS (
            SELECT a.topic_id AS topic_id_a, b.topic_id AS topic_id_b
            FROM named AS a JOIN named AS b USING (card_no) WHERE NOT a.is_last GROUP BY ALL
        )
        SELECT count(*), count(*) FILTER (WHERE b.topic_id_a IS NULL)
        FROM topic_pair AS p LEFT JOIN before AS b USING (topic_id_a, topic_id_b)
        WHERE p.kind = 'concept' AND p.span = 'last' AND p.npmi_change > 0 AND p.q < 0.1
        AND topic_id_a IN (SELECT topic_id FROM topic_momentum WHERE {_TOLD_ONCE})
        AND topic_id_b IN (SELECT topic_id FROM topic_momentum WHERE {_TOLD_ONCE})
        """
    )[0]
    return words.number(n), *([words.number(never)] if never else [])


@claim("map.html", rf"{N} pairs? (?:is|are) more than noise: too few for a drawing\.")
def _few_pairs(page: Page, _: Groups) -> Sequence[object]:
    n, _, n_pairs = surest_pairs(page)
    assert n == n_pairs < 4
    return [words.number(n)]


# The quality of the data


@claim("data.html", rf"A sheet holds at most {N} rows(?:; of {N} statements it has those of the newest cards)?\. "
       rf"The CSV file of the same name has up to {N}\.")  # fmt: skip
def _cut(page: Page, groups: Groups) -> Sequence[object]:
    n = page.one("SELECT count(*) FROM statements")
    assert (groups[1] is None) == (n <= 5_000)
    return words.number(5_000), *([words.number(n)] if n > 5_000 else []), words.number(100_000)


@claim("quality.html", r"a relevancy of (\d) to (\d), the more the stronger")
def _scale(page: Page, _: Groups) -> Sequence[object]:
    return 0, 5


@claim("quality.html", rf"{N} text files? (?:was|were) looked at, and {N} cards? (?:was|were) read\. (?:{N} files?, cards? "
       rf"(?:and|or) rows? could not be read\.|Everything in them could be read\.) {N} of the cards (?:is|are) counted, "
       rf"{N} (?:is|are) not\.")  # fmt: skip
def _read(page: Page, groups: Groups) -> Sequence[object]:
    rejects = page.one("SELECT count(*) FROM parsed.rejects")
    assert (groups[2] is None) == (rejects == 0)
    n_files = page.one("SELECT n_files FROM snapshot")
    cards, counted = page.ask("SELECT count(*), count(*) FILTER (WHERE is_counted) FROM parsed.cards")[0]
    found = [n_files, cards, *([rejects] if rejects else []), counted, cards - counted]
    return [words.number(n) for n in found]


@claim("quality.html", rf"Of {N} calls? that a topic is rising, falling or emerging, {N} went on, {N} levelled off and "
       rf"{N} turned\.")  # fmt: skip
def _past_calls(page: Page, _: Groups) -> Sequence[object]:
    last = page.one("SELECT max(issue_date) FROM dated_issues")
    found = page.ask(
        "SELECT outcome FROM call_history WHERE kind = 'concept' AND called_from <= CAST($1 AS DATE) - INTERVAL 2 YEAR "
        "AND stage NOT IN ('risen', 'fallen')",
        last,
    )
    known = [outcome for (outcome,) in found if outcome != "too early"]
    outcomes = [known.count(outcome) for outcome in ("went on", "levelled off", "turned")]
    return [words.number(n) for n in (len(known), *outcomes)]


@claim(
    "quality.html",
    rf"{N} of {N} counted cards? \({P}\) have ([a-z ]+), and {N} of {N} counted cards? \({P}\) have ([a-z ]+)\.",
)
def _filled(page: Page, groups: Groups) -> Sequence[object]:
    by_words = {text: name for name, text in words.SECTIONS.items()}
    n = page.one("SELECT count(*) FROM counted_cards")
    found: list[object] = []
    for place in (3, 7):
        name = by_words[str(groups[place])]
        table = (
            f"parsed.{name}"
            if name in ("keywords", "themes")
            else f"(FROM statements WHERE section = '{name}')"
        )
        x = page.one(f"SELECT count(DISTINCT card_id) FROM {table} JOIN counted_cards USING (card_id)")
        found += [words.number(x), words.number(n), percent(x / n), groups[place]]
    return found


@claim("quality.html", rf"{N} of {N} counted cards?, {P}, have form (\S+)\.")
def _forms(page: Page, groups: Groups) -> Sequence[object]:
    n = page.one("SELECT count(*) FROM counted_cards")
    forms = dict(page.ask("SELECT form, count(*) FROM counted_cards GROUP BY ALL"))
    x = forms[groups[3]]
    assert x == max(forms.values())
    return words.number(x), words.number(n), percent(x / n), groups[3]


@claim("quality.html", rf"{N} cards? (?:has|have) an id that is not made from (?:its|their) link")
def _unmatched(page: Page, _: Groups) -> Sequence[object]:
    return [number(page, "SELECT count(*) FROM parsed.cards WHERE NOT id_matches_link")]


@claim("quality.html", rf"{N} texts? of cards, statements, topics and definitions (?:has|have) a vector")
def _vectors(page: Page, _: Groups) -> Sequence[object]:
    return [number(page, "SELECT count(*) FROM embedding")]


@claim("quality.html", rf"With more than {N} cards, statements have none:")
def _without_statements(page: Page, _: Groups) -> Sequence[object]:
    assert page.one("SELECT count(*) FROM parsed.cards") > 30_000
    return ["30,000"]


@claim("quality.html", rf"{N} cards? (?:has|have) an odd date\.")
def _odd(page: Page, _: Groups) -> Sequence[object]:
    return [number(page, "SELECT count(*) FROM parsed.cards WHERE issue_date_flags IS NOT NULL")]


_KIND, _QUOTED = "(concept|keyword|theme)", "“([^”]+)”"
_FALLS = rf"The {_KIND} {_QUOTED} is falling, called so since {DAY}: {YEARS}\."
_RISES = rf"The {_KIND} {_QUOTED} is (rising|emerging), called so since {DAY}: {YEARS}\."
_BOTH = rf"The concept {_QUOTED}, which counts both, is shown neither to rise nor to fall: {YEARS}\."
_NEAR = rf"They are near in meaning \({F}\), and no concept has both\. Together: {YEARS}\."


@claim("quality.html", rf"{_FALLS} {_RISES} (?:{_BOTH}|{_NEAR})")
def _substitution(page: Page, groups: Groups) -> Sequence[object]:
    kind, falling, rising, stage, concept = (groups[place] for place in (0, 1, 5, 6, 9))
    falls, rises = named(page, kind, falling), named(page, kind, rising)
    found: list[object] = [kind, falling, words.day(called_since(falls, "falling")), *by_year(falls)]
    found += [kind, rising, stage, words.day(called_since(rises, str(stage))), *by_year(rises)]
    if concept is not None:
        return *found, concept, *by_year(named(page, "concept", concept))
    n = dict(page.ask("SELECT year(issue_date), count(*) FROM able_cards WHERE kind = $1 GROUP BY ALL", kind))
    x = dict(
        page.ask(
            "SELECT year(issue_date), count(DISTINCT card_no) FROM topic_cards WHERE topic_id IN ($1, $2) GROUP BY ALL",
            falls.topic_id, rises.topic_id,
        )
    )  # fmt: skip
    together = in_years(page, [(year, x.get(year, 0), n[year]) for year in sorted(n)])
    similarity = page.one(
        "SELECT similarity FROM substitution WHERE falling_topic_id = $1 AND rising_topic_id = $2",
        falls.topic_id, rises.topic_id,
    )  # fmt: skip
    return *found, words.decimal(similarity), together


def named(page: Page, kind: str | None, topic: str | None) -> Page:
    """What is asked of a topic, as on a page of its own."""
    topic_id = page.one("SELECT topic_id FROM topics WHERE kind = $1 AND topic = $2", kind, topic)
    return replace(page, topic_id=topic_id, kind=str(kind))


@claim(
    "years/*", rf"Signals on {N} cards? say what drives them\. {N} forces? (?:is|are) on more than one card\."
)
def _drivers_of_year(page: Page, _: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT DISTINCT card_id, driving_force FROM parsed.signals JOIN counted_cards USING (card_id) "
        "WHERE year(issue_date) = $1 AND driving_force <> ''",
        page.year,
    )
    of_force: dict[str, set[str]] = {}
    for card_id, force in found:
        of_force.setdefault(re.sub(r"[\W_]+", " ", force.lower()).strip(), set()).add(card_id)
    n_shared = sum(len(cards) > 1 for cards in of_force.values())
    return words.number(len({card_id for card_id, _ in found})), words.number(n_shared)


# Outlooks

_DUE = "FROM outlook JOIN parsed.cards USING (card_id) WHERE is_counted AND due <= (SELECT max(issue_date) FROM dated_issues)"


@claim("outlooks.html", rf"The counted cards have {N} outlooks?\.")
def _outlooks(page: Page, _: Groups) -> Sequence[object]:
    return [number(page, """
        SELECT count(*) FROM parsed.signals JOIN counted_cards USING (card_id)
        WHERE regexp_matches(coalesce(ten_year, ''), '\\pL') OR regexp_matches(coalesce(change, ''), '\\pL')
    """)]  # fmt: skip


@claim("outlooks.html", rf"(?:{N}|(None)) came due by {DAY}, the day of the last newsletter issue(?:, and of these "
       rf"(?:{N}|none) (?:is|are) undecided)?\.")  # fmt: skip
def _due(page: Page, groups: Groups) -> Sequence[object]:
    last = words.day(page.one("SELECT max(issue_date) FROM dated_issues"))
    n = page.one(f"SELECT count(*) {_DUE}")
    undecided = page.one(
        f"SELECT count(*) {_DUE} AND verdict IS DISTINCT FROM 'came true' AND verdict IS DISTINCT FROM 'did not'"
    )
    if not n:
        return "None", last
    assert (groups[3] is None) == (undecided == 0)
    return words.number(n), last, *([words.number(undecided)] if undecided else [])


@claim("outlooks.html", rf"The next day on which one comes due is {DAY}\.")
def _next_due(page: Page, _: Groups) -> Sequence[object]:
    return [
        words.day(
            page.one("SELECT min(due) FROM outlook WHERE due > (SELECT max(issue_date) FROM dated_issues)")
        )
    ]


@claim("outlooks.html", rf"read from its text: {N} texts? names? a year or decade, and {N} a span of time, which begins with "
       rf"the newsletter issue\. {N} texts? names? no time, and stands? in the column for what may be in ten years\."
       rf"(?: {N} texts? of (?:a change|changes) names? no time, and ha(?:s|ve) no day\.)?")  # fmt: skip
def _due_by(page: Page, groups: Groups) -> Sequence[object]:
    found = dict(page.ask("SELECT due_by, count(*) FROM outlook GROUP BY ALL"))
    assert (groups[3] is None) == (None not in found)
    named = [found.get(by, 0) for by in ("year", "span", "column")]
    return [words.number(n) for n in (*named, *([found[None]] if None in found else []))]


_VERDICT = rf"It (came true|did not come true|was found open), by a verdict of {DAY}(?:, (?:as seen here|as seen here, not to be followed:) ?)?\."


@claim("outlooks.html", r"These (\d+) outlooks come due first\.")
def _next_due_listed(page: Page, _: Groups) -> Sequence[object]:
    n = page.one(
        "SELECT count(*) FROM outlook WHERE due > (SELECT max(issue_date) FROM dated_issues) "
        "AND (verdict IS NULL OR verdict = 'open')"
    )
    return [min(n, 20)]


@claim("outlooks.html", _VERDICT)
def _judged(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask("SELECT verdict, decided FROM verdict WHERE why_not IS NULL")
    in_words = {"came true": "came true", "did not": "did not come true", "open": "was found open"}
    said = {(in_words[verdict], plain(words.day(day))) for verdict, day in found}
    return (groups[0], groups[1]) if (groups[0], groups[1]) in said else sorted(said)


@claim(
    "outlooks.html",
    rf"It (?:is|was) due {DAY}: [a-z ,]+\. It was said in the newsletter issue of {DAY}, on (?:the card ‹[^›]*›|‹a card without a title›(?: of ‹[^›]*›)?)\.",
)
def _said(page: Page, groups: Groups) -> Sequence[object]:
    found = page.ask(
        "SELECT DISTINCT o.due, c.issue_date FROM outlook AS o JOIN counted_cards AS c USING (card_id)"
    )
    said = {tuple(plain(words.day(day)) for day in one) for one in found if None not in one}
    return tuple(groups) if tuple(groups) in said else sorted(said)


_DECIDED = "FROM outlook WHERE verdict IN ('came true', 'did not')"


@claim("outlooks.html", rf"Of {N} outlooks? that (?:was|were) due when (?:it was|they were) decided, {N} came true, "
       rf"{P} {INTERVAL}\.")  # fmt: skip
def _came_true(page: Page, _: Groups) -> Sequence[object]:
    verdicts = [one for (one,) in page.ask(f"SELECT verdict {_DECIDED} AND due <= decided")]
    x, n = verdicts.count("came true"), len(verdicts)
    return words.number(n), words.number(x), percent(x / n), *wilson(x, n)


@claim("outlooks.html", rf"{N} outlooks? came true early or without a day, and (?:is|are) in no share\.")
def _came_early(page: Page, _: Groups) -> Sequence[object]:
    return [number(page, f"SELECT count(*) {_DECIDED} AND (due > decided OR due IS NULL)")]


@claim("outlooks.html", rf"{N} outlooks? (?:was|were) found open\.")
def _found_open(page: Page, _: Groups) -> Sequence[object]:
    return [number(page, "SELECT count(*) FROM verdict WHERE why_not IS NULL AND verdict = 'open'")]


# Search


@claim("search.html", rf"The texts of the newest {N} cards? of {N} are here")
def _searched(page: Page, _: Groups) -> Sequence[object]:
    n = page.one("SELECT count(*) FROM parsed.cards")
    return words.number(min(n, MAX_CARDS)), words.number(n)


# Changes


_CHANGES = {
    "calls? made": "call made",
    "calls? ended": "call ended",
    "new newsletter issues?": "issue new",
    "newsletter issues? gone": "issue removed",
    "new cards?": "card new",
    "cards? changed": "card changed",
    "cards? with another date": "card dated",
    "cards? gone": "card removed",
    "concepts? at another stage": "stage changed",
}


@claim("changes.html", rf"{N} ({'|'.join(_CHANGES)})[,.]")
def _changes(page: Page, groups: Groups) -> Sequence[object]:
    kind = next(kind for pattern, kind in _CHANGES.items() if re.fullmatch(pattern, str(groups[1])))
    # What is new no longer is counted apart.
    told = "change_kind <> 'stage changed' OR before <> 'new'"
    sql = f"SELECT count(*) FROM snapshot_diff WHERE change_kind = $1 AND ({told})"
    return number(page, sql, kind), groups[1]


@claim(
    "changes.html",
    rf"{N} concepts? (?:was|were) new in the snapshot before, and (?:is|are) no longer: (.+)\.$",
)
def _no_longer_new(page: Page, _: Groups) -> Sequence[object]:
    found = [
        after
        for (after,) in page.ask(
            "SELECT after FROM snapshot_diff WHERE change_kind = 'stage changed' AND before = 'new' AND NOT is_known"
        )
    ]
    stages = sorted(set(found), key=lambda one: (-found.count(one), one))
    return words.number(len(found)), ", ".join(f"{words.STAGES[one]} ({found.count(one)})" for one in stages)


@claim("changes.html", rf"of {DAY}, (\d\d):(\d\d) UTC \(")
def _compared_with(page: Page, _: Groups) -> Sequence[object]:
    name = page.one("SELECT since_snapshot FROM snapshot")
    return words.day(date.fromisoformat(name[:8])), name[9:11], name[11:13]


@claim("changes.html", rf"^Newsletter issue of {DAY}$")
def _changed_issue(page: Page, groups: Groups) -> Sequence[object]:
    keys = page.ask("SELECT issue_key FROM snapshot_diff WHERE change_kind IN ('issue new', 'issue removed')")
    days = {plain(words.day(date.fromisoformat(key))) for (key,) in keys if not key.startswith("undated:")}
    return [groups[0] if groups[0] in days else days]


@claim(
    "changes.html",
    rf"^{N} topics? (?:is|are) named for the first time: ((?:‹[^›]*›(?:, )?)+)(?: and {N} more)?\.$",
)
def _new_topics(page: Page, groups: Groups) -> Sequence[object]:
    # The newsletter issue stands in another block: one of the new ones has these topics.
    found = page.ask(
        f"SELECT list(topic) FROM ({_FIRSTS}) JOIN topic_momentum USING (topic_id) WHERE CAST(first AS VARCHAR) IN "
        "(SELECT issue_key FROM snapshot_diff WHERE change_kind = 'issue new') GROUP BY first"
    )
    told = re.findall("‹([^›]*)›", str(groups[1]))
    assert any(
        {as_shown(topic) for topic in topics} >= set(told)
        and groups[0] == words.number(len(topics))
        and len(topics) - len(told) == int(str(groups[2] or 0))
        for (topics,) in found
    )  # fmt: skip
    return [value for value in groups if value is not None]


@claim("changes.html", rf"^{N} more changes? (?:is|are) in the database:$")
def _more_changes(page: Page, groups: Groups) -> Sequence[object]:
    counts = page.ask(
        "SELECT count(*) - 60 FROM snapshot_diff GROUP BY if(is_known, NULL, change_kind), "
        "coalesce(change_kind = 'stage changed' AND before = 'new' AND NOT is_known, FALSE)"
    )
    more = {words.number(n) for (n,) in counts if n > 0}
    return [groups[0] if groups[0] in more else more]
