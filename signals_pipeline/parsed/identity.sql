-- One row per card: what was read of it, with the newsletter issue it belongs to, and whether it is counted.
-- Derived again for all cards in every run, since it depends on the day, on corrected dates and on other cards.
WITH dated AS (
    SELECT
        c.card_id,
        c.form,
        c.article_hash,
        c.article_key,
        c.title,
        c.type,
        c.host,
        c.newsletter_host,
        nullif(trim(c.issue_token), '') AS token,
        try_strptime(
            regexp_extract(trim(c.issue_token), '^(\d{8})[A-Za-z]?(-[\w-]*)?$', 1), '%Y%m%d'
        )::DATE AS token_date,
        regexp_matches(trim(c.issue_token), '^\d{8}[A-Za-z]?(-[\w-]*)?$') AS is_date_token,
        k.date AS corrected_date
    FROM internal.cards_read AS c
    LEFT JOIN corrections AS k ON k.token = trim(c.issue_token)
),

explained AS (
    SELECT
        *,
        CASE
            WHEN corrected_date IS NOT NULL THEN 'corrected'
            WHEN token IS NULL THEN 'no-token'
            WHEN NOT is_date_token THEN 'not-a-date'
            WHEN token_date IS NULL THEN 'impossible-date'
            WHEN token_date < $earliest_issue THEN 'before-earliest-issue'
            WHEN token_date > $as_of THEN 'after-as-of'
        END AS issue_date_reason
    FROM dated
),

placed AS (
    SELECT
        *,
        CASE
            WHEN issue_date_reason = 'corrected' THEN corrected_date
            WHEN issue_date_reason IS NULL THEN token_date
        END AS issue_date
    FROM explained
),

judged AS (
    SELECT
        *,
        CASE
            WHEN host = newsletter_host OR list_contains($own_sites, host) THEN 'own-page'
            WHEN regexp_matches(title, $wall_titles, 'i') THEN 'wall-page'
            WHEN regexp_matches(title, $wall_errors, 'i') AND lower(type) = 'error message' THEN 'wall-page'
            WHEN issue_date IS NULL THEN 'undated'
        END AS first_reason
    FROM placed
),

ranked AS (
    SELECT
        *,
        first_reason IS NULL AS is_candidate,
        row_number() OVER same_version AS version_rank,
        first_value(card_id) OVER same_version AS best_version
    FROM judged
    WINDOW same_version AS (
        PARTITION BY article_hash, first_reason IS NULL
        ORDER BY contains(card_id, '@'), list_position($forms, form), card_id DESC
    )
),

told_apart AS (
    SELECT
        *,
        is_candidate AND version_rank = 1 AS is_best_version,
        row_number() OVER same_article AS article_rank,
        first_value(card_id) OVER same_article AS first_card
    FROM ranked
    WINDOW same_article AS (
        PARTITION BY article_key, is_candidate AND version_rank = 1
        ORDER BY issue_date, card_id
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
    t.issue_date,
    t.issue_date_reason,
    nullif(
        concat_ws(
            ',',
            CASE WHEN t.issue_date < c.article_date THEN 'older-than-article' END,
            CASE WHEN t.issue_date >= $sundays_from AND isodow(t.issue_date) <> 7 THEN 'odd-weekday' END
        ),
        ''
    ) AS issue_date_flags,
    coalesce(strftime(t.issue_date, '%Y-%m-%d'), 'undated:' || coalesce(c.issue_token, '')) AS issue_key,
    c.newsletter_url,
    c.url,
    c.article_key,
    c.source_domain,
    c.category,
    c.type,
    c.summary,
    c.id_matches_link,
    t.is_best_version AND t.article_rank = 1 AS is_counted,
    CASE
        WHEN NOT t.is_candidate THEN t.first_reason
        WHEN t.version_rank > 1 THEN 'older-version'
        WHEN t.article_rank > 1 THEN 'duplicate-article'
    END AS not_counted_reason,
    CASE
        WHEN NOT t.is_candidate THEN NULL
        WHEN t.version_rank > 1 THEN t.best_version
        WHEN t.article_rank > 1 THEN t.first_card
    END AS duplicate_of
FROM internal.cards_read AS c
JOIN told_apart AS t ON t.card_id = c.card_id
