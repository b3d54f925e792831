"""Whether a run would find nothing new: decided without Dagster and without opening a database.

Each whole run notes what it looked at and what it published. As long as all of that is as it was, the next
run would publish the same, and what is said of it stands in a file.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.errors import SignalsError
from signals_pipeline.core.failures import last_failure
from signals_pipeline.core.files import files_version, read_object, write_whole
from signals_pipeline.core.lock import FILE_NAME, store_lock
from signals_pipeline.core.settings import PACKAGE, Project
from signals_pipeline.publish import integrity
from signals_pipeline.publish.watch import inputs_version
from signals_pipeline.raw.inventory import Listing, is_settled
from signals_pipeline.raw.place import list_cards

TOLD_EVERY = timedelta(hours=1)
"""How long nothing is said to Dagster of runs that find nothing new."""

_NO_CODE = ("__pycache__", "shipped")
"""Folders of the package that hold nothing by which tables or pages are made."""


@dataclass(frozen=True, slots=True)
class Look:
    """The raw folder as it was at a time in nanoseconds.

    `inputs` is the version of what starts a run by itself, `beside` that of what else a run depends on.
    """

    listing: Listing
    at_ns: int
    inputs: str
    beside: str


@dataclass(frozen=True, slots=True)
class _Noted:
    """What a whole run looked at and published.

    `as_of` is its day, and `comes_on` the first later one on which an issue has come, empty for none: on the
    days between nothing is counted otherwise. `store` are the marks of the store as the run left it.
    """

    inputs: str
    beside: str
    at_ns: int
    as_of: str
    comes_on: str
    store: list[int]
    snapshot: str


def look(settings: Project, raw_dir: RawDir, edited: Mapping[str, bytes | None]) -> Look:
    """List the raw folder, and see in which version all is that a run depends on.

    Raises:
        NoInputError: The folder cannot be listed.
        BadInputFileError: What is set cannot be used.
    """
    at_ns = time.time_ns()
    listing = list_cards(raw_dir)
    inputs = inputs_version(raw_dir, listing, edited)
    return Look(listing, at_ns, inputs, _beside_version(settings, raw_dir, listing))


def note_published(settings: Project, seen: Look, as_of: date, comes_on: str, snapshot: str) -> None:
    """Record what a whole run has published, once it has closed the store whose lock it holds."""
    store = _marks(settings.build / FILE_NAME)
    noted = _Noted(seen.inputs, seen.beside, seen.at_ns, as_of.isoformat(), comes_on, store, snapshot)
    # Without the note, the next run looks at everything again.
    with suppress(OSError):
        write_whole(_note(settings), json.dumps(asdict(noted)) + "\n")


def keep_summary(settings: Project, snapshot: str, summary: str) -> None:
    """Keep what is to be said of a snapshot as long as nothing changes."""
    noted = _noted(settings)
    if noted is not None and noted.snapshot == snapshot:
        with suppress(OSError):
            write_whole(_kept(settings), json.dumps(_of(noted) | {"summary": summary}) + "\n")


def summary_of_nothing_new(settings: Project) -> str | None:
    """What is to be said where a run would find nothing new; None where one is needed or in progress."""
    try:
        with store_lock(settings.build, lambda _: None, wait_seconds=0, has_name=False):
            noted, kept = _noted(settings), read_object(_kept(settings))
            summary = kept.pop("summary", None)
            is_same = noted is not None and kept == _of(noted) and _would_find_nothing(settings, noted)
            return summary if is_same else None
    except (SignalsError, OSError):
        # The run says what is wrong.
        return None


def is_dagster_to_be_told(settings: Project) -> bool:
    """Whether Dagster has heard nothing of the snapshot for so long that it is to be told that it stands."""
    return time.time() - _note(settings).stat().st_mtime >= TOLD_EVERY.total_seconds()


def note_told(settings: Project) -> None:
    """Record that Dagster was told now."""
    os.utime(_note(settings))


def _would_find_nothing(settings: Project, noted: _Noted) -> bool:
    """Whether all is as it was. The files of the snapshot come last, since every byte of them is read."""
    settings.assert_readable()
    raw_dir = settings.raw_dir()
    seen = look(settings, raw_dir, settings.edited())
    today = settings.as_of().isoformat()
    store = settings.build / FILE_NAME
    snapshot = settings.published.resolve() / "snapshots" / noted.snapshot
    return (
        (seen.inputs, seen.beside) == (noted.inputs, noted.beside)
        and is_settled(seen.listing, noted.at_ns)
        and noted.as_of <= today
        and (not noted.comes_on or today < noted.comes_on)
        # What a killed run left open lies beside it.
        and _marks(store) == noted.store
        and not _marks(store.with_name(f"{FILE_NAME}.wal"))
        and settings.history.is_dir()
        and last_failure(settings) is None
        and (settings.published / "current").resolve() == snapshot
        and not integrity.damage(snapshot)
    )


def _beside_version(settings: Project, raw_dir: RawDir, listing: Listing) -> str:
    """A version of what a run depends on beside its inputs, and what starts none by itself.

    These are the files that are left alone, settings, templates and word lists, the files of vectors and of
    the model, dagster.yaml, and the packages that are installed.
    """
    packages = [Path(folder) for folder in sys.path if folder.endswith("-packages")]
    files = [settings.dagster_file, settings.model(), settings.vectors(raw_dir), *packages]
    state = (
        [(one.path, one.kind, one.reason) for one in listing.left_alone],
        [settings.meaning(), settings.base_url(), settings.given.memory_limit, settings.given.workers],
        [(str(path), _marks(path)) for path in files if path is not None],
    )
    return files_version(_package_files(), repr(state))


def _package_files() -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(PACKAGE):
        folders[:] = [name for name in folders if name not in _NO_CODE]
        found += [Path(folder, name) for name in names]
    return found


def _marks(path: Path) -> list[int]:
    """Size and time of a file or folder; empty where there is none."""
    try:
        state = path.stat()
    except OSError:
        return []
    return [state.st_size, state.st_mtime_ns]


def _note(settings: Project) -> Path:
    """The file of the note; its time is when Dagster last heard of the snapshot."""
    return settings.build / "published"


def _noted(settings: Project) -> _Noted | None:
    try:
        return _Noted(**read_object(_note(settings)))
    except TypeError:
        return None


def _kept(settings: Project) -> Path:
    return settings.build / "summary"


def _of(noted: _Noted) -> dict[str, Any]:
    """What a summary depends on; paths in it are said from the working folder."""
    found = asdict(noted)
    return {name: found[name] for name in ("inputs", "beside", "snapshot")} | {"from": str(Path.cwd())}
