"""Plain blocks of Markdown, read line by line: what nearly all of a card consists of.

A block is plain where the first characters of each of its lines say what it is, so that only one rule of
CommonMark can apply: a heading, a paragraph of one line, a tight `*` list of one-line items, a pipe table of
which every row begins with a pipe. `plain_block` takes one apart; of anything else it says nothing, and
markdown-it reads it.

What it gives is to the character what markdown-it gives: `test_differential.py` compares them.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from signals_pipeline.parsed.reader.blocks import Block, Heading, Item, List, Row, Span, Table, Text
from signals_pipeline.parsed.reader.rows import MARKUP, Resolve, edges, row_cells, split_row

_NO_PARAGRAPH = frozenset("#>-+*`~<=_|: \t")
"""What may begin another block than a paragraph, or stands behind what does."""

_ORDERED = re.compile(r"\d{1,9}[.)](?:\s|$)")
_EMPHASIS = re.compile(r"__?[^\s_]")
_PLAIN = r"[^\\`*_\[<&\n]*"
_LINK = r"(?<!!)\[([^\\`*_\[\]<&\n]+)\]\((?:https?://)?[A-Za-z0-9/?#%=+.,~@&;_-]+\)"
_SIMPLE = rf"{_PLAIN}(?:(?:{_LINK}|&(?!#?[A-Za-z0-9]+;)){_PLAIN})*"
_SIMPLE_INLINE = re.compile(rf"(?:__(?=[^\s_])({_SIMPLE})(?<=\S)__(?=[ ,.);:]|$))?({_SIMPLE})")
_LABEL = re.compile(_LINK)

DELIMITER_ROW = re.compile(r"\|(?: *+:?-++:? *+\|)++ *+")
_MAY_DELIMIT = ("|", "-", ":", " ", "\t")
_MAY_CONTINUE_LIST = ("*", "-", "+", " ", "\t")

MAX_MISSING_CELLS = 1_000
"""Cells that the rows of a plain table may lack together: markdown-it ends a table that lacks very many."""


def plain_block(lines: Sequence[str], line: int, resolve: Resolve) -> Block | None:
    """The plain block that begins on a line, None where none does.

    The line is not blank, and no block of markdown-it that began before goes on in it. `lines` are those of a
    text without carriage returns and NUL.
    """
    text = lines[line]
    first = text[0]
    if first == "|":
        return _table(lines, line, resolve)
    if first == "*":
        return _list(lines, line, resolve)
    following = lines[line + 1] if line + 1 < len(lines) else ""
    if first == "#":
        return _heading(text, line, following, resolve)
    if following or not begins_paragraph(text):
        return None
    span = _span(text, resolve)
    return None if span is None else Text(line, line + 1, True, span)


def simple_inline(markdown: str) -> str | None:
    """The text of inline Markdown that has no markup but plain links, and a strong text that it begins with.

    None of any other.
    """
    match = _SIMPLE_INLINE.fullmatch(markdown)
    if match is None:
        return None
    strong = match[1]
    text = markdown if strong is None else strong + markdown[match.end(1) + 2 :]
    return _LABEL.sub(r"\1", text) if "](" in text else text


def begins_paragraph(text: str) -> bool:
    """Whether a line that begins a block can begin nothing but a paragraph."""
    first = text[0]
    if first == "_":
        return _EMPHASIS.match(text) is not None
    return first not in _NO_PARAGRAPH and not (first.isdigit() and _ORDERED.match(text))


def _span(text: str, resolve: Resolve) -> Span | None:
    """The content of a line; None where its ends are blank otherwise than by spaces."""
    written = text.strip(" ")
    if written != written.strip():
        return None
    return Span(resolve(written), written) if MARKUP.search(written) else Span(written, written)


def _heading(text: str, line: int, following: str, resolve: Resolve) -> Heading | None:
    content = text.lstrip("#")
    level = len(text) - len(content)
    # A heading with a pipe over a delimiter row is a table; `#` at the end may close the heading.
    if level > 6 or content[:1] != " " or content.rstrip().endswith("#"):
        return None
    if "|" in content and following.startswith(_MAY_DELIMIT):
        return None
    span = _span(content, resolve)
    return None if span is None else Heading(line, line + 1, level, span)


def _item(text: str, resolve: Resolve) -> Span | None:
    """The content of a line that is a list item alone; None where it is none, or may be more."""
    if text[:2].rstrip(" ") != "*":
        return None
    content = text[2:].strip(" ")
    if len(content) < 2:
        # Blank, or a character alone: even one that may begin a block is taken as it is written.
        return None if content.isspace() else Span(content, content)
    if text[2] == " " or not begins_paragraph(content):
        return None
    span = _span(content, resolve)
    # Of markdown-it's item, what holds only markup, such as an image without a description, is taken as it is
    # written, and blanks that markup leaves at the ends go.
    return span if span is not None and span.text and span.text == span.text.strip() else None


@lru_cache(maxsize=1_000)
def _short_item(text: str) -> Span | None:
    """The content of an item of at most one character: lists that were split have hundreds of them."""
    return _item(text, str)


def _list(lines: Sequence[str], line: int, resolve: Resolve) -> List | None:
    items: list[Item] = []
    position, end = line, len(lines)
    while position < end:
        text = lines[position]
        if not text:
            break
        span = _short_item(text) if len(text) < 4 else _item(text, resolve)
        if span is None:
            return None
        items.append(Item(position, span))
        position += 1
    # Behind a last item without a paragraph, markdown-it counts blank lines in another way.
    last = items[-1].span.markdown
    if not last or not begins_paragraph(last):
        return None
    while position < end and not lines[position]:
        position += 1
    if position < end and lines[position].startswith(_MAY_CONTINUE_LIST):
        return None
    # What stands behind the last line feed is no line to markdown-it.
    return List(line, position - (position == end and not lines[-1]), items)


def _table(lines: Sequence[str], line: int, resolve: Resolve) -> Table | None:
    if line + 1 >= len(lines) or not DELIMITER_ROW.fullmatch(lines[line + 1]):
        return None
    header_line = lines[line]
    written = split_row(header_line)
    n_columns = lines[line + 1].count("|") - 1
    if len(written) != n_columns or not header_line.isprintable():
        return None
    header = [resolve(cell.replace("\\|", "|")) for cell in written]
    header_edges = edges(header_line)
    rows: list[Row] = []
    n_missing = 0
    position, end = line + 2, len(lines)
    while position < end:
        text = lines[position]
        if not text:
            break
        if text[0] != "|":
            return None
        cells = row_cells(text, n_columns, header_edges, resolve)
        if cells and cells[-1] is None:
            n_missing += n_columns
        rows.append(Row(position, text, cells))
        position += 1
    return None if n_missing > MAX_MISSING_CELLS else Table(line, position, header, rows)
