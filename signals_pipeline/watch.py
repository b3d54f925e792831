"""Whether the folder calls for a run: decided from versions alone, without opening the store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_ATTEMPTS = 3
"""Runs of one version of the inputs, until something changes."""

BACK_OFF = timedelta(minutes=2)
"""Wait after a failed run; doubled for each further one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to request a run, and why or why not."""

    request: bool
    reason: str


def decide(
    current: str,
    taken_in: str | None,
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
    if current == taken_in:
        return Decision(False, "Nothing new: the store holds what the folder holds.")
    if runs_in_progress:
        return Decision(False, "A run is queued or in progress.")
    if last_requested != current:
        return Decision(True, "The folder, the aliases, the corrected dates or the code changed.")
    if len(attempts) >= MAX_ATTEMPTS:
        return Decision(
            False, f"{len(attempts)} runs did not take in what the folder holds; look at the last one."
        )
    if attempts:
        due = max(attempts) + BACK_OFF * 2 ** (len(attempts) - 1)
        if now < due:
            return Decision(
                False, f"The last run did not take the folder in; tried again at {due:%H:%M:%S} UTC."
            )
    return Decision(True, f"Attempt {len(attempts) + 1} of {MAX_ATTEMPTS} for this version of the inputs.")
