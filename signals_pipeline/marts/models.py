"""The marts: one model each, and one for each view."""

from signals_pipeline.parsed.models import CARD_ID, FORMS, LIST_SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.schema import Day, Flag, Real, Table, Text, Whole, column
from signals_pipeline.topics.models import KINDS, TOPIC_ID

GRAINS = ("issue", "month", "quarter", "year")
SECTIONS = LIST_SECTIONS + STATEMENT_SECTIONS
ALL_DOMAINS = "(all domains)"
NO_DOMAIN = "(no domain)"


class Metric(Table):
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

    class Config:
        """Key."""

        unique = ["metric", "parameter"]


class NewsletterIssues(Table):
    """One row per newsletter issue, dated or not: all cards with one issue_key."""

    issue_key: Text = column("Newsletter issue: its ISO date, else 'undated:' and the token.")
    issue_date: Day = column("Date of the newsletter issue; NULL where it is not known.", nullable=True)
    issue_no: Whole = column(
        "Number among the dated newsletter issues, the first is 1; NULL without a date.", nullable=True, ge=1
    )
    tokens: Text = column(
        "What its cards say of their newsletter issue, without blanks around it, sorted, comma-separated.",
        nullable=True,
    )

    class Config:
        """Key."""

        unique = ["issue_key"]


class IssueOverview(Table):
    """One row per newsletter issue, dated or not: how unusual it was."""

    issue_key: Text = column("Newsletter issue: its ISO date, else 'undated:' and the token.")
    issue_date: Day = column("Date of the newsletter issue; NULL where it is not known.", nullable=True)
    issue_no: Whole = column(
        "Number among the dated newsletter issues, the first is 1; NULL without a date.", nullable=True, ge=1
    )
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

    class Config:
        """Key."""

        unique = ["issue_key"]


class TopicTrend(Table):
    """One row per topic, grain and period: how much of the newsletter a topic is, over time.

    Topics with at least min_cards counted cards (see metric) have a row for every period from the first
    newsletter issue to the last; rarer ones only where they have a card (the macro trend fills their zeros).
    A period without a card that could carry the topic has n_cards 0 and no share. Every row is computed from
    the issues up to the end of its own period.
    """

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")
    grain: Text = column("Length of the period; add n_cards_with within one grain only.", isin=GRAINS)
    period_start: Day = column("First day of the period; for grain issue the issue date.")
    n_cards_with: Whole = column("Counted cards with the topic.", unit="cards", ge=0)
    n_cards: Whole = column("Counted cards able to carry the kind.", unit="cards", ge=0)
    n_issues: Whole = column("Newsletter issues in the period.", unit="issues", ge=0)
    n_issues_with: Whole = column("Newsletter issues in the period with the topic.", unit="issues", ge=0)
    n_domains: Whole = column("Domains of the cards with the topic, where known.", unit="domains", ge=0)
    share: Real = column(
        "n_cards_with / n_cards; NULL where n_cards is 0.", unit="fraction", nullable=True, ge=0, le=1
    )
    share_lo: Real = column(
        "Lower end of the 95 % Wilson interval of share.", unit="fraction", nullable=True, ge=0, le=1
    )
    share_hi: Real = column(
        "Upper end of the 95 % Wilson interval of share.", unit="fraction", nullable=True, ge=0, le=1
    )
    share_shrunk: Real = column(
        "Share drawn towards the topic's share so far, the more the fewer cards the period has.",
        unit="fraction",
        nullable=True,
        ge=0,
        le=1,
    )
    share_ewma: Real = column(
        "Share over all newsletter issues up to the last of the period, weights halving with age.",
        unit="fraction",
        nullable=True,
        ge=0,
        le=1,
    )
    relevancy_centred: Real = column(
        "Mean relevancy of the cards' signals above the mean of the card's form; NULL where none is given.",
        unit="points of 1 to 5",
        nullable=True,
        ge=-4,
        le=4,
    )
    is_partial: Flag = column(
        "Whether the first or last period is likely to lack newsletter issues; never for grain issue."
    )

    class Config:
        """Key."""

        unique = ["topic_id", "grain", "period_start"]


class SourceMix(Table):
    """One row per domain and quarter, and one per quarter for all domains: whose world view this is.

    The row for all domains has the domain '(all domains)'; cards whose domain is not known stand under
    '(no domain)'.
    """

    domain: Text = column("Registered domain of the cards' links, or one of two names in brackets.")
    quarter_start: Day = column("First day of the quarter.")
    n_cards: Whole = column("Counted cards.", unit="cards", ge=1)
    share: Real = column("Share of the counted cards of the quarter.", unit="fraction", ge=0, le=1)
    share_lo: Real = column(
        "Lower end of the 95 % Wilson interval of share; NULL for all domains.",
        unit="fraction",
        nullable=True,
        ge=0,
        le=1,
    )
    share_hi: Real = column(
        "Upper end of the 95 % Wilson interval of share; NULL for all domains.",
        unit="fraction",
        nullable=True,
        ge=0,
        le=1,
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

    class Config:
        """Key."""

        unique = ["domain", "quarter_start"]


class CorpusHealth(Table):
    """One row per form, section and quarter with counted cards: did the world change, or the extractor?"""

    form: Text = column("Structural dialect of the cards.", isin=FORMS)
    section: Text = column("Section: the parsed table.", isin=SECTIONS)
    quarter_start: Day = column("First day of the quarter.")
    n_cards: Whole = column("Counted cards of the form in the quarter.", unit="cards", ge=1)
    fill_rate: Real = column("Share of the cards with a row in the section.", unit="fraction", ge=0, le=1)
    mean_rows: Real = column("Rows in the section per card.", unit="rows per card", ge=0)
    mean_terms_per_card: Real = column(
        "Topics per card; NULL for statements.", unit="topics per card", nullable=True, ge=0
    )
    relevancy_present: Real = column(
        "Share of the rows with a relevancy; NULL for keywords and themes, and without rows.",
        unit="fraction",
        nullable=True,
        ge=0,
        le=1,
    )
    singleton_share: Real = column(
        "Share of the topics that only one card has; NULL for statements, and without topics.",
        unit="fraction",
        nullable=True,
        ge=0,
        le=1,
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

    class Config:
        """Key."""

        unique = ["form", "section", "quarter_start"]


class Evidence(Table):
    """One row per mention, counted or not: from a topic to the line of the file that names it."""

    topic_id: Text = column("Topic.", str_matches=TOPIC_ID)
    kind: Text = column("Kind of the topic.", isin=KINDS)
    topic: Text = column("Canonical name.")
    card_id: Text = column("Card that mentions the topic.", str_matches=CARD_ID)
    is_counted: Flag = column("Whether the marts count the card.")
    issue_date: Day = column("Date of the card's newsletter issue.", nullable=True)
    section: Text = column("Section of the card: the parsed table.", isin=LIST_SECTIONS)
    row_no: Whole = column("Number of the list item in its section, 1-based.", ge=1)
    raw_text: Text = column("The list item as written.")
    alias_rule: Text = column("Rule that led from the list item to the topic.")
    path: Text = column("Path of the file, relative to the raw folder.")
    line: Whole = column("Line of the file, 1-based.", ge=1)
    file_sha256: Text = column("SHA-256 of the file's bytes, hexadecimal.", nullable=True)

    class Config:
        """Key."""

        unique = ["card_id", "section", "row_no"]


class Statements(Table):
    """One row per statement: signals, concerns, behaviors, technologies and emerging issues in one list."""

    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    card_id: Text = column("Card that the row is read from.", str_matches=CARD_ID)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)
    line: Whole = column("Line of the file, 1-based.", ge=1)
    name: Text = column("Name of the statement; NULL for technologies of form B-src.", nullable=True)
    description: Text = column("What it says.", nullable=True)
    change: Text = column("From what to what; signals only.", nullable=True)
    ten_year: Text = column("How it may be in ten years; signals only.", nullable=True)
    driving_force: Text = column("What drives it; signals only.", nullable=True)
    relevancy: Whole = column("Relevancy given by the extractor.", unit="1 to 5", nullable=True, ge=1, le=5)
    src: Text = column("The src cell as written; technologies of form B-src only.", nullable=True)

    class Config:
        """Key."""

        unique = ["section", "card_id", "row_no"]


TABLES: dict[str, type[Table]] = {
    "metric": Metric,
    "newsletter_issues": NewsletterIssues,
    "issue_overview": IssueOverview,
    "topic_trend": TopicTrend,
    "source_mix": SourceMix,
    "corpus_health": CorpusHealth,
}
"""The marts by name, in an order in which each comes after what it reads; metric is not made by SQL."""

VIEWS: dict[str, type[Table]] = {
    "evidence": Evidence,
    "statements": Statements,
}
"""The views over parsed tables and topics by name."""
