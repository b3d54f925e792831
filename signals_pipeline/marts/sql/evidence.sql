-- One row per mention, counted or not.
-- Which line of which file names the topic?
SELECT
    mentions.topic_id,
    mentions.kind,
    mentions.topic,
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
JOIN parsed.cards AS cards ON cards.card_id = mentions.card_id
LEFT JOIN parsed.card_files AS card_files
    ON card_files.card_id = cards.card_id
    AND card_files.path = cards.path
