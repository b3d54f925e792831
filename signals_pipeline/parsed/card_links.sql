-- One row per card and link of a draft to its article: by the id that a card of the link has, or by the link.
SELECT
    c.card_id,
    l.path,
    l.position
FROM internal.cards_read AS c
JOIN parsed.draft_links AS l ON l.article_hash = c.article_hash
UNION
SELECT
    c.card_id,
    l.path,
    l.position
FROM internal.cards_read AS c
JOIN parsed.draft_links AS l ON l.link = c.url
