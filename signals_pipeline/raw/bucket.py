"""Cards in object storage: a bucket as a listing, and its objects as contents.

An object is there whole or not at all, and has another etag once it was written anew. So the etag alone says
what changed: it stands in the place of the inode, and an entry has no times.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from signals_pipeline.core.bucket import KEYS_FROM, Bucket
from signals_pipeline.core.errors import NoInputError, SignalsError
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.settings import variable
from signals_pipeline.core.storage import file_system, what_it_says
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import IS_HIDDEN, IS_NO_TEXT, Entry, LeftAlone, Listing, in_order, is_text
from signals_pipeline.raw.paths import show, unshow

_VERSION = "?versionId="
"""What reaches storage takes such a key for a version of another object."""


def list_bucket(bucket: Bucket) -> Listing:
    """Every object below a path; `NoInputError` where the bucket cannot be listed to its end."""
    entries: list[Entry] = []
    left_alone: set[LeftAlone] = set()
    with _faults(f"{bucket} cannot be listed"):
        for found in _objects(file_system("s3"), bucket):
            one = _one(found["Key"].removeprefix(bucket.prefix), found)
            if isinstance(one, Entry):
                entries.append(one)
            elif one is not None:
                left_alone.add(one)
    return in_order(entries, left_alone)


def _objects(files: Any, bucket: Bucket) -> Iterator[dict[str, Any]]:
    """What storage says of each object, a thousand at a time."""
    rest: dict[str, str] = {}
    while True:
        page = files.call_s3("list_objects_v2", Bucket=bucket.name, Prefix=bucket.prefix, **rest)
        yield from page.get("Contents", [])
        if not page.get("IsTruncated"):
            return
        rest = {"ContinuationToken": page["NextContinuationToken"]}


def _one(path: str, found: dict[str, Any]) -> Entry | LeftAlone | None:
    """What stands in the listing of an object, as it would of a file; None for what stands for a folder."""
    if path.endswith("/") or not path:
        return None
    parts = path.split("/")
    for number, part in enumerate(parts, 1):
        if part.startswith("."):
            hidden = "/".join(parts[:number]) + "/" * (number < len(parts))
            return LeftAlone(show(hidden.encode()), "other", IS_HIDDEN)
    shown = show(path.encode())
    if not is_text(path.encode()):
        return LeftAlone(shown, "not text", IS_NO_TEXT)
    problem = f"{Code.UNREADABLE}: Its key has {_VERSION} in it." if _VERSION in path else None
    etag = hashlib.sha256(found["ETag"].encode()).digest()
    return Entry(shown, found["Size"], 0, 0, int.from_bytes(etag[:8]), problem)


class Objects:
    """Some objects of a bucket, downloaded side by side."""

    def __init__(self, bucket: Bucket, entries: Sequence[Entry]) -> None:
        """Download what can be read of some entries of a listing.

        Raises:
            NoInputError: An object that is there cannot be read, or the bucket is gone.
        """
        readable = [one for one in entries if not one.problem]
        wanted = [one.path for one in readable if 0 < (one.size or 0) <= gate.MAX_BYTES]
        keys = [f"{bucket.name}/{bucket.prefix}{unshow(path).decode()}" for path in wanted]
        found: list[Any] = []
        if keys:
            with _faults(f"{bucket} cannot be read"):
                # An object that has grown since is read no further than shows it.
                found = file_system("s3").cat_ranges(keys, 0, gate.MAX_BYTES + 1, on_error="return")
        downloaded = dict(zip(wanted, found, strict=True))
        failed = {path: one for path, one in downloaded.items() if isinstance(one, BaseException)}
        self._is_gone = _gone(bucket, failed)
        self._data = {path: one for path, one in downloaded.items() if path not in failed}

    def content(self, entry: Entry) -> gate.Content:
        """The content of an object, which is handed out once.

        Raises:
            GateError: The object is not read.
            FileNotFoundError: The object is gone.
        """
        if entry.path in self._is_gone:
            raise FileNotFoundError
        data = self._data.pop(entry.path, b"")
        gate.assert_size(max(entry.size or 0, len(data)))
        return gate.Content(data, hashlib.sha256(data).hexdigest())


def _gone(bucket: Bucket, failed: dict[str, BaseException]) -> frozenset[str]:
    """Those of the objects that could not be read that are in the bucket no more.

    Where the bucket itself is gone, storage says of each object that there is none: only a listing without
    it shows that an object was removed.

    Raises:
        NoInputError: One of the others could not be read, or the bucket cannot be listed.
    """
    if not failed:
        return frozenset()
    there = {one.path for one in list_bucket(bucket).entries}
    for path, error in failed.items():
        if path in there:
            with _faults(f"{bucket}/{path} cannot be read"):
                raise error
    return frozenset(failed)


@contextmanager
def _faults(what: str) -> Iterator[None]:
    """Raise whatever goes wrong as one error that says what it was."""
    try:
        yield
    except SignalsError:
        raise
    except ImportError as error:
        raise NoInputError(f"{what}. {error}") from None
    except Exception as error:  # noqa: BLE001
        # What reaches storage has no class of errors in common.
        raise NoInputError(
            f"{what}: {what_it_says(error)}. Check {variable('raw_dir')}, the network and the keys, and run "
            f"again. {KEYS_FROM} No card counts as removed."
        ) from None
