-- One row per domain and quarter with counted cards, and one per quarter for '(all domains)'.
-- Whose world view is this: where do the articles come from, and how concentrated are the sources?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'share_lo' AND metric.parameter = 'z') AS z,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'top_topics' AND metric.parameter = 'n_topics'
        ) AS INTEGER) AS n_topics
    FROM metric
),
-- Integers stand for cards, domains and topics: they group faster than texts.
counted_cards AS (
    SELECT
        cards.card_id,
        cards.issue_date,
        cards.source_domain,
        CAST(date_trunc('quarter', cards.issue_date) AS DATE) AS quarter_start,
        coalesce(cards.source_domain, '(no domain)') AS domain,
        row_number() OVER (ORDER BY cards.card_id) AS card_no
    FROM parsed.cards AS cards
    WHERE cards.is_counted AND cards.issue_date IS NOT NULL
),
domain_quarters AS (
    SELECT
        counted_cards.domain,
        counted_cards.quarter_start,
        counted_cards.source_domain IS NOT NULL AS is_known,
        count(counted_cards.card_id) AS n_cards,
        min(counted_cards.issue_date) AS first_in_quarter
    FROM counted_cards
    GROUP BY counted_cards.domain, counted_cards.quarter_start, counted_cards.source_domain IS NOT NULL
),
quarters AS (
    SELECT
        domain_quarters.quarter_start,
        sum(domain_quarters.n_cards) AS n_cards,
        min(domain_quarters.first_in_quarter) AS first_in_quarter,
        pow(sum(domain_quarters.n_cards) FILTER (WHERE domain_quarters.is_known), 2)
        / sum(domain_quarters.n_cards * domain_quarters.n_cards) FILTER (WHERE domain_quarters.is_known)
            AS effective_domains
    FROM domain_quarters
    GROUP BY domain_quarters.quarter_start
),
-- A name counts once a card, also where the card has it as keyword and as theme.
topic_names AS (
    SELECT
        topics.topic,
        row_number() OVER (ORDER BY topics.topic) AS name_no
    FROM topics
    GROUP BY topics.topic
),
numbered_topics AS (
    SELECT
        topics.topic_id,
        topic_names.name_no
    FROM topics
    JOIN topic_names ON topic_names.topic = topics.topic
),
name_cards AS (
    SELECT
        numbered_topics.name_no,
        counted_cards.card_no,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY numbered_topics.name_no, counted_cards.card_no
),
name_counts AS (
    SELECT
        counted_cards.domain,
        counted_cards.quarter_start,
        name_cards.name_no,
        count(name_cards.n_mentions) AS n_cards
    FROM name_cards
    JOIN counted_cards ON counted_cards.card_no = name_cards.card_no
    GROUP BY counted_cards.domain, counted_cards.quarter_start, name_cards.name_no
),
all_name_counts AS (
    SELECT
        name_counts.domain,
        name_counts.quarter_start,
        name_counts.name_no,
        name_counts.n_cards
    FROM name_counts
    UNION ALL
    SELECT
        '(all domains)' AS domain,
        name_counts.quarter_start,
        name_counts.name_no,
        sum(name_counts.n_cards) AS n_cards
    FROM name_counts
    GROUP BY name_counts.quarter_start, name_counts.name_no
),
ranked_names AS (
    SELECT
        all_name_counts.domain,
        all_name_counts.quarter_start,
        all_name_counts.name_no,
        all_name_counts.n_cards,
        row_number() OVER (
            PARTITION BY all_name_counts.domain, all_name_counts.quarter_start
            ORDER BY all_name_counts.n_cards DESC, all_name_counts.name_no
        ) AS rank_no
    FROM all_name_counts
),
top_names AS (
    SELECT
        ranked_names.domain,
        ranked_names.quarter_start,
        string_agg(concat(topic_names.topic, ' (', ranked_names.n_cards, ')'), ', ' ORDER BY ranked_names.rank_no)
            AS top_topics
    FROM ranked_names
    JOIN topic_names ON topic_names.name_no = ranked_names.name_no
    CROSS JOIN parameters
    WHERE ranked_names.rank_no <= parameters.n_topics
    GROUP BY ranked_names.domain, ranked_names.quarter_start
),
-- The Wilson interval is middle -/+ half_width.
shares AS (
    SELECT
        domain_quarters.domain,
        domain_quarters.quarter_start,
        domain_quarters.n_cards,
        domain_quarters.n_cards / quarters.n_cards AS share,
        (domain_quarters.n_cards + parameters.z * parameters.z / 2)
        / (quarters.n_cards + parameters.z * parameters.z) AS middle,
        parameters.z * sqrt(
            domain_quarters.n_cards * (quarters.n_cards - domain_quarters.n_cards) / quarters.n_cards
            + parameters.z * parameters.z / 4
        ) / (quarters.n_cards + parameters.z * parameters.z) AS half_width,
        min(domain_quarters.first_in_quarter) OVER (PARTITION BY domain_quarters.domain) AS first_seen
    FROM domain_quarters
    JOIN quarters ON quarters.quarter_start = domain_quarters.quarter_start
    CROSS JOIN parameters
),
mixes AS (
    SELECT
        shares.domain,
        shares.quarter_start,
        shares.n_cards,
        shares.share,
        least(shares.share, greatest(0, shares.middle - shares.half_width)) AS share_lo,
        greatest(shares.share, least(1, shares.middle + shares.half_width)) AS share_hi,
        shares.first_seen,
        NULL AS effective_domains
    FROM shares
    UNION ALL
    SELECT
        '(all domains)' AS domain,
        quarters.quarter_start,
        quarters.n_cards,
        1 AS share,
        NULL AS share_lo,
        NULL AS share_hi,
        min(quarters.first_in_quarter) OVER () AS first_seen,
        quarters.effective_domains
    FROM quarters
)
SELECT
    mixes.domain,
    mixes.quarter_start,
    CAST(mixes.n_cards AS INTEGER) AS n_cards,
    mixes.share,
    mixes.share_lo,
    mixes.share_hi,
    top_names.top_topics,
    mixes.first_seen,
    mixes.effective_domains
FROM mixes
LEFT JOIN top_names
    ON top_names.domain = mixes.domain
    AND top_names.quarter_start = mixes.quarter_start
ORDER BY mixes.quarter_start, mixes.domain
