"""Whatever a card holds, reading it never fails and no word of it is lost.

Valid cards of every form are edited at random. `HYPOTHESIS_PROFILE=long` tries many more edits, and other
ones each time.
"""

import os
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import md5
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from signals_pipeline.parsed import cards, forms
from signals_pipeline.parsed.links import mask_credentials
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.raw import gate
from signals_pipeline.store import Store
from signals_pipeline_tests import corpus, fixtures
from signals_pipeline_tests.conftest import opened, taken_in

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
FACTOR = 10 if LONG else 1
CARDS_IN_A_FOLDER = 25

WORD = re.compile(r"[^\W_]{4,}")
DELIMITER_ROW = re.compile(r"[\s|:-]*-[\s|:-]*")
KNOWN_WORDS = {"external", "link", "from", "page", "category", "type"} | {
    word
    for names in (forms.HEADINGS, *forms.HEADERS.values())
    for name in names
    for word in WORD.findall(name.casefold())
}

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
    "wort\n===",
    "#wort\nwort\n---",
    "__[External link](https://a.example/wort)__",
    "__[External link]()__",
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


def words_of(text: str) -> set[str]:
    """The words of a card that must be found again: without masked ones and those of known headers."""
    lines = text.split("\n")
    found = set()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        is_header = "|" in line + below and DELIMITER_ROW.fullmatch(below)
        if not is_header:
            found |= set(WORD.findall(mask_credentials(line)))
    return {word for word in found if word.casefold() not in KNOWN_WORDS}


def lost(text: str, held: str) -> list[str]:
    """The words of a card that none of the texts held of it contains."""
    return sorted(word for word in words_of(text) if word not in held)


@pytest.fixture(scope="module", autouse=True)
def whole_rejects() -> Iterator[None]:
    """Rejects keep all of their text, so that what they hold can be told from what is lost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "MAX_REJECT", 1_000_000)
        yield


@settings(
    max_examples=500 * FACTOR,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example("# __A__\n\n" + "\n".join("  " * n + f"* wort{n}x" for n in range(14)) + "\n\n## Summary\n\nwort")
@example("# __A__\n\n## Other\n\n* Category: [wort](https://a.example/wortlaut)")
@given(edited_cards)
def test_no_edit_of_a_card_makes_reading_fail_or_loses_a_word(text: str) -> None:
    try:
        read = gate.decode(text.encode())
    except gate.GateError:
        return
    found = cards.read_file("0123456789abcdef0123456789abcdef.md", read)
    assert found.kind == "card"
    assert lost(read, _held(found)) == []


def _held(found: cards.FileCards) -> str:
    """All text that a file's rows hold."""
    rows = [*found.rejects]
    for one in found.cards:
        rows += [one.card, *(row for some in one.rows.values() for row in some)]
    texts = []
    for row in rows:
        texts += [str(value) for name, value in row.items() if name not in ("_source", "reason")]
    return "\n".join(texts)


@settings(
    max_examples=10 * FACTOR,
    derandomize=not LONG,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(edited_cards, min_size=CARDS_IN_A_FOLDER, max_size=CARDS_IN_A_FOLDER))
def test_a_folder_of_edited_cards_is_taken_in_with_every_row_accounted_for(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # The table of rejects has its own limit.
        patch.setattr(cards, "MAX_REJECT", 1_000)
        raw_dir = Path(folder, "raw")
        raw_dir.mkdir()
        paths = [f"{md5(str(number).encode()).hexdigest()}.md" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            (raw_dir / path).write_bytes(text.encode())
        with opened(Path(folder, "build"), raw_dir) as store:
            taken_in(store, raw_dir)
            held, unknown = _stored(store)
        for path, text in zip(paths, texts, strict=True):
            if path not in unknown:
                assert lost(text.replace("\r\n", "\n").replace("\r", "\n"), held[path]) == [], text


def _stored(store: Store) -> tuple[dict[str, str], set[str]]:
    """The text stored of each file, and the files of which a reject tells only the beginning."""
    texts: dict[str, list[str]] = defaultdict(list)
    holders: dict[str, list[str]] = defaultdict(list)
    for card_id, path in store.rows("SELECT card_id, path FROM parsed.card_files"):
        holders[card_id].append(path)
    for table in TABLES:
        found = store.connection.execute(f"FROM parsed.{table}")
        names = [column[0] for column in found.description or ()]
        for values in found.fetchall():
            row = dict(zip(names, values, strict=True))
            written = [str(value) for name, value in row.items() if name != "reason"]
            for path in {row.get("path"), *holders.get(row.get("card_id"), ())} - {None}:
                texts[path] += written
    cut = store.rows("""
        SELECT path FROM parsed.rejects
        WHERE length(raw_text) = 1000 OR code IN ('duplicate-id', 'empty', 'control-char')
    """)
    return {path: "\n".join(some) for path, some in texts.items()}, {path for (path,) in cut}
