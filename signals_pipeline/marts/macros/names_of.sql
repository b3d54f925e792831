-- The ways of writing that count for a concept, by any of its names: FROM names_of('AI'), FROM
-- names_of(['AI', 'heat pump']). A surface belongs to a keyword or theme, its member, which is the concept
-- (relation is) or a part of it; n_cards is on how many cards it stands, and rule what brought it to the
-- member. The parts come last. topics_named says how names are compared, and what is said of one that
-- nothing goes by.

-- In the body a bare names is the argument.
CREATE OR REPLACE MACRO names_of(names) AS TABLE
WITH
chosen AS (
    SELECT DISTINCT n.topic_id
    FROM topics_named(names) AS n
)
SELECT
    m.concept,
    s.surface,
    s.n_cards,
    m.kind,
    m.member,
    m.relation,
    s.rule,
    m.member_topic_id,
    m.concept_id
FROM chosen AS c
JOIN concept_members AS m ON m.concept_id = c.topic_id
JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
ORDER BY m.concept, m.relation = 'part', s.n_cards DESC, s.surface, m.kind
