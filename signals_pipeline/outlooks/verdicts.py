"""What people found when they looked whether an outlook came true: data/verdicts.csv."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.edited import EditedRow, edited_day, edited_rows
from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.outlooks.models import SECTIONS_WITH_OUTLOOKS, VERDICTS

COLUMNS = ("card", "section", "row", "text", "verdict", "date", "link", "note")

MAX_ROW_NO = 2**31 - 1
_CARD = re.compile(r"[0-9a-f]{1,32}(?:(?<=[0-9a-f]{32})@.+)?")
_ROW_NO = re.compile(r"[1-9][0-9]{0,9}")
_APOSTROPHES = re.compile("['\u2018\u2019]")


class Verdict(NamedTuple):
    """A line of the file: which outlook was judged, and how."""

    line: int
    card: str
    """The id of a card, or its first digits."""
    section: str
    row_no: int
    text: str
    """What was judged, with the credentials of its links masked, as they are on cards."""
    verdict: str
    decided: date
    link: str | None
    note: str | None


def read_verdicts(path: Path, content: bytes) -> list[Verdict]:
    """The verdicts of a CSV file with the columns card, section, row, text, verdict, date, link, note.

    Credentials in links are masked.

    Raises:
        BadInputFileError: The file cannot be used; the message names file and line and says what to do.
    """
    found = [_verdict(path, row) for row in edited_rows(path, content, COLUMNS)]
    for one, other in _of_one_outlook(found):
        first, second = sorted((one.line, other.line))
        raise BadInputFileError(
            f"{path}:{second}: line {first} judges the same outlook; keep one of the two, or write more of "
            "the card's id where two cards are meant"
        )
    return found


def compared(text: str) -> str:
    """A text as texts of cards and of the file are compared: any blanks are one, and apostrophes none.

    Spreadsheets turn apostrophes, and the sheets of a snapshot set some before what looks like a formula.
    """
    return " ".join(_APOSTROPHES.sub("", text).split())


def _of_one_outlook(verdicts: Sequence[Verdict]) -> Iterator[tuple[Verdict, Verdict]]:
    """Pairs of lines that judge one outlook: the id of one card begins as that of the other."""

    def outlook(one: Verdict) -> tuple[str, int, str]:
        return one.section, one.row_no, compared(one.text)

    for _, of_one in groupby(sorted(verdicts, key=lambda one: (outlook(one), one.card)), outlook):
        yield from ((one, other) for one, other in pairwise(of_one) if other.card.startswith(one.card))


def _verdict(path: Path, row: EditedRow) -> Verdict:
    card, section, row_no, text, verdict, day, link, note = row.cells
    here = f"{path}:{row.line}"
    if not _CARD.fullmatch(card):
        raise BadInputFileError(f"{here}: {card!r} is no id of a card; write it, or its first digits")
    if section not in SECTIONS_WITH_OUTLOOKS:
        raise BadInputFileError(
            f"{here}: {section!r} is no section with outlooks; write {' or '.join(SECTIONS_WITH_OUTLOOKS)}"
        )
    if not _ROW_NO.fullmatch(row_no) or int(row_no) > MAX_ROW_NO:
        raise BadInputFileError(f"{here}: {row_no!r} is no number of a row; the first one is 1")
    if not compared(text):
        raise BadInputFileError(f"{here}: the text is empty; write the outlook that was judged")
    if verdict not in VERDICTS:
        *others, last = VERDICTS
        raise BadInputFileError(f"{here}: unknown verdict {verdict!r}; write {', '.join(others)} or {last}")
    if link and not _is_link(link):
        raise BadInputFileError(
            f"{here}: {link!r} is no link; write one that begins with https:// or http://"
        )
    decided = edited_day(path, row.line, day)
    text, link, note = (mask_credentials(one) for one in (text, link, note))
    return Verdict(row.line, card, section, int(row_no), text, verdict, decided, link or None, note or None)


def _is_link(text: str) -> bool:
    """Whether a text is a link of http or https to a host, and nothing else."""
    try:
        parts = urlsplit(text)
        # Looking at the port raises where it is no number.
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
