"""What several tests start from."""

import fcntl
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.settings import EDITED
from signals_pipeline.core.store import Store, open_store
from signals_pipeline.marts.parameters import EARLIEST_ISSUE, OWN_SITES, SUNDAYS_FROM
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline.parsed.ingest import STORED_TABLES, Ingested, ingest
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline_tests import speeds
from signals_pipeline_tests.starter import Starter

AS_OF = date(2026, 6, 30)
UNEDITED = dict.fromkeys(EDITED, "none")
"""Versions of the files that a person edits, where a test has none of them."""

CALENDAR = Calendar(AS_OF, EARLIEST_ISSUE, SUNDAYS_FROM, OWN_SITES)
SAMPLE = "SIGNALS_SAMPLE_CARDS"

speeds.use()

# The history of whoever runs the tests is none of theirs.
os.environ.pop("DAGSTER_HOME", None)


class ByFolder(LoadScopeScheduling):
    """Gives all tests of a folder to one process, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.partition("::")[0].rpartition("/")[0]
        # Both start commands, and share the process that does.
        return folder.replace("/cli", "/faults")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFolder | None:
    """Who runs what where `make test` asks for --dist loadscope; None leaves it to xdist."""
    return ByFolder(config, log) if config.getoption("dist") == "loadscope" else None


@contextmanager
def opened(build: Path, raw_dir: Path) -> Iterator[Store]:
    """The store of a build folder."""
    with store_lock(build, print), open_store(build, raw_dir, STORED_TABLES) as store:
        yield store


def taken_in(
    store: Store,
    raw_dir: Path,
    corrections: Mapping[str, date] | None = None,
    calendar: Calendar = CALENDAR,
    dialect: Dialect = NEWSLETTER,
) -> Ingested:
    """What a run takes in from a folder."""
    save_listing(store, list_folder(raw_dir))
    return ingest(store, raw_dir, calendar, corrections or {}, dialect=dialect)


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


@pytest.fixture(autouse=True)
def pipes_as_before() -> Iterator[None]:
    """A command that ends when nobody reads it any more takes only itself along, not the tests after it."""
    before = signal.getsignal(signal.SIGPIPE)
    yield
    signal.signal(signal.SIGPIPE, before)


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
