"""A small corpus, built up to its marts and published."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.core.settings import project
from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.outlooks.verdicts import Verdict, read_verdicts
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.publish.snapshot import DATABASE, Published, publish
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import Reviewed, read_reviewed
from signals_pipeline_tests.conftest import AS_OF, UNEDITED, made_once, opened, taken_in
from signals_pipeline_tests.corpus import generate
from signals_pipeline_tests.faults.plain import without_report
from signals_pipeline_tests.meaning.words import BY_WORDS, Words
from signals_pipeline_tests.publish.report import hostile

DEMO = Path(__file__).parents[2] / "data" / "demo"


NOTHING_REVIEWED = Reviewed()


def build(
    store: Store,
    raw_dir: Path,
    corrections: Mapping[str, date] | None = None,
    reviewed: Reviewed = NOTHING_REVIEWED,
    verdicts: Sequence[Verdict] = (),
    **meant: Any,
) -> Ingested:
    """All tables, as a run builds them; `meant` says how texts are encoded, and they are not without it."""
    taken = taken_in(store, raw_dir, corrections)
    build_topics(store, reviewed, UNEDITED)
    build_meaning(store, **{"model": None, "reviewed": reviewed} | meant)
    build_outlooks(store, verdicts, UNEDITED)
    for mart in run.marts().values():
        run.build(store, mart)
    return taken


def published(store: Store, folder: Path) -> Published:
    return publish(store, folder, AS_OF, UNEDITED)


def _of_generated_and_hostile_cards(base: Path) -> None:
    generate(base / "raw", n_cards=160, n_issues=24)
    hostile.write(base / "raw")
    with opened(base / "build", base / "raw") as store:
        verdicts = read_verdicts(Path("verdicts.csv"), hostile.verdicts())
        build(store, base / "raw", verdicts=verdicts, model=BY_WORDS, load=Words)
        published(store, base / "published")


@pytest.fixture(scope="package")
def base(tmp_path_factory) -> Path:
    """A folder with `raw`, `build` and `published`; not to be changed."""
    return made_once(tmp_path_factory, "published", _of_generated_and_hostile_cards)


@pytest.fixture(scope="package")
def folder(base) -> Path:
    """The published folder."""
    return base / "published"


def build_the_demonstration(base: Path) -> None:
    """Publish the demonstration cards below a folder."""
    with opened(base / "build", DEMO) as store, pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        shipped = project(data_dir=str(base / "data"))
        reviewed = read_reviewed(shipped, shipped.edited())
        build(store, DEMO, reviewed=reviewed, came_with=shipped.vectors(DEMO))
        published(store, base / "published")


@pytest.fixture(scope="package")
def demonstration_snapshot(tmp_path_factory) -> Path:
    """A snapshot of the demonstration cards, with the names and concepts that come with the project, without
    report and sheets: every mart has rows in it.
    """
    return made_once(tmp_path_factory, "demonstration", build_the_demonstration) / "published" / "current"


@pytest.fixture(scope="package")
def demonstration(demonstration_snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database of the demonstration cards."""
    with duckdb.connect(str((demonstration_snapshot / DATABASE).resolve()), read_only=True) as connection:
        yield connection
