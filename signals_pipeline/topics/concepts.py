"""The concepts that a person has reviewed: data/concepts.csv, which says what names mean one idea."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from signals_pipeline.core.edited import EditedRow, edited_rows
from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.topics.canonical import Aliases, canonical
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import MENTIONED, RELATIONS

COLUMNS = ("concept", "definition", "member", "relation", "reason")
REFUSED = "not"
"""The relation of a name that is kept apart from a concept for ever."""


class Claim(NamedTuple):
    """What a line of the file says: that a name is one of a concept, is a part of it, or is not."""

    line: int
    concept: str
    """Folded, as the concept is called everywhere."""
    member: str
    """As written: case matters to the rules that lead from a name to its topic."""
    relation: str


class NamedMember(NamedTuple):
    """A keyword or theme that counts for a concept."""

    concept: str
    kind: str
    topic: str
    relation: str


@dataclass(frozen=True)
class Concepts:
    """What a person has decided: the definition of each concept of the file, and the claims, line by line."""

    definitions: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()


def read_concepts(path: Path, content: bytes) -> Concepts:
    """The reviewed concepts of a CSV file with the columns concept, definition, member, relation, reason.

    A row without member and relation has the definition of its concept. `is` makes the member a name of the
    concept, `part` a narrower idea that counts for it and stands for itself as well, and `not` keeps the two
    apart for ever.

    Raises:
        BadInputFileError: The file cannot be used; the message names file and line and says what to do.
    """
    definitions: dict[str, str] = {}
    claims: list[Claim] = []
    for row in edited_rows(path, content, COLUMNS):
        claim = _claim(path, row)
        definition = row.cells[1]
        if definition and definitions.setdefault(claim.concept, definition) != definition:
            raise BadInputFileError(
                f"{path}:{row.line}: {claim.concept!r} has another definition further up; keep one of the two"
            )
        if claim.relation in RELATIONS:
            definitions.setdefault(claim.concept, "")
        if claim.relation:
            claims.append(claim)
    return Concepts(definitions, tuple(claims))


def members(path: Path, concepts: Concepts, aliases: Aliases) -> list[NamedMember]:
    """The topics by kind and name, whether a card has them or not, that count for each concept of the file.

    The topic of a concept's own name is one of its names, and a narrower idea counts under all its names.

    Raises:
        BadInputFileError: A topic is a name of two concepts, or of one that it is kept apart from.
    """
    found: dict[NamedMember, int] = {}
    owners: dict[tuple[str, str], tuple[str, int]] = {}
    own = [Claim(0, concept, concept, "is") for concept in concepts.definitions]
    for claim in (*own, *concepts.claims):
        if claim.relation == REFUSED:
            continue
        for kind in MENTIONED:
            topic = canonical(claim.member, kind, aliases).topic
            if topic is None:
                continue
            if claim.relation == "is":
                owner, line = owners.setdefault((kind, topic), (claim.concept, claim.line))
                if owner != claim.concept:
                    place = f"{path}:{claim.line}" if claim.line else path
                    raise BadInputFileError(
                        f"{place}: {claim.member!r} is {owner!r} already"
                        f"{f', by line {line}' if line else ''}; a name means one concept: write part, or "
                        "remove one of the two"
                    )
            found.setdefault(NamedMember(claim.concept, kind, topic, claim.relation), claim.line)
    names_of: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, (concept, _) in owners.items():
        names_of[concept].append(name)
    for one, line in list(found.items()):
        if one.relation == "part" and (one.kind, one.topic) in owners:
            for kind, topic in names_of[owners[one.kind, one.topic][0]]:
                found.setdefault(NamedMember(one.concept, kind, topic, "part"), line)
    _assert_apart(path, concepts, aliases, {name: concept for name, (concept, _) in owners.items()})
    names = {one[:3] for one in found if one.relation == "is"}
    return [one for one in found if one.relation == "is" or one[:3] not in names]


def _assert_apart(
    path: Path, concepts: Concepts, aliases: Aliases, owners: Mapping[tuple[str, str], str]
) -> None:
    """Raise `BadInputFileError` where two names that are kept apart are names of one concept."""
    for claim in concepts.claims:
        if claim.relation != REFUSED:
            continue
        for kind in MENTIONED:
            topics = [canonical(name, kind, aliases).topic for name in (claim.concept, claim.member)]
            owned = [owners.get((kind, topic)) for topic in topics if topic is not None]
            if len(owned) == len(topics) and owned[0] is not None and owned[0] == owned[1]:
                raise BadInputFileError(
                    f"{path}:{claim.line}: {claim.member!r} is kept apart from {claim.concept!r} here, and "
                    f"both are names of {owned[0]!r} by other lines; remove this line, or one of those"
                )


def refused(concepts: Concepts, aliases: Aliases) -> Iterator[tuple[str, str]]:
    """Pairs of topics, by name, that somebody has looked at and kept apart, as a keyword or as a theme."""
    for claim in concepts.claims:
        if claim.relation == REFUSED:
            for kind in MENTIONED:
                pair = [canonical(name, kind, aliases).topic for name in (claim.concept, claim.member)]
                if pair[0] is not None and pair[1] is not None:
                    yield pair[0], pair[1]


def _claim(path: Path, row: EditedRow) -> Claim:
    concept, definition, member, relation, _ = row.cells
    if not fold(concept):
        raise BadInputFileError(f"{path}:{row.line}: the concept {concept!r} is empty once folded")
    if relation not in ("", *RELATIONS, REFUSED):
        raise BadInputFileError(
            f"{path}:{row.line}: unknown relation {relation!r}; write {', '.join(RELATIONS)}, {REFUSED}, or "
            "nothing in the row of a definition"
        )
    if bool(relation) != bool(fold(member)):
        raise BadInputFileError(
            f"{path}:{row.line}: a member and its relation stand together; this row has one of the two"
        )
    if not relation and not definition:
        raise BadInputFileError(f"{path}:{row.line}: this row has neither a definition nor a member")
    return Claim(row.line, fold(concept), member, relation)
