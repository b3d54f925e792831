-- One row per form, section and quarter with counted cards.
-- Did the world change, or the extractor: how full are the sections, and what could not be read?
WITH
-- Integers stand for cards and topics: they group faster than texts.
counted_cards AS (
    SELECT
        cards.card_id,
        cards.form,
        CAST(date_trunc('quarter', cards.issue_date) AS DATE) AS quarter_start,
        row_number() OVER (ORDER BY cards.card_id) AS card_no
    FROM parsed.cards AS cards
    WHERE cards.is_counted AND cards.issue_date IS NOT NULL
),
form_quarters AS (
    SELECT
        counted_cards.form,
        counted_cards.quarter_start,
        count(counted_cards.card_id) AS n_cards
    FROM counted_cards
    GROUP BY counted_cards.form, counted_cards.quarter_start
),
section_names AS (
    SELECT unnest(sections()) AS section
),
all_rows AS (
    SELECT 'keywords' AS section, keywords.card_id, keywords.row_no, NULL AS relevancy
    FROM parsed.keywords AS keywords
    UNION ALL
    SELECT 'themes' AS section, themes.card_id, themes.row_no, NULL AS relevancy
    FROM parsed.themes AS themes
    UNION ALL
    SELECT statements.section, statements.card_id, statements.row_no, statements.relevancy
    FROM statements
),
card_rows AS (
    SELECT
        all_rows.section,
        all_rows.card_id,
        count(all_rows.row_no) AS n_rows,
        -- A list has no relevancies.
        CASE WHEN all_rows.section NOT IN ('keywords', 'themes') THEN count(all_rows.relevancy) END AS n_relevancies
    FROM all_rows
    GROUP BY all_rows.section, all_rows.card_id
),
section_rows AS (
    SELECT
        counted_cards.form,
        counted_cards.quarter_start,
        card_rows.section,
        count(card_rows.card_id) AS n_filled,
        sum(card_rows.n_rows) AS n_rows,
        sum(card_rows.n_relevancies) AS n_relevancies
    FROM card_rows
    JOIN counted_cards ON counted_cards.card_id = card_rows.card_id
    GROUP BY counted_cards.form, counted_cards.quarter_start, card_rows.section
),
numbered_topics AS (
    SELECT
        topics.topic_id,
        CASE topics.kind WHEN 'keyword' THEN 'keywords' ELSE 'themes' END AS section,
        row_number() OVER (ORDER BY topics.topic_id) AS topic_no
    FROM topics
),
topic_cards AS (
    SELECT
        numbered_topics.section,
        numbered_topics.topic_no,
        counted_cards.card_no,
        counted_cards.form,
        counted_cards.quarter_start,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY ALL
),
topic_counts AS (
    SELECT
        topic_cards.form,
        topic_cards.section,
        topic_cards.quarter_start,
        topic_cards.topic_no,
        count(topic_cards.n_mentions) AS n_cards
    FROM topic_cards
    GROUP BY topic_cards.form, topic_cards.section, topic_cards.quarter_start, topic_cards.topic_no
),
section_topics AS (
    SELECT
        topic_counts.form,
        topic_counts.section,
        topic_counts.quarter_start,
        sum(topic_counts.n_cards) AS n_terms,
        count(topic_counts.topic_no) AS n_topics,
        count(topic_counts.topic_no) FILTER (WHERE topic_counts.n_cards = 1) AS n_once,
        count(topic_counts.topic_no) FILTER (WHERE topic_counts.n_cards = 2) AS n_twice
    FROM topic_counts
    GROUP BY topic_counts.form, topic_counts.section, topic_counts.quarter_start
),
section_rejects AS (
    SELECT
        counted_cards.form,
        counted_cards.quarter_start,
        rejects.section,
        count(rejects.code) AS n_rejects
    FROM parsed.rejects AS rejects
    JOIN counted_cards ON counted_cards.card_id = rejects.card_id
    GROUP BY counted_cards.form, counted_cards.quarter_start, rejects.section
)
SELECT
    form_quarters.form,
    section_names.section,
    form_quarters.quarter_start,
    CAST(form_quarters.n_cards AS INTEGER) AS n_cards,
    coalesce(section_rows.n_filled, 0) / form_quarters.n_cards AS fill_rate,
    coalesce(section_rows.n_rows, 0) / form_quarters.n_cards AS mean_rows,
    CASE
        WHEN section_names.section IN ('keywords', 'themes')
        THEN coalesce(section_topics.n_terms, 0) / form_quarters.n_cards
    END AS mean_terms_per_card,
    section_rows.n_relevancies / section_rows.n_rows AS relevancy_present,
    section_topics.n_once / section_topics.n_topics AS singleton_share,
    CASE
        WHEN section_topics.n_twice > 0
        THEN section_topics.n_once * section_topics.n_once / (2 * section_topics.n_twice)
        ELSE section_topics.n_once * (section_topics.n_once - 1) / 2
    END AS chao1_unseen,
    CAST(coalesce(section_rejects.n_rejects, 0) AS INTEGER) AS n_rejects
FROM form_quarters
CROSS JOIN section_names
LEFT JOIN section_rows
    ON section_rows.form = form_quarters.form
    AND section_rows.section = section_names.section
    AND section_rows.quarter_start = form_quarters.quarter_start
LEFT JOIN section_topics
    ON section_topics.form = form_quarters.form
    AND section_topics.section = section_names.section
    AND section_topics.quarter_start = form_quarters.quarter_start
LEFT JOIN section_rejects
    ON section_rejects.form = form_quarters.form
    AND section_rejects.section = section_names.section
    AND section_rejects.quarter_start = form_quarters.quarter_start
ORDER BY form_quarters.quarter_start, form_quarters.form, section_names.section
