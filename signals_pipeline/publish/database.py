"""The database file of a snapshot: the tables of the store, and views, macros and comments made inside it."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from signals_pipeline.core.schema import (
    Table,
    column_names,
    columns,
    comments,
    create_table,
    readable,
    row_order,
    sql_text,
)
from signals_pipeline.core.store import Store, connect
from signals_pipeline.core.validation import to_arrow
from signals_pipeline.marts.build import marts
from signals_pipeline.marts.macros import macros
from signals_pipeline.publish import dictionary
from signals_pipeline.publish.models import SEARCH_TABLES, DataDictionary
from signals_pipeline.publish.models import TABLES as SNAPSHOT_TABLES
from signals_pipeline.publish.promised import OLD_NAMES
from signals_pipeline.publish.search_index import statements, write_search_index

STORAGE_VERSION = "v1.0.0"
"""Storage format of published files: every DuckDB client since 1.0 reads it."""


Rows = Sequence[Mapping[str, Any]]


def write_database(store: Store, path: Path, made: Mapping[str, Rows]) -> None:
    """Copy the tables into a new file, then make the rest inside it: views, macros and the search index.

    `made` has the rows of the tables that do not stand in the store, by name.
    """
    connection = store.connection
    connection.execute(f"ATTACH {sql_text(str(path))} AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        connection.execute("CREATE SCHEMA snapshot.parsed")
        for name, model in dictionary.STORED.items():
            _copy_table(connection, name, model)
        for name, model in SNAPSHOT_TABLES.items():
            _write_table(store, name, model, made[name])
        for name, model in SEARCH_TABLES.items():
            connection.execute(create_table(f"snapshot.main.{name}", model, for_readers=True))
    finally:
        connection.execute("DETACH snapshot")
    with store.at_rest() as config, connect(path, config) as inside:
        # One transaction: each would wait for the disk, and a thousand columns have comments.
        inside.execute("BEGIN")
        for sql in _inside():
            inside.execute(sql)
        inside.execute("COMMIT")
        write_search_index(inside)
        inside.execute("CHECKPOINT")


def _write_table(store: Store, name: str, model: type[Table], rows: Rows) -> None:
    """Write rows that do not stand in the store into the attached file."""
    order = ", ".join(f'"{column}"' for column in row_order(model))
    store.connection.execute(create_table(f"snapshot.main.{name}", model, for_readers=True))
    with store.registered(written=to_arrow(rows, model)):
        store.connection.execute(f"INSERT INTO snapshot.main.{name} BY NAME FROM written ORDER BY {order}")


def _copy_table(connection: duckdb.DuckDBPyConnection, name: str, model: type[Table]) -> None:
    connection.execute(create_table(f"snapshot.{name}", model, for_readers=True))
    order = ", ".join(f'"{column}"' for column in row_order(model))
    connection.execute(f"INSERT INTO snapshot.{name} BY NAME FROM {name} ORDER BY {order}")


def _inside() -> list[str]:
    """The statements that are run inside the published file: views, macros and comments."""
    statements = []
    for name, model in dictionary.TABLES.items():
        statements += comments(name, model)
    for mart in marts().values():
        if mart.is_view:
            statements += [macros()[name].create for name in mart.calls]
            # A bare name would be the argument of a macro that reads the view and has one of that name.
            names = ", ".join(f"v.{one.name}" for one in readable(columns(mart.model)))
            statements.append(f"CREATE VIEW {mart.name} AS SELECT {names} FROM ({mart.sql}) AS v")
    statements.append(f"CREATE VIEW data_dictionary AS {_dictionary_select()}")
    for name, model in dictionary.VIEWS.items():
        statements += comments(name, model, kind="VIEW")
    statements += _old_names()
    for macro in dictionary.MACROS.values():
        statements += [macro.create, macro.comment]
    return statements


def _old_names() -> list[str]:
    statements = [f"CREATE VIEW {old} AS FROM {renamed.now}" for old, renamed in OLD_NAMES.items()]
    for name, model in dictionary.old_names().items():
        statements += comments(name, model, kind="VIEW")
    return statements


def _dictionary_select() -> str:
    names = column_names(DataDictionary)
    types = [one.sql_type for one in columns(DataDictionary)]
    values = ["(" + ", ".join(_literal(row.get(name)) for name in names) + ")" for row in dictionary.rows()]
    typed = ", ".join(f"d.{name}::{kind} AS {name}" for name, kind in zip(names, types, strict=True))
    return f"SELECT {typed} FROM (VALUES {', '.join(values)}) AS d({', '.join(names)})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return sql_text(value) if isinstance(value, str) else str(value).upper()


def schema_fingerprint() -> str:
    """Sixteen hex digits of the published tables, views, macros, columns, comments and search index."""
    digest = hashlib.sha256(repr(list(dictionary.rows())).encode())
    for mart in marts().values():
        digest.update(mart.sql.encode() if mart.is_view else b"")
    for macro in dictionary.MACROS.values():
        digest.update(macro.create.encode())
    for sql in statements():
        digest.update(sql.encode())
    return digest.hexdigest()[:16]


def row_counts(database: Path) -> dict[str, int]:
    """The number of rows of each published table, by qualified name."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0]
            for name in dictionary.TABLES
        }
