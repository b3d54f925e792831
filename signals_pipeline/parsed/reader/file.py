"""From the text of one file to the rows of its cards, or of the draft that it is.

Data flow: text -> a plain card, read at once (`fast`); else segments, one a card (`layout`) -> blocks
(`markdown`, the parser of record) -> sections (`sections`) -> rows by table, and rejects for what could not
be read (`card`).
"""

import re
from dataclasses import dataclass, field

from signals_pipeline.core.rejects import Code
from signals_pipeline.parsed.columns import Row
from signals_pipeline.parsed.reader.card import Card, CardRows, reject
from signals_pipeline.parsed.reader.drafts import DraftRows, is_draft, read_draft
from signals_pipeline.parsed.reader.fast import read_plain
from signals_pipeline.parsed.reader.layout import may_hold_a_card, segments
from signals_pipeline.parsed.reader.sections import read_blocks

_HEX_NAME = re.compile(r"(?P<id>[0-9a-f]{32}(?:@.+)?)\.md", re.DOTALL)

MARKS = "\n|*_`[]()<>&#!\\~"
MAX_MARKS = 50_000
"""Characters with a meaning in Markdown from which a file is not read: time and memory follow their number.

A card has some hundreds of them; an index page as large as a file may be has 40,000.
"""


@dataclass(slots=True)
class FileCards:
    """What one file holds: its kind, its cards, and a reject where it is a card that cannot be read."""

    kind: str
    cards: list[CardRows] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    draft: DraftRows | None = None


def card_id_of(path: str) -> str | None:
    """The card id that a file's name gives: 32 hex digits, optionally @ and a version; else None."""
    match = _HEX_NAME.fullmatch(path.rpartition("/")[2])
    return match["id"] if match else None


def read_file(path: str, text: str) -> FileCards:
    """What a file holds, from its path relative to the raw folder and its text with LF line ends."""
    named = card_id_of(path)
    n_marks = sum(map(text.count, MARKS)) if len(text) > MAX_MARKS else 0
    if n_marks > MAX_MARKS:
        reason = (
            f"The file has {n_marks:,} Markdown characters and line ends; at most {MAX_MARKS:,} are read."
        )
        kind = "card" if named else _page_kind(path)
        return FileCards(
            kind, rejects=[reject("file", Code.TOO_LARGE, reason, text, path=path, card_id=named)]
        )
    if named is None and is_draft(path):
        draft = read_draft(path, text)
        return FileCards("draft", rejects=draft.rejects, draft=draft)
    if named is None and not may_hold_a_card(text):
        return FileCards(_page_kind(path))
    card = Card(path, named)
    if read_plain(card, text):
        return FileCards("card", [card.result()])
    return read_by_blocks(path, text)


def read_by_blocks(path: str, text: str) -> FileCards:
    """The cards of a file, plain or not, as the parser of record has them."""
    named = card_id_of(path)
    cut = list(segments(text))
    cards = []
    for number, segment in enumerate(cut, 1):
        card = Card(path, named, number, segment.first_line, is_alone=len(cut) == 1)
        read_blocks(card, segment.text)
        cards.append(card)
    if named is None and not any(card.looks_like_a_card for card in cards):
        return FileCards(_page_kind(path))
    if not any(card.has_content for card in cards):
        reason = "A card without title, link and every section."
        where = {"path": path, "line": 1, "card_id": named}
        return FileCards("card", rejects=[reject("card", Code.NO_CARD_CONTENT, reason, text, **where)])
    return FileCards("card", [card.result() for card in cards])


def _page_kind(path: str) -> str:
    """What a file that is no card is, by its path."""
    *folders, name = path.split("/")
    if is_draft(path):
        return "draft"
    if name.casefold() == "index.md":
        return "index page"
    if "topics" in folders:
        return "topic page"
    if "yearly" in folders:
        return "yearly page"
    return "other"
