"""What a card's headings and headers mean, and which form a card has.

The form is found from structure alone, never from a date: cards are extracted again years after their issue.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from signals_pipeline.core.schema import columns
from signals_pipeline.parsed.models import CARD_PARTS, TABLES
from signals_pipeline.parsed.sections import LIST_SECTIONS, ROW, SECTIONS, STATEMENT_SECTIONS

# Accents, variants of emoji, and what nobody sees.
_UNSEEN = frozenset({"Mn", "Me", "Cf"})
# How many rows there are, in brackets behind a heading.
_COUNT = re.compile(r"[(\[]\s*(?:n\s*=\s*)?\d+(?:\s+(?:items?|rows?|total))?\s*[)\]]\W*$")
_NO_WORD = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """A heading or header as it is compared.

    Only letters and digits matter, and neither case nor accents: no emoji, dash, underscore, colon or
    bracket, and not how many rows are said to follow. `Driving_force:` and `driving-force` are one, as are
    `Thèmes` and `🎨 THEMES (3)`.
    """
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(one for one in plain if unicodedata.category(one) not in _UNSEEN)
    return _NO_WORD.sub(" ", _COUNT.sub("", plain)).strip()


HEADINGS: dict[str, str] = {
    **{folded(heading): one.table for one in SECTIONS.values() for heading in one.headings},
    folded("Other"): "other",
    folded("Summary"): "summary",
    folded("Résumé"): "summary",
    folded("Closest"): "related_cards",
}
"""Section, or other part of a card, by folded heading."""

MISSING = frozenset({"nan", "NaN", "None", "null", "NaT", "<NA>"})
"""What is printed in a table for a value that is missing: pandas, which writes the tables, prints it so."""

BULLET_SECTIONS = (*LIST_SECTIONS, "other", "related_cards")

HEADERS: dict[str, dict[str, str]] = {
    section: {
        folded(header): one.name
        for one in columns(TABLES[section])
        for header in one.read_from
        if header not in (*CARD_PARTS, ROW)
    }
    for section in STATEMENT_SECTIONS
}
"""Column by section and folded table header, as the models say."""

_SIGNALS_OF_A = frozenset({"name", "change", "ten_year", "driving_force"})
_SIGNALS_OF_B = _SIGNALS_OF_A | {"description", "relevancy"}


def parts_read(table: str) -> dict[str, tuple[str, ...]]:
    """By column of a parsed table, the parts of a card that it is read from, such as `## Signals: Change`."""
    heading = heading_of(table)
    return {
        one.name: tuple(
            f"## {heading}: {part}" if heading and part not in CARD_PARTS else part for part in one.read_from
        )
        for one in columns(TABLES[table])
        if one.read_from
    }


def heading_of(section: str) -> str:
    """The usual heading of a section, empty for a table that no heading opens."""
    return next((name.title() for name, one in HEADINGS.items() if one == section), "")


def stem(key: str) -> str:
    """A folded heading as singular and plural, English and French, have it in common."""
    return re.sub(r"[sx]\b", "", re.sub(r"(?:ies|y)\b", "ie", re.sub(r"aux\b", "al", key)))


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
