"""What a SELECT reads, by its SQL, and where the columns of every table come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from signals_pipeline.core.schema import Table, column_names
from signals_pipeline.marts.computed import COMPUTED, COUNTS
from signals_pipeline.marts.macros import Macro, macros
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.queries import METRIC, query
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.parsed.reader.forms import parts_read
from signals_pipeline.topics import build as topics
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

CARDS = "raw.cards"
"""The files, whose columns are the parts of a card."""

KEPT = ("topic_id", "kind", "topic")
"""The columns of a computed mart that are not computed."""

Origins = Mapping[str, Sequence[tuple[str, str]]]
"""By column, the tables and columns that it is computed from."""

Ends = frozenset[tuple[str, str]]
Relation = Mapping[str, Ends]
"""What a FROM names: by column, the tables and columns that it is computed from."""

_MODELS: dict[str, type[Table]] = {
    **{f"parsed.{name}": model for name, model in PARSED_TABLES.items()},
    **TOPIC_TABLES,
    **TABLES,
    **VIEWS,
}


@dataclass(frozen=True)
class Read:
    """What a SELECT reads, also through the macros that it calls, and where its columns come from.

    Tables outside the schema main have that before their names. `parameters` are pairs of metric and
    parameter; `calls` are macros, each after those that it calls itself.
    """

    tables: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    calls: tuple[str, ...]
    origins: Origins


@cache
def read_by(sql: str) -> Read:
    """What a SELECT reads.

    Raises:
        LookupError: It names a table or column that is not declared.
    """
    reader = _Reader()
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    found = reader.query(tree, _Scope({}, ()))
    return Read(
        tuple(sorted(reader.tables)),
        tuple(sorted(reader.parameters)),
        tuple(name for name in macros() if name in reader.calls),
        {name: tuple(sorted(ends)) for name, ends in found.items()},
    )


@dataclass(frozen=True)
class _Scope:
    """What a name can stand for: CTEs, and relations by alias, those of the innermost query first."""

    ctes: Mapping[str, Relation]
    levels: tuple[Mapping[str, Relation], ...]

    def find(self, name: str, of: str = "") -> Ends:
        for level in self.levels:
            for alias, relation in level.items():
                if of in ("", alias) and name in relation:
                    return relation[name]
        if of:
            # A field of a struct.
            return self.find(of)
        raise LookupError(f"There is no column {name}.")


class _Reader:
    """Follows the columns of queries to tables, and notes what is read on the way."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.parameters: set[tuple[str, str]] = set()
        self.calls: set[str] = set()

    def query(self, node: exp.Query, around: _Scope) -> Relation:
        ctes = dict(around.ctes)
        scope = _Scope(ctes, around.levels)
        for cte in node.ctes:
            ctes[cte.alias] = self.query(cte.this, scope)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, scope)
        if isinstance(node, exp.SetOperation):
            left, right = self.query(node.left, scope), self.query(node.right, scope)
            return {name: left[name] | right[other] for name, other in zip(left, right, strict=True)}
        return self._select(node, scope)

    def _select(self, node: exp.Query, around: _Scope) -> Relation:
        relations: dict[str, Relation] = {}
        found: dict[str, Ends] = {}
        scope = _Scope(around.ctes, (relations, {"": found}, *around.levels))
        named = [node.args.get("from_"), *node.args.get("joins", ())]
        for one in filter(None, named):
            relations[one.this.alias_or_name] = self._relation(one.this, scope)
        for one in node.selects:
            if one.is_star:
                left_out = {
                    column.name
                    for star in one.find_all(exp.Star)
                    for column in star.args.get("except_") or ()
                }
                for alias, relation in relations.items():
                    if getattr(one, "table", "") in ("", alias):
                        found |= {name: ends for name, ends in relation.items() if name not in left_out}
            else:
                is_named = isinstance(one, (exp.Alias, exp.Column))
                found[one.alias_or_name if is_named else f"column {len(found)}"] = self._ends(one, scope)
        # Nothing comes from these columns, but they may read tables.
        for clause in ("where", "group", "having", "qualify", "order"):
            self._ends(node.args.get(clause), scope)
        for one in node.args.get("joins", ()):
            self._ends(one.args.get("on"), scope)
        return found

    def _relation(self, node: exp.Expr, scope: _Scope) -> Relation:
        if isinstance(node, exp.Subquery):
            return self.query(node.this, scope)
        if not isinstance(node, exp.Table):
            return dict.fromkeys(node.alias_column_names, self._ends(node, scope))
        if isinstance(node.this, exp.Anonymous):
            return self._table_call(node.this, scope)
        if not node.db and node.name in scope.ctes:
            return scope.ctes[node.name]
        table = f"{node.db}.{node.name}".removeprefix("main.").removeprefix(".")
        self.tables.add(table)
        return {name: frozenset({(table, name)}) for name in column_names(_MODELS[table])}

    def _ends(self, node: exp.Expr | None, scope: _Scope) -> Ends:
        """The tables and columns that an expression is computed from."""
        if node is None:
            return frozenset()
        if isinstance(node, exp.Column):
            return scope.find(node.name, node.table)
        if isinstance(node, exp.Query):
            return frozenset().union(*self.query(node, scope).values())
        found = frozenset[tuple[str, str]]().union(
            *(self._ends(one, scope) for one in node.iter_expressions())
        )
        if isinstance(node, exp.Anonymous) and node.name in macros():
            found |= self._call(node)
        return found

    def _table_call(self, node: exp.Anonymous, scope: _Scope) -> Relation:
        """The rows of a table macro, which may query the table that one of its arguments names."""
        macro = macros()[node.name]
        self.calls.add(macro.name)
        arguments = dict(zip(macro.arguments, node.expressions, strict=True))

        def named(one: exp.Expr) -> exp.Expr:
            is_query_table = isinstance(one, exp.Anonymous) and one.name == "query_table"
            return exp.to_identifier(arguments[one.expressions[0].name].name) if is_query_table else one

        body = _body(macro).transform(named)
        assert isinstance(body, exp.Query)
        return self.query(body, _Scope(scope.ctes, ()))

    def _call(self, node: exp.Anonymous) -> Ends:
        """What a macro reads itself, besides its arguments."""
        macro = macros()[node.name]
        self.calls.add(macro.name)
        if macro.name == "parameter":
            self.parameters.add((node.expressions[0].name, node.expressions[1].name))
        arguments: Relation = dict.fromkeys(macro.arguments, frozenset())
        return self._ends(_body(macro), _Scope({}, ({"": arguments},)))


@cache
def _body(macro: Macro) -> exp.Expr:
    return sqlglot.parse_one(macro.body, dialect="duckdb")


def origins(table: str) -> Origins:
    """Where each column of a table comes from, one step back; empty for a table that is not in the store."""
    name = table.removeprefix("main.")
    if name.startswith("parsed."):
        parts = parts_read(name.removeprefix("parsed."))
        return {column: [(CARDS, part) for part in read] for column, read in parts.items()}
    if name in TOPIC_TABLES:
        return topics.origins(name)
    return _of_mart(name) if name in _MODELS and name != METRIC else {}


@cache
def _of_mart(name: str) -> Origins:
    """A column that Python computes comes from all that it is computed from."""
    if name not in COMPUTED:
        return read_by(query(name)).origins
    by_column = read_by(query(COUNTS)).origins
    everything = tuple(sorted(set().union(*by_column.values())))
    return {name: by_column[name] if name in KEPT else everything for name in column_names(_MODELS[name])}


def in_words(read: Sequence[tuple[str, str]]) -> str | None:
    """The origins of a column in words, None where there are none.

    A parameter is looked up by columns of `metric` that say nothing of what it is, so they are left out.
    """
    by_table: dict[str, list[str]] = {}
    for table, column in read:
        by_table.setdefault(table, []).append(column)
    parts = [
        table if table == METRIC else f"{table} ({', '.join(columns)})"
        for table, columns in sorted(by_table.items())
    ]
    return "; ".join(parts) or None
