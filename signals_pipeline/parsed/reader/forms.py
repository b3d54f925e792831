"""What a card's headings and headers mean, and which form a card has.

The form is found from structure alone, never from a date: cards are extracted again years after their issue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from signals_pipeline.core.schema import columns
from signals_pipeline.parsed.models import CARD_PARTS, TABLES
from signals_pipeline.parsed.sections import LIST_SECTIONS, ROW, SECTIONS, STATEMENT_SECTIONS

HEADINGS: dict[str, str] = {
    **{heading.casefold(): one.table for one in SECTIONS.values() for heading in one.headings},
    "other": "other",
    "summary": "summary",
    "closest": "related_cards",
}
"""Section, or other part of a card, by casefolded heading."""

BULLET_SECTIONS = (*LIST_SECTIONS, "other", "related_cards")

HEADERS: dict[str, dict[str, str]] = {
    section: {
        header.casefold(): one.name
        for one in columns(TABLES[section])
        for header in one.read_from
        if header not in (*CARD_PARTS, ROW)
    }
    for section in STATEMENT_SECTIONS
}
"""Column by section and casefolded table header, as the models say."""

_SIGNALS_OF_A = frozenset({"name", "change", "ten_year", "driving_force"})
_SIGNALS_OF_B = _SIGNALS_OF_A | {"description", "relevancy"}


def parts_read(table: str) -> dict[str, tuple[str, ...]]:
    """By column of a parsed table, the parts of a card that it is read from, such as `## Signals: Change`."""
    heading = next((name.title() for name, section in HEADINGS.items() if section == table), "")
    return {
        one.name: tuple(
            f"## {heading}: {part}" if heading and part not in CARD_PARTS else part for part in one.read_from
        )
        for one in columns(TABLES[table])
        if one.read_from
    }


def section_of(heading: str) -> str | None:
    """The section that a heading opens, None for an unknown one."""
    return HEADINGS.get(_folded(heading).rstrip(":"))


def _folded(text: str) -> str:
    """A heading or header as it is compared: neither case nor the number of blanks matters."""
    return " ".join(text.split()).casefold()


def columns_of(section: str, header: tuple[str, ...]) -> tuple[tuple[str | None, ...], frozenset[str]]:
    """The column that each header of a section's table names, and the set of them.

    It is None for an unknown header, and for one that names the column of an earlier one.
    """
    known = HEADERS[section]
    names: list[str | None] = []
    for one in header:
        name = known.get(_folded(one))
        names.append(name if name not in names else None)
    return tuple(names), frozenset(name for name in names if name)


@dataclass(slots=True)
class Structure:
    """What the form of a card follows from."""

    has_title: bool = False
    is_from_page: bool = False
    has_split_list: bool = False
    columns: dict[str, frozenset[str]] = field(default_factory=dict)


def form_of(structure: Structure) -> str:
    """The form of a card, 'other' where its structure is none of the known ones."""
    columns = tuple(structure.columns.items())
    return _form(structure.has_title, structure.is_from_page, structure.has_split_list, columns)


@lru_cache(maxsize=1_000)
def _form(
    has_title: bool, is_from_page: bool, has_split_list: bool, columns: tuple[tuple[str, frozenset[str]], ...]
) -> str:
    smaller = dict(columns)
    signals = smaller.pop("signals", frozenset())
    if signals == _SIGNALS_OF_A and not smaller:
        return "A" if has_title else "A0"
    if signals != _SIGNALS_OF_B:
        return "other"
    if has_split_list:
        return "B-char"
    return _form_with_relevancy(is_from_page, smaller)


def _form_with_relevancy(is_from_page: bool, smaller: Mapping[str, frozenset[str]]) -> str:
    if not smaller:
        return "other"
    rated = {"relevancy" in found for found in smaller.values()}
    if len(rated) == 2:
        return "other"
    if not is_from_page:
        return "B-length" if rated == {True} else "other"
    if rated == {False}:
        return "C"
    return "B-src" if "src" in smaller.get("technologies", frozenset()) else "B-name"
