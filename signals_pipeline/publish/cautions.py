"""What a person should look at in the tables, and what never stops a run. Nothing here knows Dagster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from signals_pipeline.topics.folding import is_mixed_script

Rows = Callable[[str], list[tuple[Any, ...]]]
"""The rows of a query, on the store or on a published database."""


@dataclass(frozen=True)
class Caution:
    """A sentence about a table, and the examples that contradict it."""

    table: str
    name: str
    description: str
    examples: Callable[[Rows], list[str]]


def _texts(sql: str) -> Callable[[Rows], list[str]]:
    return lambda rows: [str(row[0]) for row in rows(sql)]


def _mixed_scripts(rows: Rows) -> list[str]:
    surfaces = rows("SELECT DISTINCT surface FROM topic_surfaces ORDER BY ALL")
    return [surface for (surface,) in surfaces if is_mixed_script(surface)]


CAUTIONS = (
    Caution(
        "parsed.rejects",
        "nothing_was_rejected",
        "Every file, card and row of the raw folder could be read. Each that could not stands in "
        "parsed.rejects with its path, line and reason.",
        _texts("SELECT path || coalesce(':' || line, '') || ' ' || code FROM parsed.rejects ORDER BY ALL"),
    ),
    Caution(
        "parsed.cards",
        "every_id_matches_its_link",
        "A card's id is the MD5 of its link as written. Where it is not, the link was altered or belongs to "
        "another card.",
        _texts("SELECT card_id FROM parsed.cards WHERE NOT id_matches_link ORDER BY ALL"),
    ),
    Caution(
        "parsed.cards",
        "every_card_has_a_plausible_date",
        "Every card has a newsletter issue with a date between the earliest issue and today. A person's "
        "correction goes into data/issue_dates.csv.",
        _texts(
            "SELECT card_id || ' ' || issue_key || ' ' || issue_date_reason FROM parsed.cards "
            "WHERE issue_date IS NULL ORDER BY ALL"
        ),
    ),
    Caution(
        "parsed.cards",
        "every_card_has_a_known_form",
        "Every card has one of the seven known forms. Cards of another structure are read all the same.",
        _texts("SELECT card_id FROM parsed.cards WHERE form = 'other' ORDER BY ALL"),
    ),
    Caution(
        "parsed.card_extra",
        "every_heading_and_column_is_known",
        "Cards have no headings or table columns that the tables do not know. What is unknown is kept in "
        "parsed.card_extra.",
        _texts(
            "SELECT DISTINCT coalesce(heading, '(no heading)') || coalesce(' / ' || column_name, '') "
            "FROM parsed.card_extra WHERE column_name IS NULL OR column_name NOT LIKE '(%bullet)' "
            "ORDER BY ALL"
        ),
    ),
    Caution(
        "topic_surfaces",
        "no_surface_mixes_scripts",
        "No word of a keyword or theme mixes letters of two scripts, such as a Cyrillic А in AI. Such a word "
        "is not merged with the one it looks like.",
        _mixed_scripts,
    ),
)
