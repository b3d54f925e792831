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
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.parsed.reader.drafts import DraftRows, is_draft, read_draft
from signals_pipeline.parsed.reader.fast import read_plain
from signals_pipeline.parsed.reader.fields import Field, keep, take, take_from_lines, take_from_name
from signals_pipeline.parsed.reader.front_matter import front_matter
from signals_pipeline.parsed.reader.layout import may_hold_a_card, segments
from signals_pipeline.parsed.reader.sections import read_blocks

_SUFFIX = r"\.(?:(?i:md|markdown|txt))"
_HEX_NAME = re.compile(rf"(?P<id>[0-9a-f]{{32}}(?:@\w+)?){_SUFFIX}")
_COPY_NAME = re.compile(
    rf"(?:.*[^0-9A-Za-z])?(?P<id>[0-9a-f]{{32}}(?:@\w+)?)(?:[^0-9A-Za-z@].*)?{_SUFFIX}", re.DOTALL
)
"""A name that something made of a card's: `Copy of <id>.md`, `<id> (1).md`, `<id>.sync-conflict-….md`.

A person's notes may be named so too.
"""

OLDER_TEXTS = "pages"
"""The folder with older texts of cards beside those that count, in any case of letters."""

IN_ITS_FILE, OLDER_TEXT, COPY, AMONG_OTHERS = range(4)
"""The rank of a card by the file that it stands in: of several with one id, that of the lowest is read.

The last is that of cards in a file without the name of a card: someone may have put many into one.
"""

IS_DRAFT = "It is a newsletter issue as it was written: its links date cards."

_PAGES = re.compile(r"(?:.*/)?analyses/(?:topics|yearly)/.*", re.IGNORECASE | re.DOTALL)
"""Where pages about topics and years lie: a card there has the name, the title or the link line of one."""

_TOPIC_PAGE = re.compile(r"(?:---\n(?:.*\n)*?---[ \t]*\n)?\s*#+ +[*_]{1,3}Topic[*_]{1,3} ?:")
"""How a page about a topic opens, perhaps below front matter."""

_TREND = re.compile(r"\n## +[*_]*(?:Trend|Tendance)[*_]*\s?:")
MIN_TRENDS = 2
"""Headings of a trend from which a page is one about a year."""

MARKS = "\n|*_`[]()<>&#!\\~"
MAX_MARKS = 50_000
"""Characters with a meaning in Markdown from which a file is not read: time and memory follow their number.

A card has some hundreds of them; an index page as large as a file may be has 40,000. A cell that a row lacks
counts as one, since the parser makes it up: a file of 100 kB could have millions.
"""

_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_DELIMITER_ROW = re.compile(r"^[ \t>]*[|:-][ \t|:-]*$", re.MULTILINE)


@dataclass(slots=True)
class FileCards:
    """What one file holds: its kind, its cards, and a reject where it is a card that cannot be read.

    `reason` says why it is no card.
    """

    kind: str
    reason: str | None = None
    cards: list[CardRows] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    draft: DraftRows | None = None


def card_id_of(path: str) -> str | None:
    """The card id that a file's name gives: 32 hex digits, optionally @ and a version; else None.

    The name of a copy gives the id of the card that it was copied from.
    """
    name = path.rpartition("/")[2]
    match = _HEX_NAME.fullmatch(name) or _COPY_NAME.fullmatch(name)
    return match["id"] if match else None


def rank_of(path: str) -> int:
    """The rank of the cards of a file, by its name and the folder that it lies in."""
    *folders, name = path.casefold().split("/")
    if not card_id_of(path):
        return AMONG_OTHERS
    if not _HEX_NAME.fullmatch(name):
        return COPY
    return OLDER_TEXT if OLDER_TEXTS in folders else IN_ITS_FILE


def _must_be_a_card(path: str) -> bool:
    """Whether a file is a card by its name alone; what is named like a copy may be a person's notes."""
    return _HEX_NAME.fullmatch(path.rpartition("/")[2]) is not None


def _looks_like_a_card(path: str, card: Card) -> bool:
    """Whether a file that need not be a card is one by what was found in it."""
    if _PAGES.fullmatch(path):
        return card.has_title_line or card.link is not None
    return card.looks_like_a_card


def read_file(path: str, text: str, dialect: Dialect = NEWSLETTER) -> FileCards:
    """What a file holds, from its path relative to the raw folder and its text with LF line ends."""
    named = card_id_of(path)
    n = n_marks(text)
    if n > MAX_MARKS:
        reason = (
            f"The file has {n:,} Markdown characters, line ends and cells that rows lack; at most "
            f"{MAX_MARKS:,} are read."
        )
        kind = "card" if named else "draft" if is_draft(path) else _page(path, text).kind
        return FileCards(
            kind, reason, rejects=[reject("file", Code.TOO_LARGE, reason, text, path=path, card_id=named)]
        )
    must_be_a_card = _must_be_a_card(path)
    if not must_be_a_card and is_draft(path):
        draft = read_draft(path, text)
        return FileCards("draft", IS_DRAFT, rejects=draft.rejects, draft=draft)
    if not (must_be_a_card or may_hold_a_card(text, dialect)):
        return _page(path, text)
    card = Card(path, named, dialect=dialect)
    if read_plain(card, text):
        take_from_name(card)
        return FileCards("card", cards=[card.result()])
    return _page(path, text) if _is_page(text) else read_by_blocks(path, text, dialect)


def n_marks(text: str) -> int:
    """How much of a text has a meaning in Markdown (see `MAX_MARKS`); 0 where it can be no more than that."""
    return (sum(map(text.count, MARKS)) if len(text) > MAX_MARKS else 0) + _lacking_cells(text)


def _lacking_cells(text: str) -> int:
    """How many cells the rows of all tables lack, at most; 0 where they can be no more than may be read."""
    # A table has a pipe for each of its columns in two lines, header and delimiter row.
    if text.count("\n") * (text.count("|") // 2 + 1) <= MAX_MARKS:
        return 0
    n = 0
    for part in _BLANK_LINE.split(text):
        widest = max((row.count("|") for row in _DELIMITER_ROW.findall(part)), default=0)
        if widest:
            n += max(0, (widest + 1) * part.count("\n") - part.count("|"))
    return n


def read_by_blocks(path: str, text: str, dialect: Dialect = NEWSLETTER) -> FileCards:
    """The cards of a file, plain or not, as the parser of record has them."""
    named = card_id_of(path)
    body, fields, fault = without_fields(text, dialect)
    cut = list(segments(body))
    cards = []
    for number, segment in enumerate(cut, 1):
        card = Card(path, named, number, segment.first_line, is_alone=len(cut) == 1, dialect=dialect)
        read_blocks(card, segment.text)
        cards.append(card)
    if fault is not None:
        cards[0].add_reject("cards", 0, Code.FRONT_MATTER, *fault)
    keep(cards[0], take(cards[0], fields))
    take_from_name(cards[0])
    if not (_must_be_a_card(path) or cards[0].has_title_line or cards[0].link):
        # A person's note may name the card that it is about.
        cards[0].named = None
    if not (_must_be_a_card(path) or any(_looks_like_a_card(path, card) for card in cards)):
        page = _page(path, text)
        if fault and page.kind == "other" and any(card.filled for card in cards):
            # But for that it may be a card.
            unread = reject("card", Code.FRONT_MATTER, *fault, path=path, line=1, card_id=None)
            return FileCards("card", fault[0], rejects=[unread])
        page.reason = f"{page.reason} {fault[0]}" if fault else page.reason
        return page
    if not any(card.has_content for card in cards):
        reason = "A card with no title, no link and no section."
        where = {"path": path, "line": 1, "card_id": named}
        return FileCards(
            "card", reason, rejects=[reject("card", Code.NO_CARD_CONTENT, reason, text, **where)]
        )
    return FileCards("card", cards=[card.result() for card in cards])


def without_fields(text: str, dialect: Dialect) -> tuple[str, list[Field], tuple[str, str] | None]:
    """A text with empty lines in the place of front matter and of lines that are fields, and these fields.

    The last part is what is wrong with the front matter, and how it is written; None where nothing is.
    """
    lines = text.split("\n")
    fields: list[Field] = []
    fault = None
    front = front_matter(text, dialect)
    if front is not None:
        if front.fault:
            fault = (front.fault, "\n".join(lines[: front.n_lines]))
        lines[: front.n_lines] = [""] * front.n_lines
        fields += front.fields
    if dialect.lines:
        fields += take_from_lines(lines, dialect)
    return "\n".join(lines), fields, fault


def _is_page(text: str) -> bool:
    """Whether a text is that of a page about a topic or a year, whatever headings of cards it has."""
    return _TOPIC_PAGE.match(text) is not None or _is_yearly(text)


def _is_yearly(text: str) -> bool:
    return len(_TREND.findall(f"\n{text}")) >= MIN_TRENDS


def _page(path: str, text: str) -> FileCards:
    """What a file that is no card is, by its text and its path."""
    *folders, name = path.casefold().split("/")
    if _TOPIC_PAGE.match(text) or "topics" in folders:
        return FileCards("topic page", "It is about a topic of several cards.")
    if _is_yearly(text) or "yearly" in folders:
        return FileCards("yearly page", "It is about the cards of a year.")
    if name.startswith("index."):
        return FileCards("index page", "It lists cards.")
    return FileCards(
        "other",
        "It has no title line, no link line, no date above a section with rows or items, and not two such "
        "sections.",
    )
