"""What macros look up: names of topics and words of texts, counted by hand and in Python."""

from collections import Counter

import duckdb
import pytest

from signals_pipeline.marts.macros import macros
from signals_pipeline.publish.models import SEARCH_TABLES
from signals_pipeline.publish.search_index import write_search_index
from signals_pipeline_tests.marts.sample import I1, I2, Card, card_id, topic_id
from signals_pipeline_tests.marts.sample import database as of_cards
from signals_pipeline_tests.publish.test_search import TEXTS, words_of

TWO = (
    Card(I1, ("AI", "C# Straßen"), ("energy",), relevancies=(3,)),
    Card(I2, ("AI",)),
)
"""The texts are 'Title AI, C# Straßen, energy' and 'energy', the name of its one signal, and 'Title AI'."""


@pytest.fixture(scope="module")
def two():
    with of_cards(TWO) as connection:
        yield connection


@pytest.fixture(scope="module")
def database(folder):
    with duckdb.connect(str((folder / "current" / "signals.duckdb").resolve()), read_only=True) as connection:
        yield connection


def test_each_text_has_a_number_and_its_length(two) -> None:
    cards = sorted([(card_id(0), 28), (card_id(1), 8)])
    expected = [(card, "card", None, 1, length) for card, length in cards]
    expected.insert(1 + (cards[0][0] != card_id(0)), (card_id(0), "signals", 1, 51, 6))
    found = two.execute(
        "SELECT text_no, card_id, section, row_no, line, n_characters FROM search_text ORDER BY text_no"
    ).fetchall()
    assert found == [(number, *text) for number, text in enumerate(expected, start=1)]


def test_each_word_of_a_text_is_a_row_as_it_is_looked_for(two) -> None:
    found = two.execute("""
        SELECT w.word, t.card_id, t.section, count(*)
        FROM search_posting AS p
        JOIN search_word AS w ON w.word_no = p.word_no
        JOIN search_text AS t ON t.text_no = p.text_no
        GROUP BY ALL
    """).fetchall()
    one, other = card_id(0), card_id(1)
    assert set(found) == {
        *((word, one, "card", 1) for word in ("title", "ai", "c#", "straßen", "energy")),
        *((word, other, "card", 1) for word in ("title", "ai")),
        ("energy", one, "signals", 1),
    }


def test_a_topic_has_a_row_for_each_name(two) -> None:
    names = two.execute(
        "SELECT topic_id, kind, surface, lowered, folded, name "
        "FROM search_name WHERE topic = 'ai' ORDER BY ALL"
    ).fetchall()
    concept, keyword = topic_id("concept", "ai"), topic_id("keyword", "ai")
    assert names == sorted([
        (concept, "concept", "AI", "ai", "ai", "ai"),
        (concept, "concept", "ai", "ai", "ai", "ai"),
        (keyword, "keyword", "AI", "ai", "ai", "ai"),
    ])  # fmt: skip


def test_the_index_says_of_every_text_what_it_says_itself(database) -> None:
    expected = {row[:3]: Counter(words_of(row[3])) for row in database.execute(TEXTS).fetchall()}
    found: dict[tuple, Counter] = {}
    for *place, word, n in database.execute("""
        SELECT t.section, t.card_id, t.line, w.word, count(*)
        FROM search_text AS t
        JOIN search_posting AS p ON p.text_no = t.text_no
        JOIN search_word AS w ON w.word_no = p.word_no
        GROUP BY ALL
    """).fetchall():
        found.setdefault(tuple(place), Counter())[word] = n
    assert {place: count for place, count in expected.items() if count} == found


def test_each_word_and_text_has_one_number(database) -> None:
    for table, key in (("search_word", "word_no"), ("search_word", "word"), ("search_text", "text_no")):
        sql = f"SELECT count(*) - count(DISTINCT {key}), count(*) FROM {table}"
        ((twice, n),) = database.execute(sql).fetchall()
        assert twice == 0
        assert n > 0
        if key.endswith("_no"):
            assert database.execute(f"SELECT min({key}), max({key}) FROM {table}").fetchall() == [(1, n)]


def test_an_index_made_in_small_parts_finds_the_same(database, tmp_path) -> None:
    queries = ["FROM search('heat pumps new', n := 1000)", "FROM search('the of', section := 'concerns')"]
    with duckdb.connect(tmp_path / "parts.duckdb") as copy:
        path = database.execute("SELECT path FROM duckdb_databases() WHERE database_name = 'signals'")
        copy.execute(f"ATTACH '{path.fetchall()[0][0]}' AS signals (READ_ONLY)")
        copy.execute("COPY FROM DATABASE signals TO parts")
        copy.execute("DETACH signals")
        for name in SEARCH_TABLES:
            copy.execute(f"DELETE FROM {name}")
        write_search_index(copy, cards_at_once=50)
        copy.execute(macros()["search"].create)
        for query in queries:
            assert copy.execute(query).fetchall() == database.execute(query).fetchall() != []
