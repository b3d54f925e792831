"""What an editor knows already, and is shown but not told again: data/known.csv."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from signals_pipeline.core.edited import EditedRow, edited_day, edited_rows
from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.marts.models import STAGES
from signals_pipeline.topics.canonical import canonical
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import MENTIONED
from signals_pipeline.topics.reviewed import Reviewed

COLUMNS = ("topic", "stage", "until", "reason")


class KnownTopic(NamedTuple):
    """A line of the file: where somebody knows a topic to stand, and how long that is no news."""

    line: int
    concepts: frozenset[str]
    """The concepts that its name means."""
    stage: str
    """Empty for any stage."""
    until: date | None
    """The last day on which it is known; None without an end."""


def read_known(path: Path, content: bytes, reviewed: Reviewed) -> list[KnownTopic]:
    """The known topics of a CSV file with the columns topic, stage, until, reason.

    A topic is meant by any of its names: that of a concept, or a keyword or theme that is one of its names.

    Raises:
        BadInputFileError: The file cannot be used; the message names file and line and says what to do.
    """
    return [_known_topic(path, row, reviewed) for row in edited_rows(path, content, COLUMNS)]


def is_known(known: Sequence[KnownTopic], concept: str, stage: str | None, day: date) -> bool:
    """Whether a line says on a day that a concept stands at a stage; None is that of a concept on no card."""
    return any(
        concept in one.concepts and one.stage in ("", stage) and (one.until is None or day <= one.until)
        for one in known
    )


def _known_topic(path: Path, row: EditedRow, reviewed: Reviewed) -> KnownTopic:
    topic, stage, until, _ = row.cells
    here = f"{path}:{row.line}"
    if not fold(topic):
        raise BadInputFileError(
            f"{here}: the topic {topic!r} is empty once folded; write the name of a topic"
        )
    if stage not in ("", *STAGES):
        raise BadInputFileError(
            f"{here}: unknown stage {stage!r}; write {', '.join(STAGES)}, or nothing for any stage"
        )
    last_day = edited_day(path, row.line, until) if until else None
    return KnownTopic(row.line, concepts_named(topic, reviewed), stage, last_day)


def concepts_named(name: str, reviewed: Reviewed) -> frozenset[str]:
    """The concepts that a name means: those that it is a name of, and the one that is called so."""
    topics = {(kind, canonical(name, kind, reviewed.aliases).topic) for kind in MENTIONED}
    owners = {(one.kind, one.topic): one.concept for one in reviewed.members if one.relation == "is"}
    found = {owners.get((kind, topic), topic) for kind, topic in topics if topic is not None}
    return frozenset({fold(name), *found})
