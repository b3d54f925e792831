-- One row per topic that statements of enough counted cards name, and section that such cards could have.
-- In which sections do statements name a topic, more or less than statements of such cards name any?
WITH
said AS (
    SELECT
        t.topic_id,
        t.kind,
        t.topic,
        c.card_no,
        c.form,
        s.section,
        s.row_no
    FROM statement_topics AS s
    JOIN topics AS t USING (topic_id)
    JOIN counted_cards AS c USING (card_id)
    WHERE s.how = 'words'
),
-- How often a topic is named in the statements of a card, section by section.
named AS (
    SELECT
        topic_id,
        kind,
        topic,
        card_no,
        form,
        section,
        count(row_no) AS x
    FROM said
    GROUP BY ALL
),
-- Where the statements of a form are that name any topic, each once: a section that its cards lack has no
-- part in it, and one of texts that seldom name anything has a small one.
naming AS (
    SELECT DISTINCT
        kind,
        form,
        section,
        card_no,
        row_no
    FROM said
),
usual AS (
    SELECT
        kind,
        form,
        section,
        CAST(count(row_no) / sum(count(row_no)) OVER (PARTITION BY kind, form) AS DECIMAL(18, 9)) AS share
    FROM naming
    GROUP BY kind, form, section
),
profiled AS (
    SELECT
        topic_id,
        any_value(kind) AS kind,
        any_value(topic) AS topic,
        count(DISTINCT card_no) AS n_cards,
        sum(x) AS n
    FROM named
    GROUP BY topic_id
    HAVING count(DISTINCT card_no) >= parameter('topic_sections', 'min_cards')
),
cards AS (
    SELECT
        p.topic_id,
        p.kind,
        n.card_no,
        n.form,
        sum(n.x) AS n
    FROM profiled AS p
    JOIN named AS n USING (topic_id)
    GROUP BY ALL
),
-- Every card of a topic with every section, those that it does not have too.
cells AS (
    SELECT
        c.topic_id,
        s.section,
        c.n,
        coalesce(n.x, 0) AS x,
        c.n * coalesce(u.share, 0) AS expected
    FROM cards AS c
    CROSS JOIN (SELECT DISTINCT section FROM usual) AS s
    LEFT JOIN named AS n ON n.topic_id = c.topic_id AND n.card_no = c.card_no AND n.section = s.section
    LEFT JOIN usual AS u ON u.kind = c.kind AND u.form = c.form AND u.section = s.section
),
totals AS (
    SELECT
        p.topic_id,
        c.section,
        any_value(p.kind) AS kind,
        any_value(p.topic) AS topic,
        any_value(p.n_cards) AS n_cards,
        any_value(p.n) AS n,
        sum(c.x) AS x,
        sum(c.x) / any_value(p.n) AS share,
        CAST(sum(c.expected) AS DOUBLE) / any_value(p.n) AS share_expected,
        CAST(sum(c.x - c.expected) AS DOUBLE) / any_value(p.n) AS diff
    FROM cells AS c
    JOIN profiled AS p USING (topic_id)
    GROUP BY p.topic_id, c.section
),
-- The statements of a card are alike: the variance of the difference is that between cards (Cochran 1977,
-- Sampling Techniques, section 6.4), and so many statements of one card each would be as sure.
spread AS (
    SELECT
        t.topic_id,
        t.section,
        CAST(sum(CAST(pow(c.x - c.expected - t.diff * c.n, 2) AS DECIMAL(28, 9))) AS DOUBLE)
        * any_value(t.n_cards / (t.n_cards - 1) / pow(t.n, 2)) AS variance
    FROM totals AS t
    JOIN cells AS c USING (topic_id, section)
    GROUP BY t.topic_id, t.section
),
sized AS (
    SELECT
        t.topic_id,
        t.kind,
        t.topic,
        t.section,
        t.n_cards,
        t.n,
        t.x,
        t.share,
        t.share_expected,
        t.n / greatest(1, s.variance * t.n / (t.share_expected * (1 - t.share_expected))) AS n_as_sure,
        parameter('share_lo', 'z') AS z
    FROM totals AS t
    JOIN spread AS s USING (topic_id, section)
    -- Where the forms of its cards leave no choice there is nothing to compare.
    WHERE t.share_expected > 0 AND t.share_expected < 1
)
SELECT
    topic_id,
    kind,
    topic,
    section,
    CAST(n_cards AS INTEGER) AS n_cards,
    CAST(n AS INTEGER) AS n_statements,
    CAST(x AS INTEGER) AS n_in_section,
    share,
    share_expected,
    100 * (share - share_expected) AS diff_pp,
    100 * (wilson(share * n_as_sure, n_as_sure, z).lo - share_expected) AS diff_lo_pp,
    100 * (wilson(share * n_as_sure, n_as_sure, z).hi - share_expected) AS diff_hi_pp
FROM sized
ORDER BY topic_id, section
