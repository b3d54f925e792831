"""The process that answers queries which somebody else wrote, and can be lost with nothing lost.

Flow: one frame from it when the database is open, then for each frame (query, parameters) one with the
answer.
"""

import copyreg
import io
import json
import pickle
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import duckdb

from signals_pipeline.core.errors import QueryRefusedError
from signals_pipeline.publish.allowed import assert_allowed, names_of

LENGTH_BYTES = 8
"""What a frame begins with: how many bytes follow."""

Parameters = Sequence[Any] | Mapping[str, Any] | None


class _Sent(pickle.Pickler):
    """Sends a time zone, as DuckDB 2 gives them, as class and name: left alone, it is read by getattr()."""

    dispatch_table = copyreg.dispatch_table | {ZoneInfo: lambda zone: (ZoneInfo, (zone.key,))}


def write_frame(stream: IO[bytes], value: object) -> None:
    """Send one value."""
    buffer = io.BytesIO()
    _Sent(buffer).dump(value)
    content = buffer.getvalue()
    stream.write(len(content).to_bytes(LENGTH_BYTES))
    stream.write(content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The bytes of the next value, None where the other side has ended, also within a value."""
    head = stream.read(LENGTH_BYTES)
    content = stream.read(int.from_bytes(head)) if len(head) == LENGTH_BYTES else b""
    return content if content and len(content) == int.from_bytes(head) else None


def main(path: str, memory_mb: int, threads: int, seconds: float) -> None:
    """Answer until nothing is asked any more. The process ends itself at a query that takes too long."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        connection = _opened(path, memory_mb, threads)
        names = names_of(connection)
    except duckdb.Error as error:
        write_frame(answers, _failed(error))
        return
    _bound(memory_mb)
    write_frame(answers, ("open",))
    while (asked := read_frame(questions)) is not None:
        # The kernel ends the process, whatever DuckDB is at: it does not heed interrupts everywhere.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            query, parameters = pickle.loads(asked)  # noqa: S301 - the caller's own process wrote it
            if not isinstance(query, str):
                raise QueryRefusedError(f"A query has to be a str; this one is {type(query).__name__}.")
            assert_allowed(connection, names, query)
            found = connection.execute(query, parameters)
            columns = tuple(name for name, *_ in found.description or ())
            write_frame(answers, ("rows", columns, found.fetchall()))
        except QueryRefusedError as error:
            write_frame(answers, ("refused", str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told
            write_frame(answers, _failed(error))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _failed(error: Exception) -> tuple[str, str, str]:
    """An error as an answer, without the files of this machine that DuckDB names behind its own faults."""
    said = str(error).partition("\nStack Trace")[0].rstrip()
    # pybind11, which makes DuckDB's rows Python's, has no error of its own for a lack of memory.
    if isinstance(error, MemoryError) or said.startswith("Could not allocate"):
        return "failed", "OutOfMemoryException", "The answer needs more memory than it may take."
    return "failed", type(error).__name__, said


def _opened(path: str, memory_mb: int, threads: int) -> duckdb.DuckDBPyConnection:
    """The database with no way to files, network, extensions, variables of Python, or to allow them again."""
    connection = duckdb.connect(
        path,
        read_only=True,
        config={
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
        },
    )
    # The folder cannot be set any more once access is off, so this comes after it.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _bound(memory_mb: int) -> None:
    """Write no file, leave no core, and take no more memory than now, for DuckDB, and for the answer.

    DuckDB does not count all it takes: long texts, lists on their way, and plans are beside its limit. Where
    the system does not say what a process has taken, as macOS, DuckDB's count is all there is.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Whoever started the process may have ignored it.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    status = Path("/proc/self/status")
    if status.is_file():
        taken = next(line for line in status.read_text("ascii").splitlines() if line.startswith("VmData:"))
        most = int(taken.split()[1]) * 1024 + 2 * memory_mb * 1_000_000
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
