"""The dictionary: every published table, view, macro and column, from their models."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from signals_pipeline.core.schema import Table, columns, description, primary_key, readable
from signals_pipeline.marts.lineage import Origin, in_words, origins
from signals_pipeline.marts.macros import Macro, macros
from signals_pipeline.marts.models import TABLES as MART_TABLES
from signals_pipeline.marts.models import VIEWS as MART_VIEWS
from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
from signals_pipeline.outlooks.models import TABLES as OUTLOOK_TABLES
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.publish.models import SEARCH_TABLES
from signals_pipeline.publish.models import TABLES as SNAPSHOT_TABLES
from signals_pipeline.publish.models import VIEWS as SNAPSHOT_VIEWS
from signals_pipeline.publish.promised import OLD_NAMES
from signals_pipeline.publish.questions import question_macros
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

STORED: dict[str, type[Table]] = {
    **{f"parsed.{name}": model for name, model in PARSED_TABLES.items()},
    **{
        f"main.{name}": model
        for name, model in (TOPIC_TABLES | MEANING_TABLES | OUTLOOK_TABLES | MART_TABLES).items()
    },
}
"""The published tables that stand in the store, by qualified name."""

_OF_SNAPSHOT: dict[str, type[Table]] = {f"main.{name}": model for name, model in SNAPSHOT_TABLES.items()}

IN_PARQUET = (*STORED, *_OF_SNAPSHOT, "main.topic_trend")
"""What is written as Parquet: tables, and the one view that nobody could make from the other files."""

TABLES: dict[str, type[Table]] = (
    STORED | _OF_SNAPSHOT | {f"main.{name}": model for name, model in SEARCH_TABLES.items()}
)
"""All published tables by qualified name."""

VIEWS: dict[str, type[Table]] = {
    f"main.{name}": model for name, model in (MART_VIEWS | SNAPSHOT_VIEWS).items()
}
"""All published views by qualified name."""

MACROS: dict[str, Macro] = macros() | question_macros()
"""All published macros by name, each after those that it calls."""


def store_name(qualified: str) -> str:
    """The name of a table in the store, where schema `main` goes without saying."""
    return qualified.removeprefix("main.")


def old_names() -> dict[str, type[Table]]:
    """The views that old names are, by qualified name: each with the columns of what it stands for."""
    return {
        old: type(old, ((TABLES | VIEWS)[renamed.now],), {"__doc__": str(renamed)})
        for old, renamed in OLD_NAMES.items()
    }


def rows() -> Iterator[dict[str, Any]]:
    """One row per column of every published table and view, and per macro, as `DataDictionary` declares."""
    for kind, models in (("table", TABLES), ("view", VIEWS | old_names())):
        for name, model in models.items():
            yield from _columns(kind, name, model)
    for macro in MACROS.values():
        yield {
            "table_schema": "main",
            "table_name": macro.name,
            "table_kind": "macro",
            "table_description": macro.description,
            "position": 1,
            "column_name": macro.name,
            "description": macro.description,
        }


def _columns(kind: str, name: str, model: type[Table]) -> Iterator[dict[str, Any]]:
    schema, _, table = name.partition(".")
    key = primary_key(model)
    read = origins(name)
    for position, one in enumerate(readable(columns(model)), 1):
        yield {
            "table_schema": schema,
            "table_name": table,
            "table_kind": kind,
            "table_description": description(model),
            "position": position,
            "column_name": one.name,
            "column_type": one.sql_type,
            "is_nullable": one.nullable,
            "is_key": one.name in key,
            "unit": one.unit,
            "description": one.description,
            "comes_from": in_words(read.get(one.name, Origin())),
        }


def markdown() -> str:
    """The dictionary as a Markdown page."""
    lines = [
        "# Data dictionary",
        "",
        "Every table, view and macro of a snapshot. Generated from the models (`make dictionary`);",
        "a test keeps it current. The same stands in the database itself: `FROM data_dictionary`.",
        "",
    ]
    lines += ["## Tables of schema `main`", "", *_tables("main", "table")]
    lines += ["## Views of schema `main`", "", *_tables("main", "view")]
    lines += ["## Macros", "", *(f"* `{one.name}`: {one.description}" for one in MACROS.values()), ""]
    lines += ["## Tables of schema `parsed`", "", *_tables("parsed", "table")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _tables(schema: str, kind: str) -> Iterator[str]:
    """The lines about the tables or views of a schema."""
    chosen = (row for row in rows() if (row["table_schema"], row["table_kind"]) == (schema, kind))
    for table, of_table in groupby(chosen, itemgetter("table_name", "table_description")):
        name, about = table
        yield from (f"### {store_name(f'{schema}.{name}')}", "", about, "")
        yield "| column | type | NULL | unit | description | comes from |"
        yield "|:--|:--|:--|:--|:--|:--|"
        for row in of_table:
            shown = f"**{row['column_name']}**" if row["is_key"] else row["column_name"]
            null = "yes" if row["is_nullable"] else ""
            cells = (shown, row["column_type"], null, row["unit"], row["description"], row["comes_from"])
            yield f"| {' | '.join(_cell(cell or '') for cell in cells)} |"
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
