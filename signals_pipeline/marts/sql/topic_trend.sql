-- One row per topic, grain (issue, month, quarter, year) and period.
-- How large is the topic's share of the cards over time, and how sure is that?
WITH
parameters AS (
    SELECT
        parameter('share_lo', 'z') AS z,
        parameter('share_shrunk', 'm') AS m,
        parameter('share_ewma', 'half_life') AS half_life
),
-- It is built for some topics after the others. Where the variables are not set, these are all topics.
chosen AS (
    SELECT
        topic_no,
        kind,
        n_cards >= parameter('topic_trend', 'min_cards') AS has_zeros
    FROM counted_topics
    WHERE topic_no >= coalesce(getvariable('first_topic_no'), 1)
        AND topic_no <= coalesce(getvariable('last_topic_no'), topic_no)
),
issue_periods AS (
    SELECT
        i.issue_no,
        p.period_no,
        pow(2, i.issue_no / half_life) AS weight
    FROM dated_issues AS i
    JOIN able_periods AS p ON i.issue_date >= p.period_start AND i.issue_date < p.next_start
    CROSS JOIN parameters
    WHERE p.kind = 'keyword'
),
-- What relevancy the cards of a form have, up to the end of each period. It is rounded to a decimal: sums of
-- decimals do not depend on the order of the rows.
form_issues AS (
    SELECT
        form,
        issue_date,
        sum(CAST(relevancy AS DECIMAL(18, 9))) AS relevancy,
        count(relevancy) AS n_cards
    FROM counted_cards
    GROUP BY ALL
),
form_periods AS (
    SELECT
        f.form,
        p.period_no,
        CAST(CAST(sum(f.relevancy) AS DOUBLE) / nullif(sum(f.n_cards), 0) AS DECIMAL(18, 9)) AS relevancy
    FROM form_issues AS f
    JOIN able_periods AS p ON f.issue_date < p.next_start
    WHERE p.kind = 'keyword'
    GROUP BY ALL
),
topic_periods AS (
    SELECT
        t.topic_no,
        i.period_no,
        count(t.n_mentions) AS n_cards,
        count(DISTINCT t.issue_no) AS n_issues,
        count(DISTINCT c.domain_no) AS n_domains,
        sum(i.weight) AS weighted,
        CAST(sum(CAST(c.relevancy AS DECIMAL(18, 9)) - f.relevancy) AS DOUBLE) / nullif(count(c.relevancy), 0)
            AS relevancy_centred
    FROM chosen
    JOIN topic_cards AS t USING (topic_no)
    JOIN counted_cards AS c USING (card_no)
    JOIN issue_periods AS i ON i.issue_no = t.issue_no
    JOIN form_periods AS f ON f.form = c.form AND f.period_no = i.period_no
    GROUP BY ALL
),
grid AS (
    SELECT
        c.topic_no,
        c.kind,
        p.period_no
    FROM chosen AS c
    JOIN able_periods AS p USING (kind)
    WHERE c.has_zeros
    UNION ALL
    SELECT
        c.topic_no,
        c.kind,
        t.period_no
    FROM chosen AS c
    JOIN topic_periods AS t USING (topic_no)
    WHERE NOT c.has_zeros
),
counts AS (
    SELECT
        g.topic_no,
        p.period_no,
        p.grain,
        p.period_start,
        p.is_partial,
        p.n_issues,
        p.n_cards,
        coalesce(t.n_cards, 0) AS n_cards_with,
        coalesce(t.n_issues, 0) AS n_issues_with,
        coalesce(t.n_domains, 0) AS n_domains,
        t.relevancy_centred,
        coalesce(sum(t.n_cards) OVER so_far, 0) / p.n_so_far AS share_so_far,
        coalesce(sum(t.weighted) OVER so_far, 0) / p.weighted_so_far AS share_ewma
    FROM grid AS g
    JOIN able_periods AS p USING (kind, period_no)
    LEFT JOIN topic_periods AS t ON t.topic_no = g.topic_no AND t.period_no = p.period_no
    WINDOW so_far AS (PARTITION BY g.topic_no, p.grain ORDER BY p.period_no ROWS UNBOUNDED PRECEDING)
)
-- Rounding must not push a share over 1.
SELECT
    t.topic_id,
    t.kind,
    t.topic,
    c.grain,
    c.period_start,
    CAST(c.n_cards_with AS INTEGER) AS n_cards_with,
    c.n_cards,
    c.n_issues,
    CAST(c.n_issues_with AS INTEGER) AS n_issues_with,
    CAST(c.n_domains AS INTEGER) AS n_domains,
    c.n_cards_with / nullif(c.n_cards, 0) AS share,
    wilson(c.n_cards_with, c.n_cards, p.z).lo AS share_lo,
    wilson(c.n_cards_with, c.n_cards, p.z).hi AS share_hi,
    CASE
        WHEN c.share_so_far IS NOT NULL
        THEN least(1, (c.n_cards_with + p.m * c.share_so_far) / (c.n_cards + p.m))
    END AS share_shrunk,
    CASE WHEN c.share_ewma IS NOT NULL THEN least(1, c.share_ewma) END AS share_ewma,
    c.relevancy_centred,
    c.is_partial
FROM counts AS c
JOIN counted_topics AS t USING (topic_no)
CROSS JOIN parameters AS p
ORDER BY c.topic_no, c.period_no
