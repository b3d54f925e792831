"""Failures: faults of the machine as errors, the explanation of a failed run, and the notice of it.

A notice is a line in a file and a message to whom the settings name.
"""

import errno
import os
import re
import resource
import shutil
import sqlite3
import stat
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.errors import (
    EXIT_FAILED,
    CannotWriteError,
    DiskFullError,
    OutOfMemoryError,
    SignalsError,
    StoreDamagedError,
)
from signals_pipeline.core.messages import Message, UnsentError, send, targets
from signals_pipeline.core.settings import PACKAGE, Project, shown, typed, variable

_FULL_WORDS = ("No space left", "disk is full", "max_temp_directory_size")
_QUOTA_WORDS = ("quota exceeded",)
_TOO_LARGE_WORDS = ("File too large",)
_TOO_MANY_WORDS = ("Too many open files",)
_MEMORY_WORDS = ("could not allocate", "failed to allocate", "failed to pin")
"""What DuckDB says of its memory limit, also where that ends a commit or a checkpoint."""

_DAMAGED_WORDS = ("Corrupt", "checksum", "not a valid DuckDB", "Failed to deserialize", "serialization error")
_TRANSIENT = (errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT)
"""What a network disk says when it is away for a moment."""

MAX_BYTES = 1_000_000
"""Size at which the file is rotated: renamed to FAILURES.log.1, and begun anew."""

WORKS_AGAIN = "works again"
"""The event of a run that succeeds after a failure."""

_UNSENT = "message failed"
_UNSENT_BEFORE = "webhook failed"
"""The same in files that were begun when messages went to a webhook alone."""
_END_BYTES = 65_536
_BEFORE_A_PATH = r"(?<![\w./:-])"

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

_MEGABYTE = 1_000_000


@contextmanager
def faults_translated(place: Path, needs: Callable[[], int] | None = None) -> Iterator[None]:
    """Raise faults of disk, memory and database files below `place` as what they mean.

    `needs` estimates the bytes to be written there, for the message that the disk is full.

    Raises:
        DiskFullError: There is no room, or none that this user may take.
        OutOfMemoryError: DuckDB's memory limit, or the machine's, was reached.
        StoreDamagedError: A database file holds something else than was written into it.
        CannotWriteError: A limit of this process is reached, or any other fault of the file system.
    """
    try:
        yield
    except (OSError, MemoryError, duckdb.Error) as error:
        translated = short_of(error, place, needs() if needs else 0) or _translated(error, place)
        if translated is None:
            raise
        raise translated from error


def short_of(error: BaseException, place: Path, needs: int = 0) -> SignalsError | None:
    """What an error says of memory, room or limits below `place`; None where it says nothing."""
    text = str(error)
    if _is(error, _FULL_WORDS, errno.ENOSPC):
        return DiskFullError(_full(text, place, needs))
    if _is(error, _QUOTA_WORDS, errno.EDQUOT):
        return DiskFullError(
            f"The quota of this user is used up at {place} ({_first_line(text)}). Make room within it, or "
            "have it raised, and run again."
        )
    if _is(error, _TOO_LARGE_WORDS, errno.EFBIG):
        return CannotWriteError(_too_large(text, place))
    if _is(error, _TOO_MANY_WORDS, errno.EMFILE, errno.ENFILE):
        return CannotWriteError(_too_many(f"Too many files are open ({_first_line(text)})"))
    if isinstance(error, sqlite3.OperationalError):
        return _short_of_in_history(text, place, needs)
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException) or _is(error, _MEMORY_WORDS):
        return OutOfMemoryError(_memory(text))
    return None


def _is(error: BaseException, words: tuple[str, ...], *numbers: int) -> bool:
    """Whether an error of the system has one of some numbers, or another one says some words."""
    return (isinstance(error, OSError) and error.errno in numbers) or _mentions(str(error), words)


def _short_of_in_history(text: str, place: Path, needs: int) -> SignalsError | None:
    """What SQLite means, which does not say why it could not do something."""
    if "disk I/O error" in text:
        if _most("RLIMIT_FSIZE") is not None:
            return CannotWriteError(_too_large(text, place))
        return DiskFullError(_full(text, place, needs))
    if "unable to open database file" in text:
        what = f"Dagster's history cannot be opened at {place}: it is closed, or too many files are open"
        return CannotWriteError(_too_many(what))
    return None


def _most(limit: str) -> int | None:
    """A limit of this process; None where it has none."""
    most, _ = resource.getrlimit(getattr(resource, limit))
    return None if most == resource.RLIM_INFINITY else most


def _too_large(text: str, place: Path) -> str:
    most = _most("RLIMIT_FSIZE")
    if most is None:
        return (
            f"A file at {place} would be larger than its disk takes ({_first_line(text)}). Set "
            f"{variable('data_dir')} to a folder on another one."
        )
    return (
        f"A file at {place} would be larger than {most / _MEGABYTE:,.1f} MB, and no file of this process may "
        f"be ({_first_line(text)}). Raise that limit (ulimit -f) and run again."
    )


def _too_many(what: str) -> str:
    most = _most("RLIMIT_NOFILE")
    return f"{what}. Raise the limit of this process, {most} files (ulimit -n), and run again."


def _memory(text: str) -> str:
    if _mentions(text, _MEMORY_WORDS):
        return (
            f"DuckDB's memory limit is too small ({_first_line(text)}). Set {variable('memory_limit')} to "
            "more, such as 2GB, or to nothing; what does not fit goes to the disk."
        )
    return (
        f"Not enough memory ({_first_line(text) or 'none left'}). Close other programs, or set "
        f"{variable('memory_limit')} (such as 2GB) to what DuckDB may use; the rest goes to the disk."
    )


def _translated(error: Exception, place: Path) -> SignalsError | None:
    text = str(error)
    if isinstance(error, duckdb.Error):
        if _mentions(text, _DAMAGED_WORDS):
            return StoreDamagedError(
                f"{place} holds something else than was written there ({_first_line(text)}). The cards are "
                f"the source of truth: run {typed('rebuild')}."
            )
        if not isinstance(error, duckdb.IOException):
            return None
    translated = CannotWriteError(f"{place} could not be written: {_first_line(text)}.")
    translated.is_transient = isinstance(error, OSError) and error.errno in _TRANSIENT
    return translated


def _full(text: str, place: Path, needs: int) -> str:
    there = next((folder for folder in (place, *place.parents) if folder.exists()), place)
    try:
        free = f"{shutil.disk_usage(there).free / _MEGABYTE:,.0f} MB are free"
    except OSError:
        free = "how much is free is unknown"
    needed = f"about {max(needs / _MEGABYTE, 1):,.0f} MB are needed, " if needs else ""
    return f"The disk is full: {needed}{free} at {place} ({_first_line(text)}). Make room and run again."


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)


def _first_line(text: str) -> str:
    return text.splitlines()[0].rstrip(".") if text else ""


def explain(settings: Project, error: BaseException) -> tuple[str, int]:
    """What made a run fail, in one line for a person, and the exit code that says the same to a program."""
    chain = causes(error)
    foreseen = [cause for cause in chain if isinstance(cause, SignalsError)]
    # Dagster's history may be what found no room.
    foreseen += [short for cause in chain if (short := short_of(cause, settings.data)) is not None]
    if foreseen:
        return str(foreseen[0]), foreseen[0].exit_code
    own = [cause for cause in chain if not type(cause).__module__.startswith("dagster")]
    return _unforeseen(settings, error, (own or chain)[-1]), EXIT_FAILED


def what_stands(settings: Project, before: str) -> str:
    """What readers see after a run that did not end well; empty where nothing is published.

    `before` is the name of the snapshot that was published when the run began, empty without one.
    """
    now = settings.snapshot
    if now == before:
        return "The last snapshot stays." if now else ""
    return f"The new snapshot was published before that: {now}."


def _unforeseen(settings: Project, error: BaseException, root: BaseException) -> str:
    """One line about an error that nobody foresaw, and the file that holds the traceback."""
    traceback_file = settings.build / "last_failure.txt"
    try:
        traceback_file.write_text("".join(traceback.format_exception(error)), "utf-8")
        where = f"The traceback is in {shown(traceback_file)}."
    except OSError as full:
        where = f"The traceback could not be written ({full.strerror})."
    what = f"{type(root).__name__}: {str(root).splitlines()[0] if str(root) else ''}"
    return f"The job failed: {what}. {where}"


def causes(error: BaseException) -> list[BaseException]:
    """An error and what led to it. Dagster's errors may lead back to themselves, so each is taken once."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is seen for seen in chain):
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


@dataclass(frozen=True, slots=True)
class FailureNotice:
    """What went wrong: the kind of event in a word or two, what a person can do, and the run, if one did.

    Or that nothing goes wrong any more.
    """

    event: str
    text: str
    run_id: str = ""


def notify(settings: Project, notice: FailureNotice) -> list[str]:
    """Write a notice to the project's file and send it to its targets; what of that failed, in words.

    Nothing is raised: a report of a failure must not add another.
    """
    at = _now()
    text = mask_credentials(without_folders(settings, notice.text))
    masked = FailureNotice(notice.event, " ".join(text.split()), notice.run_id)
    failed = []
    try:
        _append(settings.failure_log, f"{at}  {masked.event}  {masked.run_id or '-'}  {masked.text}\n")
    except OSError as error:
        failed.append(f"{settings.failure_log.name} could not be written: {error.strerror}.")
    else:
        failed += _rotated(settings.failure_log)
    message = Message(masked.event, masked.text, details={"run_id": masked.run_id})
    for target in targets(settings):
        try:
            send(target, message, at)
        except UnsentError as error:
            failed.append(f"{target.name} did not take the notice: {error}.")
            _note_unsent(settings, at, masked.run_id, failed[-1])
    return failed


def note_undelivered(settings: Project, problem: str) -> None:
    """Write down that a message waits since somebody did not take it."""
    _note_unsent(settings, _now(), "", problem)


def _note_unsent(settings: Project, at: str, run_id: str, problem: str) -> None:
    with suppress(OSError):
        _append(settings.failure_log, f"{at}  {_UNSENT}  {run_id or '-'}  {problem}\n")


def _now() -> str:
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def last_failure(settings: Project) -> str | None:
    """When the last failure was, where nobody was told since that the job works again; else None."""
    last = _last_notice(settings)
    return None if last is None or last[1] == WORKS_AGAIN else last[0]


def notify_that_it_works(settings: Project, run_id: str = "") -> list[str]:
    """Write and send that a run succeeded, where the last notice was of a failure; what of that failed."""
    at = last_failure(settings)
    if at is None:
        return []
    text = f"The run succeeded. The last failure was at {at}."
    return notify(settings, FailureNotice(WORKS_AGAIN, text, run_id))


def _last_notice(settings: Project) -> tuple[str, str] | None:
    """When the last notice was written, and its event; None where there is none."""
    log = settings.failure_log
    for path in (log, log.with_name(f"{log.name}.1")):
        for line in reversed(_end_of(path).splitlines()):
            at, _, rest = line.partition("  ")
            event = rest.partition("  ")[0]
            if event and event not in (_UNSENT, _UNSENT_BEFORE):
                return at, event
    return None


def _end_of(path: Path) -> str:
    """The last lines of a file, of which the first may be cut; empty where it is none that can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file, suppress(OSError):
        file.seek(max(os.fstat(descriptor).st_size - _END_BYTES, 0))
        return file.read(_END_BYTES).decode("utf-8", "replace")
    return ""


def without_folders(settings: Project, text: str) -> str:
    """A text whose paths begin in the project's folder, or with the setting that names a place elsewhere."""
    text = re.sub(rf"{_BEFORE_A_PATH}{re.escape(str(settings.root))}/", "", text)
    names = _names_of_folders(settings)
    # One may lie in the other.
    for folder in sorted(names, key=lambda one: len(str(one)), reverse=True):
        if folder.is_absolute() and folder.name:
            # In what `re.sub` puts in, a backslash begins a code.
            name = names[folder].replace("\\", r"\\")
            text = re.sub(rf"{_BEFORE_A_PATH}{re.escape(str(folder))}(?![\w-])", name, text)
    return text


def _names_of_folders(settings: Project) -> dict[Path, str]:
    """What stands for the package, the project's folders and what settings name, wherever links lead."""
    data = f"${variable('data_dir')}" if settings.given.data_dir else settings.data.name
    own = {PACKAGE: PACKAGE.name, settings.data / "raw": f"{data}/raw", settings.data: data}
    # Links that lead round in a circle are left as they are.
    names = {Path(os.path.realpath(folder)): name for folder, name in own.items()}
    names[settings.root] = settings.root.name
    for setting in ("raw_dir", "data_dir", "model"):
        if given := getattr(settings.given, setting):
            folder = Path(given).expanduser()
            names |= {one: f"${variable(setting)}" for one in (folder, folder.resolve())}
    return names


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, _FLAGS, 0o644)
    try:
        os.write(descriptor, line.encode("utf-8", "backslashreplace"))
    finally:
        os.close(descriptor)


def _rotated(path: Path) -> list[str]:
    """Rename a file that has grown too large, so that it is begun anew; what of that failed."""
    older = path.with_name(f"{path.name}.1")
    try:
        state = path.lstat()
        if stat.S_ISREG(state.st_mode) and state.st_size > MAX_BYTES:
            path.replace(older)
    except OSError as error:
        return [f"{path.name} could not be renamed to {older.name}, and grows on: {error.strerror}."]
    return []
