"""Messages that wait to be sent, as files: a kill loses none, and none is sent again that was noted as sent.

A message is written down before the snapshot that it tells of is published, and is due once that is current.
That it was sent is written beside it before it is sent, and takes its place after the server took it: only a
kill between the two sends it again, with the same `event_id`, and a full disk sends nothing.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from signals_pipeline.core.failures import faults_translated, note_undelivered
from signals_pipeline.core.files import read_object, sync, write_whole
from signals_pipeline.core.messages import Message, Target, UnsentError, send, targets
from signals_pipeline.core.settings import Project

MAX_AGE = timedelta(days=30)
"""How long a message waits for somebody who does not take it; older ones are no news."""

_PREPARED = ".prepared"
_DUE = ".json"
_SENDING = ".sending"
_UNREADABLE = ".unreadable"


@dataclass(frozen=True, slots=True)
class Problem:
    """That a message did not reach somebody, in words; `is_new` where that was not said of it before."""

    text: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Outbox:
    """The folder of the messages of a project; it is made when the first one is written."""

    folder: Path

    def prepare(self, snapshot: str, message: Message) -> None:
        """Write down what is to be told once a snapshot is published.

        Raises:
            CannotWriteError: It cannot be written down.
        """
        waiting = {"at": _now().isoformat() + "Z", "message": asdict(message), "sent_to": [], "failed": []}
        with faults_translated(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self.folder / f"{snapshot}{_PREPARED}", json.dumps(waiting) + "\n", 0o600)

    def release(self, snapshot: str) -> None:
        """Let the message of a snapshot go out that is published now, where it waits for that."""
        prepared = self.folder / f"{snapshot}{_PREPARED}"
        # Another process may do the same.
        with suppress(FileNotFoundError, NotADirectoryError):
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
                try:
                    problems += _delivered(path, receivers)
                except (TypeError, KeyError, ValueError):
                    path.replace(path.with_suffix(_UNREADABLE))
                    text = f"A message could not be read, and is kept as {path.stem}{_UNREADABLE}."
                    problems.append(Problem(text, is_new=True))
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


def deliver(settings: Project) -> list[str]:
    """Send what waits to be sent of a project; what of that failed, in words.

    Nothing is raised: what was published stays published. The first time that somebody does not take a
    message is written into the file of failures.
    """
    outbox = Outbox(settings.outbox)
    try:
        outbox.release(settings.snapshot)
        problems = outbox.deliver(targets(settings))
    except OSError as error:
        return [f"Messages wait in {settings.outbox.name}, which cannot be used: {error.strerror}."]
    for problem in problems:
        if problem.is_new:
            note_undelivered(settings, problem.text)
    return [problem.text for problem in problems]


def _delivered(path: Path, receivers: Sequence[Target]) -> list[Problem]:
    """Send one message to all receivers that did not get it, and forget it once all have; what failed."""
    waiting = read_object(path)
    message = _message(waiting["message"])
    if _now() - datetime.fromisoformat(waiting["at"].removesuffix("Z")) > MAX_AGE:
        path.unlink()
        text = f"The message “{message.text}” waited for {MAX_AGE.days} days and is dropped."
        return [Problem(text, is_new=True)]
    problems = []
    for target in receivers:
        if target.key in waiting["sent_to"]:
            continue
        sent = path.with_suffix(_SENDING)
        after = waiting | {"sent_to": [*waiting["sent_to"], target.key]}
        write_whole(sent, json.dumps(after) + "\n", 0o600)
        try:
            send(target, message, waiting["at"])
        except UnsentError as error:
            sent.unlink()
            is_new = target.key not in waiting["failed"]
            text = f"{target.name} did not take the message “{message.text}”, which waits: {error}."
            problems.append(Problem(text, is_new))
            if is_new:
                waiting["failed"].append(target.key)
                write_whole(path, json.dumps(waiting) + "\n", 0o600)
        else:
            sent.replace(path)
            sync(path.parent)
            waiting = after
    if not problems:
        path.unlink()
    return problems


def _message(found: Mapping[str, Any]) -> Message:
    """A message as it was written down, perhaps by another version."""
    known = {one.name for one in fields(Message)}
    kept = {name: value for name, value in found.items() if name in known}
    return Message(**{**kept, "lines": tuple(kept.get("lines", ()))})


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None)
