"""The blocks of a Markdown text, each with the lines that it stands on.

markdown-it-py is the parser of record, and this is the only module that knows it. `blocks` returns every line
of the text that is not blank in exactly one block: what the parser consumes without a trace (a link reference
definition, say) comes back as `Text`, so that nothing is lost unseen.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby, pairwise
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

MARKS = "\\`*_[<&"
MARKUP = re.compile(rf"[{re.escape(MARKS)}\n]")
"""Where none of these characters stands, no inline rule of CommonMark applies."""

MAX_COMMENTS = 20
"""HTML comments that a text may open before its HTML is read as text: each is looked at up to its end."""

LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
"""A line break in a cell or a list item, where no line can end."""

_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_MARKER = re.compile(r"\A[\s>]*(?:[*+-]|\d{1,9}[.)])(?=\s|$)")
_GOES_ON = re.compile(r"(?: {2}|\t)\s*[^\s|]")
_SOURCE_LEAVES = ("fence", "table_open")
_LEAVES = ("inline", "paragraph_open", "heading_open", "code_block", "html_block", "hr", *_SOURCE_LEAVES)
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


class Span(NamedTuple):
    """A piece of text: as it reads, and the Markdown that it was written as."""

    text: str
    markdown: str


class Heading(NamedTuple):
    """A heading, of level 1 to 6; lines of blocks are counted from 0, and `end` is the first one behind."""

    line: int
    end: int
    level: int
    span: Span


class Item(NamedTuple):
    """A list item, or an item of a list nested in it, with its own text only."""

    line: int
    span: Span


class List(NamedTuple):
    """A list with all its items in the order of their lines.

    `glued` are the lines of no item that stand right below one: Markdown takes them for more of its text.
    """

    line: int
    end: int
    items: list[Item]
    glued: tuple[int, ...] = ()


class Row(NamedTuple):
    """A table row. `cells` has one entry a header, None where the row has fewer cells.

    `cells` is None where the row has more cells than the header and the padding does not show which
    pipes are text.
    """

    line: int
    source: str
    cells: list[Span | None] | None


class Table(NamedTuple):
    """A pipe table."""

    line: int
    end: int
    header: list[str]
    rows: list[Row]


class Text(NamedTuple):
    """Anything else; `is_paragraph` where it is plain running text, with its inline Markdown resolved.

    `is_read` is False for lines that the parser passed over, such as what is nested too deep for it.
    """

    line: int
    end: int
    is_paragraph: bool
    span: Span
    is_read: bool = True


Block = Heading | List | Table | Text


class Passage(NamedTuple):
    """A paragraph, a heading or a cell of a table, at any depth of lists and quotes.

    `level` is that of a heading, 0 where it is none. `heading` is the Markdown of the heading that it stands
    under, unless that is of the title's level. `items` are the lines of the list items around it, the inner
    ones last.
    """

    line: int
    markdown: str
    level: int
    heading: str | None
    items: tuple[int, ...]
    is_quoted: bool


class Link(NamedTuple):
    """A link: where its words stand in the text around them, how many lines down, and its address."""

    start: int
    end: int
    line: int
    address: str


@cache
def _block_parser() -> MarkdownIt:
    # A link reference definition would take its line out of the text, so it stays what it looks like.
    parser = MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


class _AsWritten(MarkdownIt):
    """The parser with the addresses of links as they are written: percent-encoded ones have another hash."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url


@cache
def _link_parser(*, has_html: bool) -> MarkdownIt:
    parser = _AsWritten("commonmark")
    return parser if has_html else parser.disable("html_inline")


@cache
def _inline_parser(*, has_html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    return parser if has_html else parser.disable("html_inline")


def blocks(text: str) -> list[Block]:
    """The top-level blocks of a text in order; together they hold every line that is not blank."""
    lines = text.split("\n")
    tokens = _block_parser().parse(text)
    found: list[Block] = []
    position = 0
    while position < len(tokens):
        end = _closing(tokens, position)
        found.append(_block(tokens[position : end + 1], lines))
        position = end + 1
    return list(_with_unread_lines(found, lines))


def passages(text: str) -> Iterator[Passage]:
    """The running text of a Markdown text, piece by piece; a heading in a quote ends with the quote."""
    headings: list[str | None] = [None]
    items: list[int] = []
    level = 0
    for token in _block_parser().parse(text):
        if token.type == "blockquote_open":
            headings.append(headings[-1])
        elif token.type == "blockquote_close":
            headings.pop()
        elif token.type == "list_item_open":
            items.append(_lines_of(token)[0])
        elif token.type == "list_item_close":
            items.pop()
        elif token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "inline":
            if level:
                headings[-1] = token.content if level > 1 else None
            line, _ = _lines_of(token)
            yield Passage(line, token.content, level, headings[-1], tuple(items), len(headings) > 1)


def links_in(markdown: str) -> tuple[str, list[Link]]:
    """The text of inline Markdown without its pictures, and its links in order.

    A link around nothing but a picture belongs to the picture, and is none.
    """
    has_html = markdown.count("<!--") <= MAX_COMMENTS
    (token,) = _link_parser(has_html=has_html).parseInline(markdown)
    parts: list[str] = []
    links: list[Link] = []
    length = line = 0
    for child in token.children or []:
        if child.type == "link_open":
            opened = Link(length, length, line, str(child.attrs["href"]))
            n_parts, has_picture = len(parts), False
        elif child.type == "link_close":
            if not has_picture or "".join(parts[n_parts:]).strip():
                links.append(opened._replace(end=length))
        elif child.type == "image":
            has_picture = True
        else:
            parts.append(_BREAKS.get(child.type, child.content))
            length += len(parts[-1])
            line += child.type in _BREAKS
    return "".join(parts), links


def text_of(markdown: str) -> str:
    """The text of inline Markdown; most of it holds no markup, and need not be parsed."""
    return parsed_inline(markdown) if MARKUP.search(markdown) else markdown


def cell_text(markdown: str) -> str:
    """The text of a table cell: a line break in it is a blank."""
    if "<" in markdown:
        markdown = " ".join(filter(None, map(str.strip, LINE_BREAK.split(markdown))))
    return text_of(markdown)


def items_between_breaks(item: Item) -> list[Item]:
    """The items that a list item is of, where line breaks part it; one of breaks alone has no text."""
    parts = [part.strip() for part in LINE_BREAK.split(item.span.markdown)]
    if len(parts) == 1:
        return [item]
    found = [Item(item.line, Span(text_of(part), part)) for part in parts if part]
    return found or [Item(item.line, Span("", item.span.markdown))]


def parsed_inline(markdown: str) -> str:
    """The text of inline Markdown as the parser has it; HTML is text in one of very many comments."""
    has_html = markdown.count("<!--") <= MAX_COMMENTS
    (token,) = _inline_parser(has_html=has_html).parseInline(markdown)
    return _plain(token)


def _span(markdown: str) -> Span:
    return Span(text_of(markdown), markdown)


def _closing(tokens: list[Token], start: int) -> int:
    if tokens[start].nesting != 1:
        return start
    level = tokens[start].level
    return next(
        i for i in range(start + 1, len(tokens)) if tokens[i].nesting == -1 and tokens[i].level == level
    )


def _plain(token: Token) -> str:
    """The text of an inline token: markup resolved, raw HTML kept as it is, images as their description."""
    parts = []
    for child in token.children or []:
        if child.type == "image":
            parts.append(_plain(child))
        else:
            parts.append(_BREAKS.get(child.type, child.content))
    return "".join(parts)


def _lines_of(token: Token) -> tuple[int, int]:
    assert token.map is not None
    return token.map[0], token.map[1]


def _block(tokens: list[Token], lines: list[str]) -> Block:
    first = tokens[0]
    line, end = _lines_of(first)
    if first.type == "heading_open":
        return Heading(line, end, int(first.tag[1:]), _span(tokens[1].content))
    if first.type in ("bullet_list_open", "ordered_list_open"):
        return _list(tokens, line, end, lines)
    if first.type == "table_open":
        return _table(tokens, line, end, lines)
    if first.type == "paragraph_open":
        return Text(line, end, True, _span(tokens[1].content))
    source = "\n".join(lines[line:end])
    return Text(line, end, False, Span(source, source))


def _list(tokens: list[Token], line: int, end: int, lines: list[str]) -> List:
    """A list up to the first line that the parser passed over, which it does where lists nest too deep."""
    read = set()
    for token in tokens:
        if token.type == "list_item_open":
            read.add(_lines_of(token)[0])
        elif token.type in _LEAVES:
            read.update(range(*_lines_of(token)))
    end = next((n for n in range(line, end) if n not in read and lines[n].strip(" \t>")), end)
    several_lines = (token for token in tokens if token.type == "inline" and "\n" in token.content)
    glued = (number for token in several_lines for number in _glued(token, lines))
    items = [item for item in _items(tokens, lines) if item.line < end]
    return List(line, end, items, tuple(number for number in glued if number < end))


def _glued(token: Token, lines: list[str]) -> range:
    """The lines of a paragraph in a list item that are of none: from a table row or one at the margin on."""
    line, end = _lines_of(token)
    begin = next((number for number in range(line + 1, end) if not _GOES_ON.match(lines[number])), end)
    return range(begin, end)


def _items(tokens: list[Token], lines: list[str]) -> list[Item]:
    """Every list item at any depth; text belongs to the innermost item that it stands in.

    An item that holds only markup, such as `* 1984.` (an empty numbered list), is taken as it is written.
    The number of an item is layout, but one of four digits is a year: `1984. A novel`.
    """
    opened: list[tuple[int, list[str], list[str]]] = []
    open_items: list[int] = []
    in_table = False
    for token in tokens:
        if token.type == "list_item_open":
            open_items.append(len(opened))
            year = [f"{token.info}{token.markup} "] if len(token.info) > 3 else [""]
            opened.append((_lines_of(token)[0], [*year], [*year]))
        elif token.type == "list_item_close":
            open_items.pop()
        elif open_items and (token.content or token.type in _SOURCE_LEAVES) and not in_table:
            _, texts, sources = opened[open_items[-1]]
            source = _source(token, lines)
            texts.append(text_of(source) if token.type == "inline" else source)
            sources.append(source)
        # The cells of a table in a list are not all of it: a row may have more of them than the header.
        in_table = token.type == "table_open" or (in_table and token.type != "table_close")
    items = [Item(line, Span(_item_text(texts), _item_text(sources))) for line, texts, sources in opened]
    found: list[Item] = []
    for line, of_line in groupby(items, key=lambda item: item.line):
        group = list(of_line)
        written = _MARKER.sub("", lines[line], count=1).strip()
        if not written and lines[line].lstrip()[0].isdigit():
            written = lines[line].strip()
        if written and not any(item.span.text for item in group):
            group = [Item(line, Span(written, written))]
        found += group
    return found


def _item_text(parts: list[str]) -> str:
    """The text of an item: the year that numbers it, if one does, and its paragraphs."""
    year, *paragraphs = parts
    text = "\n".join(paragraphs).strip()
    return f"{year}{text}" if text else ""


def _source(token: Token, lines: list[str]) -> str:
    """The Markdown of a leaf block in a list item, without a bullet before it and what is glued below it."""
    if token.type == "inline" and "\n" in token.content:
        return "\n".join(token.content.split("\n")[: _glued(token, lines).start - _lines_of(token)[0]])
    if token.type not in _SOURCE_LEAVES:
        return token.content
    start, end = _lines_of(token)
    return "\n".join([_MARKER.sub("", lines[start], count=1), *lines[start + 1 : end]])


def _table(tokens: list[Token], line: int, end: int, lines: list[str]) -> Table:
    cells = [token for token in tokens if token.type == "inline"]
    n_columns = sum(token.type == "th_open" for token in tokens)
    header = [cell_text(cell.content) for cell in cells[:n_columns]]
    header_edges = [match.start() for match in _UNESCAPED_PIPE.finditer(lines[line])]
    rows = []
    for start in range(n_columns, len(cells), n_columns):
        number = _lines_of(cells[start])[0]
        source = lines[number]
        rows.append(Row(number, source, _row_cells(source, n_columns, header_edges)))
    return Table(line, end, header, rows)


def split_row(line: str) -> list[str]:
    """The cells of a table row as written, cut at its unescaped pipes."""
    cells = _UNESCAPED_PIPE.split(line.strip())
    if cells and cells[0] == "":
        cells.pop(0)
    if cells and cells[-1] == "":
        cells.pop()
    return [cell.strip() for cell in cells]


def _row_cells(line: str, n_columns: int, header_edges: list[int]) -> list[Span | None] | None:
    """The cells of a row: cut at pipes where there are no more than the header has, else by the padding.

    `header_edges` are the places of the header's pipes. None where neither shows which pipes are text.
    """
    written = split_row(line)
    missing = n_columns - len(written)
    if missing < 0:
        return _cells_by_padding(line, header_edges)
    return [Span(cell_text(cell.replace("\\|", "|")), cell) for cell in written] + [None] * missing


def _cells_by_padding(line: str, header_edges: list[int]) -> list[Span | None] | None:
    """The cells of a row with bare pipes in its text, cut where the header has its pipes."""
    if len(line) <= header_edges[-1] or any(line[edge] != "|" for edge in header_edges):
        return None
    if line[: header_edges[0]].strip() or line[header_edges[-1] + 1 :].strip():
        return None
    cells = [line[left + 1 : right].strip() for left, right in pairwise(header_edges)]
    return [Span(cell_text(cell), cell) for cell in cells]


def _with_unread_lines(found: list[Block], lines: list[str]) -> Iterator[Block]:
    """The blocks, with a `Text` in each gap between them that is not blank."""
    position = 0
    for block in found:
        yield from _unread(lines, position, block.line)
        yield block
        position = max(position, block.end)
    yield from _unread(lines, position, len(lines))


def _unread(lines: list[str], start: int, end: int) -> Iterator[Text]:
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    if start < end:
        source = "\n".join(lines[start:end])
        yield Text(start, end, False, Span(source, source), is_read=False)
