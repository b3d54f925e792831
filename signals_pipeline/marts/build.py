"""Marts: each one SELECT in `sql/`, built into the store and checked before it is kept.

What a mart reads, and which column comes from which, is read from its SQL. A few marts are computed in Python
from the rows of such a SELECT; its SQL says what they read.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import pyarrow

from signals_pipeline.core import validation
from signals_pipeline.core.checks import broken
from signals_pipeline.core.engines import HERE, Engine
from signals_pipeline.core.errors import BrokenTablesError
from signals_pipeline.core.files import files_version
from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import Table, assert_columns, columns, create_table
from signals_pipeline.core.store import Store
from signals_pipeline.marts.checks import checks
from signals_pipeline.marts.computed import COMPUTED, COUNTS, computed
from signals_pipeline.marts.kept import read_kept, write_kept
from signals_pipeline.marts.lineage import read_by
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.models import GRAINS, TABLES, VIEWS
from signals_pipeline.marts.parameters import metric_rows
from signals_pipeline.marts.parts import Parts, rounded_by
from signals_pipeline.marts.queries import METRIC, NAMES, SAID, own_query, place, query
from signals_pipeline.marts.said import bring_up_to_date

TREND_COUNTS = "topic_trend_counts"
"""The one mart that counts every topic in every period: it is built for some topics after the others."""

PART_ROWS = 60_000
"""About how many rows of it are built at a time, where that takes no more than FEW_PARTS parts."""

FEW_PARTS = 8
"""Where it takes more, their number grows as the square root of the rows, and so does what each holds.

Every part reads all cards anew, which would take very long with very many of them.
"""


@dataclass(frozen=True)
class Mart:
    """A table or view of schema main, with its SELECT and what this reads: tables, parameters and macros.

    Where `is_computed`, the rows are not those of the SELECT but computed from them.
    """

    name: str
    model: type[Table]
    sql: str
    is_view: bool
    is_computed: bool
    reads: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]
    calls: tuple[str, ...]


@cache
def marts() -> dict[str, Mart]:
    """Every mart by name, each after those that it reads."""
    found = {name: _mart(name, model) for name, model in (TABLES | VIEWS).items()}
    order = TopologicalSorter(
        {name: [read for read in mart.reads if read in found] for name, mart in found.items()}
    )
    return {name: found[name] for name in order.static_order()}


def _mart(name: str, model: type[Table]) -> Mart:
    if name == METRIC:
        return Mart(name, model, "", is_view=False, is_computed=False, reads=(), parameters=(), calls=())
    is_computed = name in COMPUTED
    sql = query(COUNTS if is_computed else name)
    read = read_by(sql)
    if not is_computed:
        assert_columns(read.origins, model, place(name))
    return Mart(name, model, sql, name in VIEWS, is_computed, read.tables, read.parameters, read.calls)


def inputs(store: Store, mart: Mart) -> dict[str, str]:
    """The versions of all that a mart is made from now: its code, its parameters, and the tables it reads.

    Of `metric` a mart reads its parameters alone, but Python may take any of them.

    Raises:
        KeyError: One of these tables has not been built.
    """
    built = store.built()
    found = {"code": code_version(mart)} | {read: built[read][0] for read in mart.reads}
    if mart.parameters and not mart.is_computed:
        del found[METRIC]
        values = store.rows(f"SELECT metric, parameter, value FROM {METRIC}")
        set_to = {(metric, parameter): number for metric, parameter, number in values}
        found |= {f"{METRIC} {' '.join(one)}": repr(set_to.get(one)) for one in mart.parameters}
    return found


def code_version(mart: Mart) -> str:
    """A version of a mart's SQL, columns, macros, Python, checks, libraries and, for `metric`, parameters."""
    rows = repr(metric_rows()) if mart.name == METRIC else ""
    called = "".join(macros()[name].create for name in mart.calls)
    python = python_version() if mart.is_computed or mart.name == NAMES else ""
    made_of = f"{mart.sql}{rows}{columns(mart.model)}{called}{python}{_version_of('checks.*')}"
    return hashlib.sha256(f"{duckdb.__version__} {made_of}".encode()).hexdigest()[:16]


def python_version() -> str:
    """A version of the code that computes rows, of that which keeps some, and of what both run on."""
    return " ".join(
        (_version_of("computed/*.py", "statistics/*.py", "kept.py", "parts.py", "said.py"), *rounded_by())
    )


@cache
def _version_of(*patterns: str) -> str:
    """A version of the files beside this one that fit some patterns."""
    return files_version(path for pattern in patterns for path in Path(__file__).parent.glob(pattern))


def build(store: Store, mart: Mart, engine: Engine = HERE) -> bool:
    """Build a mart and check it; False where it is already what its inputs say.

    `engine` says where its parts are computed, if it has very many topics, issues or statements.

    Raises:
        BrokenTablesError: A row does not fit the model, or an invariant does not hold; nothing is kept.
        ClusterError: The cluster of the engine does not do its work.
        VersionError: A worker of it has other code.
    """
    read = inputs(store, mart)
    built = store.built()
    if mart.name in built and built[mart.name][2] == read:
        return False
    report(f"building {mart.name}")
    store.with_enough_memory(lambda: _build(store, mart, read, engine))
    return True


def _build(store: Store, mart: Mart, read: Mapping[str, str], engine: Engine) -> None:
    with Parts(engine) as parts, store.transaction():
        for name in mart.calls:
            store.connection.execute(macros()[name].create)
        if mart.is_view:
            store.drop(mart.name)
            store.connection.execute(f"CREATE VIEW {mart.name} AS {mart.sql}")
        elif mart.name == METRIC:
            with store.registered(metric_rows=_metric_table(mart.model)):
                store.replace(mart.name, mart.model, "FROM metric_rows")
        elif mart.is_computed:
            counts = store.connection.sql(mart.sql).to_arrow_table()
            kept = read_kept(store, mart.name, python_version(), parts)
            with store.registered(computed_rows=computed(mart.name, counts, kept)):
                store.replace(mart.name, mart.model, "FROM computed_rows")
            write_kept(store, mart.name, kept)
        elif mart.name == NAMES:
            bring_up_to_date(store, read["code"], parts)
            store.connection.execute(f"CREATE TEMP VIEW {SAID} AS FROM internal.{SAID}")
            store.replace(mart.name, mart.model, own_query(NAMES))
            store.connection.execute(f"DROP VIEW temp.{SAID}")
        elif mart.name == TREND_COUNTS:
            _build_in_parts(store, mart)
        else:
            store.replace(mart.name, mart.model, mart.sql)
        found = broken(checks(mart.name), store.connection)
        if found:
            numbers = {name: len(violations) for name, violations in found.items()}
            what = ", ".join(f"{name} ({n} rows)" for name, n in numbers.items())
            raise BrokenTablesError(f"{mart.name} is not kept, since it contradicts itself: {what}.", numbers)
        store.note_built(mart.name, mart.model, read, is_view=mart.is_view)


def _build_in_parts(store: Store, mart: Mart) -> None:
    """Build the mart of topics and periods for some topics after the others."""
    store.drop(mart.name)
    store.connection.execute(create_table(mart.name, mart.model))
    for first, last in parts(store):
        store.connection.execute(f"SET VARIABLE first_topic_no = {first}")
        store.connection.execute(f"SET VARIABLE last_topic_no = {last}")
        store.connection.execute(f"INSERT INTO {mart.name} BY NAME {mart.sql}")
    store.connection.execute("RESET VARIABLE first_topic_no")
    store.connection.execute("RESET VARIABLE last_topic_no")


def parts(store: Store) -> list[tuple[int, int]]:
    """The first and the last topic_no of each part of that mart."""
    # No topic has more rows than there are periods, nor more than one a grain for each card.
    return store.rows(f"""
        WITH
        sizes AS (
            SELECT topic_no, least({len(GRAINS)} * n_cards, n_periods) AS n
            FROM counted_topics
            CROSS JOIN (SELECT max(period_no) AS n_periods FROM able_periods)
        ),
        numbered AS (
            SELECT
                topic_no,
                CAST(sqrt({PART_ROWS} * sum(n) OVER () / {FEW_PARTS}) AS BIGINT) AS at_most,
                sum(n) OVER (ORDER BY topic_no) // greatest({PART_ROWS}, at_most) AS part
            FROM sizes
        )
        SELECT min(topic_no), max(topic_no) FROM numbered GROUP BY part ORDER BY part
    """)


def _metric_table(model: type[Table]) -> pyarrow.Table:
    return validation.to_arrow(metric_rows(), model)
