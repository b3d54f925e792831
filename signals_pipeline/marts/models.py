"""The marts: one model each, and one for each view."""

from typing import Any

from signals_pipeline.core.schema import Day, Flag, Real, Table, Text, Whole, column
from signals_pipeline.marts.parameters import CONFIDENCE
from signals_pipeline.marts.statistics.history import OUTCOMES
from signals_pipeline.parsed.models import CARD_ID, FORMS
from signals_pipeline.parsed.sections import (
    HIGHEST_RELEVANCY,
    LIST_SECTIONS,
    LOWEST_RELEVANCY,
    RELEVANCY_SCALE,
    SECTIONS,
    STATEMENT_SECTIONS,
)
from signals_pipeline.topics.models import KINDS, RELATIONS, TOPIC_ID

GRAINS = ("issue", "month", "quarter", "year")
BREAKDOWNS = ("all", "section", "source", "concept")
ALL_DOMAINS = "(all domains)"
NO_DOMAIN = "(no domain)"
CALLS = {
    "emerging": "emerging",
    "rising": "rising",
    "falling": "falling",
    "risen": "rose earlier, not shown to rise now",
    "fallen": "fell earlier, not shown to fall now",
}
"""What may be said of a topic's direction, and since when."""

STAGES = {
    "new": "first seen in the last newsletter issues",
    "emerging": CALLS["emerging"],
    "thin": "too few cards to be tested",
    "dormant": "not seen in the last newsletter issues",
    "bursting": "in an open burst",
    **CALLS,
    "returning": "back after a long gap",
    "steady": "steady",
    "unclear": "neither a direction nor steadiness is shown",
}
TREND_CALLS = ("rising", "falling", "risen", "fallen", "steady", "unclear")
WINDOW_PAIRS = ("last issue", "recent issues", "last year")
STATUSES = ("new", "up", "unclear", "down", "absent", "returning")
SPANS = ("all", "last")
HOWS = ("words", "meaning")
EVIDENCE_HOWS = ("name", "meaning")
ALERT_KINDS = ("burst", "rise", "fall", "emerging", "shift", "new", "returning", "health")


def fraction(description: str, *, nullable: bool = False) -> Any:
    """A share from 0 to 1."""
    return column(description, unit="fraction", nullable=nullable, ge=0, le=1)


def probability(description: str, *, nullable: bool = False) -> Any:
    """A probability, such as a p-value."""
    return column(description, unit="probability", nullable=nullable, ge=0, le=1)


def points(description: str, *, nullable: bool = False) -> Any:
    """A difference of two shares in percentage points."""
    return column(description, unit="percentage points", nullable=nullable, ge=-100, le=100)


def relevancy_above_form() -> Any:
    """A column of how much more relevant the signals of some cards are than those of cards of their form."""
    return column(
        "Mean relevancy of the cards' signals above the mean of the card's form; NULL where none is given.",
        unit=f"points of {RELEVANCY_SCALE}",
        nullable=True,
        ge=LOWEST_RELEVANCY - HIGHEST_RELEVANCY,
        le=HIGHEST_RELEVANCY - LOWEST_RELEVANCY,
    )


class OfIssue(Table):
    """One row per something of a newsletter issue, dated or not: its first columns."""

    issue_key: Text = column("Newsletter issue: its ISO date, else 'undated:' and the token.")
    issue_date: Day = column("Date of the newsletter issue; NULL where it is not known.", nullable=True)
    issue_no: Whole = column(
        "Number among the dated newsletter issues, the first is 1; NULL without a date.", nullable=True, ge=1
    )


class OfTopic(Table):
    """One row per something of a topic: its first columns."""

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")


class FoundOn(Table):
    """One row per something found on part of the data: its first column.

    Stands last among the bases of a table, since pandera takes the columns of the last base first.
    """

    issues_back: Whole = column(
        "Newsletter issues left out at the end: 0 for all data, 1 without the last one.", ge=0, le=1
    )


class Burst(OfTopic):
    """One row per something of a burst: its first columns."""

    start_date: Day = column("First newsletter issue of the burst.")
    end_date: Day = column(
        "Last newsletter issue of the burst; where it became a new level, the one that made it one."
    )
    n_issues: Whole = column("Newsletter issues with cards in the burst.", unit="issues", ge=1)
    x: Whole = column("Counted cards with the topic in the burst.", unit="cards", ge=1)
    n: Whole = column("Counted cards able to carry the kind in the burst.", unit="cards", ge=1)
    share_in: Real = fraction("x / n.")
    share_out: Real = fraction(
        "Share of the cards of all other newsletter issues; NULL without cards there.", nullable=True
    )
    strength: Real = column(
        "How much likelier the burst is than the usual share, with the issues of the level it became.",
        unit="nats",
        ge=0,
    )
    p_perm: Real = probability(
        "How often the issues in random order within form have a burst of the topic as strong."
    )
    q: Real = probability("p_perm adjusted for all topics of the family.")
    is_open: Flag = column(
        "Whether it has not ended by the last newsletter issue with cards, nor become a new level."
    )


class Metric(Table, key=("metric", "parameter")):
    """One row per parameter of a metric; a metric without parameters has one row.

    What the computed columns of the marts mean. The SQL of the marts reads its parameters here.
    """

    metric: Text = column("Column, table or rule that is defined.")
    formula: Text = column("The definition.")
    unit: Text = column("Unit of the metric.", nullable=True)
    parameter: Text = column("Parameter of the formula; NULL where it has none.", nullable=True)
    value: Real = column("Value of the parameter, where it is a number.", nullable=True)
    value_text: Text = column("Value of the parameter, where it is a text or a date.", nullable=True)
    source: Text = column("Where formula or value come from.")


class NewsletterIssues(OfIssue, key=("issue_key",)):
    """One row per newsletter issue, dated or not: all cards with one issue_key."""

    tokens: Text = column(
        "What its cards say of their newsletter issue, without blanks around it, sorted, comma-separated.",
        nullable=True,
    )


class DatedIssues(Table, key=("issue_no",)):
    """One row per dated newsletter issue: its place on the time axis.

    An issue_no, like every number of a card, domain or topic, holds within one snapshot only.
    """

    issue_no: Whole = column("Number among the dated newsletter issues, the first is 1.", ge=1)
    issue_key: Text = column("Newsletter issue: its ISO date.")
    issue_date: Day = column("Date of the newsletter issue.")
    day: Whole = column("Days since the first newsletter issue.", unit="days", ge=0)
    issues_back: Whole = column("Newsletter issues after it: 0 for the last one.", unit="issues", ge=0)


class OfCard(Table):
    """One row per something of a counted card: its first columns."""

    card_no: Whole = column("Number of the card within the snapshot, in the order of card_id.", ge=1)
    card_id: Text = column("Card.", str_matches=CARD_ID)
    issue_no: Whole = column("Number of its newsletter issue within the snapshot.", ge=1)
    issue_date: Day = column("Date of its newsletter issue.")
    form: Text = column("Structural dialect of the card.", isin=FORMS)


class CountedCards(OfCard, key=("card_no",)):
    """One row per counted card: what every mart counts."""

    domain_no: Whole = column(
        "Number of its domain within the snapshot; NULL where it is not known.", nullable=True, ge=1
    )
    source_domain: Text = column("Registered domain of its link; NULL where it is not known.", nullable=True)
    relevancy: Real = column(
        "Mean relevancy of its signals; NULL where none is given.",
        unit=f"points of {RELEVANCY_SCALE}",
        nullable=True,
        ge=LOWEST_RELEVANCY,
        le=HIGHEST_RELEVANCY,
    )


class AbleCards(OfCard, key=("kind", "card_no")):
    """One row per kind of topic and counted card able to carry it: the denominator of every share.

    A card of form other is able when it has a row of that kind, every other card always.
    """

    kind: Text = column("Kind of topic that the card is able to carry.", isin=KINDS)


class AblePeriods(Table, key=("kind", "period_no")):
    """One row per kind of topic, grain and period: what the shares of a topic are measured against.

    A period without a card that could carry the kind has n_cards 0.
    """

    kind: Text = column("Kind of topic that the cards are able to carry.", isin=KINDS)
    period_no: Whole = column(
        "Number of the period within the snapshot and kind: by grain, then by period_start.", ge=1
    )
    grain: Text = column("Length of the period; add n_cards within one grain only.", isin=GRAINS)
    period_start: Day = column("First day of the period; for grain issue the issue date.")
    next_start: Day = column("First day after the period.")
    is_partial: Flag = column(
        "Whether the first or last period is likely to lack newsletter issues; never for grain issue."
    )
    n_issues: Whole = column("Newsletter issues in the period.", unit="issues", ge=0)
    n_cards: Whole = column("Counted cards able to carry the kind.", unit="cards", ge=0)
    n_so_far: Whole = column(
        "The same up to the end of the period; NULL where there is none.", unit="cards", nullable=True, ge=1
    )
    weighted_so_far: Real = column(
        "The same weighted by 2^(issue_no / half_life) (see metric, share_ewma).", nullable=True, ge=0
    )
    share_hi_without: Real = fraction(
        "share_hi of a topic without a card in the period; NULL where n_cards is 0.", nullable=True
    )


class TopicCards(OfCard, key=("topic_no", "card_no")):
    """One row per topic and counted card that mentions it, however often: the numerator of every share."""

    topic_no: Whole = column("Number of the topic within the snapshot, in the order of topic_id.", ge=1)
    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    n_mentions: Whole = column("List items of the card that mention the topic.", unit="items", ge=1)
    line: Whole = column("First line of the card that mentions the topic, 1-based.", ge=1)


class TopicMembers(Table, key=("topic_id", "member_topic_id")):
    """One row per topic and keyword or theme that counts for it: a keyword or theme counts for itself."""

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")
    member_topic_id: Text = column("Keyword or theme.", str_matches=TOPIC_ID)


class TopicNames(Table, key=("topic_id", "name")):
    """One row per topic and name by which it is looked for in statements.

    A topic is looked for as it is called and as it is written; a concept also by every name of what counts
    for it.
    """

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    name: Text = column("Its words as words_of() gives them, with blanks between.")


class OfStatement(Table):
    """One row per something of a statement: its first columns."""

    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    card_id: Text = column("Card of the statement.", str_matches=CARD_ID)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)


class StatementNames(OfStatement, key=("section", "card_id", "row_no", "name")):
    """One row per statement and name of a topic that stands in it, of counted cards and others.

    It stands in name, description, change, ten_year or driving_force, in whole words. A single word that the
    statements of many cards have and hardly any of them lists as a keyword or theme is an everyday word and
    has no rows (see metric).
    """

    name: Text = column("The name, as in topic_names.")


class CountedTopics(Table, key=("topic_no",)):
    """One row per topic with a counted card."""

    topic_no: Whole = column("Number of the topic within the snapshot, in the order of topic_id.", ge=1)
    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")
    n_cards: Whole = column("Counted cards with the topic.", unit="cards", ge=1)


class IssueOverview(OfIssue, key=("issue_key",)):
    """One row per newsletter issue, dated or not: how unusual it was."""

    days_since_prev: Whole = column(
        "Days since the dated newsletter issue before; NULL for the first one.",
        unit="days",
        nullable=True,
        ge=1,
    )
    n_cards: Whole = column("All cards, counted or not.", unit="cards", ge=1)
    n_counted: Whole = column("Cards that the marts count.", unit="cards", ge=0)
    n_duplicate: Whole = column(
        "Cards not counted as older version or duplicate article.", unit="cards", ge=0
    )
    n_linked: Whole = column(
        "Articles that its drafts link, each once; shares are of cards, not of these. NULL without a draft.",
        unit="articles",
        nullable=True,
        ge=0,
    )
    n_linked_with_card: Whole = column(
        "Those of them that have a card, in whatever newsletter issue; NULL without a draft.",
        unit="articles",
        nullable=True,
        ge=0,
    )
    n_new_topics: Whole = column(
        "Topics of either kind never counted before; NULL without a date.",
        unit="topics",
        nullable=True,
        ge=0,
    )
    n_returning_topics: Whole = column(
        "Topics of either kind back after a long gap (see metric); NULL without a date.",
        unit="topics",
        nullable=True,
        ge=0,
    )
    js_distance: Real = column(
        "Jensen-Shannon distance, base 2, of its topic mix from that of the issues before it (see metric): "
        "0 equal, 1 nothing in common; NULL without topics or without issues before.",
        unit="0 to 1",
        nullable=True,
        ge=0,
        le=1,
    )
    effective_domains: Real = column(
        "Number of equally frequent domains that would be as diverse; NULL where no domain is known.",
        unit="domains",
        nullable=True,
        ge=1,
    )
    n_cards_by_form: Text = column("All cards by form, such as A:3, C:12.", unit="cards")
    is_special: Flag = column("Whether a token names more than a date, such as 20251231-a-yearly-review.")


class OfTopicPeriod(OfTopic):
    """One row per something of a topic in a period: its first columns."""

    grain: Text = column("Length of the period; add n_cards_with within one grain only.", isin=GRAINS)
    period_start: Day = column("First day of the period; for grain issue the issue date.")


class TopicTrendCounts(OfTopicPeriod, key=("topic_id", "grain", "period_start")):
    """One row per topic, grain and period in which it has a card: the counts that topic_trend is made from.

    What topic_trend says of a period without a card follows from the row before it, or for the periods before
    the first card from the first row: it is the row with first_period_no <= period_no <= last_period_no.
    """

    n_cards_with: Whole = column("Counted cards with the topic.", unit="cards", ge=1)
    n_issues_with: Whole = column("Newsletter issues in the period with the topic.", unit="issues", ge=1)
    n_domains: Whole = column("Domains of the cards with the topic, where known.", unit="domains", ge=0)
    relevancy_centred: Real = relevancy_above_form()
    n_with_so_far: Whole = column("n_cards_with up to the end of the period.", unit="cards", ge=1)
    weighted_with_so_far: Real = column(
        "The same weighted by 2^(issue_no / half_life) (see metric, share_ewma).", ge=0
    )
    period_no: Whole = column("Number of the period, as in able_periods.", ge=1)
    first_period_no: Whole = column("The first period that topic_trend makes from the row.", ge=1)
    last_period_no: Whole = column("The last one, before the next period with a card.", ge=1)


class TopicTrend(OfTopicPeriod, key=("topic_id", "grain", "period_start")):
    """One row per topic, grain and period: how much of the newsletter a topic is, over time.

    Topics with at least min_cards counted cards (see metric) have a row for every period from the first
    newsletter issue to the last; rarer ones only where they have a card (the macro trend fills their zeros).
    A period without a card that could carry the topic has n_cards 0 and no share. Every row is computed from
    the issues up to the end of its own period.
    """

    n_cards_with: Whole = column("Counted cards with the topic.", unit="cards", ge=0)
    n_cards: Whole = column("Counted cards able to carry the kind.", unit="cards", ge=0)
    n_issues: Whole = column("Newsletter issues in the period.", unit="issues", ge=0)
    n_issues_with: Whole = column("Newsletter issues in the period with the topic.", unit="issues", ge=0)
    n_domains: Whole = column("Domains of the cards with the topic, where known.", unit="domains", ge=0)
    share: Real = fraction("n_cards_with / n_cards; NULL where n_cards is 0.", nullable=True)
    share_lo: Real = fraction(f"Lower end of the {CONFIDENCE} Wilson interval of share.", nullable=True)
    share_hi: Real = fraction(f"Upper end of the {CONFIDENCE} Wilson interval of share.", nullable=True)
    share_shrunk: Real = fraction(
        "Share drawn towards the topic's share so far, the more the fewer cards the period has.",
        nullable=True,
    )
    share_ewma: Real = fraction(
        "Share over all newsletter issues up to the last of the period, weights halving with age.",
        nullable=True,
    )
    relevancy_centred: Real = relevancy_above_form()
    is_partial: Flag = column(
        "Whether the first or last period is likely to lack newsletter issues; never for grain issue."
    )


class TopicSections(OfTopic, key=("topic_id", "section")):
    """One row per topic that statements of enough counted cards name (see metric), and section.

    Is a topic a matter of technologies or of concerns? The sections are held against those of all
    statements that name a topic in cards of the same forms: a form without concerns makes none look carefree.
    """

    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    n_cards: Whole = column("Counted cards with statements that name the topic.", unit="cards", ge=1)
    n_statements: Whole = column("Their statements that name it.", unit="statements", ge=1)
    n_in_section: Whole = column("Those of them in the section.", unit="statements", ge=0)
    share: Real = fraction("n_in_section / n_statements.")
    share_expected: Real = fraction(
        "Share of the section among all statements that name a topic of the kind, in cards of these forms."
    )
    diff_pp: Real = points("share - share_expected.")
    diff_lo_pp: Real = points(
        f"Lower end of its {CONFIDENCE} interval (see metric), which is not corrected for how many there are."
    )
    diff_hi_pp: Real = points(f"Upper end of its {CONFIDENCE} interval.")


class ConceptTrendByMeaning(Table, key=("concept_id", "quarter")):
    """One row per concept whose definition a statement of a counted card matches, and quarter.

    Cards whose statements say what the definition does (concept_match), whatever names them. It is told from
    texts alone and tested nowhere: the share that is tested is that of topic_trend. Without rows where texts
    are not encoded.
    """

    concept_id: Text = column("Concept.", str_matches=TOPIC_ID)
    quarter: Day = column("First day of the quarter.")
    n_cards_with: Whole = column("Counted cards with a matching statement.", unit="cards", ge=0)
    n_cards: Whole = column("Counted cards with statements.", unit="cards", ge=0)
    share: Real = fraction(
        "Share of the cards within each form, averaged by how many cards of the corpus have the form (see "
        "metric); NULL where n_cards is 0, or where a form is lacking and the others tell too little of it.",
        nullable=True,
    )
    share_lo: Real = fraction(f"Lower end of its {CONFIDENCE} interval.", nullable=True)
    share_hi: Real = fraction(f"Upper end of its {CONFIDENCE} interval.", nullable=True)


class SourceMix(Table, key=("domain", "quarter_start")):
    """One row per domain and quarter, and one per quarter for all domains: whose world view this is.

    The row for all domains has the domain '(all domains)'; cards whose domain is not known stand under
    '(no domain)'.
    """

    domain: Text = column("Registered domain of the cards' links, or one of two names in brackets.")
    quarter_start: Day = column("First day of the quarter.")
    n_cards: Whole = column("Counted cards.", unit="cards", ge=1)
    share: Real = fraction("Share of the counted cards of the quarter.")
    share_lo: Real = fraction(
        f"Lower end of the {CONFIDENCE} Wilson interval of share; NULL for all domains.", nullable=True
    )
    share_hi: Real = fraction(
        f"Upper end of the {CONFIDENCE} Wilson interval of share; NULL for all domains.", nullable=True
    )
    top_topics: Text = column(
        "Topics on most of the cards, with the number of cards, such as ai (5), energy (3).", nullable=True
    )
    first_seen: Day = column("First newsletter issue with a counted card of the domain.")
    effective_domains: Real = column(
        "Number of equally frequent domains that would be as diverse; only for all domains.",
        unit="domains",
        nullable=True,
        ge=1,
    )


class CorpusHealth(Table, key=("form", "section", "quarter_start")):
    """One row per form, section and quarter with counted cards: did the world change, or the extractor?"""

    form: Text = column("Structural dialect of the cards.", isin=FORMS)
    section: Text = column("Section: the parsed table.", isin=tuple(SECTIONS))
    quarter_start: Day = column("First day of the quarter.")
    n_cards: Whole = column("Counted cards of the form in the quarter.", unit="cards", ge=1)
    fill_rate: Real = fraction("Share of the cards with a row in the section.")
    mean_rows: Real = column("Rows in the section per card.", unit="rows per card", ge=0)
    mean_terms_per_card: Real = column(
        "Topics per card; NULL for statements.", unit="topics per card", nullable=True, ge=0
    )
    relevancy_present: Real = fraction(
        "Share of the rows with a relevancy; NULL for keywords and themes, and without rows.", nullable=True
    )
    singleton_share: Real = fraction(
        "Share of the topics that only one card has; NULL for statements, and without topics.", nullable=True
    )
    chao1_unseen: Real = column(
        "Topics that more cards of this kind would still bring, as Chao1 estimates; NULL as singleton_share.",
        unit="topics",
        nullable=True,
        ge=0,
    )
    n_rejects: Whole = column(
        "Rows of these cards and this section that could not be read.", unit="rows", ge=0
    )


# Columns that topic_momentum shows of topic_trend_fit and topic_presence_fit.
_Z_TREND = column(
    "Cochran-Armitage trend test within forms, scaled by phi; NULL where it cannot be computed.",
    unit="standard deviations",
    nullable=True,
)
_PHI = column(
    "Over-dispersion, of issues or of blocks of them, whichever is more; 1 for none; NULL as z_trend.",
    nullable=True,
    ge=1,
)
_LOG_ODDS_PER_YEAR = column(
    "Estimated change of the log-odds of a card having the topic; NULL as z_trend.",
    unit="log-odds per year",
    nullable=True,
)
_SE = column("Standard error of log_odds_per_year.", unit="log-odds per year", nullable=True, ge=0)
_P_TREND = probability("Two-sided p-value of z_trend.", nullable=True)
_Q_TREND = probability("p_trend adjusted for all topics of the family.", nullable=True)
_SLOPE_PP_PER_YEAR = column(
    "Theil-Sen slope of the share over blocks of newsletter issues; NULL with fewer than two blocks.",
    unit="percentage points per year",
    nullable=True,
)
_Z_RECENT = column(
    "z_trend of the recent newsletter issues (see metric); NULL with too few of them.",
    unit="standard deviations",
    nullable=True,
)
_LOG_ODDS_RECENT = column(
    "log_odds_per_year of the recent newsletter issues; NULL as z_recent.",
    unit="log-odds per year",
    nullable=True,
)
_SE_RECENT = column("Standard error of log_odds_recent.", unit="log-odds per year", nullable=True, ge=0)
_P_RECENT = probability("Two-sided p-value of z_recent.", nullable=True)
_Q_RECENT = probability("p_recent adjusted for all topics of the family.", nullable=True)
_LINE_AGAINST_STEP = column(
    "How much more likely the cards are with a straight line than with the best single step; far below 0 "
    "for a topic that changed once. NULL where the stage does not depend on it.",
    unit="nats",
    nullable=True,
)
_CALLED_BY = column(
    "Which newsletter issues show the direction that is called; NULL where none is.",
    nullable=True,
    isin=("recent", "all"),
)
_LOG_ODDS_SHRUNK = column(
    "log_odds_per_year, nearer to 0 the less sure it is; NULL as z_trend.",
    unit="log-odds per year",
    nullable=True,
)
_P_EMERGING = probability(
    "How often the newsletter issues with the topic crowd at the end as much by chance; NULL for a topic in "
    "too few of them.",
    nullable=True,
)
_Q_EMERGING = probability("p_emerging adjusted for all such topics of the kind.", nullable=True)
_MK_TAU = column(
    "Kendall's tau of the same blocks: 1 always up, -1 always down.",
    unit="-1 to 1",
    nullable=True,
    ge=-1,
    le=1,
)


class TopicTrendFit(OfTopic, FoundOn, key=("issues_back", "topic_id")):
    """One row per topic of the family (see metric) and data it was tested on: all, or without the last issue.

    Computed by Python. `topic_momentum` shows the trends of all data; those before say what stage is new.
    """

    family_size: Whole = column("Topics that q_trend is adjusted for.", unit="topics", ge=1)
    z_trend: Real = _Z_TREND
    phi: Real = _PHI
    log_odds_per_year: Real = _LOG_ODDS_PER_YEAR
    se: Real = _SE
    p_trend: Real = _P_TREND
    q_trend: Real = _Q_TREND
    z_recent: Real = _Z_RECENT
    log_odds_recent: Real = _LOG_ODDS_RECENT
    se_recent: Real = _SE_RECENT
    p_recent: Real = _P_RECENT
    q_recent: Real = _Q_RECENT
    line_against_step: Real = _LINE_AGAINST_STEP
    log_odds_shrunk: Real = _LOG_ODDS_SHRUNK
    slope_pp_per_year: Real = _SLOPE_PP_PER_YEAR
    mk_tau: Real = _MK_TAU
    df: Real = column(
        "Degrees of freedom of p_trend and p_recent; NULL where the normal distribution is used.",
        nullable=True,
        ge=0,
    )
    prior_phi: Real = column("Over-dispersion of blocks that the family has at large.", ge=0)
    prior_df: Real = column("Degrees of freedom that this is worth.", ge=0)
    lag_1: Real = column(
        "Correlation of neighbouring newsletter issues, pooled over the family; no test uses it.",
        ge=-1,
        le=1,
    )
    call: Text = column("What the trend says (see metric, stage).", isin=TREND_CALLS)
    called_by: Text = _CALLED_BY


class TopicPresenceFit(OfTopic, FoundOn, key=("issues_back", "topic_id")):
    """One row per topic in enough newsletter issues (see metric, p_emerging) and data it was tested on.

    Computed by Python, for topics with too few cards for a trend too: does it emerge, is it back?
    """

    n_issues_with: Whole = column("Newsletter issues with the topic.", unit="issues", ge=1)
    p_emerging: Real = _P_EMERGING
    q_emerging: Real = _Q_EMERGING
    return_date: Day = column(
        "Newsletter issue with which it came back after a long gap, if that was lately; else NULL.",
        nullable=True,
    )
    n_missed: Whole = column("Counted cards in the gap, able to carry the kind.", unit="cards", ge=0)
    n_expected: Real = column(
        "Newsletter issues of the gap in which the topic would have been at its own rate.",
        unit="issues",
        ge=0,
    )
    p_gap: Real = probability("How often chance leaves a gap as long; 1 without a return.")
    q_gap: Real = probability("p_gap adjusted for all topics that came back lately.")
    is_returning: Flag = column("Whether the gap was long for the topic, and longer than chance leaves.")


class CallHistory(OfTopic, key=("topic_id", "called_from")):
    """One row per unbroken run of a call of a topic: when was it called, for how long, and was that right?

    Computed by Python: the rules of the stage on the data up to each newsletter issue. What a call rests on
    came before it; what came after says how it turned out.
    """

    stage: Text = column("What was called.", isin=CALLS)
    called_from: Day = column("First newsletter issue of the run: from it on this was called.")
    called_to: Day = column("Last newsletter issue of the run; NULL while it holds.", nullable=True)
    share_at_call: Real = fraction(
        "Share over the newsletter issues up to the call (see metric, outcome).", nullable=True
    )
    share_since: Real = fraction(
        "Share over the newsletter issues after the call, at most as many; NULL without cards.", nullable=True
    )
    outcome: Text = column("How it turned out (see metric).", isin=OUTCOMES)


class TopicMomentum(OfTopic, key=("topic_id",)):
    """One row per topic with a counted card: what is rising or falling, and is that more than noise?

    The trend test and the slopes are of topics of the family (see metric) alone; others have NULL there.
    """

    first_seen: Day = column("First newsletter issue with a counted card of the topic.")
    last_seen: Day = column("Last newsletter issue with a counted card of the topic.")
    lifespan_issues: Whole = column(
        "Newsletter issues from first to last, both counted.", unit="issues", ge=1
    )
    n_cards_with: Whole = column("Counted cards with the topic.", unit="cards", ge=1)
    n_surface_forms: Whole = column(
        "Different spellings of the topic on its counted cards.", unit="surfaces", ge=1
    )
    same_as: Text = column(
        "Of a concept without a name of its own on the cards, the one that the same keywords and themes are: "
        "alerts and rising() tell that one alone. Else NULL.",
        nullable=True,
    )
    stage: Text = column("Where the topic stands; the first rule that holds (see metric).", isin=STAGES)
    called_since: Day = column(
        "First newsletter issue of the unbroken run with this stage, of a call or a burst; else NULL.",
        nullable=True,
    )
    called_by: Text = _CALLED_BY
    q_called: Real = probability(
        "q of the test that shows the call: q_recent or q_trend, as called_by says, or q_emerging; NULL for "
        "a stage that is no call.",
        nullable=True,
    )
    new_level_since: Day = column("Newsletter issue of the last shift of its level.", nullable=True)
    stage_before: Text = column(
        "Stage on the data up to the newsletter issue before the last one; NULL for a topic that was not "
        "there.",
        nullable=True,
        isin=tuple(STAGES),
    )
    share_recent: Real = fraction(
        "Share of the cards of the last newsletter issues (see metric); NULL without cards.", nullable=True
    )
    ratio_recent: Real = column(
        "Shrunk share of the last newsletter issues over that of as many before; NULL without cards in "
        "either.",
        nullable=True,
        ge=0,
    )
    diff_pp: Real = points(
        "Share of the last newsletter issues minus that of as many before; NULL without cards in either.",
        nullable=True,
    )
    diff_lo_pp: Real = points(f"Lower end of the {CONFIDENCE} Newcombe interval of diff_pp.", nullable=True)
    diff_hi_pp: Real = points(f"Upper end of the {CONFIDENCE} Newcombe interval of diff_pp.", nullable=True)
    z_trend: Real = _Z_TREND
    phi: Real = _PHI
    log_odds_per_year: Real = _LOG_ODDS_PER_YEAR
    se: Real = _SE
    p_trend: Real = _P_TREND
    q_trend: Real = _Q_TREND
    slope_pp_per_year: Real = _SLOPE_PP_PER_YEAR
    mk_tau: Real = _MK_TAU
    z_recent: Real = _Z_RECENT
    log_odds_recent: Real = _LOG_ODDS_RECENT
    se_recent: Real = _SE_RECENT
    q_recent: Real = _Q_RECENT
    line_against_step: Real = _LINE_AGAINST_STEP
    log_odds_shrunk: Real = _LOG_ODDS_SHRUNK
    p_emerging: Real = _P_EMERGING
    q_emerging: Real = _Q_EMERGING
    share_excl_top_domain: Real = fraction(
        "share_recent without the cards of the domain with most of them; NULL where no other card is left.",
        nullable=True,
    )
    family_size: Whole = column(
        "Topics that q_trend is adjusted for; NULL for a topic too rare to be tested.",
        unit="topics",
        nullable=True,
        ge=1,
    )
    evidence: Text = column("path:line of the topic on its newest cards; all are in the view evidence.")


class Substitution(Table, key=("falling_topic_id", "rising_topic_id")):
    """One row per pair of names of which one falls and the other rises: did only the words change?

    Two topics of one kind that are names of one concept which itself is neither rising, falling nor emerging.
    Where one of them is only a part of the concept, or where they have no concept in common, they are a pair
    only if they are near in meaning. Names that a person has kept apart are none. A pair that is called as
    concepts and as keywords or themes has one row, that of the concepts.
    """

    falling_topic_id: Text = column("The topic that is called falling.", str_matches=TOPIC_ID)
    rising_topic_id: Text = column("The topic that is called rising or emerging.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of both topics.", isin=KINDS)
    falling: Text = column("Canonical name of the one that falls.")
    falling_since: Day = column("Its called_since: first newsletter issue of the call.")
    falling_q: Real = probability("Its q_called.")
    rising: Text = column("Canonical name of the one that rises.")
    rising_stage: Text = column("Which of the two it is called.", isin=("rising", "emerging"))
    rising_since: Day = column("Its called_since.")
    rising_q: Real = probability("Its q_called.")
    concept_id: Text = column(
        "Concept that both are names of; of several the one that they are names of most narrowly. NULL where "
        "they are near in meaning alone.",
        nullable=True,
        str_matches=TOPIC_ID,
    )
    concept: Text = column("Its name.", nullable=True)
    relation: Text = column(
        "What joins them: is (both are names of the concept), part (at least one is a narrower idea), near "
        "(in meaning alone, see metric, similarity).",
        isin=(*RELATIONS, "near"),
    )
    similarity: Real = column(
        "Cosine of the vectors of the names, to two decimals; NULL where texts are not encoded.",
        nullable=True,
        ge=-1,
        le=1,
    )


class TopicBurstFit(Burst, FoundOn, key=("issues_back", "topic_id", "start_date")):
    """One row per burst and data it was found on: all, or up to the issue before the last one.

    Computed by Python. `topic_burst` shows the bursts of all data; those of the data before say what is new.
    """


class TopicBurst(Burst, key=("topic_id", "start_date")):
    """One row per burst of a topic of the family (see metric): when did people suddenly write about it?"""

    is_new: Flag = column(
        "Whether it is open with a q below max_q (see metric), and the topic was in no such burst on the "
        "data up to the newsletter issue before the last one."
    )


class TopicShift(OfTopic, key=("topic_id", "shift_date")):
    """One row per level shift of a topic of the family (see metric): did the level change for good?"""

    shift_date: Day = column("First newsletter issue of the new level.")
    share_before: Real = fraction("Share of the cards from the shift before, or the start, to this one.")
    share_after: Real = fraction("Share of the cards from this shift to the next one, or the end.")
    log_odds_ratio: Real = column(
        "Log-odds after minus those before within a form, with half a card more in each cell.",
        unit="log-odds",
    )
    form_explains: Real = fraction(
        "Part of share_after minus share_before that comes from another mix of the forms of the cards."
    )
    delta_cost: Real = column(
        "How much less likely the cards are without the shift, whatever the forms explain.",
        unit="nats",
        ge=0,
    )
    n_before: Whole = column("Counted cards able to carry the kind, for share_before.", unit="cards", ge=1)
    n_after: Whole = column("Counted cards able to carry the kind, for share_after.", unit="cards", ge=1)
    same_as_form_change: Flag = column(
        "Whether the most frequent form of the cards changes with the shift: then nothing but the cards of "
        "other forms at the time tells one from the other."
    )
    is_new: Flag = column(
        "Whether it is recent (see metric, alert), and the topic had no recent shift on the data up to the "
        "newsletter issue before the last one."
    )


class WindowDiff(Table, key=("pair", "topic_id")):
    """One row per pair of windows and topic with a counted card in either: what changed since then?

    Window a is the earlier one, b the later one. Pairs: the last newsletter issue against those before it,
    the recent issues against as many before, the last year against the year before (see metric).
    """

    pair: Text = column("Pair of windows.", isin=WINDOW_PAIRS)
    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")
    xa: Whole = column("Counted cards with the topic in the earlier window.", unit="cards", ge=0)
    na: Whole = column("Counted cards able to carry the kind in the earlier window.", unit="cards", ge=1)
    xb: Whole = column("Counted cards with the topic in the later window.", unit="cards", ge=0)
    nb: Whole = column("Counted cards able to carry the kind in the later window.", unit="cards", ge=1)
    diff_pp: Real = points("Later minus earlier share.")
    diff_lo: Real = points(f"Lower end of the {CONFIDENCE} Newcombe interval of diff_pp.")
    diff_hi: Real = points(f"Upper end of the {CONFIDENCE} Newcombe interval of diff_pp.")
    log_odds_z: Real = column(
        "Weighted log-odds of the later against the earlier window, with a Dirichlet prior; NULL for the "
        "only topic of its kind.",
        unit="standard deviations",
        nullable=True,
    )
    q: Real = probability(
        "p of log_odds_z, adjusted for all topics with enough cards in the pair; NULL for others.",
        nullable=True,
    )
    status: Text = column(
        "What happened to the topic; the first rule that holds (see metric).", isin=STATUSES
    )


class TopicPair(Table, key=("topic_id_a", "topic_id_b", "span")):
    """One row per pair of topics of one kind and span of newsletter issues: what comes together?

    Only pairs with at least min_cards counted cards (see metric) that have both, and no two concepts for
    which the same keyword or theme counts.
    """

    topic_id_a: Text = column("The topic whose id sorts first.", str_matches=TOPIC_ID)
    topic_id_b: Text = column("The other topic.", str_matches=TOPIC_ID)
    span: Text = column("All newsletter issues, or the last ones (see metric).", isin=SPANS)
    kind: Text = column("Kind of both topics.", isin=KINDS)
    topic_a: Text = column("Canonical name of the first topic.")
    topic_b: Text = column("Canonical name of the other topic.")
    n_ab: Whole = column("Counted cards with both topics.", unit="cards", ge=1)
    n_a: Whole = column("Counted cards with the first topic.", unit="cards", ge=1)
    n_b: Whole = column("Counted cards with the other topic.", unit="cards", ge=1)
    npmi: Real = column(
        "Normalised pointwise mutual information: 1 always, 0 as by chance, -1 never together; NULL where "
        "every card has both.",
        unit="-1 to 1",
        nullable=True,
        ge=-1,
        le=1,
    )
    g2: Real = column("Log-likelihood ratio against independence.", ge=0)
    q: Real = probability(
        "p of g2, adjusted for all pairs of topics with enough cards in the span; NULL for others.",
        nullable=True,
    )
    first_together: Day = column("First newsletter issue with a counted card that has both, in all data.")
    npmi_change: Real = column(
        "Span last: npmi minus npmi of all issues before; NULL where it cannot be computed.",
        unit="-2 to 2",
        nullable=True,
        ge=-2,
        le=2,
    )


class TopicForecast(OfTopic, key=("topic_id", "horizon_issues")):
    """One row per topic of the family (see metric) and horizon: what next, and was it right before?

    What is forecast is the share of the cards of the next newsletter issues, all together. Scores are means
    over the backtest: at each newsletter issue of the past, that share was forecast from the issues up to
    then.
    """

    horizon_issues: Whole = column(
        "Next newsletter issues with cards that the share is of.", unit="issues", ge=1
    )
    n_expected: Whole = column(
        "Counted cards able to carry the kind that these issues may have: the share is of so many.",
        unit="cards",
        ge=1,
    )
    share_p10: Real = fraction(
        "The share lies below with a probability of 10 %; NULL where nothing is published.", nullable=True
    )
    share_p50: Real = fraction("Median of the share.", nullable=True)
    share_p90: Real = fraction("The share lies below with a probability of 90 %.", nullable=True)
    model: Text = column("How the share is forecast (see metric).")
    n_origins: Whole = column("Newsletter issues of the past forecast from.", unit="issues", ge=1)
    n_windows: Whole = column(
        "Stretches of horizon_issues among n_origins: so many forecasts have no issue in common.",
        unit="stretches",
        ge=0,
    )
    log_score: Real = column(
        "Mean log-probability of what came; higher is better. NULL without origins.",
        unit="nats",
        nullable=True,
    )
    log_score_naive: Real = column("The same of the baseline, the share over all issues so far.", unit="nats")
    mae_pp: Real = column(
        "Mean absolute error of the expected share.", unit="percentage points", ge=0, le=100
    )
    coverage_80: Real = fraction("How often the share lay within the 80 % interval (see metric).")
    skill: Real = column("log_score minus log_score_naive.", unit="nats")
    skill_se: Real = column(
        "Standard error of skill, from the stretches; NULL with fewer than two.",
        unit="nats",
        nullable=True,
        ge=0,
    )
    is_published: Flag = column(
        "Whether the forecast was surely better than the baseline: skill more than some standard errors "
        "above 0 (see metric)."
    )


class Alert(Table, key=("alert_id",)):
    """One row per event: what must I look at today?

    A function of the cards alone, whatever runs came before.
    """

    alert_id: Text = column(
        "MD5 of kind of alert, topic (health: form and section) and quarter of start.", str_matches=TOPIC_ID
    )
    alert_kind: Text = column("Rule that holds (see metric).", isin=ALERT_KINDS)
    topic_id: Text = column("Topic; NULL for health.", nullable=True, str_matches=TOPIC_ID)
    topic: Text = column("Canonical name; NULL for health.", nullable=True)
    kind: Text = column("Kind of the topic: concept; NULL for health.", nullable=True, isin=KINDS)
    form: Text = column("Structural dialect of the cards; health only.", nullable=True, isin=FORMS)
    section: Text = column("Section: the parsed table; health only.", nullable=True, isin=tuple(SECTIONS))
    start: Day = column(
        "First newsletter issue of burst, new level, new or returning topic; called_since for rise, fall "
        "and emerging; first day of the quarter for health."
    )
    is_new: Flag = column(
        "Whether the rule did not hold on the data up to the newsletter issue before the last one; of a "
        "rise, a fall and an emergence, whether nobody was told of it lately (see metric, alert)."
    )
    q: Real = probability("Adjusted p-value; NULL for new, shift and health.", nullable=True)
    headline: Text = column("What happened, in a sentence.")
    n_evidence: Whole = column(
        "Counted rows of evidence that name the topic, from start on (rise, fall and shift: all); health: "
        "cards without the section and rejects.",
        unit="rows",
        ge=1,
    )


class Evidence(OfTopic, key=("topic_id", "card_id", "section", "row_no")):
    """One row per line that leads to a topic, of counted cards and others: to the line of the file.

    A line that names a keyword or theme is evidence for that and for each concept that it counts for (how is
    name); a statement that matches the definition of a concept is evidence for that alone (how is meaning).
    Numbers of cards, such as n_cards_with, are of those that name the topic. Ask by evidence_of('AI'), which
    takes any name of a topic: WHERE topic = 'AI' finds nothing where the topic has another name.
    """

    card_id: Text = column("Card of the line.", str_matches=CARD_ID)
    is_counted: Flag = column("Whether the marts count the card.")
    issue_date: Day = column("Date of the card's newsletter issue.", nullable=True)
    how: Text = column(
        "name where a list item names the topic, meaning where a statement matches its definition.",
        isin=EVIDENCE_HOWS,
    )
    section: Text = column(
        "Section of the card: the parsed table.", isin=(*LIST_SECTIONS, *STATEMENT_SECTIONS)
    )
    row_no: Whole = column("Number of the list item or row in its section, 1-based.", ge=1)
    raw_text: Text = column("The list item as written, or name and description of the statement.")
    alias_rule: Text = column(
        "Rule that led from the list item to the topic; NULL for a statement.", nullable=True
    )
    path: Text = column("Path of the file, relative to the raw folder.")
    line: Whole = column("Line of the file, 1-based.", ge=1)
    file_sha256: Text = column("SHA-256 of the file's bytes, hexadecimal.", nullable=True)


class StatementTopics(OfStatement, key=("section", "card_id", "row_no", "topic_id", "how")):
    """One row per statement, topic that it speaks of, and how that is told; of counted cards and others.

    For topics of each kind: the statements of a concept are also those of the keywords and themes that count
    for it. By meaning only concepts with a definition have statements, and only where texts are encoded.
    """

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    how: Text = column(
        "words where a name of the topic stands in it (statement_names), meaning where it says what the "
        "definition does (concept_match).",
        isin=HOWS,
    )


class Statements(Table, key=("section", "card_id", "row_no")):
    """One row per statement: a row of any section table, such as a signal or a concern."""

    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    card_id: Text = column("Card that the row is read from.", str_matches=CARD_ID)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)
    line: Whole = column("Line of the file, 1-based.", ge=1)
    name: Text = column("Name of the statement; NULL for technologies of form B-src.", nullable=True)
    description: Text = column("What it says.", nullable=True)
    change: Text = column("From what to what; signals only.", nullable=True)
    ten_year: Text = column("How it may be in ten years; signals only.", nullable=True)
    driving_force: Text = column("What drives it; signals only.", nullable=True)
    relevancy: Whole = column(
        "Relevancy given by the extractor.",
        unit=RELEVANCY_SCALE,
        nullable=True,
        ge=LOWEST_RELEVANCY,
        le=HIGHEST_RELEVANCY,
    )
    src: Text = column("The src cell as written; technologies of form B-src only.", nullable=True)


class OutlookRecord(Table, key=("breakdown", "name")):
    """One row per breakdown and what it has judged outlooks of: how much of what was said came true?

    All judged outlooks, and those of each section, of each source and of the cards with each concept. People
    judge what they remember: a share is of what was judged, not of all that was said. What came true ahead of
    its day can be judged at once, and what did not has to wait for it: so a share is of outlooks that were
    due when they were judged.
    """

    breakdown: Text = column("What the outlooks have in common.", isin=BREAKDOWNS)
    name: Text = column(
        "Section, registered domain of the cards' links, concept, or a name in brackets for all outlooks and "
        "for those of cards whose domain is not known."
    )
    n_came_true: Whole = column(
        "Outlooks that came true, of those that were due when they were judged.", unit="outlooks", ge=0
    )
    n_did_not: Whole = column("Those of them that did not.", unit="outlooks", ge=0)
    n_came_early: Whole = column(
        "Outlooks that were found to have come true before they were due, or that have no day; in no share.",
        unit="outlooks",
        ge=0,
    )
    n_open: Whole = column(
        "Outlooks of which somebody found that it cannot be said yet.", unit="outlooks", ge=0
    )
    share: Real = fraction(
        "n_came_true / (n_came_true + n_did_not); NULL where nothing was due when it was judged.",
        nullable=True,
    )
    share_lo: Real = fraction(f"Lower end of the {CONFIDENCE} Wilson interval of share.", nullable=True)
    share_hi: Real = fraction(f"Upper end of the {CONFIDENCE} Wilson interval of share.", nullable=True)


TABLES: dict[str, type[Table]] = {
    "metric": Metric,
    "newsletter_issues": NewsletterIssues,
    "dated_issues": DatedIssues,
    "counted_cards": CountedCards,
    "able_cards": AbleCards,
    "able_periods": AblePeriods,
    "topic_members": TopicMembers,
    "topic_names": TopicNames,
    "statement_names": StatementNames,
    "topic_cards": TopicCards,
    "counted_topics": CountedTopics,
    "issue_overview": IssueOverview,
    "topic_trend_counts": TopicTrendCounts,
    "topic_sections": TopicSections,
    "concept_trend_by_meaning": ConceptTrendByMeaning,
    "source_mix": SourceMix,
    "corpus_health": CorpusHealth,
    "topic_trend_fit": TopicTrendFit,
    "topic_presence_fit": TopicPresenceFit,
    "call_history": CallHistory,
    "topic_burst_fit": TopicBurstFit,
    "topic_burst": TopicBurst,
    "topic_shift": TopicShift,
    "topic_forecast": TopicForecast,
    "topic_momentum": TopicMomentum,
    "window_diff": WindowDiff,
    "topic_pair": TopicPair,
    "substitution": Substitution,
    "alert": Alert,
    "outlook_record": OutlookRecord,
}
"""The marts by name, in an order in which each comes after what it reads; metric is not made by SQL."""

VIEWS: dict[str, type[Table]] = {
    "evidence": Evidence,
    "statement_topics": StatementTopics,
    "statements": Statements,
    "topic_trend": TopicTrend,
}
"""The views by name."""
