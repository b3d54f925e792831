"""What a Markdown text consists of: blocks, each with the lines that it stands on.

Lines are 0-based and their ends exclusive. These are tuples, since a card has hundreds of them.
"""

from typing import NamedTuple


class Span(NamedTuple):
    """A piece of text: as it reads, and the Markdown that it was written as."""

    text: str
    markdown: str


class Heading(NamedTuple):
    """A heading, of level 1 to 6."""

    line: int
    end: int
    level: int
    span: Span


class Item(NamedTuple):
    """A list item, or an item of a list nested in it, with its own text only."""

    line: int
    span: Span


class List(NamedTuple):
    """A list with all its items in the order of their lines."""

    line: int
    end: int
    items: list[Item]


class Row(NamedTuple):
    """A table row. `cells` has one entry a header, None where the row has fewer cells.

    `cells` is None where the row has more cells than the header and the padding does not tell which
    pipes are text.
    """

    line: int
    source: str
    cells: list[Span | None] | None


class Table(NamedTuple):
    """A pipe table."""

    line: int
    end: int
    header: list[str]
    rows: list[Row]


class Text(NamedTuple):
    """Anything else; `is_paragraph` where it is plain running text, with its inline Markdown resolved.

    `is_read` is False for lines that the parser passed over, such as what is nested too deep for it.
    """

    line: int
    end: int
    is_paragraph: bool
    span: Span
    is_read: bool = True


Block = Heading | List | Table | Text
