"""What reading Markdown costs, form by form, against the parser of record and two others.

`python -m signals_pipeline_tests.bench_parse CARDS` prints megabytes a CPU second, the best of some rounds in
which each parser takes its turn, and how often it is that of markdown-it-py alone. `its tokens`, mistune and
cmark-gfm stop at tokens, a tree and HTML; the other columns give rows.
"""

import gc
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

import cmarkgfm
import mistune
from markdown_it import MarkdownIt  # noqa: TID251

from signals_pipeline.parsed import cards, markdown
from signals_pipeline.parsed.markdown import ALL_LAYERS, Layer
from signals_pipeline_tests import corpus

ROUNDS = 7
NOTHING: frozenset[Layer] = frozenset()

_stock = MarkdownIt("commonmark").enable("table")
_mistune = mistune.create_markdown(renderer="ast", plugins=["table"])

PARSERS: Mapping[str, Callable[[str], object]] = {
    "markdown-it-py": lambda text: markdown.blocks(text, NOTHING),
    "its tokens": _stock.parse,
    "mistune": _mistune,
    "cmark-gfm": lambda text: cmarkgfm.markdown_to_html_with_extensions(text, extensions=["table"]),
    "lazy inline": lambda text: markdown.blocks(text, frozenset({Layer.LAZY_INLINE})),
    "+ plain blocks": lambda text: markdown.blocks(text, ALL_LAYERS - {Layer.PLAIN_TEXTS}),
    "+ plain texts": markdown.blocks,
}
"""Ways to read a text: the parser of record without and with each of our layers, and others."""


def by_form(folder: Path) -> dict[str, list[str]]:
    """The texts of a folder of cards by the form of the card."""
    found = defaultdict(list)
    for path in sorted(folder.glob("*.md")):
        text = path.read_text("utf-8")
        read = cards.read_file(path.name, text)
        if len(read.cards) == 1:
            found[read.cards[0].card["form"]].append(text)
    return dict(sorted(found.items()))


def seconds(texts: Sequence[str]) -> dict[str, float]:
    """The least CPU seconds that each parser takes for some texts."""
    least = dict.fromkeys(PARSERS, float("inf"))
    for _ in range(ROUNDS):
        for name, parse in PARSERS.items():
            start = time.process_time()
            for text in texts:
                parse(text)
            least[name] = min(least[name], time.process_time() - start)
    return least


def bench(folder: Path, tell: Callable[[str], None]) -> None:
    """Print a line for each form."""
    names = ("markdown-it-py", "mistune", "cmarkgfm")
    tell(", ".join(f"{name} {metadata.version(name)}" for name in names))
    tell(f"{'form':9} {'cards':>5} {'MB':>5} " + " ".join(f"{name:>16}" for name in PARSERS))
    for form, texts in by_form(folder).items():
        megabytes = sum(len(text.encode()) for text in texts) / 1e6
        spent = seconds(texts)
        stock = spent["markdown-it-py"]
        figures = " ".join(f"{megabytes / s:7.1f} ({stock / s:5.1f}×)" for s in spent.values())
        tell(f"{form:9} {len(texts):5} {megabytes:5.2f} {figures}")


if __name__ == "__main__":
    gc.disable()
    with tempfile.TemporaryDirectory() as name:
        corpus.generate(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 600, n_issues=100)
        bench(Path(name), print)
