-- One row per domain and quarter with counted cards, and one per quarter for '(all domains)'.
-- Whose world view is this: where do the articles come from, and how concentrated are the sources?
WITH
cards AS (
    SELECT
        card_no,
        issue_date,
        source_domain IS NOT NULL AS is_known,
        coalesce(source_domain, '(no domain)') AS domain,
        CAST(date_trunc('quarter', issue_date) AS DATE) AS quarter_start
    FROM counted_cards
),
domain_quarters AS (
    SELECT
        domain,
        quarter_start,
        is_known,
        count(card_no) AS n_cards,
        min(issue_date) AS first_in_quarter
    FROM cards
    GROUP BY ALL
),
quarters AS (
    SELECT
        quarter_start,
        sum(n_cards) AS n_all,
        min(first_in_quarter) AS first_in_quarter,
        pow(sum(n_cards) FILTER (WHERE is_known), 2) / sum(n_cards * n_cards) FILTER (WHERE is_known)
            AS effective_domains
    FROM domain_quarters
    GROUP BY quarter_start
),
-- A name counts once a card, also where the card has it as keyword and as theme.
named_cards AS (
    SELECT DISTINCT
        t.topic,
        c.card_no,
        c.domain,
        c.quarter_start
    FROM topic_cards
    JOIN counted_topics AS t USING (topic_no)
    JOIN cards AS c USING (card_no)
    WHERE t.kind <> 'concept'
),
name_counts AS (
    SELECT
        coalesce(domain, '(all domains)') AS domain,
        quarter_start,
        topic,
        count(card_no) AS n_cards,
        row_number() OVER (PARTITION BY domain, quarter_start ORDER BY n_cards DESC, topic) AS rank_no
    FROM named_cards
    GROUP BY GROUPING SETS ((domain, quarter_start, topic), (quarter_start, topic))
),
top_names AS (
    SELECT
        domain,
        quarter_start,
        string_agg(concat(topic, ' (', n_cards, ')'), ', ' ORDER BY rank_no) AS top_topics
    FROM name_counts
    WHERE rank_no <= parameter('top_topics', 'n_topics')
    GROUP BY domain, quarter_start
),
mixes AS (
    SELECT
        domain,
        quarter_start,
        n_cards,
        n_cards / n_all AS share,
        wilson(n_cards, n_all, parameter('share_lo', 'z')) AS bounds,
        min(d.first_in_quarter) OVER (PARTITION BY domain) AS first_seen,
        NULL AS effective_domains
    FROM domain_quarters AS d
    JOIN quarters USING (quarter_start)
    UNION ALL
    SELECT
        '(all domains)' AS domain,
        quarter_start,
        n_all AS n_cards,
        1 AS share,
        NULL AS bounds,
        min(first_in_quarter) OVER () AS first_seen,
        effective_domains
    FROM quarters
)
SELECT
    m.domain,
    m.quarter_start,
    CAST(m.n_cards AS INTEGER) AS n_cards,
    m.share,
    m.bounds.lo AS share_lo,
    m.bounds.hi AS share_hi,
    n.top_topics,
    m.first_seen,
    m.effective_domains
FROM mixes AS m
LEFT JOIN top_names AS n USING (domain, quarter_start)
ORDER BY m.quarter_start, m.domain
