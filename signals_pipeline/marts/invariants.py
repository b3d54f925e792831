"""What must hold in the marts whatever the cards say: a sentence each, and the query for its exceptions."""

from dataclasses import dataclass

import pyarrow

from signals_pipeline.marts.models import ALL_DOMAINS, TABLES
from signals_pipeline.marts.queries import query
from signals_pipeline.schema import columns, primary_key


@dataclass(frozen=True)
class Invariant:
    """One thing that must hold in a mart; the query returns the rows in which it does not."""

    name: str
    mart: str
    description: str
    sql: str


def _share_in_interval(mart: str) -> Invariant:
    keys = ", ".join(primary_key(TABLES[mart]))
    return Invariant(
        name=f"every_share_of_{mart}_lies_in_its_interval",
        mart=mart,
        description="0 <= share_lo <= share <= share_hi <= 1 wherever there is a share.",
        sql=f"""
SELECT {keys}, share_lo, share, share_hi
FROM {mart}
WHERE NOT (share BETWEEN 0 AND 1)
    OR NOT (share_lo BETWEEN 0 AND share)
    OR NOT (share_hi BETWEEN share AND 1)
""",
    )


def _finite(mart: str) -> Invariant:
    reals = [one.name for one in columns(TABLES[mart]) if one.arrow_type == pyarrow.float64()]
    keys = ", ".join(primary_key(TABLES[mart]))
    return Invariant(
        name=f"every_number_of_{mart}_is_finite",
        mart=mart,
        description=f"None of {', '.join(reals)} is NaN or infinite; what cannot be computed is NULL.",
        sql=f"SELECT {keys}, {', '.join(reals)}\nFROM {mart}\nWHERE "
        + "\n    OR ".join(f"NOT isfinite({real})" for real in reals),
    )


_MARTS_WITH_REALS = tuple(
    name
    for name, model in TABLES.items()
    if any(one.arrow_type == pyarrow.float64() for one in columns(model))
)

INVARIANTS: tuple[Invariant, ...] = (
    _share_in_interval("topic_trend"),
    _share_in_interval("source_mix"),
    *map(_finite, _MARTS_WITH_REALS),
    Invariant(
        name="no_part_is_larger_than_its_whole",
        mart="topic_trend",
        description="n_cards_with <= n_cards, n_issues_with <= n_issues, and a topic is in no more issues "
        "and domains than it has cards.",
        sql="""
SELECT topic_id, grain, period_start, n_cards_with, n_cards, n_issues_with, n_issues, n_domains
FROM topic_trend
WHERE n_cards_with > n_cards
    OR n_issues_with > n_issues
    OR n_issues_with > n_cards_with
    OR n_domains > n_cards_with
""",
    ),
    Invariant(
        name="issues_add_up_to_every_period",
        mart="topic_trend",
        description="For every topic, n_cards_with over the newsletter issues of a month, quarter or year is "
        "n_cards_with of that period.",
        sql="""
WITH counts AS (
    SELECT topic_id, grain, period_start, n_cards_with
    FROM topic_trend
    WHERE n_cards_with > 0
),
signed AS (
    SELECT topic_id, grain, period_start, n_cards_with AS n FROM counts WHERE grain <> 'issue'
    UNION ALL
    SELECT topic_id, 'month', CAST(date_trunc('month', period_start) AS DATE), -n_cards_with
    FROM counts WHERE grain = 'issue'
    UNION ALL
    SELECT topic_id, 'quarter', CAST(date_trunc('quarter', period_start) AS DATE), -n_cards_with
    FROM counts WHERE grain = 'issue'
    UNION ALL
    SELECT topic_id, 'year', CAST(date_trunc('year', period_start) AS DATE), -n_cards_with
    FROM counts WHERE grain = 'issue'
)
SELECT topic_id, grain, period_start, sum(n) AS difference
FROM signed
GROUP BY topic_id, grain, period_start
HAVING sum(n) <> 0
""",
    ),
    Invariant(
        name="every_frequent_topic_has_a_row_for_every_issue",
        mart="topic_trend",
        description="Topics with at least min_cards counted cards have a row, zero or not, for every dated "
        "newsletter issue from the first to the last.",
        sql="""
SELECT topic_id, sum(n_cards_with) AS n_cards_with, count(period_start) AS n_rows
FROM topic_trend
WHERE grain = 'issue'
GROUP BY topic_id
HAVING sum(n_cards_with) >= (SELECT value FROM metric WHERE metric.metric = 'topic_trend')
    AND count(period_start) <> (SELECT count(issue_no) FROM newsletter_issues)
""",
    ),
    Invariant(
        name="every_count_has_its_evidence",
        mart="topic_trend",
        description="For every topic and newsletter issue, n_cards_with is the number of counted cards that "
        "evidence lists, and nothing that it lists is left out.",
        sql=f"""
WITH evidence AS (
{query("evidence")}
),
listed AS (
    SELECT topic_id, issue_date, count(DISTINCT card_id) AS n_listed
    FROM evidence
    WHERE is_counted
    GROUP BY topic_id, issue_date
),
counted AS (
    SELECT topic_id, period_start AS issue_date, n_cards_with
    FROM topic_trend
    WHERE grain = 'issue' AND n_cards_with > 0
)
SELECT topic_id, issue_date, n_cards_with, n_listed
FROM counted
FULL JOIN listed USING (topic_id, issue_date)
WHERE n_cards_with IS DISTINCT FROM n_listed
""",
    ),
    Invariant(
        name="overview_adds_up_to_the_cards",
        mart="issue_overview",
        description="For every newsletter issue, n_cards and n_counted are those of parsed.cards.",
        sql="""
WITH cards AS (
    SELECT issue_key, count(card_id) AS n_cards, count_if(is_counted) AS n_counted
    FROM parsed.cards
    GROUP BY issue_key
)
SELECT issue_key, issue_overview.n_cards, issue_overview.n_counted
FROM issue_overview
FULL JOIN cards USING (issue_key)
WHERE issue_overview.n_cards IS DISTINCT FROM cards.n_cards
    OR issue_overview.n_counted IS DISTINCT FROM cards.n_counted
""",
    ),
    Invariant(
        name="domains_add_up_to_every_quarter",
        mart="source_mix",
        description="For every quarter, n_cards over the domains is n_cards of the row for all domains.",
        sql=f"""
SELECT quarter_start, sum(CASE WHEN domain = '{ALL_DOMAINS}' THEN -n_cards ELSE n_cards END) AS difference
FROM source_mix
GROUP BY quarter_start
HAVING sum(CASE WHEN domain = '{ALL_DOMAINS}' THEN -n_cards ELSE n_cards END) <> 0
""",
    ),
    Invariant(
        name="forms_add_up_to_every_quarter",
        mart="corpus_health",
        description="For every quarter and section, n_cards over the forms is the number of counted cards.",
        sql="""
WITH quarters AS (
    SELECT CAST(date_trunc('quarter', issue_date) AS DATE) AS quarter_start, count(card_id) AS n_counted
    FROM parsed.cards
    WHERE is_counted
    GROUP BY ALL
)
SELECT quarter_start, section, sum(n_cards) AS n_cards, any_value(n_counted) AS n_counted
FROM corpus_health
FULL JOIN quarters USING (quarter_start)
GROUP BY quarter_start, section
HAVING sum(n_cards) IS DISTINCT FROM any_value(n_counted)
""",
    ),
)
"""The invariants of all marts; each reads nothing but its mart and what that is made from."""
