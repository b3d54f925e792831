"""Which statements are close to one of an earlier newsletter issue, and which are new.

What is said of a statement follows from its newsletter issue and those before, so that with new cards only
the statements of the first issue that changed and of later ones are compared again.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import arrow_schema
from signals_pipeline.core.store import Store
from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors, similarities
from signals_pipeline.meaning.models import (
    CLOSE,
    EMBEDDING,
    MAX_CARDS_WITH_STATEMENTS,
    NEAR,
    NEW,
    SAID_BEFORE,
    SAME,
    STATEMENT_HISTORY,
    StatementHistory,
)
from signals_pipeline.meaning.texts import CARD_TEXTS, statement_texts
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS

_BLOCK = 500
"""Statements that are compared with as many others at a time; more are no faster, and take more memory."""

_NOT_COMPARED = -2.0
"""In the place of a similarity, and less than any."""

_VERSIONS = "versions of statement_history"
"""The note of what its rows were made from, by newsletter issue."""

READS = ("parsed.cards", "parsed.keywords", *(f"parsed.{name}" for name in STATEMENT_SECTIONS), EMBEDDING)
"""The tables that the history of statements is made from."""

_STATEMENTS = f"""
    WITH
    counted AS (
        SELECT
            c.card_id, c.issue_date, c.article_key, md5(t.text) AS card_text,
            dense_rank() OVER (ORDER BY c.issue_date) AS issue_no,
            dense_rank() OVER (ORDER BY c.article_key) AS article_no,
            dense_rank() OVER (ORDER BY md5(t.text)) AS text_no
        FROM parsed.cards AS c
        JOIN ({CARD_TEXTS}) AS t ON t.card_id = c.card_id
        WHERE c.is_counted AND c.issue_date IS NOT NULL
    )
    SELECT s.section, s.row_no, s.line, c.*, e.vector
    FROM ({statement_texts()}) AS s
    JOIN counted AS c ON c.card_id = s.card_id
    JOIN {EMBEDDING} AS e ON e.text_hash = md5(s.text)
    WHERE (SELECT count(*) FROM parsed.cards) <= $max_cards
    ORDER BY c.issue_date, s.card_id, list_position({list(STATEMENT_SECTIONS)}, s.section), s.row_no
"""
"""The statements in the order in which of equally near ones the first is taken.

Where statements are not encoded, one that says no more than a keyword would have a vector all the same.
"""

_BY_ISSUE = """
    SELECT
        issue_date,
        sum(hash(section, card_id, row_no, line, article_key, card_text, vector)::HUGEINT) AS version
    FROM statements_now
    GROUP BY issue_date
    ORDER BY issue_date
"""

_KEPT = f"""
    SELECT h.*
    FROM {STATEMENT_HISTORY} AS h
    JOIN statements_now AS s ON (s.section, s.card_id, s.row_no) = (h.section, h.card_id, h.row_no)
    WHERE s.issue_date < ?
"""

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


class Earlier(NamedTuple):
    """What is earlier than each of some rows, an array of their length each; -1 where there is none."""

    nearest: Ints
    similarity: Reals
    """That of the nearest, to two decimals."""

    first_same: Ints
    """The earliest that says close to the same."""

    n_same: Ints
    """Articles that have such a row."""


def build_history(store: Store, code: str) -> None:
    """Have the history of each statement, unless it is there; `code` versions what makes it."""
    built = store.built()
    read = {name: built[name][0] for name in READS} | {"code": code}
    if STATEMENT_HISTORY in built and built[STATEMENT_HISTORY][2] == read:
        return
    can_keep = STATEMENT_HISTORY in built and built[STATEMENT_HISTORY][2]["code"] == code

    def build() -> None:
        with store.transaction():
            limit = {"max_cards": MAX_CARDS_WITH_STATEMENTS}
            now = store.connection.sql(_STATEMENTS, params=limit).to_arrow_table()
            with store.registered(statements_now=now):
                versions = {day.isoformat(): str(version) for day, version in store.rows(_BY_ISSUE)}
                before = json.loads(store.noted(_VERSIONS) or "{}") if can_keep else {}
                changed = {day for day, _ in versions.items() ^ before.items()}
                since = date.fromisoformat(min(changed)) if changed else date.max
                parts = [_histories(now, since)]
                if before:
                    parts.append(store.connection.sql(_KEPT, params=[since]).to_arrow_table())
            with store.registered(histories=pyarrow.concat_tables(parts)):
                store.replace(STATEMENT_HISTORY, StatementHistory, "FROM histories")
            store.note(_VERSIONS, json.dumps(versions))
            store.note_built(STATEMENT_HISTORY, StatementHistory, read)

    store.with_enough_memory(build)


def _histories(statements: pyarrow.Table, since: date) -> pyarrow.Table:
    """The history of each statement from a day on; the rows of `statements` are in the order of time."""
    vectors = pyarrow.compute.list_flatten(statements["vector"]).to_numpy().reshape(-1, N_DIMENSIONS)
    when, article, card_text = (statements[name].to_numpy() for name in ("issue_no", "article_no", "text_no"))
    n_before = int((statements["issue_date"].to_numpy() < np.datetime64(since)).sum())
    found = [_nothing(0)]
    for part in earlier(vectors, when, article, card_text, start=n_before):
        found.append(part)
        report("comparing statements", sum(len(one.nearest) for one in found), len(vectors) - n_before)
    nearest, similarity, first_same, n_same = map(np.concatenate, zip(*found, strict=True))
    near, first = (pyarrow.array(one, mask=one < 0) for one in (nearest, first_same))
    columns = [
        *(statements[name].slice(n_before) for name in ("section", "card_id", "row_no", "line")),
        *(statements[name].take(near) for name in ("section", "card_id", "row_no")),
        pyarrow.array(similarity, mask=nearest < 0),
        statements["issue_date"].take(first),
        n_same,
        np.where(similarity >= SAME, SAID_BEFORE, np.where(similarity >= NEAR, CLOSE, NEW)),
    ]
    schema = arrow_schema(StatementHistory)
    return pyarrow.table(dict(zip(schema.names, columns, strict=True))).cast(schema)


def earlier(
    vectors: Vectors, when: Ints, article: Ints, card_text: Ints, *, start: int = 0, same: float = SAME
) -> Iterator[Earlier]:
    """For each of n vectors from `start` on, what is near to it at an earlier time, a block after the other.

    The arrays have n rows in the order of time, and say by a number when a row is, of which article, and of
    which text of a card. Rows of the same article or text are never near to each other. Of equally near ones
    the first is the nearest.
    """
    n_articles = int(article.max(initial=0)) + 1
    for first in range(start, len(vectors), _BLOCK):
        rows = slice(first, first + _BLOCK)
        n = len(when[rows])
        found = _nothing(n)
        has_same = np.zeros((n, n_articles), np.bool_)
        for other in range(0, int(np.searchsorted(when, when[rows][-1])), _BLOCK):
            others = slice(other, other + _BLOCK)
            similarity = similarities(vectors[rows], vectors[others])
            similarity[when[rows, None] <= when[others]] = _NOT_COMPARED
            for numbers in (article, card_text):
                similarity[numbers[rows, None] == numbers[others]] = _NOT_COMPARED
            _take(found, similarity, other, same)
            row, column = np.nonzero(similarity >= same)
            has_same[row, article[others][column]] = True
        found.n_same[:] = has_same.sum(axis=1)
        yield found


def _nothing(n: int) -> Earlier:
    """Nothing earlier than any of n rows."""
    return Earlier(np.full(n, -1), np.full(n, _NOT_COMPARED), np.full(n, -1), np.zeros(n, np.int64))


def _take(found: Earlier, similarity: Reals, offset: int, same: float) -> None:
    """Put in what is nearer than all before, and what is the first to say the same: (rows, others)."""
    nearest = similarity.argmax(axis=1)
    highest = similarity[np.arange(len(similarity)), nearest]
    is_nearer = highest > found.similarity
    found.nearest[is_nearer] = offset + nearest[is_nearer]
    found.similarity[is_nearer] = highest[is_nearer]
    is_same = similarity >= same
    is_first = (found.first_same < 0) & is_same.any(axis=1)
    found.first_same[is_first] = offset + is_same[is_first].argmax(axis=1)
