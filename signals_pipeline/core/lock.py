"""Locks of files: one process at a time has the store, one daemon is at work, and a run shows that it is."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from signals_pipeline.core.errors import CannotWriteError, StoreBusyError

FILE_NAME = "store.duckdb"
LOCK_WAIT_SECONDS = 600.0


@contextmanager
def store_lock(
    folder: Path,
    say: Callable[[str], None],
    wait_seconds: float = LOCK_WAIT_SECONDS,
    *,
    has_name: bool = True,
) -> Iterator[int | None]:
    """Hold the one lock of the build folder; who waits says for which process.

    It gives the number of the process that is named on it, the last one that worked, if there is any. Without
    `has_name` that one stays named: whoever only looks has nothing to bring to an end afterwards, for which a
    backup would wait.

    Raises:
        StoreBusyError: Another process held it all the time.
        CannotWriteError: The folder cannot be written.
    """
    descriptor = _opened(folder / "lock")
    try:
        _wait_for_lock(descriptor, folder, say, wait_seconds)
        named = os.pread(descriptor, 20, 0).strip()
        if has_name:
            # On a full disk the lock holds all the same, without a name on it.
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield int(named) if named.isdigit() else None
    finally:
        os.close(descriptor)


def _opened(file: Path) -> int:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise CannotWriteError(f"{file.parent} cannot be written: {error.strerror}.") from None


def _wait_for_lock(descriptor: int, folder: Path, say: Callable[[str], None], wait_seconds: float) -> None:
    deadline = time.monotonic() + wait_seconds
    has_said = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            if time.monotonic() >= deadline:
                raise StoreBusyError(
                    f"{folder} is in use by process {holder}. Try again when it is done."
                ) from None
            if not has_said:
                say(f"waiting for process {holder}, which is using {folder}")
                has_said = True
            time.sleep(0.2)
        else:
            return


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold a file while something is done, and remove it then; the kernel lets go of it for who is killed.

    Where the file cannot be made, it is done all the same.
    """
    descriptor = None
    # It comes into being locked: nobody is to find it before.
    beside = file.with_name(f"{file.name}.new")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        beside.rename(file)
    try:
        yield
    finally:
        for one in (file, beside):
            with suppress(OSError):
                one.unlink()
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def alone(file: Path, if_not: str) -> Iterator[int]:
    """Hold a file while something is done, alone on this machine; its descriptor.

    A process that is started with the descriptor goes on holding it, whatever becomes of this one. Where the
    file system has no locks, nobody is known to hold it.

    Raises:
        StoreBusyError: Somebody else holds it; its message is `if_not`.
        CannotWriteError: The file cannot be made.
    """
    descriptor = _opened(file)
    try:
        with suppress(OSError):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreBusyError(if_not) from None
        yield descriptor
    finally:
        os.close(descriptor)


def is_let_go(file: Path) -> bool:
    """Whether whoever held a file was killed: it is there still, and no process on this machine holds it."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever comes to an end in this moment removes the file before it lets go of it.
        return os.fstat(descriptor).st_nlink > 0
    except OSError:
        return False
    finally:
        os.close(descriptor)
