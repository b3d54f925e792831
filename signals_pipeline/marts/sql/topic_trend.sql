-- One row per topic, grain (issue, month, quarter, year) and period.
-- How large is the topic's share of the cards over time, and how sure is that?
-- Every column is qualified: a macro that reads the view takes a bare name in it for its own parameter.
WITH
-- A row of the counts stands for the periods without a card that follow it, too, the first one also for those
-- before it. These have no counts, and the sums up to then.
shown AS (
    SELECT
        c.*,
        unnest(range(c.first_period_no, c.last_period_no + 1)) AS shown_no
    FROM topic_trend_counts AS c
),
counts AS (
    SELECT
        s.topic_id,
        s.kind,
        s.topic,
        s.grain,
        s.shown_no,
        CASE WHEN s.shown_no = s.period_no THEN s.n_cards_with ELSE 0 END AS n_cards_with,
        CASE WHEN s.shown_no = s.period_no THEN s.n_issues_with ELSE 0 END AS n_issues_with,
        CASE WHEN s.shown_no = s.period_no THEN s.n_domains ELSE 0 END AS n_domains,
        CASE WHEN s.shown_no = s.period_no THEN s.relevancy_centred END AS relevancy_centred,
        CASE WHEN s.shown_no < s.period_no THEN 0 ELSE s.n_with_so_far END AS n_with_so_far,
        CASE WHEN s.shown_no < s.period_no THEN 0 ELSE s.weighted_with_so_far END AS weighted_with_so_far
    FROM shown AS s
)
-- Rounding must not push a share over 1.
SELECT
    c.topic_id,
    c.kind,
    c.topic,
    c.grain,
    p.period_start,
    c.n_cards_with,
    p.n_cards,
    p.n_issues,
    c.n_issues_with,
    c.n_domains,
    c.n_cards_with / nullif(p.n_cards, 0) AS share,
    wilson(c.n_cards_with, p.n_cards).lo AS share_lo,
    wilson(c.n_cards_with, p.n_cards).hi AS share_hi,
    CASE
        WHEN p.n_so_far IS NOT NULL
        THEN least(1, (c.n_cards_with + q.m * (c.n_with_so_far / p.n_so_far)) / (p.n_cards + q.m))
    END AS share_shrunk,
    CASE
        WHEN p.n_so_far IS NOT NULL
        THEN least(1, c.weighted_with_so_far / p.weighted_so_far)
    END AS share_ewma,
    c.relevancy_centred,
    p.is_partial
FROM counts AS c
JOIN able_periods AS p ON p.kind = c.kind AND p.period_no = c.shown_no
CROSS JOIN (SELECT parameter('share_shrunk', 'm') AS m) AS q
