"""What the cases start from."""

import fcntl
import os
from pathlib import Path

import pytest

from signals_pipeline_tests.faults import folder


@pytest.fixture(autouse=True)
def case_id(request: pytest.FixtureRequest) -> str | None:
    """The id of the case, which every test of one is run under."""
    return getattr(request, "param", None)


@pytest.fixture(scope="session")
def taken_through(tmp_path_factory: pytest.TempPathFactory) -> folder.Snapshot:
    """The snapshot of the folder with all bad input; made once, whoever runs the tests."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    base = base / "bad-input"
    base.mkdir(exist_ok=True)
    with Path(base, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / "ran.json").exists():
            folder.run_once(base, folder.INPUTS)
    return folder.Snapshot(base, folder.INPUTS)


@pytest.fixture
def published(taken_through: folder.Snapshot) -> folder.Snapshot:
    """The snapshot of the folder with all bad input, in which all that is demanded of every case holds."""
    assert taken_through.problems == []
    return taken_through
