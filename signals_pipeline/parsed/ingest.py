"""From the raw folder to the parsed tables, in one transaction.

Data flow: listing -> files to read -> chunks of valid rows and rejects -> tables; then identity, dates and
counting for all cards, and conservation. What it costs follows what changed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import pyarrow

from signals_pipeline.core import validation
from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.engines import Engine
from signals_pipeline.core.errors import InvariantError, NoInputError
from signals_pipeline.core.progress import report
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import create_plain_table, create_table
from signals_pipeline.core.settings import CARDS_PAGE
from signals_pipeline.core.store import Store
from signals_pipeline.parsed import checks
from signals_pipeline.parsed.changes import count_changes, select_files, selected
from signals_pipeline.parsed.chunks import FILE_TABLES, KEPT, ROW_TABLES, Chunk, read_chunk, reader_version
from signals_pipeline.parsed.identity import Calendar, derive_cards
from signals_pipeline.parsed.issue_files import assert_there_is, have_read_again
from signals_pipeline.parsed.models import TABLES, CardFiles, FilesSeen
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.parsed.reader.file import AMONG_OTHERS, COPY, IN_ITS_FILE, OLDER_TEXT
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import Entry

BATCH = 4_000
"""Files read, validated and stored at a time: memory holds one batch, whatever the size of the corpus."""

BATCH_BYTES = 30_000_000
"""What these files may have in bytes together, unless it is a single one."""

DERIVED_TABLES = ("drafts", "cards")
"""The tables whose rows depend on other files than their own, beside those that say which files there are."""

CHECK_BATCH = 10_000
"""Rows of these checked at a time."""

STORED_TABLES = f"""
CREATE SCHEMA parsed;
{";".join(create_table(f"parsed.{name}", model) for name, model in TABLES.items())};
CREATE TABLE internal.listing (
    path VARCHAR, size BIGINT, mtime_ns BIGINT, ctime_ns BIGINT, inode UBIGINT, problem VARCHAR
);
CREATE TABLE internal.left_alone (path VARCHAR, kind VARCHAR, reason VARCHAR);
CREATE TABLE internal.headings (heading VARCHAR, section VARCHAR);
{";".join(create_plain_table(f"internal.{name}", columns) for name, columns in KEPT.items())};
"""
"""The SQL that makes the tables which are kept from run to run.

`internal.cards_read` holds what is read of a card, `internal.drafts_read` what is read of a draft;
`parsed.cards` and `parsed.drafts` are derived from them for all in every run.
"""


@dataclass(slots=True)
class Ingested:
    """What one run ingested, in numbers of files, and what the tables hold after it.

    `again` are the files of a newsletter issue that a person asked to have read again.
    """

    read: int = 0
    again: int = 0
    new: int = 0
    changed: int = 0
    removed: int = 0
    files: int = 0
    cards: int = 0
    rows: int = 0
    rejects: int = 0
    left_alone: dict[str, int] = field(default_factory=dict)
    """Files from which no card is read: how many of each kind, of those that are no text of each suffix."""


def ingest(
    store: Store,
    raw_dir: RawDir,
    calendar: Calendar,
    corrections: Mapping[str, date],
    read: Mapping[str, str] | None = None,
    engine: Engine = Engine(),  # noqa: B008
    dialect: Dialect = NEWSLETTER,
    issue_key: str = "",
) -> Ingested:
    """Bring the parsed tables up to date with the raw folder as last listed, in one transaction.

    `read` are the versions of what corrections and dialect were read from, noted with the tables. `engine`
    says where cards are read, and `dialect` how they are written. The files of the newsletter issue
    `issue_key` are read even where nothing says that they changed.

    Raises:
        BrokenTablesError: A blocking check does not hold; nothing is stored.
        NoInputError: The folder was never read before, and there is nothing to read in it; or it is a bucket
            that cannot be read, or there is no such newsletter issue, so that nothing is stored.
        ValidationOffError: pandera has been switched off.
    """
    validation.assert_validation_is_on()
    return store.with_enough_memory(
        lambda: _ingest(store, raw_dir, calendar, corrections, read or {}, engine, dialect, issue_key)
    )


def _ingest(
    store: Store,
    raw_dir: RawDir,
    calendar: Calendar,
    corrections: Mapping[str, date],
    read: Mapping[str, str],
    engine: Engine,
    dialect: Dialect,
    issue_key: str,
) -> Ingested:
    version = reader_version(dialect)
    ingested = Ingested(removed=count_changes(store, version).gone)
    with store.transaction():
        if issue_key:
            # What a person has corrected since the last run may be what names the issue.
            derive_cards(store, calendar, corrections, dialect)
            ingested.again = have_read_again(store, issue_key)
        n_to_read, n_bytes = select_files(store, version)
        _delete_read(store)
        with engine.workers(n_bytes) as workers:
            n_read = 0
            read_one = partial(read_chunk, raw_dir, dialect, version)
            for chunk in workers.map(read_one, _batches(store, n_to_read)):
                report("reading cards", n_read, n_to_read)
                _store_chunk(store, chunk)
                n_read += chunk.n_files
        if n_to_read:
            report("reading cards", n_to_read, n_to_read)
        _count_read(store, ingested)
        _derive(store, calendar, corrections, dialect)
        checks.assert_all_hold(store.connection)
        for name, model in TABLES.items():
            store.note_built(f"parsed.{name}", model, read)
        if store.noted("ingested_version") is None:
            _assert_there_is_something(store, raw_dir)
        if issue_key and not ingested.again:
            assert_there_is(store, issue_key, raw_dir)
        # Of what was listed, this is what the tables hold from now on.
        store.note("ingested_version", store.noted("inputs_version") or "")
        _count(store, ingested)
    return ingested


def _assert_there_is_something(store: Store, raw_dir: RawDir) -> None:
    """Raise `NoInputError` where a folder that was never read holds no card, draft or reject."""
    n_read, n_texts, n_left = store.rows("""
        SELECT
            (SELECT count(*) FROM parsed.cards) + (SELECT count(*) FROM parsed.drafts)
            + (SELECT count(*) FROM parsed.rejects),
            (SELECT count(*) FROM internal.files),
            (SELECT count(*) FROM internal.left_alone)
    """)[0]
    if n_read:
        return
    found = (
        f"{n_texts:,} text file{'' if n_texts == 1 else 's'}, none of which is a card"
        if n_texts
        else "no text file"
    )
    others = f", and {n_left:,} that {'is' if n_left == 1 else 'are'} hidden or no text" if n_left else ""
    raise NoInputError(
        f"There is nothing to read in {raw_dir}: {found}{others}. Put cards there (.md, .markdown or .txt; "
        f"{CARDS_PAGE} says what a card looks like, and data/dialect.toml how others are written), or set "
        "SIGNALS_RAW_DIR to the folder that has them."
    )


def _batches(store: Store, n_to_read: int) -> Iterator[list[Entry]]:
    """The files to read in parts of no more than BATCH files and BATCH_BYTES each, in order."""
    for start in range(0, n_to_read, BATCH):
        batch: list[Entry] = []
        size = 0
        for entry in selected(store, start + 1, start + BATCH):
            # What is too large is not read.
            own = min(entry.size or 0, gate.MAX_BYTES)
            if batch and size + own > BATCH_BYTES:
                yield batch
                batch, size = [], 0
            batch.append(entry)
            size += own
        yield batch


def _count_read(store: Store, ingested: Ingested) -> None:
    """Count the files that were read, and those of them that were unknown or had another content before."""
    ingested.read, ingested.new, ingested.changed = store.rows("""
        SELECT
            count(f.path),
            count(f.path) FILTER (WHERE NOT b.is_known),
            count(f.path) FILTER (WHERE b.is_known AND b.file_sha256 IS DISTINCT FROM f.file_sha256)
        FROM internal.files AS f
        JOIN to_delete AS b ON b.path = f.path
    """)[0]
    store.connection.execute("DROP TABLE to_delete")
    store.connection.execute("DROP TABLE to_read")


def _delete_read(store: Store) -> None:
    """Remove all that was read from the files in `to_delete`."""
    if not store.value("SELECT count(path) FROM to_delete WHERE is_known"):
        return
    _delete_cards(store, "SELECT card_id FROM internal.cards_read WHERE path IN (SELECT path FROM to_delete)")
    owned = [f"parsed.{name}" for name in FILE_TABLES]
    for table in (*owned, "internal.drafts_read", "internal.files", "internal.file_cards"):
        store.connection.execute(f"DELETE FROM {table} WHERE path IN (SELECT path FROM to_delete)")


def _delete_cards(store: Store, select: str) -> None:
    """Remove all rows of the cards that a SELECT names."""
    store.connection.execute(f"CREATE OR REPLACE TEMP TABLE deleted_cards AS {select}")
    first, last = store.rows("SELECT min(card_id), max(card_id) FROM deleted_cards")[0]
    if first is None:
        return
    # Rows lie in the order of their cards, for the most part: the bounds spare looking at nearly all of them.
    is_of_one = """
        card_id >= $first AND card_id <= $last AND card_id IN (SELECT card_id FROM deleted_cards)
    """
    bounds = {"first": first, "last": last}
    owned = [f"parsed.{name}" for name in ROW_TABLES]
    for table in (*owned, "internal.section_counts", "internal.cards_read"):
        store.connection.execute(f"DELETE FROM {table} WHERE {is_of_one}", bounds)
    # A reject of a whole card belongs to its file: another file may hold a readable card of that id.
    store.connection.execute(f"DELETE FROM parsed.rejects WHERE level = 'row' AND {is_of_one}", bounds)
    store.connection.execute("DROP TABLE deleted_cards")


def _store_chunk(store: Store, chunk: Chunk) -> None:
    """Store what a chunk of files gave, without the cards that are read from an earlier path."""
    losers, giving_way = _compared_with_stored(store, chunk.kept["file_cards"])
    if giving_way:
        with store.registered(giving_way=pyarrow.table({"card_id": giving_way})):
            _delete_cards(store, "SELECT card_id FROM giving_way")
    if losers:
        chunk = chunk.without(losers)
    for name, rows in chunk.kept.items():
        store.append(f"internal.{name}", rows)
    for name, rows in chunk.parsed.items():
        store.append(f"parsed.{name}", rows)


def _compared_with_stored(store: Store, places: pyarrow.Table) -> tuple[list[str], list[str]]:
    """Of the cards of some files, those that are stored from an earlier place, and from a later one.

    Of several cards with one card_id, that of the lowest rank is read, then the first path in byte order.
    """
    with store.registered(places=places):
        shared = store.rows("""
            SELECT
                p.card_id,
                min((h.rank, h.path, h.card_no)) < min((p.rank, p.path, p.card_no)) AS is_stored_first
            FROM places AS p
            JOIN internal.file_cards AS h ON h.card_id = p.card_id
            GROUP BY p.card_id
        """)
    losers = [card_id for card_id, is_stored_first in shared if is_stored_first]
    return losers, [card_id for card_id, is_stored_first in shared if not is_stored_first]


def _derive(store: Store, calendar: Calendar, corrections: Mapping[str, date], dialect: Dialect) -> None:
    """Derive what depends on all files: files_seen, card_files, duplicate ids, the drafts and the cards."""
    report("dating and counting cards")
    held = """
        WITH held AS (
            SELECT
                *,
                first_value(path) OVER places AS first_path,
                first_value(rank) OVER places AS first_rank,
                file_sha256 = first_value(file_sha256) OVER places
                AND card_no = first_value(card_no) OVER places AS is_same
            FROM internal.file_cards
            WINDOW places AS (PARTITION BY card_id ORDER BY rank, path, card_no)
        )
    """
    store.replace(
        "parsed.files_seen",
        FilesSeen,
        f"""
        {held},
        -- Files of which every card is read from another one.
        outranked AS (
            SELECT
                path,
                CASE any_value(rank) WHEN {OLDER_TEXT} THEN 'older text' WHEN {COPY} THEN 'copy' END AS kind,
                min(first_path) AS first_path
            FROM held
            GROUP BY path
            HAVING bool_and(path <> first_path)
        )
        SELECT
            f.path,
            coalesce(o.kind, f.kind) AS kind,
            coalesce('Its card is read from ' || o.first_path || '.', f.reason) AS reason,
            f.size,
            f.file_sha256
        FROM internal.files AS f
        LEFT JOIN outranked AS o ON o.path = f.path
        UNION ALL
        SELECT path, kind, reason, NULL AS size, NULL AS file_sha256
        FROM internal.left_alone
        ORDER BY path
        """,
    )
    store.replace(
        "parsed.card_files",
        CardFiles,
        f"{held} SELECT path, card_id, file_sha256 FROM held WHERE is_same ORDER BY path, card_id",
    )
    store.connection.execute(f"DELETE FROM parsed.rejects WHERE code = '{Code.DUPLICATE_ID}'")
    store.connection.execute(f"""
        INSERT INTO parsed.rejects BY NAME
        {held}
        SELECT
            path, line, card_id, 'card' AS level, '{Code.DUPLICATE_ID}' AS code,
            'Another card has the same id: ' || first_path || ' is read in its place.' AS reason
        FROM held
        -- What lies beside the file of a card, or together with other cards, may be an older state of it.
        WHERE NOT is_same AND rank = first_rank AND rank IN ({IN_ITS_FILE}, {AMONG_OTHERS})
    """)
    derive_cards(store, calendar, corrections, dialect)
    _note_headings(store, dialect)
    for name in DERIVED_TABLES:
        for batch in store.connection.sql(f"FROM parsed.{name}").to_arrow_reader(CHECK_BATCH):
            _, failures = validation.split(pyarrow.Table.from_batches([batch]), TABLES[name])
            if failures:
                raise InvariantError(f"A row of {name} does not fit its table: {failures[0].reason}")


def _note_headings(store: Store, dialect: Dialect) -> None:
    """Note which sections the headings open below which something is kept beside the tables."""
    found = store.rows("SELECT DISTINCT heading FROM parsed.card_extra WHERE heading IS NOT NULL")
    opened = [(heading, dialect.section_of(heading)) for (heading,) in found]
    columns = {"heading": [one[0] for one in opened], "section": [one[1] for one in opened]}
    store.connection.execute("DELETE FROM internal.headings")
    store.append("internal.headings", pyarrow.table(columns, store.arrow_schema("internal.headings")))


def _count(store: Store, ingested: Ingested) -> None:
    """Count what the tables hold."""
    statements = " UNION ALL ".join(f"SELECT card_id FROM parsed.{name}" for name in STATEMENT_SECTIONS)
    ((ingested.files, ingested.cards, ingested.rows, ingested.rejects),) = store.rows(f"""
        SELECT
            (SELECT count(*) FROM internal.files),
            (SELECT count(*) FROM parsed.cards),
            (SELECT count(*) FROM ({statements})),
            (SELECT count(*) FROM parsed.rejects)
    """)
    ingested.left_alone = dict(
        store.rows(r"""
            SELECT
                coalesce(
                    CASE WHEN kind = 'not text' THEN nullif(regexp_extract(lower(path), '\.[^./]+$'), '') END,
                    kind
                ) AS what,
                count(*) AS n
            FROM parsed.files_seen
            WHERE kind <> 'card' AND path NOT IN (SELECT path FROM parsed.rejects WHERE level = 'file')
            GROUP BY what
            ORDER BY n DESC, what
        """)
    )
