-- One row per kind, newsletter issue, form with cards able to carry the kind, and topic on one of them.
-- How often is a topic where it could be? What bursts, shifts and forecasts are computed from.
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (
            WHERE metric.metric = 'family_size' AND metric.parameter = 'min_cards'
        ) AS family_min_cards
    FROM metric
),
issues AS (
    SELECT
        newsletter_issues.issue_no,
        newsletter_issues.issue_date
    FROM newsletter_issues
    WHERE newsletter_issues.issue_date IS NOT NULL
),
kinds AS (
    SELECT unnest(['keyword', 'theme']) AS kind
),
-- Integers stand for topics and cards: they group faster than texts.
numbered_topics AS (
    SELECT
        topics.topic_id,
        topics.topic,
        topics.kind,
        row_number() OVER (ORDER BY topics.topic_id) AS topic_no
    FROM topics
),
counted_cards AS (
    SELECT
        cards.card_id,
        cards.form,
        issues.issue_no,
        row_number() OVER (ORDER BY cards.card_id) AS card_no
    FROM parsed.cards AS cards
    JOIN issues ON issues.issue_date = cards.issue_date
    WHERE cards.is_counted
),
-- The denominator: cards able to carry a kind.
able_cards AS (
    SELECT
        'keyword' AS kind,
        counted_cards.form,
        counted_cards.issue_no,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT keywords.card_id FROM parsed.keywords AS keywords)
    UNION ALL
    SELECT
        'theme' AS kind,
        counted_cards.form,
        counted_cards.issue_no,
        counted_cards.card_no
    FROM counted_cards
    WHERE counted_cards.form <> 'other'
        OR counted_cards.card_id IN (SELECT themes.card_id FROM parsed.themes AS themes)
),
form_issues AS (
    SELECT
        able_cards.kind,
        able_cards.form,
        able_cards.issue_no,
        count(able_cards.card_no) AS n
    FROM able_cards
    GROUP BY able_cards.kind, able_cards.form, able_cards.issue_no
),
-- The numerator: each card once a topic.
topic_cards AS (
    SELECT
        numbered_topics.topic_no,
        counted_cards.form,
        counted_cards.issue_no,
        counted_cards.card_no,
        count(mentions.row_no) AS n_mentions
    FROM mentions
    JOIN counted_cards ON counted_cards.card_id = mentions.card_id
    JOIN numbered_topics ON numbered_topics.topic_id = mentions.topic_id
    GROUP BY numbered_topics.topic_no, counted_cards.form, counted_cards.issue_no, counted_cards.card_no
),
family AS (
    SELECT topic_cards.topic_no
    FROM topic_cards
    GROUP BY topic_cards.topic_no
    HAVING count(topic_cards.n_mentions) >= (SELECT parameters.family_min_cards FROM parameters)
),
topic_form_issues AS (
    SELECT
        numbered_topics.topic_id,
        numbered_topics.topic,
        numbered_topics.kind,
        topic_cards.form,
        topic_cards.issue_no,
        count(topic_cards.n_mentions) AS x
    FROM topic_cards
    JOIN family ON family.topic_no = topic_cards.topic_no
    JOIN numbered_topics ON numbered_topics.topic_no = topic_cards.topic_no
    GROUP BY
        numbered_topics.topic_id, numbered_topics.topic, numbered_topics.kind,
        topic_cards.form, topic_cards.issue_no
)
-- An issue without such cards has one row without form, and a form without such a topic has one without topic.
SELECT
    kinds.kind,
    issues.issue_no,
    issues.issue_date,
    form_issues.form,
    coalesce(form_issues.n, 0) AS n,
    topic_form_issues.topic_id,
    topic_form_issues.topic,
    coalesce(topic_form_issues.x, 0) AS x
FROM issues
CROSS JOIN kinds
LEFT JOIN form_issues
    ON form_issues.kind = kinds.kind
    AND form_issues.issue_no = issues.issue_no
LEFT JOIN topic_form_issues
    ON topic_form_issues.kind = form_issues.kind
    AND topic_form_issues.form = form_issues.form
    AND topic_form_issues.issue_no = form_issues.issue_no
ORDER BY kinds.kind, issues.issue_no, form_issues.form, topic_form_issues.topic_id
