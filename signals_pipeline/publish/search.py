"""Searching the published cards and statements by their words and by what they mean."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.settings import project, shown, typed
from signals_pipeline.marts.parameters import value
from signals_pipeline.meaning.encoder import Encoder
from signals_pipeline.meaning.model import model
from signals_pipeline.meaning.texts import CARD_TEXTS, statement_texts
from signals_pipeline.publish.reader import connect

DEPTH = 1_000
"""How many places of each of the two rankings count."""

_TEXTS = f"""
    SELECT 'card' AS section, card_id, NULL AS row_no, text FROM ({CARD_TEXTS})
    UNION ALL
    SELECT section, card_id, row_no, text FROM ({statement_texts()})
"""

# Without a vector of the query nothing is ranked by meaning, and every text with a word has a place by words.
# With one, texts without enough of the words have none, and come last.
_FIND = f"""
    WITH
    texts AS ({_TEXTS}),
    by_words AS (
        SELECT
            section, card_id, row_no, snippet, rank_no,
            $vector IS NULL OR words_held >= $min_words_held AS is_placed,
            if(is_placed, row_number() OVER (PARTITION BY is_placed ORDER BY rank_no), NULL) AS words_place
        FROM search($query, n := $depth, section := $section, since := $since, until := $until)
    ),
    compared AS (
        SELECT
            t.section, t.card_id, t.row_no,
            list_cosine_similarity(CAST(e.vector AS DOUBLE[]), CAST($vector AS DOUBLE[])) AS cosine
        FROM texts AS t
        JOIN embedding AS e ON e.text_hash = md5(t.text) AND e.model = $model
    ),
    with_their_card AS (
        SELECT *, max(cosine) FILTER (section = 'card') OVER (PARTITION BY card_id) AS of_card
        FROM compared
    ),
    by_meaning AS (
        SELECT
            t.section, t.card_id, t.row_no, round(t.cosine, 2) AS similarity,
            row_number() OVER (
                ORDER BY (1 - $of_card) * t.cosine + $of_card * coalesce(t.of_card, t.cosine) DESC,
                t.card_id, t.section, t.row_no
            ) AS meaning_place
        FROM with_their_card AS t
        JOIN parsed.cards AS c ON c.card_id = t.card_id
        WHERE similarity >= $min_similarity
            AND ($section IS NULL OR t.section = $section)
            AND ($since IS NULL OR c.issue_date >= CAST($since AS DATE))
            AND ($until IS NULL OR c.issue_date <= CAST($until AS DATE))
        QUALIFY meaning_place <= $depth
    ),
    fused AS (
        SELECT
            section, card_id, row_no, max(snippet) AS snippet, max(similarity) AS similarity,
            max(words_place) AS words_place, max(rank_no) AS words_rank,
            coalesce(1 / ($k + max(words_place)), 0) + coalesce(1 / ($k + max(meaning_place)), 0) AS score
        FROM (FROM by_words UNION ALL BY NAME FROM by_meaning)
        GROUP BY section, card_id, row_no
    ),
    described AS (
        SELECT
            f.*, t.text, c.issue_date, c.source_domain, c.is_counted, c.path,
            if(f.section = 'card', c.title, s.name) AS name,
            if(f.section = 'card', c.line, s.line) AS line
        FROM fused AS f
        JOIN texts AS t
            ON t.section = f.section AND t.card_id = f.card_id AND t.row_no IS NOT DISTINCT FROM f.row_no
        JOIN parsed.cards AS c ON c.card_id = f.card_id
        LEFT JOIN statements AS s
            ON s.section = f.section AND s.card_id = f.card_id AND s.row_no = f.row_no
    )
    SELECT
        CASE
            WHEN similarity IS NULL THEN 'words'
            WHEN words_place IS NULL THEN 'meaning'
            ELSE 'words and meaning'
        END AS found_by,
        similarity, section, name,
        if(found_by = 'meaning', left(text, 160) || if(length(text) > 160, '…', ''), snippet) AS snippet,
        issue_date, source_domain, is_counted, path, line, card_id, row_no
    FROM described
    QUALIFY 1 = row_number() OVER (
        PARTITION BY text ORDER BY score DESC, words_rank, card_id, section, row_no
    )
    ORDER BY score DESC, similarity DESC NULLS LAST, words_rank, card_id, section, row_no
    LIMIT $n
"""
"""What fits best, from the best on: the columns of `Hit` behind its rank."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A card or statement that was found."""

    rank_no: int
    """1 is what fits best."""

    found_by: str
    """`words`, `meaning`, or `words and meaning`."""

    similarity: float | None
    """Cosine with what was asked for, to two decimals; None where it was found by words alone."""

    section: str
    """`card`, or the section of a statement."""

    name: str | None
    """The title of a card, the name of a statement."""

    snippet: str
    """Where the words stand in the text, else how it begins."""

    issue_date: date | None
    source_domain: str | None
    is_counted: bool
    path: str
    line: int
    card_id: str
    row_no: int | None
    """The row of a statement in its section, None for a card."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found."""

    hits: tuple[Hit, ...]
    """The best first, and no two of the same text."""

    words_alone: str
    """A sentence on why nothing was looked for by meaning, and what to type; empty where it was."""


def search(
    query: str,
    n: int = 10,
    section: str | None = None,
    since: date | str | None = None,
    until: date | str | None = None,
    database: str | os.PathLike[str] = "",
) -> Found:
    """The n cards and statements that fit a query best, by their words and by what they mean.

    They are ranked by BM25, as the macro `search` does it, and by the cosine of their vectors, and the ranks
    are fused: the metric `search` says how. By words alone where the database has no vectors, or the encoder
    that made them is not installed.

    `section` is `card` or a section with statements, `since` and `until` are the first and the last day of a
    newsletter issue, such as 2025-01-31; `database` is another snapshot than the published one.

    Raises:
        ValueError: An argument is none of what it may be.
        NoInputError: Nothing has been published yet.
        BadInputFileError: The database is none that this version has published.
    """
    if n < 1:
        raise ValueError("search: n is a number from 1 up.")
    # DuckDB takes no lone surrogates, which stand for bytes of a terminal that are no UTF-8.
    query = query.encode("utf-8", "replace").decode()
    asked: dict[str, Any] = {
        "query": query,
        "n": min(n, 2 * DEPTH),
        "section": {"cards": "card"}.get(section.lower(), section.lower()) if section else None,
        "since": str(since) if since else None,
        "until": str(until) if until else None,
        "depth": DEPTH,
        **{name: value("search", name) for name in ("k", "min_words_held", "min_similarity", "of_card")},
    }
    try:
        with connect(database) as connection:
            encoded = _encoded(connection, query)
            rows = connection.execute(_FIND, asked | encoded.parameters).fetchall()
    except duckdb.InvalidInputException as error:
        raise ValueError(str(error).removeprefix("Invalid Input Error: ")) from None
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException) as error:
        path = Path(database) if database else project().database
        raise BadInputFileError(
            f"{shown(path)} is no database that this version has published: {typed('run')} publishes one."
        ) from error
    hits = (Hit(rank_no, *row) for rank_no, row in enumerate(rows, start=1))
    return Found(tuple(hits), encoded.words_alone)


@dataclass(frozen=True, slots=True)
class _Encoded:
    """The vector of a query and its model; none, and a sentence why, where words have to do."""

    vector: list[int] | None = None
    model: str | None = None
    words_alone: str = ""

    @property
    def parameters(self) -> dict[str, Any]:
        return {"vector": self.vector, "model": self.model}


def _encoded(connection: duckdb.DuckDBPyConnection, query: str) -> _Encoded:
    models = {name for (name,) in connection.execute("SELECT DISTINCT model FROM embedding").fetchall()}
    try:
        here = model(project().model())
        if here is None:
            return _words_alone("the encoder is not installed", "meaning")
        if not models:
            return _words_alone("no text is encoded", "encode")
        if here.sha256 not in models:
            return _words_alone("the texts were encoded by another encoder than the one here", "encode")
        (vector,) = Encoder(here).encode([query])
    except BadInputFileError as error:
        return _Encoded(words_alone=f"Found by words alone, since the encoder cannot be used. {error}")
    return _Encoded(vector.tolist(), here.sha256)


def _words_alone(why: str, command: str) -> _Encoded:
    return _Encoded(words_alone=f"Found by words alone, since {why}. By meaning too: {typed(command)}")
