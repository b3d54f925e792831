"""Where cards lie, a folder or a bucket: both are listed, and files of both are read, in the same way."""

import os
from collections.abc import Callable, Sequence

from signals_pipeline.core.bucket import Bucket, RawDir
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import Entry, Listing, list_folder
from signals_pipeline.raw.paths import unshow


def list_cards(raw_dir: RawDir) -> Listing:
    """Every file below the raw folder; `NoInputError` where it cannot be listed."""
    if isinstance(raw_dir, Bucket):
        # What reaches storage takes time to load, and most cards lie in a folder.
        from signals_pipeline.raw.bucket import list_bucket

        return list_bucket(raw_dir)
    return list_folder(raw_dir)


def reader(raw_dir: RawDir, entries: Sequence[Entry]) -> Callable[[Entry], gate.Content]:
    """What gives the content of each of some entries once; it raises what `gate.read` does.

    Raises:
        NoInputError: The raw folder is a bucket, and cannot be read.
    """
    if isinstance(raw_dir, Bucket):
        from signals_pipeline.raw.bucket import Objects

        return Objects(raw_dir, entries).content
    root = os.fsencode(raw_dir) + b"/"
    return lambda entry: gate.read(root + unshow(entry.path))
