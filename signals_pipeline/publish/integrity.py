"""Whether a snapshot still holds the bytes that were published.

Its file SHA256SUMS says what they were, in the form that `sha256sum --check` reads.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from signals_pipeline.core.errors import CannotWriteError
from signals_pipeline.core.files import sync
from signals_pipeline.core.sharing import linked, put

SUMS = "SHA256SUMS"
_DATABASE = ".duckdb"
_OURS = (_DATABASE, ".parquet")
"""How the names of published files end; whatever else people leave in a snapshot is no part of it."""


def seal(folder: Path, last: Path | None = None) -> None:
    """Note the sum of every file, make all read-only, and have them on the disk before anyone looks there.

    What the snapshot `last`, which is whole, holds as well is shared with it.

    Raises:
        CannotWriteError: A file that was taken from `last` has been damaged since that was found whole.
    """
    known = {name: sha256(folder / name) for name in _names(folder)}
    if last is not None:
        _assert_whole(folder, known, last)
    lines = [f"{holds}  {name}\n" for name, holds in known.items()]
    (folder / SUMS).write_text("".join(lines), "utf-8")
    kept = by_sum(last) if last is not None else {}
    shared = {name for name, holds in known.items() if holds in kept and linked(kept[holds], folder / name)}
    # What is shared lies on the disk already.
    for name in (*(name for name in known if name not in shared), SUMS):
        (folder / name).chmod(0o444)
        sync(folder / name)
    for root, _, _ in os.walk(folder, topdown=False):
        sync(Path(root))


def _assert_whole(folder: Path, known: Mapping[str, str], last: Path) -> None:
    """Raise `CannotWriteError` where a new snapshot shares a file that holds something else than it did."""
    for name, holds in sums(last).items():
        if (
            holds != known.get(name, holds)
            and (last / name).exists()
            and (last / name).samefile(folder / name)
        ):
            raise CannotWriteError(
                f"{last / name} was damaged while a run took it over. Run again: it is mended."
            )


def mend(folder: Path, whole: Path) -> None:
    """Put whole files in the place of damaged ones of a snapshot, as far as another snapshot has them."""
    kept = by_sum(whole)
    for name, holds in sums(folder).items():
        if holds in kept and not _holds(folder / name, holds):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            put(kept[holds], path)
            sync(path)
            sync(path.parent)


def damage(folder: Path, part: str = "") -> str:
    """What is wrong with a snapshot, in words; nothing where every file holds what was published.

    With `part`, which is the name of a folder in it, only the files in there are looked at.
    """
    try:
        expected = {name: known for name, known in sums(folder).items() if name.startswith(part)}
    except (OSError, UnicodeDecodeError):
        return f"{SUMS} cannot be read"
    names = {
        name
        for name in _names(folder)
        if name.startswith(part) and (name in expected or name.endswith(_OURS))
    }
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


def by_sum(folder: Path) -> dict[str, Path]:
    """The files of a snapshot by what they hold, but for the database: a client may open it to write."""
    return {holds: folder / name for name, holds in sums(folder).items() if not name.endswith(_DATABASE)}


def _holds(path: Path, known: str) -> bool:
    """Whether a file can be read and has this sum."""
    try:
        return sha256(path) == known
    except OSError:
        return False


def _names(folder: Path) -> list[str]:
    """The paths of all files below a folder but the sums themselves, in order."""
    found = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if name != SUMS)


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
