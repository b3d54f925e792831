"""The fields of a card that stand in front matter, in lines of a dialect, or in the name of the file."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from signals_pipeline.core.credentials import MASK, mask_credentials, names_credential
from signals_pipeline.parsed.reader.card import TITLE_REST, Card
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.layout import LINK, TITLE, with_code
from signals_pipeline.parsed.reader.links import is_address

_HEADING = re.compile(r" {0,3}#{2,6}[ \t]")
_BETWEEN_TAGS = re.compile(r",|\s+(?=#)")


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its values, each with its line; lines are counted from 0.

    `name` is the one that is written; `meaning` one of `FIELDS`, None where it is unknown.
    """

    name: str
    meaning: str | None
    line: int
    values: list[tuple[int, str]]


def take_from_lines(lines: list[str], dialect: Dialect) -> Iterator[Field]:
    """The fields of the lines above a card's sections that a dialect has a pattern for.

    Such a line is empty afterwards.
    """
    for number, line, opened in with_code(lines):
        written = line.strip()
        if not opened and _HEADING.match(line) and dialect.section_of(written.strip("# ")):
            return
        if opened or TITLE.fullmatch(written.lstrip("# ")) or LINK.fullmatch(written):
            continue
        match = next((found for one in dialect.lines if (found := one.fullmatch(written))), None)
        fields = list(_groups(match, number - 1)) if match else []
        if fields:
            lines[number - 1] = ""
            yield from fields
        elif _HEADING.match(line):
            return


def take_from_name(card: Card) -> None:
    """Take what the name of the file, without its suffix, says and the text does not."""
    pattern = card.dialect.file_name
    match = pattern.fullmatch(card.path.rpartition("/")[2].rpartition(".")[0]) if pattern else None
    if match:
        take(card, (one for one in _groups(match, 0) if one.meaning != "title" or card.title is None))


def _groups(match: re.Match[str], line: int) -> Iterator[Field]:
    for meaning, text in match.groupdict().items():
        if text and text.strip():
            yield Field(meaning, meaning, line, [(line, text.strip())])


def take(card: Card, fields: Iterable[Field]) -> list[Field]:
    """Take the fields of a card that has a known section; those that are not taken are given back.

    The first of a meaning is taken, and an issue before a date: both say which newsletter issue it is. The
    title line and the link line of the newsletter come before them, and a list of keywords.
    """
    left: list[Field] = []
    taken: set[str | None] = {None}
    for one in sorted(fields, key=lambda field: field.meaning == "date"):
        if card.sections and one.meaning not in taken and _takes(card, one):
            taken.add(one.meaning)
        else:
            left.append(one)
    return left


def keep(card: Card, fields: Iterable[Field]) -> None:
    """Keep fields beside the tables."""
    for one in fields:
        value = ", ".join(text for _, text in one.values) or None
        card.add_extra(one.line, None, one.name, MASK if value and names_credential(one.name) else value)


def _takes(card: Card, field: Field) -> bool:
    """Whether the card has a place for a field, which it then takes."""
    if field.meaning == "keywords":
        return _takes_keywords(card, field)
    if len(field.values) != 1:
        return False
    ((_, text),) = field.values
    if field.meaning == "title" and not card.has_title_line:
        if card.title not in (None, text):
            card.add_extra(field.line, None, TITLE_REST, card.title)
        card.title = text
    elif field.meaning in ("issue", "date") and card.token is None:
        card.token = text
    elif field.meaning == "source" and card.link is None and is_address(text):
        card.link = text
    else:
        return False
    return True


def _takes_keywords(card: Card, field: Field) -> bool:
    """Take keywords, those of one text apart at its commas, or at the marks of its tags."""
    if "keywords" in card.sections:
        return False
    card.sections.add("keywords")
    rows = card.rows_of("keywords")
    # A link with a sign-in name may hold a comma.
    tags = [
        (line, tag.strip().lstrip("#"))
        for line, text in field.values
        for tag in _BETWEEN_TAGS.split(mask_credentials(text))
    ]
    for number, (line, tag) in enumerate((one for one in tags if one[1]), 1):
        row = {"row_no": number, "line": line + card.first_line, "n_source_items": 1}
        rows.add(row | {"raw_text": mask_credentials(tag)})
        card.n_source["keywords"] += 1
    return True
