"""The alias table that a person edits: data/aliases.csv, checked line by line, ready for lookup."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from signals_pipeline.core.edited import EditedRow, edited_rows
from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.topics.canonical import Aliases, reduced
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import MENTIONED

COLUMNS = ("surface", "topic", "kind", "reason")


class _Row(NamedTuple):
    line: int
    surface: str
    topic: str | None
    """As written: case matters to the rules; None for a stop word."""
    kinds: tuple[str, ...]


def read_aliases(path: Path, content: bytes) -> Aliases:
    """The reviewed aliases that a CSV file holds, with the columns surface, topic, kind, reason.

    An empty topic makes a stop word, an empty kind means both kinds, and a row whose topic is its surface
    keeps the rules off that name. Surfaces are compared folded; a topic that is a surface too is followed to
    its end.

    Raises:
        BadInputFileError: The file cannot be used; the message names file and line and says what to do.
    """
    rows = [_row(path, row) for row in edited_rows(path, content, COLUMNS)]
    tables = {kind: _table(path, [row for row in rows if kind in row.kinds]) for kind in MENTIONED}
    return Aliases(**{kind: MappingProxyType(table) for kind, table in tables.items()})


def _row(path: Path, row: EditedRow) -> _Row:
    surface, topic, kind, _ = row.cells
    if kind not in ("", *MENTIONED):
        message = f"{path}:{row.line}: unknown kind {kind!r}; write keyword, theme, or nothing for both"
        raise BadInputFileError(message)
    if not fold(surface):
        message = f"{path}:{row.line}: the surface {surface!r} is empty once folded; remove this row"
        raise BadInputFileError(message)
    if topic and not fold(topic):
        message = (
            f"{path}:{row.line}: the topic {topic!r} is empty once folded; leave it empty for a stop word"
        )
        raise BadInputFileError(message)
    return _Row(row.line, fold(surface), topic or None, (kind,) if kind else MENTIONED)


def _table(path: Path, rows: list[_Row]) -> dict[str, str | None]:
    """Folded surface -> topic, with chains followed and every topic leading to itself."""
    named: dict[str, _Row] = {}
    for row in rows:
        first = named.setdefault(row.surface, row)
        if _folded(first.topic) != _folded(row.topic):
            message = (
                f"{path}:{row.line}: {row.surface!r} already has the topic {first.topic or '(stop word)'!r} "
                f"in line {first.line}; keep one of the two"
            )
            raise BadInputFileError(message)
    _refuse_cycles(path, named)
    table = _followed(named)
    topics = {topic for topic in table.values() if topic is not None}
    table |= {topic: topic for topic in topics}
    # What the rules would make of a name belongs to the name: "woman" to a topic called "women".
    for row in named.values():
        if row.topic is not None and (topic := fold(row.topic)) in topics and topic != row.surface:
            table.setdefault(reduced(row.topic, topic, {})[0], topic)
    return table


def _folded(topic: str | None) -> str | None:
    return None if topic is None else fold(topic)


def _refuse_cycles(path: Path, named: Mapping[str, _Row]) -> None:
    checked: set[str] = set()
    for start, first in named.items():
        # In order, and with a look-up: a chain may have as many rows as the file.
        chain: dict[str, None] = {}
        surface = start
        while surface in named and surface not in checked:
            chain[surface] = None
            after = _folded(named[surface].topic)
            if after is None or after == surface:
                break
            if after in chain:
                message = (
                    f"{path}:{first.line}: the aliases go round in a circle: {' -> '.join([*chain, after])}; "
                    "remove one of these rows"
                )
                raise BadInputFileError(message)
            surface = after
        checked |= chain.keys()


def _followed(named: Mapping[str, _Row]) -> dict[str, str | None]:
    """By surface the topic at the end of its chain of rows; None where it ends at a stop word.

    Where no row speaks of a topic, the rules may lead from it to a surface that has one (LLMs -> llm); unless
    that surface has been passed already, which means that the file prefers the plural.
    """
    surfaces = dict.fromkeys(named)
    after = {
        surface: "" if row.topic is None else reduced(row.topic, fold(row.topic), surfaces)[0]
        for surface, row in named.items()
    }
    ends: dict[str, str | None] = {}
    for start in named:
        chain: dict[str, None] = {}
        surface = start
        while surface in named and surface not in ends and surface not in chain:
            chain[surface] = None
            surface = after[surface]
        passed = list(chain)
        if surface in chain:
            # The rules lead round: whoever sets out from one of these ends before it.
            circle = passed[passed.index(surface) :]
            for before, one in zip([circle[-1], *circle], circle, strict=False):
                ends[one] = _folded(named[before].topic)
        for one in passed:
            ends.setdefault(one, ends[surface] if surface in ends else _folded(named[passed[-1]].topic))
    return ends
