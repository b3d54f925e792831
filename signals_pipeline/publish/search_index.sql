-- names of topics
INSERT INTO search_name BY NAME
WITH
named AS (
    SELECT s.topic_id, s.kind, s.topic, s.surface, s.folded, s.topic AS name
    FROM topic_surfaces AS s
    WHERE s.topic_id IS NOT NULL
    UNION
    SELECT m.concept_id, 'concept', m.concept, s.surface, s.folded, m.member
    FROM concept_members AS m
    JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
    WHERE m.relation = 'is'
    UNION
    SELECT m.concept_id, 'concept', m.concept, m.concept, m.concept, m.concept
    FROM concept_members AS m
)
SELECT n.*, lower(n.surface) AS lowered
FROM named AS n
ORDER BY n.kind, n.topic, n.surface, n.topic_id, n.folded, n.name;

-- part: the texts of some cards, numbered from the last number on
CREATE OR REPLACE TEMP TABLE part AS
WITH
wanted AS (
    SELECT c.card_id
    FROM parsed.cards AS c
    WHERE c.card_id BETWEEN $first AND $last
),
texts AS (
    {SEARCHED_TEXTS}
)
SELECT
    $n_before + row_number() OVER (ORDER BY t.card_id, t.section, t.row_no) AS text_no,
    t.card_id,
    t.section,
    t.row_no,
    t.line,
    length(t.text) AS n_characters,
    strip_accents(lower(t.text)) AS folded
FROM texts AS t;

-- texts
INSERT INTO search_text BY NAME
SELECT p.* EXCLUDE (folded)
FROM part AS p
ORDER BY p.text_no;

-- pieces: what stands between blanks, since taking each different piece apart once is faster than all texts
CREATE OR REPLACE TEMP TABLE piece AS
SELECT p.text_no, unnest(string_split(p.folded, ' ')) AS piece
FROM part AS p;

-- words of each piece
CREATE OR REPLACE TEMP TABLE piece_word AS
SELECT w.piece, {SINGULAR} AS word
FROM (
    SELECT d.piece, unnest(regexp_extract_all(d.piece, '{WORD}')) AS word
    FROM (SELECT DISTINCT p.piece FROM piece AS p) AS d
) AS w;

-- new words, numbered from the last number on
INSERT INTO search_word BY NAME
SELECT (SELECT count(*) FROM search_word) + row_number() OVER (ORDER BY n.word) AS word_no, n.word
FROM (SELECT DISTINCT w.word FROM piece_word AS w ANTI JOIN search_word AS s ON s.word = w.word) AS n
ORDER BY word_no;

-- postings, those of a word one behind the other, so that whoever looks for it reads no others
INSERT INTO search_posting BY NAME
SELECT n.word_no, p.text_no
FROM piece AS p
JOIN (
    SELECT w.piece, s.word_no
    FROM piece_word AS w
    JOIN search_word AS s ON s.word = w.word
) AS n ON n.piece = p.piece
ORDER BY n.word_no, p.text_no;
