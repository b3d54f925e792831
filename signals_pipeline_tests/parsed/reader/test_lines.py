"""Every row and bullet of a card is read, kept or rejected, by a count that knows nothing of the reader."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from signals_pipeline.parsed.reader.file import FileCards
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.parsed.reader.edits import edited_cards
from signals_pipeline_tests.parsed.reader.sample import read
from signals_pipeline_tests.speeds import tried
from signals_pipeline_tests.starter import ROOT

_HEADING = re.compile(r"#{2,6} ")
_ROW = re.compile(r"\|.*\S.*\|\s*$")
_DASHES = re.compile(r"[\s|:-]+$")
_BULLET = re.compile(r"[*+-] \S")


def counted(text: str) -> Iterator[int]:
    """The lines, from 1, of rows and bullets under a heading, without headers, fences and comments.

    The first two lines of a table are its header and the line of dashes.
    """
    lines = text.split("\n")
    is_below, is_code, in_table = False, False, 0
    for number, line in enumerate(lines, 1):
        if line.startswith(("```", "~~~")):
            is_code = not is_code
        is_below = is_below or bool(_HEADING.match(line))
        in_table = in_table + 1 if _ROW.match(line) or (_DASHES.fullmatch(line) and "|" in line) else 0
        if is_code or not is_below:
            continue
        if (in_table > 2 and not _DASHES.fullmatch(line)) or _BULLET.match(line):
            yield number


def accounted(found: FileCards) -> set[int]:
    """The lines of rows, of rejects and of what is kept beside the tables, each with those that it spans."""
    lines: set[int] = set()
    for card in found.cards:
        for table, rows in card.rows.items():
            written = {"rejects": "raw_text", "card_extra": "value"}.get(table)
            for row in rows:
                text = (row.get(written) or "") if written else ""
                n_lines = row.get("n_source_items") or text.count("\n") + 1
                if row.get("line"):
                    lines.update(range(row["line"], row["line"] + n_lines))
    return lines


def texts(found: FileCards) -> str:
    """What stands in fields without a line: summaries, categories, types, values over several lines."""
    parts: list[str] = []
    for card in found.cards:
        parts += [str(card.card[name]) for name in ("summary", "category", "type")]
        parts += [
            str(text)
            for name in STATEMENT_SECTIONS
            for row in card.rows.get(name, ())
            for text in row.values()
        ]
    return "\n".join(parts)


def is_in(line: str, held: str) -> bool:
    """Whether all parts of a line, between its pipes or behind its colon, are in a text."""
    behind = re.sub(r"^[*+-] +(?:Category|Type): *", "", line.strip())
    return all(part.strip() in held for part in behind.split("|"))


def lost(text: str) -> list[str]:
    """The rows and bullets of a text that stand nowhere, not in a summary either."""
    found = read(text)
    if not found.cards:
        return []
    held = texts(found)
    lines = text.split("\n")
    gone = sorted(set(counted(text)) - accounted(found))
    return [f"{number}: {lines[number - 1]}" for number in gone if not is_in(lines[number - 1], held)]


@pytest.mark.parametrize("path", fixtures.ALL, ids=lambda path: path.stem)
def test_no_row_or_bullet_of_a_fixture_is_lost(path: Path) -> None:
    for name, text in fixtures.load(path).files.items():
        assert lost(text) == [], name


def test_no_row_or_bullet_of_the_demonstration_is_lost() -> None:
    for path in sorted((ROOT / "data/demo").glob("*.md"))[::10]:
        assert lost(path.read_text("utf-8")) == [], path.name


@pytest.mark.long
@tried(2_000)
@given(edited_cards)
def test_no_row_or_bullet_of_an_edited_card_is_lost(text: str) -> None:
    assert lost(text) == []
