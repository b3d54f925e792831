-- One row per topic and line that leads to it: a list item with its name, or a statement as it is defined.
-- Which line of which file names the topic, or says what it means?
WITH
lines AS (
    SELECT
        topic_members.topic_id,
        topic_members.kind,
        topic_members.topic,
        mentions.card_id,
        'name' AS how,
        CASE mentions.kind WHEN 'keyword' THEN 'keywords' ELSE 'themes' END AS section,
        mentions.row_no,
        mentions.raw_text,
        mentions.rule AS alias_rule,
        mentions.line
    FROM mentions
    JOIN topic_members ON topic_members.member_topic_id = mentions.topic_id
    UNION ALL
    SELECT
        topics.topic_id,
        topics.kind,
        topics.topic,
        statements.card_id,
        'meaning',
        statements.section,
        statements.row_no,
        concat_ws(': ', statements.name, statements.description),
        NULL,
        statements.line
    FROM concept_match
    JOIN topics ON topics.topic_id = concept_match.concept_id
    JOIN statements
        ON statements.section = concept_match.section
        AND statements.card_id = concept_match.card_id
        AND statements.row_no = concept_match.row_no
)
SELECT
    lines.topic_id,
    lines.kind,
    lines.topic,
    lines.card_id,
    cards.is_counted,
    cards.issue_date,
    lines.how,
    lines.section,
    lines.row_no,
    lines.raw_text,
    lines.alias_rule,
    cards.path,
    lines.line,
    card_files.file_sha256
FROM lines
JOIN parsed.cards AS cards ON cards.card_id = lines.card_id
LEFT JOIN parsed.card_files AS card_files
    ON card_files.card_id = cards.card_id
    AND card_files.path = cards.path
