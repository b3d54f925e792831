-- One row per kind of topic and counted card that is able to carry it: the denominator of every share.
-- On how many cards could a topic be? A card of form other may have no list of the kind at all.
SELECT
    c.card_no,
    c.card_id,
    c.issue_no,
    c.issue_date,
    c.form,
    k.kind
FROM counted_cards AS c
CROSS JOIN (VALUES ('keyword'), ('theme'), ('concept')) AS k (kind)
WHERE c.form <> 'other'
    OR (k.kind <> 'theme' AND c.card_id IN (SELECT card_id FROM parsed.keywords))
    OR (k.kind <> 'keyword' AND c.card_id IN (SELECT card_id FROM parsed.themes))
ORDER BY k.kind, c.card_no
