"""Whether the folder calls for a run: decided from versions alone, without opening the store."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.settings import code_version, content_version
from signals_pipeline.raw.inventory import Listing
from signals_pipeline.raw.inventory import version as listing_version

MAX_ATTEMPTS = 3
"""Runs of one version of the inputs, until something changes."""

BACK_OFF = timedelta(minutes=2)
"""Wait after a failed run; doubled for each further one."""


def inputs_version(raw_dir: RawDir, listing: Listing, edited: Mapping[str, bytes | None]) -> str:
    """A version of all inputs: cards, files that a person edits, parameters and code."""
    digest = hashlib.sha256(f"{raw_dir}\0{listing_version(listing)}\0{code_version()}".encode())
    for name in sorted(edited):
        digest.update(content_version(edited[name]).encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to request a run, and why or why not."""

    request: bool
    reason: str


def decide(
    current: str,
    ingested: str | None,
    last_requested: str | None,
    attempts: list[datetime],
    runs_in_progress: int,
    now: datetime,
) -> Decision:
    """Decide on a run for the current version of the inputs.

    `attempts` are the times at which runs requested for this version have ended, since it was first
    requested; that the store still holds another version means that they failed, or that the folder was
    another one for a while.
    """
    if current == ingested:
        return Decision(False, "Nothing new: the store holds what the folder holds.")
    if runs_in_progress:
        return Decision(False, "A run is queued or in progress.")
    if last_requested != current:
        return Decision(True, "The folder, a file that a person edits or the code changed.")
    if len(attempts) >= MAX_ATTEMPTS:
        return Decision(
            False, f"{len(attempts)} runs did not ingest what the folder holds; look at the last one."
        )
    if attempts:
        due = max(attempts) + BACK_OFF * 2 ** (len(attempts) - 1)
        if now < due:
            return Decision(
                False, f"The last run did not ingest the folder; the next attempt is at {due:%H:%M:%S} UTC."
            )
    return Decision(True, f"Attempt {len(attempts) + 1} of {MAX_ATTEMPTS} for this version of the inputs.")
