"""Messages that wait to be sent, as files: a kill loses none, and none is sent again that was noted as sent.

A message is written down before the snapshot that it tells of is published, and is due once that is current.
What was sent is noted after the server took it, so that only a kill between the two sends it again, with the
same `event_id`.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from signals_pipeline.core.failures import note_undelivered
from signals_pipeline.core.files import read_object, sync, write_whole
from signals_pipeline.core.messages import Message, Target, UnsentError, send, targets
from signals_pipeline.core.settings import Project

_PREPARED = ".prepared"
_DUE = ".json"


@dataclass(frozen=True, slots=True)
class Problem:
    """That a target did not take a message, in words; `is_new` where it did not refuse that one before."""

    text: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Outbox:
    """The folder of the messages of a project; it is made when the first one is written."""

    folder: Path

    def prepare(self, snapshot: str, message: Message) -> None:
        """Write down what is to be told once a snapshot is published."""
        self.folder.mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
        waiting = {"at": at, "message": asdict(message), "sent_to": [], "failed": []}
        write_whole(self.folder / f"{snapshot}{_PREPARED}", json.dumps(waiting) + "\n", 0o600)

    def release(self, snapshot: str) -> None:
        """Let the message of a snapshot go out that is published now, where it waits for that."""
        prepared = self.folder / f"{snapshot}{_PREPARED}"
        # Another process may do the same.
        with suppress(FileNotFoundError):
            prepared.replace(prepared.with_suffix(_DUE))
            sync(self.folder)

    def forget_unpublished(self) -> None:
        """Forget what was prepared for snapshots that were not published; only who publishes may say so."""
        for prepared in self.folder.glob(f"*{_PREPARED}"):
            prepared.unlink()

    def deliver(self, receivers: Sequence[Target]) -> list[Problem]:
        """Send what is due to whoever did not get it, the oldest first; what of that failed.

        Where nobody is to be told, what is due is forgotten. One process sends at a time, and another one
        leaves it to that one.
        """
        problems: list[Problem] = []
        if not any(self.folder.glob(f"*{_DUE}")):
            return problems
        with self._alone() as is_alone:
            for path in sorted(self.folder.glob(f"*{_DUE}")) if is_alone else []:
                problems += _delivered(path, receivers)
        return problems

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Whether no other process sends; none begins to before the block ends."""
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(descriptor)


def _delivered(path: Path, receivers: Sequence[Target]) -> list[Problem]:
    """Send one message to all receivers that did not get it, and forget it once all have; what failed."""
    waiting = read_object(path)
    if not waiting:
        return []
    message = _message(waiting["message"])
    failed = []
    for target in receivers:
        if target.key in waiting["sent_to"]:
            continue
        try:
            send(target, message, waiting["at"])
        except UnsentError as error:
            text = f"{target.name} did not take the message “{message.text}”, which waits: {error}."
            failed.append(Problem(text, is_new=target.key not in waiting["failed"]))
            waiting["failed"] = sorted({*waiting["failed"], target.key})
        else:
            waiting["sent_to"].append(target.key)
        write_whole(path, json.dumps(waiting) + "\n", 0o600)
    if not failed:
        path.unlink()
    return failed


def _message(found: Mapping[str, Any]) -> Message:
    return Message(**{**found, "lines": tuple(found["lines"])})


def deliver(settings: Project) -> list[str]:
    """Send what waits to be sent of a project; what of that failed, in words.

    The first time that somebody does not take a message is written into the file of failures.
    """
    outbox = Outbox(settings.outbox)
    outbox.release(settings.snapshot)
    problems = outbox.deliver(targets(settings))
    for problem in problems:
        if problem.is_new:
            note_undelivered(settings, problem.text)
    return [problem.text for problem in problems]
