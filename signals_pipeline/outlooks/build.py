"""Outlooks into the store: what is said of the future, when it is due, and what people found."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow

from signals_pipeline.core.files import files_version
from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import arrow_schema
from signals_pipeline.core.store import Store
from signals_pipeline.core.validation import to_arrow
from signals_pipeline.outlooks import models
from signals_pipeline.outlooks.due import due
from signals_pipeline.outlooks.models import OUTLOOK, SAID_IN, SECTIONS_WITH_OUTLOOKS, TABLES, VERDICT
from signals_pipeline.outlooks.verdicts import Verdict, compared

_CARDS = ("parsed.cards", *(f"parsed.{section}" for section in SECTIONS_WITH_OUTLOOKS))

READS = {VERDICT: _CARDS, OUTLOOK: (*_CARDS, VERDICT)}
"""By table, those that it is made from."""

EDITED = "verdicts.csv"
"""The file that a person edits and that the verdicts stand in."""

_BATCH = 20_000
"""Texts that are read at a time."""

_NOTHING = r"'(?i)[\s\pZ\pP\pS]*(n/?a)?[\s\pZ\pP\pS]*'"
"""What a cell holds that has no outlook: marks, or n/a."""

_SAID = " UNION ALL ".join(
    f"""
    SELECT
        '{section}' AS section, card_id, row_no, path, line, coalesce(ten_year, change) AS text,
        CASE WHEN ten_year IS NOT NULL THEN 'ten_year' ELSE 'change' END AS said_in, issue_date AS said
    FROM (
        SELECT
            s.card_id, s.row_no, s.line, c.path, c.issue_date,
            CASE WHEN NOT regexp_full_match(s.ten_year, {_NOTHING}) THEN s.ten_year END AS ten_year,
            CASE WHEN NOT regexp_full_match(s.change, {_NOTHING}) THEN s.change END AS change
        FROM parsed.{section} AS s
        JOIN parsed.cards AS c ON c.card_id = s.card_id
        WHERE c.is_counted
    )
    WHERE coalesce(ten_year, change) IS NOT NULL
    """
    for section in SECTIONS_WITH_OUTLOOKS
)
"""Every outlook of a counted card."""

_KNOWN = f"""
    SELECT s.section, s.card_id, s.row_no, o.due, o.due_by
    FROM said AS s
    JOIN {OUTLOOK} AS o USING (section, card_id, row_no, text, said_in, said)
"""
"""Outlooks that stand in the table of the last run, with the day that was read then."""

_ANEW = """
    SELECT s.section, s.card_id, s.row_no, s.text, s.said_in, s.said
    FROM said AS s
    ANTI JOIN known AS k USING (section, card_id, row_no)
"""
"""All others."""

_MEANT = """
    WITH
    meant AS (
        SELECT
            g.line,
            CASE WHEN bool_or(c.card_id = g.card) THEN 1 ELSE count(c.card_id) END AS n_cards,
            CASE WHEN bool_or(c.card_id = g.card) THEN any_value(g.card) ELSE min(c.card_id) END AS card_id
        FROM given AS g
        LEFT JOIN parsed.cards AS c ON c.card_id BETWEEN g.card AND g.card || chr(1114111)
        GROUP BY g.line
    )
    SELECT m.line, m.n_cards, m.card_id, c.is_counted, s.text, s.said, d.due
    FROM meant AS m
    JOIN given AS g ON g.line = m.line
    LEFT JOIN parsed.cards AS c ON m.n_cards = 1 AND c.card_id = m.card_id
    LEFT JOIN said AS s ON s.section = g.section AND s.card_id = c.card_id AND s.row_no = g.row_no
    LEFT JOIN due_days AS d ON d.section = s.section AND d.card_id = s.card_id AND d.row_no = s.row_no
"""
"""By line of the file, the cards whose id begins so and what stands at the row of the only one."""


_GIVEN, _DUE_DAYS = (
    pyarrow.schema([one for one in arrow_schema(model) if one.name in names])
    for model, names in (
        (models.Verdict, ("line", "card", "section", "row_no")),
        (models.Outlook, ("section", "card_id", "row_no", "due", "due_by")),
    )
)
"""The columns by which lines are held against cards, and those of the days on which outlooks are due."""


class Meant(NamedTuple):
    """What a line of the file means: how many cards, which of them, and its outlook as it stands."""

    n_cards: int
    card_id: str | None
    is_counted: bool | None
    text: str | None
    said: date | None
    due: date | None


def _origins() -> dict[str, dict[str, list[tuple[str, str]]]]:
    """By table and column, the tables and columns that it is computed from; a file of a person is none."""
    said = [(f"parsed.{section}", column) for section in SECTIONS_WITH_OUTLOOKS for column in SAID_IN]
    issue_date = ("parsed.cards", "issue_date")
    place = {
        name: [(f"parsed.{section}", name) for section in SECTIONS_WITH_OUTLOOKS]
        for name in ("card_id", "row_no", "line")
    }
    return {
        VERDICT: {name: [] for name in Verdict._fields}
        | {
            "card_id": [("parsed.cards", "card_id")],
            "why_not": [("parsed.cards", "card_id"), ("parsed.cards", "is_counted"), issue_date, *said],
        },
        OUTLOOK: {"section": [], **place, "path": [("parsed.cards", "path")], "text": said, "said_in": said}
        | {"said": [issue_date], "due": [issue_date, *said], "due_by": [issue_date, *said]}
        | {name: [(VERDICT, name)] for name in ("verdict", "decided", "link", "note")},
    }


ORIGINS = _origins()

SELECTED_BY: dict[str, list[tuple[str, str]]] = {
    VERDICT: [],
    OUTLOOK: [("parsed.cards", "is_counted"), *ORIGINS[OUTLOOK]["text"]],
}
"""By table, the tables and columns that its rows are selected by."""


def code_version() -> str:
    """A version that changes when an outlook could be read otherwise."""
    return files_version(Path(__file__).parent.glob("*.py"))


def build_outlooks(store: Store, verdicts: Sequence[Verdict], versions: Mapping[str, str]) -> bool:
    """Build both tables; False where they are already what their inputs say.

    `versions` are those of the files that a person edits, by name.
    """
    built = store.built()
    read = {name: built[name][0] for name in _CARDS} | {EDITED: versions[EDITED], "code": code_version()}
    if all(name in built and built[name][2] == read for name in TABLES):
        return False
    report("reading outlooks")
    store.with_enough_memory(lambda: _build(store, verdicts, read))
    return True


def why_not(verdict: Verdict, meant: Meant) -> str | None:
    """Why a line of the file is not applied (`models.WHY_NOT`), None where it is."""
    if meant.n_cards != 1:
        return "several cards" if meant.n_cards else "no such card"
    if not meant.is_counted:
        return "not counted"
    if meant.text is None or meant.said is None:
        return "no such row"
    if compared(meant.text) != compared(verdict.text):
        return "other text"
    if verdict.decided < meant.said:
        return "too early"
    was_due = meant.due is not None and meant.due <= verdict.decided
    return "not due yet" if verdict.verdict == "did not" and not was_due else None


def _build(store: Store, verdicts: Sequence[Verdict], read: Mapping[str, str]) -> None:
    built = store.built()
    is_known = OUTLOOK in built and built[OUTLOOK][2]["code"] == read["code"]
    with store.transaction():
        store.connection.execute(f"CREATE OR REPLACE TEMP TABLE said AS {_SAID}")
        with (
            store.registered(due_days=_due(store, is_known=is_known)),
            store.registered(judged=to_arrow(_judged(store, verdicts), models.Verdict)),
        ):
            store.replace(VERDICT, models.Verdict, "FROM judged ORDER BY line")
            store.replace(
                OUTLOOK,
                models.Outlook,
                f"""
                SELECT
                    s.section, s.card_id, s.row_no, s.path, s.line, s.text, s.said_in, s.said,
                    d.due, d.due_by, v.verdict, v.decided, v.link, v.note
                FROM said AS s
                JOIN due_days AS d USING (section, card_id, row_no)
                LEFT JOIN (FROM {VERDICT} WHERE why_not IS NULL) AS v USING (section, card_id, row_no)
                ORDER BY s.section, s.card_id, s.row_no
                """,
            )
        store.connection.execute("DROP TABLE said")
        for name, model in TABLES.items():
            store.note_built(name, model, read)


def _judged(store: Store, verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """A row for each line of the file, with its card and whether it is applied."""
    given = pyarrow.Table.from_pylist([one._asdict() for one in verdicts], schema=_GIVEN)
    with store.registered(given=given):
        meant = {line: Meant(*found) for line, *found in store.rows(_MEANT)}
    rows = []
    for one in verdicts:
        of_line = meant[one.line]
        card_id = of_line.card_id if of_line.n_cards == 1 else None
        rows.append(one._asdict() | {"card_id": card_id, "why_not": why_not(one, of_line)})
    return rows


def _due(store: Store, *, is_known: bool) -> pyarrow.Table:
    """The day on which each outlook is due, and how that was read.

    Where `is_known`, the same code read the outlooks that stand in the table, and they are not read again.
    """
    known = _DUE_DAYS.empty_table()
    if is_known:
        known = store.connection.sql(_KNOWN).to_arrow_table().cast(_DUE_DAYS)
    parts = known.to_batches()
    with store.registered(known=known):
        for batch in store.connection.sql(_ANEW).to_arrow_reader(_BATCH):
            found = [
                due(text, said, is_on_ten_years=said_in == "ten_year")
                for text, said_in, said in zip(
                    *(batch[name].to_pylist() for name in ("text", "said_in", "said")), strict=True
                )
            ]
            days = pyarrow.array([one and one.day for one in found], pyarrow.date32())
            by = pyarrow.array([one and one.by for one in found], pyarrow.string())
            keys = batch.select(["section", "card_id", "row_no"])
            parts.append(keys.append_column("due", days).append_column("due_by", by))
    return pyarrow.Table.from_batches(parts, schema=_DUE_DAYS)
