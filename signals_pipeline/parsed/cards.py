"""From the text of one file to the rows of its cards.

Data flow: text -> segments (one a card) -> blocks -> rows by table, and rejects for what could not be read.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from signals_pipeline.parsed import blocks, forms, links, markdown
from signals_pipeline.parsed.models import LIST_SECTIONS, MAX_NAME, MAX_SUMMARY, STATEMENT_SECTIONS, Cards
from signals_pipeline.schema import Table

Row = dict[str, Any]

_HEX_NAME = re.compile(r"(?P<id>[0-9a-f]{32}(?:@.+)?)\.md", re.DOTALL)
_ADDRESS = r"[^()\s]*(?:\([^()\s]*\)[^()\s]*)*"
_TITLE = re.compile(
    r"(?:__(?P<title>.+)__|(?P<id>[0-9a-f]{31,32}(?:@\S+)?))\s*(?:,\s*)?"
    r"(?:\((?P<page>from\s+page)\s*|from\s*\(\s*)"
    rf"\[(?P<token>[^\[\]]*)\]\((?P<address>{_ADDRESS})\s*\)\.?\)\s*"
)
_TITLE_ALONE = re.compile(r"__(?P<title>.+)__(?P<rest>.*)")
_LINK = re.compile(rf"__\[External link\]\((?P<url>{_ADDRESS})\s*\)__\s*", re.IGNORECASE)
_GLUED_LINK = re.compile(rf"(?P<row>\|.*\|)[ \t]*(?P<link>{_LINK.pattern})", re.IGNORECASE)
_LINK_NAME = re.compile(r"xternal link\]\(", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(?:(?P<ticks>`{3,})(?P<info>[^`]*)|(?P<tildes>~{3,})(?P<text>.*))")
_BULLET = re.compile(r"\s*[*+-](?: (?P<text>.*))?")
_ENTRY = re.compile(r"\[(?P<label>.*)\]\((?P<target>[^)\s]*)\)")

BLANK_BULLET = "(blank bullet)"
SEPARATOR_BULLET = "(separator bullet)"
DUPLICATE_SECTION = "(duplicate section)"
TITLE_REST = "(title rest)"
HEADING = "(heading)"
"""What `card_extra.column_name` says of parts that stand in no column."""

_BULLETS = (BLANK_BULLET, SEPARATOR_BULLET, DUPLICATE_SECTION)

MIN_SPLIT_LIST = 5
"""Bullets of one character each from which a list, and so the card's other lists, was split."""

MAX_REJECT = 1_000
"""Characters kept of what was rejected."""

MARKS = "\n|*_`[]()<>&#!\\~"
MAX_MARKS = 50_000
"""Characters with a meaning in Markdown from which a file is not read: time and memory follow their number.

A card has some hundreds of them; an index page as large as a file may be has 40,000.
"""


@dataclass(slots=True)
class CardRows:
    """One card: its row of `cards`, the rows of its other tables, and the source rows found per section."""

    card_id: str
    card: Row
    rows: dict[str, list[Row]]
    n_source: dict[str, int]


@dataclass(slots=True)
class FileCards:
    """What one file holds: its kind, its cards, and a reject where it is a card that cannot be read."""

    kind: str
    cards: list[CardRows] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)


def card_id_of(path: str) -> str | None:
    """The card id that a file's name gives: 32 hex digits, optionally @ and a version; else None."""
    match = _HEX_NAME.fullmatch(path.rpartition("/")[2])
    return match["id"] if match else None


def md5(text: str) -> str:
    """The MD5 of a text, hexadecimal."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def reject(level: str, code: str, reason: str, raw: str | None, **where: Any) -> Row:
    """A row of `rejects`; credentials in its text are masked, and the text is cut at its limit."""
    shortened = None if raw is None else links.mask_credentials(raw)[:MAX_REJECT]
    return {"level": level, "code": code, "reason": reason, "raw_text": shortened, **where}


def read_file(path: str, text: str) -> FileCards:
    """The cards of a file, from its path relative to the raw folder and its text with LF line ends."""
    named = card_id_of(path)
    n_marks = sum(map(text.count, MARKS))
    if n_marks > MAX_MARKS:
        reason = (
            f"The file has {n_marks:,} Markdown characters and line ends; at most {MAX_MARKS:,} are read."
        )
        kind = "card" if named else _page_kind(path)
        return FileCards(kind, rejects=[reject("file", "too-large", reason, text, path=path, card_id=named)])
    segments = list(_segments(text))
    readers = [_Reader(path, segment, n, named, len(segments)) for n, segment in enumerate(segments, 1)]
    if named is None and not any(reader.looks_like_a_card for reader in readers):
        return FileCards(_page_kind(path))
    if not any(reader.has_content for reader in readers):
        reason = "A card without title, link and every section."
        return FileCards(
            "card",
            rejects=[reject("card", "no-card-content", reason, text, path=path, line=1, card_id=named)],
        )
    return FileCards("card", [reader.result() for reader in readers])


def _page_kind(path: str) -> str:
    folders, _, name = path.rpartition("/")
    parts = folders.split("/")
    if name.casefold() == "index.md":
        return "index page"
    if "topics" in parts:
        return "topic page"
    if "yearly" in parts:
        return "yearly page"
    return "other"


@dataclass(frozen=True, slots=True)
class Segment:
    """The text of one card, and the 1-based line of the file that it begins on."""

    text: str
    first_line: int


def _segments(text: str) -> Iterator[Segment]:
    """The text cut into cards: a second title or link begins another, also a link glued to a table row."""
    if _is_one_card(text):
        yield Segment(text, 1)
        return
    lines = text.split("\n")
    current: list[str] = []
    first_line = 1
    seen = ""
    for number, line, is_code in _with_code(lines):
        event = "" if is_code else _event(line)
        glued = _GLUED_LINK.fullmatch(line) if event == "glued" else None
        if glued:
            yield Segment("\n".join([*current, glued["row"]]), first_line)
            current, first_line, seen = [glued["link"]], number, "link"
            continue
        if (event == "title" and seen) or (event == "link" and "link" in seen):
            yield Segment("\n".join(current), first_line)
            current, first_line, seen = [], number, ""
        if event:
            seen += event
        current.append(line)
    yield Segment("\n".join(current), first_line)


def _is_one_card(text: str) -> bool:
    """Whether no line can begin another card: there is at most a title, and a link behind it on a line."""
    titles = f"\n{text}".count("\n# ")
    found = list(_LINK_NAME.finditer(text))
    if titles > 1 or len(found) > 1:
        return False
    if not found:
        return True
    start = text.rfind("\n", 0, found[0].start()) + 1
    line = text[start:].partition("\n")[0]
    return "\n# " not in text[start:] and _GLUED_LINK.fullmatch(line) is None


def _event(line: str) -> str:
    """What a line means for the cut: 'title', 'link', 'glued' or nothing."""
    if line.startswith("# "):
        return "title" if _TITLE.fullmatch(line[2:].strip()) else ""
    if "[" not in line or "xternal link](" not in line.lower():
        return ""
    if _LINK.fullmatch(line.strip()):
        return "link"
    return "glued" if _GLUED_LINK.fullmatch(line) else ""


def _with_code(lines: Iterable[str]) -> Iterator[tuple[int, str, bool]]:
    """The lines with their 1-based numbers, and whether each stands in a fence or an HTML comment."""
    fence = ""
    in_comment = False
    for number, line in enumerate(lines, 1):
        if in_comment:
            in_comment = "-->" not in line
            yield number, line, True
        elif fence:
            mark, info = _fence(line)
            if mark.startswith(fence) and not info.strip():
                fence = ""
            yield number, line, True
        else:
            fence, _ = _fence(line)
            in_comment = line.rfind("<!--") > line.rfind("-->")
            yield number, line, bool(fence) or in_comment


def _fence(line: str) -> tuple[str, str]:
    """The mark of a code fence and what stands behind it; no mark where the line is none."""
    match = _FENCE.fullmatch(line)
    return (match["ticks"] or match["tildes"], match["info"] or match["text"] or "") if match else ("", "")


def _section(heading: blocks.Heading) -> str | None:
    """The section that a heading opens; one of the title's level opens none."""
    return None if heading.level == 1 else forms.section_of(heading.span.text)


@cache
def _limit(model: type[Table], column: str) -> int:
    """The greatest length that the model allows a text column."""
    checks = model.to_schema().columns[column].checks
    return next((check.statistics["max_value"] for check in checks if check.name == "str_length"), MAX_REJECT)


class _Reader:
    """Reads the blocks of one card into rows."""

    def __init__(self, path: str, segment: Segment, number: int, named: str | None, n_cards: int) -> None:
        self.path = path
        self.offset = segment.first_line
        self.number = number
        self.named = named
        self.is_alone = n_cards == 1
        self.structure = forms.Structure()
        self.link: str | None = None
        self.title: str | None = None
        self.token: str | None = None
        self.newsletter: str | None = None
        self.other: dict[str, str | None] = {}
        self.summary: list[str] = []
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.n_source: dict[str, int] = defaultdict(int)
        self.n_rows: dict[str, int] = defaultdict(int)
        self.sections: set[str] = set()
        self.has_title_line = False
        self._read(segment.text)

    @property
    def has_content(self) -> bool:
        """Whether there is a title, a link or any section."""
        return bool(self.has_title_line or self.title or self.link or self.sections)

    @property
    def looks_like_a_card(self) -> bool:
        """Whether a file that is not named like a card is one all the same."""
        return bool(self.has_title_line or self.link or len(self.sections) >= 2)

    def _read(self, text: str) -> None:
        section: str | None = None
        heading: str | None = None
        pending: dict[str, list[blocks.Block]] = defaultdict(list)
        unknown: list[tuple[str | None, int, list[blocks.Block]]] = [(None, 0, [])]
        lines = text.split("\n")
        for block in markdown.blocks(text):
            if isinstance(block, blocks.Heading) and self._opens(block, lines):
                if section is None and heading is None and self._reads_title(block):
                    continue
                heading = self._heading(block, lines)
                section = _section(block)
                if section is None:
                    unknown.append((heading, block.line, []))
                elif section in self.sections:
                    self._extra(block.line, heading, DUPLICATE_SECTION, None)
                else:
                    self.sections.add(section)
                if section:
                    pending[section].append(block)
            elif section:
                pending[section].append(block)
            elif not (heading is None and self._reads_link(block)):
                unknown[-1][2].append(block)
        self.structure.has_split_list = any(
            len(self._split_characters(block, lines) or ()) >= MIN_SPLIT_LIST
            for name in LIST_SECTIONS
            for block in pending.get(name, ())
            if isinstance(block, blocks.List)
        )
        for name, found in pending.items():
            self._read_section(name, found, lines)
        for title, line, found in unknown:
            self._read_unknown(title, line, found, lines)

    @staticmethod
    def _opens(block: blocks.Heading, lines: list[str]) -> bool:
        """Whether a heading is one: an underlined one only where it names a section."""
        return lines[block.line].lstrip().startswith("#") or _section(block) is not None

    def _heading(self, block: blocks.Heading, lines: list[str]) -> str:
        """A heading as the tables hold it; what does not go into that is kept beside it."""
        name = " ".join(block.span.text.split())
        written = " ".join(block.span.markdown.split())
        if name != written or len(name) > MAX_NAME:
            self._extra(block.line, None, HEADING, "\n".join(lines[block.line : block.end]))
        # One of the title's level opens no section, so it must not look like one that does.
        return f"# {name}" if block.level == 1 and forms.section_of(name) else name[:MAX_NAME]

    def _reads_title(self, block: blocks.Heading) -> bool:
        written = block.span.markdown
        if self.has_title_line or self.title or block.level != 1:
            return False
        match = _TITLE.fullmatch(written)
        if match:
            self.has_title_line = True
            self.title = match["title"]
            self.token = match["token"]
            self.newsletter = match["address"] or None
            self.structure.is_from_page = match["page"] is not None
            if match["id"] and match["id"][:32] != (self.named or "")[:32]:
                self._extra(block.line, None, TITLE_REST, match["id"])
        elif alone := _TITLE_ALONE.fullmatch(written):
            self.title = alone["title"]
            if alone["rest"].strip(" ,.()"):
                self._extra(block.line, None, TITLE_REST, alone["rest"].strip())
        else:
            self.title = written or None
        self.structure.has_title = self.title is not None
        return True

    def _reads_link(self, block: blocks.Block) -> bool:
        if self.link is not None or not isinstance(block, blocks.Text) or not block.is_paragraph:
            return False
        match = _LINK.fullmatch(block.span.markdown)
        if match:
            self.link = match["url"] or None
        return match is not None

    def _extra(self, line: int, heading: str | None, column: str | None, value: str | None) -> None:
        row: Row = {"line": line + self.offset, "heading": heading, "column_name": column, "value": value}
        for name in ("heading", "column_name", "value"):
            if row[name]:
                row[name] = links.mask_credentials(row[name])
        self.rows["card_extra"].append(row)

    def _extra_item(self, section: str, item: blocks.Item, heading: str, column: str | None) -> None:
        """Keep a list item beside the tables; a reject where it is too long even for that."""
        value = item.span.markdown or None
        if len(links.mask_credentials(value or "")) > MAX_SUMMARY:
            reason = f"The item has more than {MAX_SUMMARY:,} characters."
            self._reject(section, item.line, "field-too-long", reason, item.span.markdown)
        else:
            self._extra(item.line, heading, column, value)

    def _reject(
        self, section: str | None, line: int, code: str, reason: str, raw: str, row_no: int | None = None
    ) -> None:
        where = {"section": section, "line": line + self.offset, "row_no": row_no}
        self.rows["rejects"].append(reject("row", code, reason, raw, **where))

    def _read_unknown(
        self, heading: str | None, line: int, found: list[blocks.Block], lines: list[str]
    ) -> None:
        """Keep what stands under an unknown heading, or above the first one, as it is written."""
        if found:
            source = "\n".join(lines[found[0].line : found[-1].end]).strip("\n")
            self._extra(found[0].line, heading, None, source)
        elif heading is not None:
            self._extra(line, heading, None, None)

    def _read_section(self, section: str, found: list[blocks.Block], lines: list[str]) -> None:
        heading = ""
        for block in found:
            if isinstance(block, blocks.Heading) and _section(block) == section:
                heading = " ".join(block.span.text.split())
            elif isinstance(block, blocks.Text) and not block.is_read:
                reason = "Lists are nested too deep above it."
                self._reject_lines(section, block, lines, "too-deep", reason)
            elif section == "summary":
                self._read_summary(block, lines)
            elif section in STATEMENT_SECTIONS:
                self._read_statements(section, heading, block, lines)
            elif isinstance(block, blocks.List):
                self._read_list(section, heading, block, lines)
            else:
                self._unexpected(section, block, lines, "not-a-list-item", "Text that is no list item.")

    def _read_summary(self, block: blocks.Block, lines: list[str]) -> None:
        if isinstance(block, blocks.Text) and block.is_paragraph:
            self.summary.append("\n".join(line.rstrip() for line in block.span.text.split("\n")))
            if block.span.text.split() != block.span.markdown.split():
                self._raw_cell("cards", len(self.summary), block.line, "summary", block.span)
        else:
            self.summary.append("\n".join(lines[block.line : block.end]).strip("\n"))

    def _unexpected(
        self, section: str, block: blocks.Block, lines: list[str], code: str, reason: str
    ) -> None:
        source = "\n".join(lines[block.line : block.end]).strip("\n")
        self.n_source[section] += 1
        self._reject(section, block.line, code, reason, source)

    def _reject_lines(
        self, section: str, block: blocks.Block, lines: list[str], code: str, reason: str
    ) -> None:
        for number in range(block.line, block.end):
            if lines[number].strip():
                self.n_source[section] += 1
                self._reject(section, number, code, reason, lines[number])

    # Lists

    def _read_list(self, section: str, heading: str, block: blocks.List, lines: list[str]) -> None:
        may_be_split = self.structure.has_split_list and section in LIST_SECTIONS
        characters = self._split_characters(block, lines) if may_be_split else None
        if characters:
            self.n_source[section] += len(characters)
            self._join_characters(section, heading, characters)
            return
        for item in block.items:
            self.n_source[section] += 1
            self.n_rows[section] += 1
            if not item.span.text:
                self._extra_item(section, item, heading, BLANK_BULLET)
            elif section == "other":
                self._read_other(heading, item)
            elif section == "related_cards":
                self._read_related(item)
            else:
                self._list_row(section, item.line, item.span, n_source_items=1)

    def _list_row(self, section: str, line: int, span: blocks.Span, n_source_items: int) -> None:
        row_no = self.n_rows[section]
        self.rows[section].append(
            {
                "row_no": row_no,
                "line": line + self.offset,
                "raw_text": links.mask_credentials(span.text),
                "n_source_items": n_source_items,
            }
        )
        self._raw_cell(section, row_no, line, "raw_text", span)

    def _raw_cell(self, section: str, row_no: int, line: int, column: str, span: blocks.Span) -> None:
        if span.text == span.markdown:
            return
        self.rows["raw_cells"].append(
            {
                "row_no": row_no,
                "line": line + self.offset,
                "section": section,
                "column_name": column,
                "raw_text": links.mask_credentials(span.markdown),
            }
        )

    @staticmethod
    def _split_characters(block: blocks.List, lines: list[str]) -> list[tuple[int, str]] | None:
        """The line and character of each bullet where the list was split into characters, else None."""
        characters = []
        for number in range(block.line, block.end):
            if not lines[number].strip():
                continue
            match = _BULLET.fullmatch(lines[number])
            text = (match["text"] or "") if match else "--"
            if len(text) != 1:
                text = text.strip() or " "
            if len(text) != 1:
                return None
            characters.append((number, text))
        return characters

    def _join_characters(self, section: str, heading: str, characters: list[tuple[int, str]]) -> None:
        """Join the characters and split the text again at its commas."""
        start = 0
        while start < len(characters):
            end = next((i for i in range(start, len(characters)) if characters[i][1] == ","), len(characters))
            self._join_item(section, heading, characters[start:end])
            if end < len(characters):
                self._extra(characters[end][0], heading, SEPARATOR_BULLET, ",")
            start = end + 1

    def _join_item(self, section: str, heading: str, characters: list[tuple[int, str]]) -> None:
        first, last = 0, len(characters)
        while first < last and not characters[first][1].strip():
            first += 1
        while last > first and not characters[last - 1][1].strip():
            last -= 1
        for line, _ in (*characters[:first], *characters[last:]):
            self._extra(line, heading, SEPARATOR_BULLET, None)
        if first == last:
            return
        text = "".join(character for _, character in characters[first:last])
        line = characters[first][0]
        self.n_rows[section] += 1
        if len(text) > MAX_NAME:
            # A reject counts once, of however many bullets it is.
            self.n_source[section] -= len(text) - 1
            reason = f"The item joined from single characters has {len(text):,} of them."
            self._reject(section, line, "field-too-long", reason, text, self.n_rows[section])
        else:
            self._list_row(section, line, blocks.Span(text, text), last - first)

    def _read_other(self, heading: str, item: blocks.Item) -> None:
        text = item.span.text
        key, colon, value = (part.strip() for part in text.partition(":"))
        name = key.casefold()
        if name in ("category", "type") and colon and value and name not in self.other:
            self.other[name] = links.mask_credentials(value)
            self._raw_cell("cards", 1, item.line, name, item.span)
        elif text != item.span.markdown or len(text) > MAX_NAME or not colon or key in _BULLETS:
            self._extra_item("other", item, heading, None)
        else:
            self._extra(item.line, heading, key or None, value or None)

    def _read_related(self, item: blocks.Item) -> None:
        written = item.span.markdown
        match = _ENTRY.fullmatch(written) if len(written) <= 2 * MAX_REJECT else None
        target = links.mask_credentials(match["target"] if match else item.span.text)
        label = links.mask_credentials(match["label"]) if match else None
        row_no = self.n_rows["related_cards"]
        if not target or max(len(target), len(label or "")) > MAX_REJECT:
            self._reject(
                "related_cards",
                item.line,
                "not-a-card-link",
                "Not a link to a card.",
                item.span.markdown,
                row_no,
            )
            return
        self.rows["related_cards"].append(
            {
                "row_no": row_no,
                "line": item.line + self.offset,
                "target_card_id": target,
                "label": label or None,
                "is_known": False,
            }
        )
        if match is None:
            self._raw_cell("related_cards", row_no, item.line, "target_card_id", item.span)

    # Tables

    def _read_statements(self, section: str, heading: str, block: blocks.Block, lines: list[str]) -> None:
        if isinstance(block, blocks.Table):
            self._read_table(section, heading, block)
            return
        looks_like_rows = [n for n in range(block.line, block.end) if lines[n].lstrip().startswith("|")]
        if not looks_like_rows:
            self._unexpected(section, block, lines, "not-a-table-row", "Text that is no table row.")
            return
        reason = "A table row outside a Markdown table: is the line under the header missing?"
        self._reject_lines(section, block, lines, "table-not-parsed", reason)

    def _read_table(self, section: str, heading: str, table: blocks.Table) -> None:
        known = forms.HEADERS[section]
        names: list[str | None] = []
        for header in table.header:
            name = known.get(header.strip().casefold())
            names.append(name if name not in names else None)
        found = frozenset(name for name in names if name)
        self.structure.columns[section] = self.structure.columns.get(section, frozenset()) | found
        for row in table.rows:
            self.n_source[section] += 1
            self.n_rows[section] += 1
            if row.cells is None:
                reason = f"More cells than the {len(names)} headers, and the padding does not tell which."
                self._reject(section, row.line, "extra-cells", reason, row.source, self.n_rows[section])
            else:
                self._read_row(section, heading, table.header, names, row)

    def _read_row(
        self, section: str, heading: str, header: list[str], names: list[str | None], row: blocks.Row
    ) -> None:
        assert row.cells is not None
        row_no = self.n_rows[section]
        values: Row = {"row_no": row_no, "line": row.line + self.offset}
        spans: dict[str, blocks.Span] = {}
        extra: list[tuple[str, str]] = []
        for title, name, cell in zip(header, names, row.cells, strict=True):
            text = cell.text.strip() if cell else ""
            if cell is None or not cell.markdown:
                continue
            if name is None:
                extra.append((title[:MAX_NAME], cell.markdown))
            else:
                spans[name] = cell
                if text:
                    values[name] = links.mask_credentials(text)
        if not values.keys() & spans.keys():
            reason = "No cell of the row stands under a known header." if extra else "All cells are blank."
            self._reject(
                section, row.line, "no-known-column" if extra else "blank-row", reason, row.source, row_no
            )
            return
        if "relevancy" in names and not self._reads_relevancy(section, values, row):
            return
        self.rows[section].append(values | {"_source": row.source})
        for name, span in spans.items():
            if span.text != span.markdown:
                self._raw_cell(section, row_no, row.line, name, span)
        for title, text in extra:
            self._extra(row.line, heading, title, text)

    def _reads_relevancy(self, section: str, values: Row, row: blocks.Row) -> bool:
        written = values.get("relevancy", "")
        if re.fullmatch(r"[+-]?[0-9]{1,9}", written):
            values["relevancy"] = int(written)
            return True
        reason = f"relevancy is {written[:100]!r}, not a whole number." if written else "relevancy is blank."
        self._reject(section, row.line, "relevancy-not-a-number", reason, row.source, values["row_no"])
        return False

    # The card

    def result(self) -> CardRows:
        """The card's rows, with its identity in each."""
        card_id = self._card_id()
        article_hash = card_id[:32]
        summary = "\n\n".join(part for part in self.summary if part.strip())
        link = self.link
        card: Row = {
            "card_id": card_id,
            "path": self.path,
            "line": self.offset,
            "article_hash": article_hash,
            "title": links.mask_credentials(self.title) if self.title else None,
            "issue_token": links.mask_credentials(self.token) if self.token is not None else None,
            "newsletter_url": links.mask_credentials(self.newsletter) if self.newsletter else None,
            "url": links.mask_credentials(link) if link else None,
            "category": self.other.get("category"),
            "type": self.other.get("type"),
            "summary": links.mask_credentials(summary) or None,
        }
        self._cap(card)
        card |= {
            "form": forms.form_of(self.structure),
            "article_key": links.article_key(link) if link else article_hash,
            "source_domain": links.source_domain(link) if link else None,
            "id_matches_link": links.link_hash(link) == article_hash if link else None,
            "article_date": links.article_date(link) if link else None,
            "host": links.host(link) if link else None,
            "newsletter_host": links.host(self.newsletter) if self.newsletter else None,
        }
        for table, rows in self.rows.items():
            if table == "card_extra":
                rows.sort(key=lambda row: row["line"])
                for number, row in enumerate(rows, 1):
                    row["row_no"] = number
            for row in rows:
                row["card_id"] = card_id
                if table == "rejects":
                    row["path"] = self.path
                elif table == "related_cards":
                    row["is_self"] = row["target_card_id"][:32] == article_hash
        return CardRows(card_id, card, self.rows, self.n_source)

    def _cap(self, card: Row) -> None:
        """Set what is longer than its column allows to NULL, with a reject that says so."""
        for name, value in card.items():
            if isinstance(value, str) and name not in ("card_id", "path", "article_hash"):
                limit = _limit(Cards, name)
                if len(value) > limit:
                    card[name] = None
                    reason = f"{name} has {len(value):,} characters; at most {limit:,} are kept."
                    section = "other" if name in self.other else "cards"
                    self._reject(section, 0, "field-too-long", reason, value)

    def _card_id(self) -> str:
        if self.number == 1 and (self.is_alone or self.named is None):
            return self.named or md5(self.path)
        if self.link:
            return links.link_hash(self.link)
        return md5(f"{self.path}#{self.number}")
