"""The topic tables: canonical keywords and themes, and the concepts that they mean."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import dagster as dg

from signals_pipeline.defs.columns import asset_key, materialized, table_spec
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.topics.build import READS, build_topics, code_version
from signals_pipeline.topics.models import TABLES
from signals_pipeline.topics.reviewed import read_reviewed


@cache
def _specs() -> list[dg.AssetSpec]:
    version = code_version()
    deps = [asset_key(name) for name in READS]
    return [
        table_spec(
            "topics",
            name,
            model,
            deps=deps,
            kinds={"python", "duckdb"},
            code_version=version,
            made_by=[build_topics],
        )
        for name, model in TABLES.items()
    ]


@dg.multi_asset(name="topics", specs=_specs())
def topics(store: StoreResource) -> Iterator[dg.MaterializeResult[Any]]:
    """Map each keyword and theme to its topic, and each of these to its concept, as a person has decided."""
    before = store.store.built()
    with errors_told_to_dagster():
        reviewed = read_reviewed(store.settings, store.edited)
        rebuilt = build_topics(store.store, reviewed, store.versions)
    for name in TABLES:
        yield materialized(
            store,
            asset_key(name),
            name,
            before,
            extra={"rebuilt": rebuilt},
        )
