-- One row per pair of topics of one kind and span of issues (all, last) with enough cards that have both.
-- What comes together, more than by chance, and what did not before?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (
            WHERE metric.metric = 'topic_pair' AND metric.parameter = 'min_cards'
        ) AS min_cards,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'topic_pair' AND metric.parameter = 'issues'
        ) AS INTEGER) AS last_issues,
        max(metric.value) FILTER (
            WHERE metric.metric = 'family_size' AND metric.parameter = 'min_cards'
        ) AS family_min_cards
    FROM metric
),
issues AS (
    SELECT
        newsletter_issues.issue_no,
        newsletter_issues.issue_date,
        max(newsletter_issues.issue_no) OVER () - newsletter_issues.issue_no < parameters.last_issues AS is_last
    FROM newsletter_issues
    CROSS JOIN parameters
    WHERE newsletter_issues.issue_date IS NOT NULL
),
-- Integers stand for topics and cards: they group faster than texts.
numbered_topics AS (
    SELECT
        topics.topic_id,
        topics.kind,
        topics.topic,
        row_number() OVER (ORDER BY topics.topic_id) AS topic_no
    FROM topics
),
counted_cards AS (
    SELECT
        cards.card_id,
        cards.form,
        cards.issue_date,
        issues.is_last,
        row_number() OVER (ORDER BY cards.card_id) AS card_no
    FROM parsed.cards AS cards
    JOIN issues ON issues.issue_date = cards.issue_date
    WHERE cards.is_counted
),
-- The denominator: cards able to carry a kind.
able_cards AS (
    SELECT
        'keyword' AS kind,
        counted_cards.is_last,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT keywords.card_id FROM parsed.keywords AS keywords)
    UNION ALL
    SELECT
        'theme' AS kind,
        counted_cards.is_last,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT themes.card_id FROM parsed.themes AS themes)
),
kind_totals AS (
    SELECT
        able_cards.kind,
        count(able_cards.card_no) AS n_all,
        count(able_cards.card_no) FILTER (WHERE able_cards.is_last) AS n_last,
        count(able_cards.card_no) FILTER (WHERE NOT able_cards.is_last) AS n_before
    FROM able_cards
    GROUP BY able_cards.kind
),
-- Each card once a topic.
topic_cards AS (
    SELECT
        numbered_topics.topic_no,
        numbered_topics.kind,
        counted_cards.card_no,
        counted_cards.issue_date,
        counted_cards.is_last,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY ALL
),
topic_totals AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.kind,
        count(topic_cards.n_mentions) AS n_all,
        count(topic_cards.n_mentions) FILTER (WHERE topic_cards.is_last) AS n_last,
        count(topic_cards.n_mentions) FILTER (WHERE NOT topic_cards.is_last) AS n_before
    FROM topic_cards
    GROUP BY topic_cards.topic_no, topic_cards.kind
),
-- Most topics are too rare for any pair: without them the pairs are few.
frequent_topic_cards AS (
    SELECT
        topic_cards.topic_no,
        topic_cards.kind,
        topic_cards.card_no,
        topic_cards.issue_date,
        topic_cards.is_last
    FROM topic_cards
    JOIN topic_totals ON topic_totals.topic_no = topic_cards.topic_no
    JOIN parameters ON topic_totals.n_all >= parameters.min_cards
),
together AS (
    SELECT
        one.topic_no AS topic_no_a,
        other.topic_no AS topic_no_b,
        one.kind,
        count(one.card_no) AS n_all,
        count(one.card_no) FILTER (WHERE one.is_last) AS n_last,
        count(one.card_no) FILTER (WHERE NOT one.is_last) AS n_before,
        min(one.issue_date) AS first_together
    FROM frequent_topic_cards AS one
    JOIN frequent_topic_cards AS other
        ON other.card_no = one.card_no
        AND other.kind = one.kind
        AND other.topic_no > one.topic_no
    GROUP BY one.topic_no, other.topic_no, one.kind
),
-- Every pair of topics with enough cards each is a test, also where the two are hardly ever together.
families AS (
    SELECT
        'all' AS span,
        topic_totals.kind,
        count(topic_totals.topic_no) * (count(topic_totals.topic_no) - 1) / 2 AS family_size
    FROM topic_totals
    JOIN parameters ON topic_totals.n_all >= parameters.family_min_cards
    GROUP BY topic_totals.kind
    UNION ALL
    SELECT
        'last' AS span,
        topic_totals.kind,
        count(topic_totals.topic_no) * (count(topic_totals.topic_no) - 1) / 2 AS family_size
    FROM topic_totals
    JOIN parameters ON topic_totals.n_last >= parameters.family_min_cards
    GROUP BY topic_totals.kind
),
counts AS (
    SELECT
        'all' AS span,
        together.topic_no_a,
        together.topic_no_b,
        together.kind,
        together.first_together,
        together.n_all AS n_ab,
        totals_a.n_all AS n_a,
        totals_b.n_all AS n_b,
        kind_totals.n_all AS n,
        NULL AS n_ab_before,
        NULL AS n_a_before,
        NULL AS n_b_before,
        NULL AS n_before
    FROM together
    JOIN topic_totals AS totals_a ON totals_a.topic_no = together.topic_no_a
    JOIN topic_totals AS totals_b ON totals_b.topic_no = together.topic_no_b
    JOIN kind_totals ON kind_totals.kind = together.kind
    JOIN parameters ON together.n_all >= parameters.min_cards
    UNION ALL
    SELECT
        'last' AS span,
        together.topic_no_a,
        together.topic_no_b,
        together.kind,
        together.first_together,
        together.n_last AS n_ab,
        totals_a.n_last AS n_a,
        totals_b.n_last AS n_b,
        kind_totals.n_last AS n,
        together.n_before AS n_ab_before,
        totals_a.n_before AS n_a_before,
        totals_b.n_before AS n_b_before,
        kind_totals.n_before
    FROM together
    JOIN topic_totals AS totals_a ON totals_a.topic_no = together.topic_no_a
    JOIN topic_totals AS totals_b ON totals_b.topic_no = together.topic_no_b
    JOIN kind_totals ON kind_totals.kind = together.kind
    JOIN parameters ON together.n_last >= parameters.min_cards
),
-- Two topics that were never together had the lowest npmi, -1. One that was not there had none, nor have two
-- that are on every card. The likelihood ratio is a sum over the four cells, of which empty ones add nothing.
scores AS (
    SELECT
        counts.span,
        counts.topic_no_a,
        counts.topic_no_b,
        counts.kind,
        counts.first_together,
        counts.n_ab,
        counts.n_a,
        counts.n_b,
        CASE
            WHEN counts.n_ab < counts.n
            THEN least(1, greatest(
                -1, ln(counts.n_ab * counts.n / (counts.n_a * counts.n_b)) / -ln(counts.n_ab / counts.n)
            ))
        END AS npmi,
        CASE
            WHEN counts.n_ab_before = 0 AND counts.n_a_before > 0 AND counts.n_b_before > 0 THEN -1
            WHEN counts.n_ab_before > 0 AND counts.n_ab_before < counts.n_before
            THEN least(1, greatest(
                -1,
                ln(counts.n_ab_before * counts.n_before / (counts.n_a_before * counts.n_b_before))
                / -ln(counts.n_ab_before / counts.n_before)
            ))
        END AS npmi_before,
        greatest(0, 2 * (
            counts.n_ab * ln(counts.n_ab * counts.n / (counts.n_a * counts.n_b))
            + CASE
                WHEN counts.n_a > counts.n_ab
                THEN (counts.n_a - counts.n_ab) * ln(
                    (counts.n_a - counts.n_ab) * counts.n / (counts.n_a * (counts.n - counts.n_b))
                )
                ELSE 0
            END
            + CASE
                WHEN counts.n_b > counts.n_ab
                THEN (counts.n_b - counts.n_ab) * ln(
                    (counts.n_b - counts.n_ab) * counts.n / (counts.n_b * (counts.n - counts.n_a))
                )
                ELSE 0
            END
            + CASE
                WHEN counts.n - counts.n_a - counts.n_b + counts.n_ab > 0
                THEN (counts.n - counts.n_a - counts.n_b + counts.n_ab) * ln(
                    (counts.n - counts.n_a - counts.n_b + counts.n_ab) * counts.n
                    / ((counts.n - counts.n_a) * (counts.n - counts.n_b))
                )
                ELSE 0
            END
        )) AS g2,
        counts.n_a >= parameters.family_min_cards AND counts.n_b >= parameters.family_min_cards AS is_in_family
    FROM counts
    CROSS JOIN parameters
),
-- Benjamini-Hochberg: p times the size of the family over the number of p that are no larger, and no more
-- than that of any larger p. The square root of a chi-squared with one degree of freedom is a normal z.
ranked AS (
    SELECT
        scores.span,
        scores.topic_no_a,
        scores.topic_no_b,
        scores.kind,
        p_two_sided(sqrt(scores.g2)) AS p,
        p_two_sided(sqrt(scores.g2)) * families.family_size
        / count(scores.g2) OVER (PARTITION BY scores.span, scores.kind ORDER BY scores.g2 DESC) AS q_of_rank
    FROM scores
    JOIN families
        ON families.span = scores.span
        AND families.kind = scores.kind
    WHERE scores.is_in_family
),
adjusted AS (
    SELECT
        ranked.span,
        ranked.topic_no_a,
        ranked.topic_no_b,
        greatest(ranked.p, least(1, min(ranked.q_of_rank) OVER (
            PARTITION BY ranked.span, ranked.kind ORDER BY ranked.p DESC
        ))) AS q
    FROM ranked
)
SELECT
    topics_a.topic_id AS topic_id_a,
    topics_b.topic_id AS topic_id_b,
    scores.span,
    scores.kind,
    topics_a.topic AS topic_a,
    topics_b.topic AS topic_b,
    CAST(scores.n_ab AS INTEGER) AS n_ab,
    CAST(scores.n_a AS INTEGER) AS n_a,
    CAST(scores.n_b AS INTEGER) AS n_b,
    scores.npmi,
    scores.g2,
    adjusted.q,
    scores.first_together,
    scores.npmi - scores.npmi_before AS npmi_change
FROM scores
JOIN numbered_topics AS topics_a ON topics_a.topic_no = scores.topic_no_a
JOIN numbered_topics AS topics_b ON topics_b.topic_no = scores.topic_no_b
LEFT JOIN adjusted
    ON adjusted.span = scores.span
    AND adjusted.topic_no_a = scores.topic_no_a
    AND adjusted.topic_no_b = scores.topic_no_b
ORDER BY scores.span, scores.topic_no_a, scores.topic_no_b
