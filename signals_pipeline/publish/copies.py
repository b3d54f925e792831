"""Copies of the published snapshot elsewhere: in a folder, or in object storage.

A copy has the name of its snapshot, and all of it is there and read again before readers are led to it: by
the link `current` in a folder, by the object `current.json` in storage. Whoever reads by these sees a whole
snapshot, whenever copying is killed; the next one goes on where it was.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Protocol

from signals_pipeline.core.bucket import KEYS_FROM, Bucket, is_like_an_address
from signals_pipeline.core.errors import CannotWriteError, NoInputError, SignalsError
from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.files import sync
from signals_pipeline.core.progress import report
from signals_pipeline.core.settings import Project, typed
from signals_pipeline.core.storage import file_system, what_it_says
from signals_pipeline.publish import integrity
from signals_pipeline.publish.integrity import SUMS
from signals_pipeline.publish.snapshot import KEEP, assert_own_folders, current_snapshot, swap

POINTER = "current.json"
"""The object that says which copy readers are to take."""

_SNAPSHOT = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
"""How snapshots are named: in a place that others use too, nothing else is looked at."""

_SCHEMES = ("s3", "gs")
_HOW_PLACES_ARE_WRITTEN = f"Write the place as a folder, s3://bucket/path or gs://bucket/path. {KEYS_FROM}"

_AT_A_TIME = 8
"""Files on their way at once: most are small, and storage takes its time for each."""

_REPORTED = 100
"""Files after which it is said how many are done."""


class Place(Protocol):
    """Where copies are kept; files are named by their paths below it."""

    def check(self) -> None:
        """Raise `CannotWriteError` where something is not ours that a copy would write to or remove."""

    def snapshots(self) -> list[str]:
        """The names of the copies there, whole or not."""

    def sizes(self, folder: str) -> dict[str, int]:
        """The bytes of each file below a folder, by its path in there."""

    def sha256(self, name: str) -> str:
        """The sum of what a file holds, read again."""

    def put(self, file: Path, name: str) -> None:
        """Copy a file; what was there under its name is replaced."""

    def point_to(self, snapshot: str) -> None:
        """Lead readers to a copy, at once."""

    def remove(self, snapshot: str) -> None:
        """Remove a copy."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy as it stands: its snapshot, its files, how many of them were copied now, and copies removed."""

    snapshot: str
    n_files: int
    n_bytes: int
    n_new: int
    n_removed: int


def publish_copy(settings: Project, to: str) -> Copied:
    """Copy the current snapshot of a project to a folder, `s3://bucket/path` or `gs://bucket/path`.

    Raises:
        NoInputError: Nothing whole is published.
        CannotWriteError: The place is none, is not ours to write to, or cannot be written.
    """
    snapshot = current_snapshot(settings.published)
    if snapshot is None:
        raise NoInputError(
            f"Nothing is published in {settings.published}: {typed('run')} publishes a snapshot."
        )
    if damage := integrity.damage(snapshot):
        raise NoInputError(f"{snapshot} is damaged ({damage}): {typed('run')} publishes it anew.")
    scheme, is_address, rest = to.partition("://")
    if is_address:
        cards = settings.raw_dir()
        if isinstance(cards, Bucket) and cards.holds(to):
            raise CannotWriteError(f"Name another place to copy to: the cards are read from {cards}.")
        with _storage_faults(to):
            return copy_to(Storage(scheme, rest), snapshot)
    folder = Folder.at(to, settings)
    with faults_translated(folder.path):
        return copy_to(folder, snapshot)


def copy_to(place: Place, snapshot: Path) -> Copied:
    """Copy a whole snapshot, lead readers to it, and remove what is older than the newest copies."""
    place.check()
    known = integrity.sums(snapshot) | {SUMS: integrity.sha256(snapshot / SUMS)}
    sizes = {name: (snapshot / name).stat().st_size for name in known}
    folder = f"snapshots/{snapshot.name}"
    there = place.sizes(folder)

    def copy(name: str) -> bool:
        """Copy a file unless it is there; whether that was needed."""
        path = f"{folder}/{name}"
        if there.get(name) == sizes[name] and place.sha256(path) == known[name]:
            return False
        place.put(snapshot / name, path)
        if place.sha256(path) != known[name]:
            raise CannotWriteError(f"{path} does not hold there what was copied. Try again.")
        return True

    n_new = 0
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        for done, is_new in enumerate(pool.map(copy, sorted(known.keys() - {SUMS})), 1):
            n_new += is_new
            if done % _REPORTED == 0 or done == len(known) - 1:
                report("copying", done, len(known) - 1)
    # Its presence says that a copy is whole.
    n_new += copy(SUMS)
    place.point_to(snapshot.name)
    return Copied(snapshot.name, len(known), sum(sizes.values()), n_new, _prune(place, snapshot.name))


def _prune(place: Place, current: str) -> int:
    """Remove copies that are older than those kept, or were never finished; how many."""
    others = sorted((name for name in place.snapshots() if name != current), reverse=True)
    whole = [name for name in others if SUMS in place.sizes(f"snapshots/{name}")]
    removed = [name for name in others if name not in whole[: KEEP - 1]]
    for name in removed:
        place.remove(name)
    return len(removed)


class Folder:
    """A folder, which is laid out as the published one is."""

    def __init__(self, path: Path) -> None:
        """Copies below a path."""
        self.path = path

    @classmethod
    def at(cls, text: str, settings: Project) -> "Folder":
        """The folder that a person names; `CannotWriteError` where it is none to copy to."""
        if is_like_an_address(text):
            raise CannotWriteError(_HOW_PLACES_ARE_WRITTEN)
        try:
            path = Path(text).expanduser().resolve()
        except (OSError, RuntimeError, ValueError) as error:
            raise CannotWriteError(f"{text} is no path ({error}).") from None
        raw_dir = settings.raw_dir()
        own = [settings.data.resolve(), settings.published.resolve()]
        own += [raw_dir] if isinstance(raw_dir, Path) else []
        if not text or path == settings.root.resolve() or any(map(path.is_relative_to, own)):
            raise CannotWriteError(
                "Name another folder to copy to, or s3://bucket/path or gs://bucket/path: not that of the "
                "project, nor the data folder or that of the cards, nor one in these two."
            )
        if path.exists() and not path.is_dir():
            raise CannotWriteError(f"{path} is no folder. Name another one.")
        return cls(path)

    def check(self) -> None:
        """Make the folder, and raise `CannotWriteError` where it cannot be, or a link leads out of it.

        `current` may be a link to a copy; no copy may be a link or hold one.
        """
        assert_own_folders(self.path)
        link = self.path / "current"
        if link.is_symlink() and not re.fullmatch(f"snapshots/{_SNAPSHOT.pattern}", str(link.readlink())):
            raise CannotWriteError(f"{link} leads to no copy of a snapshot. Name another folder.")
        copies = self.path / "snapshots"
        try:
            copies.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWriteError(
                f"The folder {self.path} cannot be made or written ({error.strerror}). Name another one."
            ) from None
        named = [path for path in copies.iterdir() if _SNAPSHOT.fullmatch(path.name)]
        inside = (
            Path(root, name)
            for copy in named
            for root, folders, files in os.walk(copy)
            for name in (*folders, *files)
        )
        if linked := next(filter(Path.is_symlink, chain(named, inside)), None):
            raise CannotWriteError(f"{linked} is a link, and nothing is written through it. Remove it.")

    def snapshots(self) -> list[str]:
        """The names of the copies there, whole or not; a link is none."""
        found = (path for path in (self.path / "snapshots").iterdir() if _SNAPSHOT.fullmatch(path.name))
        return [path.name for path in found if path.is_dir() and not path.is_symlink()]

    def sizes(self, folder: str) -> dict[str, int]:
        """The bytes of each file below a folder, by its path in there."""
        base = self.path / folder
        files = (path for path in base.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(base).as_posix(): path.stat().st_size for path in files}

    def sha256(self, name: str) -> str:
        """The sum of what a file holds."""
        return integrity.sha256(self.path / name)

    def put(self, file: Path, name: str) -> None:
        """Copy a file; a new one takes the place of what was there, which a reader may have open."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        shutil.copyfile(file, path)
        path.chmod(0o444)
        sync(path)

    def point_to(self, snapshot: str) -> None:
        """Have the copy on the disk, then swap the link."""
        for root, _, _ in os.walk(self.path / "snapshots" / snapshot, topdown=False):
            sync(Path(root))
        swap(self.path, snapshot)

    def remove(self, snapshot: str) -> None:
        """Remove a copy, first what says that it is whole."""
        folder = self.path / "snapshots" / snapshot
        (folder / SUMS).unlink(missing_ok=True)
        shutil.rmtree(folder)


class Storage:
    """A path in a bucket of object storage, reached by fsspec with the credentials of the environment."""

    def __init__(self, scheme: str, path: str) -> None:
        """Copies below a path of a bucket.

        Raises:
            CannotWriteError: The address is none of a bucket, or what reaches it is not installed.
        """
        path = path.rstrip("/")
        # It is not repeated: it may hold a password.
        if scheme not in _SCHEMES or re.search(r"[@?#]", path) or not path.partition("/")[0]:
            raise CannotWriteError(_HOW_PLACES_ARE_WRITTEN)
        try:
            self._files = file_system(scheme)
        except ImportError as error:
            raise CannotWriteError(str(error)) from None
        self._root = path

    def check(self) -> None:
        """Raise `CannotWriteError` where there is a pointer that names no copy."""
        path = f"{self._root}/{POINTER}"
        if not self._files.exists(path):
            return
        try:
            is_ours = bool(_SNAPSHOT.fullmatch(json.loads(self._files.cat_file(path))["snapshot"]))
        except (ValueError, TypeError, KeyError):
            is_ours = False
        if not is_ours:
            raise CannotWriteError(f"{path} names no copy of a snapshot. Name another path.")

    def snapshots(self) -> list[str]:
        """The names of the copies there, whole or not."""
        found = self._files.ls(f"{self._root}/snapshots", detail=False)
        names = (path.rstrip("/").rpartition("/")[2] for path in found)
        return [name for name in names if _SNAPSHOT.fullmatch(name)]

    def sizes(self, folder: str) -> dict[str, int]:
        """The bytes of each object below a folder, by its path in there."""
        base = f"{self._root}/{folder}/"
        found = self._files.find(base, detail=True)
        return {name.removeprefix(base): one["size"] for name, one in found.items()}

    def sha256(self, name: str) -> str:
        """The sum of what an object holds, downloaded again."""
        with self._files.open(f"{self._root}/{name}", "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def put(self, file: Path, name: str) -> None:
        """Upload a file; an object is there whole or not at all."""
        self._files.put_file(str(file), f"{self._root}/{name}")

    def point_to(self, snapshot: str) -> None:
        """Write the object that names the copy."""
        pointer = {"snapshot": snapshot, "folder": f"snapshots/{snapshot}"}
        self._files.pipe_file(f"{self._root}/{POINTER}", json.dumps(pointer).encode() + b"\n")

    def remove(self, snapshot: str) -> None:
        """Remove a copy, first what says that it is whole."""
        folder = f"{self._root}/snapshots/{snapshot}"
        if self._files.exists(f"{folder}/{SUMS}"):
            self._files.rm_file(f"{folder}/{SUMS}")
        self._files.rm(folder, recursive=True)


@contextmanager
def _storage_faults(place: str) -> Iterator[None]:
    """Raise what goes wrong with storage as one error, without what opens it."""
    try:
        yield
    except SignalsError:
        raise
    except Exception as error:  # noqa: BLE001
        # What reaches storage has no class of errors in common.
        raise CannotWriteError(
            f"{place} cannot be written: {what_it_says(error)}. Nobody reads half a copy there, and the same "
            "command goes on where this one was."
        ) from None
