-- The rows of topic_trend for a topic by any of its names, with a row for every period: FROM trend('LLM'),
-- FROM trend('ai', grain := 'quarter', kind := 'theme'). Grain is issue, month, quarter or year; without
-- kind, keyword and theme of that name both come back. A name as written in a card goes before one that
-- differs in case, that before one that differs in dashes or blanks.

CREATE OR REPLACE MACRO trend(topic, grain := 'month', kind := NULL) AS TABLE
SELECT
    rows_of_topic.*
FROM (
-- One row per topic, grain (issue, month, quarter, year) and period.
-- How large is the topic's share of the cards over time, and how sure is that?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'share_lo' AND metric.parameter = 'z') AS z,
        max(metric.value) FILTER (WHERE metric.metric = 'share_shrunk' AND metric.parameter = 'm') AS m,
        max(metric.value) FILTER (
            WHERE metric.metric = 'share_ewma' AND metric.parameter = 'half_life'
        ) AS half_life,
        max(metric.value) FILTER (
            WHERE metric.metric = 'topic_trend' AND metric.parameter = 'min_cards'
        ) AS min_cards
    FROM metric
),
-- Which topics, and from how many cards on their zeros are rows too. The macro trend is this query with
-- another selection.
selection AS (
    WITH
    asked AS (
        SELECT
            lower(topic) AS lowered,
            trim(regexp_replace(
                regexp_replace(
                    regexp_replace(lower(nfc_normalize(topic)), '[‐‑‒–—―−]', '-', 'g'),
                    '([^\W\d_]{2})-([^\W\d_]{2})', '\1 \2', 'g'
                ),
                '\s+', ' ', 'g'
            )) AS folded
    ),
    matches AS (
        SELECT
            topic_surfaces.topic_id,
            CASE
                WHEN topic_surfaces.surface = topic THEN 1
                WHEN lower(topic_surfaces.surface) = asked.lowered THEN 2
                ELSE 3
            END AS distance
        FROM topic_surfaces
        CROSS JOIN asked
        WHERE topic_surfaces.surface = topic
            OR lower(topic_surfaces.surface) = asked.lowered
            OR topic_surfaces.folded = asked.folded
        UNION ALL
        SELECT
            topics.topic_id,
            CASE WHEN topics.topic = topic THEN 1 ELSE 3 END AS distance
        FROM topics
        CROSS JOIN asked
        WHERE topics.topic = topic OR topics.topic = asked.folded
    ),
    nearest AS (
        SELECT
            topics.topic_id,
            topics.kind,
            topics.topic,
            min(matches.distance) AS distance
        FROM matches
        JOIN topics ON topics.topic_id = matches.topic_id
        GROUP BY topics.topic_id, topics.kind, topics.topic
    )
    SELECT
        nearest.topic_id,
        nearest.kind,
        nearest.topic,
        0 AS zeros_from
    FROM nearest
    WHERE kind IS NULL OR nearest.kind = lower(CAST(kind AS VARCHAR))
    QUALIFY rank() OVER (PARTITION BY nearest.kind ORDER BY nearest.distance) = 1
),
-- Integers stand for topics, cards, domains and periods from here on: they group faster than texts.
numbered_topics AS (
    SELECT
        selection.topic_id,
        selection.kind,
        selection.topic,
        selection.zeros_from,
        row_number() OVER (ORDER BY selection.kind, selection.topic, selection.topic_id) AS topic_no
    FROM selection
),
issues AS (
    SELECT
        newsletter_issues.issue_no,
        newsletter_issues.issue_date,
        pow(2, newsletter_issues.issue_no / parameters.half_life) AS weight
    FROM newsletter_issues
    CROSS JOIN parameters
    WHERE newsletter_issues.issue_date IS NOT NULL
),
issue_gaps AS (
    SELECT
        issues.issue_date,
        date_diff('day', lag(issues.issue_date) OVER (ORDER BY issues.issue_no), issues.issue_date) AS days
    FROM issues
),
-- A corpus without a dated issue has no span, and so no period.
span AS (
    SELECT
        min(issue_gaps.issue_date) AS first_date,
        max(issue_gaps.issue_date) AS last_date,
        median(issue_gaps.days) AS median_gap
    FROM issue_gaps
    HAVING count(issue_gaps.issue_date) > 0
),
-- Every calendar period from the first issue to the last, also those without an issue: a chart then breaks
-- where nothing was measured.
months AS (
    SELECT
        CAST(unnest(generate_series(
            date_trunc('month', span.first_date), date_trunc('month', span.last_date), INTERVAL 1 MONTH
        )) AS DATE) AS period_start
    FROM span
),
periods AS (
    SELECT
        1 AS grain_no,
        'issue' AS grain,
        issues.issue_date AS period_start,
        CAST(issues.issue_date + INTERVAL 1 DAY AS DATE) AS next_start
    FROM issues
    UNION ALL
    SELECT
        2 AS grain_no,
        'month' AS grain,
        months.period_start,
        CAST(months.period_start + INTERVAL 1 MONTH AS DATE) AS next_start
    FROM months
    UNION ALL
    SELECT DISTINCT
        3 AS grain_no,
        'quarter' AS grain,
        CAST(date_trunc('quarter', months.period_start) AS DATE) AS period_start,
        CAST(date_trunc('quarter', months.period_start) + INTERVAL 3 MONTH AS DATE) AS next_start
    FROM months
    UNION ALL
    SELECT DISTINCT
        4 AS grain_no,
        'year' AS grain,
        CAST(date_trunc('year', months.period_start) AS DATE) AS period_start,
        CAST(date_trunc('year', months.period_start) + INTERVAL 1 YEAR AS DATE) AS next_start
    FROM months
),
numbered_periods AS (
    SELECT
        periods.grain_no,
        periods.grain,
        periods.period_start,
        periods.next_start,
        row_number() OVER (ORDER BY periods.grain_no, periods.period_start) AS period_no,
        periods.grain_no > 1 AND (
            (
                span.last_date < periods.next_start
                AND coalesce(date_diff('day', span.last_date, periods.next_start) > span.median_gap, TRUE)
            )
            OR (
                span.first_date >= periods.period_start
                AND coalesce(date_diff('day', periods.period_start, span.first_date) >= span.median_gap, TRUE)
            )
        ) AS is_partial
    FROM periods
    CROSS JOIN span
),
issue_periods AS (
    SELECT
        issues.issue_no,
        numbered_periods.period_no
    FROM issues
    JOIN numbered_periods
        ON issues.issue_date >= numbered_periods.period_start
        AND issues.issue_date < numbered_periods.next_start
),
-- The mean is rounded to a decimal: sums of decimals do not depend on the order of the rows.
card_relevancies AS (
    SELECT
        signals.card_id,
        CAST(avg(signals.relevancy) AS DECIMAL(18, 9)) AS relevancy
    FROM parsed.signals AS signals
    GROUP BY signals.card_id
),
counted_cards AS (
    SELECT
        cards.card_id,
        cards.form,
        issues.issue_no,
        card_relevancies.relevancy,
        row_number() OVER (ORDER BY cards.card_id) AS card_no,
        CASE
            WHEN cards.source_domain IS NOT NULL THEN dense_rank() OVER (ORDER BY cards.source_domain)
        END AS domain_no
    FROM parsed.cards AS cards
    JOIN issues ON issues.issue_date = cards.issue_date
    LEFT JOIN card_relevancies ON card_relevancies.card_id = cards.card_id
    WHERE cards.is_counted
),
-- The denominator: cards able to carry a kind.
able_cards AS (
    SELECT
        'keyword' AS kind,
        counted_cards.issue_no,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT keywords.card_id FROM parsed.keywords AS keywords)
    UNION ALL
    SELECT
        'theme' AS kind,
        counted_cards.issue_no,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT themes.card_id FROM parsed.themes AS themes)
),
able_issues AS (
    SELECT
        able_cards.kind,
        able_cards.issue_no,
        count(able_cards.card_no) AS n_cards
    FROM able_cards
    GROUP BY able_cards.kind, able_cards.issue_no
),
able_so_far AS (
    SELECT
        able_issues.kind,
        able_issues.issue_no,
        able_issues.n_cards,
        sum(able_issues.n_cards) OVER (
            PARTITION BY able_issues.kind ORDER BY able_issues.issue_no ROWS UNBOUNDED PRECEDING
        ) AS n_so_far,
        sum(able_issues.n_cards * issues.weight) OVER (
            PARTITION BY able_issues.kind ORDER BY able_issues.issue_no ROWS UNBOUNDED PRECEDING
        ) AS weighted_so_far
    FROM able_issues
    JOIN issues ON issues.issue_no = able_issues.issue_no
),
able_periods AS (
    SELECT
        able_so_far.kind,
        issue_periods.period_no,
        sum(able_so_far.n_cards) AS n_cards,
        max(able_so_far.n_so_far) AS n_so_far,
        max(able_so_far.weighted_so_far) AS weighted_so_far
    FROM able_so_far
    JOIN issue_periods ON issue_periods.issue_no = able_so_far.issue_no
    GROUP BY able_so_far.kind, issue_periods.period_no
),
period_issues AS (
    SELECT
        issue_periods.period_no,
        count(issue_periods.issue_no) AS n_issues
    FROM issue_periods
    GROUP BY issue_periods.period_no
),
kinds AS (
    SELECT DISTINCT selection.kind
    FROM selection
),
-- Sums so far never fall: their running maximum carries the last one over periods without cards.
denominators AS (
    SELECT
        kinds.kind,
        numbered_periods.period_no,
        numbered_periods.grain_no,
        numbered_periods.grain,
        numbered_periods.period_start,
        numbered_periods.is_partial,
        coalesce(period_issues.n_issues, 0) AS n_issues,
        coalesce(able_periods.n_cards, 0) AS n_cards,
        max(able_periods.n_so_far) OVER (
            PARTITION BY kinds.kind, numbered_periods.grain_no
            ORDER BY numbered_periods.period_no ROWS UNBOUNDED PRECEDING
        ) AS n_so_far,
        max(able_periods.weighted_so_far) OVER (
            PARTITION BY kinds.kind, numbered_periods.grain_no
            ORDER BY numbered_periods.period_no ROWS UNBOUNDED PRECEDING
        ) AS weighted_so_far
    FROM kinds
    CROSS JOIN numbered_periods
    LEFT JOIN period_issues ON period_issues.period_no = numbered_periods.period_no
    LEFT JOIN able_periods
        ON able_periods.kind = kinds.kind
        AND able_periods.period_no = numbered_periods.period_no
),
-- What relevancy the cards of a form have, up to the end of each period in which it has cards.
form_issues AS (
    SELECT
        counted_cards.form,
        counted_cards.issue_no,
        sum(counted_cards.relevancy) AS relevancy_sum,
        count(counted_cards.relevancy) AS n_cards
    FROM counted_cards
    GROUP BY counted_cards.form, counted_cards.issue_no
),
form_so_far AS (
    SELECT
        form_issues.form,
        form_issues.issue_no,
        sum(form_issues.relevancy_sum) OVER (
            PARTITION BY form_issues.form ORDER BY form_issues.issue_no ROWS UNBOUNDED PRECEDING
        ) AS relevancy_so_far,
        sum(form_issues.n_cards) OVER (
            PARTITION BY form_issues.form ORDER BY form_issues.issue_no ROWS UNBOUNDED PRECEDING
        ) AS n_so_far
    FROM form_issues
),
form_periods AS (
    SELECT
        form_so_far.form,
        issue_periods.period_no,
        CAST(
            CAST(max(form_so_far.relevancy_so_far) AS DOUBLE) / nullif(max(form_so_far.n_so_far), 0)
            AS DECIMAL(18, 9)
        ) AS relevancy_mean
    FROM form_so_far
    JOIN issue_periods ON issue_periods.issue_no = form_so_far.issue_no
    GROUP BY form_so_far.form, issue_periods.period_no
),
-- Materialized, or the planner may join cards or topics with forms before it looks at periods.
form_issue_periods AS MATERIALIZED (
    SELECT
        form_periods.form,
        issue_periods.issue_no,
        form_periods.period_no,
        form_periods.relevancy_mean
    FROM form_periods
    JOIN issue_periods ON issue_periods.period_no = form_periods.period_no
),
card_periods AS MATERIALIZED (
    SELECT
        counted_cards.card_no,
        form_issue_periods.period_no,
        counted_cards.domain_no,
        counted_cards.relevancy - form_issue_periods.relevancy_mean AS relevancy_above_form
    FROM counted_cards
    JOIN form_issue_periods
        ON form_issue_periods.form = counted_cards.form
        AND form_issue_periods.issue_no = counted_cards.issue_no
),
-- The numerator: each card once a topic.
topic_card_pairs AS (
    SELECT
        numbered_topics.topic_no,
        counted_cards.card_no,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY numbered_topics.topic_no, counted_cards.card_no
),
topic_issues AS (
    SELECT
        topic_card_pairs.topic_no,
        counted_cards.issue_no,
        count(topic_card_pairs.n_mentions) AS n_cards
    FROM topic_card_pairs
    JOIN counted_cards ON counted_cards.card_no = topic_card_pairs.card_no
    GROUP BY topic_card_pairs.topic_no, counted_cards.issue_no
),
topic_so_far AS (
    SELECT
        topic_issues.topic_no,
        topic_issues.issue_no,
        topic_issues.n_cards,
        sum(topic_issues.n_cards) OVER (
            PARTITION BY topic_issues.topic_no ORDER BY topic_issues.issue_no ROWS UNBOUNDED PRECEDING
        ) AS n_so_far,
        sum(topic_issues.n_cards * issues.weight) OVER (
            PARTITION BY topic_issues.topic_no ORDER BY topic_issues.issue_no ROWS UNBOUNDED PRECEDING
        ) AS weighted_so_far
    FROM topic_issues
    JOIN issues ON issues.issue_no = topic_issues.issue_no
),
topic_periods AS (
    SELECT
        topic_so_far.topic_no,
        issue_periods.period_no,
        sum(topic_so_far.n_cards) AS n_cards_with,
        count(topic_so_far.issue_no) AS n_issues_with,
        max(topic_so_far.issue_no) AS last_issue_no
    FROM topic_so_far
    JOIN issue_periods ON issue_periods.issue_no = topic_so_far.issue_no
    GROUP BY topic_so_far.topic_no, issue_periods.period_no
),
topic_period_cards AS (
    SELECT
        topic_card_pairs.topic_no,
        card_periods.period_no,
        count(DISTINCT card_periods.domain_no) AS n_domains,
        CAST(sum(card_periods.relevancy_above_form) AS DOUBLE)
        / nullif(count(card_periods.relevancy_above_form), 0) AS relevancy_centred
    FROM topic_card_pairs
    JOIN card_periods ON card_periods.card_no = topic_card_pairs.card_no
    GROUP BY topic_card_pairs.topic_no, card_periods.period_no
),
topic_totals AS (
    SELECT
        numbered_topics.topic_no,
        numbered_topics.kind,
        coalesce(sum(topic_issues.n_cards), 0) >= numbered_topics.zeros_from AS has_zeros
    FROM numbered_topics
    LEFT JOIN topic_issues ON topic_issues.topic_no = numbered_topics.topic_no
    GROUP BY numbered_topics.topic_no, numbered_topics.kind, numbered_topics.zeros_from
),
grid AS (
    SELECT
        topic_totals.topic_no,
        topic_totals.kind,
        numbered_periods.grain_no,
        numbered_periods.period_no
    FROM topic_totals
    CROSS JOIN numbered_periods
    WHERE topic_totals.has_zeros
    UNION ALL
    SELECT
        topic_periods.topic_no,
        topic_totals.kind,
        numbered_periods.grain_no,
        topic_periods.period_no
    FROM topic_periods
    JOIN topic_totals ON topic_totals.topic_no = topic_periods.topic_no
    JOIN numbered_periods ON numbered_periods.period_no = topic_periods.period_no
    WHERE NOT topic_totals.has_zeros
),
-- Beside each period the last issue with the topic up to its end: there stand the topic's sums so far.
topic_grid AS (
    SELECT
        grid.topic_no,
        grid.kind,
        grid.period_no,
        topic_periods.n_cards_with,
        topic_periods.n_issues_with,
        max(topic_periods.last_issue_no) OVER (
            PARTITION BY grid.topic_no, grid.grain_no ORDER BY grid.period_no ROWS UNBOUNDED PRECEDING
        ) AS last_issue_no
    FROM grid
    LEFT JOIN topic_periods
        ON topic_periods.topic_no = grid.topic_no
        AND topic_periods.period_no = grid.period_no
),
counts AS (
    SELECT
        topic_grid.topic_no,
        topic_grid.period_no,
        denominators.grain,
        denominators.period_start,
        denominators.is_partial,
        denominators.n_issues,
        denominators.n_cards,
        coalesce(topic_grid.n_cards_with, 0) AS n_cards_with,
        coalesce(topic_grid.n_issues_with, 0) AS n_issues_with,
        coalesce(topic_period_cards.n_domains, 0) AS n_domains,
        topic_period_cards.relevancy_centred,
        coalesce(topic_grid.n_cards_with, 0) / nullif(denominators.n_cards, 0) AS share,
        coalesce(topic_so_far.n_so_far, 0) / denominators.n_so_far AS share_so_far,
        coalesce(topic_so_far.weighted_so_far, 0) / denominators.weighted_so_far AS share_ewma
    FROM topic_grid
    JOIN denominators
        ON denominators.kind = topic_grid.kind
        AND denominators.period_no = topic_grid.period_no
    LEFT JOIN topic_so_far
        ON topic_so_far.topic_no = topic_grid.topic_no
        AND topic_so_far.issue_no = topic_grid.last_issue_no
    LEFT JOIN topic_period_cards
        ON topic_period_cards.topic_no = topic_grid.topic_no
        AND topic_period_cards.period_no = topic_grid.period_no
),
-- The Wilson interval is middle -/+ half_width.
intervals AS (
    SELECT
        counts.topic_no,
        counts.period_no,
        counts.grain,
        counts.period_start,
        counts.is_partial,
        counts.n_issues,
        counts.n_cards,
        counts.n_cards_with,
        counts.n_issues_with,
        counts.n_domains,
        counts.relevancy_centred,
        counts.share,
        counts.share_ewma,
        (counts.n_cards_with + parameters.m * counts.share_so_far) / (counts.n_cards + parameters.m)
            AS share_shrunk,
        (counts.n_cards_with + parameters.z * parameters.z / 2)
        / (counts.n_cards + parameters.z * parameters.z) AS middle,
        parameters.z
        * sqrt(counts.share * (counts.n_cards - counts.n_cards_with) + parameters.z * parameters.z / 4)
        / (counts.n_cards + parameters.z * parameters.z) AS half_width
    FROM counts
    CROSS JOIN parameters
)
-- Rounding must not push a bound over the share, nor a share over 1.
SELECT
    numbered_topics.topic_id,
    numbered_topics.kind,
    numbered_topics.topic,
    intervals.grain,
    intervals.period_start,
    CAST(intervals.n_cards_with AS INTEGER) AS n_cards_with,
    CAST(intervals.n_cards AS INTEGER) AS n_cards,
    CAST(intervals.n_issues AS INTEGER) AS n_issues,
    CAST(intervals.n_issues_with AS INTEGER) AS n_issues_with,
    CAST(intervals.n_domains AS INTEGER) AS n_domains,
    intervals.share,
    CASE
        WHEN intervals.share IS NOT NULL
        THEN least(intervals.share, greatest(0, intervals.middle - intervals.half_width))
    END AS share_lo,
    CASE
        WHEN intervals.share IS NOT NULL
        THEN greatest(intervals.share, least(1, intervals.middle + intervals.half_width))
    END AS share_hi,
    CASE WHEN intervals.share_shrunk IS NOT NULL THEN least(1, intervals.share_shrunk) END AS share_shrunk,
    CASE WHEN intervals.share_ewma IS NOT NULL THEN least(1, intervals.share_ewma) END AS share_ewma,
    intervals.relevancy_centred,
    intervals.is_partial
FROM intervals
JOIN numbered_topics ON numbered_topics.topic_no = intervals.topic_no
ORDER BY intervals.topic_no, intervals.period_no
) AS rows_of_topic
WHERE rows_of_topic.grain = CASE
    WHEN lower(grain) IN ('issue', 'month', 'quarter', 'year') THEN lower(grain)
    ELSE error('trend: grain is issue, month, quarter or year')
END
ORDER BY rows_of_topic.kind, rows_of_topic.topic, rows_of_topic.period_start
