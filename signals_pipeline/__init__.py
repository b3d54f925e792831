"""From a folder of Markdown signal cards to a DuckDB file of validated tables and trend marts."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__version__ = "0.1.0"


def connect(database: str | os.PathLike[str] = "", *, locked: bool = False) -> "duckdb.DuckDBPyConnection":
    """A read-only connection to the published database; see `signals_pipeline.publish.reader.connect`."""
    from signals_pipeline.publish.reader import connect as open_database

    return open_database(database, locked=locked)
