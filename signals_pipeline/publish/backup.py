"""Backups: the data folder as it is between two runs, with the settings, in a new folder."""

import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from signals_pipeline.core.errors import CannotWriteError, NoInputError, StoreDamagedError
from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.processes import is_alive
from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import Project, shown, typed
from signals_pipeline.publish import integrity

BESIDE = (".env", "dagster.yaml", "workspace.yaml")
"""Files of the project that are copied beside its data."""

_SQLITE = b"SQLite format 3\0"
"""How a database of SQLite begins, whose name ends in .db as those of Dagster do."""

_BESIDE_A_DATABASE = (".db-wal", ".db-shm", ".db-journal")

ENDING_SECONDS = 60.0
"""How long a run that has let go of the store may take to write its end into the history."""


@dataclass(slots=True)
class Backup:
    """A copy, with the files that it holds and their bytes; one with several names counts once."""

    folder: Path
    n_files: int = 0
    n_bytes: int = 0
    _copied: dict[tuple[int, int], Path] = field(default_factory=dict)

    def add_folder(self, source: Path, target: Path, within: tuple[Path, ...] = ()) -> None:
        """Copy a folder with what is in it, and what its links lead to.

        A link to something beside it stays one, such as that to the current snapshot. Pipes, sockets and
        links that lead nowhere, or round, are left out.
        """
        target.mkdir(mode=0o700)
        within += (source.resolve(),)
        for path in source.iterdir():
            there = target / path.name
            if path.is_symlink() and _leads_beside_itself(path):
                there.symlink_to(path.readlink())
            elif path.is_dir():
                if path.resolve() not in within:
                    self.add_folder(path, there, within)
            elif path.is_file():
                # What a run that waits writes into the history may have another name by now.
                with suppress(FileNotFoundError):
                    self.add_file(path, there)
        shutil.copystat(source, target)

    def add_file(self, source: Path, target: Path) -> None:
        """Copy a file; a database of SQLite by SQLite, since a daemon may write into it."""
        if source.name.endswith(_BESIDE_A_DATABASE) and _is_database(source.with_suffix(".db")):
            return
        state = source.stat()
        file = state.st_dev, state.st_ino
        if file in self._copied:
            os.link(self._copied[file], target)
            return
        if _is_database(source):
            _copy_database(source, target)
        else:
            shutil.copy2(source, target)
        self._copied[file] = target
        self.n_files += 1
        self.n_bytes += state.st_size


def back_up(settings: Project, to: str) -> Backup:
    """Copy data and settings to a new folder in `to`, and read what the snapshot there holds.

    It waits until no run is at work, and a run that starts meanwhile waits for it. Where it makes `to`,
    others cannot read that. Where it fails, nothing of the copy is left.

    Raises:
        NoInputError: No run was ever made.
        CannotWriteError: The copy cannot be made there.
        StoreBusyError: A run was at work all the time.
        StoreDamagedError: The snapshot or the history is damaged, which the next run mends.
    """
    if not (settings.build / "lock").exists():
        raise NoInputError(f"No run was ever made in {shown(settings.data)}, so there is nothing to copy.")
    place = Path(to).expanduser().resolve()
    if settings.data in (place, *place.parents):
        raise CannotWriteError(f"{place} lies in the folder that is to be copied. Name another one.")
    done = Backup(place / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    part = done.folder.with_name(f"{done.folder.name}.part")
    with faults_translated(place):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        try:
            with store_lock(settings.build, report) as last:
                _wait_for_the_end_of(last)
                report("copying")
                done.add_folder(settings.data, part / "data")
                for name in BESIDE:
                    if (settings.root / name).is_file():
                        done.add_file(settings.root / name, part / name)
            if why := integrity.damage(part / "data" / "published" / "current"):
                raise StoreDamagedError(
                    f"The snapshot is damaged, so the copy would be too ({why}). Type {typed('run')}, then "
                    "make the backup."
                )
            shutil.copymode(settings.root, part)
            part.rename(done.folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return done


def _is_database(path: Path) -> bool:
    if path.suffix != ".db" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _copy_database(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
    except sqlite3.Error as error:
        raise StoreDamagedError(
            f"{shown(source)} cannot be copied ({error}). Type {typed('run')}, which puts a damaged history "
            "aside, then make the backup."
        ) from None
    shutil.copymode(source, target)


def _leads_beside_itself(link: Path) -> bool:
    to = link.readlink()
    return not to.is_absolute() and ".." not in to.parts


def _wait_for_the_end_of(process: int | None) -> None:
    """Wait until a process has ended, if there is one: a run writes its end after it let go of the store."""
    deadline = time.monotonic() + ENDING_SECONDS
    while process not in (None, os.getpid()) and is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.1)
