"""The two readers, and inline Markdown read only where there is markup, give what markdown-it gives alone."""

import html
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st

from signals_pipeline.parsed.columns import Columns, Row
from signals_pipeline.parsed.reader import markdown
from signals_pipeline.parsed.reader.card import Card
from signals_pipeline.parsed.reader.fast import read_plain
from signals_pipeline.parsed.reader.file import FileCards, read_by_blocks, read_file
from signals_pipeline.parsed.reader.markdown import Block, Table
from signals_pipeline.parsed.sections import MAX_NAME
from signals_pipeline.raw import gate
from signals_pipeline_tests import corpus, fixtures
from signals_pipeline_tests.parsed.reader.edits import edited_cards
from signals_pipeline_tests.speeds import IS_FULL, tried
from signals_pipeline_tests.starter import ROOT

# What begins a block, and what may go on in it, as the lines of a text.
LINES = (
    "", "", "", " ", "\t", "  x", "    x", "\tx", "x", "x  ", "\xa0x\xa0", "x\x0b", "\x1cx", "é",
    "1", "1984",
    "* x", "* x y", "*", "* ", "*x", "*\tx", "*  x", "*     x", "* * x", "* - x", "* 1. x",
    "* 1984. x", "* 1) x",
    "*  ", "*   ", "* -", "* +", "* *", "* #", "* >", "* |", "* _", "* =", "* <", "* 1", "* \\",
    "* a", "*\t", "*   x",
    "* ,", "*     ", "*      -", "* # x", "* > x", "* ```", "* ---", "* ***", "* | x |", "* `x`",
    "* **x**", "* _x_", "* ___", "* [x](y)",
    "* [ x](y)", "* x&#32;", "* &nbsp;x y", "* ![](y)",
    "* <b>", "* &amp;", "* &copy", "* x\\", "* x  ", "* \xa0", "* \u2003x", "- x",
    "+ x", "  * x",
    "1. x", "1) x", "123456789. x", "1234567890. x", "1.", "1.x", "# x", "# x #", "# x \\#", "#",
    "# ", "#x",
    "####### x", "#\tx", "# x | y", "## x\xa0", "# `x", "| x | y |", "| x |", "|", "||", "| x | y", "x | y",
    "| x \\| y | z |", "| `x|y` | z |", "| x | y | z |", "|x|y|", "| x | y |  ", "| x | y |\xa0", "| | |",
    "|---|---|", "| --- | :-: |", "|---|", "|---", "---|---", "|-- -|---|", "|:|-|", "| - | - | ",
    "|---|---|x",
    "---", "===", "***", "___", "__x__", "__x__ y", "__[x](y)__", "_x_", "__ x__", "__x __",
    "> x", "```", "~~~ x",
    "<b>x</b>", "<!-- x", "-->", "<div>", "[x]: y", "[x](y)", "![x](y)", ": x", "= x", "\\", "\\# x",
)  # fmt: skip

PIECES = (
    "x", "é", "\u200b", "\xa0", " ", "  ", "_", "__", "*", "**", "`", "[", "]", "(", ")", "!",
    "<", ">", "&",
    "&amp;", "&amp", "&#65;", "&#x41;", "&x;", "&;", "\\", "|", "[x](y)",
    "[x](https://a.example/b_c)", "[x](y z)",
    "[x](javascript:y)", "[x](data:y)", "[x](//y)", "[x](a:b)", "![x](y)", "[x](y 'z')", "[x]()",
    "[[x](y)](z)",
    "[x](y", "[](y)", "[x](<y>)", "__x__", "__x__,", "__x__y", "x__y__", "__[x](y)__",
    "https://a.example", ",", ".",
    "<https://a.example>", "~~x~~", "'", '"', "\x85", "\x1c", "\u2028", "\ufeff", "&copy;", "&notit;",
)  # fmt: skip

# The marks of a card, whatever the name of its file.
CARD_LINES = (
    "## Keywords", "### Themes", "## Signals ##", "##Summary", "Keywords", "Themes", "---", "===", " ---",
    "  # x", "  ## Keywords", "> ## Themes", "* ## Themes", "# C# from x", "* [From x to y](z#a)",
    "# __A__, (from page [x](y).)", "__A__, from ([x](y).)", "# from ([x](y).)",
    f"# {'0' * 32} from ([x](y).)", "__[External link](https://a.example)__", "__[external LINK](x)__",
    "__[External link](a_(b)__", "__[External link](a b)__", "__[External link](a 'b | c' )__",
    "__[External link]( )__", "# **A**, (from page [x](y).)", "# **A__, (from page [x](y).)",
    "**[External link](https://a.example)**", "**[External link](a b)**", "**[External link](a)__",
)  # fmt: skip

HEADER_PIECES = (
    "|", "|", " | ", "name", "relevancy", "Concern", "src", "x", " ", "     ", "\t", "\xa0", "\u3000", "\x1c",
    "`name`", "\\", "driving force", "driving  force", "driving\xa0force",
)  # fmt: skip
DELIMITER_PIECES = ("|", "|", "---", ":", "-", " ", "     ", "\t", "\xa0", "x", "|---|---|")
# Most of them are headers: blanks before, between and behind what nearly all cards have.
headers = st.one_of(
    st.lists(st.sampled_from(HEADER_PIECES), min_size=1, max_size=8).map("".join),
    st.tuples(*[st.sampled_from(("", " ", "   ", "     ", "\t", "\xa0", "x"))] * 4).map(
        lambda at: f"{at[0]}|{at[1]}name{at[2]}|relevancy|{at[3]}"
    ),
)
delimiters = st.one_of(
    st.lists(st.sampled_from(DELIMITER_PIECES), min_size=1, max_size=6).map("".join), st.just("|---|---|")
)


# What stands in a table or a list below the header, line ends included.
TABLE_PIECES = (
    "|", " | ", "\n", "|\n|", "| a | b | 1 |\n", "a", "é", " ", "  ", "\t", "\xa0", "\u3000", "4", "~", "-",
)  # fmt: skip
LIST_PIECES = ("* ", "\n* ", "\n", "a", "é", " ", "\xa0", "1", "1.", "-", "*", "\t", "* ab\n", "x y")
table_bodies = st.lists(st.sampled_from(TABLE_PIECES), min_size=1, max_size=12).map("".join)
list_bodies = st.lists(st.sampled_from(LIST_PIECES), min_size=1, max_size=8).map("".join)

# Most of them are what was split; the others have blanks that no list had.
characters = st.one_of(
    st.text(st.sampled_from("abcé, 1-+*#>|_=<\\`~:[]&!0"), min_size=5, max_size=12),
    st.text(st.sampled_from("ab,* \t\xa0\u3000\x0b"), min_size=1, max_size=6),
)

NAME = f"{'0' * 32}.md"
HEAD = "# __A__, from ([20250105](https://n.example/p/a).)"
HEADER = "| name | description | relevancy |\n|:--|:--|--:|\n"


def check(text: str, path: str = NAME) -> None:
    assert markdown.blocks(text) == stock_blocks(text), text
    found = read_file(path, text)
    # Pages about topics and years are told before their blocks are read.
    if found.kind not in ("topic page", "yearly page"):
        assert rows(found) == stock_rows(text, path), text


def stock_blocks(text: str) -> list[Block]:
    """The blocks of a text, all of its inline Markdown parsed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "text_of", markdown.parsed_inline)
        return markdown.blocks(text)


def stock_rows(text: str, path: str = NAME) -> object:
    """All that is read of a file by markdown-it alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "text_of", markdown.parsed_inline)
        return rows(read_by_blocks(path, text))


def rows(found: FileCards) -> object:
    """All that is read of a file, whatever the order of its tables."""
    return (
        found.kind,
        found.rejects,
        [
            (one.card, dict(one.n_source), {table: said(rows) for table, rows in one.rows.items()})
            for one in found.cards
        ],
    )


def said(rows: Columns) -> list[Row]:
    """The rows without what they do not say."""
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def files(folder: Path) -> Iterable[str]:
    return (path.read_bytes().decode("utf-8", "replace") for path in sorted(folder.rglob("*.md")))


@pytest.mark.long
def test_fixtures_and_demonstration_are_read_alike_and_nearly_all_of_them_are_plain() -> None:
    demonstration = list(files(ROOT / "data" / "demo"))
    of_fixtures = chain.from_iterable(fixtures.load(path).files.values() for path in fixtures.ALL)
    for text in (*demonstration, *of_fixtures):
        check(text)
    n_plain = sum(is_plain(text) for text in demonstration)
    assert n_plain > 0.95 * len(demonstration)


def is_plain(text: str) -> bool:
    return read_plain(Card(NAME, None), text)


@pytest.mark.long
def test_generated_cards_are_read_alike(tmp_path: Path) -> None:
    corpus.generate(tmp_path, n_cards=20_000 if IS_FULL else 200, n_issues=150, seed=6)
    texts = list(files(tmp_path))
    for text in texts:
        check(text)
    assert 0.95 * len(texts) < sum(map(is_plain, texts)) < len(texts)


@pytest.mark.long
def test_real_cards_are_read_alike(sample_cards: Path) -> None:
    for text in files(sample_cards.parent):
        check(text)


@tried(600)
@given(edited_cards)
def test_edited_cards_are_read_alike(text: str) -> None:
    with suppress(gate.GateError):
        check(gate.decode(text.encode()))


@tried(2_500)
@example(["* x", "## x"])
@example(["# x | y", "|---|---|"])
@example(["* x", "", "", ""])
@example(["* x", "", " ", "* x"])
@example(["*  ", "", "", "x"])
@example(["* -", "", "", "x"])
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=8))
def test_any_lines_are_read_alike(lines: list[str]) -> None:
    check("\n".join(lines))


@tried(500)
@example("Concerns", "     | name | relevancy |", "|---|---|")
@example("Signals", "| driving  force | relevancy |", "|---|---|")
@example("Signals", "| driving\xa0force | relevancy |", "|---|---|")
@given(st.sampled_from(("Concerns", "Signals")), headers, delimiters)
def test_tables_with_any_header_are_read_alike(section: str, header: str, delimiter: str) -> None:
    check(f"# __A__, from ([x](y).)\n\n## {section}\n\n{header}\n{delimiter}\n| a | 1 |\n| b | 2 |\n")


@tried(800)
@given(st.lists(st.sampled_from((*LINES, *CARD_LINES, *CARD_LINES)), min_size=1, max_size=8))
def test_files_of_other_names_are_read_alike(lines: list[str]) -> None:
    check("\n".join(lines), "notes.md")


@tried(500)
@example("Summary", ["__[External link](https://a.example)__"], "\n\n")
@example("Summary", ["x ", "y  "], "\n\n")
@example("Closest", ["* x&nbsp;"], "\n")
@example("Themes", ["* x"], "\n")
@given(
    st.sampled_from(("Summary", "Themes", "Closest", "Other", "Concerns")),
    st.lists(st.sampled_from((*LINES, *CARD_LINES)), min_size=1, max_size=5),
    st.sampled_from(("\n", "\n\n", "\n\n\n")),
)
def test_sections_of_any_lines_are_read_alike(section: str, lines: list[str], between: str) -> None:
    head = "# __A__, from ([x](y).)\n\n__[External link](https://a.example/x)__"
    check(f"{head}\n\n## {section}{between}{between.join(lines)}\n\n## Keywords\n\n* kelp\n")


@pytest.mark.parametrize(
    "body",
    [
        "| Loss | Of trust |",
        "| Loss | Of | trust | 4 |",
        "| Loss | Of trust | 4",
        "| Loss | Of trust | 4 |x",
        "| Loss | Of trust | 4 | ",
        " | Loss | Of trust | 4 |",
        "x| Loss | Of trust | 4 |",
        "| Loss | Of trust | 4 |\n\n| Fear | b | 1 |",
        "| Loss | Of trust | 4 | \n| Fear | b | 1 |",
        "| Loss | Of trust | 4 |\nx| Fear | b | 1 |",
        "| Loss | Of\n| Fear | b | 1 | 2 | 3 |",
        "| Loss | Of trust | 0 |",
        "| Loss | Of trust | 6 |",
        "| Loss | Of trust | 04 |",
        "| Loss | Of trust | ４ |",
        "| Loss | Of trust | four |",
        "| Loss | Of trust |  |",
        "|  | Of trust | 4 |",
        "|  |  |  |",
        f"| {'x' * (MAX_NAME + 1)} | Of trust | 4 |",
    ],
)
def test_tables_that_are_nearly_plain_are_read_alike(body: str) -> None:
    plain = f"{HEADER}| Loss | Of trust |  4 |\n|   Fear |  | 1 |"
    for tables in ((body,), ("| Loss | Of trust | 4 |", body), (body, "| Loss | Of trust | 4 |")):
        for table in ("\n".join(tables), "\n\n".join(tables)):
            check(f"{HEAD}\n\n## Concerns\n\n{HEADER}{table}\n\n## Behaviors\n\n{plain}\n")
    check(f"{HEAD}\n\n## Technologies\n\n| name | description |\n|---|---|\n| a | |\n| | |")


@pytest.mark.parametrize(
    "body",
    [
        "drones", "*drones", "*", "* ", "*  drones", "* drones ", "* drones\n\n* x", "- drones",
        "* drones\nmore", "* drones\n  * more", "* 1. drones", "* - drones", "* # drones", "* 7", "* \xa0x",
        "* drones\u2003", "*\tdrones", f"* {'x' * (MAX_NAME + 1)}",
    ],
)  # fmt: skip
def test_lists_that_are_nearly_plain_are_read_alike(body: str) -> None:
    for items in (body, f"* x\n{body}", f"{body}\n* x"):
        check(f"{HEAD}\n\n## Themes\n\n{items}\n\n## Keywords\n\n* x\n* yz\n")


@tried(1_000)
@example("a,bc", "a,b c", "\n")
@example(" , , ", "https://a:b@c.example", "\n")
@example("x" * (MAX_NAME + 1), "abcde", "\n\n")
@given(characters, characters, st.sampled_from(("\n", "\n\n", "\n\n\n")))
def test_lists_of_single_characters_are_read_alike(keywords: str, themes: str, between: str) -> None:
    keywords, themes = ("\n".join(f"* {one}" for one in some) for some in (keywords, themes))
    check(f"{HEAD}\n\n## Keywords{between}{keywords}{between}## Themes{between}{themes}{between}## Closest")


@tried(700)
@given(list_bodies, table_bodies, table_bodies)
def test_any_tables_and_lists_are_read_alike(items: str, first: str, second: str) -> None:
    tables = f"## Concerns\n\n{HEADER}{first}\n\n## Issues\n\n{HEADER}{second}\n"
    check(f"{HEAD}\n\n## Themes\n\n{items}\n\n{tables}")


@tried(4_000)
@example(["__[x](y)__", ",", " ", "x"])
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=7))
def test_inline_markdown_is_resolved_as_by_the_parser(pieces: list[str]) -> None:
    written = "".join(pieces).strip()
    assert markdown.text_of(written) == markdown.parsed_inline(written), written


@pytest.mark.long
def test_another_parser_finds_the_same_cells() -> None:
    n_cells = 0
    for text in files(ROOT / "data" / "demo"):
        tables = [block for block in markdown.blocks(text) if isinstance(block, Table)]
        page = cmarkgfm.markdown_to_html_with_extensions(
            text, options=Options.CMARK_OPT_UNSAFE, extensions=["table"]
        )
        theirs = [_rows(table) for table in re.findall(r"<table>(.*?)</table>", page, re.DOTALL)]
        assert len(theirs) == len(tables)
        for ours, (header, *rows) in zip(tables, theirs, strict=True):
            assert header == ours.header
            assert len(rows) == len(ours.rows)
            for row, cells in zip(ours.rows, rows, strict=True):
                # Of a row with more cells than headers theirs has the first ones, ours those by the padding.
                if len(re.findall(r"(?<!\\)\|", row.source)) == len(header) + 1:
                    assert [cell.text if cell else "" for cell in row.cells or ()] == cells
                    n_cells += len(cells)
    assert n_cells > 30_000


def _rows(table: str) -> list[list[str]]:
    """The texts of the cells of an HTML table."""
    return [
        [
            html.unescape(re.sub("</?(?:em|strong|code|a)[^>]*>", "", cell))
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    ]
