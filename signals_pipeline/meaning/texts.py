"""The texts that have vectors: those of cards, statements and topics, as SELECTs.

A vector is found by the MD5 of its text, so that whoever looks for that of a card takes its text from here.
Every column is qualified: a macro that holds a SELECT takes a bare name in it for its own parameter.
"""

from signals_pipeline.core.schema import column_names
from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS

READS = ("parsed.cards", "parsed.keywords", *(f"parsed.{name}" for name in STATEMENT_SECTIONS), "topics")
"""The tables that have the texts."""

_SAYING = ("name", "description", "change", "ten_year", "driving_force")
"""The columns of a statement that say something, which search() looks through too."""

CARD_TEXTS = """
    SELECT
        c.card_id,
        concat_ws(' ', c.title, c.summary, string_agg(k.raw_text, ' ' ORDER BY k.row_no)) AS text
    FROM parsed.cards AS c
    LEFT JOIN parsed.keywords AS k ON k.card_id = c.card_id
    GROUP BY c.card_id, c.title, c.summary
"""
"""The text of each card: its title, summary and keywords."""

TOPIC_TEXTS = """
    SELECT topic_id, topic AS text FROM topics
    UNION ALL
    SELECT topic_id, definition AS text FROM topics WHERE definition IS NOT NULL
"""
"""The names of topics, and the definitions of concepts."""


def statement_texts() -> str:
    """The text of each statement: section, card_id, row_no, line, text."""
    return " UNION ALL ".join(
        f"SELECT '{section}' AS section, s.card_id, s.row_no, s.line, "
        f"concat_ws(' ', {', '.join(f's.{name}' for name in _saying(section))}) AS text "
        f"FROM parsed.{section} AS s"
        for section in STATEMENT_SECTIONS
    )


def read_columns() -> list[tuple[str, str]]:
    """The tables and columns that texts are made of."""
    return [
        *(("parsed.cards", column) for column in ("title", "summary")),
        ("parsed.keywords", "raw_text"),
        *statement_columns(),
        *(("topics", column) for column in ("topic", "definition")),
    ]


def statement_columns() -> list[tuple[str, str]]:
    """Those of statements alone."""
    return [(f"parsed.{section}", column) for section in STATEMENT_SECTIONS for column in _saying(section)]


def _saying(section: str) -> list[str]:
    return [name for name in column_names(SECTIONS[section].model) if name in _SAYING]
