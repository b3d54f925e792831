"""The cells of a table row, cut as markdown-it cuts them, and where it would lose one, by the padding."""

import re
from collections.abc import Callable
from itertools import pairwise

from signals_pipeline.parsed.reader.blocks import Span

Resolve = Callable[[str], str]
"""Gives the text of inline Markdown."""

MARKS = "\\`*_[<&"
MARKUP = re.compile(rf"[{re.escape(MARKS)}\n]")
"""Where none of these characters stands, no inline rule of CommonMark applies."""

_UNESCAPED_PIPE = re.compile(r"(?<!\\)\|")


def edges(line: str) -> list[int]:
    """Where the pipes of a row stand that are not escaped."""
    return [match.start() for match in _UNESCAPED_PIPE.finditer(line)]


def split_row(line: str) -> list[str]:
    """The cells of a table row as written, cut at unescaped pipes."""
    line = line.strip()
    cells = _UNESCAPED_PIPE.split(line) if "\\" in line else line.split("|")
    if cells and cells[0] == "":
        cells.pop(0)
    if cells and cells[-1] == "":
        cells.pop()
    return [cell.strip() for cell in cells]


def row_cells(
    line: str, n_columns: int, header_edges: list[int], resolve: Resolve
) -> list[Span | None] | None:
    """The cells of a row: cut at pipes where there are no more than the header has, else by the padding.

    `header_edges` are the edges of the header. None where neither tells which pipes are text.
    """
    written = split_row(line)
    missing = n_columns - len(written)
    if missing < 0:
        return _cells_by_padding(line, header_edges, resolve)
    cells: list[Span | None]
    if MARKUP.search(line):
        cells = [Span(resolve(cell.replace("\\|", "|")), cell) for cell in written]
    else:
        cells = [Span(cell, cell) for cell in written]
    return cells + [None] * missing if missing else cells


def _cells_by_padding(line: str, header_edges: list[int], resolve: Resolve) -> list[Span | None] | None:
    """The cells of a row with bare pipes in its text, cut where the header has its pipes."""
    if len(line) <= header_edges[-1] or any(line[edge] != "|" for edge in header_edges):
        return None
    if line[: header_edges[0]].strip() or line[header_edges[-1] + 1 :].strip():
        return None
    written = [line[left + 1 : right].strip() for left, right in pairwise(header_edges)]
    return [Span(resolve(cell), cell) for cell in written]
