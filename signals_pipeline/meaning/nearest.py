"""Which cards are near to each other in meaning."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import arrow_schema
from signals_pipeline.core.store import Store
from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors, similarities
from signals_pipeline.meaning.models import AT_MOST, EMBEDDING, NEAR, NEAREST_CARD, NearestCard
from signals_pipeline.meaning.texts import CARD_TEXTS

_BLOCK = 2_000_000
"""Similarities that are held at a time, of eight bytes each and some times over."""

READS = ("parsed.cards", "parsed.keywords", EMBEDDING)
"""The tables that nearest cards are made from."""

_CARDS = f"""
    SELECT
        c.card_id,
        dense_rank() OVER (ORDER BY c.article_key) AS article_no,
        dense_rank() OVER (ORDER BY e.text_hash) AS text_no,
        e.vector
    FROM parsed.cards AS c
    JOIN ({CARD_TEXTS}) AS t ON t.card_id = c.card_id
    JOIN {EMBEDDING} AS e ON e.text_hash = md5(t.text)
    WHERE c.is_counted
    ORDER BY c.card_id
"""

Ints = npt.NDArray[np.int64]


class Near(NamedTuple):
    """Pairs of a row and one that is near to it, by row and the nearest first; all of one length."""

    row: Ints
    rank_no: Ints
    near: Ints
    similarity: npt.NDArray[np.float64]


def build_nearest(store: Store, code: str) -> None:
    """Have the nearest cards of each card, unless they are there; `code` versions what makes them."""
    built = store.built()
    read = {name: built[name][0] for name in READS} | {"code": code}
    if NEAREST_CARD in built and built[NEAREST_CARD][2] == read:
        return
    report("looking for near cards")

    def build() -> None:
        with store.transaction(), store.registered(near_cards=_near_cards(store)):
            store.replace(NEAREST_CARD, NearestCard, "FROM near_cards")
            store.note_built(NEAREST_CARD, NearestCard, read)

    store.with_enough_memory(build)


def _near_cards(store: Store) -> pyarrow.Table:
    cards = store.connection.sql(_CARDS).to_arrow_table()
    numbers = pyarrow.compute.list_flatten(cards["vector"]).to_numpy()
    apart = [cards[name].to_numpy() for name in ("article_no", "text_no")]
    ids, schema = cards["card_id"].to_numpy(), arrow_schema(NearestCard)
    parts = [schema.empty_table()]
    for near in nearest(numbers.reshape(-1, N_DIMENSIONS), apart):
        found = (ids[near.row], near.rank_no, ids[near.near], near.similarity)
        arrays = [pyarrow.array(one, field.type) for one, field in zip(found, schema, strict=True)]
        parts.append(pyarrow.Table.from_arrays(arrays, schema=schema))
    return pyarrow.concat_tables(parts)


def nearest(
    vectors: Vectors, apart: Sequence[Ints], at_most: int = AT_MOST, least: float = NEAR
) -> Iterator[Near]:
    """For each of n vectors the nearest others, a block after the other; of equally near ones the first.

    Rows that have the same number in one of `apart`, each (n,), are never near to each other.
    """
    n = len(vectors)
    size = max(1, _BLOCK // max(n, 1))
    for first in range(0, n, size):
        rows = slice(first, first + size)
        similarity = similarities(vectors[rows], vectors)
        for numbers in apart:
            similarity[numbers[rows, None] == numbers] = -1
        # Whole numbers that are all different, higher for what is nearer and, if equally near, comes first.
        order = np.rint(100 * similarity).astype(np.int64) * n - np.arange(n)
        near = np.argpartition(-order, min(at_most, n) - 1, axis=1)[:, :at_most]
        near = np.take_along_axis(near, np.argsort(-np.take_along_axis(order, near, axis=1)), axis=1)
        found = np.take_along_axis(similarity, near, axis=1)
        row, rank = np.nonzero(found >= least)
        yield Near(first + row, rank + 1, near[row, rank], found[row, rank])
