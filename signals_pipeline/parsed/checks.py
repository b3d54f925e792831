"""What must hold of the parsed tables before a run may keep them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pyarrow

from signals_pipeline.core.errors import BrokenTablesError
from signals_pipeline.core.schema import primary_key
from signals_pipeline.core.store import Store
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.parsed.reader.card import BLANK_BULLET, DUPLICATE_SECTION, SEPARATOR_BULLET
from signals_pipeline.parsed.reader.forms import BULLET_SECTIONS, section_of
from signals_pipeline.parsed.sections import LIST_SECTIONS, STATEMENT_SECTIONS

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence that must hold of a table, and what lists the rows of it for which it does not."""

    name: str
    table: str
    description: str
    violations: Callable[[Store], list[str]]


def assert_all_hold(store: Store) -> None:
    """Raise `BrokenTablesError` unless every blocking check holds."""
    broken: dict[str, int] = {}
    examples: list[str] = []
    for check in BLOCKING:
        if violations := check.violations(store):
            broken[check.name] = len(violations)
            examples += [f"{check.name}: {one}" for one in violations[:EXAMPLES]]
    if broken:
        said = "; ".join(examples[:EXAMPLES])
        raise BrokenTablesError(
            f"The parsed tables contradict the cards, so nothing was stored ({said}).", broken
        )


def unaccounted(store: Store) -> list[str]:
    """Sections of cards whose rows are neither in their table nor in card_extra nor among the rejects.

    What the reader counted in the Markdown is compared with what the tables hold now.
    """
    headings = [row[0] for row in store.rows("SELECT DISTINCT heading FROM parsed.card_extra")]
    opened = [section_of(heading) if heading else None for heading in headings]
    types = pyarrow.schema({"heading": pyarrow.string(), "section": pyarrow.string()})
    known = pyarrow.table({"heading": headings, "section": opened}, types)
    n_source = dict.fromkeys(LIST_SECTIONS, "n_source_items")
    sections = " UNION ALL ".join(
        f"SELECT card_id, '{name}' AS section, {n_source.get(name, '1')} AS n FROM parsed.{name}"
        for name in (*LIST_SECTIONS, *STATEMENT_SECTIONS, "related_cards")
    )
    sql = f"""
        WITH held AS (
            {sections}
            UNION ALL
            SELECT card_id, 'other' AS section, (category IS NOT NULL)::INT + (type IS NOT NULL)::INT AS n
            FROM parsed.cards
            UNION ALL
            SELECT e.card_id, h.section, 1 AS n
            FROM parsed.card_extra AS e
            JOIN known_headings AS h ON h.heading = e.heading
            WHERE list_contains($bullet_sections, h.section)
            AND (
                list_contains($bullets, e.column_name)
                OR (h.section = 'other' AND e.column_name IS DISTINCT FROM $duplicate)
            )
            UNION ALL
            SELECT card_id, section, 1 AS n
            FROM parsed.rejects
            WHERE level = 'row' AND section IN (SELECT section FROM internal.section_counts)
        ),
        totals AS (SELECT card_id, section, sum(n) AS n FROM held GROUP BY card_id, section HAVING sum(n) > 0)
        SELECT
            coalesce(s.card_id, t.card_id) || ' ' || coalesce(s.section, t.section) || ': '
            || coalesce(s.n_source, 0) || ' in the card, ' || coalesce(t.n, 0) || ' accounted for'
        FROM internal.section_counts AS s
        FULL JOIN totals AS t ON t.card_id = s.card_id AND t.section = s.section
        WHERE coalesce(s.n_source, 0) <> coalesce(t.n, 0)
        ORDER BY ALL
    """
    parameters = {
        "bullet_sections": list(BULLET_SECTIONS),
        "bullets": [BLANK_BULLET, SEPARATOR_BULLET],
        "duplicate": DUPLICATE_SECTION,
    }
    with store.registered(known_headings=known):
        return [row[0] for row in store.rows(sql, parameters)]


def _repeated_keys(table: str, store: Store) -> list[str]:
    key = ", ".join(primary_key(TABLES[table]))
    repeated = store.rows(f"SELECT {key} FROM parsed.{table} GROUP BY {key} HAVING count(*) > 1")
    return [str(row) for row in repeated]


def _without_card(table: str, store: Store) -> list[str]:
    orphans = store.rows(f"""
        SELECT DISTINCT card_id FROM parsed.{table}
        WHERE card_id NOT IN (SELECT card_id FROM parsed.cards)
    """)
    return [row[0] for row in orphans]


BLOCKING: tuple[Check, ...] = (
    Check(
        "every_source_row_is_accounted_for",
        "cards",
        "For every card and section, the rows and bullets in the Markdown are in the section's table, "
        "in card_extra or among the rejects.",
        unaccounted,
    ),
    *(
        Check(
            f"{name}_have_one_row_per_key",
            name,
            f"No two rows of {name} have the same {', '.join(primary_key(model))}.",
            partial(_repeated_keys, name),
        )
        for name, model in TABLES.items()
        if primary_key(model)
    ),
    *(
        Check(
            f"{name}_belong_to_a_card",
            name,
            f"Every row of {name} belongs to a card in parsed.cards.",
            partial(_without_card, name),
        )
        for name in TABLES
        if name not in ("files_seen", "rejects", "cards")
    ),
)
"""The checks without which nothing of a run is stored."""
