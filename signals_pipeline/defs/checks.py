"""Checks that caution: what a person should look at, and what never stops a run."""

import dagster as dg

from signals_pipeline.defs.columns import asset_key
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.publish.cautions import CAUTIONS, Caution

EXAMPLES = 10


def _check(caution: Caution) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset_key(caution.table), name=caution.name, description=caution.description)
    def check(store: StoreResource) -> dg.AssetCheckResult:
        found = caution.examples(store.store.rows)
        return dg.AssetCheckResult(
            passed=not found,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"number": len(found), "examples": "\n".join(found[:EXAMPLES])},
        )

    return check


@dg.definitions
def defs() -> dg.Definitions:
    """One check a caution."""
    return dg.Definitions(asset_checks=[_check(caution) for caution in CAUTIONS])
