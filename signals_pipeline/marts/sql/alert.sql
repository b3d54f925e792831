-- One row per event: a rule that holds for a concept, or for a section of a form, up to the last issue.
-- What must I look at today?
WITH
last_issue AS (
    SELECT
        issue_no,
        issue_date,
        CAST(date_trunc('quarter', issue_date) AS DATE) AS quarter_start,
        CAST(date_trunc('quarter', issue_date) - INTERVAL 3 MONTH AS DATE) AS quarter_before
    FROM dated_issues
    WHERE issues_back = 0
),
-- A call that has just ended is none anew.
quiet AS (
    SELECT DISTINCT
        h.topic_id,
        h.stage
    FROM call_history AS h
    JOIN dated_issues AS i ON i.issue_date = h.called_to
    WHERE i.issues_back BETWEEN 1 AND parameter('alert', 'quiet_issues')
),
-- Another name of the same, that goes the other way.
counterparts AS (
    SELECT
        topic_id,
        min_by(what, (q, what)) AS what
    FROM (
        SELECT
            falling_topic_id AS topic_id,
            format('"{}" is {}', rising, rising_stage) AS what,
            rising_q AS q
        FROM substitution
        UNION ALL
        SELECT
            rising_topic_id AS topic_id,
            format('"{}" is falling', falling) AS what,
            falling_q AS q
        FROM substitution
    )
    GROUP BY topic_id
),
calls AS (
    SELECT
        m.*,
        coalesce(format(' Perhaps only the words changed: {}.', o.what), '') AS if_words_changed,
        CASE m.stage WHEN 'rising' THEN 'rise' WHEN 'falling' THEN 'fall' ELSE m.stage END AS alert_kind,
        -- While a topic is new, a call of it may begin that nobody was told of.
        coalesce(m.stage_before = 'new', FALSE)
        OR m.called_since = l.issue_date
        AND q.topic_id IS NULL
            AS is_new
    FROM topic_momentum AS m
    CROSS JOIN last_issue AS l
    LEFT JOIN quiet AS q USING (topic_id, stage)
    LEFT JOIN counterparts AS o USING (topic_id)
    WHERE m.stage IN ('rising', 'falling', 'emerging')
),
-- By what the odds of a topic that rises or falls are multiplied: first as the test says that makes the call.
odds AS (
    SELECT
        topic_id,
        if(q_called < 0.001, 'q < 0.001', format('q = {:.3f}', q_called)) AS q_said,
        format(
            '{:.2f} ({:.2f} to {:.2f}) over all issues',
            exp(log_odds_per_year), exp(log_odds_per_year - z * se), exp(log_odds_per_year + z * se)
        ) AS of_all,
        format(
            '{:.2f} ({:.2f} to {:.2f}) in the last issues alone',
            exp(log_odds_recent), exp(log_odds_recent - z * se_recent), exp(log_odds_recent + z * se_recent)
        ) AS of_late,
        if(called_by = 'recent', of_late, of_all)
        || format(', which makes the call with {}', q_said)
        || coalesce(', and by ' || if(called_by = 'recent', of_all, of_late), '') AS what
    FROM (
        SELECT
            *,
            parameter('share_lo', 'z') AS z
        FROM calls
    )
    WHERE alert_kind IN ('rise', 'fall')
),
topic_events AS (
    SELECT
        'burst' AS alert_kind,
        b.topic_id,
        b.start_date AS start,
        b.start_date AS evidence_from,
        b.is_new,
        b.q,
        format(
            'has been in a burst since the issue of {}: since then {} of {} cards name it, {:.1f} % against '
            '{:.1f} % in the other issues{}.',
            strftime(b.start_date, '%-d %B %Y'), b.x, b.n, 100 * b.share_in, 100 * coalesce(b.share_out, 0),
            coalesce(
                format(
                    '. It is called {} since the issue of {}', h.stage, strftime(h.called_from, '%-d %B %Y')
                ),
                ''
            )
        ) AS what
    FROM topic_burst AS b
    LEFT JOIN call_history AS h
        ON h.topic_id = b.topic_id AND h.called_to IS NULL AND h.stage IN ('rising', 'falling', 'emerging')
    WHERE b.is_open AND b.q < parameter('q', 'max_q')
    UNION ALL
    -- Where evidence_from is NULL, all cards of the topic are the evidence, since few may be a part of the
    -- finding.
    SELECT
        alert_kind,
        topic_id,
        called_since AS start,
        NULL AS evidence_from,
        is_new,
        q_called AS q,
        if(
            alert_kind = 'emerging',
            format(
                'is emerging, called so since the issue of {}: the issues with it crowd among the last ones. '
                'It is on {} cards since {}.',
                strftime(called_since, '%-d %B %Y'), n_cards_with, strftime(first_seen, '%-d %B %Y')
            ),
            format(
                'is {}, called so since the issue of {}: each year the odds that a card names it are '
                'multiplied by {}. It is on {} cards since {}.',
                stage, strftime(called_since, '%-d %B %Y'),
                o.what, n_cards_with, strftime(first_seen, '%-d %B %Y')
            )
        ) || if_words_changed AS what
    FROM calls
    LEFT JOIN odds AS o USING (topic_id)
    UNION ALL
    SELECT
        'shift' AS alert_kind,
        s.topic_id,
        s.shift_date AS start,
        NULL AS evidence_from,
        s.is_new,
        NULL AS q,
        format(
            'changed its level with the issue of {}: before it {:.1f} % of the cards named it, since then '
            '{:.1f} %{}.',
            strftime(s.shift_date, '%-d %B %Y'), 100 * s.share_before, 100 * s.share_after,
            CASE
                WHEN s.same_as_form_change
                THEN '. The form of the cards changed with that issue, which may be a part of it'
                WHEN s.form_explains >= 0.005
                THEN format('. The mix of forms of the cards explains {:.0f} % of it', 100 * s.form_explains)
                ELSE ''
            END
        ) AS what
    FROM topic_shift AS s
    JOIN dated_issues AS i ON i.issue_date = s.shift_date
    WHERE i.issues_back < parameter('alert', 'shift_issues')
    UNION ALL
    SELECT
        'new' AS alert_kind,
        m.topic_id,
        m.first_seen AS start,
        m.first_seen AS evidence_from,
        TRUE AS is_new,
        NULL AS q,
        format(
            'is new: it is on {} cards of the issue of {}, and on none before.',
            m.n_cards_with, strftime(m.first_seen, '%-d %B %Y')
        ) AS what
    FROM topic_momentum AS m
    JOIN last_issue AS l ON l.issue_date = m.first_seen
    WHERE m.n_cards_with >= parameter('alert', 'new_min_cards')
    UNION ALL
    SELECT
        'returning' AS alert_kind,
        m.topic_id,
        p.return_date AS start,
        p.return_date AS evidence_from,
        coalesce(m.stage <> m.stage_before, TRUE) AS is_new,
        p.q_gap AS q,
        format(
            'is back with the issue of {}, after {} cards without it. At its usual rate it would have been '
            'in {:.0f} issues meanwhile.',
            strftime(p.return_date, '%-d %B %Y'), p.n_missed, p.n_expected
        ) AS what
    FROM topic_momentum AS m
    JOIN topic_presence_fit AS p ON p.topic_id = m.topic_id AND p.issues_back = 0
    WHERE m.stage = 'returning'
),
topic_evidence AS (
    SELECT
        t.alert_kind,
        t.topic_id,
        t.start,
        count(e.row_no) AS n_evidence
    FROM topic_events AS t
    JOIN evidence AS e ON e.topic_id = t.topic_id AND e.issue_date >= coalesce(t.evidence_from, e.issue_date)
    WHERE e.is_counted AND e.how = 'name'
    GROUP BY ALL
),
-- Cards of the last issue, and which sections they have: without them the quarter is as it was before.
last_cards AS (
    SELECT
        card_id,
        form
    FROM counted_cards
    JOIN last_issue USING (issue_no)
),
last_forms AS (
    SELECT
        form,
        count(card_id) AS n_cards
    FROM last_cards
    GROUP BY ALL
),
section_cards AS (
    SELECT
        'keywords' AS section,
        card_id
    FROM parsed.keywords
    UNION
    SELECT
        'themes' AS section,
        card_id
    FROM parsed.themes
    UNION
    SELECT
        section,
        card_id
    FROM statements
),
last_filled AS (
    SELECT
        form,
        section,
        count(c.card_id) AS n_filled
    FROM last_cards AS c
    JOIN section_cards USING (card_id)
    GROUP BY ALL
),
last_rejects AS (
    SELECT
        form,
        section,
        count(code) AS n_rejects
    FROM parsed.rejects
    JOIN last_cards USING (card_id)
    GROUP BY ALL
),
-- Rejects and cards without the section, in the quarter of the last issue, in the same quarter without the
-- last issue (then), and how many of either a card had in the quarter before.
health_counts AS (
    SELECT
        now.form,
        now.section,
        now.quarter_start,
        now.n_cards,
        now.n_rejects,
        CAST(round(now.n_cards * (1 - now.fill_rate)) AS BIGINT) AS n_missing,
        now.n_cards - coalesce(c.n_cards, 0) AS n_cards_then,
        now.n_rejects - coalesce(r.n_rejects, 0) AS n_rejects_then,
        round(now.n_cards * (1 - now.fill_rate)) - (coalesce(c.n_cards, 0) - coalesce(f.n_filled, 0))
            AS n_missing_then,
        parameter('alert', 'health_min_cases') AS min_cases,
        parameter('alert', 'health_factor') AS factor,
        before.n_rejects / before.n_cards AS rejects_before,
        round(before.n_cards * (1 - before.fill_rate)) / before.n_cards AS missing_before
    FROM corpus_health AS now
    JOIN last_issue AS l USING (quarter_start)
    JOIN corpus_health AS before USING (form, section)
    LEFT JOIN last_forms AS c USING (form)
    LEFT JOIN last_filled AS f USING (form, section)
    LEFT JOIN last_rejects AS r USING (form, section)
    WHERE before.quarter_start = l.quarter_before
),
health_rules AS (
    SELECT
        *,
        n_rejects >= greatest(min_cases, factor * rejects_before * n_cards) AS has_more_rejects,
        n_missing >= greatest(min_cases, factor * missing_before * n_cards) AS has_more_missing,
        n_rejects_then >= greatest(min_cases, factor * rejects_before * n_cards_then)
        OR n_missing_then >= greatest(min_cases, factor * missing_before * n_cards_then) AS held_then,
        concat_ws(
            ' and ',
            CASE
                WHEN has_more_missing
                THEN format('{} of {} have nothing in {}', n_missing, n_cards, section)
            END,
            CASE WHEN has_more_rejects THEN format('{} rows of {} could not be read', n_rejects, section) END
        ) AS what
    FROM health_counts
),
events AS (
    SELECT
        e.alert_kind,
        t.topic_id,
        t.topic,
        t.kind,
        NULL AS form,
        NULL AS section,
        e.start,
        e.is_new,
        e.q,
        format('The {} "{}" {}', t.kind, t.topic, e.what) AS headline,
        n.n_evidence
    FROM topic_events AS e
    JOIN counted_topics AS t USING (topic_id)
    JOIN topic_evidence AS n USING (alert_kind, topic_id, start)
    JOIN topic_momentum AS m USING (topic_id)
    WHERE t.kind = 'concept' AND m.same_as IS NULL
    UNION ALL
    SELECT
        'health' AS alert_kind,
        NULL AS topic_id,
        NULL AS topic,
        NULL AS kind,
        form,
        section,
        quarter_start AS start,
        NOT held_then AS is_new,
        NULL AS q,
        format(
            'Of the cards of form {} in the quarter from {}, {}: at least {:.1f} times as often as in the '
            'quarter before.',
            form, strftime(quarter_start, '%-d %B %Y'), what, factor
        ) AS headline,
        if(has_more_missing, n_missing, 0) + if(has_more_rejects, n_rejects, 0) AS n_evidence
    FROM health_rules
    WHERE has_more_rejects OR has_more_missing
)
SELECT
    md5(concat(
        alert_kind, ':', coalesce(topic_id, concat(form, ':', section)), ':', year(start), 'Q', quarter(start)
    )) AS alert_id,
    alert_kind,
    topic_id,
    topic,
    kind,
    form,
    section,
    start,
    is_new,
    q,
    headline,
    CAST(n_evidence AS INTEGER) AS n_evidence
FROM events
ORDER BY alert_kind, is_new DESC, q, kind, topic, form, section
