"""Checks as Dagster shows them: those that stop a run, and those that only warn."""

from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from signals_pipeline.core.checks import Check
from signals_pipeline.defs.columns import asset_key
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.publish.checks import WARNINGS

EVERY_RULE = "every_rule_holds"
"""The name of the one check that Dagster shows of all rules of a table that stop a run."""

EXAMPLES = 10


def check_specs(checks: Iterable[Check]) -> list[dg.AssetCheckSpec]:
    """The rules that stop a run where one is broken, as the asset that makes their tables declares them.

    All rules of a table are one check of Dagster. They are looked at together, and a run that goes on keeps
    all of them: three events for each rule of each run would say nothing more.
    """
    return [
        dg.AssetCheckSpec(
            EVERY_RULE,
            asset=asset_key(table),
            description="\n".join(f"* `{rule.name}`: {rule.description}" for rule in rules),
            blocking=True,
        )
        for table, rules in _by_table(checks).items()
    ]


def check_results(
    checks: Iterable[Check], broken: Mapping[str, int] | None = None
) -> Iterator[dg.AssetCheckResult]:
    """What came of such rules; `broken` is the number of violations by qualified name."""
    for table, rules in _by_table(checks).items():
        violations = {rule.name: (broken or {}).get(rule.qualified, 0) for rule in rules}
        violated = {name: number for name, number in violations.items() if number}
        yield dg.AssetCheckResult(
            check_name=EVERY_RULE,
            asset_key=asset_key(table),
            passed=not violated,
            metadata={"rules": len(rules), **violated},
        )


def _by_table(checks: Iterable[Check]) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.table, []).append(check)
    return found


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
