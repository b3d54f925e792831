"""Opening the published database without being in anyone's way."""

import os
from pathlib import Path
from typing import Any, Literal, overload

import duckdb

from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.settings import project, shown, typed
from signals_pipeline.publish.locked import LockedConnection


@overload
def connect(
    database: str | os.PathLike[str] = "", *, locked: Literal[False] = False
) -> duckdb.DuckDBPyConnection: ...


@overload
def connect(
    database: str | os.PathLike[str] = "",
    *,
    locked: Literal[True],
    memory_mb: int = 512,
    threads: int = 1,
    seconds: float = 30.0,
) -> LockedConnection: ...


def connect(
    database: str | os.PathLike[str] = "", *, locked: bool = False, **limits: Any
) -> duckdb.DuckDBPyConnection | LockedConnection:
    """A read-only connection to the published database, or to another snapshot of it.

    `locked` is for queries that somebody else wrote: they can read what is published and nothing else, within
    limits of memory in megabytes, threads and time. Both kinds can be open at once, and several of each.
    `close()` or the end of a `with` block closes them.

    Raises:
        TypeError: There are limits without `locked`.
        ValueError: A limit is out of bounds.
        NoInputError: Nothing has been published yet.
    """
    if limits and not locked:
        raise TypeError(f"connect() takes {' and '.join(limits)} only beside locked=True.")
    # The link is resolved here: DuckDB hands out an open database again under the name that it was opened by.
    path = Path(database).resolve() if database else project().database.resolve()
    if not path.is_file():
        raise NoInputError(f"{shown(path)} does not exist: {typed('run')} publishes it.")
    return LockedConnection(path, **limits) if locked else _open(path)


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(path), read_only=True)
    # DuckDB's own choice is beside the database: files in a snapshot, which count as damage after a kill. It
    # is set behind the opening, since an open database is not opened again with other settings.
    connection.execute("SET temp_directory = ''")
    return connection
