"""Who is named on the lock of the store, and who is taken for killed by the file of a run at work."""

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from signals_pipeline.core.lock import alone, held, is_let_go, store_lock


def test_who_only_looks_leaves_the_name_of_the_last_one_on_the_lock(tmp_path: Path) -> None:
    with store_lock(tmp_path, print):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    (tmp_path / "lock").write_text("17")
    with store_lock(tmp_path, print, wait_seconds=0, has_name=False):
        assert (tmp_path / "lock").read_text() == "17"


def test_one_at_a_time_is_alone_with_a_file(tmp_path: Path) -> None:
    for _ in range(2):
        with alone(tmp_path / "new" / "daemon") as first, alone(tmp_path / "new" / "daemon") as second:
            assert (first, second) == (True, False)
    (tmp_path / "file").touch()
    with alone(tmp_path / "file" / "daemon") as nobody_can_tell:
        assert nobody_can_tell


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
