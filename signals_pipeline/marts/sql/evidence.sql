-- One row per mention of a topic, counted or not: of a keyword or theme, and of each concept that it counts for.
-- Which line of which file names the topic?
SELECT
    topic_members.topic_id,
    topic_members.kind,
    topic_members.topic,
    mentions.card_id,
    cards.is_counted,
    cards.issue_date,
    CASE mentions.kind WHEN 'keyword' THEN 'keywords' ELSE 'themes' END AS section,
    mentions.row_no,
    mentions.raw_text,
    mentions.rule AS alias_rule,
    cards.path,
    mentions.line,
    card_files.file_sha256
FROM mentions
JOIN topic_members ON topic_members.member_topic_id = mentions.topic_id
JOIN parsed.cards AS cards ON cards.card_id = mentions.card_id
LEFT JOIN parsed.card_files AS card_files
    ON card_files.card_id = cards.card_id
    AND card_files.path = cards.path
