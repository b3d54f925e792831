"""Dagster's history of runs: where it is kept, and what is said and done where it cannot be used."""

import logging
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import dagster as dg
import yaml  # type: ignore[import-untyped]

from signals_pipeline.core.errors import (
    BadInputFileError,
    HistoryError,
    SignalsError,
    StoreBusyError,
    StoreDamagedError,
)
from signals_pipeline.core.failures import FailureNotice, causes, faults_translated, notify
from signals_pipeline.core.files import write_whole
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import Project, shown, typed
from signals_pipeline.defs.internals import sqlite_folder

HOME = "DAGSTER_HOME"
"""The environment variable that names Dagster's folder."""

FILE = "dagster.yaml"

_OWN_FOLDER = "data/.dagster"
"""What stands in the project's dagster.yaml for the folder of the history, wherever the data folder is."""

_DATABASES = ("history", "schedules")
_DAMAGED_WORDS = ("file is not a database", "malformed")
_HELD_WORD = "is locked"
# SQLAlchemy 2.1, which the extra keeps away, looks for psycopg.
_POSTGRES_MODULES = ("dagster_postgres", "psycopg2", "psycopg")

Result = TypeVar("Result")


# Where it is kept


def dagster_home(settings: Project) -> Path:
    """The folder whose dagster.yaml says where the history is: DAGSTER_HOME, else the project's own.

    The latter holds the project's dagster.yaml with whole paths, since Dagster takes relative ones from where
    a process of it was started.

    Raises:
        BadInputFileError: DAGSTER_HOME names no such folder, or the project's dagster.yaml cannot be read.
        CannotWriteError: The folder of the history cannot be written.
    """
    if os.environ.get(HOME):
        return _given_home()
    folder = settings.history
    with faults_translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        text, written = _with_whole_paths(settings), folder / FILE
        if not written.exists() or written.read_text("utf-8") != text:
            with store_lock(folder, report):
                # It may hold a password, which no more people may read than before.
                write_whole(written, text, stat.S_IMODE(settings.dagster_file.stat().st_mode))
    return folder


def instance_of(settings: Project) -> dg.DagsterInstance:
    """The Dagster instance of the project, its history ready to be written.

    Raises:
        BadInputFileError: DAGSTER_HOME, or what dagster.yaml says, cannot be used.
        CannotWriteError: The folder of the history cannot be written.
    """
    home = dagster_home(settings)

    def opened() -> dg.DagsterInstance:
        instance = _instance_in(home, settings)
        try:
            # Each of these makes a database that is not there yet, and fails where one is damaged.
            instance.get_runs_count()
            instance.get_asset_keys(limit=1)
        except BaseException:
            # A damaged one is moved, and no file that is moved may be open.
            instance.dispose()
            raise
        return instance

    # Two first runs at once would both make the tables of the history.
    with store_lock(settings.history, report):
        return with_whole_history(settings, opened)


def _given_home() -> Path:
    home = Path(os.environ[HOME]).expanduser()
    if not (home.is_absolute() and home.is_dir()):
        raise BadInputFileError(
            f"{HOME}={os.environ[HOME]!r} is not the whole path of a folder. Make the folder, write its path "
            "from the root on, or unset the variable."
        )
    return home


def _edited_file(settings: Project) -> Path:
    """The dagster.yaml in which a person says where the history is."""
    return _given_home() / FILE if os.environ.get(HOME) else settings.dagster_file


def _with_whole_paths(settings: Project) -> str:
    """The project's dagster.yaml with no relative path in it, below a line that says what it is."""
    file = settings.dagster_file
    try:
        given = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise BadInputFileError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadInputFileError(f"{file} cannot be read: it is not UTF-8.") from None
    except yaml.YAMLError as error:
        # What it says quotes the line, and a password may stand in that.
        mark = getattr(error, "problem_mark", None)
        raise BadInputFileError(f"{file} is no YAML{f', line {mark.line + 1}' if mark else ''}.") from None
    text = yaml.safe_dump(_whole(given, settings), sort_keys=False, allow_unicode=True) if given else ""
    return f"# Written from {file}: edit that file, and not this one.\n{text}"


def _whole(value: Any, settings: Project, key: str = "") -> Any:
    """A value of dagster.yaml, the paths in it whole."""
    if isinstance(value, dict):
        return {name: _whole(one, settings, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_whole(one, settings) for one in value]
    if isinstance(value, str) and Path(value).is_relative_to(_OWN_FOLDER):
        return str(settings.history / Path(value).relative_to(_OWN_FOLDER))
    return str(settings.root / value) if key == "base_dir" and isinstance(value, str) else value


def _instance_in(home: Path, settings: Project) -> dg.DagsterInstance:
    try:
        return dg.DagsterInstance.from_config(str(home))
    except Exception as error:
        if _comes_from(error, "sqlite3", "psycopg2") or isinstance(error, OSError) or _lacks_postgres(error):
            raise
        # What it says quotes what stands there, and that may be a password.
        raise BadInputFileError(
            f"Dagster cannot use what stands in {shown(_edited_file(settings))}: {_wrong_in(error)}."
        ) from None


def _wrong_in(error: Exception) -> str:
    """What is wrong with a dagster.yaml, without any value that stands in it."""
    if not isinstance(error, dg.DagsterInvalidConfigError):
        return f"it fails with {type(error).__name__}"
    if unset := re.search(r'environment variable "(\w+)" which is not set', str(error)):
        return f"the environment variable {unset[1]} is not set"
    places = {".".join(one.stack.levels) for one in error.errors} - {""}
    return f"see {', '.join(sorted(places))}" if places else "see the names at its left edge"


# What is wrong with it


@contextmanager
def history_faults(settings: Project) -> Iterator[None]:
    """Raise a fault of the database as what it means, and report what Dagster logs while it tries again.

    Raises:
        HistoryError: PostgreSQL does not answer or refuses, or what speaks to it is not installed.
        StoreBusyError: Another process has written into that of SQLite for longer than one waits for it.
    """
    root = logging.getLogger()
    root.addFilter(_is_no_try)
    try:
        yield
    except Exception as error:
        if isinstance(error, SignalsError):
            raise
        if _lacks_postgres(error):
            raise HistoryError(
                f"{shown(_edited_file(settings))} has the history in PostgreSQL, and what speaks to "
                f"that is not installed. Type: {typed('postgres')}"
            ) from error
        if cause := _comes_from(error, "psycopg2"):
            raise HistoryError(
                f"The history of runs in PostgreSQL cannot be used ({_reason(cause)}). See that it runs, and "
                f"what {shown(_edited_file(settings))} says of it under storage."
            ) from error
        if _is_held(error):
            raise StoreBusyError(
                "Another process is writing into Dagster's history, and has not let go of it in time. Try "
                f"again; {typed('ui')} or another run may be at work."
            ) from error
        raise
    finally:
        root.removeFilter(_is_no_try)


def _is_no_try(record: logging.LogRecord) -> bool:
    """Whether a log record is none about a connection that is tried again, which is reported in its place."""
    if not str(record.msg).startswith("Retrying failed database"):
        return True
    report("waiting for PostgreSQL")
    return False


def _comes_from(error: BaseException, *modules: str) -> BaseException | None:
    """The first cause of an error whose type stands in one of some modules."""
    return next((one for one in causes(error) if type(one).__module__.partition(".")[0] in modules), None)


def _is_held(error: BaseException) -> bool:
    """Whether an error says that another process holds a database of SQLite."""
    return any(isinstance(one, sqlite3.OperationalError) and _HELD_WORD in str(one) for one in causes(error))


def _lacks_postgres(error: BaseException) -> bool:
    return any(
        isinstance(one, ModuleNotFoundError) and str(one.name).partition(".")[0] in _POSTGRES_MODULES
        for one in causes(error)
    )


def _reason(error: BaseException) -> str:
    """Why PostgreSQL does not do it.

    The address before it is left out: where one is written wrongly, a part of the password can stand in it.
    """
    lines = str(error).splitlines()
    return lines[0].rpartition(": ")[2].strip().rstrip(".") if lines else type(error).__name__


# In SQLite


def with_whole_history(settings: Project, work: Callable[[], Result]) -> Result:
    """What some work with the history returns, done again with a new one where the project's is damaged.

    Raises:
        StoreDamagedError: The damaged one lies elsewhere, where others may use it.
    """
    try:
        return work()
    except Exception as error:
        if not _is_damage(error):
            raise
    folder = sqlite_folder(dagster_home(settings))
    if folder != settings.history.resolve():
        raise StoreDamagedError(
            f"Dagster's history in {folder} is damaged. Move {' and '.join(_DATABASES)} out of it, and a new "
            "one begins with the next run."
        )
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
