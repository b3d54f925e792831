-- The n concepts that stand at a stage now, what moves most first: FROM called('risen'), FROM called('rising',
-- n := 5), or the keywords that do: FROM called('fallen', kind := 'keyword'). The stages are those of
-- topic_momentum (see metric, stage). called_since says since when; those that rise or fall, or did, are
-- ranked by log_odds_shrunk, so that a strong move of few cards does not stand before a sure one. odds_factor
-- is how the odds of a card having the topic change in a year, per_year over all issues and recent over the
-- last ones, the first with its {CONFIDENCE} interval; q_called is the q of the one that called_by names,
-- which shows the move, so that the other one may be unsure; evidence says where to look.

-- In the body a bare stage, n or kind is the argument.
CREATE OR REPLACE MACRO called(stage, n := 20, kind := 'concept') AS TABLE
WITH
ranked AS (
    SELECT
        row_number() OVER (
            ORDER BY
                CASE WHEN m.stage IN ('falling', 'fallen') THEN m.log_odds_shrunk ELSE -m.log_odds_shrunk END,
                m.q_trend,
                m.topic
        ) AS rank_no,
        m.topic,
        m.called_since,
        m.called_by,
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
        m.kind,
        m.topic_id
    FROM topic_momentum AS m
    JOIN metric AS z ON z.metric = 'share_lo' AND z.parameter = 'z'
    WHERE m.stage = lower(CAST(stage AS VARCHAR)) AND m.kind = lower(CAST(kind AS VARCHAR)) AND m.same_as IS NULL
)
SELECT
    r.*
FROM ranked AS r
WHERE r.rank_no <= n
ORDER BY r.rank_no
