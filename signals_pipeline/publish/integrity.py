"""Whether a snapshot still holds the bytes that were published.

Its file SHA256SUMS says what they were, in the form that `sha256sum --check` reads.
"""

import hashlib
import os
from pathlib import Path

from signals_pipeline.core.files import sync

SUMS = "SHA256SUMS"
_OURS = (".duckdb", ".parquet")
"""How the names of published files end; whatever else people leave in a snapshot is no part of it."""


def seal(folder: Path) -> None:
    """Note the sum of every file, make all read-only, and have them on the disk before anyone looks there."""
    names = _names(folder)
    lines = [f"{sha256(folder / name)}  {name}\n" for name in names]
    (folder / SUMS).write_text("".join(lines), "utf-8")
    for name in (*names, SUMS):
        (folder / name).chmod(0o444)
        sync(folder / name)
    for root, _, _ in os.walk(folder, topdown=False):
        sync(Path(root))


def damage(folder: Path) -> str:
    """What is wrong with a snapshot, in words; nothing where every file holds what was published."""
    try:
        expected = sums(folder)
    except (OSError, UnicodeDecodeError):
        return f"{SUMS} cannot be read"
    names = {name for name in _names(folder) if name in expected or name.endswith(_OURS)}
    if written := next((path for path in folder.glob("*.wal") if path.stat().st_size), None):
        return f"a client that wrote to it left {written.name}"
    if differing := sorted(expected.keys() ^ names):
        return f"{differing[0]} is {'missing' if differing[0] in expected else 'not what was published'}"
    for name in sorted(names):
        try:
            holds = sha256(folder / name)
        except OSError as error:
            return f"{name} cannot be read: {error.strerror}"
        if holds != expected[name]:
            return f"{name} holds something else than was published"
    return "" if expected else f"{SUMS} is empty"


def sums(folder: Path) -> dict[str, str]:
    """The sum of every file that was published, by its path below the folder."""
    lines = (folder / SUMS).read_text("utf-8").splitlines()
    return {name: known for known, _, name in (line.partition("  ") for line in lines)}


def _names(folder: Path) -> list[str]:
    """The paths of all files below a folder but the sums themselves, in order."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if name != SUMS)


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
