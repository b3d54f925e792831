"""The parsed tables: one model each.

Those of sections stand in `parsed.sections`. `read_from` names what a column is read from: the headers of the
section's table (compared folded; `parsed.reader.forms` builds its lookup from them), LIST_ITEM, ROW, or
one of CARD_PARTS.
"""

from signals_pipeline.core.rejects import MEANINGS
from signals_pipeline.core.schema import Big, Day, Flag, Table, Text, Whole, column
from signals_pipeline.parsed.sections import LIST_ITEM, MAX_CELL, MAX_NAME, SECTIONS, CardRow, written

CARD_ID = r"^[0-9a-f]{32}(@.+)?$"
MAX_SUMMARY = 100_000
FILE_KINDS = ("card", "index page", "topic page", "yearly page", "other")
FORMS = ("C", "B-src", "B-name", "B-length", "B-char", "A", "A0", "other")
WHOLE_FILE = "whole file"
CARD_PARTS = (
    "file name", "line number", "title line", "link line", "structure", "## Other", "## Summary", WHOLE_FILE
)  # fmt: skip
"""The parts of a card that are no table and no list."""

REJECT_LEVELS = ("file", "card", "row")
NOT_COUNTED_REASONS = {
    "own-page": "a page of the newsletter itself",
    "wall-page": "a paywall, cookie banner or bot wall in place of the article",
    "undated": "no newsletter issue with a date",
    "older-version": "another version of the same card is counted",
    "duplicate-article": "an earlier card about the same article is counted",
}
DATE_REASONS = {
    "no-token": "the card names no newsletter issue",
    "not-a-date": "what the card names is no date",
    "impossible-date": "the date is not in the calendar",
    "before-earliest-issue": "the date is before the first newsletter issue",
    "after-as-of": "the date is later than the day of the run",
    "corrected": "a person gave the date",
}


class FilesSeen(Table, key=("path",)):
    """One row per Markdown file in the raw folder, read or not."""

    path: Text = column(
        "Path relative to the raw folder; bytes that are no printable text as \\xNN.",
        read_from=("file name",),
    )
    kind: Text = column(
        "What the file is, by its name and content.", read_from=("structure",), isin=FILE_KINDS
    )
    size: Big = column(
        "Size of the file; NULL where it could not be looked at.",
        read_from=(WHOLE_FILE,),
        unit="bytes",
        nullable=True,
    )
    file_sha256: Text = column(
        "SHA-256 of the bytes as read, hexadecimal; NULL where the file was not read.",
        read_from=(WHOLE_FILE,),
        nullable=True,
    )


class CardFiles(Table, key=("path", "card_id")):
    """One row per card in a file: a glued file has two rows, a card kept under two names as well."""

    path: Text = column("Path of the file.", read_from=("file name",))
    card_id: Text = column("Identity of the card.", read_from=("file name",), str_matches=CARD_ID)
    file_sha256: Text = column("SHA-256 of the file's bytes, hexadecimal.", read_from=(WHOLE_FILE,))


class Cards(Table, key=("card_id",)):
    """One row per card: one article in one newsletter issue."""

    card_id: Text = column(
        "Identity: the file name when that is 32 hex digits (and @ and a version), else the MD5 of the path.",
        read_from=("file name",),
        str_matches=CARD_ID,
    )
    path: Text = column("Path of the file that the card is read from.", read_from=("file name",))
    line: Whole = column("Line of the file where the card begins, 1-based.", read_from=("line number",), ge=1)
    form: Text = column("Structural dialect of the card.", read_from=("structure",), isin=FORMS)
    article_hash: Text = column("First 32 characters of card_id.", read_from=("file name",), str_length=32)
    title: Text = written("Title as written; NULL where the card has none.", "title line", at_most=MAX_NAME)
    issue_token: Text = written(
        "What the card says of its newsletter issue, as written.", "title line", at_most=MAX_NAME
    )
    issue_date: Day = column(
        "Date of the newsletter issue; NULL where it is not known.",
        read_from=("title line",),
        nullable=True,
    )
    issue_date_reason: Text = column(
        "Why issue_date is NULL, or 'corrected' where issue_dates.csv gave it.",
        read_from=("title line",),
        nullable=True,
        isin=DATE_REASONS,
    )
    issue_date_flags: Text = column(
        "Doubts that never change the date, comma-separated: older-than-article, odd-weekday.",
        read_from=("title line", "link line"),
        nullable=True,
    )
    issue_key: Text = column(
        "Newsletter issue: the ISO issue_date, else 'undated:' and the token.", read_from=("title line",)
    )
    newsletter_url: Text = written("Address of the newsletter issue, credentials masked.", "title line")
    url: Text = written("Link to the article, credentials masked.", "link line")
    article_key: Text = column(
        "The article: its link without tracking parameters and fragment; without a link, article_hash.",
        read_from=("link line",),
    )
    source_domain: Text = column(
        "Registered domain of the link; with its subdomain on hosting platforms.",
        read_from=("link line",),
        nullable=True,
    )
    category: Text = written("Category given in the card.", "## Other", at_most=MAX_NAME)
    type: Text = written("Type given in the card.", "## Other", at_most=MAX_NAME)
    summary: Text = written(
        "Summary, paragraphs separated by an empty line.", "## Summary", at_most=MAX_SUMMARY
    )
    id_matches_link: Flag = column(
        "Whether article_hash is the MD5 of the link as written; NULL without a link.",
        read_from=("file name", "link line"),
        nullable=True,
    )
    is_counted: Flag = column(
        "Whether the marts count this card.", read_from=("file name", "title line", "link line", "structure")
    )
    not_counted_reason: Text = column(
        "First reason that holds for not counting it.",
        read_from=("file name", "title line", "link line", "structure"),
        nullable=True,
        isin=NOT_COUNTED_REASONS,
    )
    duplicate_of: Text = column(
        "card_id of the card that is counted in its place.",
        read_from=("file name", "link line"),
        nullable=True,
    )


class RelatedCards(CardRow):
    """One row per entry of a card's Closest list."""

    target_card_id: Text = column(
        "Card that the entry points to, as written.",
        read_from=(LIST_ITEM,),
        str_length={"min_value": 1, "max_value": MAX_NAME},
    )
    label: Text = written("Text of the entry.", LIST_ITEM, at_most=MAX_NAME)
    is_self: Flag = column("Whether the entry points to the card itself.", read_from=(LIST_ITEM,))
    is_known: Flag = column("Whether the target is a card of this corpus.", read_from=(LIST_ITEM,))


class RawCells(CardRow, key=("card_id", "section", "row_no", "column_name")):
    """One row per table cell, list item or summary paragraph whose text differs from its Markdown."""

    section: Text = column(
        "Table that the row stands in; cards for its summary, category and type.", read_from=(WHOLE_FILE,)
    )
    column_name: Text = column("Column of that table.", read_from=(WHOLE_FILE,))
    raw_text: Text = column(
        "Markdown of the cell as written.", read_from=(WHOLE_FILE,), str_length={"max_value": MAX_CELL}
    )


class CardExtra(CardRow):
    """One row per part of a card that no other table holds.

    Unknown headings and columns, text outside every section, blank and separator bullets. A section under an
    unknown heading is a reject as well.
    """

    row_no: Whole = column("Number among the card's extra parts, 1-based.", read_from=(WHOLE_FILE,), ge=1)
    heading: Text = written(
        "Heading that it stands under; NULL above the first one.", WHOLE_FILE, at_most=MAX_NAME
    )
    column_name: Text = written(
        "Unknown column, or in brackets what else it is, such as (blank bullet) or (separator bullet).",
        WHOLE_FILE,
        at_most=MAX_NAME,
    )
    value: Text = written("Text as written.", WHOLE_FILE, at_most=MAX_SUMMARY)


class Rejects(Table):
    """One row per file, card or row that could not be read."""

    path: Text = column("Path of the file.", read_from=("file name",))
    line: Whole = column(
        "Line of the file, 1-based; NULL for a whole file.", read_from=(WHOLE_FILE,), nullable=True
    )
    card_id: Text = column("Card concerned, where known.", read_from=("file name",), nullable=True)
    section: Text = column(
        "Section concerned: the table that the row would stand in.", read_from=(WHOLE_FILE,), nullable=True
    )
    row_no: Whole = column(
        "Number that the row would have in its section.", read_from=(WHOLE_FILE,), nullable=True
    )
    level: Text = column("What was rejected.", read_from=(WHOLE_FILE,), isin=REJECT_LEVELS)
    code: Text = column("Short code of the reason.", read_from=(WHOLE_FILE,), isin=MEANINGS)
    reason: Text = column("The reason as a sentence.", read_from=(WHOLE_FILE,))
    raw_text: Text = written("What was rejected, at most 1,000 characters.", WHOLE_FILE, at_most=1_000)


TABLES: dict[str, type[Table]] = {
    "files_seen": FilesSeen,
    "card_files": CardFiles,
    "cards": Cards,
    **{name: section.model for name, section in SECTIONS.items()},
    "related_cards": RelatedCards,
    "raw_cells": RawCells,
    "card_extra": CardExtra,
    "rejects": Rejects,
}
"""The parsed tables by name, in the order in which they are written."""
