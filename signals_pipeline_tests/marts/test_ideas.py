"""Ideas in five phrasings among 3,000 cards: what is called of them as concepts, and of their phrasings.

A rise from 2 to 6 % is called in about every other corpus of that size, and names that replace each other are
told in more (`make calibration` prints how often): the corpus here is one in which both are.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.marts.build import build, marts
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import Aliases, canonical
from signals_pipeline.topics.concepts import members, read_concepts
from signals_pipeline.topics.reviewed import Reviewed
from signals_pipeline_tests import corpus, plants
from signals_pipeline_tests.conftest import UNEDITED, opened, taken_in
from signals_pipeline_tests.marts.test_planted import ROOT
from signals_pipeline_tests.test_examples import needed

pytestmark = pytest.mark.long

SHIPPED = ROOT / "data" / "aliases.csv"
N_CARDS, N_ISSUES, SEED = 3_000, 150, 3
RISING, REPLACED = plants.planted_ideas(N_ISSUES)


def reviewed() -> Reviewed:
    """What a person has decided who knows that the five phrasings of each idea are one."""
    path = Path("concepts.csv")
    rows = "".join(
        f"{idea.name},,{phrasing},is,\n" for idea in (RISING, REPLACED) for phrasing in idea.phrasings
    )
    concepts = read_concepts(path, f"concept,definition,member,relation,reason\n{rows}".encode())
    aliases = read_aliases(SHIPPED, SHIPPED.read_bytes())
    return Reviewed(aliases, concepts.definitions, tuple(members(path, concepts, aliases)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    raw_dir = tmp_path_factory.mktemp("ideas")
    corpus.generate(raw_dir, N_CARDS, N_ISSUES, SEED, with_ideas=True)
    with opened(tmp_path_factory.mktemp("build"), raw_dir) as found:
        taken_in(found, raw_dir)
        build_topics(found, reviewed(), UNEDITED)
        build_meaning(found, None)
        for name in needed("substitution"):
            build(found, marts()[name])
        yield found


def stage(store: Store, kind: str, topic: str) -> str:
    """The stage of a topic."""
    sql = "SELECT stage FROM topic_momentum WHERE kind = $kind AND topic = $topic"
    return str(store.value(sql, {"kind": kind, "topic": topic}))


def topics_of(idea: plants.PlantedIdea) -> list[str]:
    """The keywords that its phrasings are."""
    found = [canonical(phrasing, "keyword", Aliases()).topic for phrasing in idea.phrasings]
    return [one for one in found if one is not None]


def test_an_idea_that_rises_is_called_where_none_of_its_phrasings_is(store: Store) -> None:
    assert stage(store, "concept", RISING.name) in ("rising", "emerging")
    alone = {topic: stage(store, "keyword", topic) for topic in topics_of(RISING)}
    assert len(alone) == 5
    assert not set(alone.values()) & {"rising", "falling", "emerging"}, alone


def test_a_flat_idea_is_not_called_when_new_words_take_the_place_of_old_ones(store: Store) -> None:
    assert stage(store, "concept", REPLACED.name) not in ("rising", "falling", "emerging")


def test_the_words_that_replace_each_other_are_told(store: Store) -> None:
    first, second, _, fourth, last = topics_of(REPLACED)
    found = store.rows("SELECT kind, falling, rising, concept, relation FROM substitution")
    told = {(falling, rising) for _, falling, rising, _, _ in found}
    assert {(kind, concept, relation) for kind, _, _, concept, relation in found} == {
        ("keyword", REPLACED.name, "is")
    }
    # The old words fall and the new ones rise, never the other way round.
    assert told <= {(old, new) for old in (first, second) for new in (fourth, last)}
    assert (first, last) in told
