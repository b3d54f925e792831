"""The sections of a card, read block by block: what stands under their headings becomes rows and rejects.

What belongs to no section, and what no column has a place for, is kept beside the tables.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.rejects import Code
from signals_pipeline.parsed.columns import SOURCE, Row
from signals_pipeline.parsed.models import MAX_SUMMARY
from signals_pipeline.parsed.reader import forms, headings, markdown, tables
from signals_pipeline.parsed.reader.card import (
    BLANK_BULLET,
    DUPLICATE_SECTION,
    HEADING,
    OTHER_FIELDS,
    SEPARATOR_BULLET,
    TITLE_REST,
    Card,
)
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.layout import BOLD, ENTRY, LINK, MIN_SPLIT_LIST, TITLE, Characters, joined
from signals_pipeline.parsed.reader.markdown import Block, Heading, Item, List, Span, Table, Text
from signals_pipeline.parsed.sections import LIST_SECTIONS, MAX_NAME, STATEMENT_SECTIONS

_TWO_COLONS = re.compile(r"[^:]*::")
_TITLE_ALONE = re.compile(rf"(?P<bold>{BOLD})(?P<title>.+)(?P=bold)(?P<rest>.*)")
_BULLET = re.compile(r"\s*[*+-](?: (?P<text>.*))?")
_ROW_OR_BULLET = re.compile(r"\s*(?:\||[*+-]\s)")

MAX_STRAY_FENCES = 20
"""Code fences and comments left open that are looked for: each is looked for in the whole card."""

_BULLETS = (BLANK_BULLET, SEPARATOR_BULLET, DUPLICATE_SECTION)


def read_blocks(card: Card, text: str) -> None:
    """Find the parts of a card in its text."""
    lines = text.split("\n")
    _drop_stray_fences(card, lines)
    dialect = card.dialect
    section: str | None = None
    heading: str | None = None
    level = 0
    found: dict[str, list[Block]] = defaultdict(list)
    unknown: list[tuple[str | None, int, list[Block]]] = [(None, 0, [])]
    for block in markdown.blocks("\n".join(headings.shown(lines, dialect))):
        if isinstance(block, Heading) and _opens(block, lines, dialect):
            if section is None and heading is None and _reads_title(card, block):
                continue
            if section == "summary" and block.level > level and _section(block, dialect) is None:
                found[section].append(block)
                continue
            heading = _read_heading(card, block, lines)
            section = _section(block, dialect)
            level = block.level
            if section is None:
                unknown.append((heading, block.line, []))
                continue
            if section in card.sections:
                card.add_extra(block.line, heading, DUPLICATE_SECTION, None)
            card.sections.add(section)
        if section:
            found[section].append(block)
        elif heading is not None or not _reads_link(card, block):
            unknown[-1][2].append(block)
    split = _split_lists(found, lines)
    card.structure.has_split_list = bool(split)
    for section, under in found.items():
        reader = _SectionReader(card, section, lines, split)
        for block in under:
            reader.read(block)
    for heading, line, under in unknown:
        _keep_unknown(card, heading, line, under, lines)


def _section(heading: Heading, dialect: Dialect) -> str | None:
    """The section that a heading opens; one of the title's level opens none."""
    return None if heading.level == 1 else dialect.section_of(heading.span.text)


def _opens(heading: Heading, lines: list[str], dialect: Dialect) -> bool:
    """Whether a heading is one: an underlined one only where it names a section."""
    return lines[heading.line].lstrip().startswith("#") or _section(heading, dialect) is not None


def _drop_stray_fences(card: Card, lines: list[str]) -> None:
    """Drop the lines of fences and comments that are never closed, below which no section could be read."""
    for _ in range(MAX_STRAY_FENCES):
        fence = headings.stray_fence(lines, card.dialect)
        if fence is None:
            return
        reason = "It is never closed; the sections below it are read as if it were not there."
        card.add_reject(None, fence, Code.OPEN_FENCE, reason, lines[fence])
        lines[fence] = ""


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _source(lines: list[str], line: int, end: int) -> str:
    return "\n".join(lines[line:end]).strip("\n")


def _read_heading(card: Card, block: Heading, lines: list[str]) -> str:
    """A heading as the tables hold it; what does not go into that is kept beside it."""
    name = _one_line(block.span.text)
    if name != _one_line(block.span.markdown) or len(name) > MAX_NAME:
        card.add_extra(block.line, None, HEADING, "\n".join(lines[block.line : block.end]))
    # One of the title's level opens no section, so it must not look like one that does.
    return f"# {name}" if block.level == 1 and card.dialect.section_of(name) else name[:MAX_NAME]


def _reads_title(card: Card, block: Heading) -> bool:
    written = block.span.markdown
    if card.has_title_line or card.title or block.level != 1:
        return False
    if line := TITLE.fullmatch(written):
        if other_id := card.take_title(line):
            card.add_extra(block.line, None, TITLE_REST, other_id)
        return True
    if alone := _TITLE_ALONE.fullmatch(written):
        card.title = alone["title"]
        if alone["rest"].strip(" ,.()"):
            card.add_extra(block.line, None, TITLE_REST, alone["rest"].strip())
    else:
        card.title = written or None
    card.structure.has_title = card.title is not None
    return True


def _reads_link(card: Card, block: Block) -> bool:
    if card.link is not None or not isinstance(block, Text) or not block.is_paragraph:
        return False
    match = LINK.fullmatch(block.span.markdown)
    if match:
        card.take_link(match, block.line)
    return match is not None


def _keep_unknown(card: Card, heading: str | None, line: int, under: list[Block], lines: list[str]) -> None:
    """Keep what stands under an unknown heading, or above the first one, as it is written.

    A section that no table holds is also a reject, so that it is counted.
    """
    if under:
        end = under[-1].end
        card.add_extra(under[0].line, heading, None, _source(lines, under[0].line, end))
        if heading is not None:
            reason = "The heading names no section; what stands under it is in card_extra."
            card.add_reject(None, line, Code.UNKNOWN_SECTION, reason, _source(lines, line, end))
    elif heading is not None:
        card.add_extra(line, heading, None, None)


def _split_lists(found: dict[str, list[Block]], lines: list[str]) -> dict[int, Characters]:
    """The characters of lists that were split, by the line of the list; none where no list is long enough."""
    split = {
        block.line: characters
        for section in LIST_SECTIONS
        for block in found.get(section, ())
        if isinstance(block, List) and (characters := _characters(block, lines))
    }
    return split if any(len(one) >= MIN_SPLIT_LIST for one in split.values()) else {}


def _characters(block: List, lines: list[str]) -> Characters | None:
    """The line and character of each bullet where the list was split into characters, else None."""
    found = []
    for number in sorted({*range(block.line, block.end)} - {*block.glued}):
        if not lines[number].strip():
            continue
        match = _BULLET.fullmatch(lines[number])
        if match is None:
            return None
        text = match["text"] or ""
        if len(text) != 1:
            text = text.strip() or " "
        if len(text) != 1:
            return None
        found.append((number, text))
    return found


class _SectionReader:
    """Reads what stands under the headings of one section, block by block."""

    def __init__(self, card: Card, section: str, lines: list[str], split: dict[int, Characters]) -> None:
        """Nothing read yet of a section of a card that has these lines, and these lists of characters."""
        self.card = card
        self.section = section
        self.lines = lines
        self.split = split
        self.heading = ""
        self.columns: frozenset[str] | None = None
        """The columns of the table under the heading, None above it."""

        self.is_apart = False
        """Whether something else stands between that table, or a list, and what comes next."""

        self.has_list = False
        """Whether a list stands under the heading."""

        self.n_rows = 0
        """Rows and rejects that have a number in the section."""

    def read(self, block: Block) -> None:
        """Read the next block."""
        if isinstance(block, Heading) and _section(block, self.card.dialect) == self.section:
            self.heading = _one_line(block.span.text)
            self.columns, self.is_apart, self.has_list = None, False, False
        elif isinstance(block, Text) and not block.is_read:
            self._reject_lines(
                range(block.line, block.end), Code.TOO_DEEP, "Lists are nested too deep above it."
            )
        elif self.section == "summary":
            self._read_summary(block)
        elif self.section in STATEMENT_SECTIONS:
            self._read_statements(block)
        elif isinstance(block, List):
            self._read_list(block)
        elif isinstance(block, Table):
            self._reject_table(block, Code.NOT_A_LIST_ITEM, "A table row in the section of a list.")
        else:
            self._reject_text(block, Code.NOT_A_LIST_ITEM, "Text that is no list item.")
            self.is_apart = self.has_list and self.section in LIST_SECTIONS

    def _read_summary(self, block: Block) -> None:
        summary = self.card.summary
        lines = range(block.line, block.end)
        if isinstance(block, Table):
            self._reject_table(block, Code.TABLE_IN_SUMMARY, "A table row in the summary.")
        elif all(_is_row(self.lines[number]) for number in lines):
            self._reject_lines(lines, Code.TABLE_IN_SUMMARY, "A table row in the summary, outside a table.")
        elif isinstance(block, Text) and block.is_paragraph:
            span = self._without_rows(block)
            summary.append("\n".join(line.rstrip() for line in span.text.split("\n")))
            if span.text.split() != span.markdown.split():
                self.card.add_raw_cell("cards", len(summary), block.line, "summary", span)
        else:
            summary.append(_source(self.lines, block.line, block.end))

    def _without_rows(self, block: Text) -> Span:
        """A paragraph of the summary without the table rows that are glued to it: those are rejects."""
        rows = {number for number in range(block.line, block.end) if _is_row(self.lines[number])}
        if not rows:
            return block.span
        self._reject_lines(
            sorted(rows), Code.TABLE_IN_SUMMARY, "A table row in the summary, right below a text."
        )
        written = enumerate(block.span.markdown.split("\n"), block.line)
        kept = "\n".join(line for number, line in written if number not in rows)
        return Span(markdown.text_of(kept), kept)

    # What is no row

    def _reject(self, line: int, code: Code, reason: str, raw: str, row_no: int | None = None) -> None:
        self.card.add_reject(self.section, line, code, reason, raw, row_no)

    def _reject_text(self, block: Block, code: Code, reason: str) -> None:
        """A reject of a text: one of each line where some are rows or bullets, else one of them all."""
        lines = range(block.line, block.end)
        if any(_ROW_OR_BULLET.match(self.lines[number]) for number in lines):
            self._reject_lines(lines, code, reason)
            return
        self.card.n_source[self.section] += 1
        self._reject(block.line, code, reason, _source(self.lines, block.line, block.end))

    def _reject_lines(self, lines: Iterable[int], code: Code, reason: str) -> None:
        for number in lines:
            if self.lines[number].strip():
                self.card.n_source[self.section] += 1
                self._reject(number, code, reason, self.lines[number])

    def _reject_table(self, table: Table, code: Code, reason: str) -> None:
        self._reject_lines((table.line, *(row.line for row in table.rows)), code, reason)

    def _keep_item(self, item: Item, column: str | None) -> None:
        """Keep a list item beside the tables; a reject where it is too long even for that."""
        written = item.span.markdown
        if len(mask_credentials(written)) > MAX_SUMMARY:
            reason = f"The item has more than {MAX_SUMMARY:,} characters."
            self._reject(item.line, Code.FIELD_TOO_LONG, reason, written)
        else:
            self.card.add_extra(item.line, self.heading, column, written or None)

    # Lists

    def _read_list(self, block: List) -> None:
        end = self._end_of_list(block)
        glued = [number for number in block.glued if number <= end]
        self._reject_lines(glued, Code.NOT_A_LIST_ITEM, "Text right below a list item.")
        # The heading above it may be written as text that names no section.
        reason = "A further list, below a text: it may be of another section."
        self._reject_lines(range(end + (end in glued), block.end), Code.NOT_A_LIST_ITEM, reason)
        if characters := self.split.get(block.line):
            self._read_characters([one for one in characters if one[0] < end])
            return
        items = (item for item in block.items if item.line < end)
        for item in chain.from_iterable(map(markdown.items_between_breaks, items)):
            self.card.n_source[self.section] += 1
            self.n_rows += 1
            if not item.span.text:
                self._keep_item(item, BLANK_BULLET)
            elif self.section == "other":
                self._read_other(item)
            elif self.section == "related_cards":
                self._read_related(item)
            else:
                self._add_item(item.line, item.span, 1)

    def _end_of_list(self, block: List) -> int:
        """The line above which the items of a list are certain to be of the section."""
        if self.is_apart:
            return block.line
        self.has_list = True
        dialect = self.card.dialect
        below = (number for number in block.glued if headings.is_marked(self.lines[number]))
        among = (one.line for one in block.items if headings.is_bold_heading(one.span.markdown, dialect))
        end = min(next(below, block.end), next(among, block.end))
        self.is_apart = end < block.end and self.section in LIST_SECTIONS
        return end if self.is_apart else block.end

    def _add_item(self, line: int, span: Span, n_source_items: int) -> None:
        self._add_row(line, {"raw_text": mask_credentials(span.text), "n_source_items": n_source_items})
        self.card.add_raw_cell(self.section, self.n_rows, line, "raw_text", span)

    def _add_row(self, line: int, values: Row) -> None:
        """Add the row whose number comes next."""
        where = {"row_no": self.n_rows, "line": line + self.card.first_line}
        self.card.rows_of(self.section).add(where | values)

    def _read_characters(self, characters: Characters) -> None:
        self.card.n_source[self.section] += len(characters)
        items, between = joined(characters)
        for line, text in items:
            self.n_rows += 1
            if len(text) <= MAX_NAME:
                self._add_item(line, Span(text, text), len(text))
                continue
            # A reject counts once, of however many bullets it is.
            self.card.n_source[self.section] -= len(text) - 1
            reason = f"The item joined from single characters has {len(text):,} of them."
            self._reject(line, Code.FIELD_TOO_LONG, reason, text, self.n_rows)
        for line, separator in between:
            self.card.add_extra(line, self.heading, SEPARATOR_BULLET, separator)

    def _read_other(self, item: Item) -> None:
        text = item.span.text
        # Some write two colons, so that their editor takes it for a field.
        colon = "::" if _TWO_COLONS.match(text) else ":"
        key, colon, value = (part.strip() for part in text.partition(colon))
        name = key.casefold()
        if name in OTHER_FIELDS and value and name not in self.card.other:
            self._take_field(name, mask_credentials(value), item)
        elif text != item.span.markdown or len(text) > MAX_NAME or not colon or key in _BULLETS:
            self._keep_item(item, None)
        else:
            self.card.add_extra(item.line, self.heading, key or None, value or None)

    def _take_field(self, name: str, value: str, item: Item) -> None:
        if len(value) > MAX_NAME:
            reason = f"{name} has {len(value):,} characters; at most {MAX_NAME:,} are kept."
            self._reject(item.line, Code.FIELD_TOO_LONG, reason, item.span.markdown)
            return
        self.card.other[name] = value
        self.card.add_raw_cell("cards", 1, item.line, name, item.span)

    def _read_related(self, item: Item) -> None:
        written = item.span.markdown
        match = ENTRY.fullmatch(written) if len(written) <= 2 * MAX_NAME else None
        target = mask_credentials(match["target"] if match else item.span.text)
        label = mask_credentials(match["label"]) if match else ""
        if not target or max(len(target), len(label)) > MAX_NAME:
            self._reject(item.line, Code.NOT_A_CARD_LINK, "Not a link to a card.", written, self.n_rows)
            return
        self._add_row(item.line, {"target_card_id": target, "label": label or None, "is_known": False})
        if match is None:
            self.card.add_raw_cell(self.section, self.n_rows, item.line, "target_card_id", item.span)

    # Tables

    def _read_statements(self, block: Block) -> None:
        if isinstance(block, Table):
            self._read_table(block)
            return
        self.is_apart = True
        lines = range(block.line, block.end)
        if any(_is_row(self.lines[number]) for number in lines):
            reason = "A table row outside a Markdown table: is the line under the header missing?"
            self._reject_lines(lines, Code.TABLE_NOT_PARSED, reason)
        elif isinstance(block, List):
            self._reject_lines(lines, Code.NOT_A_TABLE_ROW, "A list item in the section of a table.")
        else:
            self._reject_text(block, Code.NOT_A_TABLE_ROW, "Text that is no table row.")

    def _read_table(self, table: Table) -> None:
        names, known = self.card.dialect.columns_of(self.section, tuple(table.header))
        if self.columns is not None and (self.is_apart or known != self.columns):
            # It may stand below a heading that is written as text, or has lost it.
            reason = "A further table, below a text or with other columns: it may be of another section."
            self._reject_table(table, Code.OTHER_TABLE, reason)
            self.is_apart = True
            return
        if not known:
            # It may be a row that has lost its table.
            self._reject_lines([table.line], Code.NO_KNOWN_COLUMN, "A header without a known column.")
        self.columns, self.is_apart = known, False
        structure = self.card.structure.columns
        structure[self.section] = structure.get(self.section, frozenset()) | known
        header = self.lines[table.line]
        for row in tables.with_values_joined(self._whole_rows(table, names), header, names):
            self.card.n_source[self.section] += 1
            self.n_rows += 1
            if row.cells is None:
                reason = f"More cells than the {len(names)} headers, and the padding does not tell which."
                self._reject(row.line, Code.EXTRA_CELLS, reason, row.source, self.n_rows)
            else:
                self._read_row(table.header, names, row, row.cells)

    def _whole_rows(self, table: Table, names: Sequence[str | None]) -> list[markdown.Row]:
        """The rows of a table, without lines that are no row or not a whole one: those are rejects."""
        own = tables.rows_above_another(table.rows)
        own = own[
            : next((place for place, row in enumerate(own) if self._begins_another_table(row)), len(own))
        ]
        if glued := [row.line for row in table.rows[len(own) :]]:
            reason = "Another table begins here, without an empty line or a heading of its own."
            self._reject_lines(glued, Code.OTHER_TABLE, reason)
            self.is_apart = True
        found = []
        header = self.lines[table.line]
        last = next(number for number in reversed(range(len(self.lines))) if self.lines[number].strip())
        for row in own:
            if fault := tables.fault_of(row, header, names, is_last=row.line == last):
                self.card.n_source[self.section] += 1
                self._reject(row.line, *fault, row.source)
            else:
                found.append(row)
        return found

    def _begins_another_table(self, row: markdown.Row) -> bool:
        """Whether a row has the heading of a section and nothing else, or the headers of a table."""
        if row.cells is None or len(row.cells) < 2:
            return False
        filled = [cell for cell in row.cells if cell and cell.markdown and cell.markdown not in forms.MISSING]
        dialect, texts = self.card.dialect, tuple(cell.text for cell in filled)
        if len(texts) == 1:
            return bool(dialect.section_of(texts[0]) or dialect.section_in_singular(texts[0]))
        # The first cell of nearly all rows tells that they are none.
        return len(texts) == len(row.cells) and all(
            None not in dialect.columns_of(self.section, some)[0] for some in (texts[:1], texts)
        )

    def _read_row(
        self,
        header: list[str],
        names: Sequence[str | None],
        row: markdown.Row,
        cells: list[Span | None],
    ) -> None:
        values: Row = {SOURCE: row.source}
        spans: dict[str, Span] = {}
        extra: list[tuple[str, str]] = []
        for title, name, cell in zip(header, names, cells, strict=True):
            if cell is None or not cell.markdown:
                continue
            if name is None:
                extra.append((title[:MAX_NAME], cell.markdown))
            elif cell.markdown in forms.MISSING:
                spans[name] = Span("", cell.markdown)
            else:
                spans[name] = cell
                if text := cell.text.strip():
                    values[name] = mask_credentials(text)
        if not values.keys() & spans.keys():
            code = Code.NO_KNOWN_COLUMN if extra else Code.BLANK_ROW
            reason = "No cell of the row stands under a known header." if extra else "No cell has a value."
            self._reject(row.line, code, reason, row.source, self.n_rows)
            return
        if written := values.get("relevancy"):
            if not tables.RELEVANCY.fullmatch(written):
                reason = f"relevancy is {written[:100]!r}, not a whole number."
                self._reject(row.line, Code.RELEVANCY_NOT_A_NUMBER, reason, row.source, self.n_rows)
                return
            relevancy = int(written.partition(".")[0])
            values["relevancy"] = relevancy
            spans["relevancy"] = Span(str(relevancy), spans["relevancy"].markdown)
        self._add_row(row.line, values)
        for name, span in spans.items():
            self.card.add_raw_cell(self.section, self.n_rows, row.line, name, span)
        for title, text in extra:
            self.card.add_extra(row.line, self.heading, title, text)
