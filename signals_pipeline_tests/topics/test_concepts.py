"""The concepts that a person has reviewed: what a line can say, what counts for each, and what is built."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.schema import create_table
from signals_pipeline.core.settings import project
from signals_pipeline.core.store import Store
from signals_pipeline.marts.build import build, marts
from signals_pipeline.marts.macros import macros
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.publish.models import SEARCH_TABLES
from signals_pipeline.publish.search_index import statements
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.canonical import Aliases
from signals_pipeline.topics.concepts import Claim, Concepts, NamedMember, members, read_concepts, refused
from signals_pipeline.topics.models import KINDS, MENTIONED, TABLES
from signals_pipeline.topics.reviewed import Reviewed, read_reviewed
from signals_pipeline_tests.conftest import UNEDITED, taken_in
from signals_pipeline_tests.marts.sample import topic_id
from signals_pipeline_tests.raw.sample import card, write
from signals_pipeline_tests.test_examples import needed

HEADER = "concept,definition,member,relation,reason\n"
NONE = Aliases()

Load = Callable[..., Concepts]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(rows: str, header: str = HEADER) -> Concepts:
        path = tmp_path / "concepts.csv"
        path.write_text(header + rows, "utf-8")
        return read_concepts(path, path.read_bytes())

    return loaded


def counted_for(concepts: Concepts, aliases: Aliases = NONE) -> set[tuple[str, str, str, str]]:
    return {tuple(one) for one in members(Path("concepts.csv"), concepts, aliases)}


def of_both_kinds(concept: str, topic: str, relation: str) -> set[tuple[str, str, str, str]]:
    return {(concept, kind, topic, relation) for kind in MENTIONED}


# Reading


def test_a_file_says_what_concepts_are_and_what_counts_for_them(load: Load) -> None:
    found = load(
        'AI,"Programs that think, or seem to.",,,\n'
        "AI,,machine learning,part,a method of it\n"
        ",,,,\n"
        "ai,,A.I.,is,\n"
        "ai,,AGI,not,another thing\n"
        "Kelp,,sea kelp,is,\n"
    )
    assert found.definitions == {"ai": "Programs that think, or seem to.", "kelp": ""}
    assert found.claims == (
        Claim(3, "ai", "machine learning", "part"),
        Claim(5, "ai", "A.I.", "is"),
        Claim(6, "ai", "AGI", "not"),
        Claim(7, "kelp", "sea kelp", "is"),
    )
    assert set(refused(found, NONE)) == {("ai", "agi")}


def test_a_file_without_a_line_and_one_of_a_header_alone_say_nothing(load: Load) -> None:
    assert load("", "") == load("") == Concepts()


def test_a_definition_may_stand_beside_a_member_and_be_said_again(load: Load) -> None:
    said = "kelp,A seaweed.,sea kelp,is,\nkelp,A seaweed.,bull kelp,part,\n"
    assert load(said).definitions == {"kelp": "A seaweed."}


def test_a_refusal_alone_makes_no_concept(load: Load) -> None:
    found = load("kelp,,help,not,\n")
    assert (found.definitions, counted_for(found)) == ({}, set())
    assert set(refused(found, NONE)) == {("kelp", "help")}


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ("kelp,A seaweed.,,,\n ,,sea kelp,is,\n", 3, "the concept '' is empty once folded"),
        ("kelp,,sea kelp,of,\n", 2, "unknown relation 'of'; write is, part, not, or nothing"),
        ("kelp,,sea kelp,IS,\n", 2, "unknown relation 'IS'"),
        ("kelp,,sea kelp,,\n", 2, "a member and its relation stand together"),
        ("kelp,A seaweed.,,is,\n", 2, "a member and its relation stand together"),
        ("kelp,, ,is,\n", 2, "a member and its relation stand together"),
        ("kelp,,,,because\n", 2, "this row has neither a definition nor a member"),
        ("kelp,A seaweed.,,,\nKelp,Another.,,,\n", 3, "'kelp' has another definition further up"),
        ("kelp,A seaweed,,\n", 2, "4 columns instead of 5; write a comma between all cells, empty ones too"),
        (
            "kelp;A seaweed;;;\n",
            2,
            "1 column instead of 5, since semicolons stand between the cells; write commas",
        ),
        (
            "kelp\tA seaweed\t\t\t\n",
            2,
            "1 column instead of 5, since tabs stand between the cells; write commas",
        ),
        ('kelp,"A seaweed,,,\n', 2, "not readable as CSV"),
    ],
)
def test_a_bad_row_is_named_with_what_to_do(load: Load, rows: str, line: int, says: str) -> None:
    with pytest.raises(BadInputFileError, match=re.escape(f"concepts.csv:{line}: ")) as error:
        load(rows)
    assert says in str(error.value)


@pytest.mark.parametrize("header", ["\n", "concept,member,relation\n", HEADER.replace(",", ";")])
def test_a_bad_header_is_told(load: Load, header: str) -> None:
    with pytest.raises(
        BadInputFileError, match=r"concepts\.csv:1: the first line must be concept,definition"
    ):
        load("", header)


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "concepts.csv"
    path.write_bytes(HEADER.encode() + b"kelp,A seaweed.,,,\ncaf\xe9,A place.,,,\n")
    with pytest.raises(BadInputFileError, match=r"concepts\.csv:3: not UTF-8; save"):
        read_concepts(path, path.read_bytes())


# What counts for a concept


def test_the_own_name_and_what_is_a_concept_are_names_of_it_in_both_kinds(load: Load) -> None:
    found = counted_for(load("kelp,,sea kelp,is,\nkelp,,kelp farm,part,\nkelp,,help,not,\n"))
    assert found == (
        of_both_kinds("kelp", "kelp", "is")
        | of_both_kinds("kelp", "sea kelp", "is")
        | of_both_kinds("kelp", "kelp farm", "part")
    )


def test_members_are_led_to_their_topics_by_the_rules_and_by_the_aliases(load: Load, tmp_path: Path) -> None:
    path = tmp_path / "aliases.csv"
    path.write_text("surface,topic,kind,reason\nseaweed,kelp,keyword,\nlaminaria,,theme,\n", "utf-8")
    aliases = read_aliases(path, path.read_bytes())
    rows = "kelp,,LLMs,is,\nkelp,,Kelp  Farms,part,\nkelp,,Seaweed,is,\nkelp,,laminaria,is,\n"
    assert counted_for(load(rows), aliases) == (
        of_both_kinds("kelp", "kelp", "is")
        | of_both_kinds("kelp", "llm", "is")
        | of_both_kinds("kelp", "kelp farm", "part")
        # A keyword "seaweed" is the keyword "kelp" anyway, and the theme "laminaria" is a stop word.
        | {("kelp", "theme", "seaweed", "is"), ("kelp", "keyword", "laminaria", "is")}
    )


def test_a_name_that_is_a_concept_is_no_part_of_it_as_well(load: Load) -> None:
    found = counted_for(load("kelp,,kelps,part,\nkelp,,sea kelp,part,\nkelp,,sea kelp,is,\n"))
    assert found == of_both_kinds("kelp", "kelp", "is") | of_both_kinds("kelp", "sea kelp", "is")


def test_a_part_counts_under_all_the_names_that_it_has(load: Load) -> None:
    rows = "climate,,heat wave,part,\nheat wave,,heatwave,is,\nheat wave,,drought,part,\n"
    assert counted_for(load(rows)) == {
        *of_both_kinds("climate", "climate", "is"),
        *of_both_kinds("climate", "heat wave", "part"),
        *of_both_kinds("climate", "heatwave", "part"),
        *of_both_kinds("heat wave", "heat wave", "is"),
        *of_both_kinds("heat wave", "heatwave", "is"),
        *of_both_kinds("heat wave", "drought", "part"),
    }


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("china,,japan,not,\nchina,,japan,is,\n", 2),
        ("asia,,china,is,\nasia,,japan,is,\nchina,,japan,not,\n", 4),
    ],
)
def test_what_is_kept_apart_cannot_be_one_concept(load: Load, rows: str, line: int) -> None:
    with pytest.raises(BadInputFileError, match=rf"concepts\.csv:{line}: 'japan' is kept apart from 'china'"):
        counted_for(load(rows))


def test_a_part_may_count_for_several_concepts_and_be_one(load: Load) -> None:
    found = counted_for(load("kelp,,kelp farm,part,\nfarm,,kelp farm,part,\nkelp farm,A farm.,,,\n"))
    assert found >= of_both_kinds("kelp", "kelp farm", "part") | of_both_kinds("farm", "kelp farm", "part")
    assert found >= of_both_kinds("kelp farm", "kelp farm", "is")


@pytest.mark.parametrize(
    ("rows", "line", "says"),
    [
        ("kelp,,seaweed,is,\nalga,,seaweeds,is,\n", 3, "'seaweeds' is 'kelp' already, by line 2; "),
        ("kelp,A seaweed.,,,\nalga,,Kelp,is,\n", 3, "'Kelp' is 'kelp' already; a name means one concept"),
        ("alga,,kelp,is,\nkelp,A seaweed.,,,\n", 2, "'kelp' is 'kelp' already; "),
    ],
)
def test_a_name_of_two_concepts_is_refused_with_both_lines(
    load: Load, rows: str, line: int, says: str
) -> None:
    with pytest.raises(BadInputFileError, match=re.escape(f"concepts.csv:{line}: ")) as error:
        counted_for(load(rows))
    assert says in str(error.value)


def test_what_comes_with_the_project_can_be_used(tmp_path: Path) -> None:
    shipped = project(data_dir=str(tmp_path))
    found = read_reviewed(shipped, shipped.edited())
    assert len(found.definitions) >= 40
    assert all(found.definitions.values()), "each has a definition"
    assert NamedMember("artificial intelligence", "theme", "artificial intelligence", "is") in found.members
    assert NamedMember("artificial intelligence", "keyword", "generative ai", "part") in found.members
    pairs = [one[:3] for one in found.members]
    assert len(pairs) == len(set(pairs))


# What is built

CARDS = {
    1: (("kelp", "sea kelp"), "Seaweeds"),
    2: (("kelp farms",), "kelp"),
    3: (("sea wall",), "Harvests"),
    4: (("Sea Kelp",), "harvest"),
}
"""By number of a card its keywords and its theme."""

REVIEWED = "kelp,A seaweed.,,,\nkelp,,sea kelp,is,\nkelp,,kelp farm,part,\nharvest,,kelp farm,part,\n"


@pytest.fixture
def built(load: Load, store: Store, raw_dir: Path) -> Callable[[str], Store]:
    for number, (keywords, theme) in CARDS.items():
        text = card(number, title=f"Card {number}", keywords=keywords)
        write(raw_dir, number, f"{text}\n\n## Themes\n\n* {theme}\n")
    taken_in(store, raw_dir)

    def with_concepts(rows: str) -> Store:
        concepts = load(rows)
        named = tuple(members(Path("concepts.csv"), concepts, NONE))
        versions = UNEDITED | {"concepts.csv": rows}
        build_topics(store, Reviewed(NONE, concepts.definitions, named), versions)
        build_meaning(store, None)
        return store

    return with_concepts


def test_every_name_counts_for_its_concept_and_a_part_stands_for_itself_as_well(
    built: Callable[[str], Store],
) -> None:
    found = built(REVIEWED).rows(
        "SELECT concept, kind, member, relation FROM concept_members ORDER BY concept, member, kind"
    )
    assert found == [
        ("harvest", "theme", "harvest", "is"),
        ("harvest", "keyword", "kelp farm", "part"),
        ("kelp", "keyword", "kelp", "is"),
        ("kelp", "theme", "kelp", "is"),
        ("kelp", "keyword", "kelp farm", "part"),
        ("kelp", "keyword", "sea kelp", "is"),
        ("kelp farm", "keyword", "kelp farm", "is"),
        ("sea wall", "keyword", "sea wall", "is"),
        ("seaweed", "theme", "seaweed", "is"),
    ]


def test_concepts_are_topics_with_their_definition_and_all_their_surfaces(
    built: Callable[[str], Store],
) -> None:
    found = built(REVIEWED).rows(
        "SELECT topic_id, topic, n_surfaces, definition FROM topics WHERE kind = 'concept' ORDER BY topic"
    )
    assert found == [
        # kelp is written "kelp", "sea kelp", "Sea Kelp" and "kelp farms", as keyword or theme.
        (topic_id("concept", "harvest"), "harvest", 3, None),
        (topic_id("concept", "kelp"), "kelp", 4, "A seaweed."),
        (topic_id("concept", "kelp farm"), "kelp farm", 1, None),
        (topic_id("concept", "sea wall"), "sea wall", 1, None),
        (topic_id("concept", "seaweed"), "seaweed", 1, None),
    ]


def test_a_card_counts_once_for_a_concept_however_many_of_its_names_it_has(
    built: Callable[[str], Store],
) -> None:
    store = built(REVIEWED)
    for name in needed("topic_cards", "able_cards", "evidence"):
        build(store, marts()[name])
    found = store.rows(
        "SELECT t.topic, c.title[-1], o.n_mentions FROM topic_cards AS o JOIN topics AS t USING (topic_id) "
        "JOIN parsed.cards AS c USING (card_id) WHERE o.kind = 'concept' ORDER BY ALL"
    )
    assert found == [
        # Card 2 has "kelp farms", a part of both, and the theme "kelp".
        ("harvest", "2", 1),
        ("harvest", "3", 1),
        ("harvest", "4", 1),
        ("kelp", "1", 2),
        ("kelp", "2", 2),
        ("kelp", "4", 1),
        ("kelp farm", "2", 1),
        ("sea wall", "3", 1),
        ("seaweed", "1", 1),
    ]
    lines = (
        "SELECT c.title[-1], e.section, e.raw_text FROM evidence AS e JOIN parsed.cards AS c USING (card_id) "
        "WHERE e.kind = 'concept' AND e.topic = 'kelp' ORDER BY ALL"
    )
    assert store.rows(lines) == [
        ("1", "keywords", "kelp"),
        ("1", "keywords", "sea kelp"),
        ("2", "keywords", "kelp farms"),
        ("2", "themes", "kelp"),
        ("4", "keywords", "Sea Kelp"),
    ]
    able = store.rows("SELECT kind, count(*) FROM able_cards GROUP BY kind")
    assert dict(able) == dict.fromkeys(KINDS, 4)


def test_trend_of_any_name_of_a_concept_is_that_of_the_concept_each_period_once(
    built: Callable[[str], Store],
) -> None:
    store = built(f"{REVIEWED}farming,,kelp farm,part,\n")
    for name in needed("topic_trend"):
        build(store, marts()[name])
    for name in ("folded", "topics_named", "trend"):
        store.connection.execute(macros()[name].create)
    store.connection.execute(create_table("search_name", SEARCH_TABLES["search_name"]))
    store.connection.execute(statements()[0])

    def asked(call: str) -> list[tuple[object, ...]]:
        return store.rows(f"SELECT kind, topic, n_cards_with, n_cards FROM trend({call}, grain := 'issue')")

    for name in ("kelp", "Sea Kelp", "SEA  KELP"):
        assert asked(f"'{name}'") == [("concept", "kelp", 3, 4)]
    # A part is a concept by itself.
    assert asked("'Kelp farms'") == [("concept", "kelp farm", 1, 4)]
    # Nobody has written this name: only a part of it counts.
    assert asked("'farming'") == [("concept", "farming", 1, 4)]
    assert asked("'sea kelp', kind := 'keyword'") == [("keyword", "sea kelp", 2, 4)]
    assert asked("'kelp', kind := 'theme'") == [("theme", "kelp", 1, 4)]
    with pytest.raises(duckdb.Error, match=r"by the name 'kelb'\. The nearest are 'kelp', 'kelp farm"):
        asked("'kelb'")
    with pytest.raises(duckdb.Error, match="The kind of a topic is concept, keyword or theme"):
        asked("'kelp', kind := 'no such kind'")


def test_concepts_that_share_a_name_are_no_pair(built: Callable[[str], Store]) -> None:
    store = built(REVIEWED)
    for name in needed("topic_pair"):
        build(store, marts()[name])
    # A parameter lower than the corpus is small.
    store.connection.execute(
        "UPDATE metric SET value = 1 WHERE metric = 'topic_pair' AND parameter = 'min_cards'"
    )
    build(store, marts()["topic_pair"])
    found = store.rows(
        "SELECT DISTINCT topic_a, topic_b FROM topic_pair WHERE kind = 'concept' AND span = 'all'"
    )
    # On card 2 kelp, harvest and kelp farm share their name; on card 4 kelp and harvest do again.
    assert {frozenset(pair) for pair in found} == {
        frozenset(pair) for pair in (("kelp", "seaweed"), ("harvest", "sea wall"))
    }


def test_taking_lines_out_restores_what_was_before_row_for_row(built: Callable[[str], Store]) -> None:
    def tables(rows: str) -> dict[str, list[tuple[object, ...]]]:
        store = built(rows)
        return {name: store.rows(f"FROM {name}") for name in TABLES}

    without = tables("")
    with_lines = tables(REVIEWED)
    assert [name for name in TABLES if without[name] != with_lines[name]] == ["topics", "concept_members"]
    assert tables("") == without
    # The keyword "kelp" and the theme "kelp" are one idea without a line.
    assert len([row for row in without["concept_members"] if row[1] == "kelp"]) == 2
