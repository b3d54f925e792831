"""Small cards, and what is read of them."""

from typing import Any

from signals_pipeline.parsed.reader.card import CardRows
from signals_pipeline.parsed.reader.file import FileCards, read_file

NAME = "0123456789abcdef0123456789abcdef"
TITLE = "# __Tide Tables__, (from page [20240915](https://newsletter.example.org/p/20240915).)"
LINK = "__[External link](https://tides.example/tables)__"
HEAD = f"{TITLE}\n\n{LINK}\n\n\n\n"


def read(text: str, path: str = f"{NAME}.md") -> FileCards:
    """What is in a file of a text."""
    return read_file(path, text)


def card(text: str) -> CardRows:
    """The card that begins with a title and a link, and goes on from line 7 with a text."""
    (found,) = read(HEAD + text).cards
    return found


def rows(found: CardRows, table: str, *names: str) -> list[Any]:
    """Values of the rows of a table: tuples of several columns."""
    if len(names) == 1:
        return [row.get(names[0]) for row in found.rows.get(table, ())]
    return [tuple(row.get(name) for name in names) for row in found.rows.get(table, ())]


def extras(found: CardRows) -> list[Any]:
    """What is kept beside the tables."""
    return rows(found, "card_extra", "line", "heading", "column_name", "value")


def rejected(found: CardRows) -> list[Any]:
    """What is rejected of a card."""
    return rows(found, "rejects", "section", "line", "code", "raw_text")
