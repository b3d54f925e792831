-- One row per newsletter issue, dated or not.
-- How unusual was this issue: how large, how new its topics, how far from the issues before it?
WITH
card_counts AS (
    SELECT
        issue_key,
        count(card_id) AS n_cards,
        count(card_id) FILTER (WHERE is_counted) AS n_counted,
        count(card_id) FILTER (
            WHERE not_counted_reason IN ('older-version', 'duplicate-article')
        ) AS n_duplicate,
        coalesce(bool_or(regexp_matches(issue_token, '^\s*[0-9]{8}[A-Za-z]?\s*[-_]\s*[^\s_-]')), FALSE)
            AS is_special
    FROM parsed.cards
    GROUP BY ALL
),
form_counts AS (
    SELECT
        issue_key,
        form,
        count(card_id) AS n_cards
    FROM parsed.cards
    GROUP BY ALL
),
form_lists AS (
    SELECT
        issue_key,
        string_agg(concat(form, ':', n_cards), ', ' ORDER BY form) AS n_cards_by_form
    FROM form_counts
    GROUP BY ALL
),
domain_counts AS (
    SELECT
        issue_key,
        source_domain,
        count(card_id) AS n_cards
    FROM parsed.cards
    WHERE is_counted AND source_domain IS NOT NULL
    GROUP BY ALL
),
domains AS (
    SELECT
        issue_key,
        pow(sum(n_cards), 2) / sum(n_cards * n_cards) AS effective_domains
    FROM domain_counts
    GROUP BY ALL
),
-- What the drafts of an issue link, each article once. Not every article has a card.
linked AS (
    SELECT
        d.issue_date,
        count(DISTINCT l.article_hash) AS n_linked,
        count(DISTINCT l.article_hash) FILTER (WHERE l.has_card) AS n_linked_with_card
    FROM parsed.drafts AS d
    LEFT JOIN parsed.draft_links AS l ON l.path = d.path
    WHERE d.issue_date IS NOT NULL
    GROUP BY ALL
),
dated AS (
    SELECT
        issue_no,
        day - lag(day) OVER (ORDER BY issue_no) AS days_since_prev,
        parameter('n_returning_topics', 'gap') AS gap,
        CAST(parameter('js_distance', 'trailing') AS INTEGER) AS n_trailing
    FROM dated_issues
),
topic_counts AS (
    SELECT
        topic_no,
        issue_no,
        count(card_no) AS n_pairs
    FROM topic_cards
    WHERE kind <> 'concept'
    GROUP BY ALL
),
-- Beside each topic of an issue: when it was there before, and how often in the trailing issues.
topic_history AS (
    SELECT
        t.issue_no,
        t.n_pairs,
        d.gap,
        lag(t.issue_no) OVER (PARTITION BY t.topic_no ORDER BY t.issue_no) AS issue_no_before,
        coalesce(sum(t.n_pairs) OVER (
            PARTITION BY t.topic_no
            ORDER BY t.issue_no
            RANGE BETWEEN d.n_trailing PRECEDING AND 1 PRECEDING
        ), 0) AS n_pairs_before
    FROM topic_counts AS t
    JOIN dated AS d USING (issue_no)
),
issue_pairs AS (
    SELECT
        d.issue_no,
        d.n_trailing,
        coalesce(sum(t.n_pairs), 0) AS n_all
    FROM dated AS d
    LEFT JOIN topic_counts AS t USING (issue_no)
    GROUP BY ALL
),
issue_history AS (
    SELECT
        issue_no,
        n_all,
        coalesce(sum(n_all) OVER (
            ORDER BY issue_no
            RANGE BETWEEN n_trailing PRECEDING AND 1 PRECEDING
        ), 0) AS n_all_before
    FROM issue_pairs
),
-- The two mixes: p of the issue, q of the trailing issues.
mixes AS (
    SELECT
        *,
        n_pairs / n_all AS p,
        n_pairs_before / nullif(n_all_before, 0) AS q
    FROM topic_history
    JOIN issue_history USING (issue_no)
),
-- A topic of the trailing issues that is not in this one adds q log2(q / (q / 2)) = q.
-- Sums of decimals do not depend on the order of the rows, sums of doubles do.
topic_changes AS (
    SELECT
        issue_no,
        count(issue_no) FILTER (WHERE issue_no_before IS NULL) AS n_new_topics,
        count(issue_no) FILTER (WHERE issue_no - issue_no_before > gap) AS n_returning_topics,
        sum(CAST(
            p * log2(2 * p / (p + q)) + CASE WHEN q > 0 THEN q * log2(2 * q / (p + q)) ELSE 0 END
            AS DECIMAL(18, 15)
        )) AS shared_terms,
        (max(n_all_before) - sum(n_pairs_before)) / nullif(max(n_all_before), 0) AS missing_terms
    FROM mixes
    GROUP BY issue_no
)
SELECT
    i.issue_key,
    i.issue_date,
    i.issue_no,
    d.days_since_prev,
    CAST(c.n_cards AS INTEGER) AS n_cards,
    CAST(c.n_counted AS INTEGER) AS n_counted,
    CAST(c.n_duplicate AS INTEGER) AS n_duplicate,
    CAST(k.n_linked AS INTEGER) AS n_linked,
    CAST(k.n_linked_with_card AS INTEGER) AS n_linked_with_card,
    CASE WHEN i.issue_no IS NOT NULL THEN CAST(coalesce(t.n_new_topics, 0) AS INTEGER) END AS n_new_topics,
    CASE WHEN i.issue_no IS NOT NULL THEN CAST(coalesce(t.n_returning_topics, 0) AS INTEGER) END
        AS n_returning_topics,
    CASE
        WHEN t.missing_terms IS NOT NULL
        THEN sqrt(least(1, greatest(0, (CAST(t.shared_terms AS DOUBLE) + t.missing_terms) / 2)))
    END AS js_distance,
    e.effective_domains,
    f.n_cards_by_form,
    c.is_special
FROM newsletter_issues AS i
JOIN card_counts AS c USING (issue_key)
JOIN form_lists AS f USING (issue_key)
LEFT JOIN domains AS e USING (issue_key)
LEFT JOIN linked AS k ON k.issue_date = i.issue_date
LEFT JOIN dated AS d USING (issue_no)
LEFT JOIN topic_changes AS t USING (issue_no)
ORDER BY i.issue_no NULLS LAST, i.issue_key
