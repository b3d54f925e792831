"""Messages to people: to a webhook as JSON; through Apprise by mail, to Slack, Teams, Matrix and others."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from signals_pipeline.core.settings import Project, variable

SECONDS = 60
"""How long one receiver may take, from the first byte to the last."""

EVENT_HEADER = "X-Signals-Event"
"""The header of a mail that is the same in all copies of one message."""


class UnsentError(Exception):
    """A message was not taken; the text says why, without the address, which may hold a password."""


@dataclass(frozen=True, slots=True)
class Message:
    """What people are told: the kind of event in a word or two, a line that says it all, and more lines.

    `event_id` is the same in all copies of one message. `details` stand in the JSON alone.
    """

    event: str
    text: str
    lines: tuple[str, ...] = ()
    event_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who gets messages: the name that a person reads, and the address, which nobody reads."""

    name: str
    address: str = field(repr=False)
    is_webhook: bool = False

    @property
    def key(self) -> str:
        """What tells it from others without saying its address: 16 hex digits."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]


def targets(settings: Project) -> list[Target]:
    """Who gets messages: the webhook, and every address of the setting for Apprise."""
    found = [Target("The webhook", settings.given.webhook, is_webhook=True)] if settings.given.webhook else []
    # Nothing of an address is said: what is mistyped may begin with a password.
    return found + [
        Target(f"Address {no} of {variable('notify')}", address)
        for no, address in enumerate(settings.given.notify.split(), 1)
    ]


def send(target: Target, message: Message, at: str) -> None:
    """Send a message to one target; `at` says since when it waits to be sent.

    It is sent by a process of its own, which is killed where the receiver keeps it waiting: a server that
    answers byte by byte would else hold whoever sends for ever.

    Raises:
        UnsentError: It was not taken.
    """
    wanted = {"target": asdict(target), "message": asdict(message), "at": at}
    modules = os.pathsep.join(str(Path(place).resolve()) for place in sys.path)
    try:
        # What is wanted goes in where no list of processes shows it.
        done = subprocess.run(
            [sys.executable, "-P", "-m", "signals_pipeline.core.sending"],
            input=json.dumps(wanted).encode(),
            env=os.environ | {"PYTHONPATH": modules},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnsentError(f"it did not answer within {SECONDS} seconds") from None
    if done.returncode:
        said = done.stdout.decode("utf-8", "replace").strip()
        raise UnsentError(said or "what sends messages ended without a word")
