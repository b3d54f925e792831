"""Queries that somebody else wrote, asked in a process of their own."""

import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from signals_pipeline.core.errors import QueryRefusedError, QueryStoppedError, SignalsError
from signals_pipeline.publish.answering import Parameters, read_frame, write_frame

BOUNDS = {"memory_mb": (64, 65_536), "threads": (1, 64), "seconds": (0.1, 3_600)}
"""The least and the most that each limit of a connection may be."""

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
    """

    def __init__(self, path: Path, *, memory_mb: int = 512, threads: int = 1, seconds: float = 30.0) -> None:
        """Open a database. A query may take `seconds`.

        `memory_mb` is what DuckDB may hold by its own count, in megabytes of a million bytes; its process may
        take twice as much beside what it begins with. More `threads` than the machine has processors share
        these.

        Raises:
            ValueError: A limit is out of its `BOUNDS`.
            duckdb.Error: The file is no database that can be opened.
        """
        given = {"memory_mb": memory_mb, "threads": threads, "seconds": seconds}
        for name, (least, most) in BOUNDS.items():
            if not least <= given[name] <= most:
                raise ValueError(f"{name} is {given[name]}; it may be {least} to {most}.")
        self._path = path
        self._given = given
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._one_at_a_time = threading.Lock()
        self._start()

    def execute(self, query: str, parameters: Parameters = None) -> Answer:
        """The rows of one query.

        Raises:
            QueryRefusedError: It is none that may be asked.
            QueryStoppedError: It took too long, or ended the process that answered it.
            duckdb.Error: DuckDB found it wrong, or it needs too much memory.
        """
        with self._one_at_a_time:
            if self._is_closed:
                raise duckdb.ConnectionException("The connection is closed.")
            if self._process is None:
                self._start()
            kind, *found = self._exchanged((query, parameters))
            if kind == "failed" and found[0] in _BROKEN:
                self._end()
        if kind == "refused":
            raise QueryRefusedError(*found)
        if kind == "failed":
            raise _error(*found)
        return Answer(*found)

    def close(self) -> None:
        """End it. Other connections stay open."""
        self._is_closed = True
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
        self._process = subprocess.Popen(  # noqa: S603 - this package, by this Python
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
        kind, *found = self._exchanged(None)
        if kind == "failed":
            self._end()
            raise _error(*found)

    def _exchanged(self, asked: object) -> tuple[Any, ...]:
        """What the process answers; to nothing, that it is there. It does not outlive a fault on the way."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if asked is not None:
                with suppress(BrokenPipeError):
                    write_frame(process.stdin, asked)
            content = read_frame(process.stdout)
        except BaseException:
            self._end()
            raise
        if content is None:
            raise self._stopped(self._ended())
        return tuple(_Plain(io.BytesIO(content)).load())

    def _end(self) -> int | None:
        """End the process; what it ended with."""
        process, self._process = self._process, None
        if process is None:
            return None
        with process:
            process.kill()
        return process.returncode

    def _ended(self) -> int | None:
        """What a process that says nothing more has ended with."""
        with suppress(subprocess.TimeoutExpired):
            if self._process:
                self._process.wait(1)
        return self._end()

    def _stopped(self, code: int | None) -> SignalsError:
        if code == -signal.SIGALRM:
            return QueryStoppedError(f"The query took longer than {self._given['seconds']:g} s.")
        return QueryStoppedError(
            f"The query ended the process that answered it ({code}): it needs more memory "
            "than it may take, or DuckDB has a fault there."
        )


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
