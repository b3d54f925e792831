"""Who is named on the lock of the store, who is alone, and who is taken for killed while at work."""

import fcntl
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from signals_pipeline.core.errors import CannotWriteError, StoreBusyError
from signals_pipeline.core.lock import alone, held, is_let_go, store_lock


def test_who_only_looks_leaves_the_name_of_the_last_one_on_the_lock(tmp_path: Path) -> None:
    with store_lock(tmp_path, print) as last:
        assert last is None
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    (tmp_path / "lock").write_text("17")
    with store_lock(tmp_path, print, wait_seconds=0, has_name=False) as last:
        assert last == 17
        assert (tmp_path / "lock").read_text() == "17"


def test_one_at_a_time_is_alone_with_a_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / "daemon"
    for _ in range(2):
        with alone(file, "first"), pytest.raises(StoreBusyError, match="taken"), alone(file, "taken"):
            pass
    (tmp_path / "file").touch()
    with pytest.raises(CannotWriteError), alone(tmp_path / "file" / "daemon", "taken"):
        pass


def test_a_process_that_was_started_with_it_goes_on_holding_a_file(tmp_path: Path) -> None:
    file = tmp_path / "daemon"
    with alone(file, "taken") as descriptor:
        process = subprocess.Popen(["sleep", "60"], pass_fds=[descriptor])
    with pytest.raises(StoreBusyError), alone(file, "taken"):
        pass
    process.kill()
    process.wait()
    with alone(file, "taken"):
        pass


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
