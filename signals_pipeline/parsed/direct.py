"""Cards of plain form, cut at their headings, bullets and pipes: what nearly all cards are.

A card is plain where only one rule of CommonMark can apply to each of its lines, and where its parts need no
judgment: a title line, a link, known sections once each, tight `*` lists of one-line items, paragraphs of one
line, pipe tables with as many cells in each row as in the header. `read_plain` takes such a card apart
at once; of any other it says so, and `parsed.cards` reads it block by block.

What it gives is what `parsed.cards` gives without it: `test_differential.py` compares them.
"""

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from signals_pipeline.parsed import forms, links
from signals_pipeline.parsed.blocks import Span
from signals_pipeline.parsed.columns import SOURCE, Columns
from signals_pipeline.parsed.lines import ENTRY, LINK, TITLE
from signals_pipeline.parsed.models import LIST_SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.parsed.parts import MAX_REJECT, OTHER_FIELDS, Parts
from signals_pipeline.parsed.plain import DELIMITER_ROW, begins_paragraph
from signals_pipeline.parsed.rows import MARKS, MARKUP, Resolve

_DIGITS: dict[str | None, int] = {str(digit): digit for digit in range(10)}
"""Nearly all numbers of cards: looked up, they cost half of what `int` takes."""

MAX_HEADING = 50
MAX_HEADER = 2_000
"""Characters up to which what is known of a text is kept: hostile cards must not fill the memory."""


def read_plain(parts: Parts, text: str, resolve: Resolve) -> bool:
    """Whether a text is a plain card; if so, `parts` holds all that is in it, else perhaps some."""
    head, *sections = _cut_at_headings(text)
    if not _reads_head(parts, head):
        return False
    line = head.count("\n") + 2
    for one in sections:
        heading, _, body = one.partition("\n\n")
        section = _section(heading)
        if section is None or section in parts.sections:
            return False
        parts.sections.add(section)
        source = body.strip("\n")
        if source:
            first_line = line + 2
            if body[0] == "\n":
                first_line += len(body) - len(body.lstrip("\n"))
            if not _reads_section(parts, section, source, first_line, resolve):
                return False
        line += one.count("\n") + 2
    return True


def _reads_section(parts: Parts, section: str, source: str, line: int, resolve: Resolve) -> bool:
    """Whether what stands in a section, between its first line and its last, is plain; if so, it is read."""
    if section in STATEMENT_SECTIONS:
        return _reads_table(parts, section, source, line, resolve)
    if section in LIST_SECTIONS:
        return _reads_list(parts, section, source, line, resolve)
    if section == "summary":
        return _reads_summary(parts, source, line, resolve)
    return _reads_other(parts, source) if section == "other" else _reads_related(parts, source, line)


def _cut_at_headings(text: str) -> list[str]:
    """The text cut at each heading of the second level with an empty line before it."""
    # As str.split would, which takes longer to look for several characters than for one.
    parts = []
    start = position = 0
    while (position := text.find("#", position)) >= 0:
        if position > 1 and text[position - 2 : position + 3] == "\n\n## ":
            parts.append(text[start : position - 2])
            start = position = position + 3
        else:
            position += 1
    parts.append(text[start:])
    return parts


def _section(heading: str) -> str | None:
    """The section that a heading of letters and single blanks opens."""
    return _known_section(heading) if len(heading) <= MAX_HEADING else None


@lru_cache(maxsize=100)
def _known_section(heading: str) -> str | None:
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


def _has_markup(source: str) -> bool:
    # Seven searches for a character take less time than one for any of them.
    for mark in MARKS:  # noqa: SIM110
        if mark in source:
            return True
    return False


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


def _reads_list(parts: Parts, section: str, source: str, line: int, resolve: Resolve) -> bool:
    items = _items(source)
    # One of single characters may have been split.
    if items is None or max(map(len, items)) == 1 or links.may_hold_credentials(source):
        return False
    texts = items
    if _has_markup(source[2:].replace("\n* ", "\n")):
        texts = [resolve(item) for item in items]
        if not _are_texts(texts):
            return False
        for number, (text, item) in enumerate(zip(texts, items, strict=True)):
            parts.raw_cell(section, number + 1, line + number, "raw_text", Span(text, item))
    _take(parts, section, line, {"raw_text": texts, "n_source_items": [1] * len(texts)}, len(texts))
    return True


def _are_texts(texts: Sequence[str]) -> bool:
    """Whether none of them is blank, has blanks at its ends, or had credentials written as entities."""
    return all(text and text == text.strip() and not links.may_hold_credentials(text) for text in texts)


def _take(parts: Parts, section: str, line: int, columns: dict[str, Any], n_rows: int) -> None:
    """Take rows of a section that stand on a line each."""
    first = line + parts.offset
    columns["row_no"] = range(1, n_rows + 1)
    columns["line"] = range(first, first + n_rows)
    parts.rows[section] = Columns.of(n_rows, columns)
    parts.n_source[section] = n_rows


def _reads_other(parts: Parts, source: str) -> bool:
    items = _items(source)
    if items is None or links.may_hold_credentials(source) or _has_markup("".join(items)):
        return False
    for item in items:
        key, _, value = (part.strip() for part in item.partition(":"))
        name = key.casefold()
        if name not in OTHER_FIELDS or not value or name in parts.other:
            return False
        parts.other[name] = value
    parts.n_source["other"] = len(items)
    return True


def _reads_related(parts: Parts, source: str, line: int) -> bool:
    items = _items(source)
    if items is None or links.may_hold_credentials(source):
        return False
    labels, targets = [], []
    for item in items:
        entry = ENTRY.fullmatch(item)
        if entry is None or not entry["target"] or len(item) > MAX_REJECT:
            return False
        # A label without text would be a blank bullet.
        if not entry["label"].strip() or _has_markup(entry["label"]):
            return False
        labels.append(entry["label"])
        targets.append(entry["target"])
    n_rows = len(items)
    columns: dict[str, Any] = {"target_card_id": targets, "label": labels}
    columns["is_known"] = [False] * n_rows
    _take(parts, "related_cards", line, columns, n_rows)
    return True


def _reads_summary(parts: Parts, source: str, line: int, resolve: Resolve) -> bool:
    for written in source.split("\n\n"):
        paragraph = written.lstrip("\n")
        line += len(written) - len(paragraph)
        if "\n" in paragraph or not paragraph or not begins_paragraph(paragraph):
            return False
        if paragraph != paragraph.strip():
            return False
        text = resolve(paragraph) if _has_markup(paragraph) else paragraph
        if "\n" in text:
            return False
        parts.summary.append(text.rstrip())
        if text is not paragraph and text.split() != paragraph.split():
            parts.raw_cell("cards", len(parts.summary), line, "summary", Span(text, paragraph))
        line += 2
    return True


def _reads_table(parts: Parts, section: str, source: str, line: int, resolve: Resolve) -> bool:
    header, _, below = source.partition("\n")
    delimiter, _, body = below.partition("\n")
    names = _names(section, header, delimiter)
    if not names or not body or "\\" in body or links.may_hold_credentials(body):
        return False
    lines = body.split("\n")
    columns = _columns(body, names, len(lines))
    if columns is None:
        return False
    if _has_markup(body):
        marked = [
            (row, name, Span(text, written))
            for name, texts in columns.items()
            for row, written in enumerate(texts)
            if written and MARKUP.search(written) and (text := resolve(written)) != written
        ]
        if not _are_texts([span.text for _, _, span in marked]):
            return False
        for row, name, span in sorted(marked, key=itemgetter(0)):
            columns[name][row] = span.text
            parts.raw_cell(section, row + 1, line + 2 + row, name, span)
    if "relevancy" in columns and not _become_numbers(columns["relevancy"]):
        return False
    parts.structure.columns[section] = frozenset(names)
    columns[SOURCE] = lines
    _take(parts, section, line + 2, columns, len(lines))
    return True


def _names(section: str, header: str, delimiter: str) -> tuple[str, ...]:
    """The columns of a table, none where it is not plain or one is unknown."""
    if not DELIMITER_ROW.fullmatch(delimiter) or len(header) > MAX_HEADER:
        return ()
    # Blanks are spaces, or the reader of blocks must see them.
    if not header.isprintable():
        return ()
    names, titles = _known_names(section, " ".join(header.split()))
    if len(names) != delimiter.count("|") - 1:
        return ()
    # A title of several words has one space between them.
    for title in titles:
        if title not in header:
            return ()
    return names


@lru_cache(maxsize=1_000)
def _known_names(section: str, header: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that a header names, none where it is not plain; and its titles of several words."""
    if header[0] != "|" or header[-1] != "|" or "\\" in header:
        return (), ()
    titles = tuple(title.strip() for title in header[1:-1].split("|"))
    names, _ = forms.columns_of(section, titles)
    if None in names or _has_markup(header):
        return (), ()
    return tuple(name for name in names if name), tuple(title for title in titles if " " in title)


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
