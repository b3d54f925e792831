"""Telling a person that something went wrong: a line in a file, and a message to a webhook if one is set."""

import http.client
import json
import os
import stat
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from signals_pipeline.parsed.links import mask_credentials
from signals_pipeline.project import WEBHOOK, Project

MAX_BYTES = 1_000_000
"""Size from which the file is put aside as ALERTS.log.1 and begun anew."""

WEBHOOK_SECONDS = 10.0

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Alert:
    """What went wrong: the kind of event in a word or two, what a person can do, and the run, if one did."""

    event: str
    text: str
    run_id: str = ""


def tell(settings: Project, alert: Alert) -> list[str]:
    """Write an alert to the project's file and send it to its webhook; what of that failed, in words.

    Nothing is raised: who tells of a fault must not add one.
    """
    at = datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    told = Alert(alert.event, " ".join(mask_credentials(alert.text).split()), alert.run_id)
    failed = []
    try:
        _append(settings.alerts, f"{at}  {told.event}  {told.run_id or '-'}  {told.text}\n")
    except OSError as error:
        failed.append(f"{settings.alerts.name} could not be written: {error.strerror}.")
    if settings.webhook:
        try:
            _send(settings.webhook, {"at": at, **asdict(told)})
        except Exception as error:  # noqa: BLE001
            # Whatever it is, it must not hide the fault that is told. The address is left out: it may hold a
            # token.
            failed.append(f"The webhook did not take the alert: {_reason(error)}.")
            with suppress(OSError):
                _append(settings.alerts, f"{at}  webhook failed  {told.run_id or '-'}  {failed[-1]}\n")
    return failed


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, _FLAGS, 0o644)
    try:
        state = os.fstat(descriptor)
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)
    if stat.S_ISREG(state.st_mode) and state.st_size > MAX_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))


def _send(address: str, message: dict[str, str]) -> None:
    if not address.startswith(("https://", "http://")):
        raise ValueError(f"{WEBHOOK} must begin with https:// or http://")
    body = json.dumps(message).encode()
    request = urllib.request.Request(  # noqa: S310
        address, body, {"Content-Type": "application/json", "User-Agent": "signals_pipeline"}
    )
    with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310
        pass


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, http.client.HTTPException):
        return type(error).__name__
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason).rstrip(".")
