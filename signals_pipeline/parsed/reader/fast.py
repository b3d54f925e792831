"""Cards of plain form, cut at their headings, bullets and pipes: what nearly all cards are.

A card is plain where only one rule of CommonMark can apply to each of its lines, and where its parts need no
judgment: a title line, a link, known sections once each, tight `*` lists of one-line items, paragraphs of one
line, pipe tables with as many cells in each row as in the header. `read_plain` takes such a card apart
at once; of any other it says so, and `parsed.cards` reads it block by block.

What it gives is what `parsed.cards` gives without it: `test_differential.py` compares them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from signals_pipeline.core.credentials import may_hold_credentials
from signals_pipeline.parsed.bulk import Uncut
from signals_pipeline.parsed.columns import SOURCE, Columns
from signals_pipeline.parsed.reader import forms
from signals_pipeline.parsed.reader.blocks import Span
from signals_pipeline.parsed.reader.layout import ENTRY, LINK, TITLE
from signals_pipeline.parsed.reader.parts import MAX_REJECT, OTHER_FIELDS, Parts
from signals_pipeline.parsed.reader.plain import DELIMITER_ROW, begins_paragraph
from signals_pipeline.parsed.reader.rows import MARKS, MARKUP, Resolve
from signals_pipeline.parsed.sections import LIST_SECTIONS, STATEMENT_SECTIONS

_DIGITS: dict[str | None, int] = {str(digit): digit for digit in range(10)}
"""Nearly all numbers of cards: looked up, they cost half of what `int` takes."""

_HEADING = re.compile("\n\n## (.*)")
"""A heading of the second level with an empty line before it; `split` gives its text between what it cuts."""

MAX_HEADING = 50
MAX_HEADER = 2_000
"""Characters up to which what is known of a text is kept: hostile cards must not fill the memory."""


def read_plain(parts: Parts, text: str, resolve: Resolve, *, may_wait: bool = False) -> bool:
    """Whether a text is a plain card; if so, `parts` holds all that is in it, else perhaps some.

    Where tables `may_wait`, those that only need to be cut are left to `parsed.bulk`.
    """
    head, *found = _HEADING.split(text)
    if not _reads_head(parts, head):
        return False
    reader = _Reader(parts, text[len(head) :], resolve, may_wait)
    line = head.count("\n") + 2
    for heading, body in zip(found[::2], found[1::2], strict=True):
        section = _known_section(heading) if len(heading) <= MAX_HEADING else None
        if section is None or section in parts.sections:
            return False
        parts.sections.add(section)
        source = body.strip("\n")
        # An empty section ends on the line of its heading.
        n_lines = reader.reads(section, source, line + body.index(source[0])) if source else 1
        if not n_lines:
            return False
        line += len(body) - len(source) + n_lines + 1
    return True


@lru_cache(maxsize=100)
def _known_section(heading: str) -> str | None:
    """The section that a heading of letters and single blanks opens."""
    is_plain = all(word.isalpha() for word in heading.split(" "))
    return forms.section_of(heading) if is_plain else None


def _reads_head(parts: Parts, head: str) -> bool:
    """Whether the part above the first section is a title line and at most a link."""
    title_line, _, below = head.partition("\n\n")
    title = TITLE.fullmatch(title_line, 2)
    if title is None or title_line[:2] != "# " or "\n" in title_line:
        return False
    # In place of a title stands the card's own id, or something that is kept beside the tables.
    if title["id"] and title["id"][:32] != (parts.named or "")[:32]:
        return False
    # Blanks at the ends are not of the heading, and `|` may make it a table's header.
    if title_line[2:].strip() != title_line[2:]:
        return False
    parts.has_title_line = True
    parts.title = title["title"]
    parts.structure.has_title = parts.title is not None
    parts.token = title["token"]
    parts.newsletter = title["address"] or None
    parts.structure.is_from_page = title["page"] is not None
    link_line = below.strip("\n")
    if link_line:
        link = LINK.fullmatch(link_line)
        if link is None or "\n" in link_line:
            return False
        parts.link = link["url"] or None
    return True


class _Reader:
    """Reads the sections of a plain card; each method returns how many lines it has read, 0 where not all."""

    def __init__(self, parts: Parts, sections: str, resolve: Resolve, may_wait: bool) -> None:
        """Nothing read yet of some sections."""
        self.parts = parts
        self.resolve = resolve
        self.may_wait = may_wait
        # What all sections together do not hold, none of them does.
        self.marks = [mark for mark in MARKS if mark in sections]
        self.may_hold_credentials = may_hold_credentials(sections)

    def reads(self, section: str, source: str, line: int) -> int:
        """Read what stands in a section between its first line and its last."""
        if section == "summary":
            return self._summary(source, line)
        if self.may_hold_credentials and may_hold_credentials(source):
            return 0
        if section in STATEMENT_SECTIONS:
            return self._table(section, source, line)
        if section in LIST_SECTIONS:
            return self._list(section, source, line)
        return self._other(source) if section == "other" else self._related(source, line)

    def _has_markup(self, source: str) -> bool:
        # Some searches for a character take less time than one for any of them.
        for mark in self.marks:  # noqa: SIM110
            if mark in source:
                return True
        return False

    def _take(self, section: str, line: int, columns: dict[str, Any], n_rows: int) -> None:
        """Take rows of a section that stand on a line each."""
        first = line + self.parts.offset
        columns["row_no"] = range(1, n_rows + 1)
        columns["line"] = range(first, first + n_rows)
        self.parts.rows[section] = Columns.of(n_rows, columns)
        self.parts.n_source[section] = n_rows

    def _list(self, section: str, source: str, line: int) -> int:
        has_markup = self._has_markup(source[2:].replace("\n* ", "\n"))
        if self.may_wait and not has_markup:
            n_rows = source.count("\n") + 1
            # One of single characters may have been split.
            if len(source) < 4 * n_rows:
                return 0
            first_line = line + self.parts.offset
            self.parts.uncut.append(Uncut(section, ("raw_text",), source, first_line, n_rows))
            return n_rows
        items = _items(source)
        if items is None or max(map(len, items)) == 1:
            return 0
        texts = items
        if has_markup:
            texts = [self.resolve(item) for item in items]
            if not _are_texts(texts):
                return 0
            for number, (text, item) in enumerate(zip(texts, items, strict=True)):
                self.parts.raw_cell(section, number + 1, line + number, "raw_text", Span(text, item))
        n_rows = len(texts)
        self._take(section, line, {"raw_text": texts, "n_source_items": [1] * n_rows}, n_rows)
        return n_rows

    def _other(self, source: str) -> int:
        items = _items(source)
        if items is None or self._has_markup("".join(items)):
            return 0
        for item in items:
            key, _, value = item.partition(":")
            name, text = key.strip().casefold(), value.strip()
            if name not in OTHER_FIELDS or not text or name in self.parts.other:
                return 0
            self.parts.other[name] = text
        self.parts.n_source["other"] = len(items)
        return len(items)

    def _related(self, source: str, line: int) -> int:
        items = _items(source)
        if items is None:
            return 0
        labels, targets = [], []
        for item in items:
            entry = ENTRY.fullmatch(item) if len(item) <= MAX_REJECT else None
            if entry is None or not entry["target"]:
                return 0
            # A label without text would be a blank bullet.
            if not entry["label"].strip() or self._has_markup(entry["label"]):
                return 0
            labels.append(entry["label"])
            targets.append(entry["target"])
        n_rows = len(items)
        columns: dict[str, Any] = {"target_card_id": targets, "label": labels}
        columns["is_known"] = [False] * n_rows
        self._take("related_cards", line, columns, n_rows)
        return n_rows

    def _summary(self, source: str, line: int) -> int:
        first_line = line
        for written in source.split("\n\n"):
            paragraph = written.lstrip("\n")
            line += len(written) - len(paragraph)
            if "\n" in paragraph or not paragraph or not begins_paragraph(paragraph):
                return 0
            # What begins as a link to an article does may begin another card.
            if paragraph != paragraph.strip() or paragraph.startswith("__["):
                return 0
            text = self.resolve(paragraph) if self._has_markup(paragraph) else paragraph
            if "\n" in text:
                return 0
            self.parts.summary.append(text.rstrip())
            if text is not paragraph and text.split() != paragraph.split():
                span = Span(text, paragraph)
                self.parts.raw_cell("cards", len(self.parts.summary), line, "summary", span)
            line += 2
        return line - 1 - first_line

    def _table(self, section: str, source: str, line: int) -> int:
        header, *below = source.split("\n", 2)
        if len(below) < 2:
            return 0
        delimiter, body = below
        names, known = _names(section, header, delimiter)
        if not names:
            return 0
        parts = self.parts
        has_markup = self._has_markup(body)
        if self.may_wait and not has_markup:
            n_rows = _n_rows(body, len(header))
            parts.uncut.append(Uncut(section, names, body, line + 2 + parts.offset, n_rows))
        else:
            lines = body.split("\n")
            n_rows = len(lines)
            columns = _columns(body, names, n_rows)
            if columns is None or (has_markup and not self._resolves(section, columns, body, line + 2)):
                return 0
            if "relevancy" in columns and not _become_numbers(columns["relevancy"]):
                return 0
            columns[SOURCE] = lines
            self._take(section, line + 2, columns, n_rows)
        parts.structure.columns[section] = known
        return 2 + n_rows

    def _resolves(self, section: str, columns: dict[str, list[Any]], body: str, line: int) -> bool:
        """Put the text of cells with markup in their place, if it is one."""
        if "\\" in body:
            return False
        marked = [
            (row, name, Span(text, written))
            for name, texts in columns.items()
            for row, written in enumerate(texts)
            if written and MARKUP.search(written) and (text := self.resolve(written)) != written
        ]
        if not _are_texts([span.text for _, _, span in marked]):
            return False
        for row, name, span in sorted(marked, key=itemgetter(0)):
            columns[name][row] = span.text
            self.parts.raw_cell(section, row + 1, line + row, name, span)
        return True


def _items(source: str) -> list[str] | None:
    """The items of a tight list as they are written, None where a line may be anything else."""
    if not source.startswith("* "):
        return None
    items = source[2:].split("\n* ")
    if len(items) != source.count("\n") + 1:
        return None
    for item in items:
        if not item or item != item.strip() or not (item[0].isalpha() or _is_item(item)):
            return None
    return items


def _is_item(text: str) -> bool:
    return len(text) > 1 and begins_paragraph(text)


def _are_texts(texts: Sequence[str]) -> bool:
    """Whether none of them is blank, has blanks at its ends, or had credentials written as entities."""
    return all(text and text == text.strip() and not may_hold_credentials(text) for text in texts)


def _n_rows(body: str, width: int) -> int:
    """The rows of a table; where they seem to be as wide as the header, without looking at each character.

    A line end where none is expected is not seen then: `parsed.bulk` sees it.
    """
    n_rows, rest = divmod(len(body) + 1, width + 1)
    if rest == 0 and body[width :: width + 1] == "\n" * (n_rows - 1):
        return n_rows
    return body.count("\n") + 1


_Names = tuple[tuple[str, ...], frozenset[str]]
_NO_NAMES: _Names = ((), frozenset())


def _names(section: str, header: str, delimiter: str) -> _Names:
    """The columns of a table and the set of them, none where it is not plain or one is unknown."""
    # A header that is indented may be code.
    if header[0] != "|" or len(header) > MAX_HEADER or not DELIMITER_ROW.fullmatch(delimiter):
        return _NO_NAMES
    names, length = _known_names(section, tuple(header.split()))
    # Blanks are spaces, or the reader of blocks must see them.
    if len(header) - header.count(" ") != length or len(names[0]) != delimiter.count("|") - 1:
        return _NO_NAMES
    return names


@lru_cache(maxsize=1_000)
def _known_names(section: str, words: tuple[str, ...]) -> tuple[_Names, int]:
    """The columns that a header of some words and pipes names, none where it is not plain.

    Beside them, how many characters the words have.
    """
    header = " ".join(words)
    first, *titles, last = header.split("|")
    if first or last or MARKUP.search(header) or not header.isprintable():
        return _NO_NAMES, 0
    names, known = forms.columns_of(section, tuple(titles))
    if None in names:
        return _NO_NAMES, 0
    return (tuple(name for name in names if name), known), sum(map(len, words))


def _columns(body: str, names: Sequence[str], n_rows: int) -> dict[str, list[Any]] | None:
    """The cells by column, None for a blank one.

    None where not all rows have as many, or where one may be all blank.
    """
    parts = body.split("|")
    n_parts = len(names) + 1
    if len(parts) != n_rows * n_parts + 1 or parts[0] or parts[-1]:
        return None
    # Between the last pipe of a row and the first of the next there is nothing but the line feed.
    if parts[n_parts::n_parts].count("\n") != n_rows - 1:
        return None
    cells = list(map(str.strip, parts))
    columns: dict[str, list[Any]] = {name: cells[n::n_parts] for n, name in enumerate(names, 1)}
    if cells.count("") > n_rows + 1:
        if all("" in texts for texts in columns.values()):
            return None
        return {name: [text or None for text in texts] for name, texts in columns.items()}
    return columns


def _become_numbers(cells: list[Any]) -> bool:
    """Whether all cells are small whole numbers without a sign; if so, they become these."""
    try:
        cells[:] = map(_DIGITS.__getitem__, cells)
    except KeyError:
        return _become_longer_numbers(cells)
    return True


def _become_longer_numbers(cells: list[Any]) -> bool:
    if None in cells or max(map(len, cells)) > 9:
        return False
    digits = "".join(cells)
    if not (digits.isascii() and digits.isdigit()):
        return False
    cells[:] = map(int, cells)
    return True
