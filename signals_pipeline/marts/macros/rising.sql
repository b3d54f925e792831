-- The n concepts that rise, the strongest first: FROM rising(), FROM rising(n := 5), or the keywords that do:
-- FROM rising(kind := 'keyword'). Only those that are called rising now (see metric, stage), so there may be
-- fewer or none. called_since says since when; they are ranked by log_odds_shrunk, so that a strong rise of
-- few cards does not stand before a sure one. odds_factor is how the odds of a card having the topic change in
-- a year, per_year over all issues and recent over the last ones, the first with its {CONFIDENCE} interval;
-- q_called is the q of the one of the two that shows the rise; evidence says where to look.
CREATE OR REPLACE MACRO rising(n := 20, kind := 'concept') AS TABLE
WITH
ranked AS (
    SELECT
        row_number() OVER (ORDER BY m.log_odds_shrunk DESC, m.q_trend, m.topic) AS rank_no,
        m.kind,
        m.topic,
        m.called_since,
        m.q_called,
        m.q_trend,
        m.q_recent,
        exp(m.log_odds_per_year) AS odds_factor_per_year,
        exp(m.log_odds_per_year - z.value * m.se) AS odds_factor_lo,
        exp(m.log_odds_per_year + z.value * m.se) AS odds_factor_hi,
        exp(m.log_odds_recent) AS odds_factor_recent,
        m.log_odds_shrunk,
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
    JOIN metric AS z ON z.metric = 'share_lo' AND z.parameter = 'z'
    WHERE m.stage = 'rising' AND m.kind = lower(CAST(kind AS VARCHAR)) AND m.same_as IS NULL
)
SELECT
    r.*
FROM ranked AS r
WHERE r.rank_no <= n
ORDER BY r.rank_no
