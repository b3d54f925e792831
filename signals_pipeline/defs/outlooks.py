"""Outlooks: what signals say of the future, when it is due, and what people found when they looked."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import dagster as dg

from signals_pipeline.defs.columns import asset_key, materialized, table_spec
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.outlooks.build import READS, build_outlooks, code_version
from signals_pipeline.outlooks.models import TABLES
from signals_pipeline.outlooks.verdicts import read_verdicts


@cache
def _specs() -> list[dg.AssetSpec]:
    version = code_version()
    return [
        table_spec(
            "outlooks",
            name,
            model,
            deps=[asset_key(read) for read in READS[name]],
            kinds={"python", "duckdb"},
            code_version=version,
            made_by=[build_outlooks],
        )
        for name, model in TABLES.items()
    ]


@dg.multi_asset(name="outlooks", specs=_specs())
def outlooks(store: StoreResource) -> Iterator[dg.MaterializeResult[Any]]:
    """Read when outlooks are due, and hold the verdicts of people against them."""
    before = store.store.built()
    path = store.settings.verdicts
    with errors_told_to_dagster():
        verdicts = read_verdicts(path, store.edited[path.name] or b"")
        rebuilt = build_outlooks(store.store, verdicts, store.versions)
    for name in TABLES:
        yield materialized(store, asset_key(name), name, before, extra={"rebuilt": rebuilt})
