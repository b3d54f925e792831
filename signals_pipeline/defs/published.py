"""The snapshot: what analysts open."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from signals_pipeline.defs.columns import OWNERS, asset_key
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.project import file_version
from signals_pipeline.publish import dictionary
from signals_pipeline.publish.snapshot import DATABASE, PARQUET, publish, row_counts

DATABASE_KEY = dg.AssetKey(["published", "database"])
PARQUET_KEY = dg.AssetKey(["published", "parquet"])
COUNTS_AGREE = "the_snapshot_holds_every_row_of_the_store"
_SOURCES = [*dictionary.STORED, *(name for name in dictionary.VIEWS if name != "main.data_dictionary")]
_DEPS = [asset_key(name.removeprefix("main.")) for name in _SOURCES]


def _spec(key: dg.AssetKey, description: str, kinds: set[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        key, deps=_DEPS, group_name="published", owners=OWNERS, kinds=kinds, description=description
    )


@dg.multi_asset(
    name="published",
    specs=[
        _spec(
            DATABASE_KEY,
            "The DuckDB file that analysts open: data/published/current/signals.duckdb. Built beside the "
            "last one and swapped in at once.",
            {"duckdb"},
        ),
        _spec(
            PARQUET_KEY, "Every table of the database as a Parquet file, in the same snapshot.", {"parquet"}
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
def published(store: StoreResource) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Publish what the store holds, unless the last snapshot already holds it."""
    settings = store.settings
    versions = {path.name: file_version(path) for path in (settings.aliases, settings.issue_dates)}
    snapshot = publish(store.store, settings.published, store.as_of, versions)
    built = store.store.built()
    expected = {name: built[name.removeprefix("main.")][1] for name in dictionary.STORED}
    counts = row_counts(snapshot.folder / DATABASE)
    differing = sorted(name for name, n_rows in expected.items() if counts.get(name) != n_rows)
    counted = dg.AssetCheckResult(
        check_name=COUNTS_AGREE,
        asset_key=DATABASE_KEY,
        passed=not differing,
        metadata={"tables": len(expected), "differing": ", ".join(differing)},
    )
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
    }
    yield dg.MaterializeResult(
        asset_key=DATABASE_KEY,
        data_version=version,
        check_results=[counted],
        metadata=common
        | {"rows": sum(counts.values()), "bytes": (snapshot.folder / DATABASE).stat().st_size},
    )
    files = list((snapshot.folder / PARQUET).rglob("*.parquet"))
    yield dg.MaterializeResult(
        asset_key=PARQUET_KEY,
        data_version=version,
        metadata=common | {"files": len(files), "bytes": sum(path.stat().st_size for path in files)},
    )
    settings.note_taken_in(settings.raw_dir(), store.store.noted("inputs_version") or "")
