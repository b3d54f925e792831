"""Which files of the raw folder have to be read, since they are not as the store has read them.

A file's content decides whether it changed. Size, times and inode, when all are as they were, only spare
reading it again, and never where the file was touched within two seconds of being read. The comparison is one
query, since a folder may hold more files than Python should.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow

from signals_pipeline.core.store import Store
from signals_pipeline.parsed.reader.file import rank_of
from signals_pipeline.raw.inventory import RACY_NS, Entry, LeftAlone, Listing

LISTED = 10_000
"""Files of a listing stored at a time."""

_COMPARED = f"""
    SELECT
        coalesce(l.path, f.path) AS path,
        CASE
            WHEN f.path IS NULL THEN 'new'
            WHEN l.path IS NULL THEN 'gone'
            WHEN
                (l.size, l.mtime_ns, l.ctime_ns, l.inode)
                IS NOT DISTINCT FROM (f.size, f.mtime_ns, f.ctime_ns, f.inode)
                AND f.parser = $parser
                AND greatest(l.mtime_ns, l.ctime_ns) <= f.read_ns - {RACY_NS}
            THEN 'unchanged'
            ELSE 'perhaps_changed'
        END AS state
    FROM internal.listing AS l
    FULL JOIN internal.files AS f ON f.path = l.path
"""


@dataclass(slots=True)
class Changes:
    """Numbers of files: unknown to the store, perhaps not as it holds them, as it holds them, and gone."""

    new: int = 0
    perhaps_changed: int = 0
    unchanged: int = 0
    gone: int = 0


def save_listing(store: Store, listing: Listing) -> None:
    """Keep the listing of the raw folder, for `count_changes` and `select_files`, and what is left alone."""
    with store.transaction():
        _replace(store, "internal.listing", listing.entries)
        _replace(store, "internal.left_alone", listing.left_alone)


def _replace(store: Store, table: str, rows: Sequence[Entry | LeftAlone]) -> None:
    schema = store.arrow_schema(table)
    store.connection.execute(f"DELETE FROM {table}")
    for start in range(0, len(rows), LISTED):
        some = rows[start : start + LISTED]
        columns = {name: [getattr(row, name) for row in some] for name in schema.names}
        store.append(table, pyarrow.table(columns, schema=schema))


def count_changes(store: Store, parser: str) -> Changes:
    """What differs between the listing and what the store has read by a version of the parser."""
    sql = f"SELECT state, count(path) FROM ({_COMPARED}) GROUP BY state"
    return Changes(**dict(store.rows(sql, {"parser": parser})))


def select_files(store: Store, parser: str) -> tuple[int, int]:
    """How many files have to be read, and their bytes; their paths go into two temporary tables.

    Which of two files with one card is read depends on both, so a change of one needs the other again; and
    what is read again may have changed by then, so that those that share a card with it are needed too.

    `to_delete` has every file of which the store may hold something to delete, `to_read` those of them that
    are listed, in the order in which a card is read: by rank, then in byte order of their paths.
    """
    store.connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE to_delete AS
        WITH RECURSIVE reached AS (
            SELECT path FROM ({_COMPARED}) WHERE state <> 'unchanged'
            UNION
            SELECT other.path
            FROM reached
            JOIN internal.file_cards AS held ON held.path = reached.path
            JOIN internal.file_cards AS other ON other.card_id = held.card_id
        )
        SELECT r.path, f.path IS NOT NULL AS is_known, f.file_sha256
        FROM reached AS r
        LEFT JOIN internal.files AS f ON f.path = r.path
        """,
        {"parser": parser},
    )
    paths = [path for (path,) in store.rows("SELECT path FROM to_delete")]
    ranks = {path: rank for path in paths if (rank := rank_of(path))}
    table = pyarrow.table(
        {
            "path": pyarrow.array(ranks, pyarrow.string()),
            "rank": pyarrow.array(ranks.values(), pyarrow.int32()),
        }
    )
    with store.registered(ranks=table):
        store.connection.execute("""
            CREATE OR REPLACE TEMP TABLE to_read AS
            SELECT l.*, row_number() OVER (ORDER BY coalesce(r.rank, 0), l.path) AS number
            FROM internal.listing AS l
            SEMI JOIN to_delete AS f ON f.path = l.path
            LEFT JOIN ranks AS r ON r.path = l.path
            ORDER BY number
        """)
    ((n_files, n_bytes),) = store.rows("SELECT count(path), coalesce(sum(size), 0) FROM to_read")
    return int(n_files), int(n_bytes)


def selected(store: Store, first: int, last: int) -> list[Entry]:
    """The files to read from one number to another, both inclusive and from 1."""
    found = store.rows(
        """
        SELECT path, size, mtime_ns, ctime_ns, inode, problem FROM to_read
        WHERE number BETWEEN ? AND ?
        ORDER BY number
        """,
        [first, last],
    )
    return [Entry(*row) for row in found]
