"""The parsed tables: one multi-asset, since they are written in one transaction."""

from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from typing import Any

import dagster as dg

from signals_pipeline.core.errors import BrokenTablesError
from signals_pipeline.defs.checks import check_results, check_specs
from signals_pipeline.defs.columns import materialized, table_spec
from signals_pipeline.defs.raw import INVENTORY
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.marts.parameters import EARLIEST_ISSUE, OWN_SITES, SUNDAYS_FROM
from signals_pipeline.parsed.checks import BLOCKING
from signals_pipeline.parsed.chunks import parser_version
from signals_pipeline.parsed.identity import Calendar, read_corrections
from signals_pipeline.parsed.ingest import ingest
from signals_pipeline.parsed.models import TABLES

KEYS = {name: dg.AssetKey(["parsed", name]) for name in TABLES}


@cache
def _specs() -> list[dg.AssetSpec]:
    version = parser_version()
    return [
        table_spec(
            "parsed",
            name,
            model,
            deps=[INVENTORY],
            kinds={"python", "duckdb"},
            code_version=version,
            made_by=[ingest],
        )
        for name, model in TABLES.items()
    ]


@dg.multi_asset(name="parsed", specs=_specs(), check_specs=check_specs(BLOCKING))
def parsed(store: StoreResource) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    """Read what changed in the raw folder into validated tables."""
    settings = store.settings
    before = store.store.built()
    calendar = Calendar(store.as_of, EARLIEST_ISSUE, SUNDAYS_FROM, OWN_SITES)
    read = {path.name: store.versions[path.name] for path in (settings.issue_dates, settings.dialect)}
    with errors_told_to_dagster():
        # The first step says it, before all the building.
        store.assert_publishable()
        corrections = read_corrections(settings.issue_dates, store.edited[settings.issue_dates.name] or b"")
        try:
            ingested = ingest(
                store.store, store.raw_dir, calendar, corrections, read, settings.engine(), store.dialect,
                store.issue,
            )  # fmt: skip
        except BrokenTablesError as error:
            yield from check_results(BLOCKING, error.broken)
            raise
    results = list(check_results(BLOCKING))
    for name in TABLES:
        extra = asdict(ingested) if name == "cards" else {}
        checks = [result for result in results if result.asset_key == KEYS[name]]
        yield materialized(store, KEYS[name], f"parsed.{name}", before, checks, extra=extra)
