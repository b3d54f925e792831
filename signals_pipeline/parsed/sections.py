"""The sections of a card: a model and a record each, from which all that lists sections follows.

Reading, checks, marts, macros, report and dictionary ask here what sections there are, so that a new one is
its model and its record.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from signals_pipeline.core.schema import Table, Text, Whole, column

MAX_NAME = 1_000
MAX_CELL = 5_000
LOWEST_RELEVANCY, HIGHEST_RELEVANCY = 0, 5
RELEVANCY_SCALE = f"{LOWEST_RELEVANCY} to {HIGHEST_RELEVANCY}"
"""The scale of the extractor: 0 is really weak, 5 is strong."""

ROW = "row"
LIST_ITEM = "list item"


def _name(description: str, *read_from: str, nullable: bool = False) -> Any:
    """A short text that is not empty."""
    length = {"min_value": 1, "max_value": MAX_NAME}
    return column(description, read_from=read_from, nullable=nullable, str_length=length)


def written(description: str, *read_from: str, at_most: int = MAX_CELL) -> Any:
    """A text of at most so many characters, or none."""
    return column(description, read_from=read_from, nullable=True, str_length={"max_value": at_most})


def _relevancy(description: str) -> Any:
    """A number of the extractor's scale, or missing."""
    return column(
        description,
        unit=RELEVANCY_SCALE,
        read_from=("relevancy",),
        nullable=True,
        ge=LOWEST_RELEVANCY,
        le=HIGHEST_RELEVANCY,
    )


class CardRow(Table, key=("card_id", "row_no")):
    """One row per part of a card: what all tables below cards share."""

    card_id: Text = column("Card that the row is read from.", read_from=("file name",))
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", read_from=(ROW,), ge=1)
    line: Whole = column("Line of the file, 1-based.", read_from=("line number",), ge=1)


class ListItem(CardRow):
    """One row per list item: what the lists of a card share."""

    raw_text: Text = _name("The item as written, Markdown resolved.", LIST_ITEM)
    n_source_items: Whole = column(
        "List items joined into this one; 1 unless the list was split into characters.",
        unit="items",
        read_from=(LIST_ITEM,),
        ge=1,
    )


class Keywords(ListItem):
    """One row per keyword of a card."""

    raw_text: Text = _name("The keyword as written, Markdown resolved.", LIST_ITEM)


class Themes(ListItem):
    """One row per theme of a card."""

    raw_text: Text = _name("The theme as written, Markdown resolved.", LIST_ITEM)


class Signals(CardRow):
    """One row per signal of a card: a change that the article points to."""

    name: Text = _name("Name of the signal.", "Signal", "name")
    description: Text = written("What the signal is; absent in forms A0 and A.", "description")
    change: Text = written("From what to what.", "Change")
    ten_year: Text = written("How it may be in ten years.", "10y horizon", "10-year")
    driving_force: Text = written("What drives it.", "Driving force", "driving-force")
    relevancy: Whole = _relevancy(
        "Relevancy given by the extractor; absent in forms A0 and A, NULL where the cell has none."
    )


class Statement(CardRow):
    """One row per statement: what the smaller section tables share."""

    name: Text = _name("Name of the statement.", "name")
    description: Text = written("What it says.", "description")
    relevancy: Whole = _relevancy(
        "Relevancy given by the extractor; absent in form C, NULL where the cell has none."
    )


class Concerns(Statement):
    """One row per concern of a card: something that may go wrong."""


class Behaviors(Statement):
    """One row per behavior of a card: something that people begin to do."""


class Technologies(Statement):
    """One row per technology of a card."""

    name: Text = _name(
        "Name of the technology; NULL in form B-src, which has no such column.", "name", nullable=True
    )
    src: Text = written(
        "The src cell of form B-src as written: usually the card's id.", "src", at_most=MAX_NAME
    )


class EmergingIssues(Statement):
    """One row per emerging issue of a card (its Issues section)."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a card: the table of its rows, the headings that open it, and what its rows are called."""

    table: str
    model: type[CardRow]
    headings: tuple[str, ...]
    """As cards write them, the usual one first; `parsed.reader.forms` knows the spellings of each."""

    words: str
    topic_kind: str | None = None
    """The kind of topic that its items name, where it is a list; the rows of a table are statements."""


SECTIONS: dict[str, Section] = {
    one.table: one
    for one in (
        Section("keywords", Keywords, ("Keywords", "Mots-clés"), "keywords", topic_kind="keyword"),
        Section("themes", Themes, ("Themes", "Thèmes"), "themes", topic_kind="theme"),
        Section(
            "signals",
            Signals,
            ("Signals", "Weak signals", "Emerging signals", "Signaux", "Signaux faibles"),
            "signals",
        ),
        Section(
            "concerns",
            Concerns,
            ("Concerns", "Emerging concerns", "Préoccupations", "Préoccupations émergentes"),
            "concerns",
        ),
        Section(
            "behaviors",
            Behaviors,
            (
                "Behaviors",
                "Behaviours",
                "Emerging behaviors",
                "Emerging behaviours",
                "Comportements",
                "Comportements émergents",
            ),
            "behaviors",
        ),
        Section(
            "technologies",
            Technologies,
            ("Technologies", "Emerging technologies", "Technologies émergentes"),
            "technologies",
        ),
        Section(
            "emerging_issues",
            EmergingIssues,
            ("Issues", "Emerging issues", "Enjeux", "Enjeux émergents"),
            "emerging issues",
        ),
    )
}
"""The sections by table, in the order in which a card has them."""

LIST_SECTIONS = tuple(name for name, one in SECTIONS.items() if one.topic_kind)
STATEMENT_SECTIONS = tuple(name for name, one in SECTIONS.items() if not one.topic_kind)


def in_words(sections: Sequence[str]) -> str:
    """Sections in a sentence, such as signals, concerns and emerging issues."""
    *first, last = (SECTIONS[name].words for name in sections)
    return f"{', '.join(first)} and {last}"
