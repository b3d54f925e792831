-- One row per newsletter issue, dated or not.
-- How unusual was this issue: how large, how new its topics, how far from the issues before it?
WITH
parameters AS (
    SELECT
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'n_returning_topics' AND metric.parameter = 'gap'
        ) AS INTEGER) AS gap,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'js_distance' AND metric.parameter = 'trailing'
        ) AS INTEGER) AS trailing
    FROM metric
),
-- All cards.
card_counts AS (
    SELECT
        cards.issue_key,
        count(cards.card_id) AS n_cards,
        count(cards.card_id) FILTER (WHERE cards.is_counted) AS n_counted,
        count(cards.card_id) FILTER (
            WHERE cards.not_counted_reason IN ('older-version', 'duplicate-article')
        ) AS n_duplicate,
        coalesce(
            bool_or(regexp_matches(cards.issue_token, '^\s*[0-9]{8}[A-Za-z]?\s*[-_]\s*[^\s_-]')), FALSE
        ) AS is_special
    FROM parsed.cards AS cards
    GROUP BY cards.issue_key
),
form_counts AS (
    SELECT
        cards.issue_key,
        cards.form,
        count(cards.card_id) AS n_cards
    FROM parsed.cards AS cards
    GROUP BY cards.issue_key, cards.form
),
form_lists AS (
    SELECT
        form_counts.issue_key,
        string_agg(concat(form_counts.form, ':', form_counts.n_cards), ', ' ORDER BY form_counts.form)
            AS n_cards_by_form
    FROM form_counts
    GROUP BY form_counts.issue_key
),
domain_counts AS (
    SELECT
        cards.issue_key,
        cards.source_domain,
        count(cards.card_id) AS n_cards
    FROM parsed.cards AS cards
    WHERE cards.is_counted AND cards.source_domain IS NOT NULL
    GROUP BY cards.issue_key, cards.source_domain
),
domains AS (
    SELECT
        domain_counts.issue_key,
        pow(sum(domain_counts.n_cards), 2) / sum(domain_counts.n_cards * domain_counts.n_cards)
            AS effective_domains
    FROM domain_counts
    GROUP BY domain_counts.issue_key
),
dated AS (
    SELECT
        newsletter_issues.issue_key,
        newsletter_issues.issue_no,
        date_diff(
            'day',
            lag(newsletter_issues.issue_date) OVER (ORDER BY newsletter_issues.issue_no),
            newsletter_issues.issue_date
        ) AS days_since_prev
    FROM newsletter_issues
    WHERE newsletter_issues.issue_no IS NOT NULL
),
-- Integers stand for cards and topics from here on: they group faster than the keys.
counted_cards AS (
    SELECT
        cards.card_id,
        dated.issue_no,
        row_number() OVER (ORDER BY cards.card_id) AS card_no
    FROM parsed.cards AS cards
    JOIN dated ON dated.issue_key = cards.issue_key
    WHERE cards.is_counted
),
numbered_topics AS (
    SELECT
        topics.topic_id,
        row_number() OVER (ORDER BY topics.topic_id) AS topic_no
    FROM topics
),
topic_cards AS (
    SELECT
        numbered_topics.topic_no,
        counted_cards.issue_no,
        counted_cards.card_no,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY numbered_topics.topic_no, counted_cards.issue_no, counted_cards.card_no
),
topic_counts AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.issue_no,
        count(topic_cards.n_mentions) AS n_pairs
    FROM topic_cards
    GROUP BY topic_cards.topic_no, topic_cards.issue_no
),
-- Beside each topic of an issue: when it was there before, and how often in the trailing issues.
topic_history AS (
    SELECT
        topic_counts.topic_no,
        topic_counts.issue_no,
        topic_counts.n_pairs,
        lag(topic_counts.issue_no) OVER (
            PARTITION BY topic_counts.topic_no ORDER BY topic_counts.issue_no
        ) AS issue_no_before,
        coalesce(sum(topic_counts.n_pairs) OVER (
            PARTITION BY topic_counts.topic_no ORDER BY topic_counts.issue_no
            RANGE BETWEEN parameters.trailing PRECEDING AND 1 PRECEDING
        ), 0) AS n_pairs_before,
        parameters.gap
    FROM topic_counts
    CROSS JOIN parameters
),
issue_pairs AS (
    SELECT
        dated.issue_no,
        coalesce(sum(topic_counts.n_pairs), 0) AS n_pairs
    FROM dated
    LEFT JOIN topic_counts ON topic_counts.issue_no = dated.issue_no
    GROUP BY dated.issue_no
),
issue_history AS (
    SELECT
        issue_pairs.issue_no,
        issue_pairs.n_pairs,
        coalesce(sum(issue_pairs.n_pairs) OVER (
            ORDER BY issue_pairs.issue_no
            RANGE BETWEEN parameters.trailing PRECEDING AND 1 PRECEDING
        ), 0) AS n_pairs_before
    FROM issue_pairs
    CROSS JOIN parameters
),
-- The two mixes: p of the issue, q of the trailing issues.
mixes AS (
    SELECT
        topic_history.issue_no,
        topic_history.issue_no_before,
        topic_history.gap,
        topic_history.n_pairs_before,
        issue_history.n_pairs_before AS n_all_before,
        topic_history.n_pairs / issue_history.n_pairs AS p,
        topic_history.n_pairs_before / nullif(issue_history.n_pairs_before, 0) AS q
    FROM topic_history
    JOIN issue_history ON issue_history.issue_no = topic_history.issue_no
),
-- A topic of the trailing issues that is not in this one adds q log2(q / (q / 2)) = q.
-- Sums of decimals do not depend on the order of the rows, sums of doubles do.
topic_changes AS (
    SELECT
        mixes.issue_no,
        count(mixes.issue_no) FILTER (WHERE mixes.issue_no_before IS NULL) AS n_new_topics,
        count(mixes.issue_no) FILTER (WHERE mixes.issue_no - mixes.issue_no_before > mixes.gap)
            AS n_returning_topics,
        sum(CAST(
            mixes.p * log2(2 * mixes.p / (mixes.p + mixes.q))
            + CASE WHEN mixes.q > 0 THEN mixes.q * log2(2 * mixes.q / (mixes.p + mixes.q)) ELSE 0 END
            AS DECIMAL(18, 15)
        )) AS shared_terms,
        (max(mixes.n_all_before) - sum(mixes.n_pairs_before)) / nullif(max(mixes.n_all_before), 0)
            AS missing_terms
    FROM mixes
    GROUP BY mixes.issue_no
)
SELECT
    newsletter_issues.issue_key,
    newsletter_issues.issue_date,
    newsletter_issues.issue_no,
    CAST(dated.days_since_prev AS INTEGER) AS days_since_prev,
    CAST(card_counts.n_cards AS INTEGER) AS n_cards,
    CAST(card_counts.n_counted AS INTEGER) AS n_counted,
    CAST(card_counts.n_duplicate AS INTEGER) AS n_duplicate,
    CAST(CASE
        WHEN newsletter_issues.issue_no IS NOT NULL THEN coalesce(topic_changes.n_new_topics, 0)
    END AS INTEGER) AS n_new_topics,
    CAST(CASE
        WHEN newsletter_issues.issue_no IS NOT NULL THEN coalesce(topic_changes.n_returning_topics, 0)
    END AS INTEGER) AS n_returning_topics,
    CASE
        WHEN topic_changes.missing_terms IS NOT NULL
        THEN sqrt(least(1, greatest(
            0, (CAST(topic_changes.shared_terms AS DOUBLE) + topic_changes.missing_terms) / 2
        )))
    END AS js_distance,
    domains.effective_domains,
    form_lists.n_cards_by_form,
    card_counts.is_special
FROM newsletter_issues
JOIN card_counts ON card_counts.issue_key = newsletter_issues.issue_key
JOIN form_lists ON form_lists.issue_key = newsletter_issues.issue_key
LEFT JOIN domains ON domains.issue_key = newsletter_issues.issue_key
LEFT JOIN dated ON dated.issue_no = newsletter_issues.issue_no
LEFT JOIN topic_changes ON topic_changes.issue_no = newsletter_issues.issue_no
ORDER BY newsletter_issues.issue_no NULLS LAST, newsletter_issues.issue_key
