"""The sections of a card: a model and a record each, from which all that lists sections follows.

Reading, checks, marts, macros, report and dictionary ask here what sections there are, so that a new one is
its model and its record.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from signals_pipeline.core.schema import Table, Text, Whole, column

MAX_NAME = 1_000
MAX_CELL = 5_000
RELEVANCIES = range(1, 6)
ROW = "row"
LIST_ITEM = "list item"


class CardRow(Table, key=("card_id", "row_no")):
    """One row per part of a card: what all tables below cards share."""

    card_id: Text = column("Card that the row is read from.", read_from=("file name",))
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", read_from=(ROW,), ge=1)
    line: Whole = column("Line of the file, 1-based.", read_from=("line number",), ge=1)


class ListItem(CardRow):
    """One row per list item: what the lists of a card share."""

    raw_text: Text = column(
        "The item as written, Markdown resolved.",
        read_from=(LIST_ITEM,),
        str_length={"min_value": 1, "max_value": MAX_NAME},
    )
    n_source_items: Whole = column(
        "List items joined into this one; 1 unless the list was split into characters.",
        unit="items",
        read_from=(LIST_ITEM,),
        ge=1,
    )


class Keywords(ListItem):
    """One row per keyword of a card."""

    raw_text: Text = column(
        "The keyword as written, Markdown resolved.",
        read_from=(LIST_ITEM,),
        str_length={"min_value": 1, "max_value": MAX_NAME},
    )


class Themes(ListItem):
    """One row per theme of a card."""

    raw_text: Text = column(
        "The theme as written, Markdown resolved.",
        read_from=(LIST_ITEM,),
        str_length={"min_value": 1, "max_value": MAX_NAME},
    )


class Signals(CardRow):
    """One row per signal of a card: a change that the article points to."""

    name: Text = column(
        "Name of the signal.",
        read_from=("Signal", "name"),
        str_length={"min_value": 1, "max_value": MAX_NAME},
    )
    description: Text = column(
        "What the signal is; absent in forms A0 and A.",
        read_from=("description",),
        nullable=True,
        str_length={"max_value": MAX_CELL},
    )
    change: Text = column(
        "From what to what.", read_from=("Change",), nullable=True, str_length={"max_value": MAX_CELL}
    )
    ten_year: Text = column(
        "How it may be in ten years.",
        read_from=("10y horizon", "10-year"),
        nullable=True,
        str_length={"max_value": MAX_CELL},
    )
    driving_force: Text = column(
        "What drives it.",
        read_from=("Driving force", "driving-force"),
        nullable=True,
        str_length={"max_value": MAX_CELL},
    )
    relevancy: Whole = column(
        "Relevancy given by the extractor; absent in forms A0 and A.",
        unit="1 to 5",
        read_from=("relevancy",),
        nullable=True,
        ge=RELEVANCIES[0],
        le=RELEVANCIES[-1],
    )


class Statement(CardRow):
    """One row per statement: what the smaller section tables share."""

    name: Text = column(
        "Name of the statement.", read_from=("name",), str_length={"min_value": 1, "max_value": MAX_NAME}
    )
    description: Text = column(
        "What it says.", read_from=("description",), nullable=True, str_length={"max_value": MAX_CELL}
    )
    relevancy: Whole = column(
        "Relevancy given by the extractor; absent in form C.",
        unit="1 to 5",
        read_from=("relevancy",),
        nullable=True,
        ge=RELEVANCIES[0],
        le=RELEVANCIES[-1],
    )


class Concerns(Statement):
    """One row per concern of a card: something that may go wrong."""


class Behaviors(Statement):
    """One row per behavior of a card: something that people begin to do."""


class Technologies(Statement):
    """One row per technology of a card."""

    name: Text = column(
        "Name of the technology; NULL in form B-src, which has no such column.",
        read_from=("name",),
        nullable=True,
        str_length={"min_value": 1, "max_value": MAX_NAME},
    )
    src: Text = column(
        "The src cell of form B-src as written: usually the card's id.",
        read_from=("src",),
        nullable=True,
        str_length={"max_value": MAX_NAME},
    )


class EmergingIssues(Statement):
    """One row per emerging issue of a card (its Issues section)."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a card: the table of its rows, the headings that open it, and what its rows are called."""

    table: str
    model: type[CardRow]
    headings: tuple[str, ...]
    """As cards write them, the usual one first; compared casefolded."""

    words: str
    topic_kind: str | None = None
    """The kind of topic that its items name, where it is a list; the rows of a table are statements."""


SECTIONS: dict[str, Section] = {
    one.table: one
    for one in (
        Section("keywords", Keywords, ("Keywords",), "keywords", topic_kind="keyword"),
        Section("themes", Themes, ("Themes",), "themes", topic_kind="theme"),
        Section("signals", Signals, ("Signals",), "signals"),
        Section("concerns", Concerns, ("Concerns",), "concerns"),
        Section("behaviors", Behaviors, ("Behaviors", "Behaviours"), "behaviors"),
        Section("technologies", Technologies, ("Technologies",), "technologies"),
        Section("emerging_issues", EmergingIssues, ("Issues", "Emerging issues"), "emerging issues"),
    )
}
"""The sections by table, in the order in which a card has them."""

LIST_SECTIONS = tuple(name for name, one in SECTIONS.items() if one.topic_kind)
STATEMENT_SECTIONS = tuple(name for name, one in SECTIONS.items() if not one.topic_kind)


def in_words(sections: Sequence[str]) -> str:
    """Sections in a sentence, such as signals, concerns and emerging issues."""
    *first, last = (SECTIONS[name].words for name in sections)
    return f"{', '.join(first)} and {last}"
