"""The blocks of a Markdown text: no line is lost, whatever the parser makes of it."""

import time

import pytest

from signals_pipeline.parsed.reader import markdown
from signals_pipeline.parsed.reader.markdown import Heading, Item, List, Row, Span, Table, Text, split_row


def plain(text: str) -> Span:
    return Span(text, text)


def table_rows(text: str) -> list[Row]:
    (table,) = markdown.blocks(text)
    assert isinstance(table, Table)
    return table.rows


def cells_of(row: Row) -> list[str | None] | None:
    return None if row.cells is None else [cell and cell.text for cell in row.cells]


def items_of(text: str) -> list[tuple[int, str]]:
    (block,) = markdown.blocks(text)
    assert isinstance(block, List)
    return [(item.line, item.span.text) for item in block.items]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("| a | b |", ["a", "b"]),
        ("a | b", ["a", "b"]),
        ("|a||b|", ["a", "", "b"]),
        ("| a \\| b | c |", ["a \\| b", "c"]),
        ("| `x|y` |", ["`x", "y`"]),
        ("|  |", [""]),
        ("||", [""]),
        ("|", []),
        ("", []),
        ("| a |\u00a0", ["a"]),
    ],
)
def test_a_row_is_cut_at_its_unescaped_pipes(line: str, cells: list[str]) -> None:
    assert split_row(line) == cells


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("*half* __open__", "half open"),
        ("snake_case_name", "snake_case_name"),
        ("`code` and `` a`b ``", "code and a`b"),
        ("Salt &amp; sand &eacute; &#233; &nosuch;", "Salt & sand é é &nosuch;"),
        ("&#0; &#xD800;", "\ufffd \ufffd"),
        ("<b>bold</b> 1 < 2", "<b>bold</b> 1 < 2"),
        ("[a](https://a.example 'title')", "a"),
        ("![a *gull*](gull.png)", "a gull"),
        ("![a ![b](c) d](e)", "a b d"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("\\*starred\\*", "*starred*"),
        ("**", "**"),
        ("__A title__, from ([20250105](https://a.example/p/a_b).)", "A title, from (20250105.)"),
        ("__[External link](https://a.example/x?y=1&z=2)__", "External link"),
        ("[A card](0123456789abcdef)", "A card"),
        ("Fish & chips", "Fish & chips"),
    ],
)
def test_inline_markdown_is_resolved_to_text(written: str, text: str) -> None:
    assert markdown.text_of(written) == text


def test_blocks_carry_their_lines() -> None:
    text = "# One\n\nTwo *and*\nthree\n\n* four\n* five\n\n| six |\n|-----|\n| 7   |\n\n    code"
    assert markdown.blocks(text) == [
        Heading(0, 1, 1, plain("One")),
        Text(2, 4, True, Span("Two and\nthree", "Two *and*\nthree")),
        List(5, 8, [Item(5, plain("four")), Item(6, plain("five"))]),
        Table(8, 11, ["six"], [Row(10, "| 7   |", [plain("7")])]),
        Text(12, 13, False, plain("    code")),
    ]


def test_an_underlined_line_is_a_heading() -> None:
    assert markdown.blocks("Summary\n---") == [Heading(0, 2, 2, plain("Summary"))]


def test_a_reference_definition_stays_text() -> None:
    assert markdown.blocks("[a]: https://a.example") == [Text(0, 1, True, plain("[a]: https://a.example"))]


@pytest.mark.parametrize(
    "text",
    [
        "<!-- a\nb -->\n",
        "<div>\nword\n</div>",
        "```\n# no heading\n```",
        "> quoted\n> * list",
        "> " * 40 + "deep",
        "***",
        "word\x85word\x0bword",
    ],
)
def test_other_blocks_come_back_as_they_are_written(text: str) -> None:
    (block,) = markdown.blocks(text)
    assert isinstance(block, Text)
    assert "\n".join(text.split("\n")[block.line : block.end]).strip("\n") == block.span.markdown.strip("\n")


def test_blank_text_has_no_blocks() -> None:
    assert markdown.blocks("\n \n\t\n") == []


def test_text_belongs_to_the_innermost_item() -> None:
    text = "* outer\n  more of it\n  * inner\n\n  outer again\n* next"
    assert items_of(text) == [(0, "outer\nmore of it\nouter again"), (2, "inner"), (5, "next")]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("* 1984.", [(0, "1984.")]),
        ("* -", [(0, "-")]),
        ("*", [(0, "")]),
        ("* > quoted", [(0, "quoted")]),
        ("* # heading", [(0, "heading")]),
        ("* ```info\n  code\n  ```", [(0, "```info\n  code\n  ```")]),
        ("* | a | b |\n  |---|---|\n  | c | d | e |", [(0, "| a | b |\n  |---|---|\n  | c | d | e |")]),
        ("*     code", [(0, "code")]),
        ("*\ta\n  *\u00a0b", [(0, "a\n*\u00a0b")]),
        ("* a\n  b\n\tc\n\n  d", [(0, "a\nb\nc\nd")]),
        ("* " * 30 + "deep", [(0, "* " * 29 + "deep")]),
    ],
)
def test_nothing_written_in_an_item_is_lost(text: str, items: list[tuple[int, str]]) -> None:
    assert items_of(text) == items


def test_what_is_nested_too_deep_comes_back_unread() -> None:
    lines = ["  " * depth + f"* item {depth}" for depth in range(12)]
    found, unread = markdown.blocks("\n".join([*lines, "", "## Summary", "", "Text."]))
    assert isinstance(found, List)
    assert [item.span.text for item in found.items] == [f"item {depth}" for depth in range(10)]
    assert isinstance(unread, Text)
    assert (unread.line, unread.end, unread.is_read) == (10, 16, False)
    assert unread.span.text.endswith("* item 11\n\n## Summary\n\nText.")


def test_items_behind_a_quote_nested_too_deep_are_unread_too() -> None:
    quote = "> " * 30
    found, unread = markdown.blocks(f"* {quote}deep\n  {quote}lost\n* next")
    assert isinstance(found, List)
    assert len(found.items) == 1
    assert isinstance(unread, Text)
    assert "lost\n* next" in unread.span.text


def test_a_row_with_fewer_cells_lacks_the_last_ones() -> None:
    (row,) = table_rows("| a | b |\n|---|---|\n| c |")
    assert cells_of(row) == ["c", None]


def test_a_line_behind_a_table_is_a_row_of_one_cell() -> None:
    (row,) = table_rows("| a | b |\n|---|---|\nafterthought")
    assert cells_of(row) == ["afterthought", None]


def test_escaped_pipes_are_text_and_pipes_in_code_are_not() -> None:
    first, second = table_rows("| a | b |\n|---|---|\n| c \\| d | e |\n| `f|g` |")
    assert first.cells == [Span("c | d", "c \\| d"), plain("e")]
    assert cells_of(second) == ["`f", "g`"]


@pytest.mark.parametrize("blank", ["\x85", "\x1c", "\u00a0", "\u2028", "\x0b"])
def test_a_rare_blank_at_the_edge_of_a_row_moves_no_cell(blank: str) -> None:
    for line in (f"{blank}| c | d |", f"| c | d |{blank}"):
        (row,) = table_rows(f"| a | b |\n|---|---|\n{line}")
        assert cells_of(row) == ["c", "d"]


def test_bare_pipes_are_text_where_the_padding_shows_it() -> None:
    (row,) = table_rows("| name      | text |\n|-----------|------|\n| PoC||GTFO | x    |")
    assert cells_of(row) == ["PoC||GTFO", "x"]


@pytest.mark.parametrize("wide", ["é", "日", "\U0001f600", "e\u0301"])
def test_padding_is_counted_in_code_points(wide: str) -> None:
    cell = f"{wide}|{wide}"
    header = "| name".ljust(len(cell) + 3) + "| text |"
    (row,) = table_rows(f"{header}\n|---|---|\n| {cell} | x    |")
    assert cells_of(row) == [cell, "x"]


@pytest.mark.parametrize(
    "line",
    ["| a | b | c |", "| a|b  | x    | y |", "x| PoC||GTFO | x    |", "| PoC|| | x   |"],
)
def test_a_row_is_not_repaired_where_the_padding_does_not_fit(line: str) -> None:
    (row,) = table_rows(f"| name      | text |\n|---|---|\n{line}")
    assert row.cells is None
    assert row.source == line


def test_rows_behind_the_limit_of_filled_cells_are_text() -> None:
    n_columns = 1_000
    header = "|" + "a|" * n_columns + "\n|" + "-|" * n_columns
    table, rest = markdown.blocks(header + "\nrow" * 100)
    assert isinstance(table, Table)
    assert isinstance(rest, Text)
    assert 0 < len(table.rows) < 100
    assert len(table.rows) + rest.end - rest.line == 100


N = 5_000
PATTERNS = {
    "quotes": "> " * N + "a",
    "quotes without blanks": ">" * N + "a",
    "quotes one deeper each line": "\n".join(">" * n + "a" for n in range(100)),
    "opening brackets": "[" * N + "a",
    "brackets": "[" * N + "a" + "]" * N,
    "links in links": "[" * N + "a" + "](b)" * N,
    "images in images": "![" * N + "a" + "](b)" * N,
    "open links": "[a](" * N,
    "open link addresses": "[a](<b" * N,
    "open link titles": '[a](b "' * N,
    "opening stars": "*a " * N,
    "closing stars": "a**" * N,
    "mixed emphasis": "a*b_" * N,
    "emphasis in emphasis": "*" * N + "a" + "*" * N,
    "strong in strong": "**a " * N + "b** " * N,
    "backticks": "x" + "`" * N,
    "more backticks each time": "".join("e" + "`" * n for n in range(100)),
    "unmatched backticks": "`a``b" * N,
    "entities": "&amp;" * N,
    "ampersands": "&" * N,
    "long entity": "&#" + "9" * N + ";",
    "angle brackets": "x<" * N,
    "open tags": "x <a" + " b=c" * N,
    "open comments": "x <!--" * N,
    "open cdata": "x <![CDATA[" * N,
    "open processing": "x <?" * N,
    "open declarations": "x <!A " * N,
    "open autolinks": "<a:" * N,
    "backslashes": "\\" * N,
    "bullets in bullets": "* " * N + "a",
    "numbers in numbers": "1. " * N + "a",
    "bullets and quotes": "* > " * N + "a",
    "lists one deeper each line": "\n".join("  " * n + "* a" for n in range(1_000)),
    "pipes": "|" * N,
    "many columns": "|" + "a|" * N + "\n|" + "-|" * N + "\n|b|",
    "many rows": "| a | b |\n|---|---|\n" + "| c | d |\n" * N,
    "fences": "```\n" * N,
    "references": "[a]: b\n" * N,
    "tables": "a|b\n-|-\n" * N,
    "rows, and then none": "| a | b |\n|---|---|\n" + "| c | d |\n" * N + "x",
    "rows without cells": "| a | b |\n|---|---|\n" + "|\n" * N,
    "items, and then none": "* a\n" * N + "x",
    "links, and one open": "[a](b)" * N + "[",
    "strong links, and one open": "__a" + "[b](c)" * N,
    "underscores, and one strong": "__" + "a_" * N,
    "ampersands and a tick": "&a" * N + "`",
    "blanks": "a" + " " * N + "b",
    "combining marks": "a" + "\u0301" * N,
}


@pytest.mark.long
@pytest.mark.parametrize("text", PATTERNS.values(), ids=PATTERNS)
def test_hostile_text_is_read_in_linear_time_and_keeps_every_line(text: str) -> None:
    start = time.process_time()
    found = markdown.blocks(text)
    assert time.process_time() - start < 2
    lines = text.split("\n")
    covered = {number for block in found for number in range(block.line, block.end)}
    assert [number for number, line in enumerate(lines) if line.strip() and number not in covered] == []
