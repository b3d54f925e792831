"""The marts: an asset of each SQL file, its dependencies and column lineage read from the SQL."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from signals_pipeline.core.errors import BrokenTablesError
from signals_pipeline.defs.checks import check_results, check_specs
from signals_pipeline.defs.columns import asset_key, materialized, table_spec
from signals_pipeline.defs.glance import cards_by_issue
from signals_pipeline.defs.recovery import errors_told_to_dagster
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.marts import build as run
from signals_pipeline.marts.checks import checks
from signals_pipeline.marts.computed import COMPUTED, COUNTS
from signals_pipeline.marts.parameters import metric_rows
from signals_pipeline.marts.queries import METRIC, file

CHARTS = {"issue_overview": {"chart": cards_by_issue}}


def _asset(mart: run.Mart) -> dg.AssetsDefinition:
    key = asset_key(mart.name)
    must_hold = checks(mart.name)
    spec = table_spec(
        "marts",
        mart.name,
        mart.model,
        deps=[asset_key(read) for read in mart.reads],
        kinds={"python" if mart.is_computed else "sql", "duckdb", *(["view"] if mart.is_view else [])},
        code_version=run.code_version(mart),
        made_by=_made_by(mart),
        extra={"sql": dg.MetadataValue.md(f"```sql\n{mart.sql}```")} if mart.sql else {},
    )
    charts = CHARTS.get(mart.name, {})

    @dg.multi_asset(name=f"marts__{mart.name}", specs=[spec], check_specs=check_specs(must_hold))
    def build(store: StoreResource) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        before = store.store.built()
        with errors_told_to_dagster():
            try:
                rebuilt = run.build(store.store, mart, store.settings.engine())
            except BrokenTablesError as error:
                yield from check_results(must_hold, error.broken)
                raise
        yield materialized(
            store,
            key,
            mart.name,
            before,
            checks=list(check_results(must_hold)),
            extra={"rebuilt": rebuilt} | {name: draw(store.store) for name, draw in charts.items()},
        )

    return build


def _made_by(mart: run.Mart) -> list[Callable[..., Any] | Path]:
    """What makes the rows of a mart: a SELECT, Python, or both."""
    if mart.name == METRIC:
        return [metric_rows]
    if mart.is_computed:
        return [COMPUTED[mart.name][1], file(COUNTS)]
    return [file(mart.name)]


@dg.definitions
def defs() -> dg.Definitions:
    """One asset a mart."""
    return dg.Definitions(assets=[_asset(mart) for mart in run.marts().values()])
