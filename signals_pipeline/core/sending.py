"""The process that sends one message: it reads it as JSON, and prints why it was not taken, if it was not."""

import http.client
import json
import logging
import re
import resource
import sys
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from typing import Any

from signals_pipeline.core.messages import EVENT_HEADER, Message, Target, UnsentError
from signals_pipeline.core.settings import variable

_READ_SECONDS = 10
_MOST_BYTES = 1_000_000_000
"""What it may take of memory: a receiver may answer without an end."""

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# Services that show Markdown or HTML take these for orders: to call people, to link, to write otherwise.
_ORDERS = str.maketrans(
    {"<": "‹", ">": "›", "[": "［", "]": "］", "*": "∗", "`": "ˋ", "|": "ǀ", "@": "@\u2060"}
)
_LINK = re.compile(r"https?://\S+$")


def main() -> int:
    """Send what standard input says; 1 where it was not taken."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    wanted = json.load(sys.stdin)
    target, message = Target(**wanted["target"]), Message(**wanted["message"])
    try:
        if target.is_webhook:
            said = {"at": wanted["at"], "event": message.event, "text": message.text, **message.details}
            _post(target.address, said)
        else:
            _through_apprise(target.address, message)
    except UnsentError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: what a POST is led to would be asked for without the message."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """No other request."""


def _post(address: str, message: dict[str, Any]) -> None:
    if not address.startswith(("https://", "http://")):
        raise UnsentError(f"{variable('webhook')} must begin with https:// or http://")
    if "@" in urllib.parse.urlsplit(address).netloc:
        raise UnsentError(f"{variable('webhook')} may hold no name and password before the host")
    body = json.dumps(message).encode()
    try:
        request = urllib.request.Request(  # noqa: S310
            address, body, {"Content-Type": "application/json", "User-Agent": "signals_pipeline"}
        )
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_READ_SECONDS):
            pass
    except Exception as error:  # noqa: BLE001
        # What it raises for an address that is none may quote it.
        raise UnsentError(_reason(error)) from None


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        moved = ": write the address that it leads to" if 300 <= error.code < 400 else ""
        return f"it answered {error.code}{moved}"
    if isinstance(error, UnicodeError):
        return "it is no address"
    if isinstance(error, http.client.HTTPException):
        return type(error).__name__
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason).rstrip(".")


def _through_apprise(address: str, message: Message) -> None:
    try:
        import apprise
    except ModuleNotFoundError:
        raise UnsentError("Apprise is not installed, which is the extra notify of this package") from None
    # What it logs may quote an address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    service = apprise.Apprise.instantiate(_with_event(address, message.event_id))
    if service is None:
        raise UnsentError("this is no address that Apprise knows")
    body = "\n".join(map(harmless, message.lines or (message.text,)))
    if not service.notify(body=body, title=harmless(message.text), body_format=apprise.NotifyFormat.TEXT):
        raise UnsentError("the service did not take it")


def harmless(line: str) -> str:
    """A line as every service shows it: names of topics come from strangers.

    A link that ends the line is ours, since a sentence with a name in it ends with a full stop or a bracket.
    """
    link = _LINK.search(line)
    text, own = (line[: link.start()], link[0]) if link else (line, "")
    shown = _HIDDEN.sub("\ufffd", text).translate(_ORDERS)
    return shown.replace("://", ":\u2060//") + own


def _with_event(address: str, event_id: str) -> str:
    """The address with the header that tells copies of a message; services without headers leave it out."""
    if not event_id:
        return address
    return f"{address}{'&' if '?' in address else '?'}%2B{EVENT_HEADER}={event_id}"


if __name__ == "__main__":
    sys.exit(main())
