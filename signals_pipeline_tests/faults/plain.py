"""The whole pipeline as plain functions, and whether two published folders hold the same."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.settings import Project, content_version
from signals_pipeline.core.store import Store
from signals_pipeline.marts import build as run
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.outlooks.verdicts import read_verdicts
from signals_pipeline.parsed.identity import read_corrections
from signals_pipeline.publish import dictionary, snapshot
from signals_pipeline.publish.integrity import SUMS
from signals_pipeline.publish.snapshot import Published, publish
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import read_reviewed
from signals_pipeline_tests.conftest import AS_OF, CALENDAR, opened, taken_in
from signals_pipeline_tests.publish.momentary import MOMENTARY

TODAY = AS_OF.isoformat()

OF_THE_DAY = {"report/index.html", "report/quality.html"}
"""Pages that say the day of the run, which alone makes no new snapshot."""

_PAGES = (".html", ".csv", ".xlsx", ".xml", ".json", ".js")
"""How the names of files end that people look at."""


def build_all(store: Store, settings: Project, raw_dir: Path, as_of: date = AS_OF) -> None:
    """All tables in the store, as a run builds them, with the names and dates of the project."""
    calendar = replace(CALENDAR, as_of=as_of)
    taken_in(
        store, raw_dir, read_corrections(settings.issue_dates, settings.issue_dates.read_bytes()), calendar
    )
    edited = settings.edited()
    reviewed = read_reviewed(settings, edited)
    build_topics(store, reviewed, versions(settings))
    build_meaning(store, None, reviewed=reviewed, versions=versions(settings))
    verdicts = read_verdicts(settings.verdicts, edited[settings.verdicts.name] or b"")
    build_outlooks(store, verdicts, versions(settings))
    for mart in run.marts().values():
        run.build(store, mart)


def versions(settings: Project) -> dict[str, str]:
    """The versions of the files that a person edits."""
    return {name: content_version(content) for name, content in settings.edited().items()}


def publish_plainly(
    store: Store, settings: Project, as_of: date = AS_OF, *, with_report: bool = False, **choices: bool
) -> Published:
    """Publish what the store holds; report and sheets, made from its tables, only where asked."""
    with pytest.MonkeyPatch.context() as patch:
        if not with_report:
            without_report(patch)
        return publish(store, settings.published, as_of, versions(settings), **choices)


def rebuilt(settings: Project, raw_dir: Path, as_of: date = AS_OF, *, with_report: bool = False) -> Path:
    """A full rebuild, published into the data folder of these settings; the published folder."""
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir, as_of)
        publish_plainly(store, settings, as_of, with_report=with_report)
    return settings.published


def without_report(patch: pytest.MonkeyPatch) -> None:
    """Leave out of snapshots what is made from the tables alone, and has tests of its own."""
    patch.setattr(snapshot, "_write_report", lambda *_: None)
    patch.setattr(snapshot, "_write_sheets", lambda *_: None)
    patch.setattr(snapshot, "_write_workbook", lambda *_: None)


def differences(one: Path, other: Path) -> list[str]:
    """The tables that differ between what two published folders hold now, but for the momentary ones."""
    # DuckDB opens a Parquet file more than once: through `current`, two snapshots could be mixed.
    snapshots = [(folder / "current").resolve() for folder in (one, other)]
    sums = [_sums(snapshot / SUMS) for snapshot in snapshots]
    suspected = sorted(
        name for name in sums[0].keys() | sums[1].keys() if sums[0].get(name) != sums[1].get(name)
    )
    found = []
    with duckdb.connect() as connection:
        for name in suspected:
            first, second = (sql_text(str(snapshot / name)) for snapshot in snapshots)
            for here, there in ((first, second), (second, first)):
                found += connection.execute(
                    f"SELECT {sql_text(name)} FROM (FROM {here} EXCEPT ALL FROM {there})"
                ).fetchall()
    return sorted({name for (name,) in found})


def other_pages(one: Path, other: Path) -> list[str]:
    """The pages and sheets that differ between two published folders now, but for the momentary ones."""
    sums = [_sums(folder / "current" / SUMS, _PAGES) for folder in (one, other)]
    names = sums[0].keys() | sums[1].keys()
    return sorted(name for name in names - OF_THE_DAY if sums[0].get(name) != sums[1].get(name))


def _sums(path: Path, suffix: str | tuple[str, ...] = ".parquet") -> dict[str, str]:
    lines = (line.partition("  ") for line in path.read_text("utf-8").splitlines())
    return {name: known for known, _, name in lines if name.endswith(suffix) and name not in MOMENTARY}


def assert_whole(published: Path) -> None:
    """Assert that what is published opens, and holds the tables that it says it does."""
    with duckdb.connect(str(published / "current" / "signals.duckdb"), read_only=True) as connection:
        for name in dictionary.TABLES:
            connection.execute(f"FROM {name}").fetchall()
        # A name that nothing goes by is an error.
        for known in connection.execute("SELECT topic FROM topics WHERE kind = 'concept' LIMIT 1").fetchall():
            connection.execute("FROM trend(?)", known).fetchall()
