"""What a SELECT reads, and which of its columns comes from which, by its SQL.

To parse all marts would take a second of every start. So `origins.json`, which `make dictionary` writes,
holds what was found in each SQL; of any other SQL it is found anew.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from signals_pipeline.core.schema import columns
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

FILE_NAME = "origins.json"

Origins = Mapping[str, Sequence[tuple[str, str]]]
"""By column, the tables and columns that it is computed from."""


@dataclass(frozen=True)
class Read:
    """The tables that a SELECT reads, in the order of their names, and where its columns come from."""

    tables: tuple[str, ...]
    origins: Origins


@cache
def read_by(sql: str) -> Read:
    """What a SELECT reads; tables outside the schema main have that before their names."""
    known = _remembered().get(_key(sql))
    if known is None:
        return found(sql)
    return Read(
        tuple(known["reads"]),
        {name: tuple((table, column) for table, column in ends) for name, ends in known["columns"].items()},
    )


def found(sql: str) -> Read:
    """What a SELECT reads, found by parsing it."""
    # Only here: nothing else needs the parser of SQL.
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage

    tree = sqlglot.parse_one(sql, dialect="duckdb")
    defined = {cte.alias for cte in tree.find_all(exp.CTE)}
    tables = {
        _called(table) for table in tree.find_all(exp.Table) if table.db or table.name not in {"", *defined}
    }
    roots = lineage(None, sql, schema=_schema(), dialect="duckdb", trim_selects=False)
    assert isinstance(roots, dict)
    by_column = {}
    for column, root in roots.items():
        ends = [node for node in root.walk() if not node.downstream and isinstance(node.source, exp.Table)]
        by_column[column] = tuple(
            sorted({(_called(node.source), node.name.rpartition(".")[2]) for node in ends})
        )
    return Read(tuple(sorted(tables)), by_column)


def _called(table: Any) -> str:
    return f"{table.db}.{table.name}" if table.db not in ("", "main") else str(table.name)


def _schema() -> dict[str, dict[str, dict[str, str]]]:
    schema: dict[str, dict[str, dict[str, str]]] = {"parsed": {}, "main": {}}
    for table, model in PARSED_TABLES.items():
        schema["parsed"][table] = {one.name: one.sql_type for one in columns(model)}
    for table, model in (TOPIC_TABLES | TABLES | VIEWS).items():
        schema["main"][table] = {one.name: one.sql_type for one in columns(model)}
    return schema


def _key(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:16]


@cache
def _remembered() -> dict[str, dict[str, Any]]:
    return dict(json.loads(resources.files("signals_pipeline.marts").joinpath(FILE_NAME).read_text("utf-8")))


def text(selects: Mapping[str, str]) -> str:
    """What `origins.json` holds of some SELECTs by name, a line each."""
    lines = []
    for name, sql in sorted(selects.items()):
        one = found(sql)
        kept = {"name": name, "reads": one.tables, "columns": one.origins}
        lines.append(f"{json.dumps(_key(sql))}: {json.dumps(kept)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
