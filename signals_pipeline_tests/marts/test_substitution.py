"""Which names replace each other, on tables written by hand, and what alerts say of it."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from signals_pipeline.marts.queries import query
from signals_pipeline_tests.marts.sample import empty_database, give_meaning, insert, make, topic_id

CALLED = date(2024, 6, 2)

Pairs = list[tuple[str, str, str, str | None, str, float | None]]
Find = Callable[..., Pairs]


@pytest.fixture
def find() -> Iterator[Find]:
    """From stages by kind and name, members by concept, and angles of names, the pairs that are found."""
    connection = empty_database()
    make(connection, {"parameter"})

    def found(
        stages: dict[tuple[str, str], str],
        members: tuple[tuple[str, str, str, str], ...] = (),
        angles: dict[str, float] | None = None,
        apart: tuple[str, str] | None = None,
    ) -> Pairs:
        connection.execute("DROP TABLE topic_momentum")
        connection.execute(
            "CREATE TABLE topic_momentum (topic_id VARCHAR, kind VARCHAR, topic VARCHAR, stage VARCHAR, "
            "q_called DOUBLE, called_since DATE, n_cards_with INTEGER, same_as VARCHAR DEFAULT NULL)"
        )
        momentum = [
            (topic_id(*one), *one, stage, 0.01, CALLED, 50 + 10 * number, None)
            for number, (one, stage) in enumerate(stages.items())
        ]
        insert(connection, "topic_momentum", momentum)
        claimed = [
            (topic_id("concept", concept), concept, topic_id(kind, member), kind, member, relation)
            for concept, kind, member, relation in members
        ]
        connection.execute("DELETE FROM concept_members")
        insert(connection, "concept_members", claimed)
        insert(connection, "names_apart", [apart] if apart else [])
        connection.execute("DELETE FROM embedding")
        give_meaning(connection, angles or {})
        return connection.execute(
            "SELECT kind, falling, rising, concept, relation, round(similarity, 2) "
            f"FROM ({query('substitution')}) ORDER BY ALL"
        ).fetchall()

    yield found
    connection.close()


NAMES = (("car", "keyword", "auto", "is"), ("car", "keyword", "motor car", "is"))
OPPOSITE = {("keyword", "auto"): "falling", ("keyword", "motor car"): "rising"}


def test_a_fall_and_a_rise_among_names_of_a_concept_that_does_not_move_are_a_pair(find: Find) -> None:
    found = find(OPPOSITE | {("concept", "car"): "unclear"}, NAMES)
    assert found == [("keyword", "auto", "motor car", "car", "is", None)]


@pytest.mark.parametrize("stage", ["rising", "falling", "emerging"])
def test_where_the_concept_is_called_itself_the_world_moved_too(find: Find, stage: str) -> None:
    angles = {"auto": 0, "motor car": 20}
    assert find(OPPOSITE | {("concept", "car"): stage}, NAMES, angles) == []


@pytest.mark.parametrize("stage", ["risen", "steady", "new", "bursting", "thin"])
def test_a_name_that_is_not_called_rising_now_is_half_a_pair(find: Find, stage: str) -> None:
    stages = OPPOSITE | {("keyword", "motor car"): stage, ("concept", "car"): "unclear"}
    assert find(stages, NAMES) == []


def test_a_name_that_emerges_replaces_as_one_that_rises(find: Find) -> None:
    stages = OPPOSITE | {("keyword", "motor car"): "emerging", ("concept", "car"): "fallen"}
    assert find(stages, NAMES) == [("keyword", "auto", "motor car", "car", "is", None)]


def test_a_keyword_and_a_theme_have_other_denominators_and_are_no_pair(find: Find) -> None:
    stages = {("keyword", "auto"): "falling", ("theme", "motor car"): "rising", ("concept", "car"): "steady"}
    assert find(stages, (NAMES[0], ("car", "theme", "motor car", "is"))) == []


def test_parts_that_are_concepts_by_themselves_are_one_pair_as_concepts(find: Find) -> None:
    parts = (
        ("car", "keyword", "auto", "part"),
        ("car", "keyword", "motor car", "is"),
        ("auto", "keyword", "auto", "is"),
        # "wheels" is a part of it and a concept by itself, and so is "auto".
        ("car", "theme", "wheels", "part"),
        ("wheels", "theme", "wheels", "is"),
    )
    stages = OPPOSITE | {
        ("concept", "auto"): "falling",
        ("concept", "wheels"): "rising",
        ("concept", "car"): "unclear",
    }
    assert find(stages, parts, {"auto": 0, "wheels": 20, "motor car": 10}) == [
        ("concept", "auto", "wheels", "car", "part", pytest.approx(0.94)),
        ("keyword", "auto", "motor car", "car", "part", pytest.approx(0.98)),
    ]


@pytest.mark.parametrize("angles", [None, {"auto": 0, "motor car": 42}])
def test_a_part_that_is_not_near_in_meaning_to_the_other_name_is_news(
    find: Find, angles: dict[str, float] | None
) -> None:
    stages = OPPOSITE | {("concept", "vehicle"): "unclear"}
    one_part = (("vehicle", "keyword", "auto", "is"), ("vehicle", "keyword", "motor car", "part"))
    both_parts = tuple(("vehicle", "keyword", name, "part") for name in ("auto", "motor car"))
    # cos 42 degrees is .743.
    assert find(stages, one_part, angles) == find(stages, both_parts, angles) == []
    near = [("keyword", "auto", "motor car", "vehicle", "part", pytest.approx(0.75))]
    assert find(stages, both_parts, {"auto": 0, "motor car": 41.3}) == near


@pytest.mark.parametrize("relation", ["is", "part"])
def test_names_of_one_concept_that_a_person_has_kept_apart_are_no_pair(find: Find, relation: str) -> None:
    members = tuple(("car", "keyword", name, relation) for name in ("auto", "motor car"))
    stages, angles = OPPOSITE | {("concept", "car"): "unclear"}, {"auto": 0, "motor car": 20}
    assert len(find(stages, members, angles)) == 1
    assert find(stages, members, angles, apart=("auto", "motor car")) == []


def test_of_several_concepts_the_one_with_both_as_names_then_that_on_fewest_cards_is_told(find: Find) -> None:
    def of(concept: str, relation: str) -> tuple[tuple[str, str, str, str], ...]:
        return tuple((concept, "keyword", name, relation) for name in ("auto", "motor car"))

    # Each topic of the stages is on ten cards more than the one before.
    stages = OPPOSITE | {("concept", name): "unclear" for name in ("vehicle", "traffic", "car")}
    near = {"auto": 0, "motor car": 20}
    assert find(stages, of("traffic", "part") + of("vehicle", "part"), near) == [
        ("keyword", "auto", "motor car", "vehicle", "part", pytest.approx(0.94))
    ]
    assert find(stages, of("car", "is")) == [("keyword", "auto", "motor car", "car", "is", None)]


def test_names_that_nobody_has_joined_are_a_pair_where_they_are_near_in_meaning(find: Find) -> None:
    stages = {("concept", "auto"): "falling", ("concept", "motor car"): "rising"} | OPPOSITE
    # cos 41.3 degrees is .751, cos 42 degrees .743.
    assert find(stages, angles={"auto": 0, "motor car": 41.3}) == [
        ("concept", "auto", "motor car", None, "near", pytest.approx(0.75))
    ]


@pytest.mark.parametrize("pair", [("auto", "motor car"), ("car", "motor car")])
def test_names_that_a_person_has_kept_apart_are_no_pair(find: Find, pair: tuple[str, str]) -> None:
    angles = {"auto": 0, "motor car": 20}
    members = (("car", "keyword", "auto", "is"), ("motor car", "keyword", "motor car", "is"))
    assert len(find(OPPOSITE, members, angles)) == 1
    # What is said of a concept holds for its names.
    assert find(OPPOSITE, members, angles, apart=pair) == []


def test_names_that_are_less_near_are_no_pair_and_without_vectors_none_is(find: Find) -> None:
    stages = {("concept", "auto"): "falling", ("concept", "motor car"): "rising"}
    assert find(stages) == []
    assert find(stages, angles={"auto": 0, "motor car": 42}) == []


def test_a_part_that_falls_while_its_concept_rises_is_no_change_of_words(find: Find) -> None:
    members = (("car", "keyword", "car", "is"), ("car", "keyword", "auto", "part"))
    stages = {("concept", "auto"): "falling", ("concept", "car"): "rising"}
    assert find(stages, members, {"auto": 0, "car": 10}) == []


def test_an_alert_of_a_word_that_another_one_may_replace_says_so(trending) -> None:
    found = trending.execute("SELECT kind, falling, rising, relation FROM substitution").fetchall()
    assert found == [("concept", "fall", "step", "near")]
    said = dict(trending.execute("SELECT topic, headline FROM alert WHERE q IS NOT NULL").fetchall())
    assert said["fall"].endswith(' Perhaps only the words changed: "step" is rising.')
    assert said["step"].endswith(' Perhaps only the words changed: "fall" is falling.')
    assert sum("Perhaps" in one for one in said.values()) == 2
