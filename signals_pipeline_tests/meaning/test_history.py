"""What was said before against a plain loop over all pairs, and built again as anew."""

import math
from datetime import date

import numpy as np
import pytest

from signals_pipeline.core.schema import create_table
from signals_pipeline.core.store import Store
from signals_pipeline.meaning import history
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.meaning.history import earlier
from signals_pipeline.meaning.models import STATEMENT_HISTORY
from signals_pipeline.meaning.texts import READS
from signals_pipeline_tests.meaning.test_vectors import MODELS, ONE, Directions, noted, put

Found = list[tuple[int, float, int, int]]

DIRECTIONS = {"east": (125, 0), "near east": (120, 35), "north-east": (75, 100), "west": (-125, 0)}
"""All are 125 long: east and near east have 120 / 125 = 0.96, near east and north-east
(120 * 75 + 35 * 100) / 125 / 125 = 0.80, east and north-east 75 / 125 = 0.60.
"""


def found(vectors, when, article, card_text, **choices) -> Found:
    numbers = (np.array(one, np.int64) for one in (when, article, card_text))
    parts = earlier(np.array(vectors, np.int8), *numbers, **choices)
    return [tuple(row) for part in parts for row in zip(*(column.tolist() for column in part), strict=True)]


def by_hand(vectors, when, article, card_text, same: float) -> Found:
    rows = []
    for one, a in enumerate(vectors):
        before = []
        for other, b in enumerate(vectors):
            is_other = article[other] != article[one] and card_text[other] != card_text[one]
            if when[other] < when[one] and is_other:
                cosine = sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)
                before.append((-round(cosine, 2), other))
        said = sorted(other for cosine, other in before if -cosine >= same)
        cosine, nearest = min(before, default=(2.0, -1))
        rows.append((nearest, -cosine, said[0] if said else -1, len({article[other] for other in said})))
    return rows


def test_only_what_is_earlier_is_looked_at() -> None:
    east, near, north_east, _ = DIRECTIONS.values()
    vectors = [north_east, near, near, east]
    assert found(vectors, [1, 2, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4]) == [
        (-1, -2.0, -1, 0),
        (0, 0.8, 0, 1),
        (0, 0.8, 0, 1),
        (1, 0.96, 1, 2),
    ]


def test_the_same_article_and_copies_of_a_card_do_not_count() -> None:
    east, near, north_east, _ = DIRECTIONS.values()
    vectors = [north_east, near, near, near, east]
    when, article = [1, 2, 3, 4, 5], [1, 7, 2, 2, 7]
    assert found(vectors, when, article, [1, 2, 9, 4, 9])[-1] == (3, 0.96, 3, 1)
    # An article counts once, however often it says the same.
    assert found(vectors, when, article, [1, 2, 3, 4, 5])[-1] == (2, 0.96, 2, 1)
    assert found([east, east], [1, 2], [5, 5], [1, 2])[-1] == (-1, -2.0, -1, 0)


def test_of_equally_near_ones_the_first_is_the_nearest() -> None:
    east = DIRECTIONS["east"]
    assert found([east] * 5, [1, 1, 2, 2, 3], range(5), range(5))[-1] == (0, 1.0, 0, 4)


@pytest.mark.parametrize("block", [1, 7, 500])
def test_it_is_what_a_loop_over_all_pairs_finds_whatever_the_blocks(block, monkeypatch) -> None:
    monkeypatch.setattr(history, "_BLOCK", block)
    random = np.random.default_rng(5)
    vectors = random.integers(-127, 128, (60, 4)).tolist()
    when = sorted(random.integers(0, 9, 60).tolist())
    article, card_text = random.integers(0, 12, 60).tolist(), random.integers(0, 40, 60).tolist()
    expected = by_hand(vectors, when, article, card_text, 0.75)
    assert found(vectors, when, article, card_text, same=0.75) == expected
    assert found(vectors, when, article, card_text, same=0.75, start=33) == expected[33:]
    assert {row[3] for row in expected} >= {0, 1, 2}


# The table


@pytest.fixture
def dated(store: Store) -> Store:
    """A store with three cards of three newsletter issues, and one that is not counted."""
    for name in (*READS, "mentions"):
        store.connection.execute(f"DROP TABLE IF EXISTS {name}")
        store.connection.execute(create_table(name, MODELS[name]).replace(" NOT NULL", ""))
    for card_id, day, counts in (("a", 1, True), ("b", 2, True), ("c", 3, True), ("not", 2, False)):
        card(store, card_id, day, is_counted=counts)
    put(store, "parsed.signals", card_id="a", row_no=1, line=11, name="120 35")
    put(store, "parsed.concerns", card_id="a", row_no=1, line=21, name="75 100")
    put(store, "parsed.concerns", card_id="b", row_no=1, line=22, name="120", description="35")
    put(store, "parsed.concerns", card_id="not", row_no=1, line=22, name="125 0")
    put(store, "parsed.behaviors", card_id="c", row_no=2, line=33, name="125 0")
    put(store, "parsed.behaviors", card_id="c", row_no=3, line=34, name="0 125")
    put(store, "parsed.behaviors", card_id="c", row_no=4, line=35, name="-75 -100")
    return store


def card(store: Store, card_id: str, day: int, **values: object) -> None:
    values = {"is_counted": True, "article_key": card_id, "title": f"{day} {len(card_id)}"} | values
    put(store, "parsed.cards", card_id=card_id, issue_date=date(2026, 1, day), **values)


def rows(store: Store) -> list[tuple[object, ...]]:
    """The table, once it follows what the others hold now."""
    noted(store)
    build_meaning(store, ONE, Directions().load)
    return store.rows(f"FROM {STATEMENT_HISTORY} ORDER BY card_id, section, row_no")


FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)


def test_every_statement_of_a_counted_card_has_its_history(dated) -> None:
    assert rows(dated) == [
        ("concerns", "a", 1, 21, None, None, None, None, None, 0, "new"),
        ("signals", "a", 1, 11, None, None, None, None, None, 0, "new"),
        ("concerns", "b", 1, 22, "signals", "a", 1, 1.0, FIRST, 1, "said before"),
        ("behaviors", "c", 2, 33, "signals", "a", 1, 0.96, FIRST, 2, "said before"),
        ("behaviors", "c", 3, 34, "concerns", "a", 1, 0.8, FIRST, 1, "said before"),
        ("behaviors", "c", 4, 35, "signals", "a", 1, -0.8, None, 0, "new"),
    ]


def test_what_is_near_and_not_the_same_is_close(dated) -> None:
    dated.connection.execute("DELETE FROM parsed.signals")
    dated.connection.execute("DELETE FROM parsed.concerns WHERE card_id = 'b'")
    assert rows(dated)[1] == ("behaviors", "c", 2, 33, "concerns", "a", 1, 0.6, None, 0, "close")


def test_without_vectors_there_are_no_rows(dated) -> None:
    rows(dated)
    build_meaning(dated, None)
    assert dated.rows(f"FROM {STATEMENT_HISTORY}") == []
    assert len(rows(dated)) == 6


def test_with_very_many_cards_there_are_no_rows_even_where_a_keyword_says_the_same(
    dated, monkeypatch
) -> None:
    put(dated, "topics", topic_id="t", kind="keyword", topic="125 0")
    monkeypatch.setattr("signals_pipeline.meaning.vectors.MAX_CARDS_WITH_STATEMENTS", 3)
    monkeypatch.setattr(history, "MAX_CARDS_WITH_STATEMENTS", 3)
    assert rows(dated) == []


def test_only_what_a_change_can_reach_is_compared_again(dated, monkeypatch) -> None:
    rows(dated)
    compared: list[int] = []

    def counting(vectors, *numbers, start):
        compared.append(len(vectors) - start)
        return earlier(vectors, *numbers, start=start)

    monkeypatch.setattr(history, "earlier", counting)
    card(dated, "d", 4)
    put(dated, "parsed.signals", card_id="d", row_no=1, line=5, name="3 4")
    assert rows(dated)[-1][-4:] == (1.0, FIRST, 3, "said before")
    dated.connection.execute("UPDATE parsed.concerns SET line = 99 WHERE card_id = 'b'")
    assert rows(dated)[2][3] == 99
    put(dated, "topics", topic_id="t", kind="keyword", topic="1 2")
    rows(dated)
    # Of the new card alone; of the second, third and fourth newsletter issue; none.
    assert compared == [1, 5, 0]


@pytest.mark.long
def test_after_any_change_the_table_is_what_it_is_when_built_anew(dated) -> None:
    random = np.random.default_rng(8)
    for no in range(30):
        day = int(random.integers(1, 29))
        match random.integers(0, 5):
            case 0 | 1:
                card(dated, f"new{no}", day, article_key=f"article{random.integers(0, 9)}")
                for row_no in (1, 2):
                    x, y = random.integers(-125, 126, 2)
                    put(dated, "parsed.signals", card_id=f"new{no}", row_no=row_no, line=no, name=f"{x} {y}")
            case 2:
                turned = "UPDATE parsed.cards SET is_counted = NOT is_counted WHERE day(issue_date) = ?"
                dated.connection.execute(turned, [day])
            case 3:
                moved = "UPDATE parsed.cards SET issue_date = issue_date + 1 WHERE day(issue_date) < ?"
                dated.connection.execute(moved, [day])
            case _:
                dated.connection.execute(
                    "DELETE FROM parsed.signals WHERE row_no = 1 AND line % 28 = ?", [day]
                )
        incremental = rows(dated)
        dated.connection.execute("DELETE FROM internal.built WHERE name = ?", [STATEMENT_HISTORY])
        assert rows(dated) == incremental
    assert len(incremental) > 15
