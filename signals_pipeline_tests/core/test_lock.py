"""Files by which a run shows that it is at work: who is taken for killed, and who is not."""

import fcntl
from contextlib import ExitStack
from pathlib import Path

import pytest

from signals_pipeline.core.lock import held, is_let_go


def test_whoever_ends_while_somebody_looks_was_not_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run"
    flock = fcntl.flock
    with ExitStack() as at_work:
        at_work.enter_context(held(file))

        def ends_just_before(descriptor: int, operation: int) -> None:
            at_work.close()
            flock(descriptor, operation)

        # It is found by then, and held by nobody once the lock is asked for.
        monkeypatch.setattr(fcntl, "flock", ends_just_before)
        assert not is_let_go(file)
