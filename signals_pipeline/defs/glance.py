"""What matters of a table, to see on its page in Dagster without a click."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import dagster as dg

from signals_pipeline.core.listed import listed
from signals_pipeline.core.store import Store
from signals_pipeline.publish.readings import readings
from signals_pipeline.publish.report.charts import Bar, bars, year_ticks
from signals_pipeline.publish.report.site import picture

QUERIES = Path(__file__).parent / "glance.sql"
ROWS = 10
CELL_CHARACTERS = 80
ISSUES_DRAWN = 60
BLOCKS = "▁▂▃▄▅▆▇█"


@cache
def queries() -> dict[str, str]:
    """The queries of the tables of which the first rows would say little, by the name that SQL calls them."""
    return dict(listed(QUERIES))


def glance(store: Store, table: str) -> dg.TableMetadataValue:
    """A few rows that say what a table holds: its first ones, unless it has a query of its own.

    Of newsletter issues it says which were read last. Lists of numbers become sparklines, and long texts are
    cut.

    Few and short: Dagster keeps the metadata of every run.
    """
    if table == "newsletter_issues":
        return _issues_read(store)
    sql = queries().get(table, f"FROM {table} LIMIT {ROWS}")
    names, types, rows = store.with_enough_memory(lambda: store.result(sql))
    return _table(names, ["sparkline" if kind.endswith("[]") else kind for kind in types], rows)


def _issues_read(store: Store) -> dg.TableMetadataValue:
    """The newsletter issues that were read last, when that was (UTC), and what of them failed.

    It is as of this run, where `issue_reading` is as of the snapshot.
    """
    shown = {
        "issue_key": "VARCHAR",
        "last_read_at": "TIMESTAMP",
        "rejects_by_code": "VARCHAR",
        "n_files": "INTEGER",
    }
    found = store.with_enough_memory(lambda: readings(store))[:ROWS]
    return _table(list(shown), list(shown.values()), [[one[name] for name in shown] for one in found])


def _table(
    names: Sequence[str], kinds: Sequence[str], rows: Sequence[Sequence[object]]
) -> dg.TableMetadataValue:
    schema = dg.TableSchema(
        [dg.TableColumn(name, type=kind) for name, kind in zip(names, kinds, strict=True)]
    )
    return dg.MetadataValue.table(
        [dg.TableRecord(dict(zip(names, map(_cell, row), strict=True))) for row in rows], schema=schema
    )


def sparkline(values: Sequence[float | None]) -> str:
    """Numbers from 0 on as blocks of eight heights, the highest for the largest; a dot where there is none.

    Only 0 has the lowest block, so that little and nothing look different.
    """
    top = max((value for value in values if value is not None), default=0)
    steps = len(BLOCKS) - 1
    return "".join(
        "·" if value is None else BLOCKS[min(steps, -int(-steps * value // top)) if value > 0 else 0]
        for value in values
    )


def cards_by_issue(store: Store) -> dg.MarkdownMetadataValue:
    """Counted cards of the last newsletter issues as a chart; no text of a card is in it."""
    found = store.rows(
        "SELECT issue_date, n_counted FROM issue_overview WHERE issue_date IS NOT NULL "
        f"ORDER BY issue_date DESC, issue_key LIMIT {ISSUES_DRAWN}"
    )[::-1]
    items = [Bar(day.isoformat(), n) for day, n in found]
    title = "Counted cards by newsletter issue"
    chart = bars("issues", title, title, items, year_ticks([day for day, _ in found]))
    return dg.MetadataValue.md(
        f"![{title}]({picture(chart)})" if chart else "No newsletter issue has a date."
    )


def _cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return sparkline(value)
    text = str(value)
    return text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…"
