"""Snapshots: a database, Parquet files, sheets, a workbook and a report that never change once published.

A snapshot is built in a folder of its own, made durable, and then the one link `current` is swapped to it.
Whoever has the last one open keeps it.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from signals_pipeline import __version__
from signals_pipeline.core.errors import BrokenTablesError, CannotWriteError
from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.files import read_object, sync, write_whole
from signals_pipeline.core.messages import Message
from signals_pipeline.core.outbox import Outbox
from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.settings import KNOWN
from signals_pipeline.core.sharing import put
from signals_pipeline.core.store import BESIDE_PAGES, MEMORY_LIMIT, Store, connect
from signals_pipeline.parsed.chunks import parser_version
from signals_pipeline.publish import integrity
from signals_pipeline.publish.changes import Difference, difference
from signals_pipeline.publish.database import row_counts, schema_fingerprint, write_database
from signals_pipeline.publish.dictionary import IN_PARQUET, STORED, store_name
from signals_pipeline.publish.guard import assert_current, assert_no_drop
from signals_pipeline.publish.known import KnownTopic
from signals_pipeline.publish.promised import SCHEMA_VERSION
from signals_pipeline.publish.readings import readings
from signals_pipeline.publish.report.kept import Kept
from signals_pipeline.publish.report.write import report_version, topic_pages, write_report
from signals_pipeline.publish.revisions import FileChanges, file_changes, revised_calls
from signals_pipeline.publish.spreadsheet import sheets_version, write_sheets
from signals_pipeline.publish.telling import news
from signals_pipeline.publish.told import Told
from signals_pipeline.publish.workbook import workbook_version, write_workbook

KEEP = 3
"""Snapshots kept: an analyst may still have an older one open."""

DATABASE = "signals.duckdb"
PARQUET = "parquet"
REPORT = "report"
SHEETS = "csv"
WORKBOOK = "signals.xlsx"

COUNTS_AGREE = "snapshot_holds_every_row"
_BUILDING = ".building-"
_ORIGINS = "published_from"
_PAGES = "pages"
_TABLES = "tables"
_TOLD = "told.json"


@dataclass(frozen=True, slots=True)
class Published:
    """A snapshot as it stands: name, folder, whether this run made it, and what was wrong with the last one.

    `n_rows` is the number of rows by qualified table name, `changes` says which files the last snapshot from
    the same raw folder does not have like this, and `n_revised_calls` is the number of ended calls of that
    snapshot which are others now.
    """

    name: str
    folder: Path
    is_new: bool
    n_rows: Mapping[str, int]
    damage: str = ""
    changes: FileChanges = field(default_factory=FileChanges)
    n_revised_calls: int = 0


def publish(
    store: Store,
    published: Path,
    as_of: date,
    inputs_version: Mapping[str, str],
    *,
    accept_drop: bool = False,
    known: Sequence[KnownTopic] = (),
    outbox: Outbox | None = None,
    base_url: str = "",
) -> Published:
    """Publish what the store holds; nothing new where the last snapshot already holds it.

    `known` says what of the topics is no news to a person; what is news goes into the outbox. `base_url` is
    the address under which the report is read, if any.

    Raises:
        StaleTablesError: A table was not built from what stands in the store now.
        DropError: Too much of the last snapshot from the same raw folder is gone, and nobody accepted that.
        BrokenTablesError: The new file does not hold what the store holds.
        CannotWriteError: The snapshot could not be written; the last one stays.
    """
    assert_current(store, inputs_version)
    snapshots = published / "snapshots"
    assert_own_folders(published)
    _remove_unfinished(snapshots)
    fingerprint = content_fingerprint(store)
    current = current_snapshot(published)
    if outbox is not None:
        # A run that was killed may have left something between its swap and its end.
        outbox.release(current.name if current is not None else "")
        outbox.forget_unpublished()
    damage = integrity.damage(current) if current is not None else ""
    if current is not None and current.name.endswith(f"-{fingerprint}") and not damage:
        return Published(current.name, current, is_new=False, n_rows=_stored_rows(store))
    last = _last_whole(store, snapshots, current, damage)
    if last is not None and not accept_drop:
        assert_no_drop(store, last / PARQUET)
    changes = file_changes(store, last / PARQUET if last is not None else None)
    n_revised_calls = revised_calls(store, last / PARQUET) if last is not None else 0
    report("publishing")
    inputs = input_fingerprint(store, inputs_version)
    told = Told(store.folder / _TOLD)
    told_before = told.changes(store.raw_dir)
    found = store.with_enough_memory(partial(difference, store, last, as_of, inputs, known, told_before))
    built_at = _free_moment(snapshots, fingerprint)
    snapshot = _build(
        store, snapshots, _name(built_at, fingerprint), built_at, as_of, inputs, found, base_url,
        last=last, like=current, whole=None if damage else current,
    )  # fmt: skip
    try:
        with faults_translated(published):
            _note_origin(store, snapshots, snapshot.name)
            if damage:
                _mend(snapshots, snapshot)
            message = _message(store, snapshot, found, base_url)
            if outbox is not None and message is not None:
                outbox.prepare(snapshot.name, message)
            swap(published, snapshot.name)
    except BaseException:
        _remove_unfinished(snapshots)
        if current_snapshot(published) != snapshot.resolve():
            shutil.rmtree(snapshot, ignore_errors=True)
        raise
    if outbox is not None:
        outbox.release(snapshot.name)
    with faults_translated(store.folder):
        told.note(store.raw_dir, found.told_with(built_at))
    _prune(snapshots, snapshot.name)
    return Published(
        snapshot.name, snapshot, is_new=True, n_rows=_stored_rows(store), damage=damage, changes=changes,
        n_revised_calls=n_revised_calls,
    )  # fmt: skip


def _build(
    store: Store,
    snapshots: Path,
    name: str,
    built_at: datetime,
    as_of: date,
    inputs: str,
    found: Difference,
    base_url: str,
    last: Path | None,
    like: Path | None,
    whole: Path | None,
) -> Path:
    """A whole snapshot that nobody is pointed to yet, likely as large as another; failing leaves nothing.

    It shares with another one, which is `whole`, what is the same in both. Of `last` it takes over when
    newsletter issues were first read.
    """
    building = snapshots / f"{_BUILDING}{name}"
    translated = partial(faults_translated, snapshots, needs=lambda: max(_size(like), 2 * _size(building)))

    def write_whole_database(database: Path) -> None:
        about = _about(store, name, as_of, built_at, inputs, found)
        made = {
            "snapshot": [about],
            "issue_reading": readings(store, last),
            "snapshot_diff": found.rows,
            "feed_entry": found.feed(built_at),
        }
        write_database(store, database, made)
        _assert_whole(store, database)

    def write(part: str, write_anew: Callable[[Path], None]) -> None:
        # Each for itself, or one that needs much memory would let the others take as much.
        def work() -> None:
            with translated():
                _remove(building / part)
                write_anew(building / part)

        store.with_enough_memory(work)

    try:
        with translated():
            building.mkdir(parents=True)
            write(DATABASE, write_whole_database)
            write(PARQUET, lambda folder: _write_parquet(store, folder, name, whole))
            write(SHEETS, partial(_write_sheets, store))
            write(WORKBOOK, partial(_write_workbook, store))
            with translated():
                _write_report(store, building / REPORT, base_url, whole)
            integrity.seal(building, whole)
            building.rename(snapshots / name)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return snapshots / name


def _message(store: Store, snapshot: Path, found: Difference, base_url: str) -> Message | None:
    """What people are told of a snapshot; None where nothing is news."""
    if not base_url or not any(row["change_kind"] == "call made" for row in found.rows):
        return news(found, lambda _: "")
    with _reading(store, snapshot / REPORT) as connection:
        pages = topic_pages(connection) | {"": "changes.html"}
    return news(found, lambda topic_id: f"{base_url}{pages[topic_id]}" if topic_id in pages else "")


def _remove(part: Path) -> None:
    """Remove what a try without enough memory has left of a part: a folder, or a database with its log."""
    if part.is_dir():
        shutil.rmtree(part)
    for file in part.parent.glob(f"{part.name}*"):
        file.unlink()


def _name(built_at: datetime, fingerprint: str) -> str:
    return f"{built_at:%Y%m%dT%H%M%SZ}-{fingerprint}"


def _free_moment(snapshots: Path, fingerprint: str) -> datetime:
    """Now, to the second; a second later where a snapshot of this content was built in this one."""
    while True:
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        if not (snapshots / _name(now, fingerprint)).exists():
            return now
        time.sleep(0.1)


def _stored_rows(store: Store) -> dict[str, int]:
    built = store.built()
    return {name: built[store_name(name)][1] for name in STORED}


def _assert_whole(store: Store, database: Path) -> None:
    """Raise `BrokenTablesError` unless a new file opens and holds as many rows as the store."""
    counts = row_counts(database)
    differing = {name: n for name, n in _stored_rows(store).items() if counts[name] != n}
    if differing:
        raise BrokenTablesError(
            f"Not published, since the new file does not hold what the store holds: {', '.join(differing)}.",
            dict.fromkeys([COUNTS_AGREE], len(differing)),
        )


def _last_whole(store: Store, snapshots: Path, current: Path | None, damage: str) -> Path | None:
    """The last snapshot from the same raw folder whose tables are whole; None without one.

    `damage` is what is wrong with the current one, whatever that is. Of older ones Parquet is looked at
    alone, since it is what is compared: the pages and sheets that they share may be damaged in all of them.
    """
    origins = read_object(store.folder / _ORIGINS)
    led_to = current.name if current is not None else ""
    newest_first = sorted(_kept(snapshots), key=lambda path: (path.name == led_to, path.name), reverse=True)
    for snapshot in newest_first:
        if origins.get(snapshot.name) != store.raw_dir:
            continue
        if not (damage if snapshot.name == led_to else integrity.damage(snapshot, PARQUET)):
            return snapshot
    return None


def _note_origin(store: Store, snapshots: Path, name: str) -> None:
    """Record, outside of what is published, which raw folder a snapshot was made from."""
    origins = read_object(store.folder / _ORIGINS)
    kept = {path.name: origins[path.name] for path in _kept(snapshots) if path.name in origins}
    write_whole(store.folder / _ORIGINS, json.dumps(kept | {name: store.raw_dir}) + "\n")


def assert_own_folders(published: Path) -> None:
    """Raise `CannotWriteError` where something lies in the way that leads elsewhere or is not ours."""
    snapshots, current = published / "snapshots", published / "current"
    if snapshots.is_symlink():
        raise CannotWriteError(f"{snapshots} is a link, and nothing is written through it. Remove it.")
    if current.exists() and not current.is_symlink():
        raise CannotWriteError(f"{current} is not the link that it should be. Move it away.")


def _size(folder: Path | None) -> int:
    """Bytes of all files below a folder; 0 without one."""
    if folder is None:
        return 0
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def current_snapshot(published: Path) -> Path | None:
    """The folder of the published snapshot, None where nothing whole is published."""
    folder = (published / "current").resolve()
    return folder if (folder / DATABASE).is_file() else None


def content_fingerprint(store: Store) -> str:
    """Eight hex digits of all that is published: rows, columns, comments, macros, pages; not of the day."""
    built = store.built()
    pages = f"{report_version()};{sheets_version()};{workbook_version()};"
    digest = hashlib.sha256(f"{schema_fingerprint()};{pages}".encode())
    for name in STORED:
        digest.update(f"{name}={built[store_name(name)][0]};".encode())
    return digest.hexdigest()[:8]


def input_fingerprint(store: Store, inputs_version: Mapping[str, str]) -> str:
    """Sixteen hex digits of what the tables are made from: the cards, and the files that a person edits.

    What is known to an editor is none of it: no table follows from that.
    """
    versions = sorted((name, version) for name, version in inputs_version.items() if name != KNOWN)
    fingerprint = hashlib.sha256(repr(versions).encode())
    for path, sha256 in store.rows("SELECT path, file_sha256 FROM internal.files ORDER BY path"):
        fingerprint.update(f"{path}={sha256};".encode())
    return fingerprint.hexdigest()[:16]


def _about(
    store: Store, name: str, as_of: date, built_at: datetime, inputs: str, found: Difference
) -> dict[str, Any]:
    n_issues, first, last = store.rows(
        "SELECT count(issue_date), min(issue_date), max(issue_date) FROM newsletter_issues"
    )[0]
    return {
        "snapshot": name,
        "as_of": as_of,
        "built_at": built_at,
        "package_version": __version__,
        "parser_version": parser_version(),
        "schema_version": SCHEMA_VERSION,
        "schema_fingerprint": schema_fingerprint(),
        "input_fingerprint": inputs,
        "n_files": store.value("SELECT count(path) FROM internal.files"),
        "n_cards": store.value("SELECT count(card_id) FROM parsed.cards"),
        "n_counted": store.value("SELECT count(card_id) FROM parsed.cards WHERE is_counted"),
        "n_statements": store.value("SELECT count(card_id) FROM statements"),
        "n_rejects": store.value("SELECT count(path) FROM parsed.rejects"),
        "n_newsletter_issues": n_issues,
        "first_issue_date": first,
        "last_issue_date": last,
        "since_snapshot": found.since or None,
        "other_code": found.other_code or None,
    }


def _write_parquet(store: Store, folder: Path, name: str, whole: Path | None) -> None:
    """Write the tables of the database but its search index beside it, one file each.

    Files of tables whose rows are as they were are taken from the snapshot `whole`. For the next one it is
    noted which rows those of this snapshot, `name`, are made from.
    """
    note = store.folder / _TABLES
    versions = _table_versions(store)
    as_before: set[str] = set()
    match read_object(note):
        case {"snapshot": str(last), "versions": dict(before)} if whole is not None and last == whole.name:
            as_before = {table for table, version in versions.items() if before.get(table) == version}
    with _reading(store, folder) as connection:
        # Else the last rows of a view come out of their order, wherever DuckDB gathers small pieces of them.
        connection.execute("SET enable_caching_operators = false")
        for table in IN_PARQUET:
            path = folder.joinpath(*table.split(".")).with_suffix(".parquet")
            path.parent.mkdir(parents=True, exist_ok=True)
            if whole is not None and table in as_before:
                put(whole / path.relative_to(folder.parent), path)
                continue
            # The rows stand in their order already: sorting them again would need memory.
            connection.execute(f"COPY {table} TO {sql_text(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    write_whole(note, json.dumps({"snapshot": name, "versions": versions}) + "\n")


def _table_versions(store: Store) -> dict[str, str]:
    """A version of the Parquet file of each table that stands in the store: of rows and declaration."""
    built, writer = store.built(), f"{schema_fingerprint()};{duckdb.__version__}"
    named = {table: built.get(store_name(table)) for table in IN_PARQUET}
    return {table: f"{one[0]};{writer}" for table, one in named.items() if one is not None}


def _write_sheets(store: Store, folder: Path) -> None:
    """Write what people open in a spreadsheet beside the database."""
    with _reading(store, folder) as connection:
        write_sheets(connection, folder)


def _write_workbook(store: Store, path: Path) -> None:
    """Write the first rows of these sheets as one workbook."""
    with _reading(store, path) as connection:
        write_workbook(connection, path)


def _write_report(store: Store, folder: Path, base_url: str, whole: Path | None) -> None:
    """Write the pages about the database beside it; those that another snapshot has are taken from there."""
    report("writing the report")
    files = integrity.by_sum(whole) if whole is not None else {}
    kept = Kept(store.folder / _PAGES, report_version(), files)
    with _reading(store, folder, BESIDE_PAGES) as connection:
        installation = Told(store.folder / _TOLD).installation()
        # A query that needs more is asked again alone: the report is long, and is not written twice.
        memory_limit = BESIDE_PAGES if store.may_take_more else None
        write_report(
            connection,
            folder,
            base_url=base_url,
            installation=installation,
            kept=kept,
            memory_limit=memory_limit,
        )
        kept.save()


@contextmanager
def _reading(
    store: Store, part: Path, memory_limit: str = MEMORY_LIMIT
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the database that was written beside another part of a snapshot."""
    database = part.with_name(DATABASE)
    with (
        store.at_rest(memory_limit) as config,
        connect(database, config, read_only=True) as connection,
    ):
        yield connection


def swap(published: Path, name: str) -> None:
    """Point `current` to a snapshot, at once for every reader."""
    sync(published / "snapshots")
    link = published / f".current-{name}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("snapshots", name))
    link.replace(published / "current")
    sync(published)


def _remove_unfinished(snapshots: Path) -> None:
    """Remove what a run left that was killed or failed: half-built snapshots, links not yet swapped in."""
    for left in snapshots.glob(f"{_BUILDING}*"):
        shutil.rmtree(left, ignore_errors=True)
    for link in snapshots.parent.glob(".current-*"):
        link.unlink(missing_ok=True)


def _mend(snapshots: Path, whole: Path) -> None:
    """Put what a new snapshot holds in the place of what is damaged in those that share it."""
    for path in sorted(_kept(snapshots)):
        if path != whole:
            with suppress(OSError, UnicodeDecodeError):
                integrity.mend(path, whole)


def _prune(snapshots: Path, current: str) -> None:
    """Keep the newest snapshots; a reader of an older one keeps what it has open."""
    older = sorted(_kept(snapshots), reverse=True)
    kept = [current, *(path.name for path in older if path.name != current)][:KEEP]
    for path in older:
        if path.name not in kept:
            with suppress(OSError):
                shutil.rmtree(path)


def _kept(snapshots: Path) -> list[Path]:
    """The snapshots that stand there, in no order."""
    if not snapshots.is_dir():
        return []
    return [path for path in snapshots.iterdir() if not path.name.startswith(".")]
