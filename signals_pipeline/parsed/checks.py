"""What must hold of the parsed tables before a run may keep them."""

import duckdb

from signals_pipeline.core.checks import Check, broken, listed_by, one_row_per_key
from signals_pipeline.core.errors import BrokenTablesError
from signals_pipeline.core.schema import column_names, primary_key
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.parsed.reader.card import BLANK_BULLET, DUPLICATE_SECTION, SEPARATOR_BULLET
from signals_pipeline.parsed.reader.forms import BULLET_SECTIONS
from signals_pipeline.parsed.sections import LIST_SECTIONS, STATEMENT_SECTIONS

EXAMPLES = 3


def assert_all_hold(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise `BrokenTablesError` unless every blocking check holds."""
    found = broken(BLOCKING, connection)
    if found:
        examples = [f"{name}: {one}" for name, violations in found.items() for one in violations[:EXAMPLES]]
        raise BrokenTablesError(
            "The parsed tables contradict the cards, so nothing was stored "
            f"({'; '.join(examples[:EXAMPLES])}).",
            {name: len(violations) for name, violations in found.items()},
        )


def unaccounted(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Sections of cards whose rows are neither in their table nor in card_extra nor among the rejects.

    What the reader counted in the Markdown is compared with what the tables hold now.
    """
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
            JOIN internal.headings AS h ON h.heading = e.heading
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
    return [row for (row,) in connection.execute(sql, parameters).fetchall()]


BLOCKING: tuple[Check, ...] = (
    Check(
        "every_row_is_accounted_for",
        "parsed.cards",
        "For every card and section, the rows and bullets in the Markdown are in the section's table, "
        "in card_extra or among the rejects.",
        unaccounted,
    ),
    *(one_row_per_key(f"parsed.{name}", model) for name, model in TABLES.items() if primary_key(model)),
    *(
        Check(
            "rows_belong_to_a_card",
            f"parsed.{name}",
            f"Every row of {name} belongs to a card in parsed.cards.",
            listed_by(
                f"SELECT DISTINCT card_id FROM parsed.{name} "
                "WHERE card_id NOT IN (SELECT card_id FROM parsed.cards)"
            ),
        )
        for name, model in TABLES.items()
        if name not in ("rejects", "cards") and "card_id" in column_names(model)
    ),
    Check(
        "rows_belong_to_a_draft",
        "parsed.draft_links",
        "Every row of draft_links belongs to a draft in parsed.drafts.",
        listed_by(
            "SELECT DISTINCT path FROM parsed.draft_links WHERE path NOT IN (SELECT path FROM parsed.drafts)"
        ),
    ),
    Check(
        "drafts_are_the_draft_files",
        "parsed.drafts",
        "The drafts are the files of kind draft that could be read.",
        listed_by(
            "SELECT coalesce(f.path, d.path) FROM parsed.drafts AS d FULL JOIN ("
            "SELECT path FROM parsed.files_seen WHERE kind = 'draft' AND path NOT IN "
            "(SELECT path FROM parsed.rejects WHERE level = 'file')"
            ") AS f ON f.path = d.path WHERE f.path IS NULL OR d.path IS NULL"
        ),
    ),
)
"""The checks without which nothing of a run is stored."""
