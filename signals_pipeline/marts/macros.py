"""The macros of the published database: what they are for, and the statements that create them."""

import re
from dataclasses import dataclass

from signals_pipeline.core.schema import sql_text
from signals_pipeline.marts.queries import query
from signals_pipeline.parsed.sections import SECTIONS


@dataclass(frozen=True)
class Macro:
    """One macro: its name as in COMMENT ON, what it answers, and its CREATE statement."""

    name: str
    is_table: bool
    description: str
    create: str

    @property
    def comment(self) -> str:
        """The COMMENT statement, to be run after `create`."""
        kind = "MACRO TABLE" if self.is_table else "MACRO"
        return f"COMMENT ON {kind} {self.name} IS {sql_text(self.description)}"


# erfc(x) = t exp(-x^2 + polynomial in t), t = 1 / (1 + x/2): its relative error is below 1.2e-7 for every x,
# so that small p-values keep their digits, and it is never negative.
_ERFC_POLYNOMIAL = (
    -1.26551223,
    1.00002368,
    0.37409196,
    0.09678418,
    -0.18628806,
    0.27886807,
    -1.13520398,
    1.48851587,
    -0.82215223,
    0.17087277,
)


def _p_two_sided() -> str:
    # p = erfc(|z| / sqrt 2), so x/2 = |z| / sqrt 8 and x^2 = z^2/2.
    z = "CAST(z AS DOUBLE)"
    t = f"(1 / (1 + abs({z}) / sqrt(8)))"
    polynomial = repr(_ERFC_POLYNOMIAL[-1])
    for coefficient in reversed(_ERFC_POLYNOMIAL[:-1]):
        polynomial = f"({coefficient!r} + {t} * {polynomial})"
    value = f"{t} * exp({polynomial} - {z} * {z} / 2)"
    # least() passes over a NULL, and the fit is 3e-8 above 1 at z = 0.
    return f"CREATE OR REPLACE MACRO p_two_sided(z) AS CASE WHEN z IS NOT NULL THEN least(1, {value}) END"


# In a macro body a bare name is taken for the parameter, so every column is qualified; topic, grain and kind
# standing alone are the parameters.
_SELECTION = """selection AS (
    WITH
    asked AS (
        SELECT
            lower(topic) AS lowered,
            trim(regexp_replace(
                regexp_replace(
                    regexp_replace(lower(nfc_normalize(topic)), '[‐‑‒–—―−]', '-', 'g'),
                    '([^\\W\\d_]{2})-([^\\W\\d_]{2})', '\\1 \\2', 'g'
                ),
                '\\s+', ' ', 'g'
            )) AS folded
    ),
    matches AS (
        SELECT
            topic_surfaces.topic_id,
            CASE
                WHEN topic_surfaces.surface = topic THEN 1
                WHEN lower(topic_surfaces.surface) = asked.lowered THEN 2
                ELSE 3
            END AS distance
        FROM topic_surfaces
        CROSS JOIN asked
        WHERE topic_surfaces.surface = topic
            OR lower(topic_surfaces.surface) = asked.lowered
            OR topic_surfaces.folded = asked.folded
        UNION ALL
        SELECT
            topics.topic_id,
            CASE WHEN topics.topic = topic THEN 1 ELSE 3 END AS distance
        FROM topics
        CROSS JOIN asked
        WHERE topics.topic = topic OR topics.topic = asked.folded
    ),
    nearest AS (
        SELECT
            topics.topic_id,
            topics.kind,
            topics.topic,
            min(matches.distance) AS distance
        FROM matches
        JOIN topics ON topics.topic_id = matches.topic_id
        GROUP BY topics.topic_id, topics.kind, topics.topic
    )
    SELECT
        nearest.topic_id,
        nearest.kind,
        nearest.topic,
        0 AS zeros_from
    FROM nearest
    WHERE kind IS NULL OR nearest.kind = lower(CAST(kind AS VARCHAR))
    QUALIFY rank() OVER (PARTITION BY nearest.kind ORDER BY nearest.distance) = 1
),"""


def _trend() -> str:
    body, n_replaced = re.subn(
        r"^selection AS \(\n.*?^\),$",
        lambda _: _SELECTION,
        query("topic_trend"),
        flags=re.MULTILINE | re.DOTALL,
    )
    assert n_replaced == 1, "topic_trend.sql has one CTE named selection"
    return f"""CREATE OR REPLACE MACRO trend(topic, grain := 'month', kind := NULL) AS TABLE
SELECT
    rows_of_topic.*
FROM (
{body}) AS rows_of_topic
WHERE rows_of_topic.grain = CASE
    WHEN lower(grain) IN ('issue', 'month', 'quarter', 'year') THEN lower(grain)
    ELSE error('trend: grain is issue, month, quarter or year')
END
ORDER BY rows_of_topic.kind, rows_of_topic.topic, rows_of_topic.period_start"""


_RISING = """CREATE OR REPLACE MACRO rising(n := 20) AS TABLE
WITH
parameters AS (
    SELECT
        max(metric.value) FILTER (WHERE metric.metric = 'share_lo' AND metric.parameter = 'z') AS z,
        max(metric.value) FILTER (WHERE metric.metric = 'q' AND metric.parameter = 'max_q') AS max_q,
        max(metric.value) FILTER (
            WHERE metric.metric = 'stage' AND metric.parameter = 'min_log_odds_per_year'
        ) AS min_log_odds_per_year
    FROM metric
),
ranked AS (
    SELECT
        row_number() OVER (
            ORDER BY m.q_trend, m.log_odds_per_year DESC, m.kind, m.topic
        ) AS rank_no,
        m.kind,
        m.topic,
        m.stage,
        m.q_trend,
        exp(m.log_odds_per_year) AS odds_factor_per_year,
        exp(m.log_odds_per_year - p.z * m.se) AS odds_factor_lo,
        exp(m.log_odds_per_year + p.z * m.se) AS odds_factor_hi,
        m.slope_pp_per_year,
        m.share_recent,
        m.share_excl_top_domain,
        m.diff_pp,
        m.diff_lo_pp,
        m.diff_hi_pp,
        m.n_cards_with,
        m.first_seen,
        m.last_seen,
        m.family_size,
        m.evidence,
        m.topic_id
    FROM topic_momentum AS m
    CROSS JOIN parameters AS p
    WHERE m.q_trend < p.max_q
        AND m.log_odds_per_year >= p.min_log_odds_per_year
        AND m.stage <> 'dormant'
)
SELECT
    r.*
FROM ranked AS r
WHERE r.rank_no <= n
ORDER BY r.rank_no"""


_CARD = """CREATE OR REPLACE MACRO card(card_id) AS TABLE
WITH
chosen AS (
    SELECT c.*
    FROM parsed.cards AS c
    WHERE starts_with(c.card_id, lower(CAST(card_id AS VARCHAR)))
),
parts AS (
    SELECT c.card_id, c.line, 0 AS section_no, 0 AS row_no, part.name AS part, part.text AS text
    FROM chosen AS c
    CROSS JOIN unnest([
        {'name': 'title', 'text': c.title},
        {'name': 'article', 'text': c.url},
        {'name': 'newsletter', 'text': c.newsletter_url},
        {'name': 'newsletter issue', 'text': c.issue_key},
        {'name': 'counted', 'text': coalesce(c.not_counted_reason, 'yes')},
        {'name': 'summary', 'text': c.summary}
    ]) AS listed(part)
    UNION ALL
    SELECT m.card_id, m.line, 1, m.row_no, m.kind, m.raw_text
    FROM mentions AS m
    JOIN chosen AS c ON c.card_id = m.card_id
    UNION ALL
    SELECT
        s.card_id, s.line, 2, s.row_no, s.section,
        concat_ws(' | ', s.name, s.description, s.change, s.ten_year, s.driving_force)
    FROM statements AS s
    JOIN chosen AS c ON c.card_id = s.card_id
)
SELECT
    p.part,
    p.text,
    c.path,
    p.line,
    p.card_id
FROM parts AS p
JOIN chosen AS c ON c.card_id = p.card_id
WHERE p.text IS NOT NULL
ORDER BY p.card_id, p.section_no, p.part <> 'title', p.line, p.part, p.row_no"""


# Okapi BM25: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, 2009, equation
# 3.15, with the idf of Lucene, which is never negative. The length of a text is that in characters: it only
# sets lengths in relation to each other. Only texts that hold a word at all are taken apart.
_SEARCH = """CREATE OR REPLACE MACRO search(words, n := 20) AS TABLE
WITH
asked AS (
    SELECT DISTINCT regexp_replace(w.word, '([^s]{3})s$', '\\1') AS word
    FROM (
        SELECT unnest(regexp_extract_all(strip_accents(lower(CAST(words AS VARCHAR))), '[\\p{L}\\p{N}]+'))
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
        SELECT o.text_no, unnest(regexp_extract_all(o.folded, '[\\p{L}\\p{N}]+')) AS word
        FROM likely AS o
    ) AS l
    JOIN asked AS a ON a.word = regexp_replace(l.word, '([^s]{3})s$', '\\1')
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
ORDER BY r.rank_no"""


MACROS: tuple[Macro, ...] = (
    Macro(
        name="sections",
        is_table=False,
        description="The sections of a card in their order, as the tables of schema parsed are named: "
        "SELECT unnest(sections()).",
        create=f"CREATE OR REPLACE MACRO sections() AS {list(SECTIONS)}",
    ),
    Macro(
        name="p_two_sided",
        is_table=False,
        description="Two-sided p-value of a standard normal z, with a relative error below 1.2e-7: "
        "SELECT p_two_sided(1.96).",
        create=_p_two_sided(),
    ),
    Macro(
        name="trend",
        is_table=True,
        description="The rows of topic_trend for a topic by any of its names, with a row for every period: "
        "FROM trend('LLM'), FROM trend('ai', grain := 'quarter', kind := 'theme'). Grain is issue, month, "
        "quarter or year; without kind, keyword and theme of that name both come back. A name as written in "
        "a card goes before one that differs in case, that before one that differs in dashes or blanks.",
        create=_trend(),
    ),
    Macro(
        name="rising",
        is_table=True,
        description="The n topics that rise most surely, by q and then by effect: FROM rising(), "
        "FROM rising(n := 5). Only those whose trend is significant and not small (see metric, stage), so "
        "there may be fewer or none. odds_factor_per_year is how the odds of a card having the topic change "
        "in a year, with its 95 % interval; evidence says where to look.",
        create=_RISING,
    ),
    Macro(
        name="card",
        is_table=True,
        description="All that is read from a card, part by part, with the line of its file: "
        "FROM card('0f1e2d'). The first digits of a card_id are enough; several cards come one after the "
        "other.",
        create=_CARD,
    ),
    Macro(
        name="search",
        is_table=True,
        description="The n cards and statements that say most of some words, best first: "
        "FROM search('heat pump'), FROM search('kelp', n := 5). A text need not hold all of them; case, "
        "accents and a plural s make no difference. Ranked by BM25 (k1 1.2, b 0.75); cards that are not "
        "counted are found too.",
        create=_SEARCH,
    ),
)
"""The macros, each after what it uses."""


def scalar_macros_in(sql: str) -> tuple[Macro, ...]:
    """The macros that an SQL text calls as functions of a value."""
    return tuple(macro for macro in MACROS if not macro.is_table and f"{macro.name}(" in sql)
