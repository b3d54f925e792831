"""What the page of a topic shows, a query each for all topics: `$topics` are ids of topics of any kind.

A query takes topics of the views `statement_topics` and `topic_trend` by `list_contains`: DuckDB then makes
no rows of other topics, and would make all of them before it compares them with a subquery.
"""

from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

STATEMENTS_LISTED = 40
STATEMENTS_A_SECTION = 20
CARDS_LISTED = 50
PAIRS_LISTED = 10
SOURCES_LISTED = 8
DRIVERS_LISTED = 8
MEANT_LISTED = 6

_SECTIONS = list(STATEMENT_SECTIONS)
"""Where a sentence stands in several sections of a card, it is shown as it stands in the first of these."""

_STATEMENTS = f"""
WITH
speaking AS (
    SELECT t.topic_id, t.section, t.card_id, t.row_no, bool_or(t.how = 'words') AS is_named
    FROM statement_topics AS t
    WHERE list_contains($topics, t.topic_id)
    GROUP BY ALL
),
said AS (
    SELECT
        p.*, c.issue_date, s.relevancy, n.card_id IS NOT NULL AS is_of_its_cards,
        list_position({_SECTIONS}, p.section) AS section_no,
        trim(regexp_replace(lower(coalesce(s.description, s.name)), '[^\\pL\\pN]+', ' ', 'g')) AS sentence
    FROM speaking AS p
    JOIN counted_cards AS c USING (card_id)
    JOIN statements AS s USING (section, card_id, row_no)
    LEFT JOIN topic_cards AS n ON n.topic_id = p.topic_id AND n.card_id = p.card_id
),
once AS (
    SELECT
        topic_id, section, section_no, card_id, row_no, issue_date, relevancy, is_of_its_cards,
        bool_or(is_named) OVER same AS is_named,
        list(section) OVER same AS sections
    FROM said
    WINDOW same AS (PARTITION BY topic_id, card_id, sentence)
    QUALIFY 1 = row_number() OVER (PARTITION BY topic_id, card_id, sentence ORDER BY section_no, row_no)
),
counts AS (
    SELECT
        topic_id,
        count(*) FILTER (is_of_its_cards) AS n,
        count(DISTINCT card_id) FILTER (is_of_its_cards) AS n_cards,
        count(*) FILTER (NOT is_of_its_cards) AS n_others,
        count(DISTINCT card_id) FILTER (NOT is_of_its_cards) AS n_other_cards
    FROM once
    GROUP BY topic_id
),
-- Those of other cards alone where there is nothing else.
told AS (FROM once QUALIFY is_of_its_cards = bool_or(is_of_its_cards) OVER (PARTITION BY topic_id)),
in_sections AS (
    SELECT topic_id, map_from_entries(list((section, n) ORDER BY section)) AS n_in_sections
    FROM (
        SELECT topic_id, section, count(*) AS n
        FROM (SELECT topic_id, unnest(list_distinct(sections)) AS section FROM told)
        GROUP BY ALL
    )
    GROUP BY topic_id
),
of_card AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY topic_id, section, card_id ORDER BY relevancy DESC NULLS LAST, row_no
        ) AS no_of_card
    FROM told
),
ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY topic_id, section ORDER BY no_of_card, issue_date DESC, card_id
        ) AS rank_no
    FROM of_card
),
listed AS (
    FROM ranked
    WHERE rank_no <= {STATEMENTS_A_SECTION}
    QUALIFY row_number() OVER (
        PARTITION BY topic_id ORDER BY rank_no, issue_date DESC, section_no
    ) <= {STATEMENTS_LISTED}
)
SELECT
    l.topic_id, k.* EXCLUDE (topic_id), i.n_in_sections, l.is_named, l.issue_date, s.*,
    list_sort(list_distinct(l.sections)) AS sections,
    c.title, c.issue_key, c.path
FROM listed AS l
JOIN counts AS k USING (topic_id)
JOIN in_sections AS i USING (topic_id)
JOIN statements AS s USING (section, card_id, row_no)
JOIN parsed.cards AS c USING (card_id)
ORDER BY l.topic_id, l.issue_date DESC, l.card_id, l.section_no, l.row_no
"""
"""Of each section the newest statements, of each card one before a second, the most relevant first.

They are of cards that have the topic as a keyword or theme: others use its words, perhaps in another sense.
All sections have the same number as far as there is room. The same sentence in two sections of a card is
one; `n_in_sections` counts it in both. They are ranked before their texts are joined to them, so that only
listed ones carry them along.
"""

_SECTIONS_BY_YEAR = """
WITH
-- Cards of a form that lacks a section say nothing of how often it would name a topic.
whole AS (
    SELECT c.form
    FROM statements AS s
    JOIN counted_cards AS c USING (card_id)
    GROUP BY c.form
    HAVING count(DISTINCT s.section) = (SELECT count(DISTINCT section) FROM statements)
),
named AS (
    SELECT t.topic_id, year(c.issue_date) AS year, c.card_no, t.section, count(*) AS x
    FROM statement_topics AS t
    JOIN counted_cards AS c USING (card_id)
    WHERE t.how = 'words' AND c.form IN (FROM whole)
        AND t.topic_id IN (SELECT topic_id FROM topic_sections WHERE topic_id IN (SELECT unnest($topics)))
    GROUP BY ALL
),
cards AS (SELECT topic_id, year, card_no, sum(x) AS n FROM named GROUP BY ALL),
-- Over the cards with a topic in a year, also those that name it in no statement of the section.
sums AS (
    SELECT
        c.topic_id, c.year, s.section,
        count(*) AS m, CAST(sum(c.n) AS DOUBLE) AS n, CAST(sum(coalesce(n.x, 0)) AS DOUBLE) AS x,
        sum(pow(coalesce(n.x, 0), 2)) AS xx, sum(coalesce(n.x, 0) * c.n) AS xn, sum(pow(c.n, 2)) AS nn
    FROM cards AS c
    CROSS JOIN (SELECT DISTINCT section FROM statements) AS s
    LEFT JOIN named AS n ON n.topic_id = c.topic_id AND n.card_no = c.card_no AND n.section = s.section
    GROUP BY ALL
),
-- As in topic_sections: the variance is that between cards, and so many statements of one card each would be
-- as sure.
sized AS (
    SELECT
        *,
        x / n AS share,
        m / (m - 1) * (xx - 2 * share * xn + share * share * nn) / n AS variance,
        if(m > 1, n / greatest(1, coalesce(variance / nullif(share * (1 - share), 0), 1)), NULL) AS n_as_sure
    FROM sums
)
SELECT
    topic_id, year, section, CAST(x AS INTEGER) AS x, CAST(n AS INTEGER) AS n, share,
    wilson(share * n_as_sure, n_as_sure).lo AS share_lo,
    wilson(share * n_as_sure, n_as_sure).hi AS share_hi
FROM sized
ORDER BY topic_id, year, section
"""
"""The statements that name a topic by year and section, with intervals where two cards or more have them."""

_CARDS = f"""
WITH
listed AS (
    FROM topic_cards
    WHERE topic_id IN (SELECT unnest($topics))
    QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY issue_date DESC, card_id) <= {CARDS_LISTED}
)
SELECT l.topic_id, l.card_id, l.line, l.issue_date, c.title, c.path
FROM listed AS l
JOIN parsed.cards AS c USING (card_id)
ORDER BY l.topic_id, l.issue_date DESC, l.card_id
"""
"""Ranked before the texts are joined to them, so that only those that are listed are carried along."""

_PAIRS = f"""
WITH
both_ways AS (
    SELECT topic_id_a AS topic_id, n_a AS n, topic_id_b AS other_id, topic_b AS other, * FROM topic_pair
    UNION ALL
    SELECT topic_id_b, n_b, topic_id_a, topic_a, * FROM topic_pair
)
SELECT
    topic_id, other_id, other, n_ab AS x, n, npmi, q, first_together,
    count(*) OVER (PARTITION BY topic_id) AS n_pairs
FROM both_ways
WHERE span = 'all' AND npmi > 0 AND topic_id IN (SELECT unnest($topics))
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY g2 DESC, other, other_id) <= {PAIRS_LISTED}
ORDER BY topic_id, g2 DESC, other, other_id
"""

_DRIVERS = f"""
WITH
given AS (
    SELECT DISTINCT
        t.topic_id, t.card_id, rtrim(trim(s.driving_force), '.') AS driving_force,
        trim(regexp_replace(lower(s.driving_force), '[^\\pL\\pN]+', ' ', 'g')) AS folded
    FROM statement_topics AS t
    JOIN counted_cards AS c USING (card_id)
    JOIN parsed.signals AS s USING (card_id, row_no)
    WHERE t.section = 'signals' AND s.driving_force IS NOT NULL AND list_contains($topics, t.topic_id)
),
forces AS (
    SELECT topic_id, folded, min(driving_force) AS driving_force, count(DISTINCT card_id) AS x
    FROM given
    GROUP BY topic_id, folded
),
cards AS (SELECT topic_id, count(DISTINCT card_id) AS n_cards FROM given GROUP BY topic_id)
SELECT
    f.topic_id, f.driving_force, f.x, c.n_cards,
    count(*) FILTER (WHERE f.x > 1) OVER (PARTITION BY f.topic_id) AS n_shared
FROM forces AS f
JOIN cards AS c USING (topic_id)
QUALIFY row_number() OVER (PARTITION BY f.topic_id ORDER BY f.x DESC, f.folded) <= if(
    n_shared = 0, 1, least(n_shared, {DRIVERS_LISTED})
)
ORDER BY f.topic_id, f.x DESC, f.folded
"""
"""The driving forces that signals with the topic give on more than one card; one row where there is none."""

_SOURCES = f"""
WITH
counted AS (
    SELECT
        t.topic_id, coalesce(c.source_domain, '(no domain)') AS domain, count(*) AS x,
        sum(count(*)) OVER (PARTITION BY t.topic_id) AS n
    FROM topic_cards AS t
    JOIN counted_cards AS c USING (card_no)
    WHERE list_contains($topics, t.topic_id)
    GROUP BY t.topic_id, c.source_domain
)
FROM counted
QUALIFY row_number() OVER (PARTITION BY topic_id ORDER BY x DESC, domain) <= {SOURCES_LISTED}
ORDER BY topic_id, x DESC, domain
"""

_MEANT = f"""
WITH
nearest AS (
    SELECT m.concept_id AS topic_id, m.card_id, m.section, m.row_no
    FROM concept_match AS m
    JOIN counted_cards AS c USING (card_id)
    WHERE m.concept_id IN (SELECT unnest($topics))
    QUALIFY 1 = row_number() OVER (
        PARTITION BY m.concept_id, m.card_id ORDER BY m.similarity DESC, m.section, m.row_no
    )
)
SELECT e.topic_id, e.card_id, e.section, e.raw_text, e.line, c.title, c.issue_key, c.path
FROM nearest AS n
JOIN evidence AS e USING (topic_id, card_id, section, row_no)
JOIN parsed.cards AS c USING (card_id)
QUALIFY row_number() OVER (PARTITION BY e.topic_id ORDER BY e.issue_date DESC, e.card_id) <= {MEANT_LISTED}
ORDER BY e.topic_id, e.issue_date DESC, e.card_id
"""
"""The newest cards that match the definition, each with the statement that is nearest to it."""

# topic_trend leaves out periods without a topic on few cards.
_PERIODS = """
SELECT
    t.topic_id, p.period_start, coalesce(q.n_cards_with, 0) AS x, p.n_cards AS n,
    x / nullif(p.n_cards, 0) AS share,
    if(p.n_cards = 0, NULL, coalesce(q.share_lo, 0)) AS share_lo,
    coalesce(q.share_hi, p.share_hi_without) AS share_hi,
    p.is_partial
FROM topics AS t
JOIN able_periods AS p ON p.kind = t.kind
LEFT JOIN topic_trend AS q
    ON q.topic_id = t.topic_id AND q.grain = p.grain AND q.period_start = p.period_start
"""

OF_TOPIC = {
    "quarters": f"""
        {_PERIODS}
        WHERE p.grain = 'quarter' AND list_contains($topics, t.topic_id)
        ORDER BY t.topic_id, p.period_start
    """,
    "issues": f"""
        {_PERIODS}
        WHERE p.grain = 'issue' AND list_contains($topics, t.topic_id)
        ORDER BY t.topic_id, p.period_start
    """,
    "statements": _STATEMENTS,
    "profile": """
        SELECT topic_id, section, n_in_section AS x, n_statements AS n, n_cards, share_expected, diff_pp,
            diff_lo_pp, diff_hi_pp
        FROM topic_sections
        WHERE topic_id IN (SELECT unnest($topics))
        ORDER BY topic_id, diff_pp DESC, section
    """,
    "sections_by_year": _SECTIONS_BY_YEAR,
    "bursts": "FROM topic_burst WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, start_date",
    "shifts": "FROM topic_shift WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, shift_date",
    "calls": "FROM call_history WHERE topic_id IN (SELECT unnest($topics)) ORDER BY topic_id, called_from",
    "forecasts": """
        FROM topic_forecast
        WHERE is_published AND topic_id IN (SELECT unnest($topics))
        ORDER BY topic_id, horizon_issues
    """,
    "definitions": "SELECT topic_id, definition FROM topics WHERE topic_id IN (SELECT unnest($topics))",
    "names": """
        SELECT c.concept_id AS topic_id, c.member_topic_id, c.kind, c.member, c.relation, m.n_cards_with,
            m.stage
        FROM concept_members AS c
        JOIN topic_momentum AS m ON m.topic_id = c.member_topic_id
        WHERE c.concept_id IN (SELECT unnest($topics))
        ORDER BY c.concept_id, c.relation, m.n_cards_with DESC, c.member, c.kind
    """,
    "names_by_quarter": """
        SELECT c.concept_id AS topic_id, c.member_topic_id, t.period_start, t.share
        FROM concept_members AS c
        JOIN topic_trend AS t ON t.topic_id = c.member_topic_id
        WHERE t.grain = 'quarter' AND c.concept_id IN (SELECT unnest($topics))
        ORDER BY c.concept_id, c.member_topic_id, t.period_start
    """,
    "surfaces": """
        SELECT c.topic_id, m.raw_text AS surface, count(DISTINCT m.card_id) AS n_cards
        FROM topic_members AS c
        JOIN mentions AS m ON m.topic_id = c.member_topic_id
        WHERE c.topic_id IN (SELECT unnest($topics))
        GROUP BY c.topic_id, m.raw_text
        ORDER BY c.topic_id, n_cards DESC, surface
    """,
    "drivers": _DRIVERS,
    "pairs": _PAIRS,
    "sources": _SOURCES,
    "on_cards": _CARDS,
    "meant": _MEANT,
    "meant_by_quarter": """
        SELECT
            m.concept_id AS topic_id, m.quarter AS period_start, m.n_cards_with AS x, m.n_cards AS n, m.share,
            m.share_lo, m.share_hi, p.is_partial
        FROM concept_trend_by_meaning AS m
        JOIN able_periods AS p ON p.period_start = m.quarter AND p.grain = 'quarter' AND p.kind = 'concept'
        WHERE m.concept_id IN (SELECT unnest($topics))
        ORDER BY m.concept_id, m.quarter
    """,
    "meant_and_named": """
        SELECT e.topic_id, count(DISTINCT e.card_id) AS n
        FROM evidence AS e
        JOIN topic_cards AS t USING (topic_id, card_id)
        WHERE e.how = 'meaning' AND e.topic_id IN (SELECT unnest($topics))
        GROUP BY e.topic_id
    """,
}
