"""What several tests start from."""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.store import Store, open_store, store_lock
from signals_pipeline.marts.parameters import EARLIEST_ISSUE, OWN_SITES, SUNDAYS_FROM
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline.parsed.ingest import STORED_TABLES, Ingested, ingest
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline_tests import speeds
from signals_pipeline_tests.starter import Starter

AS_OF = date(2026, 6, 30)
CALENDAR = Calendar(AS_OF, EARLIEST_ISSUE, SUNDAYS_FROM, OWN_SITES)
SAMPLE = "SIGNALS_SAMPLE_CARDS"

speeds.use()

SHARED = {
    "starter": "starter",
    "sample": "marts",
    "trending": "marts",
    "without_cards": "marts",
    "base": "fixtures published",
    "demonstration_snapshot": "demonstration published",
    "report": "report",
    "taken_through": "bad input",
}
"""Fixtures that cost seconds, each with the name of the tests that `make test` runs in one process for it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share such a fixture together, so that it is made once."""
    for item in items:
        for name in SHARED.keys() & set(item.fixturenames):
            item.add_marker(pytest.mark.xdist_group(SHARED[name]))


@contextmanager
def opened(build: Path, raw_dir: Path) -> Iterator[Store]:
    """The store of a build folder."""
    with store_lock(build, print), open_store(build, raw_dir, STORED_TABLES) as store:
        yield store


def taken_in(
    store: Store, raw_dir: Path, corrections: Mapping[str, date] | None = None, calendar: Calendar = CALENDAR
) -> Ingested:
    """What a run takes in from a folder."""
    save_listing(store, list_folder(raw_dir))
    return ingest(store, raw_dir, calendar, corrections or {})


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first test process to need it has filled, and that no test changes."""
    base = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


@pytest.fixture
def raw_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path, raw_dir: Path) -> Iterator[Store]:
    with opened(tmp_path / "build", raw_dir) as found:
        yield found


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    """Starts commands of the package."""
    with Starter(tmp_path_factory.mktemp("printed")) as found:
        yield found


@pytest.fixture
def sample_cards() -> Path:
    """The folder of real cards, where there is one."""
    named = os.environ.get(SAMPLE)
    if not named or not Path(named).is_dir():
        pytest.skip(f"{SAMPLE} names no folder of real cards")
    return Path(named).resolve()
