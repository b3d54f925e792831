"""The message about a snapshot: the calls that it tells anew and that nobody knows yet."""

import hashlib
from collections.abc import Callable
from typing import Any

from signals_pipeline.core.messages import Message
from signals_pipeline.publish.changes import Difference

CALLS_SAID = 20
"""Calls that a message says; it says how many more there are."""

EVENT = "new calls"


def news(found: Difference, link: Callable[[str], str]) -> Message | None:
    """What people are told of a snapshot; None where there is no call that is news.

    `link` gives the address of the page of a topic, and for an empty text that of the page of all changes;
    either may be empty. What was told before is not told again.
    """
    calls = [
        row
        for row in found.news()
        if row["change_kind"] == "call made" and row["change_id"] not in found.told
    ]
    if not calls:
        return None
    said = [_call(row, link(row["topic_id"])) for row in calls[:CALLS_SAID]]
    lines = [line for call in said for line in (call["sentence"], call["link"]) if line]
    if more := len(calls) - len(said):
        lines.append(f"And {more:,} more.")
    if found.other_code:
        lines.append(f"Also another since then: {found.other_code}.")
    if everything := link(""):
        lines.append(f"All that changed: {everything}")
    event_id = hashlib.md5("".join(sorted(row["change_id"] for row in calls)).encode()).hexdigest()  # noqa: S324
    return Message(EVENT, _title(calls), tuple(lines), event_id, {"event_id": event_id, "calls": said})


def _title(calls: list[Any]) -> str:
    if len(calls) > 1:
        return f"Signals: {len(calls):,} new calls"
    # What is shown as the subject of a mail is one line.
    return " ".join(f"Signals: “{calls[0]['topic']}” is {calls[0]['after']}".split())


def _call(row: Any, link: str) -> dict[str, Any]:
    return {
        "change_id": row["change_id"],
        "topic": row["topic"],
        "call": row["after"],
        "called_since": str(row["called_since"]),
        "sentence": row["sentence"],
        "link": link or None,
    }
