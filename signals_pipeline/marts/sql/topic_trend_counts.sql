-- One row per topic, grain (issue, month, quarter, year) and period in which it has a card.
-- What was counted of the topic in the period, and from the first issue to the end of it?
WITH
-- It is built for some topics after the others. Where the variables are not set, these are all topics.
chosen AS (
    SELECT
        topic_no,
        n_cards >= parameter('topic_trend', 'min_cards') AS has_zeros
    FROM counted_topics
    WHERE topic_no >= coalesce(getvariable('first_topic_no'), 1)
        AND topic_no <= coalesce(getvariable('last_topic_no'), topic_no)
),
issue_periods AS (
    SELECT
        i.issue_no,
        p.period_no
    FROM dated_issues AS i
    JOIN able_periods AS p ON i.issue_date >= p.period_start AND i.issue_date < p.next_start
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
topic_issues AS (
    SELECT
        topic_no,
        issue_no,
        count(n_mentions) * pow(2, issue_no / parameter('share_ewma', 'half_life')) AS weighted
    FROM chosen
    JOIN topic_cards USING (topic_no)
    GROUP BY topic_no, issue_no
),
-- Weights are added in the order of the issues, topic by topic: a sum of fractions depends on its order, and
-- that of a window on the other topics too.
topic_lists AS (
    SELECT
        topic_no,
        list(issue_no ORDER BY issue_no) AS issues,
        list(weighted ORDER BY issue_no) AS weights
    FROM topic_issues
    GROUP BY topic_no
),
topic_weights AS (
    SELECT
        topic_no,
        unnest(issues) AS issue_no,
        unnest([list_sum(weights[:n]) FOR n IN range(1, len(weights) + 1)]) AS weighted_with_so_far
    FROM topic_lists
),
topic_periods AS (
    SELECT
        t.topic_no,
        i.period_no,
        count(t.n_mentions) AS n_cards,
        count(DISTINCT t.issue_no) AS n_issues,
        count(DISTINCT c.domain_no) AS n_domains,
        max(t.issue_no) AS last_issue_no,
        CAST(sum(CAST(c.relevancy AS DECIMAL(18, 9)) - f.relevancy) AS DOUBLE) / nullif(count(c.relevancy), 0)
            AS relevancy_centred
    FROM chosen
    JOIN topic_cards AS t USING (topic_no)
    JOIN counted_cards AS c USING (card_no)
    JOIN issue_periods AS i ON i.issue_no = t.issue_no
    JOIN form_periods AS f ON f.form = c.form AND f.period_no = i.period_no
    GROUP BY ALL
),
grains AS (
    SELECT
        kind,
        grain,
        min(period_no) AS first_period_no,
        max(period_no) AS last_period_no
    FROM able_periods
    GROUP BY ALL
)
SELECT
    n.topic_id,
    n.kind,
    n.topic,
    p.grain,
    p.period_start,
    CAST(t.n_cards AS INTEGER) AS n_cards_with,
    CAST(t.n_issues AS INTEGER) AS n_issues_with,
    CAST(t.n_domains AS INTEGER) AS n_domains,
    t.relevancy_centred,
    CAST(sum(t.n_cards) OVER so_far AS INTEGER) AS n_with_so_far,
    w.weighted_with_so_far,
    t.period_no,
    CASE
        WHEN c.has_zeros AND row_number() OVER so_far = 1 THEN g.first_period_no
        ELSE t.period_no
    END AS first_period_no,
    CASE
        WHEN c.has_zeros THEN coalesce(lead(t.period_no) OVER so_far - 1, g.last_period_no)
        ELSE t.period_no
    END AS last_period_no
FROM topic_periods AS t
JOIN chosen AS c USING (topic_no)
JOIN counted_topics AS n USING (topic_no)
JOIN able_periods AS p ON p.kind = n.kind AND p.period_no = t.period_no
JOIN topic_weights AS w ON w.topic_no = t.topic_no AND w.issue_no = t.last_issue_no
JOIN grains AS g ON g.kind = p.kind AND g.grain = p.grain
WINDOW so_far AS (PARTITION BY t.topic_no, p.grain ORDER BY t.period_no ROWS UNBOUNDED PRECEDING)
ORDER BY t.topic_no, t.period_no
