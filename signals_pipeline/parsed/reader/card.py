"""From the text of one file to the rows of its cards.

Data flow: text -> segments (one a card) -> blocks -> rows by table, and rejects for what could not be read.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.rejects import Code
from signals_pipeline.parsed.columns import SOURCE, Row
from signals_pipeline.parsed.reader import blocks, forms, markdown
from signals_pipeline.parsed.reader.fast import read_plain
from signals_pipeline.parsed.reader.layout import ENTRY, LINK, TITLE, may_hold_a_card, segments
from signals_pipeline.parsed.reader.markdown import ALL_LAYERS, Layer
from signals_pipeline.parsed.reader.parts import MAX_REJECT, OTHER_FIELDS, CardRows, Parts, reject
from signals_pipeline.parsed.sections import LIST_SECTIONS, MAX_NAME, STATEMENT_SECTIONS

_HEX_NAME = re.compile(r"(?P<id>[0-9a-f]{32}(?:@.+)?)\.md", re.DOTALL)
_TITLE_ALONE = re.compile(r"__(?P<title>.+)__(?P<rest>.*)")
_BULLET = re.compile(r"\s*[*+-](?: (?P<text>.*))?")
_RELEVANCY = re.compile(r"[+-]?[0-9]{1,9}")

BLANK_BULLET = "(blank bullet)"
SEPARATOR_BULLET = "(separator bullet)"
DUPLICATE_SECTION = "(duplicate section)"
TITLE_REST = "(title rest)"
HEADING = "(heading)"
"""What `card_extra.column_name` says of parts that stand in no column."""

_BULLETS = (BLANK_BULLET, SEPARATOR_BULLET, DUPLICATE_SECTION)

MIN_SPLIT_LIST = 5
"""Bullets of one character each from which a list, and so the card's other lists, was split."""

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


def card_id_of(path: str) -> str | None:
    """The card id that a file's name gives: 32 hex digits, optionally @ and a version; else None."""
    match = _HEX_NAME.fullmatch(path.rpartition("/")[2])
    return match["id"] if match else None


def read_file(
    path: str, text: str, layers: frozenset[Layer] = ALL_LAYERS, *, may_wait: bool = False
) -> FileCards:
    """The cards of a file, from its path relative to the raw folder and its text with LF line ends.

    `layers` are those of `parsed.markdown`: without them it takes longer, and gives the same. Where tables
    `may_wait`, the plain ones of a card that is alone in its file are left to `parsed.bulk`.
    """
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
    if Layer.PLAIN_CARDS in layers:
        if named is None and not may_hold_a_card(text):
            return FileCards(_page_kind(path))
        parts = Parts(path, 1, 1, named, 1)
        if read_plain(parts, text, markdown.text_of, may_wait=may_wait):
            return FileCards("card", [parts.result()])
    cut = list(segments(text))
    readers = [_Reader(path, one.first_line, n, named, len(cut)) for n, one in enumerate(cut, 1)]
    for reader, one in zip(readers, cut, strict=True):
        reader.read(one.text, layers)
    if named is None and not any(reader.looks_like_a_card for reader in readers):
        return FileCards(_page_kind(path))
    if not any(reader.has_content for reader in readers):
        reason = "A card without title, link and every section."
        return FileCards(
            "card",
            rejects=[reject("card", Code.NO_CARD_CONTENT, reason, text, path=path, line=1, card_id=named)],
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


def _section(heading: blocks.Heading) -> str | None:
    """The section that a heading opens; one of the title's level opens none."""
    return None if heading.level == 1 else forms.section_of(heading.span.text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _split_characters(block: blocks.List, lines: list[str]) -> list[tuple[int, str]] | None:
    """The line and character of each bullet where the list was split into characters, else None."""
    characters = []
    for number in range(block.line, block.end):
        line = lines[number]
        if len(line) == 3 and line[:2] == "* ":
            # What nearly all of such a list is.
            characters.append((number, line[2]))
            continue
        if not line.strip():
            continue
        match = _BULLET.fullmatch(line)
        text = (match["text"] or "") if match else "--"
        if len(text) != 1:
            text = text.strip() or " "
        if len(text) != 1:
            return None
        characters.append((number, text))
    return characters


class _Reader(Parts):
    """Reads the blocks of one card."""

    split: dict[int, list[tuple[int, str]]]
    """Of each list that was split into characters, by its line: the line and character of each bullet."""

    def read(self, text: str, layers: frozenset[Layer]) -> None:
        """Find the parts in a text."""
        section: str | None = None
        heading: str | None = None
        pending: dict[str, list[blocks.Block]] = defaultdict(list)
        unknown: list[tuple[str | None, int, list[blocks.Block]]] = [(None, 0, [])]
        lines = text.split("\n")
        for block in markdown.blocks(text, layers):
            if isinstance(block, blocks.Heading) and self._opens(block, lines):
                if section is None and heading is None and self._reads_title(block):
                    continue
                heading = self._heading(block, lines)
                section = _section(block)
                if section is None:
                    unknown.append((heading, block.line, []))
                elif section in self.sections:
                    self.add_extra(block.line, heading, DUPLICATE_SECTION, None)
                else:
                    self.sections.add(section)
                if section:
                    pending[section].append(block)
            elif section:
                pending[section].append(block)
            elif not (heading is None and self._reads_link(block)):
                unknown[-1][2].append(block)
        split = {
            block.line: characters
            for name in LIST_SECTIONS
            for block in pending.get(name, ())
            if isinstance(block, blocks.List) and (characters := _split_characters(block, lines))
        }
        self.structure.has_split_list = any(len(one) >= MIN_SPLIT_LIST for one in split.values())
        self.split = split if self.structure.has_split_list else {}
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
        name = _one_line(block.span.text)
        written = _one_line(block.span.markdown)
        if name != written or len(name) > MAX_NAME:
            self.add_extra(block.line, None, HEADING, "\n".join(lines[block.line : block.end]))
        # One of the title's level opens no section, so it must not look like one that does.
        return f"# {name}" if block.level == 1 and forms.section_of(name) else name[:MAX_NAME]

    def _reads_title(self, block: blocks.Heading) -> bool:
        written = block.span.markdown
        if self.has_title_line or self.title or block.level != 1:
            return False
        match = TITLE.fullmatch(written)
        if match:
            self.has_title_line = True
            self.title = match["title"]
            self.token = match["token"]
            self.newsletter = match["address"] or None
            self.structure.is_from_page = match["page"] is not None
            if match["id"] and match["id"][:32] != (self.named or "")[:32]:
                self.add_extra(block.line, None, TITLE_REST, match["id"])
        elif alone := _TITLE_ALONE.fullmatch(written):
            self.title = alone["title"]
            if alone["rest"].strip(" ,.()"):
                self.add_extra(block.line, None, TITLE_REST, alone["rest"].strip())
        else:
            self.title = written or None
        self.structure.has_title = self.title is not None
        return True

    def _reads_link(self, block: blocks.Block) -> bool:
        if self.link is not None or not isinstance(block, blocks.Text) or not block.is_paragraph:
            return False
        match = LINK.fullmatch(block.span.markdown)
        if match:
            self.link = match["url"] or None
        return match is not None

    def _read_unknown(
        self, heading: str | None, line: int, found: list[blocks.Block], lines: list[str]
    ) -> None:
        """Keep what stands under an unknown heading, or above the first one, as it is written."""
        if found:
            source = "\n".join(lines[found[0].line : found[-1].end]).strip("\n")
            self.add_extra(found[0].line, heading, None, source)
        elif heading is not None:
            self.add_extra(line, heading, None, None)

    def _read_section(self, section: str, found: list[blocks.Block], lines: list[str]) -> None:
        heading = ""
        for block in found:
            if isinstance(block, blocks.Heading) and _section(block) == section:
                heading = _one_line(block.span.text)
            elif isinstance(block, blocks.Text) and not block.is_read:
                reason = "Lists are nested too deep above it."
                self._reject_lines(section, block, lines, Code.TOO_DEEP, reason)
            elif section == "summary":
                self._read_summary(block, lines)
            elif section in STATEMENT_SECTIONS:
                self._read_statements(section, heading, block, lines)
            elif isinstance(block, blocks.List):
                self._read_list(section, heading, block)
            else:
                self._unexpected(section, block, lines, Code.NOT_A_LIST_ITEM, "Text that is no list item.")

    def _read_summary(self, block: blocks.Block, lines: list[str]) -> None:
        if isinstance(block, blocks.Text) and block.is_paragraph:
            self.summary.append("\n".join(line.rstrip() for line in block.span.text.split("\n")))
            if block.span.text.split() != block.span.markdown.split():
                self.raw_cell("cards", len(self.summary), block.line, "summary", block.span)
        else:
            self.summary.append("\n".join(lines[block.line : block.end]).strip("\n"))

    def _unexpected(
        self, section: str, block: blocks.Block, lines: list[str], code: Code, reason: str
    ) -> None:
        source = "\n".join(lines[block.line : block.end]).strip("\n")
        self.n_source[section] += 1
        self.add_reject(section, block.line, code, reason, source)

    def _reject_lines(
        self, section: str, block: blocks.Block, lines: list[str], code: Code, reason: str
    ) -> None:
        for number in range(block.line, block.end):
            if lines[number].strip():
                self.n_source[section] += 1
                self.add_reject(section, number, code, reason, lines[number])

    # Lists

    def _read_list(self, section: str, heading: str, block: blocks.List) -> None:
        characters = self.split.get(block.line)
        if characters:
            self.n_source[section] += len(characters)
            self._join_characters(section, heading, characters)
            return
        for item in block.items:
            self.n_source[section] += 1
            self.n_rows[section] += 1
            if not item.span.text:
                self.extra_item(section, item, heading, BLANK_BULLET)
            elif section == "other":
                self._read_other(heading, item)
            elif section == "related_cards":
                self._read_related(item)
            else:
                self._list_row(section, item.line, item.span, n_source_items=1)

    def _list_row(self, section: str, line: int, span: blocks.Span, n_source_items: int) -> None:
        row_no = self.n_rows[section]
        self.rows_of(section).add(
            {
                "row_no": row_no,
                "line": line + self.offset,
                "raw_text": mask_credentials(span.text),
                "n_source_items": n_source_items,
            }
        )
        self.raw_cell(section, row_no, line, "raw_text", span)

    def _join_characters(self, section: str, heading: str, characters: list[tuple[int, str]]) -> None:
        """Join the characters and split the text again at its commas."""
        start = 0
        while start < len(characters):
            end = next((i for i in range(start, len(characters)) if characters[i][1] == ","), len(characters))
            self._join_item(section, heading, characters[start:end])
            if end < len(characters):
                self.add_extra(characters[end][0], heading, SEPARATOR_BULLET, ",")
            start = end + 1

    def _join_item(self, section: str, heading: str, characters: list[tuple[int, str]]) -> None:
        first, last = 0, len(characters)
        while first < last and not characters[first][1].strip():
            first += 1
        while last > first and not characters[last - 1][1].strip():
            last -= 1
        for line, _ in (*characters[:first], *characters[last:]):
            self.add_extra(line, heading, SEPARATOR_BULLET, None)
        if first == last:
            return
        text = "".join(character for _, character in characters[first:last])
        line = characters[first][0]
        self.n_rows[section] += 1
        if len(text) > MAX_NAME:
            # A reject counts once, of however many bullets it is.
            self.n_source[section] -= len(text) - 1
            reason = f"The item joined from single characters has {len(text):,} of them."
            self.add_reject(section, line, Code.FIELD_TOO_LONG, reason, text, self.n_rows[section])
        else:
            self._list_row(section, line, blocks.Span(text, text), last - first)

    def _read_other(self, heading: str, item: blocks.Item) -> None:
        text = item.span.text
        key, colon, value = (part.strip() for part in text.partition(":"))
        name = key.casefold()
        if name in OTHER_FIELDS and colon and value and name not in self.other:
            self.other[name] = mask_credentials(value)
            self.raw_cell("cards", 1, item.line, name, item.span)
        elif text != item.span.markdown or len(text) > MAX_NAME or not colon or key in _BULLETS:
            self.extra_item("other", item, heading, None)
        else:
            self.add_extra(item.line, heading, key or None, value or None)

    def _read_related(self, item: blocks.Item) -> None:
        written = item.span.markdown
        match = ENTRY.fullmatch(written) if len(written) <= 2 * MAX_REJECT else None
        target = mask_credentials(match["target"] if match else item.span.text)
        label = mask_credentials(match["label"]) if match else None
        row_no = self.n_rows["related_cards"]
        if not target or max(len(target), len(label or "")) > MAX_REJECT:
            self.add_reject(
                "related_cards",
                item.line,
                Code.NOT_A_CARD_LINK,
                "Not a link to a card.",
                item.span.markdown,
                row_no,
            )
            return
        self.rows_of("related_cards").add(
            {
                "row_no": row_no,
                "line": item.line + self.offset,
                "target_card_id": target,
                "label": label or None,
                "is_known": False,
            }
        )
        if match is None:
            self.raw_cell("related_cards", row_no, item.line, "target_card_id", item.span)

    # Tables

    def _read_statements(self, section: str, heading: str, block: blocks.Block, lines: list[str]) -> None:
        if isinstance(block, blocks.Table):
            self._read_table(section, heading, block)
            return
        looks_like_rows = [n for n in range(block.line, block.end) if lines[n].lstrip().startswith("|")]
        if not looks_like_rows:
            self._unexpected(section, block, lines, Code.NOT_A_TABLE_ROW, "Text that is no table row.")
            return
        reason = "A table row outside a Markdown table: is the line under the header missing?"
        self._reject_lines(section, block, lines, Code.TABLE_NOT_PARSED, reason)

    def _read_table(self, section: str, heading: str, table: blocks.Table) -> None:
        names, known = forms.columns_of(section, tuple(table.header))
        self.structure.columns[section] = self.structure.columns.get(section, frozenset()) | known
        for row in table.rows:
            self.n_source[section] += 1
            self.n_rows[section] += 1
            if row.cells is None:
                reason = f"More cells than the {len(names)} headers, and the padding does not tell which."
                self.add_reject(section, row.line, Code.EXTRA_CELLS, reason, row.source, self.n_rows[section])
            else:
                self._read_row(section, heading, table.header, names, row)

    def _read_row(
        self, section: str, heading: str, header: list[str], names: Sequence[str | None], row: blocks.Row
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
                    values[name] = mask_credentials(text)
        if not values.keys() & spans.keys():
            code = Code.NO_KNOWN_COLUMN if extra else Code.BLANK_ROW
            reason = "No cell of the row stands under a known header." if extra else "All cells are blank."
            self.add_reject(section, row.line, code, reason, row.source, row_no)
            return
        if "relevancy" in names and not self._reads_relevancy(section, values, row):
            return
        self.rows_of(section).add(values | {SOURCE: row.source})
        for name, span in spans.items():
            if span.text != span.markdown:
                self.raw_cell(section, row_no, row.line, name, span)
        for title, text in extra:
            self.add_extra(row.line, heading, title, text)

    def _reads_relevancy(self, section: str, values: Row, row: blocks.Row) -> bool:
        written = values.get("relevancy", "")
        if _RELEVANCY.fullmatch(written):
            values["relevancy"] = int(written)
            return True
        reason = f"relevancy is {written[:100]!r}, not a whole number." if written else "relevancy is blank."
        self.add_reject(section, row.line, Code.RELEVANCY_NOT_A_NUMBER, reason, row.source, values["row_no"])
        return False

    # The card
