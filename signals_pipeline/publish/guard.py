"""The guards before publishing: no table is stale, and not too much of the last snapshot is gone.

A folder that was half copied, an unmounted disk or a changed dialect empties tables without any error. The
last snapshot from the same raw folder is read from its Parquet files, which nobody can lock.
"""

from collections.abc import Mapping
from pathlib import Path

from signals_pipeline.core.errors import DropError, StaleTablesError
from signals_pipeline.core.failures import faults_translated
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.settings import typed
from signals_pipeline.core.store import Store
from signals_pipeline.marts.build import inputs, marts
from signals_pipeline.parsed.sections import LIST_SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.publish.dictionary import STORED, store_name

GUARDED = ("card_files", "cards", *LIST_SECTIONS, *STATEMENT_SECTIONS)
"""The parsed tables whose rows may not fall by more than half."""

NAMED = 5
"""Drops that a message names; the others are counted."""

FILES_NAMED = 3
"""Files that are gone which it names; the others are counted."""


def assert_current(store: Store, inputs_version: Mapping[str, str]) -> None:
    """Raise `StaleTablesError` unless every table was built from what is there now."""
    built = store.built()
    needed = {*map(store_name, STORED), *marts()}
    now = {name: version for name, (version, _, _) in built.items()} | dict(inputs_version)
    stale = needed - built.keys()
    for name in needed & built.keys():
        if any(other in now and now[other] != version for other, version in built[name][2].items()):
            stale.add(name)
    if not stale:
        stale = {name for name, mart in marts().items() if built[name][2] != inputs(store, mart)}
    if stale:
        names = ", ".join(sorted(stale))
        raise StaleTablesError(
            f"Not published, since these are not up to date: {names}. Materialize them first."
        )


def assert_no_drop(store: Store, parquet: Path) -> None:
    """Raise `DropError` where the store lacks too much of what a snapshot's Parquet folder holds."""
    with faults_translated(parquet):
        found = [*_fallen(store, parquet), *_vanished(store, parquet)]
        files = _gone(store, parquet) if found else ""
    if found:
        more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
        raise DropError(
            f"Not published, since too much is gone: {'; '.join(found[:NAMED])}{more}. {files}"
            "Look at the raw folder; if that is right, accept it once: "
            f"{typed('accept')}."
        )


def _table(parquet: Path, name: str) -> str:
    return f"read_parquet({sql_text(str(parquet / 'parsed' / f'{name}.parquet'))})"


def _gone(store: Store, parquet: Path) -> str:
    """A sentence that names some of the files that are gone; empty where none is."""
    rows = store.rows(f"""
        SELECT path FROM {_table(parquet, "files_seen")}
        -- What is no text is listed without a size.
        WHERE size IS NOT NULL AND path NOT IN (SELECT path FROM internal.files)
        ORDER BY path
    """)
    if not rows:
        return ""
    named = ", ".join(path for (path,) in rows[:FILES_NAMED])
    others = len(rows) - FILES_NAMED
    more = f" and {others:,} more" if others > 0 else ""
    return f"{'This file is' if len(rows) == 1 else 'These files are'} no longer there: {named}{more}. "


def _fallen(store: Store, parquet: Path) -> list[str]:
    """The tables with less than half of the rows that they had."""
    counts = " UNION ALL ".join(
        f"SELECT '{name}' AS name, (SELECT count(*) FROM {_table(parquet, name)}) AS before, "
        f"(SELECT count(*) FROM parsed.{name}) AS now"
        for name in GUARDED
    )
    rows = store.rows(f"SELECT name, before, now FROM ({counts}) WHERE 2 * now < before")
    return [f"parsed.{name} fell from {before:,} to {now:,} rows" for name, before, now in rows]


def _vanished(store: Store, parquet: Path) -> list[str]:
    """The newsletter issues that no card has any more, but for those whose cards have another date now."""
    rows = store.rows(f"""
        SELECT last.issue_date, count(last.card_id)
        FROM {_table(parquet, "cards")} AS last
        LEFT JOIN parsed.cards AS now ON now.card_id = last.card_id AND now.issue_date IS NOT NULL
        WHERE last.issue_date IS NOT NULL
        AND last.issue_date NOT IN (SELECT issue_date FROM parsed.cards WHERE issue_date IS NOT NULL)
        GROUP BY last.issue_date
        HAVING count(now.card_id) = 0
        ORDER BY last.issue_date DESC
    """)
    return [f"newsletter issue {day} with its {n:,} card{'' if n == 1 else 's'}" for day, n in rows]
