"""The checks that only warn: what a person should look at, and what never stops a run."""

import dagster as dg

from signals_pipeline.core.checks import Check
from signals_pipeline.defs.columns import asset_key
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.publish.checks import WARNINGS

EXAMPLES = 10


def _warning(declared: Check) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset_key(declared.table), name=declared.name, description=declared.description)
    def check(store: StoreResource) -> dg.AssetCheckResult:
        found = declared.examples(store.store.rows)
        return dg.AssetCheckResult(
            passed=not found,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"number": len(found), "examples": "\n".join(found[:EXAMPLES])},
        )

    return check


@dg.definitions
def defs() -> dg.Definitions:
    """The checks that only warn."""
    return dg.Definitions(asset_checks=[_warning(declared) for declared in WARNINGS])
