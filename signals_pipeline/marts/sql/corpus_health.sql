-- One row per form, section and quarter with counted cards.
-- Did the world change, or the extractor: how full are the sections, and what could not be read?
WITH
cards AS (
    SELECT
        card_no,
        card_id,
        form,
        CAST(date_trunc('quarter', issue_date) AS DATE) AS quarter_start
    FROM counted_cards
),
form_quarters AS (
    SELECT
        form,
        quarter_start,
        count(card_no) AS n_cards
    FROM cards
    GROUP BY ALL
),
all_rows AS (
    SELECT
        'keywords' AS section,
        card_id,
        row_no,
        NULL AS relevancy
    FROM parsed.keywords
    UNION ALL
    SELECT
        'themes' AS section,
        card_id,
        row_no,
        NULL AS relevancy
    FROM parsed.themes
    UNION ALL
    SELECT
        section,
        card_id,
        row_no,
        relevancy
    FROM statements
),
card_rows AS (
    SELECT
        form,
        section,
        quarter_start,
        card_no,
        count(row_no) AS n_rows,
        count(relevancy) AS n_relevancies
    FROM all_rows
    JOIN cards USING (card_id)
    GROUP BY ALL
),
section_rows AS (
    SELECT
        form,
        section,
        quarter_start,
        count(n_rows) AS n_filled,
        sum(n_rows) AS n_rows,
        sum(n_relevancies) AS n_relevancies
    FROM card_rows
    GROUP BY ALL
),
topic_counts AS (
    SELECT
        c.form,
        CASE t.kind WHEN 'keyword' THEN 'keywords' ELSE 'themes' END AS section,
        c.quarter_start,
        t.topic_no,
        count(t.card_no) AS n_cards
    FROM topic_cards AS t
    JOIN cards AS c USING (card_no)
    WHERE t.kind <> 'concept'
    GROUP BY ALL
),
section_topics AS (
    SELECT
        form,
        section,
        quarter_start,
        sum(n_cards) AS n_terms,
        count(topic_no) AS n_topics,
        count(topic_no) FILTER (WHERE n_cards = 1) AS n_once,
        count(topic_no) FILTER (WHERE n_cards = 2) AS n_twice
    FROM topic_counts
    GROUP BY ALL
),
section_rejects AS (
    SELECT
        form,
        section,
        quarter_start,
        count(code) AS n_rejects
    FROM parsed.rejects
    JOIN cards USING (card_id)
    GROUP BY ALL
)
SELECT
    f.form,
    s.section,
    f.quarter_start,
    CAST(f.n_cards AS INTEGER) AS n_cards,
    coalesce(r.n_filled, 0) / f.n_cards AS fill_rate,
    coalesce(r.n_rows, 0) / f.n_cards AS mean_rows,
    CASE WHEN s.section IN ('keywords', 'themes') THEN coalesce(t.n_terms, 0) / f.n_cards END
        AS mean_terms_per_card,
    CASE WHEN s.section NOT IN ('keywords', 'themes') THEN r.n_relevancies / r.n_rows END
        AS relevancy_present,
    t.n_once / t.n_topics AS singleton_share,
    CASE
        WHEN t.n_twice > 0 THEN t.n_once * t.n_once / (2 * t.n_twice)
        ELSE t.n_once * (t.n_once - 1) / 2
    END AS chao1_unseen,
    CAST(coalesce(x.n_rejects, 0) AS INTEGER) AS n_rejects
FROM form_quarters AS f
CROSS JOIN (SELECT unnest(sections()) AS section) AS s
LEFT JOIN section_rows AS r USING (form, section, quarter_start)
LEFT JOIN section_topics AS t USING (form, section, quarter_start)
LEFT JOIN section_rejects AS x USING (form, section, quarter_start)
ORDER BY f.quarter_start, f.form, s.section
