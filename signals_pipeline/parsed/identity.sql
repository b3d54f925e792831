-- One row per card: what was read of it, with the newsletter issue it belongs to, and whether it is counted.
-- Derived again for all cards in every run, since it depends on the day, on corrected dates, on drafts and on
-- other cards. A draft dates what has no date of its own, the earliest where several link the article.
WITH linked AS (
    SELECT
        k.card_id,
        k.path,
        k.position,
        l.line,
        d.issue_date,
        coalesce(l.heading, l.lead) AS category
    FROM card_links AS k
    JOIN parsed.draft_links AS l ON l.path = k.path AND l.position = k.position
    JOIN parsed.drafts AS d ON d.path = k.path
),

drafted AS (
    SELECT
        card_id,
        min(issue_date) AS draft_date,
        list(DISTINCT issue_date) FILTER (WHERE issue_date IS NOT NULL) AS draft_dates,
        first(path || ':' || line ORDER BY issue_date NULLS LAST, path, position) AS place,
        first(category ORDER BY issue_date NULLS LAST, path, position) FILTER (WHERE category IS NOT NULL)
            AS author_category
    FROM linked
    GROUP BY card_id
),

judged AS (
    SELECT
        c.card_id,
        c.form,
        c.article_hash,
        c.article_key,
        c.id_matches_link,
        d.draft_dates,
        d.author_category,
        CASE WHEN t.date IS NULL AND d.draft_date IS NOT NULL THEN 'draft' ELSE t.reason END
            AS issue_date_reason,
        CASE WHEN issue_date_reason = 'draft' THEN d.place END AS issue_date_source,
        coalesce(t.date, d.draft_date) AS issue_date,
        CASE
            WHEN c.host = c.newsletter_host OR list_contains($own_sites, c.host) THEN 'own-page'
            WHEN regexp_matches(c.title, $wall_titles, 'i') THEN 'wall-page'
            WHEN regexp_matches(c.title, $wall_errors, 'i') AND lower(c.type) = 'error message' THEN 'wall-page'
            WHEN issue_date IS NULL THEN 'undated'
        END AS first_reason,
        first_reason IS NULL AS is_candidate
    FROM internal.cards_read AS c
    JOIN issue_dates AS t ON t.token IS NOT DISTINCT FROM c.issue_token
    LEFT JOIN drafted AS d ON d.card_id = c.card_id
),

ranked AS (
    SELECT
        *,
        row_number() OVER same_version AS version_rank,
        first_value(card_id) OVER same_version AS best_version,
        is_candidate AND version_rank = 1 AS is_best_version
    FROM judged
    WINDOW same_version AS (
        PARTITION BY article_hash, is_candidate
        ORDER BY contains(card_id, '@'), list_position($forms, form), card_id DESC
    )
),

decided AS (
    SELECT
        *,
        row_number() OVER same_article AS article_rank,
        first_value(card_id) OVER same_article AS first_card
    FROM ranked
    WINDOW same_article AS (
        PARTITION BY article_key, is_best_version
        ORDER BY issue_date, id_matches_link IS NOT TRUE, card_id
    )
)

-- The long texts join at the end: what is ranked before has to fit into memory.
SELECT
    c.card_id,
    c.path,
    c.line,
    c.form,
    c.article_hash,
    c.title,
    c.issue_token,
    d.issue_date,
    d.issue_date_reason,
    d.issue_date_source,
    nullif(
        concat_ws(
            ',',
            CASE WHEN d.issue_date < c.article_date THEN 'older-than-article' END,
            CASE WHEN d.issue_date >= $sundays_from AND isodow(d.issue_date) <> 7 THEN 'odd-weekday' END,
            CASE WHEN NOT list_contains(d.draft_dates, d.issue_date) THEN 'differs-from-draft' END
        ),
        ''
    ) AS issue_date_flags,
    coalesce(strftime(d.issue_date, '%Y-%m-%d'), 'undated:' || coalesce(c.issue_token, '')) AS issue_key,
    c.newsletter_url,
    c.url,
    c.article_key,
    c.source_domain,
    c.category,
    c.type,
    d.author_category,
    c.summary,
    c.id_matches_link,
    d.is_best_version AND d.article_rank = 1 AS is_counted,
    CASE
        WHEN NOT d.is_candidate THEN d.first_reason
        WHEN d.version_rank > 1 THEN 'older-version'
        WHEN d.article_rank > 1 THEN 'duplicate-article'
    END AS not_counted_reason,
    CASE not_counted_reason
        WHEN 'older-version' THEN d.best_version
        WHEN 'duplicate-article' THEN d.first_card
    END AS duplicate_of
FROM internal.cards_read AS c
JOIN decided AS d ON d.card_id = c.card_id
