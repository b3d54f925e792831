"""Messages to people: to a webhook as JSON; through Apprise by mail, to Slack, Teams, Matrix and others."""

import hashlib
import http.client
import json
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from signals_pipeline.core.settings import Project, variable

WEBHOOK_SECONDS = 10
WEBHOOK = "The webhook"
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

    @property
    def key(self) -> str:
        """What tells it from others without saying its address: 16 hex digits."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:16]


def targets(settings: Project) -> list[Target]:
    """Who gets messages: the webhook, and every address of the setting for Apprise."""
    found = [Target(WEBHOOK, settings.given.webhook)] if settings.given.webhook else []
    for no, address in enumerate(settings.given.notify.split(), 1):
        scheme = address.partition(":")[0]
        found.append(Target(f"{scheme} (address {no} of {variable('notify')})", address))
    return found


def send(target: Target, message: Message, at: str) -> None:
    """Send a message to one target; `at` says since when it waits to be sent.

    Raises:
        UnsentError: It was not taken.
    """
    if target.name == WEBHOOK:
        _post(target.address, {"at": at, "event": message.event, "text": message.text, **message.details})
    else:
        _through_apprise(target.address, message)


def _post(address: str, message: Mapping[str, Any]) -> None:
    if not address.startswith(("https://", "http://")):
        raise UnsentError(f"{variable('webhook')} must begin with https:// or http://")
    body = json.dumps(message).encode()
    try:
        request = urllib.request.Request(  # noqa: S310
            address, body, {"Content-Type": "application/json", "User-Agent": "signals_pipeline"}
        )
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310
            pass
    except Exception as error:  # noqa: BLE001
        # What it raises for an address that is none may quote it.
        raise UnsentError(_reason(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, http.client.HTTPException):
        return type(error).__name__
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason).rstrip(".")


def _through_apprise(address: str, message: Message) -> None:
    try:
        # It takes a third of a second to load, and few people have it.
        import apprise
    except ModuleNotFoundError:
        raise UnsentError("Apprise is not installed, which is the extra notify of this package") from None
    # What it logs may quote an address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = apprise.Apprise.instantiate(_with_event(address, message.event_id))
    if service is None:
        raise UnsentError(f"this is no address that Apprise knows; see {variable('notify')} in the settings")
    body = "\n".join(message.lines or (message.text,))
    # As text: names of topics come from strangers, and may look like HTML or Markdown.
    if not service.notify(body=body, title=message.text, body_format=apprise.NotifyFormat.TEXT):
        raise UnsentError("the service did not take it")


def _with_event(address: str, event_id: str) -> str:
    """The address with the header that tells copies of a message; services without headers leave it out."""
    if not event_id:
        return address
    return f"{address}{'&' if '?' in address else '?'}%2B{EVENT_HEADER}={event_id}"
