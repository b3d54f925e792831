"""What queries name in a published database: as each release had it, and as it is now.

`make baseline` writes down what the version in `signals_pipeline/__init__.py` publishes.
"""

import csv
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb

from signals_pipeline import __version__
from signals_pipeline.core.settings import project

RELEASES = Path(__file__).with_name("published_columns")
"""A file for each release, which no later one changes."""

_COLUMNS = """
    SELECT if(schema_name = 'main', '', schema_name || '.') || table_name, column_name, data_type
    FROM duckdb_columns() WHERE NOT internal
"""

_MACROS = """
    SELECT function_name, function_type = 'table_macro', parameters, contains(macro_definition, 'query_table')
    FROM duckdb_functions() WHERE NOT internal
"""


class Part(NamedTuple):
    """A column of a table, view or table macro with its type, a parameter of a macro, or a macro itself.

    The name of a macro ends with brackets, and its own part is empty.
    """

    name: str
    part: str
    type: str

    def __str__(self) -> str:
        """As the changelog says it: `topics.kind`, `rising().topic`, `search(since)`."""
        if self.type == "parameter":
            return f"{self.name.removesuffix(')')}{self.part})"
        return f"{self.name}.{self.part}".removesuffix(".")


def published_parts(database: Path) -> set[Part]:
    """All that queries can name in a published database."""
    with duckdb.connect(str(database.resolve()), read_only=True) as connection:
        found = {Part(*row) for row in connection.execute(_COLUMNS).fetchall()}
        for macro, is_table, parameters, reads_any_table in connection.execute(_MACROS).fetchall():
            name = f"{macro}()"
            found |= {Part(name, "", "macro"), *(Part(name, one, "parameter") for one in parameters)}
            # The columns of one that is given a table are those of that table.
            if is_table and not reads_any_table:
                # It is planned and not executed, so that no argument has to mean anything.
                given = ", ".join(f"{one} := NULL" for one in parameters)
                described = connection.execute(f"DESCRIBE FROM {macro}({given})").fetchall()
                found |= {Part(name, column, kind) for column, kind, *_ in described}
    return found


def released() -> dict[str, set[Part]]:
    """What each release published, by its version, the oldest first."""
    paths = sorted(RELEASES.glob("*.csv"), key=lambda path: [int(one) for one in path.stem.split(".")])
    return {path.stem: _read(path) for path in paths}


def _read(path: Path) -> set[Part]:
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return {Part(*row) for row in rows}


def write(database: Path, version: str) -> None:
    """Write down what a database has as what a version published."""
    with (RELEASES / f"{version}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Part._fields)
        writer.writerows(sorted(published_parts(database)))


if __name__ == "__main__":
    snapshot = project().published / "current" / "signals.duckdb"
    if not snapshot.is_file():
        sys.exit("There is no snapshot of this version to write down: make run, then make baseline.")
    write(snapshot, __version__)
