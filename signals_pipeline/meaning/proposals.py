"""Which names may be one idea: proposals for a person, best first. Nothing is merged by the pipeline.

Two names are proposed because they look alike, or because they are near in meaning where texts are encoded.
How near counts for less among names that are all near to each other, as those of one field are: the local
scaling of Conneau et al. (2018, arXiv:1710.04087), at half its weight.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log2
from typing import Any, NamedTuple

import numpy as np

from signals_pipeline.core.progress import report
from signals_pipeline.core.store import Store
from signals_pipeline.core.validation import to_arrow
from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors
from signals_pipeline.meaning.models import (
    EMBEDDING,
    MATCH,
    MOST_PROPOSALS,
    PROPOSALS,
    SAME,
    TopicAliasCandidates,
)
from signals_pipeline.meaning.nearest import nearest
from signals_pipeline.topics.build import EDITED
from signals_pipeline.topics.build import code_version as code_of_topics
from signals_pipeline.topics.candidates import CONTAINS, MEANING, STEM, added, look_alikes, names_a_body
from signals_pipeline.topics.decided import Decided
from signals_pipeline.topics.reviewed import Reviewed

READS = ("mentions", EMBEDDING)
"""The tables that proposals are made from."""

STRENGTH = {
    "same letters": 0.95,
    "spelling": 0.95,
    "accents": 0.95,
    "same words": 0.95,
    "initials": 0.85,
    "one edit": 0.85,
    STEM: 0.85,
    CONTAINS: SAME,
    MEANING: SAME,
}
"""By reason, the similarity that it is worth where the vectors say less: of initials they know nothing."""

_ASKED_OF_VECTORS = (CONTAINS, STEM)
"""The reasons that do not hold for names of a lower similarity than MATCH."""

_NEIGHBOURS = 10
"""Names whose nearness says how near is usual around a name."""

_EVERY = -0.99
"""A similarity that any two names have."""

_FOR_NEIGHBOURS = 0.25
"""What is taken off for each unit of that, of either name."""

_FOR_CARDS, _MOST_FOR_CARDS = 0.04, 0.20
"""What is added each time the rarer name has twice the cards, and at most: more cards change places."""

_NAMES = """
    WITH
    of_kinds AS (
        SELECT topic, kind, count(DISTINCT card_id) AS n FROM mentions GROUP BY topic, kind
    ),
    names AS (
        SELECT topic, first(kind ORDER BY n DESC, kind) AS kind FROM of_kinds GROUP BY topic
    ),
    cards AS (
        SELECT topic, count(DISTINCT card_id) AS n_cards FROM mentions GROUP BY topic
    )
    SELECT n.topic, n.kind, c.n_cards, any_value(e.vector) AS vector
    FROM names AS n
    JOIN cards AS c ON c.topic = n.topic
    LEFT JOIN embedding AS e ON e.text_hash = md5(n.topic)
    GROUP BY n.topic, n.kind, c.n_cards
    ORDER BY n.topic
"""

_TOGETHER = """
    SELECT
        p.* EXCLUDE (n_cards_together),
        (
            SELECT count(DISTINCT a.card_id)
            FROM mentions AS a
            JOIN mentions AS b ON b.card_id = a.card_id
            WHERE a.topic = p.topic_a AND b.topic = p.topic_b
        ) AS n_cards_together
    FROM proposals AS p
    ORDER BY p.rank_no
"""

Pair = tuple[str, str]


class Proposal(NamedTuple):
    """Two names that may be one idea, in the order of the alphabet."""

    names: Pair
    reason: str
    similarity: float | None
    strength: float
    """How likely they are one, and how much that would change; a number to order by, and no more."""


def build_proposals(store: Store, reviewed: Reviewed, versions: Mapping[str, str], code: str) -> None:
    """Have the proposals, unless they are there; `code` versions what makes them.

    `versions` are those of the files that a person edits, by name.
    """
    built = store.built()
    read = {name: built[name][0] for name in READS} | {name: versions[name] for name in EDITED}
    read["code"] = f"{code} {code_of_topics()}"
    if PROPOSALS in built and built[PROPOSALS][2] == read:
        return
    report("looking for names that may be one idea")

    def build() -> None:
        rows = to_arrow(list(_rows(store, Decided(reviewed))), TopicAliasCandidates)
        with store.transaction(), store.registered(proposals=rows):
            store.replace(PROPOSALS, TopicAliasCandidates, _TOGETHER)
            store.note_built(PROPOSALS, TopicAliasCandidates, read)

    store.with_enough_memory(build)


def _rows(store: Store, decided: Decided) -> Iterator[dict[str, Any]]:
    found = store.rows(_NAMES)
    kinds = {name: kind for name, kind, _, _ in found}
    counts = {name: n_cards for name, _, n_cards, _ in found}
    encoded = [(name, vector) for name, _, _, vector in found if vector is not None]
    vectors = np.array([vector for _, vector in encoded], np.int8).reshape(-1, N_DIMENSIONS)
    best = proposals(counts, [name for name, _ in encoded], vectors, decided)
    for rank_no, one in enumerate(best, 1):
        a, b = one.names
        yield {
            "kind_a": kinds[a],
            "topic_a": a,
            "kind_b": kinds[b],
            "topic_b": b,
            "reason": one.reason,
            "similarity": one.similarity,
            "n_cards_a": counts[a],
            "n_cards_b": counts[b],
            "rank_no": rank_no,
        }


def proposals(
    counts: Mapping[str, int], encoded: Sequence[str], vectors: Vectors, decided: Decided
) -> list[Proposal]:
    """The best pairs of names that may be one idea and that nobody has decided on, best first.

    `counts` has the number of cards of each name; `encoded` are the names that have vectors, in their order,
    (len(encoded), N_DIMENSIONS). Of two concepts one pair of names is proposed.
    """
    near, usual = _near(encoded, vectors)
    reasons = look_alikes(counts)
    for pair in near:
        words = added(*pair)
        if not names_a_body(words):
            reasons.setdefault(pair, CONTAINS if words else MEANING)
    undecided = {pair: reason for pair, reason in reasons.items() if not decided.is_decided(*pair)}
    similarity = _similarities(encoded, vectors, undecided)
    found = []
    for pair, reason in undecided.items():
        alike = similarity.get(pair)
        if reason in _ASKED_OF_VECTORS and alike is not None and alike < MATCH:
            continue
        off = _FOR_NEIGHBOURS * sum(usual.get(name, 0.0) for name in pair)
        gain = min(_MOST_FOR_CARDS, _FOR_CARDS * log2(min(counts[name] for name in pair)))
        strength = max(STRENGTH[reason], alike or 0.0) - off + gain
        found.append(Proposal(pair, reason, alike, round(strength, 4)))
    best: dict[frozenset[str], Proposal] = {}
    for one in sorted(found, key=lambda one: (-one.strength, one.names)):
        best.setdefault(frozenset(map(decided.concept, one.names)), one)
    return list(best.values())[:MOST_PROPOSALS]


def _near(names: Sequence[str], vectors: Vectors) -> tuple[list[Pair], dict[str, float]]:
    """The pairs of names at SAME or more, and by name how near the ones nearest to it are on average."""
    pairs: set[Pair] = set()
    total, n_near = np.zeros(len(names)), np.zeros(len(names))
    for one in nearest(vectors, [np.arange(len(names))], _NEIGHBOURS, _EVERY):
        np.add.at(total, one.row, one.similarity)
        np.add.at(n_near, one.row, 1)
        is_same = one.similarity >= SAME
        for row, near in zip(one.row[is_same].tolist(), one.near[is_same].tolist(), strict=True):
            a, b = sorted((names[row], names[near]))
            pairs.add((a, b))
    usual = np.round(total / np.maximum(n_near, 1), 3)
    return sorted(pairs), dict(zip(names, usual.tolist(), strict=True))


def _similarities(names: Sequence[str], vectors: Vectors, pairs: Iterable[Pair]) -> dict[Pair, float]:
    """The similarity of each of some pairs of names, where both have a vector."""
    rows = {name: row for row, name in enumerate(names)}
    known = [pair for pair in pairs if pair[0] in rows and pair[1] in rows]
    first, second = (vectors[[rows[pair[place]] for pair in known]].astype(np.int64) for place in (0, 1))
    lengths = np.sqrt((first**2).sum(axis=1)) * np.sqrt((second**2).sum(axis=1))
    cosines = np.round((first * second).sum(axis=1) / lengths, 2)
    return dict(zip(known, cosines.tolist(), strict=True))
