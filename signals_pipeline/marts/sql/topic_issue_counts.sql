-- One row per kind, newsletter issue, form with cards able to carry the kind, and topic on one of them.
-- How often is a topic where it could be? What trends, bursts, shifts and forecasts are computed from.
WITH
able AS (
    SELECT
        kind,
        issue_no,
        form,
        count(card_no) AS n
    FROM able_cards
    GROUP BY ALL
),
found AS (
    SELECT
        topic_no,
        issue_no,
        form,
        count(card_no) AS x
    FROM topic_cards
    GROUP BY ALL
),
presences AS (
    SELECT
        topic_no,
        count(DISTINCT issue_no) AS n_issues
    FROM topic_cards
    GROUP BY ALL
),
-- A topic is of the family of the tests by its cards. By its issues it can emerge before that.
family AS (
    SELECT
        kind,
        topic_id,
        topic,
        issue_no,
        form,
        x,
        n_cards >= parameter('family_size', 'min_cards') AS is_tested
    FROM found
    JOIN counted_topics USING (topic_no)
    JOIN presences USING (topic_no)
    WHERE is_tested OR n_issues >= parameter('p_emerging', 'min_issues')
)
-- An issue without such cards has one row without form, a form without such a topic one without topic.
SELECT
    k.kind,
    i.issue_no,
    i.issue_date,
    a.form,
    coalesce(a.n, 0) AS n,
    f.topic_id,
    f.topic,
    coalesce(f.x, 0) AS x,
    f.is_tested
FROM dated_issues AS i
CROSS JOIN (VALUES ('keyword'), ('theme'), ('concept')) AS k (kind)
LEFT JOIN able AS a USING (kind, issue_no)
LEFT JOIN family AS f USING (kind, issue_no, form)
ORDER BY k.kind, i.issue_no, a.form, f.topic_id
