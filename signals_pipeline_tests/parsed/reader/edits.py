"""Valid cards of every form, edited at random."""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from signals_pipeline_tests import corpus, fixtures

# Each `wort` becomes a word of its own, so that its loss cannot hide behind another one.
FRAGMENTS = (
    "wort",
    " wort wort ",
    "| wort | wort |",
    "|",
    "||",
    "\\|",
    "wort\\|wort",
    "* wort",
    "*  ",
    "*",
    "* w\n* o\n* r\n* t\n* ,\n* s",
    "- wort: wort",
    "+ wort",
    "1. wort",
    "1984.",
    "  * wort\n    * wort",
    "* " * 12 + "wort",
    "\n".join("  " * n + "* wort" for n in range(14)),
    "> wort",
    "> " * 25 + "wort",
    "* > wort\n  > wort",
    "* | wort | b |\n  |---|---|\n  | c | d | wort |",
    "* ```wort\n  wort\n  ```",
    "* # wort",
    "```",
    "~~~ wort",
    "    wort",
    "\twort",
    "\t* wort",
    "# wort",
    "# __wort__",
    "# __wort__, (from page [20240915](https://newsletter.example.org/p/wort).)",
    "# __wort__, from ([wort](https://newsletter.example.org/p/20240915).)",
    "# 0123456789abcdef0123456789abcdef from ([20240915](https://newsletter.example.org/p/20240915).)",
    "# __wort__ wort",
    "# [wort](https://a.example/wort)",
    "# Other",
    "# Keywords",
    "## Keywords",
    "## [Themes](https://a.example/wort)",
    "## **Other**",
    "## Other",
    "## Closest",
    "## Summary ##",
    "## Issues:",
    "## wort",
    "## " + "wort " * 300,
    "### Signals",
    "Signals\n---",
    "**Concerns**",
    "Technologies:",
    "##Signals",
    "**Keywords** (3)",
    "__wort__",
    "Summary:\n\nwort",
    "### wort",
    "**Issues**\n\n| name | description |\n|---|---|\n| wort | wort |",
    "| nan | None |",
    "|  | wort |  |",
    "wort<br>wort <br/> wort",
    "* wort<BR>",
    "| wort | wort",
    "wort\n===",
    "#wort\nwort\n---",
    "__[External link](https://a.example/wort)__",
    "__[External link]()__",
    "__[External link](https://a.example/wort_(wort)__",
    "__[External link](https://a.example/wort 'wort')__",
    "| wort |__[External link](https://a.example/wort_(wort))__",
    "[wort](wort)",
    "* [wort](https://a.example/wort)",
    "* ![wort](https://a.example/wort 'wort')",
    "* [](wort)",
    "![](https://a.example/wort)",
    "[wort]: https://a.example/wort 'wort'",
    "[^wort]: wort",
    "<!-- wort -->",
    "<!--",
    "-->",
    "<wort class='wort'>",
    "<https://a.example/wort>",
    "<div>\nwort\n</div>",
    "*wort* **wort** `wort|wort` ~~wort~~",
    "&eacute;wort &#x48;wort &wort;",
    "https://user:geheim@a.example/wort?token=geheim&wort=1",
    "* Category: wort",
    "* Category: [wort](https://a.example/wort)",
    "* **Type**: wort",
    "* wort: [wort](wort)",
    "* (blank bullet): wort",
    "* " + "wort" * 300 + ": wort",
    "| name | wort |\n|---|---|\n| wort | wort |",
    "|---|---|",
    "| name | wort |\n|---|---|\n| wort | [](wort) | wort |",
    "| relevancy |\n|---|\n| wort |",
    "---",
    "***",
    "wort\\",
    "wort  \nwort",
    "\u2028wort",
    "\x85wort\x85",
    "\x0bwort\x0c",
    "\x1c|wort\x1f",
    "\xa0| wort |\xa0",
    "e" + "\u0301" * 50 + "wort",
    "\u202ewort\u202c",
    "wo\u200brt \ufeffwort",
    "\rwort\r",
    "\r\n",
    "\n",
    "\n\n",
    "\U0001f600wort",
    "=== wort",
)

Edit = tuple[str, int, int, str]


def _drop(lines: list[str], one: int, two: int, fragment: str) -> None:
    del lines[one]


def _duplicate(lines: list[str], one: int, two: int, fragment: str) -> None:
    lines.insert(two, lines[one])


def _swap(lines: list[str], one: int, two: int, fragment: str) -> None:
    lines[one], lines[two] = lines[two], lines[one]


def _join(lines: list[str], one: int, two: int, fragment: str) -> None:
    lines[one] += lines.pop(one + 1) if one + 1 < len(lines) else ""


def _split(lines: list[str], one: int, two: int, fragment: str) -> None:
    at = two % (len(lines[one]) + 1)
    lines[one : one + 1] = [lines[one][:at], lines[one][at:]]


def _insert_line(lines: list[str], one: int, two: int, fragment: str) -> None:
    lines.insert(one, fragment)


def _insert_block(lines: list[str], one: int, two: int, fragment: str) -> None:
    lines[one:one] = ["", fragment, ""]


def _insert_text(lines: list[str], one: int, two: int, fragment: str) -> None:
    at = two % (len(lines[one]) + 1)
    lines[one] = lines[one][:at] + fragment + lines[one][at:]


def _replace_text(lines: list[str], one: int, two: int, fragment: str) -> None:
    at = two % (len(lines[one]) + 1)
    lines[one] = lines[one][:at] + fragment + lines[one][at + len(fragment) :]


def _delete_text(lines: list[str], one: int, two: int, fragment: str) -> None:
    at = two % (len(lines[one]) + 1)
    lines[one] = lines[one][:at] + lines[one][at + 1 + one % 3 :]


def _cut(lines: list[str], one: int, two: int, fragment: str) -> None:
    del lines[max(one, 1) :]


OPERATIONS: dict[str, Callable[[list[str], int, int, str], None]] = {
    one.__name__.strip("_"): one
    for one in (
        _insert_line,
        _insert_block,
        _insert_text,
        _replace_text,
        _delete_text,
        _drop,
        _duplicate,
        _swap,
        _join,
        _split,
        _cut,
    )
}


@cache
def seeds() -> tuple[str, ...]:
    """Valid cards of every form, among them the defective ones of the fixtures."""
    found = [text for path in fixtures.ALL for text in fixtures.load(path).files.values()]
    with tempfile.TemporaryDirectory() as folder:
        corpus.generate(Path(folder), n_cards=20, n_issues=10)
        found += [path.read_text("utf-8") for path in sorted(Path(folder).glob("*.md"))]
    return tuple(text for text in found if text.startswith("#") and len(text) < 20_000)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A card after some edits."""
    lines = text.split("\n")
    for number, (operation, one, two, fragment) in enumerate(edits):
        words = (f"wort{number}{letter}" for letter in _letters())
        unique = re.sub("wort", lambda _, words=words: next(words), fragment)  # type: ignore[misc]
        if lines:
            OPERATIONS[operation](lines, one % len(lines), two % len(lines), unique)
    return "\n".join(lines)


def _letters() -> Iterator[str]:
    number = 0
    while True:
        yield f"x{number}"
        number += 1


fragments = st.one_of(
    st.sampled_from(FRAGMENTS),
    st.text(st.sampled_from("|*_`[]()<>#!\\&-+~:= \twort1.\n"), max_size=12),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
)
edits = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 20_000), st.integers(0, 20_000), fragments),
    min_size=1,
    max_size=8,
)
edited_cards = st.builds(edited, st.sampled_from(seeds()), edits)
