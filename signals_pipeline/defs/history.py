"""Dagster's history where it is damaged: it is disposable, and keeps no run from what it is for."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from signals_pipeline.core.failures import FailureNotice, causes, notify
from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import Project, shown

_DATABASES = ("history", "schedules")
_DAMAGED_WORDS = ("file is not a database", "malformed")

Result = TypeVar("Result")


def with_whole_history(settings: Project, work: Callable[[], Result]) -> Result:
    """What some work with the history returns, done again with a new one where the history is damaged."""
    try:
        return work()
    except Exception as error:
        if not _is_damage(error):
            raise
    aside = _put_aside(settings.history)
    text = f"Dagster's history was damaged: it lies in {shown(aside)} now, and a new one has begun."
    report(text)
    notify(settings, FailureNotice("history damaged", text))
    return work()


def _is_damage(error: BaseException) -> bool:
    """Whether an error comes from a database of SQLite that holds something else than was written into it."""
    return any(
        isinstance(cause, sqlite3.DatabaseError) and any(word in str(cause) for word in _DAMAGED_WORDS)
        for cause in causes(error)
    )


def _put_aside(folder: Path) -> Path:
    """Move the databases to a folder of their own beside them, which is returned."""
    aside = folder / f"damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
    aside.mkdir()
    for name in _DATABASES:
        if (folder / name).exists():
            (folder / name).rename(aside / name)
    return aside
