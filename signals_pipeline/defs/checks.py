"""Checks as Dagster shows them: those that stop a run, and those that only warn."""

from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from signals_pipeline.core.checks import Check
from signals_pipeline.defs.columns import asset_key
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.publish.checks import WARNINGS

EXAMPLES = 10


def check_specs(checks: Iterable[Check]) -> list[dg.AssetCheckSpec]:
    """Checks that stop a run, as the asset that makes their tables declares them."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=asset_key(check.table), description=check.description, blocking=True
        )
        for check in checks
    ]


def check_results(
    checks: Iterable[Check], broken: Mapping[str, int] | None = None
) -> Iterator[dg.AssetCheckResult]:
    """What came of such checks; `broken` is the number of violations by qualified name."""
    for check in checks:
        violations = (broken or {}).get(check.qualified, 0)
        yield dg.AssetCheckResult(
            check_name=check.name,
            asset_key=asset_key(check.table),
            passed=not violations,
            metadata={"violations": violations},
        )


def _warning(declared: Check) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=asset_key(declared.table), name=declared.name, description=declared.description)
    def check(store: StoreResource) -> dg.AssetCheckResult:
        with store.store.transaction() as connection:
            found = declared.violations(connection)
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
