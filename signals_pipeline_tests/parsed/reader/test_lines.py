"""Every row and bullet of a card is read, kept or rejected, by a count that knows nothing of the reader."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

from signals_pipeline.core.store import Store
from signals_pipeline.parsed.columns import SOURCE, Row
from signals_pipeline.parsed.reader.card import CardRows
from signals_pipeline.parsed.reader.file import FileCards
from signals_pipeline.parsed.sections import LIST_SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.raw import gate
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.parsed.reader.edits import edited_cards
from signals_pipeline_tests.parsed.reader.sample import HEAD, NAME, read
from signals_pipeline_tests.speeds import tried
from signals_pipeline_tests.starter import ROOT

_HEADING = re.compile(r"#{2,6} ")
_ROW = re.compile(r"\|.*\S.*\|\s*$")
_HEADER = re.compile(r"\|\s*(?:name|description|relevancy|signal|change)\s*\|", re.IGNORECASE)
_DASHES = re.compile(r"[\s|:-]+$")
_BULLET = re.compile(r"[*+-] \S")
_ANY_BULLET = re.compile(r"\s*(?:[*+-]|\d{1,9}[.)])(?:\s|$)")
_FIELD = re.compile(r"[*+-] +\W*(?:category|type)\W*?::?", re.IGNORECASE)
_OTHER = re.compile(r"[\W_]*(?:[\divx]+[\W_]+)*other[\W_]*(?:\d.*)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_MARKUP = re.compile(r"[*_`<>]")
_MARK = "***"
_MAX_REJECT = 1_000

Problem = tuple[int, str]
"""The line of the file, from 1, and what is wrong with it or what stands there."""


def counted(lines: list[str]) -> Iterator[int]:
    """The lines, from 1, of rows and bullets under a heading, without headers.

    The first two lines of a table are its header and the line of dashes; another header may stand below.
    """
    is_below, in_table = False, 0
    for number, (line, below) in enumerate(pairwise([*lines, ""]), 1):
        is_below = is_below or bool(_HEADING.match(line))
        in_table = in_table + 1 if _ROW.match(line) or (_DASHES.fullmatch(line) and "|" in line) else 0
        is_header = in_table < 3 or (_HEADER.search(line) and "|" in below and _DASHES.fullmatch(below))
        is_row = in_table and not is_header and not _DASHES.fullmatch(line)
        if is_below and (is_row or _BULLET.match(line)):
            yield number


def accounted(card: CardRows, lines: list[str]) -> Iterator[int]:
    """The lines of a card's rows and rejects, and of what is kept beside its tables: all that each spans."""
    for table, rows in card.rows.items():
        for row in rows:
            if table in LIST_SECTIONS:
                yield from _bullets(row, lines)
            elif table in ("rejects", "card_extra") or table in STATEMENT_SECTIONS:
                yield from range(row["line"], row["line"] + len(_written(table, row)))
            elif table == "raw_cells" and row["section"] == "cards":
                yield from range(row["line"], row["line"] + row["raw_text"].count("\n") + 1)
            elif table == "related_cards":
                yield row["line"]


def _bullets(row: Row, lines: list[str]) -> Iterator[int]:
    """The lines of the bullets that an item was joined from, or of the one that it is."""
    left = row["n_source_items"]
    for number in range(row["line"], len(lines) + 1):
        if left and _ANY_BULLET.match(lines[number - 1]):
            yield number
            left -= 1


def _written(table: str, row: Row) -> list[str]:
    """The lines that a row, a reject or a part kept beside the tables says it has, as they were written.

    The last line of a reject that was cut at its limit is none of them.
    """
    name = {"rejects": "raw_text", "card_extra": "value"}.get(table, SOURCE)
    found = (row[name] or "").split("\n")
    is_cut = table == "rejects" and len(row[name] or "") == _MAX_REJECT and len(found) > 1
    return found[:-1] if is_cut else found


def lost(found: FileCards, lines: list[str]) -> list[Problem]:
    """The rows and bullets that stand nowhere, not in a field without a line either."""
    gone = set(counted(lines))
    fields: list[str] = []
    for card in found.cards:
        gone -= set(accounted(card, lines))
        fields += [str(card.card[name]) for name in ("summary", "category", "type")]
    return [(number, lines[number - 1]) for number in sorted(gone) if not _is_in(lines[number - 1], fields)]


def _is_in(line: str, fields: list[str]) -> bool:
    """Whether a line is one of the summary, or its value is a category or a type, or none."""
    value = _FIELD.sub("", line, count=1).strip()
    return not value or any(
        text in map(str.strip, one.split("\n")) for one in fields for text in (line, value)
    )


def misplaced(found: FileCards, lines: list[str]) -> list[Problem]:
    """What is said to stand on a line on which it does not stand."""
    wrong = []
    for card in found.cards:
        for table, rows in card.rows.items():
            for row in rows:
                wrong += [(row["line"], text) for text in _texts(table, row) if not _stands(text, row, lines)]
    return wrong


def _texts(table: str, row: Row) -> list[str]:
    """What must stand on the line that a row, a reject or a part kept beside the tables has."""
    if table in LIST_SECTIONS:
        text = row["raw_text"]
        return [text[0]] if row["n_source_items"] > 1 else _WORD.findall(text.partition("\n")[0])[:1]
    if table in STATEMENT_SECTIONS:
        return _written(table, row)[:1]
    if table == "related_cards":
        return _WORD.findall(row["target_card_id"])[:1]
    if table == "rejects" and row["section"] != "cards":
        return _written(table, row)[:1]
    # The key of an item may take several lines, and what stands behind it another one.
    is_here = table == "card_extra" and "\n" not in (row["column_name"] or "")
    return _written(table, row)[:1] if is_here else []


def _stands(text: str, row: Row, lines: list[str]) -> bool:
    """Whether a text stands on the line of its row, up to a mask; what was written otherwise may not.

    The text of an item may begin on the line below its bullet.
    """
    place = row["line"] - 1
    where = lines[place : place + 1 + bool(_ANY_BULLET.match(lines[place]))]
    is_there = any(text.partition(_MARK)[0].strip() in one for one in (*where, _MARKUP.sub("", where[0])))
    return is_there or any(mark in where[0] for mark in ("&", "\\", "]("))


def uncounted(card: CardRows) -> list[int]:
    """The lines of the rejects of unknown sections and of what is kept of them, unless each has the other."""
    rejects = [row["line"] for row in card.rows.get("rejects", ()) if row["code"] == "unknown-section"]
    kept = [row["line"] for row in card.rows.get("card_extra", ()) if _is_section(row)]
    in_turn = [line for pair in zip(sorted(rejects), sorted(kept), strict=False) for line in pair]
    is_paired = len(in_turn) == len(rejects) + len(kept) and in_turn == sorted({*in_turn})
    return [] if is_paired else sorted(rejects + kept)


def _is_section(row: Row) -> bool:
    """Whether a part kept beside the tables is all that stands under a heading, not an item of Other."""
    if None in (row["heading"], row["value"]) or row["column_name"] is not None:
        return False
    return row["heading"].startswith("# ") or not _OTHER.fullmatch(row["heading"])


def assert_all_there(text: str) -> None:
    """Assert that nothing of a text is lost, and that all that is found is said to stand where it does."""
    found = read(text)
    lines = text.split("\n")
    assert (lost(found, lines) if found.cards else []) == []
    assert misplaced(found, lines) == []
    assert [problem for card in found.cards for problem in uncounted(card)] == []


@pytest.mark.parametrize("path", fixtures.ALL, ids=lambda path: path.stem)
def test_no_row_or_bullet_of_a_fixture_is_lost(path: Path) -> None:
    for text in fixtures.load(path).files.values():
        assert_all_there(text)


def test_no_row_or_bullet_of_the_demonstration_is_lost() -> None:
    for path in sorted((ROOT / "data/demo").glob("*.md"))[::10]:
        assert_all_there(path.read_text("utf-8"))


@pytest.mark.long
def test_no_row_or_bullet_of_a_real_card_is_lost(sample_cards: Path) -> None:
    for path in sorted(sample_cards.glob("*.md")):
        assert_all_there(path.read_text("utf-8"))


@pytest.mark.long
@tried(2_000)
@given(edited_cards)
def test_no_row_or_bullet_of_an_edited_card_is_lost(text: str) -> None:
    with suppress(gate.GateError):
        assert_all_there(gate.decode(text.encode()))


@pytest.mark.parametrize(
    "heading", ["## Drivers", "### What else", "##\tActors", "#### 🎣 Gear"], ids=lambda text: text[:5]
)
def test_a_section_that_no_table_holds_is_in_the_count_of_the_closing_summary(
    heading: str, store: Store, raw_dir: Path
) -> None:
    text = f"{HEAD}## Keywords\n\n* silt\n\n{heading}\n\n* dredgers\n\n## Notes\n\nNone."
    (raw_dir / f"{NAME}.md").write_text(text, "utf-8")
    ingested = taken_in(store, raw_dir)
    assert len(store.rows("FROM parsed.card_extra")) == 2
    assert ingested.rejects == 2
