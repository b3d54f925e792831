"""Files that snapshots share: the same bytes are one file on the disk, with a name in each of them.

A shared file is never written to. Whatever takes its place is made beside it and renamed, so that the other
snapshots keep what they have; and removing a snapshot only takes its names away.
"""

import os
import shutil
from pathlib import Path


def linked(whole: Path, path: Path) -> bool:
    """Have `path` lead to the file of another snapshot, at once; False, with it as it was, without links."""
    if path.exists() and path.samefile(whole):
        return True
    beside = _beside(path)
    try:
        os.link(whole, beside)
    except OSError:
        return False
    beside.replace(path)
    return True


def put(whole: Path, path: Path) -> None:
    """Have `path` hold what a file of another snapshot holds: as a link, else as a copy."""
    if not linked(whole, path):
        beside = _beside(path)
        shutil.copyfile(whole, beside)
        beside.chmod(0o444)
        beside.replace(path)


def _beside(path: Path) -> Path:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    return beside
