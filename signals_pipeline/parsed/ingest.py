"""From the raw folder to the parsed tables, in one transaction.

Data flow: listing -> files to read -> cards in batches -> valid rows and rejects -> tables; then identity,
dates and counting for all cards, and conservation. What it costs follows what changed.
"""

import gc
import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import metadata, resources
from pathlib import Path

import pyarrow

from signals_pipeline import validation
from signals_pipeline.errors import InvariantError
from signals_pipeline.parsed import cards as card_reader
from signals_pipeline.parsed import checks
from signals_pipeline.parsed.cards import CardRows, Row, reject
from signals_pipeline.parsed.changes import count_changes, select_files, selected
from signals_pipeline.parsed.identity import Calendar, derive_cards
from signals_pipeline.parsed.models import (
    STATEMENT_SECTIONS,
    TABLES,
    CardFiles,
    Cards,
    FilesSeen,
    Rejects,
)
from signals_pipeline.progress import report
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import Entry
from signals_pipeline.raw.paths import unshow
from signals_pipeline.schema import create_table
from signals_pipeline.store import Store

BATCH = 1_000
"""Files read, validated and stored at a time: memory holds one batch, whatever the size of the corpus."""

BATCH_BYTES = 8_000_000
"""What these files may have in bytes together, unless it is a single one."""

CHECK_BATCH = 10_000
"""Rows of `cards` checked at a time."""

ROW_TABLES = [name for name in TABLES if name not in ("files_seen", "card_files", "cards", "rejects")]
"""The tables whose rows belong to one card."""

STORED_TABLES = f"""
CREATE SCHEMA parsed;
{";".join(create_table(f"parsed.{name}", model) for name, model in TABLES.items())};
CREATE TABLE internal.listing (
    path VARCHAR, size BIGINT, mtime_ns BIGINT, ctime_ns BIGINT, inode UBIGINT, problem VARCHAR
);
CREATE TABLE internal.files (
    path VARCHAR, kind VARCHAR, size BIGINT, file_sha256 VARCHAR,
    mtime_ns BIGINT, ctime_ns BIGINT, inode UBIGINT, read_ns BIGINT, parser VARCHAR
);
CREATE TABLE internal.file_cards (
    path VARCHAR, card_no INTEGER, card_id VARCHAR, line INTEGER, file_sha256 VARCHAR
);
CREATE TABLE internal.section_counts (card_id VARCHAR, section VARCHAR, n_source INTEGER);
CREATE TABLE internal.cards_read AS
SELECT
    * EXCLUDE (
        issue_date, issue_date_reason, issue_date_flags, issue_key,
        is_counted, not_counted_reason, duplicate_of
    ),
    NULL::DATE AS article_date,
    NULL::VARCHAR AS host,
    NULL::VARCHAR AS newsletter_host
FROM parsed.cards;
"""
"""The SQL that makes the tables which are kept from run to run.

`internal.cards_read` holds what is read of a card; `parsed.cards` is derived from it for all in every run.
"""

_PARSER_CODE = (
    "parsed/blocks.py",
    "parsed/cards.py",
    "parsed/forms.py",
    "parsed/links.py",
    "parsed/markdown.py",
    "parsed/models.py",
    "parsed/plain.py",
    "parsed/rows.py",
    "raw/gate.py",
    "validation.py",
)


def parser_version() -> str:
    """A version that changes when a card could be read differently: that of the parser and markdown-it-py."""
    digest = hashlib.sha256(metadata.version("markdown-it-py").encode())
    package = resources.files("signals_pipeline")
    for name in _PARSER_CODE:
        digest.update(package.joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


@dataclass(slots=True)
class Taken:
    """What one run took in, and what the tables hold after it."""

    read: int = 0
    new: int = 0
    changed: int = 0
    removed: int = 0
    files: int = 0
    pages: int = 0
    cards: int = 0
    rows: int = 0
    rejects: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One card as found in a file: the file's path, the card's number in it, and the file's SHA-256."""

    path: str
    number: int
    sha256: str
    card: CardRows


@dataclass(slots=True)
class _Batch:
    """What a batch of files gave, ready to be stored."""

    parser: str
    files: list[Row] = field(default_factory=list)
    cards: list[Found] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)

    def add_file(self, entry: Entry, kind: str, sha256: str | None, read_ns: int) -> None:
        """Note a file with its state as it was read."""
        row = {"kind": kind, "file_sha256": sha256, "read_ns": read_ns, "parser": self.parser}
        for name in ("path", "size", "mtime_ns", "ctime_ns", "inode"):
            row[name] = getattr(entry, name)
        self.files.append(row)


def take_in(
    store: Store,
    raw_dir: Path,
    calendar: Calendar,
    corrections: Mapping[str, date],
    read: Mapping[str, str] | None = None,
) -> Taken:
    """Bring the parsed tables up to date with the raw folder as last listed, in one transaction.

    `read` are the versions of what the corrections were read from, noted with the tables.

    Raises:
        BrokenTablesError: A blocking check does not hold; nothing is stored.
        ValidationOffError: pandera has been switched off.
    """
    validation.assert_validation_is_on()
    return store.with_enough_memory(lambda: _take_in(store, raw_dir, calendar, corrections, read or {}))


def _take_in(
    store: Store,
    raw_dir: Path,
    calendar: Calendar,
    corrections: Mapping[str, date],
    read: Mapping[str, str],
) -> Taken:
    parser = parser_version()
    taken = Taken(removed=count_changes(store, parser).gone)
    with store.transaction():
        n_to_read = select_files(store, parser)
        _forget(store)
        for start in range(0, n_to_read, BATCH):
            report("reading cards", start, n_to_read)
            for entries in _batches(selected(store, start + 1, start + BATCH)):
                batch = _read_batch(raw_dir, entries, parser)
                _store_batch(store, batch)
        if n_to_read:
            report("reading cards", n_to_read, n_to_read)
        _note(store, taken)
        _derive(store, calendar, corrections)
        checks.hold(store)
        for name, model in TABLES.items():
            store.note_built(f"parsed.{name}", model, read)
        # Of what was listed, this is what the tables hold from now on.
        store.note("taken_in_version", store.noted("inputs_version") or "")
        _count(store, taken)
    return taken


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The files in parts of no more than BATCH_BYTES each."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        # What is too large is not read.
        own = min(entry.size or 0, gate.MAX_BYTES)
        if batch and size + own > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += own
    yield batch


def _note(store: Store, taken: Taken) -> None:
    """Note how many files were read, and how many of these were unknown or had another content before."""
    taken.read, taken.new, taken.changed = store.rows("""
        SELECT
            count(f.path),
            count(f.path) FILTER (WHERE NOT b.is_known),
            count(f.path) FILTER (WHERE b.is_known AND b.file_sha256 IS DISTINCT FROM f.file_sha256)
        FROM internal.files AS f
        JOIN forgotten AS b ON b.path = f.path
    """)[0]
    store.connection.execute("DROP TABLE forgotten")
    store.connection.execute("DROP TABLE to_read")


def _forget(store: Store) -> None:
    """Remove all that was read from the files in `forgotten`."""
    _forget_cards(store, "SELECT card_id FROM internal.cards_read WHERE path IN (SELECT path FROM forgotten)")
    for table in ("parsed.rejects", "internal.files", "internal.file_cards"):
        store.connection.execute(f"DELETE FROM {table} WHERE path IN (SELECT path FROM forgotten)")


def _forget_cards(store: Store, select: str) -> None:
    """Remove all rows of the cards that a SELECT names."""
    store.connection.execute(f"CREATE OR REPLACE TEMP TABLE forgotten_cards AS {select}")
    owned = [f"parsed.{name}" for name in ROW_TABLES]
    for table in (*owned, "internal.section_counts", "internal.cards_read"):
        store.connection.execute(
            f"DELETE FROM {table} WHERE card_id IN (SELECT card_id FROM forgotten_cards)"
        )
    # A reject of a whole card belongs to its file: another file may hold a readable card of that id.
    store.connection.execute(
        "DELETE FROM parsed.rejects WHERE level = 'row' AND card_id IN (SELECT card_id FROM forgotten_cards)"
    )
    store.connection.execute("DROP TABLE forgotten_cards")


def _read_batch(raw_dir: Path, entries: Iterable[Entry], parser: str) -> _Batch:
    """Read some files; one that is gone by now is left out, as if it had never been listed."""
    batch = _Batch(parser)
    root = os.fsencode(raw_dir)
    with _without_collector():
        for entry in entries:
            with suppress(FileNotFoundError):
                _read_one(root, entry, batch)
    return batch


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave memory to reference counting: the collector would add an eighth to the cost of parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read_one(root: bytes, entry: Entry, batch: _Batch) -> None:
    path = entry.path
    kind = "card" if card_reader.card_id_of(path) else "other"
    read_ns = time.time_ns()
    try:
        if entry.problem:
            code, _, reason = entry.problem.partition(": ")
            raise gate.GateError(code, reason)
        content = gate.read(os.path.join(root, unshow(path)))  # noqa: PTH118
    except gate.GateError as error:
        # What could not be read for now must be tried again, whatever its times say.
        passing = error.code in ("unstable", "unreadable")
        batch.add_file(entry, kind, None, 0 if passing else read_ns)
        batch.rejects.append(_file_reject(path, error))
        return
    read = replace(
        entry,
        size=content.state.st_size,
        mtime_ns=content.state.st_mtime_ns,
        ctime_ns=content.state.st_ctime_ns,
        inode=content.state.st_ino,
    )
    try:
        found = card_reader.read_file(path, gate.decode(content.data))
    except gate.GateError as error:
        batch.add_file(read, kind, content.sha256, read_ns)
        batch.rejects.append(_file_reject(path, error))
        return
    except Exception as error:  # noqa: BLE001
        # No file may stop a run, not even one that shows a fault of the parser.
        reason = f"The parser failed on it ({type(error).__name__}: {error}). Please report this file."
        batch.add_file(read, kind, content.sha256, read_ns)
        batch.rejects.append(_file_reject(path, gate.GateError("parser-failed", reason, content.data)))
        return
    batch.add_file(read, found.kind, content.sha256, read_ns)
    batch.rejects.extend(found.rejects)
    batch.cards.extend(
        Found(path, number, content.sha256, card) for number, card in enumerate(found.cards, 1)
    )


def _file_reject(path: str, error: gate.GateError) -> Row:
    raw = None if error.data is None else error.data.decode("utf-8", errors="backslashreplace")
    return reject("file", error.code, error.reason, raw and raw.replace("\0", "\\x00"), path=path)


def _store_batch(store: Store, batch: _Batch) -> None:
    """Store what a batch of files gave, in the order of their paths."""
    store.append(
        "internal.files", pyarrow.Table.from_pylist(batch.files, store.arrow_schema("internal.files"))
    )
    winners = _winners(store, batch.cards)
    rows: dict[str, list[Row]] = defaultdict(list)
    for found in winners:
        for name, some in found.card.rows.items():
            rows[name].extend(some)
    rows["rejects"].extend(batch.rejects)
    paths = {found.card.card_id: found.path for found in winners}
    for name in ROW_TABLES:
        valid, failures = validation.split(validation.to_arrow(rows[name], TABLES[name]), TABLES[name])
        store.append(f"parsed.{name}", valid)
        rows["rejects"].extend(_row_reject(name, rows[name][one.position], one, paths) for one in failures)
    rejects, failures = validation.split(validation.to_arrow(rows["rejects"], Rejects), Rejects)
    if failures:
        raise InvariantError(f"A reject does not fit its own table: {failures[0].reason}")
    store.append("parsed.rejects", rejects)
    cards_read = store.arrow_schema("internal.cards_read")
    store.append(
        "internal.cards_read", pyarrow.Table.from_pylist([one.card.card for one in winners], cards_read)
    )
    counts = [
        {"card_id": one.card.card_id, "section": section, "n_source": n}
        for one in winners
        for section, n in one.card.n_source.items()
    ]
    section_counts = store.arrow_schema("internal.section_counts")
    store.append("internal.section_counts", pyarrow.Table.from_pylist(counts, section_counts))


def _winners(store: Store, found: Sequence[Found]) -> list[Found]:
    """The cards that are read from these files: of several with one card_id, the first path in byte order.

    A card already stored from a later path gives way.
    """
    before = store.rows(
        """
        SELECT card_id, path, card_no FROM internal.file_cards
        WHERE card_id IN (SELECT unnest($ids::VARCHAR[]))
        """,
        {"ids": [one.card.card_id for one in found]},
    )
    places = [
        {
            "path": one.path,
            "card_no": one.number,
            "card_id": one.card.card_id,
            "line": one.card.card["line"],
            "file_sha256": one.sha256,
        }
        for one in found
    ]
    schema = store.arrow_schema("internal.file_cards")
    store.append("internal.file_cards", pyarrow.Table.from_pylist(places, schema))
    holders: dict[str, tuple[bytes, int]] = {}
    for card_id, path, number in before:
        place = (path.encode(), number)
        holders[card_id] = min(place, holders.get(card_id, place))
    winners: dict[str, Found] = {}
    giving_way: list[str] = []
    for one in found:
        card_id = one.card.card_id
        if card_id in winners:
            continue
        holder = holders.get(card_id)
        if holder is None:
            winners[card_id] = one
        elif (one.path.encode(), one.number) < holder:
            winners[card_id] = one
            giving_way.append(card_id)
    if giving_way:
        with store.registered(giving_way=pyarrow.table({"card_id": giving_way})):
            _forget_cards(store, "SELECT card_id FROM giving_way")
    return list(winners.values())


def _row_reject(name: str, row: Row, failure: validation.Failure, paths: Mapping[str, str]) -> Row:
    raw = row.get("_source") or row.get("raw_text") or row.get("value")
    where = {key: row[key] for key in ("card_id", "row_no", "line")}
    return reject("row", failure.code, failure.reason, raw, path=paths[row["card_id"]], section=name, **where)


def _derive(store: Store, calendar: Calendar, corrections: Mapping[str, date]) -> None:
    """Derive what depends on all files and cards: files_seen, card_files, duplicate ids, and the cards."""
    report("dating and counting cards")
    store.replace(
        "parsed.files_seen",
        FilesSeen,
        "SELECT path, kind, size, file_sha256 FROM internal.files ORDER BY path",
    )
    held = """
        WITH places AS (
            SELECT *, row_number() OVER (PARTITION BY card_id ORDER BY path, card_no) AS place
            FROM internal.file_cards
        ),
        held AS (
            SELECT
                p.*,
                f.path AS first_path,
                p.file_sha256 = f.file_sha256 AND p.card_no = f.card_no AS is_same
            FROM places AS p
            JOIN places AS f ON f.card_id = p.card_id AND f.place = 1
        )
    """
    store.replace(
        "parsed.card_files",
        CardFiles,
        f"{held} SELECT path, card_id, file_sha256 FROM held WHERE is_same ORDER BY path, card_id",
    )
    store.connection.execute("DELETE FROM parsed.rejects WHERE code = 'duplicate-id'")
    store.connection.execute(f"""
        INSERT INTO parsed.rejects BY NAME
        {held}
        SELECT
            path, line, card_id, 'card' AS level, 'duplicate-id' AS code,
            'Another card has the same id: ' || first_path || ' is read in its place.' AS reason
        FROM held
        WHERE NOT is_same
    """)
    derive_cards(store, calendar, corrections)
    for batch in store.connection.sql("FROM parsed.cards").to_arrow_reader(CHECK_BATCH):
        _, failures = validation.split(pyarrow.Table.from_batches([batch]), Cards)
        if failures:
            raise InvariantError(f"A row of cards does not fit its table: {failures[0].reason}")


def _count(store: Store, taken: Taken) -> None:
    taken.files = store.value("SELECT count(path) FROM parsed.files_seen")
    taken.pages = store.value(
        """
        SELECT count(path) FROM parsed.files_seen
        WHERE kind <> 'card' AND path NOT IN (SELECT path FROM parsed.rejects WHERE level = 'file')
        """
    )
    taken.rejects = store.value("SELECT count(path) FROM parsed.rejects")
    taken.cards = store.value("SELECT count(card_id) FROM parsed.cards")
    taken.rows = sum(store.value(f"SELECT count(card_id) FROM parsed.{name}") for name in STATEMENT_SECTIONS)
