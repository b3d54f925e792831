"""What reading cards costs, form by form, against the parser of record and two others.

Megabytes a CPU second, the best of some rounds in which each parser takes its turn, and how often it is that
of markdown-it-py. Its tokens, mistune and cmark-gfm stop at tokens, a tree and HTML; the others give rows.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cmarkgfm
import mistune
import pytest
from markdown_it import MarkdownIt  # noqa: TID251

from signals_pipeline.parsed.reader import markdown
from signals_pipeline.parsed.reader.file import read_by_blocks, read_file

ROUNDS = 7

_stock = MarkdownIt("commonmark").enable("table")
_mistune = mistune.create_markdown(renderer="ast", plugins=["table"])


Parser = Callable[[str, str], object]
"""Reads a file by its name and text."""


def _all_inline(name: str, text: str) -> object:
    """What is read by blocks, all inline Markdown parsed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markdown, "text_of", markdown.parsed_inline)
        return read_by_blocks(name, text)


STOCK = "markdown-it-py to rows"
OURS = "as cards are read"
PARSERS: Mapping[str, Parser] = {
    STOCK: _all_inline,
    "its tokens alone": lambda _, text: _stock.parse(text),
    "mistune (tree)": lambda _, text: _mistune(text),
    "cmark-gfm (HTML)": lambda _, text: cmarkgfm.markdown_to_html_with_extensions(text, extensions=["table"]),
    "inline where there is markup": read_by_blocks,
    OURS: read_file,
}
"""Ways to read a text: the parser of record, others, and ours without and with the reader of plain cards."""

ALL_FORMS = "all"


def by_form(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """The names and texts of a folder of cards by the form of the card, and all of them."""
    found = defaultdict(list)
    everything = []
    for path in sorted(folder.glob("*.md")):
        text = path.read_text("utf-8")
        read = read_file(path.name, text)
        everything.append((path.name, text))
        if len(read.cards) == 1:
            found[read.cards[0].card["form"]].append((path.name, text))
    return dict(sorted(found.items())) | {ALL_FORMS: everything}


def seconds(texts: Sequence[tuple[str, str]]) -> dict[str, float]:
    """The least CPU seconds that each parser takes for some texts."""
    least = dict.fromkeys(PARSERS, float("inf"))
    for _ in range(ROUNDS):
        for name, parse in PARSERS.items():
            start = time.process_time()
            for name_and_text in texts:
                parse(*name_and_text)
            least[name] = min(least[name], time.process_time() - start)
    return least


def bench(folder: Path, tell: Callable[[str], None]) -> None:
    """Print a line for each form, and one for all of them together."""
    tell("| form | cards | MB | " + " | ".join(PARSERS) + " | ÷ its tokens |")
    tell("|---|---:|---:|" + "---:|" * (len(PARSERS) + 1))
    for form, texts in by_form(folder).items():
        megabytes = sum(len(text.encode()) for _, text in texts) / 1e6
        spent = seconds(texts)
        figures = " | ".join(f"{megabytes / s:.1f} ({spent[STOCK] / s:.1f}×)" for s in spent.values())
        ours = spent["its tokens alone"] / spent[OURS]
        tell(f"| {form} | {len(texts)} | {megabytes:.2f} | {figures} | {ours:.1f}× |")
