"""The inventory: the text files of the raw folder with the marks by which a change is seen, and the rest."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.settings import TEXT_SUFFIXES
from signals_pipeline.raw.paths import show

_SUFFIXES = tuple(suffix.encode() for suffix in TEXT_SUFFIXES)

RACY_NS = 2_000_000_000
"""A file touched less than this before it was read is read again: its clock may be too coarse to show it."""

IS_HIDDEN = "Its name begins with a point: it is hidden."
IS_NO_TEXT = "Its name does not end in .md, .markdown or .txt."


@dataclass(frozen=True, slots=True)
class Entry:
    """One text file, or one thing in its place that is not read (`problem` says why)."""

    path: str
    size: int | None
    mtime_ns: int
    ctime_ns: int
    inode: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """One file or folder that is never opened: its path, what it is, and why it is left alone."""

    path: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The text files of a folder, and what is left alone, each in byte order of their paths.

    What is left alone is no part of the folder's version, and starts no run.
    """

    entries: list[Entry]
    left_alone: list[LeftAlone]


def list_folder(folder: Path) -> Listing:
    """Every file below a folder; `NoInputError` where the folder is missing or no folder."""
    if not folder.exists():
        raise NoInputError(f"The raw folder {folder} does not exist. Create it, or set SIGNALS_RAW_DIR.")
    if not folder.is_dir():
        raise NoInputError(
            f"The raw folder {folder} is not a folder. Set SIGNALS_RAW_DIR to a folder of cards."
        )
    entries: list[Entry] = []
    left_alone: list[LeftAlone] = []
    root = os.fsencode(folder)
    try:
        os.scandir(root).close()
    except OSError as error:
        raise NoInputError(f"The raw folder {folder} cannot be listed: {error.strerror}.") from None
    for found in _walk(root):
        if isinstance(found, Entry):
            entries.append(found)
        else:
            left_alone.append(found)
    return in_order(entries, left_alone)


def in_order(entries: Iterable[Entry], left_alone: Iterable[LeftAlone]) -> Listing:
    """The listing of some files."""
    # Code points have the order of their bytes in UTF-8.
    by_path = attrgetter("path")
    return Listing(sorted(entries, key=by_path), sorted(left_alone, key=by_path))


def _walk(root: bytes) -> Iterator[Entry | LeftAlone]:
    """The files below a folder. Links are not followed, and a hidden folder is one thing."""
    folders = [b""]
    while folders:
        prefix = folders.pop()
        try:
            scanned = list(os.scandir(os.path.join(root, prefix)))  # noqa: PTH118
        except OSError as error:
            problem = f"{Code.UNREADABLE}: The folder cannot be listed: {error.strerror}."
            yield _unread(prefix.rstrip(b"/"), problem)
            continue
        # Each entry is released once it has been looked at: a folder may hold very many.
        while scanned:
            found = scanned.pop()
            path = prefix + found.name
            is_folder = found.is_dir(follow_symlinks=False)
            if is_folder and not _is_hidden(found.name):
                folders.append(path + b"/")
            elif (one := _one(found, path, is_folder=is_folder)) is not None:
                yield one


def _one(found: os.DirEntry[bytes], path: bytes, *, is_folder: bool) -> Entry | LeftAlone | None:
    """What stands in the listing of a file or a hidden folder; None where it has gone."""
    if _is_hidden(found.name):
        return LeftAlone(show(path + b"/" * is_folder), "other", IS_HIDDEN)
    if is_text(found.name) or (found.is_symlink() and os.path.isdir(found.path)):  # noqa: PTH112
        return _entry(found, path)
    return LeftAlone(show(path), "not text", IS_NO_TEXT)


def why_left_alone(path: Path) -> str | None:
    """Why a file is never opened, by its name and the folders that it lies in; None where it is read."""
    if any(_is_hidden(os.fsencode(part)) for part in path.parts):
        return IS_HIDDEN
    return None if is_text(os.fsencode(path.name)) else IS_NO_TEXT


def _is_hidden(name: bytes) -> bool:
    return name.startswith(b".")


def is_text(name: bytes) -> bool:
    """Whether a file is read, by its name."""
    return name.lower().endswith(_SUFFIXES)


def _entry(found: os.DirEntry[bytes], path: bytes) -> Entry | None:
    try:
        state = found.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unread(path, f"{Code.UNREADABLE}: The file cannot be looked at: {error.strerror}.")
    problem = None
    if not found.is_file(follow_symlinks=False):
        what = "a link, which is not followed" if found.is_symlink() else "a pipe, a socket or a device"
        problem = f"{Code.NOT_REGULAR_FILE}: The file is {what}."
    return Entry(show(path), state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino, problem)


def _unread(path: bytes, problem: str) -> Entry:
    return Entry(show(path), None, 0, 0, 0, problem)


def version(listing: Listing) -> str:
    """A version of the folder's state: it changes when a file is added, removed, renamed or written."""
    digest = hashlib.sha256()
    for entry in listing.entries:
        state = (entry.path, entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode, entry.problem)
        digest.update(repr(state).encode())
    return digest.hexdigest()[:16]


def is_settled(listing: Listing, at_ns: int) -> bool:
    """Whether no file was touched so shortly before a time in nanoseconds that its marks hide a change."""
    return all(max(one.mtime_ns, one.ctime_ns) <= at_ns - RACY_NS for one in listing.entries)
