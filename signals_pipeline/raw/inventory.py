"""The inventory: every Markdown file of the raw folder, and which of them have to be read.

A file's content decides whether it changed. Size, times and inode, when all are as they were, only spare
reading it again, and never where the file was touched within two seconds of being read.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from signals_pipeline.errors import NoInputError
from signals_pipeline.raw.paths import show

RACY_NS = 2_000_000_000
"""A file touched less than this before it was read is read again: its clock may be too coarse to tell."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One Markdown file, or one thing in its place that is not read (`problem` says why)."""

    path: str
    size: int | None
    mtime_ns: int
    ctime_ns: int
    inode: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of a file: its state when it was read, when that was, and by which parser."""

    size: int | None
    mtime_ns: int
    ctime_ns: int
    inode: int
    read_ns: int
    parser: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The Markdown files of a folder in byte order of their paths, and how many others there are."""

    entries: list[Entry]
    n_ignored: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """What has to be done: which paths to read, which are as they were, which are gone."""

    new: list[str] = field(default_factory=list)
    perhaps_changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def to_read(self) -> list[str]:
        """The paths to read, in byte order."""
        return sorted(self.new + self.perhaps_changed, key=str.encode)


def list_folder(folder: Path) -> Listing:
    """Every Markdown file below a folder; `NoInputError` where the folder is missing or no folder."""
    if not folder.exists():
        raise NoInputError(f"The raw folder {folder} does not exist. Create it, or set SIGNALS_RAW_DIR.")
    if not folder.is_dir():
        raise NoInputError(
            f"The raw folder {folder} is not a folder. Set SIGNALS_RAW_DIR to a folder of cards."
        )
    entries: list[Entry] = []
    n_ignored = 0
    root = os.fsencode(folder)
    try:
        os.scandir(root).close()
    except OSError as error:
        raise NoInputError(f"The raw folder {folder} cannot be listed: {error.strerror}.") from None
    for entry in _walk(root, b""):
        if entry is None:
            n_ignored += 1
        else:
            entries.append(entry)
    entries.sort(key=lambda entry: entry.path.encode())
    return Listing(entries, n_ignored)


def _walk(folder: bytes, prefix: bytes) -> Iterator[Entry | None]:
    """The Markdown files below a folder, None for each other file. Links are not followed."""
    try:
        scanned = list(os.scandir(folder))
    except OSError as error:
        yield _unread(prefix.rstrip(b"/"), f"unreadable: The folder cannot be listed: {error.strerror}.")
        return
    for found in scanned:
        path = prefix + found.name
        if found.is_dir(follow_symlinks=False):
            yield from _walk(found.path, path + b"/")
        elif found.name.lower().endswith(b".md") or (found.is_symlink() and os.path.isdir(found.path)):  # noqa: PTH112
            entry = _entry(found, path)
            if entry is not None:
                yield entry
        else:
            yield None


def _entry(found: os.DirEntry[bytes], path: bytes) -> Entry | None:
    try:
        state = found.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unread(path, f"unreadable: The file cannot be looked at: {error.strerror}.")
    problem = None
    if not found.is_file(follow_symlinks=False):
        what = "a link, which is not followed" if found.is_symlink() else "a pipe, a socket or a device"
        problem = f"not-regular-file: The file is {what}."
    return Entry(show(path), state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, problem)


def _unread(path: bytes, problem: str) -> Entry:
    return Entry(show(path), None, 0, 0, 0, problem)


def compare(listing: Listing, known: Mapping[str, Known], parser: str) -> Inventory:
    """What changed against what the store holds."""
    inventory = Inventory()
    for entry in listing.entries:
        before = known.get(entry.path)
        if before is None:
            inventory.new.append(entry.path)
        elif _is_as_known(entry, before, parser):
            inventory.unchanged.append(entry.path)
        else:
            inventory.perhaps_changed.append(entry.path)
    present = {entry.path for entry in listing.entries}
    inventory.gone.extend(path for path in known if path not in present)
    return inventory


def _is_as_known(entry: Entry, before: Known, parser: str) -> bool:
    state = (entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode)
    if state != (before.size, before.mtime_ns, before.ctime_ns, before.inode) or before.parser != parser:
        return False
    return max(entry.mtime_ns, entry.ctime_ns) + RACY_NS <= before.read_ns


def version(listing: Listing) -> str:
    """A version of the folder's state: it changes when a file is added, removed, renamed or written."""
    digest = hashlib.sha256()
    for entry in listing.entries:
        state = (entry.path, entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode, entry.problem)
        digest.update(repr(state).encode())
    return digest.hexdigest()[:16]
