"""From a folder of Markdown signal cards to a DuckDB file of validated tables and trend marts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signals_pipeline.publish.reader import connect
    from signals_pipeline.publish.search import search

__all__ = ["connect", "search"]
__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """What `__all__` names, loaded when first asked for: it needs DuckDB, unlike most of the package."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "connect":
        from signals_pipeline.publish.reader import connect as open_database

        return open_database
    from signals_pipeline.publish.search import search as search_database

    return search_database
