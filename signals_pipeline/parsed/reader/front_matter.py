"""Front matter: the fields between two lines of `---` above a text, as notes and static sites have them."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml  # type: ignore[import-untyped]

from signals_pipeline.core.credentials import mask_credentials
from signals_pipeline.core.rejects import Code
from signals_pipeline.parsed.reader.card import TITLE_REST, Card
from signals_pipeline.parsed.reader.links import is_address

MARK = "---"
MAX_LENGTH = 10_000
"""Characters of front matter that are read: a note has some hundreds."""

MAX_BRACKETS = 100
"""Opening brackets in it: what takes YAML apart takes as long as the square of those on a line."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its values, each with its line; lines are counted from 0, from the first mark."""

    key: str
    line: int
    values: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields in their order, how many lines the front matter has with its marks, and what is wrong."""

    fields: list[Field]
    n_lines: int
    fault: str | None = None


def front_matter(text: str) -> FrontMatter | None:
    """The front matter of a text; None where it has none.

    It is YAML. A field is a key of the outer mapping with a text or a list of texts; what is nested deeper is
    no value. With a fault there are no fields.
    """
    if not text.startswith(f"{MARK}\n"):
        return None
    lines = text[: MAX_LENGTH + 1].split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == MARK), None)
    if end is None:
        return None
    source = "\n".join(lines[1:end])
    if source.count("[") + source.count("{") > MAX_BRACKETS:
        return FrontMatter([], end + 1, f"The front matter has more than {MAX_BRACKETS} brackets.")
    try:
        return FrontMatter(list(_fields(source)), end + 1)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        where = f" in line {mark.line + 2}" if mark else ""
        return FrontMatter([], end + 1, f"The front matter is no YAML: {problem}{where}.")


def _fields(source: str) -> Iterator[Field]:
    """The fields of a YAML text, from its events: they are read one after another, however deep they nest."""
    depth = 0
    field: Field | None = None
    for event in yaml.parse(source, Loader=yaml.BaseLoader):
        if depth == 0 and isinstance(event, yaml.SequenceStartEvent):
            return
        line = event.start_mark.line + 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            continue
        elif depth == 1 and field is None:
            field = Field(getattr(event, "value", ""), line, [])
            continue
        elif field is not None and depth <= 2 and isinstance(event, yaml.ScalarEvent) and event.value.strip():
            field.values.append((line, event.value.strip()))
        if depth == 1 and field is not None:
            yield field
            field = None


def take(card: Card, front: FrontMatter, written: str) -> None:
    """Take what front matter says of a card that has a known section; the rest is kept beside the tables.

    Title, date, link and keywords are taken where the card has none of its own, the title always.
    """
    if front.fault:
        card.add_reject("cards", 0, Code.FRONT_MATTER, front.fault, written)
    for field in front.fields:
        if not (card.sections and _takes(card, field)):
            card.add_extra(field.line, None, field.key, ", ".join(text for _, text in field.values) or None)


def _takes(card: Card, field: Field) -> bool:
    """Whether the card has a place for a field, which it then takes."""
    key = field.key.casefold()
    if key == "tags":
        return _takes_keywords(card, field)
    if len(field.values) != 1:
        return False
    ((_, text),) = field.values
    if key == "title":
        if card.title not in (None, text):
            card.add_extra(field.line, None, TITLE_REST, card.title)
        card.title = text
    elif key == "date" and card.token is None:
        card.token = text
    elif key in ("source", "url") and card.link is None and is_address(text):
        card.link = text
    else:
        return False
    return True


def _takes_keywords(card: Card, field: Field) -> bool:
    """Take tags as keywords, those of one text apart at its commas."""
    if "keywords" in card.sections:
        return False
    card.sections.add("keywords")
    rows = card.rows_of("keywords")
    tags = [(line, tag.strip().lstrip("#")) for line, text in field.values for tag in text.split(",")]
    for number, (line, tag) in enumerate((one for one in tags if one[1]), 1):
        row = {"row_no": number, "line": line + card.first_line, "n_source_items": 1}
        rows.add(row | {"raw_text": mask_credentials(tag)})
        card.n_source["keywords"] += 1
    return True
