"""Opening the published database without being in anyone's way."""

import os
from pathlib import Path

import duckdb

from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.settings import project, shown, typed

_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "lock_configuration": True,
}
"""No file, no network, no extension, and no way to allow them again."""


def connect(database: str | os.PathLike[str] = "", *, locked: bool = False) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the published database, or to another snapshot of it.

    `locked` is for queries that somebody else wrote: they can read the tables and nothing else.

    Raises:
        NoInputError: Nothing has been published yet.
    """
    # The link is resolved here: DuckDB hands out an open database again under the name that it was opened by.
    path = Path(database).resolve() if database else project().database.resolve()
    if not path.is_file():
        raise NoInputError(f"{shown(path)} does not exist: {typed('run')} publishes it.")
    return duckdb.connect(str(path), read_only=True, config=_LOCKED if locked else {})
