"""What a SELECT reads, by its SQL, and where the columns of every table come from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import sqlglot
from sqlglot import exp

from signals_pipeline.core.schema import Table, column_names
from signals_pipeline.marts.computed import COMPUTED, COUNTS
from signals_pipeline.marts.computed.inputs import INPUTS
from signals_pipeline.marts.macros import Macro, macros
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.queries import METRIC, query
from signals_pipeline.meaning import lineage as meaning
from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
from signals_pipeline.outlooks import build as outlooks
from signals_pipeline.outlooks.models import TABLES as OUTLOOK_TABLES
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.parsed.reader.forms import parts_read
from signals_pipeline.topics import build as topics
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

CARDS = "raw.cards"
"""The files, whose columns are the parts of a card."""

Ends = frozenset[tuple[str, str]]
"""Tables, each with a column of it."""

NOWHERE: Ends = frozenset()

_MODELS: dict[str, type[Table]] = {
    **{f"parsed.{name}": model for name, model in PARSED_TABLES.items()},
    **TOPIC_TABLES,
    **MEANING_TABLES,
    **OUTLOOK_TABLES,
    **TABLES,
    **VIEWS,
}


@dataclass(frozen=True)
class Origin:
    """The columns that a column is computed from, and those that say of which rows.

    A column is selected by what the SELECTs that it passes through have in JOIN, WHERE, GROUP BY, HAVING,
    QUALIFY, DISTINCT, FILTER and the window of a function, and in ORDER BY where only some rows are taken.
    A LEFT JOIN keeps all rows of its left side, so what it looks for selects the columns of the right one.
    """

    computed_from: Ends = NOWHERE
    selected_by: Ends = NOWHERE

    @property
    def ends(self) -> Ends:
        """Both."""
        return self.computed_from | self.selected_by

    def selected(self, by: Ends) -> "Origin":
        """The origin of the column in rows that are selected further."""
        return Origin(self.computed_from, self.selected_by | by)

    def each_once(self) -> "Origin":
        """The same without saying again what the column is computed from."""
        return Origin(self.computed_from, self.selected_by - self.computed_from)


Origins = Mapping[str, Origin]
"""By column, where it comes from."""


def _joined(origins: Iterable[Origin]) -> Origin:
    """The origin of what is computed from several columns."""
    found = tuple(origins)
    return Origin(
        NOWHERE.union(*(one.computed_from for one in found)),
        NOWHERE.union(*(one.selected_by for one in found)),
    )


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
        {name: origin.each_once() for name, origin in found.columns.items()},
    )


@dataclass(frozen=True)
class _Relation:
    """What a FROM names: its columns, and what its rows are selected by, which its columns are too."""

    columns: Origins
    rows: Ends = NOWHERE

    def selected(self, by: Ends) -> "_Relation":
        return _Relation({name: one.selected(by) for name, one in self.columns.items()}, self.rows | by)


@dataclass(frozen=True)
class _Scope:
    """What a name can stand for: CTEs, windows, and relations by alias, the innermost ones first."""

    ctes: Mapping[str, _Relation]
    levels: tuple[Mapping[str, _Relation], ...]
    windows: Mapping[str, exp.Window] = field(default_factory=dict)

    def find(self, name: str, of: str = "") -> Origin:
        for level in self.levels:
            for alias, relation in level.items():
                if of in ("", alias) and name in relation.columns:
                    return relation.columns[name]
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

    def query(self, node: exp.Query, around: _Scope) -> _Relation:
        ctes = dict(around.ctes)
        scope = _Scope(ctes, around.levels)
        for cte in node.ctes:
            ctes[cte.alias] = self.query(cte.this, scope)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, scope)
        if isinstance(node, exp.SetOperation):
            return self._set(node, scope)
        return self._select(node, scope)

    def _set(self, node: exp.SetOperation, scope: _Scope) -> _Relation:
        left, right = self.query(node.left, scope), self.query(node.right, scope)
        pairs = zip(left.columns.items(), right.columns.values(), strict=True)
        columns = {name: _joined((one, other)) for (name, one), other in pairs}
        rows = left.rows | right.rows
        if node.args.get("distinct"):
            rows |= _joined(columns.values()).ends
        rows |= self._taken(node, _Scope(scope.ctes, ({"": _Relation(columns)},)))
        return _Relation(columns).selected(rows)

    def _select(self, node: exp.Query, around: _Scope) -> _Relation:
        relations: dict[str, _Relation] = {}
        found: dict[str, Origin] = {}
        windows = {one.name: one for one in node.args.get("windows") or ()}
        scope = _Scope(around.ctes, (relations, {"": _Relation(found)}, *around.levels), windows)
        rows = NOWHERE
        for one in filter(None, [node.args.get("from_"), *node.args.get("joins", ())]):
            name = one.this.alias_or_name
            relations[name] = self._relation(one.this, scope)
            looked_for = self._condition(one, relations, scope)
            if one.args.get("side") == "LEFT":
                relations[name] = relations[name].selected(looked_for)
            else:
                rows |= relations[name].rows | looked_for
        for one in node.selects:
            if one.is_star:
                for name, of in _starred(one, relations):
                    # What two relations are joined by is a column of both.
                    found[name] = _joined((found.get(name, Origin()), of))
            else:
                is_named = isinstance(one, (exp.Alias, exp.Column))
                found[one.alias_or_name if is_named else f"column {len(found)}"] = self._origin(one, scope)
        for clause in ("where", "group", "having", "qualify"):
            rows |= self._origin(node.args.get(clause), scope).ends
        rows |= self._grouped(node, scope) | self._taken(node, scope)
        if node.args.get("distinct") and not node.args["distinct"].args.get("on"):
            rows |= _joined(found.values()).ends
        return _Relation(found).selected(rows)

    def _condition(self, join: exp.Expr, relations: Mapping[str, _Relation], scope: _Scope) -> Ends:
        """What a JOIN looks for rows by."""
        shared = {column.name for column in join.args.get("using") or ()}
        using = (of for one in relations.values() for name, of in one.columns.items() if name in shared)
        return self._origin(join.args.get("on"), scope).ends | _joined(using).ends

    def _grouped(self, node: exp.Query, scope: _Scope) -> Ends:
        """The columns that GROUP BY ALL stands for: those of the SELECT that nothing is summed up in."""
        group = node.args.get("group")
        if not (group and group.args.get("all")):
            return NOWHERE
        # A text or number in the query itself, such as a parameter, tells no rows apart.
        keys = [one for one in node.selects if one.find(exp.Column) and not one.find(exp.AggFunc)]
        return _joined(self._origin(one, scope) for one in keys).ends

    def _taken(self, node: exp.Query, scope: _Scope) -> Ends:
        """What says which rows are taken: by an order that nothing else depends on, some of all."""
        order = self._origin(node.args.get("order"), scope).ends
        distinct = node.args.get("distinct")
        on = distinct.args.get("on") if isinstance(distinct, exp.Distinct) else None
        cuts = [one for one in (on, node.args.get("limit"), node.args.get("offset")) if one]
        return order.union(*(self._origin(one, scope).ends for one in cuts)) if cuts else NOWHERE

    def _relation(self, node: exp.Expr, scope: _Scope) -> _Relation:
        if isinstance(node, exp.Subquery):
            return self.query(node.this, scope)
        if not isinstance(node, exp.Table):
            origin = self._origin(node, scope)
            return _Relation(dict.fromkeys(node.alias_column_names, origin)).selected(origin.ends)
        if isinstance(node.this, exp.Anonymous):
            return self._table_call(node.this, scope)
        if not node.db and node.name in scope.ctes:
            return scope.ctes[node.name]
        table = f"{node.db}.{node.name}".removeprefix("main.").removeprefix(".")
        self.tables.add(table)
        return _Relation({name: Origin(frozenset({(table, name)})) for name in column_names(_MODELS[table])})

    def _origin(self, node: exp.Expr | None, scope: _Scope) -> Origin:
        """Where the value of an expression comes from."""
        if node is None:
            return Origin()
        if isinstance(node, exp.Column):
            return scope.find(node.name, node.table)
        if isinstance(node, exp.Query):
            return _joined(self.query(node, scope).columns.values())
        if isinstance(node, exp.Filter):
            return self._origin(node.this, scope).selected(self._origin(node.expression, scope).ends)
        if isinstance(node, exp.Window):
            return self._over(node, scope)
        found = _joined(self._origin(one, scope) for one in node.iter_expressions())
        if isinstance(node, exp.Anonymous) and node.name in macros():
            found = _joined((found, self._call(node)))
        return found

    def _over(self, node: exp.Window, scope: _Scope) -> Origin:
        """A function over a window; a rank, which is of no column, is computed from the order of the rows."""
        of = self._origin(node.this, scope)
        named = scope.windows.get(node.alias)
        parts = [one.args for one in (node, named) if one]
        order = _joined(self._origin(one.get("order"), scope) for one in parts)
        across = [column for one in parts for column in one.get("partition_by") or ()]
        by = _joined(self._origin(one, scope) for one in across).ends
        return (of if of.computed_from else order).selected(order.ends | by)

    def _table_call(self, node: exp.Anonymous, scope: _Scope) -> _Relation:
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

    def _call(self, node: exp.Anonymous) -> Origin:
        """What a macro reads itself, besides its arguments.

        A parameter is its value alone: the names that it is looked up by stand in the SELECT itself.
        """
        macro = macros()[node.name]
        self.calls.add(macro.name)
        if macro.name == "parameter":
            self.parameters.add((node.expressions[0].name, node.expressions[1].name))
        arguments = _Relation(dict.fromkeys(macro.arguments, Origin()))
        return Origin(self._origin(_body(macro), _Scope({}, ({"": arguments},))).computed_from)


def _starred(star: exp.Expr, relations: Mapping[str, _Relation]) -> Iterator[tuple[str, Origin]]:
    """The columns that a star stands for, with EXCLUDE."""
    left_out = {column.name for one in star.find_all(exp.Star) for column in one.args.get("except_") or ()}
    for alias, relation in relations.items():
        if getattr(star, "table", "") in ("", alias):
            yield from ((name, of) for name, of in relation.columns.items() if name not in left_out)


@cache
def _body(macro: Macro) -> exp.Expr:
    return sqlglot.parse_one(macro.body, dialect="duckdb")


@cache
def origins(table: str) -> Origins:
    """Where each column of a table comes from, one step back; empty for a table that is not in the store."""
    name = table.removeprefix("main.")
    if name.startswith("parsed."):
        parts = parts_read(name.removeprefix("parsed."))
        return {column: Origin(frozenset((CARDS, part) for part in read)) for column, read in parts.items()}
    if name in TOPIC_TABLES:
        by = frozenset(topics.SELECTED_BY)
        found = {column: Origin(frozenset(read), by) for column, read in topics.origins(name).items()}
        return {column: origin.each_once() for column, origin in found.items()}
    for layer, tables in ((meaning, MEANING_TABLES), (outlooks, OUTLOOK_TABLES)):
        if name in tables:
            by = frozenset(layer.SELECTED_BY[name])
            found = {column: Origin(frozenset(read), by) for column, read in layer.ORIGINS[name].items()}
            return {column: origin.each_once() for column, origin in found.items()}
    if name in COMPUTED:
        return _of_computed(name)
    return read_by(query(name)).origins if name in _MODELS and name != METRIC else {}


def _of_computed(name: str) -> Origins:
    """A column that Python computes comes from what is declared of the counts that it is computed from."""
    counts, declared = read_by(query(COUNTS)).origins, INPUTS[name]
    rows = _joined(counts[one] for one in declared.rows).ends
    return {
        column: _joined(counts[one] for one in declared.columns[column]).selected(rows).each_once()
        for column in column_names(_MODELS[name])
    }


def in_words(origin: Origin, named: Callable[[str], str] = str) -> str | None:
    """The origin of a column in words, None where it has none; `named` says how a table is called in them."""
    said = {"computed from": origin.computed_from, "selected by": origin.selected_by}
    return "; ".join(f"{how} {_listed(ends, named)}" for how, ends in said.items() if ends) or None


def _listed(ends: Ends, named: Callable[[str], str]) -> str:
    """Tables with their columns in words; of `metric` every parameter is the same column."""
    by_table: dict[str, list[str]] = {}
    for table, column in sorted(ends):
        by_table.setdefault(table, []).append(column)
    return ", ".join(
        named(table) if table == METRIC else f"{named(table)} ({', '.join(columns)})"
        for table, columns in by_table.items()
    )
