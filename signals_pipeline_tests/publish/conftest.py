"""A small corpus, built up to its marts and published."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.publish.snapshot import DATABASE, Published, publish
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import Aliases
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import AS_OF, made_once, opened, taken_in

DEMO = Path(__file__).parents[2] / "data" / "demo"
INPUTS = {"aliases.csv": "none", "issue_dates.csv": "none"}


def build(store: Store, raw_dir: Path) -> None:
    """All tables, as a run builds them."""
    taken_in(store, raw_dir)
    build_topics(store, Aliases(), INPUTS["aliases.csv"])
    for mart in run.marts().values():
        run.build(store, mart)


def published(store: Store, folder: Path) -> Published:
    return publish(store, folder, AS_OF, INPUTS)


def _two_snapshots(base: Path) -> None:
    for path in fixtures.ALL:
        fixtures.load(path).write(base / "raw" / path.stem)
    with opened(base / "build", base / "raw") as store:
        build(store, base / "raw")
        published(store, base / "one")
        published(store, base / "two")


@pytest.fixture(scope="package")
def base(tmp_path_factory) -> Path:
    """A folder with `raw`, `build` and snapshots of one content in `one` and `two`; not to be changed."""
    return made_once(tmp_path_factory, "published", _two_snapshots)


@pytest.fixture(scope="package")
def folder(base) -> Path:
    """The published folder."""
    return base / "one"


def _demonstration_twice(base: Path) -> None:
    for name in ("one", "two"):
        with opened(base / f"build-{name}", DEMO) as store:
            build(store, DEMO)
            published(store, base / name)


@pytest.fixture(scope="package")
def demonstrations(tmp_path_factory) -> tuple[Path, Path]:
    """Two snapshots of the demonstration cards, each from a store of its own: every mart has rows in them."""
    base = made_once(tmp_path_factory, "demonstrations", _demonstration_twice)
    return base / "one" / "current", base / "two" / "current"


@pytest.fixture(scope="package")
def demonstration(demonstrations) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of the demonstration cards."""
    with duckdb.connect(str((demonstrations[0] / DATABASE).resolve()), read_only=True) as connection:
        yield connection
