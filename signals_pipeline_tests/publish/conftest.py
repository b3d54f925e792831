"""A small corpus, built up to its marts and published."""

from pathlib import Path

import pytest

from signals_pipeline.marts import run
from signals_pipeline.publish.snapshot import Published, publish
from signals_pipeline.store import Store
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import Aliases
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import AS_OF, opened, taken_in

INPUTS = {"aliases.csv": "none", "issue_dates.csv": "none"}


def build(store: Store, raw_dir: Path) -> None:
    """All tables, as a run builds them."""
    taken_in(store, raw_dir)
    build_topics(store, Aliases(), INPUTS["aliases.csv"])
    for mart in run.marts().values():
        run.build(store, mart)


def published(store: Store, folder: Path) -> Published:
    return publish(store, folder, AS_OF, INPUTS)


@pytest.fixture(scope="package")
def base(tmp_path_factory) -> Path:
    """A folder with `raw`, `build` and snapshots of one content in `one` and `two`; not to be changed."""
    base = tmp_path_factory.mktemp("published")
    for path in fixtures.ALL:
        fixtures.load(path).write(base / "raw" / path.stem)
    with opened(base / "build", base / "raw") as store:
        build(store, base / "raw")
        published(store, base / "one")
        published(store, base / "two")
    return base


@pytest.fixture(scope="package")
def folder(base) -> Path:
    """The published folder."""
    return base / "one"
