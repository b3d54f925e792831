"""Queries that somebody else wrote, asked in a process of their own."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from signals_pipeline.core.errors import QueryRefusedError, QueryStoppedError, SignalsError
from signals_pipeline.publish.answering import Parameters, read_frame, write_frame

BOUNDS = {"memory_mb": (64, 65_536), "threads": (1, 64), "seconds": (0.1, 3_600.0)}
"""The least and the most that each limit of a connection may be: whole numbers where these are."""

OPENING_S = 60.0
"""How long a process may take to open the database."""

MARGIN_S = 5.0
"""How much longer than a query may take a process that does not end itself is waited for."""

_PLAIN = frozenset(
    {
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("decimal", "Decimal"),
        ("pytz", "_UTC"),
        ("pytz", "_p"),
        ("uuid", "UUID"),
        ("zoneinfo", "ZoneInfo"),
    }
)
"""What DuckDB gives beside numbers, texts, lists and dictionaries."""

_BROKEN = ("FatalException", "InternalException")
"""Errors behind which DuckDB answers nothing more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a query."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows, by the name that a connection of DuckDB has for it."""
        return self.rows


class LockedConnection:
    """A connection for queries that somebody else wrote: they read what is published and do nothing else.

    A query that breaks DuckDB, or that takes too much, ends a process of its own; the next one gets another.
    `close()` or the end of a `with` block ends the process; so does letting go of the connection.
    """

    def __init__(self, path: Path, *, memory_mb: int = 512, threads: int = 1, seconds: float = 30.0) -> None:
        """Open a database. A query may take `seconds`.

        `memory_mb` is what DuckDB may hold by its own count, in megabytes of a million bytes; its process may
        take twice as much beside what it begins with. More `threads` than the machine has processors share
        these.

        Raises:
            ValueError: A limit is no number within its `BOUNDS`.
            QueryStoppedError: The process did not get as far as opening the file.
            duckdb.Error: The file is no database that can be opened.
        """
        given = {"memory_mb": memory_mb, "threads": threads, "seconds": seconds}
        for name, value in given.items():
            _assert_within_bounds(name, value)
        self._path = path
        self._given = given
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._start()

    def execute(self, query: str, parameters: Parameters = None) -> Answer:
        """The rows of one query.

        Raises:
            QueryRefusedError: It is none that may be asked.
            QueryStoppedError: It took too long, or the process that answered it has ended.
            duckdb.Error: DuckDB found it wrong, it needs too much memory, or the connection is closed.
        """
        with self._one_at_a_time:
            if self._closed.is_set():
                raise duckdb.ConnectionException("The connection is closed.")
            try:
                if self._process is None:
                    self._start()
                kind, *found = self._exchanged((query, parameters), self._given["seconds"] + MARGIN_S)
            except Exception as error:
                if self._closed.is_set():
                    raise duckdb.ConnectionException("The connection was closed during the query.") from error
                raise
            finally:
                # close() may have come from another thread while a process started, so it did not see it.
                if self._closed.is_set():
                    self._end()
            if kind == "failed" and found[0] in _BROKEN:
                self._end()
        if kind == "refused":
            raise QueryRefusedError(*found)
        if kind == "failed":
            raise _error(*found)
        return Answer(*found)

    def close(self) -> None:
        """End it, and a query that another thread has asked. Other connections stay open."""
        self._closed.set()
        self._end()

    def __enter__(self) -> Self:
        """Stay open for the length of a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _start(self) -> None:
        process = subprocess.Popen(  # noqa: S603 - this package, by this Python
            [
                sys.executable,
                "-P",
                "-m",
                "signals_pipeline.publish.answering",
                json.dumps([str(self._path), *self._given.values()]),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Nothing of the environment is there to be told, apart from where this Python finds its modules.
            env={"PYTHONPATH": os.pathsep.join(str(Path(place).resolve()) for place in sys.path)},
            start_new_session=True,
        )
        self._process = process
        self._ending = weakref.finalize(self, _ended, process)
        # At the end of Python the process sees that nobody asks any more. One that was forked off this Python
        # has no business with it.
        self._ending.atexit = False
        kind, *found = self._exchanged(None, OPENING_S)
        if kind == "failed":
            self._end()
            raise _error(*found)

    def _exchanged(self, asked: object, seconds: float) -> tuple[Any, ...]:
        """What the process answers; to nothing, that it is there. It does not outlive a fault on the way.

        It ends itself at a query that takes too long; one that cannot, since it is stopped, is killed.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        overdue = threading.Event()

        def kill() -> None:
            overdue.set()
            process.kill()

        deadline = threading.Timer(seconds, kill)
        deadline.daemon = True
        try:
            deadline.start()
            if asked is not None:
                with suppress(BrokenPipeError):
                    write_frame(process.stdin, asked)
            content = read_frame(process.stdout)
        except BaseException:
            self._end()
            raise
        finally:
            deadline.cancel()
        if content is None or overdue.is_set():
            code = _ended(process, wait_s=1)
            self._end()
            raise self._stopped(code, is_overdue=overdue.is_set())
        return tuple(_Plain(io.BytesIO(content)).load())

    def _end(self) -> None:
        """End the process, where there is one."""
        if self._process is not None:
            self._process = None
            self._ending()

    def _stopped(self, code: int, *, is_overdue: bool) -> SignalsError:
        if code == -signal.SIGALRM:
            return QueryStoppedError(f"The query took longer than {self._given['seconds']:g} s.")
        if is_overdue:
            return QueryStoppedError("The process that answers queries did not end in time, and was killed.")
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        why = (
            "somebody killed it, or the system was short of memory"
            if code == -signal.SIGKILL
            else "a query may have needed more memory than it may take, DuckDB may have a fault there, or "
            "somebody ended it"
        )
        return QueryStoppedError(
            f"The process that answers queries has ended without an answer ({how}): {why}."
        )


def _assert_within_bounds(name: str, value: object) -> None:
    least, most = BOUNDS[name]
    is_whole = isinstance(least, int)
    if (
        not isinstance(value, int if is_whole else int | float)
        or isinstance(value, bool)
        or not least <= value <= most
    ):
        kind = "whole number" if is_whole else "number"
        raise ValueError(f"{name} is {value!r}; it has to be a {kind} from {least} to {most:g}.")


def _ended(process: subprocess.Popen[bytes], *, wait_s: float = 0) -> int:
    """End a process, after a while in which it may end by itself; what it ended with."""
    # A query that it has not read is flushed once more when its pipe is closed.
    with suppress(BrokenPipeError), process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
        process.kill()
    return process.returncode


class _Plain(pickle.Unpickler):
    """Values of SQL and no other: the process that sends them has run what a stranger wrote."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _PLAIN:
            raise pickle.UnpicklingError(f"{module}.{name} is no value of SQL")
        return super().find_class(module, name)


def _error(name: str, message: str) -> Exception:
    """An error of DuckDB as it was raised there; another one as DuckDB's most general."""
    kind = getattr(duckdb, name, None)
    if isinstance(kind, type) and issubclass(kind, duckdb.Error):
        return kind(message)
    return duckdb.Error(f"{name}: {message}")
