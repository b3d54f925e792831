"""What several tests start from."""

import fcntl
import logging
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.settings import EDITED
from signals_pipeline.core.store import Store, open_store
from signals_pipeline.marts.parameters import EARLIEST_ISSUE, OWN_SITES, SUNDAYS_FROM
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline.parsed.ingest import STORED_TABLES, Ingested, ingest
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.raw.place import list_cards
from signals_pipeline_tests import speeds
from signals_pipeline_tests.starter import Starter

AS_OF = date(2026, 6, 30)
UNEDITED = dict.fromkeys(EDITED, "none")
"""Versions of the files that a person edits, where a test has none of them."""

CALENDAR = Calendar(AS_OF, EARLIEST_ISSUE, SUNDAYS_FROM, OWN_SITES)
SAMPLE = "SIGNALS_SAMPLE_CARDS"
AWS_SECRET = "wJalrXUtnFEMI-no-real-one"

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
def opened(build: Path, raw_dir: RawDir) -> Iterator[Store]:
    """The store of a build folder."""
    with store_lock(build, print), open_store(build, raw_dir, STORED_TABLES) as store:
        yield store


def taken_in(
    store: Store,
    raw_dir: RawDir,
    corrections: Mapping[str, date] | None = None,
    calendar: Calendar = CALENDAR,
    dialect: Dialect = NEWSLETTER,
) -> Ingested:
    """What a run takes in from a folder."""
    save_listing(store, list_cards(raw_dir))
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


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = ThreadedMotoServer("127.0.0.1", 0)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """A bucket of its own for a test, and what reaches it in the environment."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "AKIDNOREALONE",
        "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.resource("s3").create_bucket(Bucket=f"b-{abs(hash(request.node.nodeid))}")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the bucket was asked for what, from now on."""
    from aiobotocore.client import AioBaseClient

    found: Counter[str] = Counter()
    call = AioBaseClient._make_api_call

    async def counted(self: AioBaseClient, name: str, given: dict[str, Any]) -> Any:
        found[name] += 1
        return await call(self, name, given)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", counted)
    return found


@pytest.fixture
def sample_cards() -> Path:
    """The folder of real cards, where there is one."""
    named = os.environ.get(SAMPLE)
    if not named or not Path(named).is_dir():
        pytest.skip(f"{SAMPLE} names no folder of real cards")
    return Path(named).resolve()
