"""The tables of outlooks: what is said of the future, and the verdicts of people."""

from signals_pipeline.core.schema import Day, Table, Text, Whole, column, column_names
from signals_pipeline.parsed.models import CARD_ID
from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS

VERDICT, OUTLOOK = "verdict", "outlook"

SAID_IN = {"ten_year": "How it may be in ten years", "change": "From what to what"}
"""The columns of a section that speak of the future: the first one that a row has is its outlook."""

SECTIONS_WITH_OUTLOOKS = tuple(
    section for section in STATEMENT_SECTIONS if set(SAID_IN) <= set(column_names(SECTIONS[section].model))
)

VERDICTS = {
    "came true": "it is so by now",
    "did not": "it was due and is not so",
    "open": "somebody looked, and it cannot be said yet",
}

DUE_BY = {
    "year": "the text names a year or decade",
    "span": "the text names a span of time, which begins with the newsletter issue",
    "column": "the text names no time, and stands in the column for what may be in ten years",
}

WHY_NOT = {
    "no such card": "no card has an id that begins so",
    "several cards": "more than one card has an id that begins so",
    "not counted": "the card is not counted",
    "no such row": "the card has no outlook in that row",
    "other text": "another text stands in that row",
    "too early": "it was decided before the newsletter issue came out",
    "not due yet": "it says that the outlook did not come true, which was not due by then or has no day",
}


class Verdict(Table, key=("line",)):
    """One row per line of data/verdicts.csv: what a person found, and whether it is applied.

    Credentials in links are masked.
    """

    line: Whole = column("Line of data/verdicts.csv, 1-based.", ge=2)
    card: Text = column("The card as the line has it: its id, or the first digits.")
    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)
    text: Text = column("The outlook that was judged.")
    verdict: Text = column("What was found.", isin=VERDICTS)
    decided: Day = column("Day of the verdict.")
    link: Text = column("Where that can be seen.", nullable=True)
    note: Text = column("What else the person wrote.", nullable=True)
    card_id: Text = column(
        "The one card whose id begins so; NULL where there is none.", nullable=True, str_matches=CARD_ID
    )
    why_not: Text = column(
        "Why the line is not applied; NULL where it is. The first reason that holds.",
        nullable=True,
        isin=WHY_NOT,
    )


class Outlook(Table, key=("section", "card_id", "row_no")):
    """One row per outlook of a counted card: what a statement says of the future, and whether it came true.

    The verdicts are those of people, from data/verdicts.csv.
    """

    section: Text = column("Section of the card: the parsed table.", isin=STATEMENT_SECTIONS)
    card_id: Text = column("Card that the row is read from.", str_matches=CARD_ID)
    row_no: Whole = column("Number of the row in its section of the card, 1-based.", ge=1)
    path: Text = column("Path of the file, relative to the raw folder.")
    line: Whole = column("Line of the file, 1-based.", ge=1)
    text: Text = column("What is said: the cell on ten years, where that is empty the one on the change.")
    said_in: Text = column("Column of the section that the text stands in.", isin=SAID_IN)
    said: Day = column("When it was said: the date of the card's newsletter issue.")
    due: Day = column(
        "Last day by which it may come true, of a year or decade its last; NULL where the text of a change "
        "names neither a year nor a span.",
        nullable=True,
    )
    due_by: Text = column("How that was read; NULL without a day.", nullable=True, isin=DUE_BY)
    verdict: Text = column(
        "What a person found; NULL where nobody has judged it.", nullable=True, isin=VERDICTS
    )
    decided: Day = column("Day of the verdict; NULL without one.", nullable=True)
    link: Text = column("Where that can be seen.", nullable=True)
    note: Text = column("What else the person wrote.", nullable=True)


TABLES: dict[str, type[Table]] = {VERDICT: Verdict, OUTLOOK: Outlook}
"""The tables by name."""
