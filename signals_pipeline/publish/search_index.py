"""What macros look up: the names of topics, and which words stand in which texts."""

from functools import cache
from pathlib import Path

import duckdb

from signals_pipeline.core.listed import listed
from signals_pipeline.marts.macros import filled_in

_FILE = Path(__file__).with_suffix(".sql")

CARDS_AT_ONCE = 2_000
"""How many cards are taken apart at once: some 50,000 texts, whose words DuckDB holds in memory."""


@cache
def statements() -> tuple[str, ...]:
    """What is done once, and then with each part of the cards, in order."""
    return tuple(filled_in(sql) for _, sql in listed(_FILE))


def write_search_index(connection: duckdb.DuckDBPyConnection, cards_at_once: int = CARDS_AT_ONCE) -> None:
    """Fill the tables of the index, which are empty, from the tables and views of the same database."""
    take_names, take_part, *take_apart = statements()
    connection.execute(take_names)
    for first, last in _parts(connection, cards_at_once):
        ((n_before,),) = connection.execute("SELECT count(*) FROM search_text").fetchall()
        connection.execute(take_part, {"first": first, "last": last, "n_before": n_before})
        for sql in take_apart:
            connection.execute(sql)


def _parts(connection: duckdb.DuckDBPyConnection, cards_at_once: int) -> list[tuple[str, str]]:
    """The first and the last card_id of each part."""
    return connection.execute(
        """
        SELECT min(c.card_id), max(c.card_id)
        FROM (SELECT card_id, row_number() OVER (ORDER BY card_id) AS card_no FROM parsed.cards) AS c
        GROUP BY (c.card_no - 1) // $cards_at_once
        ORDER BY ALL
        """,
        {"cards_at_once": cards_at_once},
    ).fetchall()
