"""Whether a person has decided already what two names have to do with each other."""

from collections import defaultdict

from signals_pipeline.topics.models import MENTIONED
from signals_pipeline.topics.reviewed import Reviewed


class Decided:
    """What the aliases and the concepts say of any two names of topics, of whatever kind."""

    def __init__(self, reviewed: Reviewed) -> None:
        """Bring what is reviewed into the form in which it is asked for."""
        self._aliases = reviewed.aliases
        self._concepts = {one.topic: one.concept for one in reviewed.members if one.relation == "is"}
        self._counts_for: dict[str, set[str]] = defaultdict(set)
        for one in reviewed.members:
            self._counts_for[self.concept(one.topic)].add(one.concept)
        self._refused = {frozenset(map(self.concept, pair)) for pair in reviewed.refused}

    def concept(self, name: str) -> str:
        """The concept of the file that a name is a name of; the name itself where it is none."""
        return self._concepts.get(name, name)

    def has_concept(self, name: str) -> bool:
        """Whether a name is one of a concept of the file."""
        return name in self._concepts

    def is_decided(self, one: str, other: str) -> bool:
        """Whether two names are one topic, count for one concept, or are kept apart.

        What is said of a name holds for every other name of its concept.
        """
        concepts = (self.concept(one), self.concept(other))
        counts_for = [self._counts_for.get(concept, set()) for concept in concepts]
        return (
            concepts[0] == concepts[1]
            or not counts_for[0].isdisjoint(counts_for[1])
            or frozenset(concepts) in self._refused
            or any(self._is_one_topic(one, other, kind) for kind in MENTIONED)
        )

    def _is_one_topic(self, one: str, other: str, kind: str) -> bool:
        topics = self._aliases.of_kind(kind)
        return topics.get(one, one) == topics.get(other, other)
