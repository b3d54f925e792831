"""Why a file, a card or a row is rejected: every code, and what it means.

Whatever makes a reject names its code from here; the model of `rejects` allows no other, and the dictionary
says what each means.
"""

from enum import StrEnum
from typing import Self


class Code(StrEnum):
    """The short code of a reason, with its meaning."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Self:
        """A code as it stands in `rejects`, and a phrase that says what is wrong."""
        one = str.__new__(cls, code)
        one._value_ = code
        one.meaning = meaning
        return one

    # Of a file, by the gate and the parser.
    NOT_REGULAR_FILE = "not-regular-file", "a link, a pipe, a socket or a device in place of a file"
    UNREADABLE = "unreadable", "a file or folder that the system does not open, list or read"
    UNSTABLE = "unstable", "a file that changed every time it was read"
    EMPTY = "empty", "a file of nothing but blanks"
    NOT_UTF8 = "not-utf8", "bytes that are no UTF-8"
    CONTROL_CHAR = "control-char", "a NUL character in the file"
    TOO_LARGE = "too-large", "more bytes or Markdown characters than a card can have"
    PARSER_FAILED = "parser-failed", "a fault of the parser, to be reported with the file"

    # Of a card.
    NO_CARD_CONTENT = "no-card-content", "a file named like a card, with no title, no link and no section"
    DUPLICATE_ID = "duplicate-id", "another card with the same id is read in its place"

    FRONT_MATTER = "front-matter", "fields above a text that are no YAML"

    # Of a row, a list item or another piece of text, by the reader.
    UNKNOWN_SECTION = "unknown-section", "a section under a heading that is not known, kept in card_extra"
    OPEN_FENCE = "open-fence", "a code fence or comment that is never closed, above a section"
    TABLE_IN_SUMMARY = "table-in-summary", "a table row in the summary, which is text"
    OTHER_TABLE = "other-table", "a row of a further table, which may belong to another section"
    TOO_DEEP = "too-deep", "a line in more lists within each other than are read"
    NOT_A_LIST_ITEM = "not-a-list-item", "a text in the section of a list that is no item of it"
    NOT_A_CARD_LINK = "not-a-card-link", "an item of the Closest list that is no link to a card"
    NOT_A_TABLE_ROW = "not-a-table-row", "a text in the section of a table that is no row of it"
    TABLE_NOT_PARSED = (
        "table-not-parsed",
        "a row outside a table, whose header may lack the line under it",
    )
    EXTRA_CELLS = (
        "extra-cells",
        "more cells than headers, and padding that does not tell which",
    )
    CUT_OFF = "cut-off", "a row without the pipe at its end that the header has, which may lack more"
    BLANK_ROW = "blank-row", "a row whose cells are all blank or say that the value is missing"
    NO_KNOWN_COLUMN = "no-known-column", "a row without a cell under a known header"
    RELEVANCY_NOT_A_NUMBER = "relevancy-not-a-number", "a relevancy that is no whole number"

    # Of a row, by the model of its table.
    MISSING_VALUE = "missing-value", "nothing where the column must have a value"
    FIELD_TOO_LONG = "field-too-long", "more characters than the column takes"
    OUT_OF_RANGE = "out-of-range", "a number below or above what the column takes"
    NOT_ALLOWED = "not-allowed", "a value that the column does not take"
    DUPLICATE_KEY = "duplicate-key", "a row with the key of another one"


MEANINGS: dict[str, str] = {code.value: code.meaning for code in Code}
"""What each code means."""
