"""Small files that a reader sees whole, the old text or the new one; and versions of what files hold."""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any


def sync(path: Path) -> None:
    """Have a file or folder on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str, mode: int = 0o666) -> None:
    """Put a text in the place of a file's, at once and durably; what fails leaves the file as it was.

    `mode` says who may read and write it, as far as the umask lets them.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        with open(beside, "w", encoding="utf-8", opener=partial(os.open, mode=mode)) as file:
            file.write(text)
        sync(beside)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object of a file; empty where there is none, or where losing power left no whole one."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def files_version(paths: Iterable[Path], also: str = "") -> str:
    """A version of what some files hold, in any order, and of a text: 16 hex digits."""
    digest = hashlib.sha256(also.encode())
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
