"""The blocks of a Markdown text, each with the lines that it stands on.

The only module that knows markdown-it. `blocks` returns every line of the text that is not blank in exactly
one block: what the parser consumes without a trace (a link reference definition, say) comes back as `Text`,
so that nothing is lost unseen.

markdown-it is the parser of record, and three layers spare most of its work without changing what comes out.
Times its speed from text to rows, each with those before it: lazy inline 1.3, plain blocks 4, plain cards 20,
where cmark-gfm in C has 15 for its HTML (`docs/BENCHMARKS.md`). The last one is there because the first two
alone stay under 8. In a run, `parsed.bulk` cuts the cells of many plain cards at once.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from itertools import groupby

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from signals_pipeline.parsed.reader.blocks import Block, Heading, Item, List, Row, Span, Table, Text
from signals_pipeline.parsed.reader.plain import plain_block, simple_inline
from signals_pipeline.parsed.reader.rows import MARKUP, Resolve, edges, row_cells

MAX_COMMENTS = 20
"""HTML comments that a text may open before its HTML is read as text: each is looked at up to its end."""

_MARKER = re.compile(r"\A[\s>]*(?:[*+-]|\d{1,9}[.)])(?=\s|$)")
_SOURCE_LEAVES = ("fence", "table_open")
_LEAVES = ("inline", "paragraph_open", "heading_open", "code_block", "html_block", "hr", *_SOURCE_LEAVES)
_BREAKS = {"softbreak": "\n", "hardbreak": "\n"}


class Layer(Enum):
    """What makes reading faster than markdown-it alone, and changes nothing of what it gives."""

    LAZY_INLINE = "inline Markdown is parsed only where a character of markup stands"
    PLAIN_BLOCKS = "plain blocks are read by a rule of our own in markdown-it's chain"
    PLAIN_CARDS = "cards of plain form are cut, and pages told from cards, without looking for blocks"


ALL_LAYERS = frozenset(Layer)


@cache
def _block_parser() -> MarkdownIt:
    # A link reference definition would take its line out of the text, so it stays what it looks like.
    parser = MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.disable(["inline", "text_join"])
    parser.block.ruler.before("table", "plain", _plain_rule)
    return parser


def _plain_rule(state: StateBlock, line: int, _: int, silent: bool) -> bool:
    """A rule of markdown-it that takes a plain block of the text itself as one token."""
    lines = state.env.get("plain_lines")
    if lines is None or silent or state.level or state.parentType != "root":
        return False
    block = plain_block(lines, line, text_of) if lines[line] else None
    if block is None:
        return False
    token = state.push("plain", "", 0)
    token.map = [line, block.end]
    token.meta["block"] = block
    state.line = block.end
    return True


@cache
def _inline_parser(*, has_html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    return parser if has_html else parser.disable("html_inline")


def blocks(text: str, layers: frozenset[Layer] = ALL_LAYERS) -> list[Block]:
    """The top-level blocks of a text in order; together they hold every line that is not blank."""
    lines = text.split("\n")
    resolve = text_of if Layer.LAZY_INLINE in layers else resolved
    # Of these two markdown-it makes others.
    has_rule = Layer.PLAIN_BLOCKS in layers and "\r" not in text and "\0" not in text
    tokens = _block_parser().parse(text, {"plain_lines": lines if has_rule else None})
    found: list[Block] = []
    position = 0
    while position < len(tokens):
        end = _closing(tokens, position)
        found.append(_block(tokens[position : end + 1], lines, resolve))
        position = end + 1
    return list(_with_unread_lines(found, lines))


def text_of(markdown: str) -> str:
    """The text of inline Markdown; most of it holds no markup, or little."""
    if not MARKUP.search(markdown):
        return markdown
    simple = simple_inline(markdown)
    return resolved(markdown) if simple is None else simple


def resolved(markdown: str) -> str:
    """The text of inline Markdown as the parser has it; HTML is text in one of very many comments."""
    has_html = markdown.count("<!--") <= MAX_COMMENTS
    (token,) = _inline_parser(has_html=has_html).parseInline(markdown)
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


def _block(tokens: list[Token], lines: list[str], resolve: Resolve) -> Block:
    first = tokens[0]
    if first.type == "plain":
        block: Block = first.meta["block"]
        return block
    line, end = _lines_of(first)
    if first.type == "heading_open":
        content = tokens[1]
        return Heading(line, end, int(first.tag[1:]), Span(resolve(content.content), content.content))
    if first.type in ("bullet_list_open", "ordered_list_open"):
        return _list(tokens, line, end, lines, resolve)
    if first.type == "table_open":
        return _table(tokens, line, end, lines, resolve)
    if first.type == "paragraph_open":
        return Text(line, end, True, Span(resolve(tokens[1].content), tokens[1].content))
    source = "\n".join(lines[line:end])
    return Text(line, end, False, Span(source, source))


def _list(tokens: list[Token], line: int, end: int, lines: list[str], resolve: Resolve) -> List:
    """A list up to the first line that the parser passed over, which it does where lists nest too deep."""
    read = set()
    for token in tokens:
        if token.type == "list_item_open":
            read.add(_lines_of(token)[0])
        elif token.type in _LEAVES:
            read.update(range(*_lines_of(token)))
    end = next((n for n in range(line, end) if n not in read and lines[n].strip(" \t>")), end)
    return List(line, end, [item for item in _items(tokens, lines, resolve) if item.line < end])


def _items(tokens: list[Token], lines: list[str], resolve: Resolve) -> list[Item]:
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
            texts.append(resolve(source) if token.type == "inline" else source)
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


def _table(tokens: list[Token], line: int, end: int, lines: list[str], resolve: Resolve) -> Table:
    cells = [token for token in tokens if token.type == "inline"]
    n_columns = sum(token.type == "th_open" for token in tokens)
    header = [resolve(cell.content) for cell in cells[:n_columns]]
    header_edges = edges(lines[line])
    rows = []
    for start in range(n_columns, len(cells), n_columns):
        number = _lines_of(cells[start])[0]
        source = lines[number]
        rows.append(Row(number, source, row_cells(source, n_columns, header_edges, resolve)))
    return Table(line, end, header, rows)


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
