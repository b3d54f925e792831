"""The working store: one DuckDB database that only the pipeline opens.

Schema `parsed` and schema `main` hold tables under the names that analysts see in a snapshot. Schema
`internal` holds what only the pipeline needs; it is never published.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.errors import (
    CannotWriteError,
    OutOfMemoryError,
    SignalsError,
    StoreBusyError,
    StoreDamagedError,
)
from signals_pipeline.core.failures import faults_translated, short_of
from signals_pipeline.core.lock import FILE_NAME
from signals_pipeline.core.schema import Table, assert_columns, columns, create_table
from signals_pipeline.core.settings import typed

MEMORY_LIMIT = "120MB"
"""What DuckDB may hold in memory; what does not fit, it keeps in files beside the store while it works."""

AT_REST = "16MB"
"""What it may hold while another connection does the work, which may hold `MEMORY_LIMIT`."""

BESIDE_PAGES = "80MB"
"""What that other one may hold while the pages of the report are in memory beside it."""

THREADS = 1
"""Each thread needs memory of its own, and most of a run is Python: more of them would hardly be faster."""

Config = dict[str, str | bool | int | float | list[str]]

_THRIFTY: Config = {
    "threads": THREADS,
    # DuckDB returns memory that it has freed to the system when so much of it has gathered.
    "allocator_flush_threshold": "4MB",
    "allocator_bulk_deallocation_flush_threshold": "16MB",
}

Result = TypeVar("Result")

_INTERNAL = """
CREATE SCHEMA internal;
CREATE TABLE internal.meta (key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE internal.notes (key VARCHAR PRIMARY KEY, value VARCHAR);
CREATE TABLE internal.built (name VARCHAR PRIMARY KEY, version VARCHAR, n_rows BIGINT, read VARCHAR);
"""


def _times(memory_limit: str, multiple: int) -> int:
    """So many times one of the limits above, in megabytes."""
    return int(memory_limit.removesuffix("MB")) * multiple


def _most_memory() -> int:
    """What DuckDB may hold where nothing is set, in megabytes: most of the memory that there is."""
    with duckdb.connect() as connection:
        sql = "SELECT parse_formatted_bytes(current_setting('memory_limit')) // 1_000_000"
        return int(connection.execute(sql).fetchall()[0][0])


def _twice(memory_limit: str, multiple: int) -> str | None:
    """Twice so many times a limit, and no more than most of the memory; None where that is held already."""
    most = _most_memory()
    if _times(memory_limit, multiple) >= most:
        return None
    return f"{min(_times(memory_limit, 2 * multiple), most)}MB"


def with_more_memory(
    connection: duckdb.DuckDBPyConnection, memory_limit: str | None, work: Callable[[], Result]
) -> Result:
    """What a query returns, asked again with twice the memory as long as its connection had too little.

    The connection may hold `memory_limit`, and no more again afterwards. The last try has most of the memory
    that there is. None stands for a limit that a person has set, which stays.
    """
    multiple = 1
    try:
        while True:
            try:
                return work()
            except duckdb.OutOfMemoryException:
                may_hold = _twice(memory_limit, multiple) if memory_limit is not None else None
                if may_hold is None:
                    raise
                multiple *= 2
                connection.execute(f"SET memory_limit = '{may_hold}'")
    finally:
        if multiple > 1:
            with suppress(duckdb.OutOfMemoryException):
                connection.execute(f"SET memory_limit = '{memory_limit}'")


class Store:
    """An open store: its connection, and what every layer needs to know of its tables."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        memory_limit: str = MEMORY_LIMIT,
        *,
        may_take_more: bool = False,
    ) -> None:
        """Wrap an open connection; use `open_store`."""
        self.connection = connection
        self.folder = folder
        self.may_take_more = may_take_more
        # Kept as it was set: DuckDB rounds what it says of its limit, each time a little lower.
        self._memory_limit = memory_limit
        self.memory_limit_now = memory_limit
        self._multiple = 1

    @property
    def raw_dir(self) -> str:
        """The raw folder that the store was filled from."""
        return str(self.value("SELECT value FROM internal.meta WHERE key = 'raw_dir'"))

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction: committed as a whole, or rolled back when anything is raised.

        Faults of disk and memory are raised as the errors of `signals_pipeline.core.failures`.
        """
        with faults_translated(self.folder):
            self.connection.execute("BEGIN")
            try:
                yield self.connection
            except BaseException:
                with suppress(duckdb.Error):
                    self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
            self._give_back()

    def _give_back(self) -> None:
        # DuckDB keeps what it has freed from the rest of the process until its limit is set; so does Arrow.
        self._limit(self.memory_limit_now)
        pyarrow.default_memory_pool().release_unused()

    def with_enough_memory(self, work: Callable[[], Result]) -> Result:
        """What some work returns, done again with twice the memory for DuckDB as long as that had too little.

        Not everything that DuckDB does can go to the disk. The work is one transaction, so that nothing is
        left of a try that failed. The last one has DuckDB's own limit; one that a person has set stays.
        """
        try:
            while True:
                try:
                    return work()
                except OutOfMemoryError:
                    may_hold = _twice(self._memory_limit, self._multiple) if self.may_take_more else None
                    if may_hold is None:
                        raise
                    self._multiple *= 2
                    self._limit(may_hold)
        finally:
            if self._multiple > 1:
                self._multiple = 1
                self._limit(self._memory_limit)

    def _limit(self, memory_limit: str) -> None:
        self.connection.execute(f"SET memory_limit = '{memory_limit}'")
        self.memory_limit_now = memory_limit

    @contextmanager
    def at_rest(self, memory_limit: str = MEMORY_LIMIT) -> Iterator[Config]:
        """Give back the memory of this connection while another one works; the settings of that one.

        `memory_limit` is what that one may hold in a first try, and twice as much in the next; where a person
        has set a limit, it is that.
        """
        limit = self.memory_limit_now
        with suppress(duckdb.OutOfMemoryException):
            self._limit(AT_REST)
        try:
            may_hold = f"{_times(memory_limit, self._multiple)}MB" if self.may_take_more else limit
            yield _THRIFTY | {"memory_limit": may_hold}
        finally:
            self._limit(limit)

    def rows(
        self, sql: str, parameters: Mapping[str, Any] | list[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with faults_translated(self.folder):
            return self.connection.execute(sql, parameters).fetchall()

    def result(self, sql: str) -> tuple[list[str], list[str], list[tuple[Any, ...]]]:
        """Names, types and all rows of a query."""
        with faults_translated(self.folder):
            found = self.connection.execute(sql)
            names, types = zip(
                *((name, str(kind)) for name, kind, *_ in found.description or ()), strict=True
            )
            rows = found.fetchall()
            self._give_back()
            return list(names), list(types), rows

    def value(self, sql: str, parameters: Mapping[str, Any] | list[Any] | None = None) -> Any:
        """The first column of a query's first row, None without a row."""
        # All are fetched: DuckDB 2 refuses other work while a result is unfinished.
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    @contextmanager
    def registered(self, **tables: pyarrow.Table) -> Iterator[None]:
        """Arrow tables under names that SQL can read, while the block runs."""
        for name, table in tables.items():
            self.connection.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                # In a failed transaction DuckDB 2 drops nothing, and its rollback takes the name away.
                with suppress(duckdb.TransactionException):
                    self.connection.unregister(name)

    def note(self, key: str, value: str) -> None:
        """Keep a short text for a later step or run."""
        self.connection.execute("INSERT OR REPLACE INTO internal.notes VALUES (?, ?)", [key, value])

    def noted(self, key: str) -> str | None:
        """The text that was kept under a key, None without one."""
        return self.value("SELECT value FROM internal.notes WHERE key = ?", [key])  # type: ignore[no-any-return]

    def arrow_schema(self, name: str) -> pyarrow.Schema:
        """The columns of a table as Arrow has them."""
        none: pyarrow.Table = self.connection.sql(f"FROM {name} LIMIT 0").to_arrow_table()
        return none.schema

    def append(self, name: str, incoming_rows: pyarrow.Table) -> None:
        """Append an Arrow table to a table of the same columns."""
        # The SQL reads the argument by its name: what is registered stays in memory up to the commit.
        if incoming_rows.num_rows:
            self.connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming_rows")

    def replace(
        self, name: str, model: type[Table], select: str, parameters: Mapping[str, Any] | None = None
    ) -> None:
        """Put the rows of a SELECT in the place of a table, by name and in the declared types.

        Raises:
            LookupError: The SELECT gives other columns.
        """
        given = [row[0] for row in self.rows(f"DESCRIBE {select}", parameters)]
        assert_columns(given, model, f"The query of {name}")
        self.drop(name)
        self.connection.execute(create_table(name, model))
        self.connection.execute(f"INSERT INTO {name} BY NAME {select}", parameters)

    def drop(self, name: str) -> None:
        """Remove a table or view, if there is one: an older version may have made the other of the two."""
        schema, _, own_name = name.rpartition(".")
        sql = "SELECT table_type FROM information_schema.tables WHERE table_schema = ? AND table_name = ?"
        if (kind := self.value(sql, [schema or "main", own_name])) is not None:
            self.connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {name}")

    def content_version(self, name: str, model: type[Table]) -> tuple[str, int]:
        """A version of a table's rows, whatever their order, and how many there are."""
        row = ", ".join(f'"{one.name}"' for one in columns(model))
        count, total = self.rows(f"SELECT count(*), coalesce(sum(hash({row})::HUGEINT), 0) FROM {name}")[0]
        shape = repr([(one.name, one.sql_type) for one in columns(model)])
        return hashlib.sha256(f"{shape}{count}:{total}".encode()).hexdigest()[:16], count

    def note_built(
        self, name: str, model: type[Table], read: Mapping[str, str], *, is_view: bool = False
    ) -> str:
        """Record what a table holds now and what it was built from; returns the version of its rows.

        Those of a view follow from what it reads, and are not looked at.
        """
        made_of = json.dumps(dict(sorted(read.items())))
        if is_view:
            version = hashlib.sha256(made_of.encode()).hexdigest()[:16]
            n_rows = self.value(f"SELECT count(*) FROM {name}")
        else:
            version, n_rows = self.content_version(name, model)
        self.connection.execute(
            "INSERT OR REPLACE INTO internal.built VALUES (?, ?, ?, ?)", [name, version, n_rows, made_of]
        )
        return version

    def built(self) -> dict[str, tuple[str, int, dict[str, str]]]:
        """Of each table: the version of its rows, their number, and the versions of what it was made from."""
        found = self.rows("SELECT name, version, n_rows, read FROM internal.built")
        return {name: (version, n_rows, json.loads(read)) for name, version, n_rows, read in found}


@contextmanager
def open_store(
    folder: Path, raw_dir: RawDir, tables: str, memory_limit: str | None = None
) -> Iterator[Store]:
    """The store of a build folder, for a raw folder; fresh where it was of another folder or of older tables.

    `tables` is the SQL that makes the tables which are kept from run to run. `memory_limit` is what DuckDB
    may hold in memory, where a person has set it. The caller holds the lock.

    Raises:
        StoreDamagedError: The file is no database that can be opened.
    """
    path = folder / FILE_NAME
    identity = {
        "raw_dir": str(raw_dir),
        "tables": hashlib.sha256((_INTERNAL + tables).encode()).hexdigest()[:16],
    }
    limit = memory_limit or MEMORY_LIMIT
    spilled = folder / f"{FILE_NAME}.tmp"
    shutil.rmtree(spilled, ignore_errors=True)
    connection = _connect(path, limit)
    try:
        if _meta(connection, path) != identity:
            connection.close()
            remove_store(folder)
            connection = _connect(path, limit)
            with faults_translated(folder):
                _create(connection, tables, identity)
        yield Store(connection, folder, limit, may_take_more=memory_limit is None)
    finally:
        connection.close()
        # DuckDB leaves the folder behind, and after a kill all that it had put there.
        shutil.rmtree(spilled, ignore_errors=True)


def remove_store(folder: Path) -> None:
    """Remove the store of a build folder. The caller holds the lock.

    The files beside the database go first: a `.wal` that outlived it would be read into the next one.
    """
    for beside in folder.glob(f"{FILE_NAME}.*"):
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)
    (folder / FILE_NAME).unlink(missing_ok=True)


def connect(path: Path, config: Config, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection of a run to a database, which draws no bar into what the run prints."""
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    connection.execute("SET enable_progress_bar = false")
    return connection


def _connect(path: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    config = _THRIFTY | {"storage_compatibility_version": "v1.0.0", "memory_limit": memory_limit}
    try:
        return connect(path, config)
    except duckdb.Error as error:
        raise _cannot_open(path, error) from None


def _meta(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str] | None:
    try:
        return dict(connection.execute("SELECT key, value FROM internal.meta").fetchall())
    except duckdb.CatalogException:
        return None
    except duckdb.Error as error:
        raise _cannot_open(path, error) from None


def _cannot_open(path: Path, error: duckdb.Error) -> SignalsError:
    first_line = str(error).splitlines()[0]
    if "Conflicting lock" in first_line:
        return StoreBusyError(f"{path} is open in another process; close it there ({first_line}).")
    if (shortage := short_of(error, path.parent)) is not None:
        return shortage
    if "Permission denied" in first_line or "Read-only" in first_line:
        return CannotWriteError(f"{path} cannot be opened: {first_line}.")
    return StoreDamagedError(
        f"{path} cannot be opened ({first_line}). The cards are the source of truth: run {typed('rebuild')}."
    )


def _create(connection: duckdb.DuckDBPyConnection, tables: str, identity: Mapping[str, str]) -> None:
    connection.execute("BEGIN")
    connection.execute(_INTERNAL)
    connection.execute(tables)
    for key, value in identity.items():
        connection.execute("INSERT INTO internal.meta VALUES (?, ?)", [key, value])
    connection.execute("COMMIT")
