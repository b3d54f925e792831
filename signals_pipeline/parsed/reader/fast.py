"""Cards of plain form, cut at their headings, bullets and pipes: what nearly all cards are.

A card is plain where only one rule of CommonMark can apply to each of its lines, and where its parts need no
judgment: a title line, a link, known sections once each, tight `*` lists of one-line items, paragraphs of one
line, pipe tables with as many cells in each row as in the header. `read_plain` takes such a card apart at
once, and leaves any other to the parser of record. `test_differential.py` holds that both give the same.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from signals_pipeline.core.credentials import may_hold_credentials
from signals_pipeline.parsed.columns import SOURCE, Columns
from signals_pipeline.parsed.reader import forms
from signals_pipeline.parsed.reader.card import OTHER_FIELDS, SEPARATOR_BULLET, Card
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.headings import is_bold_heading
from signals_pipeline.parsed.reader.layout import ENTRY, LINK, MIN_SPLIT_LIST, TITLE, joined
from signals_pipeline.parsed.reader.markdown import LINE_BREAK, MARKS, MARKUP, Span, text_of
from signals_pipeline.parsed.sections import LIST_SECTIONS, MAX_NAME, STATEMENT_SECTIONS

_NO_PARAGRAPH = frozenset("#>-+*`~<=_|: \t")
"""What may begin another block than a paragraph, or stands behind what does."""

_ORDERED = re.compile(r"\d{1,9}[.)](?:\s|$)")
_EMPHASIS = re.compile(r"__?[^\s_]")
_DELIMITER_ROW = re.compile(r"\|(?: *+:?-++:? *+\|)++ *+")

_HEADING = re.compile("\n\n## (.*)")
"""A heading of the second level with an empty line before it; `split` gives its text between what it cuts."""

_NUMBERS: dict[str | None, int] = {str(digit): digit for digit in range(10)}
"""A look-up costs half of what `int` takes; a longer number is left to the parser of record."""

_Names = tuple[tuple[str, ...], frozenset[str]]
_NO_NAMES: _Names = ((), frozenset())

MAX_HEADING = 50
MAX_HEADER = 2_000
"""Characters up to which what is known of a text is kept: hostile cards must not fill the memory."""


def read_plain(card: Card, text: str) -> bool:
    """Whether a text is a plain card; if so, `card` holds all that is in it, else perhaps some."""
    head, *found = _HEADING.split(text)
    if not _reads_head(card, head):
        return False
    reader = _Reader(card, text[len(head) :])
    line = head.count("\n") + 2
    for heading, body in zip(found[::2], found[1::2], strict=True):
        section = _known_section(card.dialect, heading) if len(heading) <= MAX_HEADING else None
        if section is None or section in card.sections:
            return False
        card.sections.add(section)
        source = body.strip("\n")
        # An empty section ends on the line of its heading.
        n_lines = reader.reads(section, heading, source, line + body.index(source[0])) if source else 1
        if not n_lines:
            return False
        line += len(body) - len(source) + n_lines + 1
    return True


@lru_cache(maxsize=100)
def _known_section(dialect: Dialect, heading: str) -> str | None:
    """The section that a heading of letters and single blanks opens."""
    is_plain = all(word.isalpha() for word in heading.split(" "))
    return dialect.section_of(heading) if is_plain else None


def _reads_head(card: Card, head: str) -> bool:
    """Whether the part above the first section is a title line and at most a link."""
    line, _, below = head.partition("\n\n")
    title = TITLE.fullmatch(line, 2)
    if title is None or line[:2] != "# " or "\n" in line:
        return False
    # Blanks at the ends are not of the heading, and an id in place of a title may have to be kept.
    if line[2:].strip() != line[2:] or card.take_title(title):
        return False
    if link_line := below.strip("\n"):
        link = LINK.fullmatch(link_line)
        if link is None or "\n" in link_line:
            return False
        card.take_link(link, 2 + below.index(link_line[0]))
    return True


class _Reader:
    """Reads the sections of a plain card; each method returns how many lines it has read, 0 where not all."""

    def __init__(self, card: Card, sections: str) -> None:
        """Nothing read yet of some sections."""
        self.card = card
        # What all sections together do not hold, none of them does.
        self.marks = [mark for mark in MARKS if mark in sections]
        self.may_hold_credentials = may_hold_credentials(sections)

    def reads(self, section: str, heading: str, source: str, line: int) -> int:
        """Read what stands in a section between its first line and its last."""
        if section == "summary":
            return self._summary(source, line)
        if self.may_hold_credentials and may_hold_credentials(source):
            return 0
        if "<" in self.marks and LINE_BREAK.search(source):
            return 0
        if section in STATEMENT_SECTIONS:
            return self._table(section, source, line)
        if section in LIST_SECTIONS and (characters := _characters(source)):
            return self._split_list(section, heading, characters, line)
        items = _items(source)
        if items is None:
            return 0
        if section in LIST_SECTIONS:
            return self._list(section, items, line)
        return self._other(items) if section == "other" else self._related(items, line)

    def _has_markup(self, source: str) -> bool:
        # Some searches for a character take less time than one for any of them.
        for mark in self.marks:  # noqa: SIM110
            if mark in source:
                return True
        return False

    def _take(self, section: str, line: int, n_rows: int, columns: dict[str, Any]) -> int:
        """Take rows of a section that stand on a line each; returns how many."""
        first = line + self.card.first_line
        columns["row_no"] = range(1, n_rows + 1)
        columns["line"] = range(first, first + n_rows)
        self.card.rows[section] = Columns(n_rows, columns)
        self.card.n_source[section] = n_rows
        return n_rows

    def _list(self, section: str, items: list[str], line: int) -> int:
        texts = items
        if self._has_markup("".join(items)):
            texts = list(map(text_of, items))
            if not _are_texts(texts) or any(is_bold_heading(item, self.card.dialect) for item in items):
                return 0
            for number, (text, item) in enumerate(zip(texts, items, strict=True)):
                self.card.add_raw_cell(section, number + 1, line + number, "raw_text", Span(text, item))
        n_rows = len(texts)
        return self._take(section, line, n_rows, {"raw_text": texts, "n_source_items": [1] * n_rows})

    def _split_list(self, section: str, heading: str, characters: str, line: int) -> int:
        items, between = joined(list(enumerate(characters, line)))
        texts = [text for _, text in items]
        if len(characters) < MIN_SPLIT_LIST or not texts:
            return 0
        if max(map(len, texts)) > MAX_NAME or any(map(may_hold_credentials, texts)):
            return 0
        self._take(section, line, len(texts), {"raw_text": texts, "n_source_items": list(map(len, texts))})
        self.card.rows[section].by_name["line"] = [number + self.card.first_line for number, _ in items]
        self.card.n_source[section] = len(characters)
        self.card.structure.has_split_list = True
        for number, separator in between:
            self.card.add_extra(number, heading, SEPARATOR_BULLET, separator)
        return len(characters)

    def _other(self, items: list[str]) -> int:
        if self._has_markup("".join(items)):
            return 0
        for item in items:
            key, _, value = item.partition(":")
            name, text = key.strip().casefold(), value.strip()
            is_plain = text and value[0] != ":" and len(item) <= MAX_NAME
            if not is_plain or name not in OTHER_FIELDS or name in self.card.other:
                return 0
            self.card.other[name] = text
        self.card.n_source["other"] = len(items)
        return len(items)

    def _related(self, items: list[str], line: int) -> int:
        labels, targets = [], []
        for item in items:
            entry = ENTRY.fullmatch(item) if len(item) <= MAX_NAME else None
            if entry is None or not entry["target"]:
                return 0
            # A label without text would be a blank bullet.
            if not entry["label"].strip() or self._has_markup(entry["label"]):
                return 0
            labels.append(entry["label"])
            targets.append(entry["target"])
        n_rows = len(items)
        columns = {"target_card_id": targets, "label": labels, "is_known": [False] * n_rows}
        return self._take("related_cards", line, n_rows, columns)

    def _summary(self, source: str, line: int) -> int:
        first_line = line
        summary = self.card.summary
        for written in source.split("\n\n"):
            paragraph = written.lstrip("\n")
            line += len(written) - len(paragraph)
            paragraph = paragraph.rstrip(" ")
            if "\n" in paragraph or not paragraph or not begins_paragraph(paragraph):
                return 0
            # What begins as a link to an article does may begin another card.
            if paragraph != paragraph.strip() or paragraph.startswith("__["):
                return 0
            text = text_of(paragraph)
            if "\n" in text:
                return 0
            summary.append(text.rstrip())
            if text is not paragraph and text.split() != paragraph.split():
                self.card.add_raw_cell("cards", len(summary), line, "summary", Span(text, paragraph))
            line += 2
        return line - 1 - first_line

    def _table(self, section: str, source: str, line: int) -> int:
        header, *below = source.split("\n", 2)
        if len(below) < 2:
            return 0
        delimiter, body = below
        names, known = _names(self.card.dialect, section, header, delimiter)
        if not names:
            return 0
        lines = body.split("\n")
        columns = _columns(body, names, len(lines))
        if columns is None:
            return 0
        if self._has_markup(body) and not self._resolves(section, columns, body, line + 2):
            return 0
        if "relevancy" in columns:
            try:
                columns["relevancy"] = list(map(_NUMBERS.__getitem__, columns["relevancy"]))
            except KeyError:
                return 0
        elif _has_header(self.card.dialect, section, columns[names[0]]):
            return 0
        columns[SOURCE] = lines
        self.card.structure.columns[section] = known
        return 2 + self._take(section, line + 2, len(lines), columns)

    def _resolves(self, section: str, columns: dict[str, list[Any]], body: str, line: int) -> bool:
        """Put the text of cells with markup in their place, if it is one."""
        if "\\" in body:
            return False
        marked = [
            (row, name, Span(text, written))
            for name, texts in columns.items()
            for row, written in enumerate(texts)
            if written and MARKUP.search(written) and (text := text_of(written)) != written
        ]
        if not _are_texts([span.text for _, _, span in marked]):
            return False
        for row, name, span in sorted(marked, key=itemgetter(0)):
            columns[name][row] = span.text
            self.card.add_raw_cell(section, row + 1, line + row, name, span)
        return True


def _has_header(dialect: Dialect, section: str, texts: Sequence[str | None]) -> bool:
    """Whether the first cells of some rows may be those of a second header."""
    return not dialect.headers[section].keys().isdisjoint(map(str.casefold, filter(None, texts)))


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


def _characters(source: str) -> str:
    """The characters of a list that has one in each item, empty where a line is anything else."""
    n_items = (len(source) + 1) // 4
    layout = source[::4], source[1::4], source[3::4]
    if layout != ("*" * n_items, " " * n_items, "\n" * (n_items - 1)):
        return ""
    characters = source[2::4]
    return "" if any(one.isspace() and one != " " for one in characters) else characters


def _is_item(text: str) -> bool:
    return len(text) > 1 and begins_paragraph(text)


def begins_paragraph(text: str) -> bool:
    """Whether a line that begins a block can begin nothing but a paragraph."""
    first = text[0]
    if first == "_":
        return _EMPHASIS.match(text) is not None
    return first not in _NO_PARAGRAPH and not (first.isdigit() and _ORDERED.match(text))


def _are_texts(texts: Sequence[str]) -> bool:
    """Whether none of them is blank, has blanks at its ends, or had credentials written as entities."""
    return all(text and text == text.strip() and not may_hold_credentials(text) for text in texts)


def _names(dialect: Dialect, section: str, header: str, delimiter: str) -> _Names:
    """The columns of a table and the set of them, none where it is not plain or one is unknown."""
    # A header that is indented may be code.
    if header[0] != "|" or len(header) > MAX_HEADER or not _DELIMITER_ROW.fullmatch(delimiter):
        return _NO_NAMES
    names, length = _known_names(dialect, section, tuple(header.split()))
    # Blanks are spaces, or the parser of record must see them.
    if len(header) - header.count(" ") != length or len(names[0]) != delimiter.count("|") - 1:
        return _NO_NAMES
    return names


@lru_cache(maxsize=1_000)
def _known_names(dialect: Dialect, section: str, words: tuple[str, ...]) -> tuple[_Names, int]:
    """The columns that a header of some words and pipes names, none where it is not plain.

    Beside them, how many characters the words have.
    """
    header = " ".join(words)
    first, *titles, last = header.split("|")
    if first or last or MARKUP.search(header) or not header.isprintable():
        return _NO_NAMES, 0
    names, known = dialect.columns_of(section, tuple(titles))
    if None in names:
        return _NO_NAMES, 0
    return (tuple(name for name in names if name), known), sum(map(len, words))


def _columns(body: str, names: Sequence[str], n_rows: int) -> dict[str, list[Any]] | None:
    """The cells by column, None for a blank one.

    None where not all rows have as many, where a cell says that its value is missing, or where a row may be
    all blank or go on with the one above it: where the table has a relevancy, such a row has none.
    """
    parts = body.split("|")
    n_parts = len(names) + 1
    if len(parts) != n_rows * n_parts + 1 or parts[0] or parts[-1]:
        return None
    # Between the last pipe of a row and the first of the next there is nothing but the line feed.
    if parts[n_parts::n_parts].count("\n") != n_rows - 1:
        return None
    cells = list(map(str.strip, parts))
    if not forms.MISSING.isdisjoint(cells):
        return None
    columns: dict[str, list[Any]] = {name: cells[n::n_parts] for n, name in enumerate(names, 1)}
    if cells.count("") > n_rows + 1:
        if "relevancy" not in columns or all("" in texts for texts in columns.values()):
            return None
        return {name: [text or None for text in texts] for name, texts in columns.items()}
    return columns
