"""The macro similar_to, against all pairs of the texts that have vectors."""

import duckdb
import numpy as np
import pytest

from signals_pipeline.meaning.encoder import similarities
from signals_pipeline.meaning.models import NEAR
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS
from signals_pipeline_tests.publish.vectors import TEXTS, vector_of, with_vectors, without_vectors

OTHERS = f"""
    SELECT t.section, t.card_id, t.row_no, t.text, c.article_key, c.is_counted
    FROM ({TEXTS}) AS t JOIN parsed.cards AS c ON c.card_id = t.card_id
    WHERE t.text <> '' AND (t.section = 'card') = (? = 'card') ORDER BY ALL
"""


@pytest.fixture(scope="module")
def database(folder, tmp_path_factory):
    path = with_vectors(folder, tmp_path_factory.mktemp("similar"))
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("section", ["card", *STATEMENT_SECTIONS])
def test_the_nearest_of_other_articles_come_first(database, section) -> None:
    rows = database.execute(OTHERS, [section]).fetchall()
    vectors = np.array([vector_of(row[3]) for row in rows])
    of_section = [number for number, row in enumerate(rows) if row[0] == section]
    for asked in of_section[:: max(1, len(of_section) // 4)]:
        (found,) = similarities(vectors[[asked]], vectors)
        expected = {
            row[:3]: similarity
            for row, similarity in zip(rows, found.tolist(), strict=True)
            if similarity >= NEAR and row[4] != rows[asked][4] and row[5]
        }
        answer = database.execute(
            "SELECT section, card_id, row_no, similarity FROM similar_to(?, ?, ?, n := 100000)",
            [rows[asked][1], None if section == "card" else section, rows[asked][2]],
        ).fetchall()
        assert {row[:3]: row[3] for row in answer} == expected
        assert expected
        assert [row[3] for row in answer] == sorted((row[3] for row in answer), reverse=True)


def test_a_row_says_where_it_stands(database) -> None:
    section, card_id, row_no = database.execute(
        "SELECT section, card_id, row_no FROM search('water', section := 'signals', n := 1)"
    ).fetchone()
    answer = database.execute("FROM similar_to(?, ?, ?, n := 3)", [card_id[:12].upper(), section, row_no])
    names = [name for name, *_ in answer.description]
    found = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    assert [row["rank_no"] for row in found] == [1, 2, 3]
    for row in found:
        path, line, day = database.execute(
            "SELECT c.path, s.line, c.issue_date FROM statements AS s JOIN parsed.cards AS c USING (card_id) "
            "WHERE (s.section, s.card_id, s.row_no) = (?, ?, ?)",
            [row["section"], row["card_id"], row["row_no"]],
        ).fetchone()
        assert (row["path"], row["line"], row["issue_date"]) == (path, line, day)
        assert row["text"]


@pytest.mark.parametrize("arguments", ["'no such', NULL, NULL", "NULL, NULL, NULL", "'', 'signals', NULL"])
def test_what_is_not_there_is_near_to_nothing(database, arguments) -> None:
    assert database.execute(f"FROM similar_to({arguments})").fetchall() == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("'0', 'keywords', 1", "section is NULL, card or one of signals"),
        ("'', NULL, NULL", "several cards begin so: give more digits of the card_id"),
    ],
)
def test_similar_to_says_what_is_wrong_with_an_argument(database, arguments, says) -> None:
    with pytest.raises(duckdb.Error, match=f"similar_to: {says}"):
        database.execute(f"FROM similar_to({arguments})").fetchall()


def test_without_vectors_nothing_is_near_and_that_is_said(folder, tmp_path) -> None:
    path = without_vectors(folder, tmp_path)
    with duckdb.connect(str(path), read_only=True) as connection:
        ((card_id,),) = connection.execute("SELECT min(card_id) FROM parsed.cards").fetchall()
        for query in ("FROM similar_to(?, NULL, NULL)", "FROM nearest(?)"):
            with pytest.raises(duckdb.Error, match=r"No text is encoded.*make run MEANING=1.*extra meaning"):
                connection.execute(query, [card_id]).fetchall()


def test_nearest_gives_the_cards_by_id_or_title(database) -> None:
    card_id, title = database.execute(
        "SELECT min(card_id), title FROM parsed.cards WHERE is_counted GROUP BY title "
        "HAVING count(*) = 1 AND length(title) > 20 ORDER BY title LIMIT 1"
    ).fetchone()
    near = "SELECT rank_no, similarity, card_id FROM similar_to(?, NULL, NULL, n := 4)"
    expected = database.execute(near, [card_id]).fetchall()
    assert len(expected) == 4
    for said in (card_id[:16].upper(), title.upper()):
        found = database.execute("SELECT rank_no, similarity, card_id FROM nearest(?, n := 4)", [said])
        assert found.fetchall() == expected
    assert database.execute("FROM nearest(NULL)").fetchall() == []


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ("", r"Write how the title or the card_id of a card begins, such as 'Heat pumps'\."),
        ("The", r"Several cards begin so \(\d+\): FROM cards_named\('The'\) lists them\."),
        ("zz", "of no card begin with 'zz'. The nearest are "),
    ],
)
@pytest.mark.parametrize("macro", ["nearest", "card"])
def test_what_is_wrong_with_a_card_is_said(database, macro, card, says) -> None:
    with pytest.raises(duckdb.Error, match=says):
        database.execute(f"FROM {macro}(?)", [card]).fetchall()
