-- The n cards and statements that say most of some words, best first: FROM search('heat pump'), FROM
-- search('kelp', n := 5). A text need not hold all of them; case, accents and a plural s make no
-- difference. Ranked by BM25 (k1 1.2, b 0.75); cards that are not counted are found too.

-- Okapi BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, equation
-- 3.15, with the idf of Lucene, which is never negative. The length of a text is that in characters: it only
-- sets lengths in relation to each other. Only texts that hold a word at all are taken apart.
CREATE OR REPLACE MACRO search(words, n := 20) AS TABLE
WITH
asked AS (
    SELECT DISTINCT regexp_replace(w.word, '([^s]{3})s$', '\1') AS word
    FROM (
        SELECT unnest(regexp_extract_all(strip_accents(lower(CAST(words AS VARCHAR))), '[\p{L}\p{N}]+'))
    ) AS w(word)
),
texts AS (
    SELECT c.card_id, c.line, 'card' AS section, c.title AS name, concat_ws(' ', c.title, c.summary) AS text
    FROM parsed.cards AS c
    UNION ALL
    SELECT
        s.card_id, s.line, s.section, s.name,
        concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force)
    FROM statements AS s
),
sizes AS (
    SELECT count(*) AS n_texts, avg(length(t.text)) AS mean_length
    FROM texts AS t
),
likely AS MATERIALIZED (
    SELECT row_number() OVER () AS text_no, f.*
    FROM (SELECT t.*, strip_accents(lower(t.text)) AS folded FROM texts AS t) AS f
    WHERE EXISTS (SELECT 1 FROM asked AS a WHERE contains(f.folded, a.word))
),
found AS (
    SELECT l.text_no, a.word, count(*) AS tf
    FROM (
        SELECT o.text_no, unnest(regexp_extract_all(o.folded, '[\p{L}\p{N}]+')) AS word
        FROM likely AS o
    ) AS l
    JOIN asked AS a ON a.word = regexp_replace(l.word, '([^s]{3})s$', '\1')
    GROUP BY l.text_no, a.word
),
weights AS (
    SELECT f.word, ln(1 + (s.n_texts - count(*) + 0.5) / (count(*) + 0.5)) AS idf
    FROM found AS f
    CROSS JOIN sizes AS s
    GROUP BY f.word, s.n_texts
),
scores AS (
    SELECT
        f.text_no,
        sum(w.idf * f.tf * 2.2 / (f.tf + 1.2 * (0.25 + 0.75 * length(l.text) / s.mean_length))) AS score,
        min(instr(l.folded, f.word)) AS first_hit
    FROM found AS f
    JOIN weights AS w ON w.word = f.word
    JOIN likely AS l ON l.text_no = f.text_no
    CROSS JOIN sizes AS s
    GROUP BY f.text_no
),
ranked AS (
    SELECT
        row_number() OVER (ORDER BY s.score DESC, c.issue_date DESC NULLS LAST, l.card_id, l.section, l.line)
            AS rank_no,
        s.score,
        l.section,
        l.name,
        greatest(1, s.first_hit - 60) AS starts,
        l.text,
        c.issue_key,
        c.source_domain,
        c.is_counted,
        c.path,
        l.line,
        l.card_id
    FROM scores AS s
    JOIN likely AS l ON l.text_no = s.text_no
    JOIN parsed.cards AS c ON c.card_id = l.card_id
)
SELECT
    r.rank_no,
    round(r.score, 3) AS score,
    r.section,
    r.name,
    CASE WHEN r.starts > 1 THEN '…' ELSE '' END
        || substr(r.text, r.starts, 160)
        || CASE WHEN r.starts + 160 <= length(r.text) THEN '…' ELSE '' END AS snippet,
    r.issue_key,
    r.source_domain,
    r.is_counted,
    r.path,
    r.line,
    r.card_id
FROM ranked AS r
WHERE r.rank_no <= n
ORDER BY r.rank_no
