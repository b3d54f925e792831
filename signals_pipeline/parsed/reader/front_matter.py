"""Front matter: the fields between two lines of `---` above a text, as notes and static sites have them."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml  # type: ignore[import-untyped]

from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.fields import Field

MARK = "---"
MAX_LENGTH = 10_000
"""Characters of front matter that are read: a note has some hundreds."""

MAX_BRACKETS = 100
"""Opening brackets in it: what takes YAML apart takes as long as the square of those on a line."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The fields in their order, how many lines the front matter has with its marks, and what is wrong.

    Lines are counted from 0, from the first mark.
    """

    fields: list[Field]
    n_lines: int
    fault: str | None = None


def front_matter(text: str, dialect: Dialect) -> FrontMatter | None:
    """The front matter of a text; None where it has none.

    It is a mapping in YAML. A field is a key of it with a text or a list of texts; one with what is nested
    deeper has no meaning. With a fault there are no fields.
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
        fields = list(_fields(source, dialect))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be read"
        where = f" in line {mark.line + 2}" if mark else ""
        return FrontMatter([], end + 1, f"The front matter is no YAML: {problem}{where}.")
    # Two rules may stand around anything else, which must not be lost.
    return FrontMatter(fields, end + 1) if fields else None


def _fields(source: str, dialect: Dialect) -> Iterator[Field]:
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
            name = _one_line(event)
            field = Field(name, dialect.front_matter.get(name.casefold()), line, [])
            continue
        elif field is not None and (text := _one_line(event)):
            field.values.append((line, text))
            if depth > 2 or isinstance(event, yaml.AliasEvent):
                field = replace(field, meaning=None)
        if depth == 1 and field is not None:
            yield field
            field = None


def _one_line(event: yaml.ScalarEvent | yaml.AliasEvent) -> str:
    """The text of an event on one line; `ValueError` for a character that no file may hold."""
    written = f"*{event.anchor}" if isinstance(event, yaml.AliasEvent) else event.value
    text = " ".join(written.split())
    if not text.isprintable() and any(unicodedata.category(one) in ("Cc", "Cs") for one in text):
        raise ValueError
    return text
