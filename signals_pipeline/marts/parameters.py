"""Every parameter of the marts, once: what it belongs to, its value, and where that comes from.

The rows of the table `metric` are made here; the SQL of the marts reads its parameters from that table.
"""

from dataclasses import asdict, dataclass
from datetime import date

EARLIEST_ISSUE = date(2022, 6, 1)
"""No newsletter issue came out before."""

SUNDAYS_FROM = date(2023, 10, 22)
"""From this day on newsletter issues come out on Sundays."""

OWN_SITES = ("futures.kghosh.me", "kghosh.substack.com")
"""Where the newsletter itself is published: cards about these pages are not counted."""

_DEFINITION = "definition"
_HOUSE = "house rule"
_SIMULATION = "chosen by simulation (150 issues, about 19 cards each)"


@dataclass(frozen=True)
class Metric:
    """One parameter of a metric, or a metric that has none; the fields are the columns of `metric`."""

    metric: str
    formula: str
    unit: str | None
    parameter: str | None
    value: float | None
    value_text: str | None
    source: str


def _plain(metric: str, unit: str | None, formula: str, source: str = _DEFINITION) -> Metric:
    return Metric(metric, formula, unit, None, None, None, source)


def _number(metric: str, unit: str | None, formula: str, parameter: str, value: float, source: str) -> Metric:
    return Metric(metric, formula, unit, parameter, float(value), None, source)


def _text(metric: str, formula: str, parameter: str, value: str) -> Metric:
    return Metric(metric, formula, None, parameter, None, value, _HOUSE)


METRICS: tuple[Metric, ...] = (
    _text(
        "issue_date",
        "the day in the issue token, when it is a date from earliest_issue to the day of the run; else NULL",
        "earliest_issue",
        EARLIEST_ISSUE.isoformat(),
    ),
    _text(
        "issue_date_flags",
        "odd-weekday: not a Sunday although on or after sundays_from; older-than-article: before a date in "
        "the link",
        "sundays_from",
        SUNDAYS_FROM.isoformat(),
    ),
    _text(
        "is_counted",
        "no reason against it holds: a page of own_sites, a wall page, no issue date, an older version, a "
        "duplicate article",
        "own_sites",
        ", ".join(OWN_SITES),
    ),
    _plain(
        "n_cards",
        "cards",
        "topic_trend: n = counted cards able to carry the kind; a card of form other is able when it has a "
        "row of that kind, every other card always",
    ),
    _plain(
        "n_cards_with",
        "cards",
        "x = counted cards that mention the topic, each card once however often it does",
    ),
    _plain("share", "fraction", "x / n; NULL where n = 0"),
    _number(
        "share_lo",
        "fraction",
        "lower end of the Wilson interval: (x + z^2/2 - z sqrt(x (n - x) / n + z^2/4)) / (n + z^2)",
        "z",
        1.959964,
        "Wilson 1927; 95 % two-sided",
    ),
    _plain(
        "share_hi",
        "fraction",
        "upper end of the Wilson interval: as share_lo with + before the root, same z",
        "Wilson 1927; 95 % two-sided",
    ),
    _number(
        "share_shrunk",
        "fraction",
        "(x + m pi) / (n + m), pi = the topic's share over all issues up to the end of the period",
        "m",
        20,
        _SIMULATION,
    ),
    _number(
        "share_ewma",
        "fraction",
        "sum of w x / sum of w n over all issues up to the last one of the period, "
        "w = 2^-(issues back / half_life)",
        "half_life",
        6,
        _HOUSE,
    ),
    _plain(
        "relevancy_centred",
        "points of 1 to 5",
        "mean over the topic's cards of (mean relevancy of the card's signals - mean of such means over the "
        "counted cards of its form up to the end of the period)",
    ),
    _plain(
        "is_partial",
        None,
        "last period: one more issue, at the median gap between issues, would still fall inside it; first "
        "period: one issue before the first would; with a single issue the gap is unknown and both hold",
        _HOUSE,
    ),
    _number(
        "topic_trend",
        "cards",
        "topics with at least min_cards counted cards have a row for every period from the first issue to "
        "the last; rarer ones only where they have a card",
        "min_cards",
        3,
        _HOUSE,
    ),
    _plain("n_new_topics", "topics", "topics, of either kind, whose first counted card is in the issue"),
    _number(
        "n_returning_topics",
        "topics",
        "topics, of either kind, back after at least gap issues in a row without a counted card of them",
        "gap",
        20,
        _HOUSE,
    ),
    _number(
        "js_distance",
        "0 to 1",
        "square root of the base-2 Jensen-Shannon divergence between the topic mix of the issue and that of "
        "the trailing issues before it; mix = a topic's share of all pairs of card and topic, both kinds",
        "trailing",
        10,
        "Lin 1991; Endres and Schindelin 2003",
    ),
    _plain(
        "effective_domains",
        "domains",
        "1 / sum of s^2, s = a domain's share of the counted cards whose domain is known",
        "Hill 1973, order 2",
    ),
    _number(
        "top_topics",
        "topics",
        "the at most n_topics names on most of the domain's counted cards in the quarter, as keyword or as "
        "theme; equal counts by name",
        "n_topics",
        5,
        _HOUSE,
    ),
    _plain("fill_rate", "fraction", "cards with at least one row in the section / cards"),
    _plain("mean_rows", "rows per card", "rows in the section / cards"),
    _plain(
        "mean_terms_per_card",
        "topics per card",
        "pairs of card and topic / cards; keywords and themes only",
    ),
    _plain("relevancy_present", "fraction", "rows with a relevancy / rows; statements only"),
    _plain("singleton_share", "fraction", "topics on exactly one card / topics, among the cards of the row"),
    _plain(
        "chao1_unseen",
        "topics",
        "f1^2 / (2 f2), f1 and f2 = topics on exactly one and two cards; f1 (f1 - 1) / 2 where f2 = 0",
        "Chao 1984",
    ),
    _plain(
        "p_two_sided",
        "probability",
        "erfc(|z| / sqrt 2), by a Chebyshev fit with a relative error below 1.2e-7",
        "Press et al., Numerical Recipes in C, 2nd edition, section 6.2",
    ),
)
"""What every column computed by the marts means, and the parameters it has."""


def metric_rows() -> list[dict[str, str | float | None]]:
    """The rows of the table `metric`, by column."""
    return [asdict(one) for one in METRICS]
