-- What must hold in single marts, whatever the cards say: by mart and name, a sentence and the rows in which it
-- does not. Each reads nothing but its mart, what that is made from, and the evidence by name.

-- topic_trend: no_part_exceeds_its_whole
-- n_cards_with <= n_cards, n_issues_with <= n_issues, and a topic is in no more issues and domains than
-- it has cards.
SELECT topic_id, grain, period_start, n_cards_with, n_cards, n_issues_with, n_issues, n_domains
FROM topic_trend
WHERE n_cards_with > n_cards
    OR n_issues_with > n_issues
    OR n_issues_with > n_cards_with
    OR n_domains > n_cards_with;

-- topic_trend_counts: issues_add_up_to_periods
-- For every topic, n_cards_with over the newsletter issues of a longer period is n_cards_with of that
-- period.
WITH counts AS (
    SELECT topic_id, kind, grain, period_start, n_cards_with
    FROM topic_trend_counts
),
longer AS (
    SELECT DISTINCT kind, grain FROM able_periods WHERE grain <> 'issue'
),
signed AS (
    SELECT topic_id, grain, period_start, n_cards_with AS n FROM counts WHERE grain <> 'issue'
    UNION ALL
    SELECT c.topic_id, p.grain, p.period_start, -c.n_cards_with
    FROM counts AS c
    JOIN longer AS l ON l.kind = c.kind
    ASOF JOIN able_periods AS p
        ON p.kind = c.kind AND p.grain = l.grain AND p.period_start <= c.period_start
    WHERE c.grain = 'issue'
)
SELECT topic_id, grain, period_start, sum(n) AS difference
FROM signed
GROUP BY topic_id, grain, period_start
HAVING sum(n) <> 0;

-- topic_trend: frequent_topics_have_all_rows
-- Topics with at least min_cards counted cards have a row, zero or not, for every dated newsletter issue
-- from the first to the last.
SELECT topic_id, sum(n_cards_with) AS n_cards_with, count(period_start) AS n_rows
FROM topic_trend
WHERE grain = 'issue'
GROUP BY topic_id
HAVING sum(n_cards_with) >= (SELECT value FROM metric WHERE metric.metric = 'topic_trend')
    AND count(period_start) <> (SELECT count(issue_no) FROM newsletter_issues);

-- topic_trend_counts: every_period_is_shown_once
-- A row stands for its own period, and no other row of the topic and grain stands for one of its periods.
SELECT topic_id, grain, first_period_no, period_no, last_period_no
FROM topic_trend_counts
QUALIFY period_no NOT BETWEEN first_period_no AND last_period_no
    OR lead(first_period_no) OVER (PARTITION BY topic_id, grain ORDER BY period_no) <= last_period_no;

-- topic_trend_counts: every_count_has_its_evidence
-- For every topic and newsletter issue, n_cards_with is the number of counted cards that evidence lists,
-- and nothing that it lists is left out.
WITH listed AS (
    SELECT topic_id, issue_date, count(DISTINCT card_id) AS n_listed
    FROM evidence
    WHERE is_counted
    GROUP BY topic_id, issue_date
),
counted AS (
    SELECT topic_id, period_start AS issue_date, n_cards_with
    FROM topic_trend_counts
    WHERE grain = 'issue'
)
SELECT topic_id, issue_date, n_cards_with, n_listed
FROM counted
FULL JOIN listed USING (topic_id, issue_date)
WHERE n_cards_with IS DISTINCT FROM n_listed;

-- issue_overview: issues_add_up_to_the_cards
-- For every newsletter issue, n_cards and n_counted are those of parsed.cards.
WITH cards AS (
    SELECT issue_key, count(card_id) AS n_cards, count_if(is_counted) AS n_counted
    FROM parsed.cards
    GROUP BY issue_key
)
SELECT issue_key, issue_overview.n_cards, issue_overview.n_counted
FROM issue_overview
FULL JOIN cards USING (issue_key)
WHERE issue_overview.n_cards IS DISTINCT FROM cards.n_cards
    OR issue_overview.n_counted IS DISTINCT FROM cards.n_counted;

-- source_mix: domains_add_up_to_quarters
-- For every quarter, n_cards over the domains is n_cards of the row for all domains.
SELECT quarter_start, sum(CASE WHEN domain = '(all domains)' THEN -n_cards ELSE n_cards END) AS difference
FROM source_mix
GROUP BY quarter_start
HAVING sum(CASE WHEN domain = '(all domains)' THEN -n_cards ELSE n_cards END) <> 0;

-- corpus_health: forms_add_up_to_quarters
-- For every quarter and section, n_cards over the forms is the number of counted cards.
WITH quarters AS (
    SELECT CAST(date_trunc('quarter', issue_date) AS DATE) AS quarter_start, count(card_id) AS n_counted
    FROM parsed.cards
    WHERE is_counted
    GROUP BY ALL
)
SELECT quarter_start, section, sum(n_cards) AS n_cards, any_value(n_counted) AS n_counted
FROM corpus_health
FULL JOIN quarters USING (quarter_start)
GROUP BY quarter_start, section
HAVING sum(n_cards) IS DISTINCT FROM any_value(n_counted);

-- topic_momentum: every_topic_has_its_evidence
-- A topic has a row where evidence lists a counted card of it, n_cards_with is the number of these,
-- first_seen and last_seen are their first and last newsletter issue.
WITH listed AS (
    SELECT
        topic_id,
        count(DISTINCT card_id) AS n_listed,
        min(issue_date) AS first_listed,
        max(issue_date) AS last_listed
    FROM evidence
    WHERE is_counted
    GROUP BY topic_id
)
SELECT topic_id, n_cards_with, n_listed, first_seen, first_listed, last_seen, last_listed
FROM topic_momentum
FULL JOIN listed USING (topic_id)
WHERE n_cards_with IS DISTINCT FROM n_listed
    OR first_seen IS DISTINCT FROM first_listed
    OR last_seen IS DISTINCT FROM last_listed;

-- topic_momentum: only_the_family_is_tested
-- family_size is the number of topics of the kind with enough cards to be tested, and NULL for others; only
-- these are thin, and they have no trend.
WITH sizes AS (
    SELECT *, n_cards_with >= (SELECT value FROM metric WHERE metric.metric = 'family_size') AS is_tested
    FROM topic_momentum
),
families AS (
    SELECT kind, count_if(is_tested) AS n_topics
    FROM sizes
    GROUP BY kind
)
SELECT topic_id, stage, n_cards_with, family_size, n_topics, p_trend, slope_pp_per_year
FROM sizes
JOIN families USING (kind)
WHERE family_size IS DISTINCT FROM CASE WHEN is_tested THEN n_topics END
    OR (is_tested AND stage = 'thin')
    OR (NOT is_tested AND (p_trend IS NOT NULL OR slope_pp_per_year IS NOT NULL));

-- topic_momentum: what_is_called_goes_that_way
-- No recent direction contradicts the stage rising or falling, and every call has the day since which it holds.
SELECT topic_id, stage, called_since, log_odds_recent
FROM topic_momentum
WHERE (stage = 'rising' AND log_odds_recent <= 0)
    OR (stage = 'falling' AND log_odds_recent >= 0)
    OR (called_since IS NOT NULL)
    <> (stage IN ('emerging', 'rising', 'falling', 'risen', 'fallen', 'bursting'));

-- topic_momentum: calls_have_the_q_of_a_test
-- q_called is below max_q and that of the test that called_by names, or of emergence; other stages have neither.
SELECT topic_id, stage, called_by, q_called, q_trend, q_recent, q_emerging
FROM topic_momentum
WHERE (called_by IS NOT NULL) <> (stage IN ('rising', 'falling', 'risen', 'fallen'))
    OR q_called IS DISTINCT FROM CASE
        WHEN stage = 'emerging' THEN q_emerging
        WHEN called_by = 'recent' THEN q_recent
        WHEN called_by = 'all' THEN q_trend
    END
    OR q_called >= (SELECT value FROM metric WHERE metric.metric = 'q' AND parameter = 'max_q');

-- call_history: calls_do_not_overlap
-- A call ends on or after the day it starts, and before the next one of the topic starts.
SELECT topic_id, stage, called_from, called_to
FROM call_history
QUALIFY called_from > called_to
    OR lead(called_from) OVER (PARTITION BY topic_id ORDER BY called_from)
    <= coalesce(called_to, DATE '9999-12-31');

-- topic_burst: every_burst_has_its_evidence
-- x is the number of counted cards that evidence lists from start_date to end_date.
SELECT topic_burst.topic_id, start_date, end_date, x, count(DISTINCT card_id) AS n_listed
FROM topic_burst
LEFT JOIN evidence
    ON evidence.topic_id = topic_burst.topic_id
    AND evidence.issue_date BETWEEN start_date AND end_date
    AND is_counted
GROUP BY topic_burst.topic_id, start_date, end_date, x
HAVING x <> count(DISTINCT card_id);

-- topic_burst: bursts_do_not_overlap
-- A burst ends on or after the day it starts, and before the next one of the topic starts.
SELECT topic_id, start_date, end_date
FROM topic_burst
QUALIFY start_date > end_date
    OR lead(start_date) OVER (PARTITION BY topic_id ORDER BY start_date) <= end_date;

-- topic_burst: new_bursts_are_open_and_sure
-- Where is_new holds, is_open does, and q is below max_q.
SELECT topic_id, start_date, q, is_open
FROM topic_burst
WHERE is_new AND NOT (is_open AND q < (SELECT value FROM metric WHERE metric.metric = 'q'));

-- topic_shift: shifts_go_where_odds_go
-- log_odds_ratio is above 0 where the share rises and below 0 where it falls, and never 0; only where the forms
-- explain all of the change in share may it be the other way.
SELECT topic_id, shift_date, share_before, share_after, log_odds_ratio, form_explains
FROM topic_shift
WHERE log_odds_ratio = 0
    OR (form_explains < 1 AND sign(share_after - share_before) <> sign(log_odds_ratio));

-- topic_forecast: forecasts_beat_the_baseline
-- share_p10 <= share_p50 <= share_p90 where skill is so many standard errors above 0, and else none of the
-- three.
SELECT
    topic_id, horizon_issues, log_score, log_score_naive, skill, skill_se, is_published, share_p10, share_p50,
    share_p90
FROM topic_forecast
WHERE (
        is_published AND (
            skill > skill_se * (
                SELECT value FROM metric
                WHERE metric.metric = 'is_published' AND parameter = 'min_standard_errors'
            )
        ) IS NOT TRUE
    )
    OR (is_published AND (share_p10 <= share_p50 AND share_p50 <= share_p90) IS NOT TRUE)
    OR (NOT is_published AND coalesce(share_p10, share_p50, share_p90) IS NOT NULL)
    OR abs(log_score - log_score_naive - skill) > 1e-9;

-- window_diff: differences_have_evidence
-- Every topic is in one of the windows, with no more cards than these have, and evidence lists a counted
-- card of it.
SELECT pair, topic_id, xa, na, xb, nb, status
FROM window_diff
WHERE xa > na
    OR xb > nb
    OR xa + xb = 0
    OR (status = 'absent') <> (xb = 0)
    OR (status IN ('new', 'returning') AND xa > 0)
    OR topic_id NOT IN (SELECT evidence.topic_id FROM evidence WHERE is_counted);

-- topic_pair: every_pair_has_its_evidence
-- n_ab is the number of counted cards that evidence lists for both topics, in all data or no more than
-- these in the last newsletter issues; n_ab is no more than n_a or n_b.
WITH paired AS (
    SELECT topic_id_a AS topic_id FROM topic_pair
    UNION
    SELECT topic_id_b AS topic_id FROM topic_pair
),
numbered_topics AS (
    -- Integers stand for topics and cards, and only topics that are in a pair are paired again.
    SELECT topic_id, row_number() OVER (ORDER BY topic_id) AS topic_no FROM paired
),
listed AS (
    SELECT DISTINCT
        numbered_topics.topic_no,
        evidence.kind,
        dense_rank() OVER (ORDER BY evidence.card_id) AS card_no,
        evidence.issue_date
    FROM evidence
    JOIN numbered_topics ON numbered_topics.topic_id = evidence.topic_id
    WHERE evidence.is_counted
),
together AS (
    SELECT
        a.topic_no AS topic_no_a,
        b.topic_no AS topic_no_b,
        count(*) AS n_listed,
        min(a.issue_date) AS first_listed
    FROM listed AS a
    JOIN listed AS b ON b.card_no = a.card_no AND b.kind = a.kind AND b.topic_no <> a.topic_no
    GROUP BY a.topic_no, b.topic_no
)
SELECT topic_id_a, topic_id_b, span, n_ab, n_a, n_b, coalesce(n_listed, 0) AS n_listed
FROM topic_pair
JOIN numbered_topics AS topics_a ON topics_a.topic_id = topic_id_a
JOIN numbered_topics AS topics_b ON topics_b.topic_id = topic_id_b
LEFT JOIN together ON together.topic_no_a = topics_a.topic_no AND together.topic_no_b = topics_b.topic_no
WHERE n_ab > coalesce(n_listed, 0)
    OR (span = 'all' AND n_ab < coalesce(n_listed, 0))
    OR n_ab > least(n_a, n_b)
    OR first_together IS DISTINCT FROM first_listed;

-- substitution: names_move_apart
-- One of the two is called falling and the other rising or emerging, both are of the kind, and the concept is not
-- called itself.
SELECT falling_topic_id, rising_topic_id, substitution.kind, rising_stage, concept_id, relation
FROM substitution
LEFT JOIN topic_momentum AS falls ON falls.topic_id = falling_topic_id
LEFT JOIN topic_momentum AS rises ON rises.topic_id = rising_topic_id
LEFT JOIN topic_momentum AS concepts ON concepts.topic_id = concept_id
WHERE falls.stage IS DISTINCT FROM 'falling'
    OR rises.stage IS DISTINCT FROM rising_stage
    OR falls.kind <> substitution.kind
    OR rises.kind <> substitution.kind
    OR concepts.stage IN ('rising', 'falling', 'emerging')
    OR (concept_id IS NULL) <> (relation = 'near')
    OR (concept_id IS NULL AND similarity IS NULL);

-- alert: alerts_name_topic_or_section
-- Health alerts name a form and a section and no topic, all others a topic and its kind alone, and that
-- topic has a stage.
SELECT alert_id, alert_kind, topic_id, topic, kind, form, section
FROM alert
WHERE (alert_kind = 'health') <> (topic_id IS NULL)
    OR (topic_id IS NULL) <> (topic IS NULL)
    OR (topic_id IS NULL) <> (kind IS NULL)
    OR (topic_id IS NULL) = (form IS NULL)
    OR (topic_id IS NULL) = (section IS NULL)
    OR (topic_id IS NOT NULL AND topic_id NOT IN (SELECT topic_momentum.topic_id FROM topic_momentum));

-- outlook_record: parts_add_up_to_all
-- The outlooks of all sections, and those of all sources, are all judged outlooks.
WITH sums AS (
    SELECT
        breakdown,
        sum(n_came_true) AS n_came_true,
        sum(n_did_not) AS n_did_not,
        sum(n_came_early) AS n_came_early,
        sum(n_open) AS n_open
    FROM outlook_record
    WHERE breakdown <> 'concept'
    GROUP BY breakdown
)
SELECT sums.breakdown, sums.n_came_true, sums.n_did_not, sums.n_came_early, sums.n_open
FROM sums
LEFT JOIN sums AS whole ON whole.breakdown = 'all'
WHERE sums.n_came_true IS DISTINCT FROM whole.n_came_true
    OR sums.n_did_not IS DISTINCT FROM whole.n_did_not
    OR sums.n_came_early IS DISTINCT FROM whole.n_came_early
    OR sums.n_open IS DISTINCT FROM whole.n_open;
