"""Whether a query that somebody else wrote may be asked: what it names, by DuckDB's own parse tree."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from signals_pipeline.core.errors import QueryRefusedError
from signals_pipeline.publish.pivots import with_values_named

_FILE = Path(__file__).with_suffix(".toml")
_LISTED = tomllib.loads(_FILE.read_text("utf-8"))

MAY_BE_ASKED = (
    "One query at a time may be asked: "
    "SELECT, FROM, WITH, VALUES, PIVOT, UNPIVOT, DESCRIBE, SUMMARIZE or SHOW TABLES."
)
"""What is said of whatever DuckDB does not take for one query."""

_INSTEAD = {
    "EXPLAIN": "EXPLAIN may not be asked here: a plan tells of the machine. Ask the query itself.",
    "CALL": "CALL may not be asked here: write FROM in its place.",
}
"""What is said of a statement that DuckDB does not take for a query, by its first word."""

_AGGREGATE_BY_NAME = frozenset({"aggregate", "array_aggr", "array_aggregate", "list_aggr", "list_aggregate"})
"""Functions that call another one, whose name they are given as a text."""

FUNCTIONS = frozenset(name.lower() for group in _LISTED["functions"].values() for name in group.split())
"""DuckDB's functions that may stand where a value stands. Operators pass by their signs."""

TABLE_FUNCTIONS = frozenset(_LISTED["tables"]["functions"].split())
"""DuckDB's functions that may stand where a table stands."""

TYPES = frozenset((*_LISTED["types"]["names"].split(), *_LISTED["types"]["of_several_words"]))
"""What a value may be cast to."""

_EXPRESSIONS = frozenset(_LISTED["tree"]["expressions"].split())
_PARTS = frozenset(_LISTED["tree"]["parts"].split())
_SHOWN = frozenset({'"tables"', "__show_tables_expanded"})

Node = dict[str, Any]
"""A part of a parse tree: an expression has a `class`, every other one a `type`."""


@dataclass(frozen=True, slots=True)
class Names:
    """What queries may name in one database, in lower case."""

    relations: frozenset[tuple[str, ...]]
    """Published tables and views, each by every path that leads to it: cards, parsed.cards."""

    functions: frozenset[str]
    table_functions: frozenset[str]

    reads_by_name: frozenset[str]
    """Macros that take the name of a table as a text."""

    inner: frozenset[str]
    """DuckDB's own views, which tell paths and settings."""


def names_of(connection: duckdb.DuckDBPyConnection) -> Names:
    """What queries may name in the open database."""
    relations = set()
    inner = set()
    found = connection.execute(
        "SELECT database_name, schema_name, table_name, false FROM duckdb_tables() WHERE NOT internal "
        "UNION ALL SELECT database_name, schema_name, view_name, internal FROM duckdb_views()"
    ).fetchall()
    for database, schema, name, is_inner in found:
        if is_inner:
            inner.add(name.lower())
        else:
            path = (database.lower(), schema.lower(), name.lower())
            relations |= {path, path[1:]} | ({path[2:], (path[0], path[2])} if schema == "main" else set())
    macros = connection.execute(
        "SELECT lower(function_name), function_type, contains(lower(macro_definition), 'query_table') "
        "FROM duckdb_functions() WHERE NOT internal"
    ).fetchall()
    return Names(
        frozenset(relations),
        FUNCTIONS | {name for name, kind, _ in macros if kind == "macro"},
        TABLE_FUNCTIONS | {name for name, kind, _ in macros if kind == "table_macro"},
        frozenset(name for name, _, reads in macros if reads),
        frozenset(inner),
    )


def assert_allowed(connection: duckdb.DuckDBPyConnection, names: Names, query: str) -> None:
    """Nothing where the query is one that reads what is published and calls what is listed.

    Raises:
        QueryRefusedError: It is not, or DuckDB cannot say what it names. The message is a sentence about it.
    """
    try:
        tree = _parsed(connection, query)
    except RecursionError:
        raise QueryRefusedError("The query is nested too deeply.") from None
    for part, readable, is_table in _parts_of(tree, names.relations):
        if taken := names.inner & {name for name, _ in _named_in_with(part)}:
            raise QueryRefusedError(f"{min(taken)} is a view of DuckDB; a query may not use that name anew.")
        if objection := _objection(part, names, readable, is_table=is_table):
            raise QueryRefusedError(objection)


def _parsed(connection: duckdb.DuckDBPyConnection, query: str) -> Node:
    """The tree of the one query in a text; that of a pivot without its values is that of one with some."""
    if "\0" in query:
        raise QueryRefusedError("The query holds a NUL, behind which DuckDB may not read on.")
    try:
        query.encode()
    except UnicodeEncodeError:
        raise QueryRefusedError("The query holds a lone surrogate, which is no character.") from None
    tree = _serialized(connection, query)
    if tree.get("error_type") == "parser":
        raise QueryRefusedError(f"DuckDB cannot read the query: {tree['error_message']}.")
    if tree["error"]:
        tree = _serialized(connection, with_values_named(query))
    if tree["error"] or len(tree["statements"]) != 1:
        first_word = query.split(maxsplit=1)[0].upper() if query.strip() else ""
        raise QueryRefusedError(_INSTEAD.get(first_word, MAY_BE_ASKED))
    return tree


def _serialized(connection: duckdb.DuckDBPyConnection, query: str) -> Node:
    found = connection.execute("SELECT json_serialize_sql($1)", [query]).fetchall()
    return dict(json.loads(found[0][0]))


def _parts_of(
    tree: Node, relations: frozenset[tuple[str, ...]]
) -> Iterator[tuple[Node, frozenset[tuple[str, ...]], bool]]:
    """Every part of a tree, with what can be read there and whether it is a function in a table's place.

    What a WITH names can be read in the query that has this WITH and in whatever stands inside it; of the
    queries of the WITH itself in the later ones. A recursive query can be read in its own second half.
    """
    left: list[tuple[Any, frozenset[tuple[str, ...]], bool]] = [(tree, relations, False)]
    while left:
        part, readable, is_table = left.pop()
        if isinstance(part, list):
            left += [(value, readable, False) for value in part]
        elif isinstance(part, dict):
            yield part, readable, is_table
            for name, query in _named_in_with(part):
                left.append((query, readable, False))
                readable |= {(name,)}
            is_call = "class" not in part and part.get("type") == "TABLE_FUNCTION"
            for key, value in part.items():
                if key == "right" and part.get("type") == "RECURSIVE_CTE_NODE":
                    left.append((value, readable | {(_folded(part["cte_name"]),)}, False))
                elif key != "cte_map":
                    left.append((value, readable, is_call and key == "function"))


def _named_in_with(part: Node) -> list[tuple[str, Node]]:
    """The names of the WITH of a query, in their order, each with its own query."""
    named = part.get("cte_map", {}).get("map", ())
    return [(_folded(one["key"]), one["value"]) for one in named]


def _folded(name: str) -> str:
    """A name as DuckDB compares it: of the letters only A to Z are the same in both sizes."""
    return name.encode().lower().decode()


def _objection(
    part: Node, names: Names, readable: frozenset[tuple[str, ...]], *, is_table: bool
) -> str | None:
    """Why a part of a query is refused, None where it is not."""
    kind = part.get("class")
    if is_table and kind != "FUNCTION":
        return MAY_BE_ASKED
    if kind in ("FUNCTION", "WINDOW"):
        return _objection_to_call(part, names, readable, is_table=is_table)
    if kind == "TYPE":
        return _objection_to_type(part["type_name"])
    if kind is not None:
        return None if kind in _EXPRESSIONS else f"{kind} may not stand in a query here."
    return _objection_to_part(part, readable)


def _objection_to_part(part: Node, readable: frozenset[tuple[str, ...]]) -> str | None:
    kind = part.get("type")
    if isinstance(kind, str) and kind not in _PARTS:
        return f"{kind} may not stand in a query here."
    if kind == "UNBOUND_TYPE_INFO":
        return _objection_to_type(part["name"])
    if kind == "BASE_TABLE" and (path := _path(part)) not in readable:
        return f"{'.'.join(path)} is no published table or view: FROM data_dictionary lists them."
    if kind == "SHOW_REF" and part.get("query") is None and part.get("table_name") not in _SHOWN:
        return f"SHOW {part.get('table_name') or 'of this kind'} may not be asked here; SHOW TABLES may."
    if "id" in part and "type_info" in part and part["id"] != "UNBOUND":
        return _objection_to_type(str(part["id"]).strip('"'))
    return None


def _objection_to_call(
    part: Node, names: Names, readable: frozenset[tuple[str, ...]], *, is_table: bool
) -> str | None:
    name = part["function_name"].lower()
    if name in _AGGREGATE_BY_NAME:
        return f"{name}() may not be called here, since it calls what a text names; list_sum() and such may."
    is_sign = not any(letter.isalnum() or letter == "_" for letter in name)
    if not is_sign and name not in (names.table_functions if is_table else names.functions):
        where = "as a table " if is_table else ""
        return (
            f"{name}() may not be called {where}here: allowed.toml lists what may, beside published macros."
        )
    if name in names.reads_by_name:
        for given in _arguments(part):
            text = _text(given)
            # DuckDB takes quotes within the text away: "t" with them, and t, may be two names of a WITH.
            if text is None or '"' in text or tuple(_folded(text).split(".")) not in readable:
                return f"{name}() takes the name of a published table here, in quotes and in full."
    return None


def _objection_to_type(name: str) -> str | None:
    return None if name.lower() in TYPES else f"{name} is no type that a value may be cast to here."


def _path(table: Node) -> tuple[str, ...]:
    """The path of a table as the query writes it. DuckDB 2 gives it whole, 1.5 in parts."""
    whole = table.get("qualified_name")
    path = whole["path"] if whole else [table["catalog_name"], table["schema_name"], table["table_name"]]
    return tuple(_folded(name) for name in path if name)


def _arguments(call: Node) -> list[Node]:
    """What a function is called with: in DuckDB 2 an expression and its name each, in 1.5 the expressions."""
    return [one["expression"] for one in call.get("arguments") or ()] + (call.get("children") or [])


def _text(given: Node) -> str | None:
    """The text that an argument is, None where it is another thing."""
    if given.get("class") != "CONSTANT":
        return None
    text = given["literal"].get("text") if "literal" in given else given["value"].get("value")
    return text if isinstance(text, str) else None
