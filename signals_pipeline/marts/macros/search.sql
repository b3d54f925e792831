-- The n cards and statements with the most of these words, best first: FROM search('heat pump'), FROM
-- search('kelp', n := 5). A text need not hold all of them: FROM search('heat pump') WHERE words_held = 1
-- keeps those that do. Quotes mean nothing, so that no phrase is looked for; case, accents and a plural s
-- make no difference, and C#, C++ and .NET are words of their own. A card is found by its title, summary,
-- keywords and themes. section is card or the name of a section with statements; since and until are the
-- first and the last day of a newsletter issue: FROM search('ai', section := 'concerns', since :=
-- '2025-01-01'). Ranked by BM25 (k1 1.2, b 0.75) among all texts; words_held is 1 where a text holds all of
-- the words, and less the more it lacks of the rarer ones. Cards that are not counted are found too, those
-- without a date only where no day is given.

-- Okapi BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, equation
-- 3.15, with the idf of Lucene, which is never negative. The length of a text is that in characters: it only
-- sets lengths in relation to each other. Only texts that hold a word at all are taken apart. They are
-- numbered by what they are, since clients of DuckDB 1.1 may number them anew for each place that reads them.
-- In the body a bare words, n, section, since or until is the argument.
CREATE OR REPLACE MACRO search(words, n := 20, section := NULL, since := NULL, until := NULL) AS TABLE
WITH
chosen AS (
    SELECT
        CASE
            WHEN lower(CAST(section AS VARCHAR)) IN ('card', 'cards') THEN 'card'
            WHEN section IS NULL OR lower(CAST(section AS VARCHAR)) IN ({STATEMENTS})
            THEN lower(CAST(section AS VARCHAR))
            ELSE error(concat(
                'search: section is card or one of {STATEMENTS_IN_WORDS}, and not ''', section, '''.'
            ))
        END AS section,
        coalesce(
            TRY_CAST(CAST(since AS VARCHAR) AS DATE),
            CASE
                WHEN since IS NOT NULL
                THEN error(concat('search: since is a day such as 2025-01-31, and not ''', since, '''.'))
            END
        ) AS since,
        coalesce(
            TRY_CAST(CAST(until AS VARCHAR) AS DATE),
            CASE
                WHEN until IS NOT NULL
                THEN error(concat('search: until is a day such as 2025-01-31, and not ''', until, '''.'))
            END
        ) AS until,
        CASE
            WHEN n < 1 THEN error(concat('search: n is a number from 1 up, and not ', n, '.'))
            ELSE n
        END AS n
),
asked AS (
    SELECT DISTINCT regexp_replace(w.word, '([^s]{3})s$', '\1') AS word
    FROM (
        SELECT unnest(regexp_extract_all(
            CASE
                WHEN words IS NULL
                    OR regexp_matches(strip_accents(lower(CAST(words AS VARCHAR))), '{WORD}')
                THEN strip_accents(lower(CAST(words AS VARCHAR)))
                ELSE error('search: write what to look for in words, such as ''heat pump''.')
            END,
            '{WORD}'
        ))
    ) AS w(word)
),
listed AS (
    SELECT i.card_id, string_agg(i.raw_text, ', ' ORDER BY i.place, i.row_no) AS items
    FROM (
        SELECT k.card_id, 1 AS place, k.row_no, k.raw_text
        FROM parsed.keywords AS k
        UNION ALL
        SELECT t.card_id, 2, t.row_no, t.raw_text
        FROM parsed.themes AS t
    ) AS i
    GROUP BY i.card_id
),
texts AS (
    SELECT
        c.card_id, c.line, 'card' AS section, NULL AS row_no, c.title AS name,
        concat_ws(' ', c.title, c.summary, l.items) AS text
    FROM parsed.cards AS c
    LEFT JOIN listed AS l ON l.card_id = c.card_id
    UNION ALL
    SELECT
        s.card_id, s.line, s.section, s.row_no, s.name,
        concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force)
    FROM statements AS s
),
sizes AS (
    SELECT count(*) AS n_texts, avg(length(t.text)) AS mean_length
    FROM texts AS t
),
likely AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY f.card_id, f.section, f.row_no) AS text_no, f.*
    FROM (SELECT t.*, strip_accents(lower(t.text)) AS folded FROM texts AS t) AS f
    WHERE EXISTS (SELECT 1 FROM asked AS a WHERE contains(f.folded, a.word))
),
found AS (
    SELECT l.text_no, a.word, count(*) AS tf
    FROM (
        SELECT o.text_no, unnest(regexp_extract_all(o.folded, '{WORD}')) AS word
        FROM likely AS o
    ) AS l
    JOIN asked AS a ON a.word = regexp_replace(l.word, '([^s]{3})s$', '\1')
    GROUP BY l.text_no, a.word
),
weights AS (
    SELECT
        a.word,
        ln(1 + (s.n_texts - count(f.text_no) + 0.5) / (count(f.text_no) + 0.5)) AS idf
    FROM asked AS a
    LEFT JOIN found AS f ON f.word = a.word
    CROSS JOIN sizes AS s
    GROUP BY a.word, s.n_texts
),
scores AS (
    SELECT
        f.text_no,
        sum(w.idf * f.tf * 2.2 / (f.tf + 1.2 * (0.25 + 0.75 * length(l.text) / s.mean_length))) AS score,
        sum(w.idf) / (SELECT sum(a.idf) FROM weights AS a) AS words_held,
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
        s.words_held,
        l.section,
        l.name,
        greatest(1, s.first_hit - 60) AS starts,
        l.text,
        c.issue_key,
        c.issue_date,
        c.source_domain,
        c.is_counted,
        c.path,
        l.line,
        l.card_id,
        l.row_no
    FROM scores AS s
    JOIN likely AS l ON l.text_no = s.text_no
    JOIN parsed.cards AS c ON c.card_id = l.card_id
    CROSS JOIN chosen AS o
    WHERE (o.section IS NULL OR l.section = o.section)
        AND (o.since IS NULL OR c.issue_date >= o.since)
        AND (o.until IS NULL OR c.issue_date <= o.until)
)
SELECT
    r.rank_no,
    r.section,
    r.name,
    CASE WHEN r.starts > 1 THEN '…' ELSE '' END
        || substr(r.text, r.starts, 160)
        || CASE WHEN r.starts + 160 <= length(r.text) THEN '…' ELSE '' END AS snippet,
    r.issue_key,
    r.issue_date,
    r.source_domain,
    r.is_counted,
    round(r.score, 3) AS score,
    round(r.words_held, 3) AS words_held,
    r.path,
    r.line,
    r.card_id,
    r.row_no
FROM ranked AS r
WHERE r.rank_no <= (SELECT o.n FROM chosen AS o)
ORDER BY r.rank_no
