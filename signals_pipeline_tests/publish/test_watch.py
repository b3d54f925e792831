"""When the folder calls for a run."""

from datetime import UTC, datetime, timedelta

import pytest

from signals_pipeline.publish.watch import decide

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


def ago(*minutes: int) -> list[datetime]:
    return [NOW - timedelta(minutes=one) for one in minutes]


CASES = {
    "nothing new": (("v", "v", None, [], 0), False, "Nothing new"),
    "nothing new, though requested": (("v", "v", "v", ago(1, 1, 1), 1), False, "Nothing new"),
    "a run goes on": (("v", "u", None, [], 1), False, "in progress"),
    "never taken in": (("v", None, None, [], 0), True, "changed"),
    "changed": (("v", "u", "u", [], 0), True, "changed"),
    "changed since a request that failed": (("v", "u", "w", ago(0, 0, 0), 0), True, "changed"),
    "requested, and the run is lost": (("v", "u", "v", [], 0), True, "Attempt 1 of 3"),
    "too early after one failure": (("v", "u", "v", ago(1), 0), False, "next attempt is at 12:01:00"),
    "due after one failure": (("v", "u", "v", ago(2), 0), True, "Attempt 2 of 3"),
    "too early after two": (("v", "u", "v", ago(9, 3), 0), False, "next attempt is at 12:01:00"),
    "due after two, in any order": (("v", "u", "v", ago(4, 9), 0), True, "Attempt 3 of 3"),
    "given up": (("v", "u", "v", ago(99, 60, 30), 0), False, "3 runs did not ingest"),
    "removed and added again": (("v", "u", "u", ago(1), 0), True, "changed"),
}


@pytest.mark.parametrize(("given", "request_it", "reason"), CASES.values(), ids=CASES)
def test_a_run_is_requested_when_the_inputs_differ_from_the_store(given, request_it, reason) -> None:
    decision = decide(*given, now=NOW)
    assert (decision.request, reason in decision.reason) == (request_it, True), decision.reason
