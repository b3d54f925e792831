"""The snapshot: what analysts open."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg

from signals_pipeline.core.errors import BrokenTablesError, DropError
from signals_pipeline.core.outbox import Outbox
from signals_pipeline.defs import code
from signals_pipeline.defs.columns import OWNERS, asset_key
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.defs.retention import CHANGED
from signals_pipeline.publish import dictionary
from signals_pipeline.publish.database import write_database
from signals_pipeline.publish.report.write import write_report
from signals_pipeline.publish.snapshot import (
    COUNTS_AGREE,
    DATABASE,
    PARQUET,
    REPORT,
    SHEETS,
    WORKBOOK,
    publish,
)
from signals_pipeline.publish.spreadsheet import write_sheets
from signals_pipeline.publish.workbook import write_workbook

DATABASE_KEY = dg.AssetKey(["published", "database"])
PARQUET_KEY = dg.AssetKey(["published", "parquet"])
REPORT_KEY = dg.AssetKey(["published", "report"])
SHEETS_KEY = dg.AssetKey(["published", "csv"])
WORKBOOK_KEY = dg.AssetKey(["published", "workbook"])
NOTHING_NEW = {"is_new": False, "files_new": 0, "files_changed": 0, "files_removed": 0, "revised_calls": 0}
"""What the database is said to be where a run finds nothing new."""

# The schedule runs every day, and a run with nothing to do counts: a missed one warns, three fail. The other
# assets are of the same snapshot as the database, so that its freshness is theirs.
FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=30), fail_window=timedelta(days=3))
_SOURCES = [*dictionary.STORED, *(name for name in dictionary.VIEWS if name != "main.data_dictionary")]
_TABLES = [asset_key(name.removeprefix("main.")) for name in _SOURCES]


def _spec(
    key: dg.AssetKey,
    deps: Sequence[dg.AssetKey],
    made_by: Callable[..., Any],
    description: str,
    kinds: set[str],
    freshness_policy: dg.FreshnessPolicy | None = None,
) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        deps=deps,
        group_name="published",
        owners=OWNERS,
        kinds=kinds,
        description=description,
        freshness_policy=freshness_policy,
        metadata={code.REFERENCES: code.references(made_by)},
    )


@dg.multi_asset(
    name="published",
    specs=[
        _spec(
            DATABASE_KEY,
            _TABLES,
            write_database,
            "The DuckDB file that analysts open: data/published/current/signals.duckdb. Built beside the "
            "last one and swapped in at once.",
            {"duckdb"},
            FRESHNESS,
        ),
        _spec(
            PARQUET_KEY,
            [DATABASE_KEY],
            publish,
            "Every table of the database as a Parquet file, in the same snapshot.",
            {"parquet"},
        ),
        _spec(
            REPORT_KEY,
            [DATABASE_KEY],
            write_report,
            "Pages to look at in a browser, in the same snapshot: data/published/current/report/index.html. "
            "What rises and falls, each topic, newsletter issue and year, the cards with the lines of their "
            "files, and the quality of the data.",
            {"html"},
        ),
        _spec(
            SHEETS_KEY,
            [DATABASE_KEY],
            write_sheets,
            "What people open in a spreadsheet, in the same snapshot: topics and their series, alerts, "
            "bursts, pairs, sources, cards, statements and the outlooks that are due or judged, as CSV in "
            "which no cell can become a formula.",
            {"csv"},
        ),
        _spec(
            WORKBOOK_KEY,
            [DATABASE_KEY],
            write_workbook,
            "The first rows of these sheets as one workbook, in the same snapshot: data/published/current/"
            "signals.xlsx. Days, shares and texts are what they are, and there is a chart of what rises.",
            {"excel"},
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            COUNTS_AGREE,
            asset=DATABASE_KEY,
            blocking=True,
            description="The published file opens, and each of its tables has as many rows as in the store.",
        )
    ],
)
def published(
    context: dg.AssetExecutionContext, store: StoreResource
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Publish what the store holds, unless the last snapshot already holds it."""
    settings = store.settings
    with errors_told_to_dagster():
        try:
            snapshot = publish(
                store.store,
                settings.published,
                store.as_of,
                store.versions,
                accept_drop=store.accept_drop,
                known=store.known,
                outbox=Outbox(settings.outbox),
                base_url=settings.base_url(),
            )
        except BrokenTablesError:
            yield _counts_agree(passed=False)
            raise
        except DropError:
            # The store did ingest the folder: another attempt would only say the same.
            store.note_ingested()
            raise
    context.instance.add_run_tags(context.run.run_id, {CHANGED: "yes" if snapshot.is_new else "no"})
    version = dg.DataVersion(snapshot.name.rpartition("-")[2])
    n_issues, first, last = store.store.rows(
        "SELECT count(issue_date), min(issue_date), max(issue_date) FROM newsletter_issues"
    )[0]
    common = {
        "snapshot": snapshot.name,
        "is_new": snapshot.is_new,
        "newsletter_issues": n_issues,
        "first_issue": first.isoformat() if first else "",
        "last_issue": last.isoformat() if last else "",
        "files_new": snapshot.changes.new,
        "files_changed": snapshot.changes.changed,
        "files_removed": snapshot.changes.removed,
        "revised_calls": snapshot.n_revised_calls,
    } | ({"damage_of_the_last": snapshot.damage} if snapshot.damage else {})
    yield dg.MaterializeResult(
        asset_key=DATABASE_KEY,
        data_version=version,
        check_results=[_counts_agree(passed=True)],
        metadata=common
        | {"rows": sum(snapshot.n_rows.values()), "bytes": (snapshot.folder / DATABASE).stat().st_size},
    )
    for key, folder, pattern in (
        (PARQUET_KEY, PARQUET, "*.parquet"),
        (REPORT_KEY, REPORT, "*.html"),
        (SHEETS_KEY, SHEETS, "*.csv"),
        (WORKBOOK_KEY, "", WORKBOOK),
    ):
        files = list((snapshot.folder / folder).rglob(pattern))
        yield dg.MaterializeResult(
            asset_key=key,
            data_version=version,
            metadata=common | {"files": len(files), "bytes": sum(path.stat().st_size for path in files)},
        )
    store.note_published(snapshot.name)


def _counts_agree(*, passed: bool) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=COUNTS_AGREE, asset_key=DATABASE_KEY, passed=passed)
