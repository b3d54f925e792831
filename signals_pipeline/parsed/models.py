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
FILE_KINDS = {
    "card": ("card", "cards"),
    "index page": ("index page", "index pages"),
    "topic page": ("topic page", "topic pages"),
    "yearly page": ("yearly page", "yearly pages"),
    "draft": ("draft", "drafts"),
    "older text": ("older text of a card", "older texts of cards"),
    "copy": ("copy of a card", "copies of cards"),
    "not text": ("file that is no text", "files that are no text"),
    "other": ("other file", "other files"),
}
"""What a file may be, with the words for one and for several."""
FORMS = ("C", "B-src", "B-name", "B-length", "B-char", "A", "A0", "other")
WHOLE_FILE = "whole file"
DRAFT = "draft"
CARD_PARTS = (
    "file name", "line number", "title line", "link line", "structure", "## Other", "## Summary", WHOLE_FILE,
    DRAFT,
)  # fmt: skip
"""The parts of a card that are no table and no list, and the drafts beside the cards."""

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
    "draft": "a draft with a date links the article, and the card has none that can be true",
}


class FilesSeen(Table, key=("path",)):
    """One row per file in the raw folder, read or not, and one per hidden folder.

    Text files (.md, .markdown, .txt) are read; of others the name is listed as it was at the last run.
    """

    path: Text = column(
        "Path relative to the raw folder; bytes that are no printable text as \\xNN.",
        read_from=("file name",),
    )
    kind: Text = column(
        "What the file is, by its name and content.", read_from=("structure",), isin=tuple(FILE_KINDS)
    )
    reason: Text = column(
        "Why no card is read from it; NULL where one is.", read_from=("structure",), nullable=True
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
        read_from=("title line", DRAFT),
        nullable=True,
    )
    issue_date_reason: Text = column(
        "Why issue_date is NULL, or what gave it in place of the token: 'corrected' for issue_dates.csv, "
        "'draft' for a draft.",
        read_from=("title line", DRAFT),
        nullable=True,
        isin=DATE_REASONS,
    )
    issue_date_source: Text = column(
        "Path and line, as path:line, of the link in the draft that gave issue_date; NULL where none did. Of "
        "several drafts it is the earliest.",
        read_from=(DRAFT,),
        nullable=True,
    )
    issue_date_flags: Text = column(
        "Doubts that never change the date, comma-separated: older-than-article, odd-weekday, "
        "differs-from-draft.",
        read_from=("title line", "link line", DRAFT),
        nullable=True,
    )
    issue_key: Text = column(
        "Newsletter issue: the ISO issue_date, else 'undated:' and the token.",
        read_from=("title line", DRAFT),
    )
    newsletter_url: Text = written("Address of the newsletter issue, credentials masked.", "title line")
    url: Text = written(
        "Link to the article, credentials masked: the one that article_hash proves, else the one written.",
        "link line",
        "file name",
    )
    article_key: Text = column(
        "The article: its link out of caches, archives and redirects, whatever the scheme, www., the slash at"
        " the end, the host's other names, tracking parameters and fragment (but a route such as #/about)."
        " Credentials are masked; where that hides what is read, the MD5 of the whole follows."
        " Without a link, article_hash.",
        read_from=("link line",),
    )
    source_domain: Text = column(
        "Registered domain of what the link leads to, with its subdomain on hosting platforms; NULL where the"
        " link does not say it, as that of a shortener or a tracker of mail.",
        read_from=("link line",),
        nullable=True,
    )
    category: Text = written("Category given in the card.", "## Other", at_most=MAX_NAME)
    type: Text = written("Type given in the card.", "## Other", at_most=MAX_NAME)
    author_category: Text = column(
        "The author's own heading for the article: that over its link in the earliest draft with one, else "
        "the bold words before it there; NULL where no draft has any.",
        read_from=(DRAFT,),
        nullable=True,
    )
    summary: Text = written(
        "Summary, paragraphs separated by an empty line.", "## Summary", at_most=MAX_SUMMARY
    )
    id_matches_link: Flag = column(
        "Whether article_hash is the MD5 of the link, as written or as it is proved; NULL without a link.",
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


class Drafts(Table, key=("path",)):
    """One row per draft: a newsletter issue as its author wrote it, below a folder named drafts."""

    path: Text = column("Path of the file.", read_from=("file name",))
    issue_token: Text = column(
        "Newsletter issue that the file name says, such as 20250511d; NULL where it says none.",
        read_from=("file name",),
        nullable=True,
    )
    issue_date: Day = column(
        "Date of the newsletter issue; NULL where it is not known.", read_from=("file name",), nullable=True
    )
    issue_date_reason: Text = column(
        "Why issue_date is NULL, or 'corrected' where issue_dates.csv gave it (see cards).",
        read_from=("file name",),
        nullable=True,
        isin=tuple(reason for reason in DATE_REASONS if reason != "draft"),
    )
    motto: Text = written(
        "What stands above all else, quoted or in italics, paragraphs separated by an empty line.",
        DRAFT,
        at_most=MAX_SUMMARY,
    )


class DraftLinks(Table, key=("path", "position")):
    """One row per link of a draft to a page of the web; pictures are none."""

    path: Text = column("Path of the draft.", read_from=("file name",))
    position: Whole = column("Number of the link in the draft, 1-based.", read_from=(DRAFT,), ge=1)
    line: Whole = column("Line of the file, 1-based.", read_from=("line number",), ge=1)
    heading: Text = written(
        "The author's heading that the link stands under; NULL above the first one below the title.",
        DRAFT,
        at_most=MAX_NAME,
    )
    lead: Text = written(
        "Bold words that its bullet or paragraph begins with, without a colon behind them.",
        DRAFT,
        at_most=MAX_NAME,
    )
    words: Text = written("Words of the link.", DRAFT, at_most=MAX_NAME)
    around: Text = written(
        "The words with the text around them: from the link before to the one behind, at most 200 characters "
        "on each side.",
        DRAFT,
    )
    link: Text = column(
        "The link, credentials masked.",
        read_from=(DRAFT,),
        str_length={"min_value": 1, "max_value": MAX_CELL},
    )
    article_hash: Text = column(
        "MD5 of the link as written, up to its first closing parenthesis: the id of its card.",
        read_from=(DRAFT,),
        str_length=32,
    )
    has_card: Flag = column(
        "Whether there is a card of the link, by article_hash or by the link itself.", read_from=(DRAFT,)
    )


TABLES: dict[str, type[Table]] = {
    "files_seen": FilesSeen,
    "card_files": CardFiles,
    "cards": Cards,
    **{name: section.model for name, section in SECTIONS.items()},
    "related_cards": RelatedCards,
    "raw_cells": RawCells,
    "card_extra": CardExtra,
    "drafts": Drafts,
    "draft_links": DraftLinks,
    "rejects": Rejects,
}
"""The parsed tables by name, in the order in which they are written."""
