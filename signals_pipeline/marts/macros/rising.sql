-- The n topics that rise most surely, by q and then by effect: FROM rising(), FROM rising(n := 5). Only
-- those whose trend is significant and not small (see metric, stage), so there may be fewer or none.
-- odds_factor_per_year is how the odds of a card having the topic change in a year, with its {CONFIDENCE}
-- interval; evidence says where to look.
CREATE OR REPLACE MACRO rising(n := 20) AS TABLE
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'share_lo' AND metric.parameter = 'z') AS z,
        max(metric.value) FILTER (WHERE metric.metric = 'q' AND metric.parameter = 'max_q') AS max_q,
        max(metric.value) FILTER (
            WHERE metric.metric = 'stage' AND metric.parameter = 'min_log_odds_per_year'
        ) AS min_log_odds_per_year
    FROM metric
),
ranked AS (
    SELECT
        row_number() OVER (
            ORDER BY m.q_trend, m.log_odds_per_year DESC, m.kind, m.topic
        ) AS rank_no,
        m.kind,
        m.topic,
        m.stage,
        m.q_trend,
        exp(m.log_odds_per_year) AS odds_factor_per_year,
        exp(m.log_odds_per_year - p.z * m.se) AS odds_factor_lo,
        exp(m.log_odds_per_year + p.z * m.se) AS odds_factor_hi,
        m.slope_pp_per_year,
        m.share_recent,
        m.share_excl_top_domain,
        m.diff_pp,
        m.diff_lo_pp,
        m.diff_hi_pp,
        m.n_cards_with,
        m.first_seen,
        m.last_seen,
        m.family_size,
        m.evidence,
        m.topic_id
    FROM topic_momentum AS m
    CROSS JOIN parameters AS p
    WHERE m.q_trend < p.max_q
        AND m.log_odds_per_year >= p.min_log_odds_per_year
        AND m.stage <> 'dormant'
)
SELECT
    r.*
FROM ranked AS r
WHERE r.rank_no <= n
ORDER BY r.rank_no
