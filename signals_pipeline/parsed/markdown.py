"""The blocks of a Markdown text, each with the lines that it stands on.

The only module that knows markdown-it. `blocks` returns every line of the text that is not blank in exactly
one block: what the parser consumes without a trace (a link reference definition, say) comes back as `Text`,
so that nothing is lost unseen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")
_MARKER = re.compile(r"\A[\s>]*(?:[*+-]|\d{1,9}[.)])(?=\s|$)")
_MARKUP = re.compile(r"[\\`*_\[<&\n]")
"""Where none of these characters stands, no inline rule of CommonMark applies."""

_SOURCE_LEAVES = ("fence", "table_open")
_LEAVES = ("inline", "paragraph_open", "heading_open", "code_block", "html_block", "hr", *_SOURCE_LEAVES)
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text: as it reads, and the Markdown that it was written as."""

    text: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading. `line` and `end` are 0-based, `end` exclusive, as in every block."""

    line: int
    end: int
    level: int
    span: Span


@dataclass(frozen=True, slots=True)
class Item:
    """A list item, or an item of a list nested in it, with its own text only."""

    line: int
    span: Span


@dataclass(frozen=True, slots=True)
class List:
    """A list with all its items in the order of their lines."""

    line: int
    end: int
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Row:
    """A table row. `cells` has one entry a header, None where the row has fewer cells.

    `cells` is None where the row has more cells than the header and the padding does not tell which
    pipes are text.
    """

    line: int
    source: str
    cells: list[Span | None] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A pipe table."""

    line: int
    end: int
    header: list[str]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Text:
    """Anything else; `is_paragraph` where it is plain running text, with its inline Markdown resolved.

    `is_read` is False for lines that the parser passed over, such as what is nested too deep for it.
    """

    line: int
    end: int
    is_paragraph: bool
    span: Span
    is_read: bool = True


Block = Heading | List | Table | Text


@cache
def _block_parser() -> MarkdownIt:
    # A link reference definition would take its line out of the text, so it stays what it looks like.
    parser = MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


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


def inline(markdown: str) -> Span:
    """A single line of Markdown as text."""
    return Span(_text(markdown), markdown)


def _text(markdown: str) -> str:
    """The text of inline Markdown; most of it holds no markup, and is its own text."""
    if not _MARKUP.search(markdown):
        return markdown
    (token,) = _inline_parser().parseInline(markdown)
    return _plain(token)


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
        content = tokens[1]
        return Heading(line, end, int(first.tag[1:]), inline(content.content))
    if first.type in ("bullet_list_open", "ordered_list_open"):
        return _list(tokens, line, end, lines)
    if first.type == "table_open":
        return _table(tokens, line, end, lines)
    if first.type == "paragraph_open":
        return Text(line, end, True, inline(tokens[1].content))
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
    return List(line, end, [item for item in _items(tokens, lines) if item.line < end])


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
            texts.append(_text(source) if token.type == "inline" else source)
            sources.append(source)
        # The cells of a table in a list do not tell all: a row may have more of them than the header.
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
    """The Markdown of a leaf block in a list item, without the bullet that may stand before it."""
    if token.type not in _SOURCE_LEAVES:
        return token.content
    start, end = _lines_of(token)
    return "\n".join([_MARKER.sub("", lines[start], count=1), *lines[start + 1 : end]])


def _table(tokens: list[Token], line: int, end: int, lines: list[str]) -> Table:
    cells = [token for token in tokens if token.type == "inline"]
    n_columns = sum(token.type == "th_open" for token in tokens)
    header = [_text(cell.content) for cell in cells[:n_columns]]
    edges = _edges(lines[line])
    rows = []
    for start in range(n_columns, len(cells), n_columns):
        of_row = cells[start : start + n_columns]
        number = _lines_of(of_row[0])[0]
        rows.append(Row(number, lines[number], _row_cells(of_row, lines[number], edges)))
    return Table(line, end, header, rows)


def _edges(line: str) -> list[int]:
    return [match.start() for match in _UNESCAPED_PIPE.finditer(line)]


def _row_cells(tokens: list[Token], line: str, header_edges: list[int]) -> list[Span | None] | None:
    """The cells of a row, by the parser where it has as many as the header, else by the padding."""
    source = split_row(line)
    if len(source) > len(tokens):
        return _cells_by_padding(line, header_edges)
    cells: list[Span | None] = [Span(_text(written.replace("\\|", "|")), written) for written in source]
    return cells + [None] * (len(tokens) - len(source))


def _cells_by_padding(line: str, header_edges: list[int]) -> list[Span | None] | None:
    """The cells of a row with bare pipes in its text, cut where the header has its pipes."""
    if len(line) <= header_edges[-1] or any(line[edge] != "|" for edge in header_edges):
        return None
    if line[: header_edges[0]].strip() or line[header_edges[-1] + 1 :].strip():
        return None
    return [inline(line[left + 1 : right].strip()) for left, right in pairwise(header_edges)]


def split_row(line: str) -> list[str]:
    """The cells of a table row as written, cut at unescaped pipes as markdown-it cuts them."""
    cells = _UNESCAPED_PIPE.split(line.strip())
    if cells and cells[0] == "":
        cells.pop(0)
    if cells and cells[-1] == "":
        cells.pop()
    return [cell.strip() for cell in cells]


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
