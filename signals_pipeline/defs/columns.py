"""From a table's model to what Dagster shows of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from signals_pipeline.core.schema import Table, columns, description, primary_key
from signals_pipeline.defs import code
from signals_pipeline.defs.glance import glance
from signals_pipeline.defs.resources import StoreResource
from signals_pipeline.marts.lineage import Origin, Origins, in_words, origins
from signals_pipeline.publish.snapshot import DATABASE

OWNERS = ["team:signals"]


def table_schema(model: type[Table], read: Origins) -> dg.TableSchema:
    """The Columns section of an asset page; `read` is where its columns come from.

    It is said in the descriptions, since the open-source UI draws no lineage of columns, and with links.
    """
    key = primary_key(model)
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=one.name,
                type=one.sql_type,
                description=_described(one.comment, read.get(one.name, Origin())),
                constraints=dg.TableColumnConstraints(
                    nullable=one.nullable, unique=key == (one.name,), other=list(one.constraints)
                ),
            )
            for one in columns(model)
        ],
        constraints=dg.TableConstraints(other=[f"unique together: {', '.join(key)}"] if len(key) > 1 else []),
    )


def table_spec(
    group: str,
    name: str,
    model: type[Table],
    *,
    deps: Sequence[dg.AssetKey],
    kinds: set[str],
    code_version: str,
    made_by: Sequence[Callable[..., Any] | Path],
    extra: Mapping[str, Any] | None = None,
) -> dg.AssetSpec:
    """The asset of a table: its name in the published file, its code, its columns and where they come from.

    No run says that anew: Dagster would keep it with every event of every run.
    """
    schema = "parsed" if group == "parsed" else "main"
    read = origins(_called(group, name))
    return dg.AssetSpec(
        key=dg.AssetKey([group, name]),
        deps=deps,
        group_name=group,
        description=description(model),
        owners=OWNERS,
        kinds=kinds,
        code_version=code_version,
        metadata={
            "dagster/column_schema": table_schema(model, read),
            **({"dagster/column_lineage": _lineage(read)} if read else {}),
            "dagster/table_name": f"{Path(DATABASE).stem}.{schema}.{name}",
            code.REFERENCES: code.references(*made_by),
            **(extra or {}),
        },
    )


def materialized(
    resource: StoreResource,
    key: dg.AssetKey,
    table: str,
    before: Mapping[str, tuple[str, int, dict[str, str]]],
    checks: Sequence[dg.AssetCheckResult] = (),
    extra: Mapping[str, Any] | None = None,
) -> dg.MaterializeResult[Any]:
    """What is recorded of a table: version, rows, change since the last run, and what matters.

    The report has a section for every table: its address is among it. `before` is what `Store.built` said
    before the run touched the table.
    """
    store = resource.store
    version, n_rows, _ = store.built()[table]
    page = resource.settings.report.with_name("dictionary.html")
    old_version, old_rows, _ = before.get(table, ("", 0, {}))
    metadata = {
        "dagster/row_count": n_rows,
        "row_change": n_rows - old_rows,
        "content_changed": version != old_version,
        "glance": glance(store, table),
        "report": dg.MetadataValue.url(f"{page.as_uri()}#t-{table}"),
        **(extra or {}),
    }
    return dg.MaterializeResult(
        asset_key=key, metadata=metadata, data_version=dg.DataVersion(version), check_results=checks
    )


def _lineage(read: Origins) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key(end), name) for end, name in sorted(origin.ends)]
            for column, origin in read.items()
        }
    )


def _called(group: str, name: str) -> str:
    return f"parsed.{name}" if group == "parsed" else name


def _described(comment: str, origin: Origin) -> str:
    words = in_words(origin, linked)
    return f"{comment} {words[0].upper()}{words[1:]}." if words else comment


def linked(table: str) -> str:
    """The name of a table as a link to its page."""
    return f"[{table}](/assets/{asset_key(table).to_user_string()})"


def asset_key(table: str) -> dg.AssetKey:
    """The asset of a table by the name that SQL calls it."""
    from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
    from signals_pipeline.outlooks.models import TABLES as OUTLOOK_TABLES
    from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

    schema, _, name = table.rpartition(".")
    groups = {
        **dict.fromkeys(TOPIC_TABLES, "topics"),
        **dict.fromkeys(MEANING_TABLES, "meaning"),
        **dict.fromkeys(OUTLOOK_TABLES, "outlooks"),
    }
    return dg.AssetKey([schema or groups.get(name, "marts"), name])
