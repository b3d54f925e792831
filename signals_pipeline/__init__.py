"""From a folder of Markdown signal cards to a DuckDB file of validated tables and trend marts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signals_pipeline.publish.reader import connect

__all__ = ["connect"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`connect`, loaded when it is first asked for: it needs DuckDB, which most of the package does not."""
    if name != "connect":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from signals_pipeline.publish.reader import connect as open_database

    return open_database
