"""What a check is: what must hold of a table, or what a person should look at where it does not."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb

from signals_pipeline.core.schema import Table, primary_key

Violations = Callable[[duckdb.DuckDBPyConnection], list[str]]
"""What speaks against a check, each as a text, in the store or in a published database."""


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence about one table, by the name that SQL calls it, and the violations of it.

    Its name says it in short: checks of other tables may have the same one.
    """

    name: str
    table: str
    description: str
    violations: Violations

    @property
    def qualified(self) -> str:
        """The name after that of the table, which no other check has."""
        return f"{self.table}.{self.name}"


def listed_by(sql: str) -> Violations:
    """The violations that a query lists: its one column, or its rows."""

    def violations(connection: duckdb.DuckDBPyConnection) -> list[str]:
        rows = connection.execute(sql).fetchall()
        return [str(row[0] if len(row) == 1 else row) for row in rows]

    return violations


def one_row_per_key(table: str, model: type[Table]) -> Check:
    """The check that the key of a table identifies each of its rows."""
    keys = primary_key(model)
    quoted = ", ".join(f'"{key}"' for key in keys)
    return Check(
        "one_row_per_key",
        table,
        f"No two rows of {table.rpartition('.')[2]} have the same {', '.join(keys)}.",
        listed_by(f"SELECT {quoted}, count(*) FROM {table} GROUP BY {quoted} HAVING count(*) > 1"),
    )


def broken(checks: Iterable[Check], connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The violations by qualified name, of the checks that do not hold."""
    found = {check.qualified: check.violations(connection) for check in checks}
    return {name: violations for name, violations in found.items() if violations}
