-- The n cards and statements with the most of these words, best first: FROM search('heat pump'), FROM
-- search('kelp', n := 5). A text need not hold all of them: FROM search('heat pump') WHERE words_held = 1
-- keeps those that do. Quotes mean nothing, so that no phrase is looked for; case, accents and plurals
-- make no difference, and C#, C++ and .NET are words of their own. Beside other words these are not looked for:
-- {FUNCTION_WORDS_IN_WORDS}. A card is found by its title, summary, keywords and themes. section
-- is card or the name of a section with statements; since and until are the first and the last day of a
-- newsletter issue: FROM search('ai', section := 'concerns', since := '2025-01-01'). Ranked by BM25 (k1 1.2,
-- b 0.75) among all texts; words_held is 1 where a text holds all of the words, and less the more it lacks of
-- the rarer ones. Cards that are not counted are found too, those without a date only where no day is given.

-- Okapi BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, equation
-- 3.15, with the idf of Lucene, which is never negative. The length of a text is that in characters: it only
-- sets lengths in relation to each other. Words are looked up in search_posting, and of the texts only those
-- are read that are shown. Scores are compared to the ninth decimal, since a sum depends on its order.
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
written AS (
    SELECT w.word
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
asked AS (
    SELECT DISTINCT {SINGULAR} AS word
    FROM written AS w
    WHERE w.word NOT IN ({FUNCTION_WORDS})
        OR (SELECT bool_and(a.word IN ({FUNCTION_WORDS})) FROM written AS a)
),
looked_up AS MATERIALIZED (
    SELECT a.word, i.word_no
    FROM asked AS a
    LEFT JOIN search_word AS i ON i.word = a.word
),
found AS MATERIALIZED (
    SELECT p.text_no, p.word_no, count(*) AS tf
    FROM looked_up AS u
    JOIN search_posting AS p ON p.word_no = u.word_no
    GROUP BY p.text_no, p.word_no
),
sizes AS (
    SELECT count(*) AS n_texts, avg(t.n_characters) AS mean_length
    FROM search_text AS t
),
weights AS (
    SELECT
        u.word,
        u.word_no,
        ln(1 + (s.n_texts - coalesce(h.n, 0) + 0.5) / (coalesce(h.n, 0) + 0.5)) AS idf
    FROM looked_up AS u
    LEFT JOIN (SELECT f.word_no, count(*) AS n FROM found AS f GROUP BY f.word_no) AS h ON h.word_no = u.word_no
    CROSS JOIN sizes AS s
),
scores AS (
    SELECT
        t.text_no,
        sum(w.idf * f.tf * 2.2 / (f.tf + 1.2 * (0.25 + 0.75 * t.n_characters / s.mean_length))) AS score,
        sum(w.idf) / (SELECT sum(a.idf) FROM weights AS a) AS words_held
    FROM found AS f
    JOIN weights AS w ON w.word_no = f.word_no
    JOIN search_text AS t ON t.text_no = f.text_no
    CROSS JOIN sizes AS s
    GROUP BY t.text_no
),
ranked AS (
    SELECT
        row_number() OVER (
            ORDER BY round(s.score, 9) DESC, c.issue_date DESC NULLS LAST, t.card_id, t.section, t.line
        ) AS rank_no,
        s.score,
        s.words_held,
        t.text_no,
        t.section,
        t.card_id,
        t.row_no
    FROM scores AS s
    JOIN search_text AS t ON t.text_no = s.text_no
    JOIN parsed.cards AS c ON c.card_id = t.card_id
    CROSS JOIN chosen AS o
    WHERE (o.section IS NULL OR t.section = o.section)
        AND (o.since IS NULL OR c.issue_date >= o.since)
        AND (o.until IS NULL OR c.issue_date <= o.until)
),
kept AS MATERIALIZED (
    SELECT r.*
    FROM ranked AS r
    WHERE r.rank_no <= (SELECT o.n FROM chosen AS o)
),
wanted AS (
    SELECT DISTINCT k.card_id
    FROM kept AS k
),
texts AS (
    {SEARCHED_TEXTS}
),
shown AS (
    SELECT
        k.rank_no,
        t.name,
        t.text,
        t.line,
        greatest(
            1,
            min(least(
                nullif(instr(strip_accents(lower(t.text)), u.word), 0),
                nullif(instr(strip_accents(lower(t.text)), regexp_replace(u.word, '(..)y$', '\1ie')), 0)
            )) - 60
        ) AS starts
    FROM kept AS k
    JOIN texts AS t
        ON t.card_id = k.card_id AND t.section = k.section AND t.row_no IS NOT DISTINCT FROM k.row_no
    JOIN found AS f ON f.text_no = k.text_no
    JOIN looked_up AS u ON u.word_no = f.word_no
    GROUP BY k.rank_no, t.name, t.text, t.line
)
SELECT
    k.rank_no,
    k.section,
    t.name,
    CASE WHEN t.starts > 1 THEN '…' ELSE '' END
        || substr(t.text, t.starts, 160)
        || CASE WHEN t.starts + 160 <= length(t.text) THEN '…' ELSE '' END AS snippet,
    c.issue_key,
    c.issue_date,
    c.source_domain,
    c.is_counted,
    round(k.score, 3) AS score,
    round(k.words_held, 3) AS words_held,
    c.path,
    t.line,
    k.card_id,
    k.row_no
FROM kept AS k
JOIN shown AS t ON t.rank_no = k.rank_no
JOIN parsed.cards AS c ON c.card_id = k.card_id
ORDER BY k.rank_no
