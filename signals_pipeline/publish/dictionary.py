"""The dictionary: every published table, view, macro and column, from their models."""

from collections.abc import Iterator, Mapping

from signals_pipeline.core.schema import Table, columns, description, primary_key
from signals_pipeline.marts.lineage import in_words, origins
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.models import TABLES as MART_TABLES
from signals_pipeline.marts.models import VIEWS as MART_VIEWS
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.publish.models import TABLES as SNAPSHOT_TABLES
from signals_pipeline.publish.models import VIEWS as SNAPSHOT_VIEWS
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

STORED: dict[str, type[Table]] = {
    **{f"parsed.{name}": model for name, model in PARSED_TABLES.items()},
    **{f"main.{name}": model for name, model in (TOPIC_TABLES | MART_TABLES).items()},
}
"""The published tables that stand in the store, by qualified name."""

TABLES: dict[str, type[Table]] = STORED | {f"main.{name}": model for name, model in SNAPSHOT_TABLES.items()}
"""All published tables by qualified name."""

VIEWS: dict[str, type[Table]] = {
    f"main.{name}": model for name, model in (MART_VIEWS | SNAPSHOT_VIEWS).items()
}
"""All published views by qualified name."""


def rows() -> Iterator[dict[str, object]]:
    """One row per column of every published table and view, and per macro, as `DataDictionary` declares."""
    for kind, models in (("table", TABLES), ("view", VIEWS)):
        for name, model in models.items():
            yield from _columns(kind, name, model)
    for macro in macros().values():
        yield {
            "table_schema": "main",
            "table_name": macro.name,
            "table_kind": "macro",
            "table_description": macro.description,
            "position": 1,
            "column_name": macro.name,
            "description": macro.description,
        }


def _columns(kind: str, name: str, model: type[Table]) -> Iterator[dict[str, object]]:
    schema, _, table = name.partition(".")
    key = primary_key(model)
    read = origins(name)
    for position, one in enumerate(columns(model), 1):
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
            "comes_from": in_words(read.get(one.name, ())),
        }


def markdown() -> str:
    """The dictionary as a Markdown page."""
    parts = [
        "# Data dictionary",
        "",
        "Every table, view and macro of a snapshot. Generated from the models (`make dictionary`);",
        "a test keeps it current. The same stands in the database itself: `FROM data_dictionary`.",
        "",
    ]
    parts += _section("Tables of schema `main`", {n: m for n, m in TABLES.items() if n.startswith("main.")})
    parts += _section("Views of schema `main`", VIEWS)
    parts += ["## Macros", ""]
    for macro in macros().values():
        parts += [f"* `{macro.name}`: {macro.description}"]
    parts += [""]
    parts += _section(
        "Tables of schema `parsed`", {n: m for n, m in TABLES.items() if n.startswith("parsed.")}
    )
    return "\n".join(parts).rstrip("\n") + "\n"


def _section(title: str, models: Mapping[str, type[Table]]) -> list[str]:
    lines = [f"## {title}", ""]
    for name, model in models.items():
        lines += [f"### {name.removeprefix('main.')}", "", description(model), ""]
        lines += [
            "| column | type | NULL | unit | description | comes from |",
            "|:--|:--|:--|:--|:--|:--|",
        ]
        key, read = primary_key(model), origins(name)
        for one in columns(model):
            shown = f"**{one.name}**" if one.name in key else one.name
            cells = [shown, one.sql_type, "yes" if one.nullable else "", one.unit or "", one.description]
            cells.append(in_words(read.get(one.name, ())) or "")
            lines.append(f"| {' | '.join(map(_cell, cells))} |")
        lines.append("")
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
