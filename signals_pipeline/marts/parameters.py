"""Every parameter of the marts, once: what it belongs to, its value, and where that comes from.

The rows of the table `metric` are made here; the SQL of the marts reads its parameters from that table.
"""

import math
from dataclasses import asdict, dataclass
from datetime import date

from signals_pipeline.meaning.models import AT_MOST, MATCH, MAX_CARDS_WITH_STATEMENTS, NEAR, SAME
from signals_pipeline.parsed.sections import RELEVANCY_SCALE

EARLIEST_ISSUE = date(2022, 6, 1)
"""No newsletter issue came out before."""

SUNDAYS_FROM = date(2023, 10, 22)
"""From this day on newsletter issues come out on Sundays."""

OWN_SITES = ("futures.kghosh.me", "kghosh.substack.com")
"""Where the newsletter itself is published: cards about these pages are not counted."""

Z = 1.959964
"""Standard deviations on either side that every interval spans: the one place that sets how sure they are."""

LEVEL = math.erf(Z / math.sqrt(2))
"""How often such an interval holds what it is of."""

CONFIDENCE = f"{100 * LEVEL:.3g} %"

_DEFINITION = "definition"
_HOUSE = "house rule"
_SIMULATION = "chosen by simulation (150 issues, about 19 cards each)"
_TRENDS = "chosen by simulation (170 issues, about 15.5 cards each)"


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
        "the day in the issue token, when it is a date from earliest_issue (that of data/dialect.toml, if it "
        "has one) to the day of the run; else that of the earliest draft that links the article; else none",
        "earliest_issue",
        EARLIEST_ISSUE.isoformat(),
    ),
    _text(
        "issue_date_flags",
        "odd-weekday: not a Sunday although on or after sundays_from; older-than-article: before a date in "
        "the link; differs-from-draft: no draft that links the article has this date",
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
        Z,
        f"Wilson 1927; {CONFIDENCE} two-sided",
    ),
    _plain(
        "share_hi",
        "fraction",
        "upper end of the Wilson interval: as share_lo with + before the root, same z",
        f"Wilson 1927; {CONFIDENCE} two-sided",
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
        f"points of {RELEVANCY_SCALE}",
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
    _number(
        "family_size",
        "topics",
        "topics of one kind with at least min_cards counted cards: the family of the tests of a mart; for "
        "other topics p and q are NULL. A topic of the family that cannot be tested counts as one with p = "
        "1. window_diff: the cards of both windows; topic_pair: all pairs of such topics in the span",
        "min_cards",
        8,
        _SIMULATION,
    ),
    _number(
        "q",
        "probability",
        "Benjamini-Hochberg: the least of p' family_size / (number of p in the family <= p') over all p' >= "
        "p; a stage, status or alert takes q < max_q as significant",
        "max_q",
        0.1,
        "Benjamini and Hochberg 1995; max_q house rule",
    ),
    _plain("lifespan_issues", "issues", "issues from first_seen to last_seen, both counted"),
    _plain("n_surface_forms", "surfaces", "different list items, as written, on the topic's counted cards"),
    _plain(
        "z_trend",
        None,
        "Cochran-Armitage, stratified by form: T = sum of t (x - n p) over the issues and forms, p = the "
        "form's share; V = sum over forms of p (1 - p) (sum of n t^2 - (sum of n t)^2 / sum of n); z = T / "
        "sqrt(phi V), t = days; forms where no or every card has the topic are left out",
        "Cochran 1954; Armitage 1955",
    ),
    _number(
        "phi",
        "issues",
        "over-dispersion: max(1, phi of issues, phi of blocks). phi of issues: X^2 / df, X^2 = sum over the "
        "issues of (x - e)^2 / sum of n p (1 - p), e = sum of n p, these sums over the forms of the issue, p "
        "= the form's share; df = issues - forms; forms where no or every card has the topic are left out. "
        "phi of blocks: (prior_df prior_phi + d s^2) / (prior_df + d), s^2 = the same X^2 / d over blocks of "
        "block_issues issues, counted back from the last one, around the topic's logistic line, d = blocks - "
        "2",
        "block_issues",
        12,
        "McCullagh and Nelder 1989, section 4.5; Smyth 2004",
    ),
    _number(
        "phi",
        "blocks",
        "as above; with fewer blocks phi is that of issues and df NULL",
        "min_blocks",
        6,
        _HOUSE,
    ),
    _number("phi", "topics", "as above; fewest topics for a prior", "min_topics", 3, _HOUSE),
    _number("phi", None, "as above; largest prior_df", "max_prior_df", 60, _TRENDS),
    _plain(
        "prior_phi",
        None,
        "what the s^2 of the family are drawn to: prior_phi and prior_df of the F distribution of s^2, from "
        "median and median absolute deviation of ln s^2",
        "Smyth 2004, with the median for the mean; level: Wilson and Hilferty 1931",
    ),
    _plain("df", None, "degrees of freedom of p_trend and p_recent: prior_df + d of phi"),
    _plain(
        "lag_1",
        None,
        "sum of r r' / sum of r^2 over topics of the family and neighbouring issues; r = (cards with it "
        "- those of the logistic line of its blocks) / root of the binomial variance, both summed over forms",
    ),
    _number(
        "log_odds_per_year",
        "log-odds per year",
        "T / V, with t in years of days_per_year days: one step of the logistic trend",
        "days_per_year",
        365.25,
        _DEFINITION,
    ),
    _plain("se", "log-odds per year", "standard error of log_odds_per_year: sqrt(phi / V)"),
    _plain("p_trend", "probability", "two-sided, of z_trend, by Student's t with df degrees of freedom"),
    _plain("q_trend", "probability", "q of p_trend; family: the topics of one kind"),
    _number(
        "z_recent",
        "issues",
        "z_trend over the last recent_issues issues, or the newer half of all where that is less; phi and df "
        "are those of all issues; log_odds_recent, se_recent, p_recent, q_recent likewise; NULL with fewer "
        "than min_issues",
        "recent_issues",
        60,
        _TRENDS,
    ),
    _number("z_recent", "issues", "as above", "min_issues", 12, _HOUSE),
    _number(
        "line_against_step",
        "nats",
        "(ln L of a logistic line - ln L of the best single step) / phi, both with log-odds for each form; "
        "a step has min_side_issues issues with cards on each side; NULL with fewer than min_issues such "
        "issues, and where the stage does not depend on it",
        "min_issues",
        24,
        _TRENDS,
    ),
    _number("line_against_step", "issues", "as above", "min_side_issues", 6, _TRENDS),
    _plain(
        "log_odds_shrunk",
        "log-odds per year",
        "posterior mean of log_odds_per_year, normal with standard error se around a slope from a mixture of "
        "two normal distributions around 0, fitted to the family by EM",
        "Efron and Morris 1975; Stephens 2017",
    ),
    _number(
        "p_emerging",
        "issues",
        "of K issues with the topic, k or more among the last w: binomial tail, each with probability "
        "max(share of the last w in all cards, in all issues); the smallest of w = short_issues, "
        "middle_issues, long_issues times 3; for topics in min_issues issues or more, the family of "
        "q_emerging",
        "short_issues",
        4,
        _TRENDS,
    ),
    _number("p_emerging", "issues", "as above", "middle_issues", 8, _TRENDS),
    _number("p_emerging", "issues", "as above", "long_issues", 12, _TRENDS),
    _number("p_emerging", "issues", "as above", "min_issues", 3, _TRENDS),
    _plain(
        "p_gap",
        "probability",
        "(K - 1) (1 - m / N)^K, at most 1: K issues with the topic, m of all N cards in the gap before its "
        "last return; family of q_gap: the topics of family_size that came back at most new_issues (of "
        "stage) issues before the last one, after at least gap (of n_returning_topics) issues without them",
        "Stevens 1939",
    ),
    _number(
        "is_returning",
        "issues",
        "n_expected = K m / N of p_gap is at least min_expected, and q_gap < max_q",
        "min_expected",
        5,
        _TRENDS,
    ),
    _number(
        "outcome",
        "issues",
        "share_since over the next issues with cards after the call, at most so many, against share_at_call "
        "over as many up to it: went on: at least min_ratio times, for falling and fallen at most 1 / "
        "min_ratio times; turned: the reverse; levelled off: between; too early: fewer issues since",
        "issues",
        26,
        _HOUSE,
    ),
    _number("outcome", None, "as above", "min_ratio", 1.2, _HOUSE),
    _number(
        "share_recent",
        "fraction",
        "x / n over the last issues",
        "issues",
        10,
        _HOUSE,
    ),
    _plain(
        "ratio_recent",
        None,
        "(x + m pi) / (n + m) over the issues of share_recent, divided by the same over as many issues "
        "before; m as in share_shrunk, pi = the topic's share over all issues",
    ),
    _plain(
        "diff_pp",
        "percentage points",
        "100 (share of the later - share of the earlier window); topic_momentum: the two windows of "
        "ratio_recent",
    ),
    _plain(
        "diff_lo_pp",
        "percentage points",
        "lower end of Newcombe's interval of diff_pp: d - sqrt((p2 - lo2)^2 + (hi1 - p1)^2), lo and hi the "
        "Wilson bounds, z as in share_lo; diff_hi_pp is d + sqrt((hi2 - p2)^2 + (p1 - lo1)^2); window_diff "
        "calls them diff_lo and diff_hi",
        "Newcombe 1998, method 10",
    ),
    _number(
        "slope_pp_per_year",
        "percentage points per year",
        "Theil-Sen: 100 times the median, over pairs of blocks, of difference in share / difference in "
        "years; blocks of block_issues issues, counted back from the last one; what is left at the start is "
        "no block",
        "block_issues",
        12,
        "Sen 1968; blocks: about a quarter, house rule",
    ),
    _plain(
        "mk_tau",
        None,
        "Kendall's tau-a of time and share over the blocks of slope_pp_per_year: (rising - falling pairs) / "
        "pairs",
        "Mann 1945; Kendall 1938",
    ),
    _plain(
        "share_excl_top_domain",
        "fraction",
        "share_recent without the cards of the domain that has most of the topic's cards in these issues",
    ),
    _number(
        "stage",
        None,
        "first that holds: new: first seen at most new_issues issues before the last one; emerging: "
        "q_emerging < max_q; thin: fewer than min_cards of family_size; dormant: not in the last gap issues "
        "(gap of n_returning_topics); bursting: open burst, q < max_q; rising, falling: recent direction; "
        "rising, falling: direction of the whole span, line_against_step at least min_line_against_step, "
        "log_odds_recent of the same sign, or too few issues for one; risen, fallen: direction of the whole "
        "span; returning: is_returning; steady: two one-sided tests at steady_level show the slope of the "
        "whole span within steady_log_odds_per_year, or within both steady_points_per_year and "
        "steady_points_log_odds; unclear. A direction has q < "
        "max_q and at least min_log_odds_per_year or min_points_per_year",
        "new_issues",
        3,
        _HOUSE,
    ),
    _number("stage", "log-odds per year", "as above", "min_log_odds_per_year", 0.2, _HOUSE),
    _number("stage", "percentage points per year", "as above", "min_points_per_year", 1, _HOUSE),
    _number("stage", "nats", "as above", "min_line_against_step", -2, _TRENDS),
    _number("stage", "log-odds per year", "as above", "steady_log_odds_per_year", 0.25, _HOUSE),
    _number("stage", "percentage points per year", "as above", "steady_points_per_year", 1, _HOUSE),
    _number(
        "stage",
        "log-odds per year",
        "as above; a rare topic may grow by half each year, within a percentage point, and is not level",
        "steady_points_log_odds",
        0.4,
        _HOUSE,
    ),
    _number("stage", "probability", "as above", "steady_level", 0.05, "Schuirmann 1987"),
    _plain(
        "called_since",
        None,
        "first issue of the unbroken run of issues with which the stage would have been called as it is, by "
        "the data up to each: rising, falling, risen, fallen and emerging, whatever else the topic was then; "
        "bursting: start of the burst",
    ),
    _plain("new_level_since", None, "shift_date of the topic's last topic_shift"),
    _plain(
        "stage_before",
        None,
        "stage on the data up to the issue before the last one; NULL for a topic that was not there",
    ),
    _number(
        "evidence",
        "places",
        "topic_momentum: path:line of the topic on its newest n_places cards",
        "n_places",
        3,
        _HOUSE,
    ),
    _number(
        "topic_burst",
        None,
        "cheapest sequence of two states over the issues with cards (exact): p0 = sum of x / sum of n, "
        "p1 = min(s p0, p1_max); a step up costs gamma ln N, N = these issues",
        "s",
        2,
        "Kleinberg 2003, batched form; " + _SIMULATION,
    ),
    _number("topic_burst", None, "as above", "gamma", 1, "Kleinberg 2003; " + _SIMULATION),
    _number("topic_burst", "fraction", "as above", "p1_max", 0.9999, _HOUSE),
    _number(
        "topic_burst",
        "issues",
        "as above; most issues with cards of a burst: what goes on longer is a level",
        "max_issues",
        26,
        _HOUSE,
    ),
    _plain("strength", "nats", "sum over the issues of the burst of ln L(p1) - ln L(p0)", "Kleinberg 2003"),
    _number(
        "p_perm",
        "probability",
        "share of permutations of the issues within form whose strongest burst is at least as strong; a "
        "topic is done after max_exceedances such permutations, or after max_permutations; seeded by "
        "topic_id",
        "max_exceedances",
        10,
        "Besag and Clifford 1991",
    ),
    _number(
        "p_perm",
        "permutations",
        "as above",
        "max_permutations",
        9_999,
        "smallest p 1e-4: enough for q <= .1 in a family of 1,000; m topics without such a permutation get "
        "family_size / (m max_q) if that is more, so that they can be significant in any family",
    ),
    _plain(
        "is_open",
        None,
        "the burst has not ended by the last issue with cards able to carry the kind; any ends with issue "
        "max_issues, and one that has not ended by itself with the issue in which it has been for min_issues "
        "issues (of topic_shift) at a level to which an upward topic_shift leads, inside it or fewer than "
        "min_issues before it; strength, p_perm and q are those of all its issues, also behind this end",
        _HOUSE,
    ),
    _plain(
        "is_new",
        None,
        "the rule of the alert holds, and did not hold on the data up to the issue before the last one",
    ),
    _number(
        "topic_shift",
        None,
        "optimal partitioning of the issues into segments of constant share, binomial cost (-ln L), "
        "penalty times phi ln N for every shift, N = issues with cards; then, with log-odds a of the form "
        "plus b of the segment, the shift that adds least to ln L is taken out as long as that is no more "
        "than the penalty",
        "penalty",
        2,
        "Jackson et al. 2005; logistic regression; " + _SIMULATION,
    ),
    _number("topic_shift", "issues", "as above; shortest segment", "min_issues", 6, _SIMULATION),
    _plain(
        "form_explains",
        "0 to 1",
        "sum over the forms of (their part of the cards after the shift - before it) times the mean of their "
        "fitted shares before and after, divided by share_after - share_before; 0 where it is below, 1 where "
        "it is above or the share goes another way than the odds within a form",
        "Kitagawa 1955",
    ),
    _plain(
        "same_as_form_change",
        None,
        "the form with most cards able to carry the kind is another in the min_issues issues (of "
        "topic_shift) from the shift on than in as many before",
        _HOUSE,
    ),
    _number(
        "window_diff",
        "issues",
        "pairs of windows: last issue: the last issue against as many as issues before it; recent issues: "
        "the last ones against as many before; last year: the last days days against as many before",
        "issues",
        10,
        _HOUSE,
    ),
    _number("window_diff", "days", "as above", "days", 365, _HOUSE),
    _number(
        "log_odds_z",
        None,
        "weighted log-odds with a Dirichlet prior: y = x + a, m = pairs of card and topic of the kind in the "
        "window + alpha_0, a = alpha_0 times the topic's share of these pairs in both windows together; "
        "(ln(y_b / (m_b - y_b)) - ln(y_a / (m_a - y_a))) / sqrt(1 / y_b + 1 / y_a)",
        "alpha_0",
        500,
        "Monroe, Colaresi and Quinn 2008",
    ),
    _number(
        "status",
        "cards",
        "first that holds: absent: not in the later window; new: only there, on new_min_cards cards or more, "
        "and never before; returning: in the later window, not in the earlier one, and is_returning; up, "
        "down: q < max_q, log_odds_z and diff_pp of that sign; unclear",
        "new_min_cards",
        2,
        _HOUSE,
    ),
    _number(
        "topic_pair",
        "cards",
        "pairs of topics of one kind with at least min_cards counted cards that have both",
        "min_cards",
        3,
        _HOUSE,
    ),
    _number(
        "topic_pair",
        "issues",
        "span: all, or the last issues issues",
        "issues",
        26,
        _HOUSE,
    ),
    _plain(
        "npmi",
        "-1 to 1",
        "ln(n_ab n / (n_a n_b)) / -ln(n_ab / n), n = counted cards able to carry the kind; NULL where n_ab "
        "= n",
        "Bouma 2009",
    ),
    _plain(
        "g2",
        None,
        "log-likelihood ratio of the 2 x 2 table of cards with and without the two topics; its p is that of "
        "chi-squared with one degree of freedom",
        "Dunning 1993",
    ),
    _plain(
        "npmi_change",
        None,
        "span last: npmi - npmi over all issues before; -1 stands for never together, NULL where one of the "
        "topics was not there or the span is all",
        _HOUSE,
    ),
    _number(
        "topic_forecast",
        "issues",
        "share of the cards of the next near_issues, and of the next far_issues, together: beta-binomial of "
        "n_expected cards with precision m, its mean is sum of w x / sum of w n over all issues so far, w = "
        "2^-(issues back / half_life), at least floor_cards / (1 + sum of n) away from 0 and 1; the baseline "
        "is the same with w = 1",
        "near_issues",
        10,
        _HOUSE,
    ),
    _number("topic_forecast", "issues", "as above", "far_issues", 26, _HOUSE),
    _number("topic_forecast", "issues", "as above", "half_life", 12, _TRENDS),
    _number("topic_forecast", "cards", "as above", "m", 100, _TRENDS),
    _number("topic_forecast", "cards", "as above", "floor_cards", 0.5, "half a card: Haldane 1956"),
    _number(
        "topic_forecast",
        "issues",
        "as above; issues that the first forecast of the backtest knows",
        "min_history",
        20,
        _HOUSE,
    ),
    _plain(
        "log_score",
        "nats",
        "mean, over the issues of the past from which the share could be forecast, of the log-probability "
        "given to the number of cards that came; log_score_naive is that of the baseline, skill their "
        "difference",
        "Good 1952",
    ),
    _plain(
        "n_expected",
        "cards",
        "horizon_issues times the sum of w n / sum of w over all issues with cards, w as in topic_forecast",
        _HOUSE,
    ),
    _plain(
        "coverage_80",
        "fraction",
        "how often F(x - 1) + v P(x) was from .1 to .9, F and P the forecast's probabilities of at most and "
        "of exactly so many cards, v from 0 to 1 by topic_id: the randomised probability integral transform",
        "Smith 1985",
    ),
    _plain(
        "skill_se",
        "nats",
        "standard error of skill by batch means: standard deviation of the mean skills of stretches of "
        "horizon_issues issues, counted back from the last forecast, divided by the root of their number",
        "Schmeiser 1982",
    ),
    _number(
        "is_published",
        "standard errors",
        "skill > min_standard_errors skill_se with at least min_windows stretches; else share_p10, share_p50 "
        "and share_p90 are NULL",
        "min_standard_errors",
        2,
        _HOUSE,
    ),
    _number("is_published", "stretches", "as above", "min_windows", 4, _TRENDS),
    _number(
        "alert",
        "issues",
        "burst: open, q < max_q; rise, fall, emerging, returning: by stage; shift: in the last shift_issues "
        "issues; new: first seen in the last issue with at least new_min_cards cards; health: in the last "
        "quarter, "
        "rejects or cards without the section are at least health_min_cases, and a card has them at least "
        "health_factor times as often as in the quarter before",
        "shift_issues",
        10,
        _HOUSE,
    ),
    _number("alert", "cards", "as above", "new_min_cards", 3, _HOUSE),
    _number(
        "alert",
        "issues",
        "as above; rise, fall and emerging are new where called_since is the last issue, and no other such "
        "call of the topic ended in the quiet_issues issues before, or where the stage was `new` until then",
        "quiet_issues",
        26,
        _TRENDS,
    ),
    _number("alert", None, "as above", "health_factor", 2, _HOUSE),
    _number("alert", "cases", "as above", "health_min_cases", 3, _HOUSE),
    _plain(
        "alert_id",
        None,
        "MD5 of alert_kind, ':', topic_id (health: form, ':', section), ':', calendar quarter of start as "
        "2024Q1",
    ),
    _number(
        "similarity",
        None,
        "cosine of the vectors of two texts, rounded to two decimals: near from `near`, a statement speaks "
        "of what a definition says from `match`, two texts say close to the same from `same`",
        "near",
        NEAR,
        _HOUSE,
    ),
    _number("similarity", None, "as above", "match", MATCH, _HOUSE),
    _number("similarity", None, "as above", "same", SAME, _HOUSE),
    _number(
        "statement_names",
        None,
        "an everyday word is no name in statements: a single word that those of more than `max_share` of the "
        "cards with statements have, while a keyword or theme of less than `min_listed` of these cards is it",
        "max_share",
        0.2,
        _HOUSE,
    ),
    _number("statement_names", None, "as above", "min_listed", 0.1, _HOUSE),
    _number(
        "topic_sections",
        "cards",
        "for topics that statements of at least `min_cards` counted cards name; share_expected: mean over "
        "its statements of the share that the section has among all statements that name a topic of the "
        "kind, each once, in counted cards of the form; the interval of diff_pp is Wilson's of share for as "
        "many statements of one card each as would be as sure, by the variance between cards, less "
        "share_expected; it is not corrected for how many topics and sections there are",
        "min_cards",
        8,
        "Cochran 1977, Sampling Techniques, section 6.4",
    ),
    _number(
        "concept_trend_by_meaning",
        None,
        "share: sum over the forms of w_f x_f / n_f, divided by the sum of w_f; w_f = counted cards of the "
        "form with statements in the whole corpus, x_f of the n_f in the quarter match; a form without cards "
        "in the quarter has its share in the whole corpus, times x / expected of the other forms, and where "
        "such a form is matched elsewhere and expected is less than `min_expected` there is no share; the "
        "interval is Wilson's for (sum w_f)^2 / sum (w_f^2 / n_f) cards, at most for sum x_f / share",
        "min_expected",
        0.5,
        _HOUSE,
    ),
    _plain(
        "outlook_record",
        None,
        "share: n_came_true / (n_came_true + n_did_not), both of judged outlooks with due <= decided; the "
        "interval is Wilson's, z as in share_lo; what came true with due > decided, or without due, is "
        "n_came_early",
    ),
    _number(
        "search",
        None,
        "of signals search and signals_pipeline.search(): texts are ranked by the sum of 1 / (k + place) "
        "over two rankings, that of the macro search() and that of the cosine with what is asked for",
        "k",
        60,
        "Cormack, Clarke and Buettcher 2009",
    ),
    _number(
        "search",
        None,
        "as above; beside the ranking by cosine only texts with at least so much of the words asked for "
        "(words_held of search()) have a place in that by words, and those with less come last",
        "min_words_held",
        0.5,
        _HOUSE,
    ),
    _number(
        "search",
        None,
        "as above; only texts of at least this cosine have a place in that ranking",
        "min_similarity",
        0.3,
        _HOUSE,
    ),
    _number(
        "search",
        None,
        "as above; a statement is read within its card: its cosine has 1 - of_card of the weight in that "
        "ranking, and that of its card the rest",
        "of_card",
        1 / 3,
        _HOUSE,
    ),
    _number(
        "embedding",
        "cards",
        "where texts are encoded, those of cards, topics and definitions are, and those of statements while "
        "there are at most max_cards cards",
        "max_cards",
        MAX_CARDS_WITH_STATEMENTS,
        _HOUSE,
    ),
    _number(
        "nearest_card",
        "cards",
        "the at_most cards of the highest similarity, where that is at least near; of equally near ones the "
        "first by card_id",
        "at_most",
        AT_MOST,
        _HOUSE,
    ),
    _plain(
        "novelty",
        None,
        "by the similarity of the nearest statement of an earlier newsletter issue, another article and a "
        "card of another text: new below near, close from near, said before from same",
        _HOUSE,
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


def value(metric: str, parameter: str) -> float:
    """The number that a parameter is set to."""
    found = [one.value for one in METRICS if (one.metric, one.parameter) == (metric, parameter)]
    assert len(found) == 1, (metric, parameter)
    assert found[0] is not None, (metric, parameter)
    return found[0]
