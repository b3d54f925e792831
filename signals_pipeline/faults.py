"""Faults of the machine, told as what a person can do about them."""

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from signals_pipeline.errors import (
    CannotWriteError,
    DiskFullError,
    OutOfMemoryError,
    SignalsError,
    StoreDamagedError,
)
from signals_pipeline.project import MEMORY

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FULL_WORDS = ("No space left", "File too large", "quota exceeded", "disk is full", "max_temp_directory_size")
_DAMAGED_WORDS = ("Corrupt", "checksum", "not a valid DuckDB", "Failed to deserialize", "serialization error")
_PASSING = (errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT)
"""What a network disk says when it is away for a moment."""

_MEGABYTE = 1_000_000


@contextmanager
def faults_told(place: Path, needs: Callable[[], int] | None = None) -> Iterator[None]:
    """Raise faults of disk, memory and database files below `place` as what they mean.

    `needs` tells about how many bytes are to be written there, for the message that the disk is full.

    Raises:
        DiskFullError: There is no room.
        OutOfMemoryError: DuckDB's memory limit, or the machine's, was reached.
        StoreDamagedError: A database file holds something else than was written into it.
        CannotWriteError: Any other fault of the file system.
    """
    try:
        yield
    except (OSError, MemoryError, duckdb.Error) as error:
        told = short_of(error, place, needs() if needs else 0) or _told(error, place)
        if told is None:
            raise
        raise told from error


def short_of(error: BaseException, place: Path, needs: int = 0) -> SignalsError | None:
    """What an error says of memory or of room on the disk below `place`; None where it says nothing."""
    text = str(error)
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException) and not _mentions(text, _FULL_WORDS):
        return OutOfMemoryError(
            f"Not enough memory ({_first_line(text) or 'none left'}). Close other programs, or set "
            f"{MEMORY} (such as 2GB) to what DuckDB may use; the rest goes to the disk."
        )
    if (isinstance(error, OSError) and error.errno in _FULL) or _mentions(text, _FULL_WORDS):
        return DiskFullError(_full(text, place, needs))
    if isinstance(error, sqlite3.OperationalError) and "disk I/O error" in text:
        # What SQLite says where a file may not grow.
        return DiskFullError(_full(text, place, needs))
    return None


def _told(error: Exception, place: Path) -> SignalsError | None:
    text = str(error)
    if isinstance(error, duckdb.Error):
        if _mentions(text, _DAMAGED_WORDS):
            return StoreDamagedError(
                f"{place} holds something else than was written there ({_first_line(text)}). The cards are "
                "the source of truth: run make rebuild."
            )
        if not isinstance(error, duckdb.IOException):
            return None
    told = CannotWriteError(f"{place} could not be written: {_first_line(text)}. The last snapshot stays.")
    told.is_transient = isinstance(error, OSError) and error.errno in _PASSING
    return told


def _full(text: str, place: Path, needs: int) -> str:
    there = next((folder for folder in (place, *place.parents) if folder.exists()), place)
    try:
        free = f"{shutil.disk_usage(there).free / _MEGABYTE:,.0f} MB are free"
    except OSError:
        free = "how much is free is unknown"
    needed = f"about {max(needs / _MEGABYTE, 1):,.0f} MB are needed, " if needs else ""
    return (
        f"The disk is full: {needed}{free} at {place} ({_first_line(text)}). "
        "The last snapshot stays. Make room and run again."
    )


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _first_line(text: str) -> str:
    return text.splitlines()[0].rstrip(".") if text else ""
