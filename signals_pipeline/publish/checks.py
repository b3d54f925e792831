"""The checks that only warn: what a person should look at in the tables, and what never stops a run."""

import duckdb

from signals_pipeline.core.checks import Check, listed_by
from signals_pipeline.topics.folding import is_mixed_script


def _mixed_scripts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    surfaces = connection.execute("SELECT DISTINCT surface FROM topic_surfaces ORDER BY ALL").fetchall()
    return [surface for (surface,) in surfaces if is_mixed_script(surface)]


WARNINGS = (
    Check(
        "nothing_was_rejected",
        "parsed.rejects",
        "Every file, card and row of the raw folder could be read. Each that could not stands in "
        "parsed.rejects with its path, line and reason.",
        listed_by("SELECT path || coalesce(':' || line, '') || ' ' || code FROM parsed.rejects ORDER BY ALL"),
    ),
    Check(
        "every_id_matches_its_link",
        "parsed.cards",
        "A card's id is the MD5 of its link as written. Where it is not, the link was altered or belongs to "
        "another card.",
        listed_by("SELECT card_id FROM parsed.cards WHERE NOT id_matches_link ORDER BY ALL"),
    ),
    Check(
        "cards_have_plausible_dates",
        "parsed.cards",
        "Every card has a newsletter issue with a date between the earliest issue and today. A person's "
        "correction goes into data/issue_dates.csv.",
        listed_by(
            "SELECT card_id || ' ' || issue_key || ' ' || issue_date_reason FROM parsed.cards "
            "WHERE issue_date IS NULL ORDER BY ALL"
        ),
    ),
    Check(
        "every_card_has_a_known_form",
        "parsed.cards",
        "Every card has one of the seven known forms. Cards of another structure are read all the same.",
        listed_by("SELECT card_id FROM parsed.cards WHERE form = 'other' ORDER BY ALL"),
    ),
    Check(
        "every_part_is_known",
        "parsed.card_extra",
        "Cards have no headings or table columns that the tables do not know. What is unknown is kept in "
        "parsed.card_extra.",
        listed_by(
            "SELECT DISTINCT coalesce(heading, '(no heading)') || coalesce(' / ' || column_name, '') "
            "FROM parsed.card_extra WHERE column_name IS NULL OR column_name NOT LIKE '(%bullet)' "
            "ORDER BY ALL"
        ),
    ),
    Check(
        "no_surface_mixes_scripts",
        "topic_surfaces",
        "No word of a keyword or theme mixes letters of two scripts, such as a Cyrillic А in AI. Such a word "
        "is not merged with the one it looks like.",
        _mixed_scripts,
    ),
)
