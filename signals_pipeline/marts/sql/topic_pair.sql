-- One row per pair of topics of one kind and span of issues (all, last) with enough cards that have both.
-- What comes together, more than by chance, and what did not before?
WITH
-- The span of all issues has nothing before it.
spans AS (
    SELECT
        s.span,
        i.issue_no,
        s.span = 'all' OR i.issues_back < parameter('topic_pair', 'issues') AS is_in
    FROM dated_issues AS i
    CROSS JOIN (VALUES ('all'), ('last')) AS s (span)
),
able AS (
    SELECT
        span,
        kind,
        count(card_no) FILTER (WHERE is_in) AS n,
        count(card_no) FILTER (WHERE NOT is_in) AS n_before
    FROM able_cards
    JOIN spans USING (issue_no)
    GROUP BY ALL
),
totals AS (
    SELECT
        span,
        kind,
        topic_no,
        count(card_no) FILTER (WHERE is_in) AS x,
        count(card_no) FILTER (WHERE NOT is_in) AS x_before
    FROM topic_cards
    JOIN spans USING (issue_no)
    GROUP BY ALL
),
-- Most topics are too rare for any pair: without them the pairs are few.
frequent AS (
    SELECT t.*
    FROM topic_cards AS t
    JOIN counted_topics AS c USING (topic_no)
    WHERE c.n_cards >= parameter('topic_pair', 'min_cards')
),
pairs AS (
    SELECT
        a.topic_no AS topic_no_a,
        b.topic_no AS topic_no_b,
        a.kind,
        min(a.issue_date) AS first_together,
        count(a.card_no) AS n_all,
        count(a.card_no) FILTER (WHERE s.is_in) AS n_last
    FROM frequent AS a
    JOIN frequent AS b ON b.card_no = a.card_no AND b.kind = a.kind AND b.topic_no > a.topic_no
    JOIN spans AS s ON s.issue_no = a.issue_no AND s.span = 'last'
    GROUP BY ALL
),
-- Concepts for which one name counts are together by what they are: that is no finding.
overlapping AS (
    SELECT DISTINCT
        a.topic_no AS topic_no_a,
        b.topic_no AS topic_no_b
    FROM topic_members AS m
    JOIN topic_members AS n ON n.member_topic_id = m.member_topic_id AND n.kind = m.kind
    JOIN counted_topics AS a ON a.topic_id = m.topic_id
    JOIN counted_topics AS b ON b.topic_id = n.topic_id AND b.topic_no > a.topic_no
),
together AS (
    SELECT
        span,
        p.*,
        CASE span WHEN 'all' THEN n_all ELSE n_last END AS n_ab,
        n_all - n_ab AS n_ab_before
    FROM pairs AS p
    CROSS JOIN (VALUES ('all'), ('last')) AS s (span)
    LEFT JOIN overlapping AS o ON o.topic_no_a = p.topic_no_a AND o.topic_no_b = p.topic_no_b
    WHERE o.topic_no_a IS NULL AND n_ab >= parameter('topic_pair', 'min_cards')
),
-- Every pair of topics with enough cards each is a test, also where the two are hardly ever together.
families AS (
    SELECT
        span,
        kind,
        count(topic_no) * (count(topic_no) - 1) / 2 AS family_size
    FROM totals
    WHERE x >= parameter('family_size', 'min_cards')
    GROUP BY ALL
),
counts AS (
    SELECT
        t.*,
        a.x AS n_a,
        b.x AS n_b,
        a.x_before AS n_a_before,
        b.x_before AS n_b_before,
        k.n,
        k.n_before
    FROM together AS t
    JOIN totals AS a ON a.span = t.span AND a.topic_no = t.topic_no_a
    JOIN totals AS b ON b.span = t.span AND b.topic_no = t.topic_no_b
    JOIN able AS k ON k.span = t.span AND k.kind = t.kind
),
-- Two topics that were never together had the lowest npmi, -1. One that was not there had none, nor have two
-- that are on every card. The likelihood ratio is a sum over the four cells, of which empty ones add nothing.
scores AS (
    SELECT
        *,
        CASE
            WHEN n_ab < n THEN least(1, greatest(-1, ln(n_ab * n / (n_a * n_b)) / -ln(n_ab / n)))
        END AS npmi,
        CASE
            WHEN n_ab_before = 0 AND n_a_before > 0 AND n_b_before > 0 THEN -1
            WHEN n_ab_before > 0 AND n_ab_before < n_before
            THEN least(1, greatest(
                    -1, ln(n_ab_before * n_before / (n_a_before * n_b_before)) / -ln(n_ab_before / n_before)
                ))
        END AS npmi_before,
        n_a - n_ab AS only_a,
        n_b - n_ab AS only_b,
        n - n_a - n_b + n_ab AS neither,
        greatest(0, 2 * (
            n_ab * ln(n_ab * n / (n_a * n_b))
            + CASE WHEN only_a > 0 THEN only_a * ln(only_a * n / (n_a * (n - n_b))) ELSE 0 END
            + CASE WHEN only_b > 0 THEN only_b * ln(only_b * n / (n_b * (n - n_a))) ELSE 0 END
            + CASE WHEN neither > 0 THEN neither * ln(neither * n / ((n - n_a) * (n - n_b))) ELSE 0 END
        )) AS g2
    FROM counts
),
-- The square root of a chi-squared with one degree of freedom is a normal z.
tests AS (
    SELECT
        span,
        topic_no_a,
        topic_no_b,
        concat(span, ':', kind) AS family,
        family_size,
        p_two_sided(sqrt(g2)) AS p
    FROM scores
    JOIN families USING (span, kind)
    WHERE least(n_a, n_b) >= parameter('family_size', 'min_cards')
)
SELECT
    a.topic_id AS topic_id_a,
    b.topic_id AS topic_id_b,
    s.span,
    s.kind,
    a.topic AS topic_a,
    b.topic AS topic_b,
    CAST(s.n_ab AS INTEGER) AS n_ab,
    CAST(s.n_a AS INTEGER) AS n_a,
    CAST(s.n_b AS INTEGER) AS n_b,
    s.npmi,
    s.g2,
    t.q,
    s.first_together,
    s.npmi - s.npmi_before AS npmi_change
FROM scores AS s
JOIN counted_topics AS a ON a.topic_no = s.topic_no_a
JOIN counted_topics AS b ON b.topic_no = s.topic_no_b
LEFT JOIN benjamini_hochberg('tests') AS t USING (span, topic_no_a, topic_no_b)
ORDER BY s.span, s.topic_no_a, s.topic_no_b
