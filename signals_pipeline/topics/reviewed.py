"""What a person has decided about names: the aliases and the concepts, read together."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from signals_pipeline.core.settings import Project
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.canonical import Aliases
from signals_pipeline.topics.concepts import NamedMember, members, read_concepts, refused


@dataclass(frozen=True)
class Reviewed:
    """Which ways of writing are one topic, and which topics count for one concept."""

    aliases: Aliases = field(default_factory=Aliases)
    definitions: Mapping[str, str] = field(default_factory=dict)
    """By concept of the file; empty where nobody has written one."""
    members: tuple[NamedMember, ...] = ()
    refused: frozenset[tuple[str, str]] = frozenset()
    """Pairs of topics, by name, that are kept apart."""


def read_reviewed(settings: Project, edited: Mapping[str, bytes | None]) -> Reviewed:
    """What the files say whose content is given by name; None is a file that is not there.

    Raises:
        BadInputFileError: One of them cannot be used; the message names file and line and says what to do.
    """
    named, meant = settings.aliases, settings.concepts
    aliases = read_aliases(named, edited[named.name] or b"")
    concepts = read_concepts(meant, edited[meant.name] or b"")
    return Reviewed(
        aliases,
        concepts.definitions,
        tuple(members(meant, concepts, aliases)),
        frozenset(refused(concepts, aliases)),
    )
