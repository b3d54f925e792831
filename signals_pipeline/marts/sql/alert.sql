-- One row per event: a rule that holds for a topic, or for a section of a form, up to the last issue.
-- What must I look at today?
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'q' AND metric.parameter = 'max_q') AS max_q,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'alert' AND metric.parameter = 'shift_issues'
        ) AS INTEGER) AS shift_issues,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'alert' AND metric.parameter = 'new_min_cards'
        ) AS INTEGER) AS new_min_cards,
        max(metric.value) FILTER (
            WHERE metric.metric = 'alert' AND metric.parameter = 'health_factor'
        ) AS health_factor,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'alert' AND metric.parameter = 'health_min_cases'
        ) AS INTEGER) AS health_min_cases,
        CAST(max(metric.value) FILTER (
            WHERE metric.metric = 'n_returning_topics' AND metric.parameter = 'gap'
        ) AS INTEGER) AS gap
    FROM metric
),
issues AS (
    SELECT
        newsletter_issues.issue_no,
        newsletter_issues.issue_date,
        max(newsletter_issues.issue_no) OVER () - newsletter_issues.issue_no AS issues_back
    FROM newsletter_issues
    WHERE newsletter_issues.issue_date IS NOT NULL
),
last_issue AS (
    SELECT
        issues.issue_date,
        CAST(date_trunc('quarter', issues.issue_date) AS DATE) AS quarter_start,
        CAST(date_trunc('quarter', issues.issue_date) - INTERVAL 3 MONTH AS DATE) AS quarter_before
    FROM issues
    WHERE issues.issues_back = 0
),
bursts AS (
    SELECT
        'burst' AS alert_kind,
        topic_burst.topic_id,
        topic_burst.topic,
        topic_burst.kind,
        topic_burst.start_date AS start,
        topic_burst.start_date AS evidence_from,
        topic_burst.is_new,
        topic_burst.q,
        format(
            'The {} "{}" has been bursting since {}: {} of {} cards, {:.1f} % against {:.1f} % in the other '
            'issues.',
            topic_burst.kind, topic_burst.topic, topic_burst.start_date, topic_burst.x, topic_burst.n,
            100 * topic_burst.share_in, 100 * coalesce(topic_burst.share_out, 0)
        ) AS headline
    FROM topic_burst
    JOIN parameters ON topic_burst.q < parameters.max_q
    WHERE topic_burst.is_open
),
-- A trend has no first day. It starts anew every quarter, so that it comes up again as long as it lasts. Where
-- evidence_from is NULL, all cards of the topic are the evidence, since few may be a part of the finding.
trends AS (
    SELECT
        CASE topic_momentum.stage WHEN 'rising' THEN 'rise' ELSE 'fall' END AS alert_kind,
        topic_momentum.topic_id,
        topic_momentum.topic,
        topic_momentum.kind,
        last_issue.issue_date AS start,
        NULL AS evidence_from,
        topic_momentum.stage IS DISTINCT FROM topic_momentum.stage_before AS is_new,
        topic_momentum.q_trend AS q,
        format(
            'The {} "{}" is {}: its odds change by a factor of {:.2f} a year, {} cards since {}.',
            topic_momentum.kind, topic_momentum.topic, topic_momentum.stage,
            exp(topic_momentum.log_odds_per_year), topic_momentum.n_cards_with, topic_momentum.first_seen
        ) AS headline
    FROM topic_momentum
    CROSS JOIN last_issue
    WHERE topic_momentum.stage IN ('rising', 'falling')
),
shifts AS (
    SELECT
        'shift' AS alert_kind,
        topic_shift.topic_id,
        topic_shift.topic,
        topic_shift.kind,
        topic_shift.shift_date AS start,
        NULL AS evidence_from,
        topic_shift.is_new,
        NULL AS q,
        format(
            'The {} "{}" went from {:.1f} % to {:.1f} % of the cards with the issue of {}{}.',
            topic_shift.kind, topic_shift.topic, 100 * topic_shift.share_before, 100 * topic_shift.share_after,
            topic_shift.shift_date,
            CASE WHEN topic_shift.same_as_form_change THEN ', as the form of the cards changed' ELSE '' END
        ) AS headline
    FROM topic_shift
    JOIN issues ON issues.issue_date = topic_shift.shift_date
    JOIN parameters ON issues.issues_back < parameters.shift_issues
),
new_topics AS (
    SELECT
        'new' AS alert_kind,
        topic_momentum.topic_id,
        topic_momentum.topic,
        topic_momentum.kind,
        topic_momentum.first_seen AS start,
        topic_momentum.first_seen AS evidence_from,
        TRUE AS is_new,
        NULL AS q,
        format(
            'The {} "{}" is new: {} cards in the issue of {}, none before.',
            topic_momentum.kind, topic_momentum.topic, topic_momentum.n_cards_with, topic_momentum.first_seen
        ) AS headline
    FROM topic_momentum
    JOIN last_issue ON last_issue.issue_date = topic_momentum.first_seen
    JOIN parameters ON topic_momentum.n_cards_with >= parameters.new_min_cards
),
-- The issue with which a topic came back is the last one after a gap.
topic_issues AS (
    SELECT
        topic_trend.topic_id,
        issues.issue_date,
        issues.issue_no - lag(issues.issue_no) OVER (
            PARTITION BY topic_trend.topic_id ORDER BY issues.issue_no
        ) AS issues_since
    FROM topic_trend
    JOIN issues ON issues.issue_date = topic_trend.period_start
    WHERE topic_trend.grain = 'issue' AND topic_trend.n_cards_with > 0
),
returns AS (
    SELECT
        topic_issues.topic_id,
        max(topic_issues.issue_date) AS start
    FROM topic_issues
    JOIN parameters ON topic_issues.issues_since > parameters.gap
    GROUP BY topic_issues.topic_id
),
returning_topics AS (
    SELECT
        'returning' AS alert_kind,
        topic_momentum.topic_id,
        topic_momentum.topic,
        topic_momentum.kind,
        returns.start,
        returns.start AS evidence_from,
        topic_momentum.stage IS DISTINCT FROM topic_momentum.stage_before AS is_new,
        NULL AS q,
        format(
            'The {} "{}" is back with the issue of {}, after at least {} issues without it.',
            topic_momentum.kind, topic_momentum.topic, returns.start, parameters.gap
        ) AS headline
    FROM topic_momentum
    JOIN returns ON returns.topic_id = topic_momentum.topic_id
    CROSS JOIN parameters
    WHERE topic_momentum.stage = 'returning'
),
topic_events AS (
    SELECT bursts.alert_kind, bursts.topic_id, bursts.topic, bursts.kind, bursts.start, bursts.evidence_from,
        bursts.is_new, bursts.q, bursts.headline
    FROM bursts
    UNION ALL
    SELECT trends.alert_kind, trends.topic_id, trends.topic, trends.kind, trends.start, trends.evidence_from,
        trends.is_new, trends.q, trends.headline
    FROM trends
    UNION ALL
    SELECT shifts.alert_kind, shifts.topic_id, shifts.topic, shifts.kind, shifts.start, shifts.evidence_from,
        shifts.is_new, shifts.q, shifts.headline
    FROM shifts
    UNION ALL
    SELECT new_topics.alert_kind, new_topics.topic_id, new_topics.topic, new_topics.kind, new_topics.start,
        new_topics.evidence_from, new_topics.is_new, new_topics.q, new_topics.headline
    FROM new_topics
    UNION ALL
    SELECT returning_topics.alert_kind, returning_topics.topic_id, returning_topics.topic,
        returning_topics.kind, returning_topics.start, returning_topics.evidence_from,
        returning_topics.is_new, returning_topics.q, returning_topics.headline
    FROM returning_topics
),
topic_evidence AS (
    SELECT
        topic_events.alert_kind,
        topic_events.topic_id,
        topic_events.start,
        count(evidence.row_no) AS n_evidence
    FROM topic_events
    JOIN evidence
        ON evidence.topic_id = topic_events.topic_id
        AND evidence.issue_date >= coalesce(topic_events.evidence_from, evidence.issue_date)
    WHERE evidence.is_counted
    GROUP BY topic_events.alert_kind, topic_events.topic_id, topic_events.start
),
-- Cards of the last issue, and which sections they have: without them the quarter is as it was before.
last_cards AS (
    SELECT
        cards.card_id,
        cards.form
    FROM parsed.cards AS cards
    JOIN last_issue ON last_issue.issue_date = cards.issue_date
    WHERE cards.is_counted
),
last_forms AS (
    SELECT
        last_cards.form,
        count(last_cards.card_id) AS n_cards
    FROM last_cards
    GROUP BY last_cards.form
),
section_cards AS (
    SELECT 'keywords' AS section, keywords.card_id FROM parsed.keywords AS keywords
    UNION
    SELECT 'themes' AS section, themes.card_id FROM parsed.themes AS themes
    UNION
    SELECT statements.section, statements.card_id FROM statements
),
last_filled AS (
    SELECT
        last_cards.form,
        section_cards.section,
        count(section_cards.card_id) AS n_cards
    FROM last_cards
    JOIN section_cards ON section_cards.card_id = last_cards.card_id
    GROUP BY last_cards.form, section_cards.section
),
last_rejects AS (
    SELECT
        last_cards.form,
        rejects.section,
        count(rejects.code) AS n_rejects
    FROM parsed.rejects AS rejects
    JOIN last_cards ON last_cards.card_id = rejects.card_id
    GROUP BY last_cards.form, rejects.section
),
-- Rejects and cards without the section, in the quarter of the last issue (now), in the same quarter without
-- the last issue (then), and in the quarter before (before).
health_counts AS (
    SELECT
        now.form,
        now.section,
        now.quarter_start,
        now.n_cards,
        now.n_rejects,
        round(now.n_cards * (1 - now.fill_rate)) AS n_missing,
        now.n_cards - coalesce(last_forms.n_cards, 0) AS n_cards_then,
        now.n_rejects - coalesce(last_rejects.n_rejects, 0) AS n_rejects_then,
        round(now.n_cards * (1 - now.fill_rate))
        - (coalesce(last_forms.n_cards, 0) - coalesce(last_filled.n_cards, 0)) AS n_missing_then,
        before.n_rejects / before.n_cards AS rejects_before,
        round(before.n_cards * (1 - before.fill_rate)) / before.n_cards AS missing_before
    FROM corpus_health AS now
    JOIN last_issue ON last_issue.quarter_start = now.quarter_start
    JOIN corpus_health AS before
        ON before.form = now.form
        AND before.section = now.section
        AND before.quarter_start = last_issue.quarter_before
    LEFT JOIN last_forms ON last_forms.form = now.form
    LEFT JOIN last_filled
        ON last_filled.form = now.form
        AND last_filled.section = now.section
    LEFT JOIN last_rejects
        ON last_rejects.form = now.form
        AND last_rejects.section = now.section
),
health_rules AS (
    SELECT
        health_counts.form,
        health_counts.section,
        health_counts.quarter_start,
        health_counts.n_cards,
        health_counts.n_rejects,
        CAST(health_counts.n_missing AS BIGINT) AS n_missing,
        health_counts.n_rejects >= greatest(
            parameters.health_min_cases,
            parameters.health_factor * health_counts.rejects_before * health_counts.n_cards
        ) AS has_more_rejects,
        health_counts.n_missing >= greatest(
            parameters.health_min_cases,
            parameters.health_factor * health_counts.missing_before * health_counts.n_cards
        ) AS has_more_missing,
        health_counts.n_rejects_then >= greatest(
            parameters.health_min_cases,
            parameters.health_factor * health_counts.rejects_before * health_counts.n_cards_then
        )
        OR health_counts.n_missing_then >= greatest(
            parameters.health_min_cases,
            parameters.health_factor * health_counts.missing_before * health_counts.n_cards_then
        ) AS held_then
    FROM health_counts
    CROSS JOIN parameters
),
health_events AS (
    SELECT
        health_rules.form,
        health_rules.section,
        health_rules.quarter_start AS start,
        NOT health_rules.held_then AS is_new,
        CASE WHEN health_rules.has_more_missing THEN health_rules.n_missing ELSE 0 END
        + CASE WHEN health_rules.has_more_rejects THEN health_rules.n_rejects ELSE 0 END AS n_evidence,
        format(
            'Cards of form {} in the quarter from {}: {}{}{}, at least {:.1f} times as often as in the quarter '
            'before.',
            health_rules.form, health_rules.quarter_start,
            CASE
                WHEN health_rules.has_more_missing
                THEN format(
                    '{} of {} have nothing in {}', health_rules.n_missing, health_rules.n_cards, health_rules.section
                )
                ELSE ''
            END,
            CASE WHEN health_rules.has_more_missing AND health_rules.has_more_rejects THEN ' and ' ELSE '' END,
            CASE
                WHEN health_rules.has_more_rejects
                THEN format('{} rows of {} could not be read', health_rules.n_rejects, health_rules.section)
                ELSE ''
            END,
            parameters.health_factor
        ) AS headline
    FROM health_rules
    CROSS JOIN parameters
    WHERE health_rules.has_more_rejects OR health_rules.has_more_missing
),
events AS (
    SELECT
        topic_events.alert_kind,
        topic_events.topic_id,
        topic_events.topic,
        topic_events.kind,
        NULL AS form,
        NULL AS section,
        topic_events.start,
        topic_events.is_new,
        topic_events.q,
        topic_events.headline,
        topic_evidence.n_evidence
    FROM topic_events
    JOIN topic_evidence
        ON topic_evidence.alert_kind = topic_events.alert_kind
        AND topic_evidence.topic_id = topic_events.topic_id
        AND topic_evidence.start = topic_events.start
    UNION ALL
    SELECT
        'health' AS alert_kind,
        NULL AS topic_id,
        NULL AS topic,
        NULL AS kind,
        health_events.form,
        health_events.section,
        health_events.start,
        health_events.is_new,
        NULL AS q,
        health_events.headline,
        health_events.n_evidence
    FROM health_events
)
SELECT
    md5(concat(
        events.alert_kind, ':', coalesce(events.topic_id, concat(events.form, ':', events.section)), ':',
        year(events.start), 'Q', quarter(events.start)
    )) AS alert_id,
    events.alert_kind,
    events.topic_id,
    events.topic,
    events.kind,
    events.form,
    events.section,
    events.start,
    events.is_new,
    events.q,
    events.headline,
    CAST(events.n_evidence AS INTEGER) AS n_evidence
FROM events
ORDER BY events.alert_kind, events.is_new DESC, events.q, events.kind, events.topic, events.form, events.section
