"""Which names are proposed as one idea, in which order, and which a person has decided on already."""

from pathlib import Path

import numpy as np
import pytest

from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors, similarities
from signals_pipeline.meaning.models import MOST_PROPOSALS
from signals_pipeline.meaning.proposals import STRENGTH, proposals
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.candidates import REASONS
from signals_pipeline.topics.canonical import Aliases
from signals_pipeline.topics.concepts import members, read_concepts, refused
from signals_pipeline.topics.decided import Decided
from signals_pipeline.topics.reviewed import Reviewed

NOTHING = Decided(Reviewed())
NO_VECTORS = np.empty((0, N_DIMENSIONS), np.int8)


def pointing(*degrees: float) -> Vectors:
    """Vectors in a plane, by their angles: the similarity of two is the cosine of what lies between them."""
    found = np.zeros((len(degrees), N_DIMENSIONS))
    found[:, 0], found[:, 1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.rint(found * 127).astype(np.int8)


def decided(rows: str, aliases: Aliases = Aliases()) -> Decided:  # noqa: B008
    path = Path("concepts.csv")
    concepts = read_concepts(path, f"concept,definition,member,relation,reason\n{rows}".encode())
    found = tuple(members(path, concepts, aliases))
    return Decided(Reviewed(aliases, concepts.definitions, found, frozenset(refused(concepts, aliases))))


def proposed(
    names: dict[str, float], by: Decided = NOTHING, counts: dict[str, int] | None = None
) -> list[tuple[str, str, str]]:
    """What is proposed of names that point in directions, best first."""
    counts = counts or dict.fromkeys(names, 1)
    found = proposals(counts, list(names), pointing(*names.values()), by)
    return [(*one.names, one.reason) for one in found]


def test_names_near_in_meaning_are_proposed_and_others_are_not() -> None:
    # cos 20° = 0.94, cos 41° = 0.75, cos 42° = 0.74.
    names = {"global warming": 0, "climate change": 20, "tea": 120, "coffee": 161, "kelp": 203}
    assert proposed(names) == [
        ("climate change", "global warming", "meaning"),
        ("coffee", "tea", "meaning"),
    ]


def test_a_name_that_contains_another_is_proposed_unless_it_names_a_body() -> None:
    names = {"copyright": 0, "us copyright": 10, "copyright office": 12, "office": 180}
    assert ("copyright", "us copyright", "contains") in proposed(names)
    assert not [one for one in proposed(names) if one[:2] == ("copyright", "copyright office")]


def test_names_that_look_alike_are_proposed_whether_they_are_encoded_or_not() -> None:
    names = ["data center", "datacenter", "scam", "scamming", "the metaverse", "metaverse", "vsm"]
    names.append("viable system model")
    expected = {
        ("data center", "datacenter"): "same letters",
        ("viable system model", "vsm"): "initials",
        ("scam", "scamming"): "stem",
        ("metaverse", "the metaverse"): "contains",
    }
    without = proposals(dict.fromkeys(names, 1), [], NO_VECTORS, NOTHING)
    assert {one.names: (one.reason, one.similarity) for one in without} == {
        pair: (reason, None) for pair, reason in expected.items()
    }
    # All in one direction but one: of initials the vectors know nothing.
    directions = dict.fromkeys(names, 0.0) | {"vsm": 90.0}
    with_vectors = {one[:2]: one[2] for one in proposed(directions)}
    assert expected.items() <= with_vectors.items()


def test_what_looks_alike_and_means_another_thing_is_not_proposed() -> None:
    # cos 53° = 0.60, cos 54° = 0.59.
    assert proposed({"market": 0, "marketing": 53}) == [("market", "marketing", "stem")]
    assert proposed({"market": 0, "marketing": 54}) == []


def test_the_nearest_come_first_but_for_names_to_which_many_are_near() -> None:
    pair = {"climate change": 180.0, "global warming": 200.0}
    field = {f"ai {word}": 1.5 * number for number, word in enumerate(("act", "law", "map", "job", "art"))}
    first, *others = proposed(pair | field)
    assert first[:2] == ("climate change", "global warming")
    assert len(others) == 10


def test_names_on_more_cards_come_before_as_near_ones() -> None:
    names = {"a tea": 0, "b coffee": 20, "c kelp": 180, "d weed": 200}
    counts = {"a tea": 9, "b coffee": 1, "c kelp": 4, "d weed": 4}
    assert [one[:2] for one in proposed(names, counts=counts)] == [
        ("c kelp", "d weed"),
        ("a tea", "b coffee"),
    ]
    assert [one[:2] for one in proposed(names)] == [("a tea", "b coffee"), ("c kelp", "d weed")]


TEA = {"tea": 0.0, "tea drink": 10.0, "chai": 20.0}


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("", {("tea", "tea drink"), ("chai", "tea drink"), ("chai", "tea")}),
        # What is said of a name holds for the concept, of which one name is asked about.
        ("tea,,tea drink,is,\n", {("chai", "tea drink")}),
        ("tea,,tea drink,part,\n", {("chai", "tea drink"), ("chai", "tea")}),
        ("tea,,chai,not,\n", {("tea", "tea drink"), ("chai", "tea drink")}),
        ("chai,,tea,not,\n", {("tea", "tea drink"), ("chai", "tea drink")}),
        ("chai,,tea,not,\ntea,,tea drink,is,\n", set()),
        ("chai,,Tea Drinks,not,\ntea,,tea drink,is,\n", set()),
        # A part of what it is a name of.
        ("drink,,tea,part,\ndrink,,chai,part,\n", {("tea", "tea drink"), ("chai", "tea drink")}),
        ("drink,,hot drink,part,\nhot drink,,tea,is,\ndrink,,chai,part,\n",
         {("tea", "tea drink"), ("chai", "tea drink")}),
    ],
)  # fmt: skip
def test_what_is_decided_is_not_proposed(rows: str, left: set[tuple[str, str]]) -> None:
    assert {one[:2] for one in proposed(TEA, decided(rows))} == left


def test_what_an_alias_makes_one_topic_of_a_kind_is_decided(tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text("surface,topic,kind,reason\nchai,tea,keyword,\n", "utf-8")
    aliases = read_aliases(path, path.read_bytes())
    assert {one[:2] for one in proposed(TEA, decided("", aliases))} == {
        ("tea", "tea drink"), ("chai", "tea drink"),
    }  # fmt: skip


def test_at_most_so_many_are_proposed_the_same_whatever_their_order() -> None:
    rng = np.random.default_rng(1)
    names = {f"word{number}": float(angle) for number, angle in enumerate(rng.uniform(0, 360, 300))}
    found = proposed(names)
    assert len(found) == MOST_PROPOSALS
    assert proposed(dict(reversed(names.items()))) == found


def test_similarities_are_those_that_tables_have() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.integers(-40, 41, (20, N_DIMENSIONS)).astype(np.int8)
    vectors[1::2] = vectors[::2] + rng.integers(-15, 16, (10, N_DIMENSIONS)).astype(np.int8)
    names = [f"word{number}" for number in range(20)]
    places = {name: place for place, name in enumerate(names)}
    all_of_them = similarities(vectors, vectors)
    found = proposals(dict.fromkeys(names, 1), names, vectors, NOTHING)
    assert len(found) == 10
    for one in found:
        assert one.similarity == all_of_them[places[one.names[0]], places[one.names[1]]]


def test_every_reason_has_a_strength() -> None:
    assert list(STRENGTH) == list(REASONS)
    assert list(STRENGTH.values()) == sorted(STRENGTH.values(), reverse=True)
