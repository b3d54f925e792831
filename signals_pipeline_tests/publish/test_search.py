"""The macros card and search, against the same written out in Python."""

import math
import re
import unicodedata
from collections import Counter

import duckdb
import pytest

TEXTS = """
SELECT 'card', c.card_id, c.line, concat_ws(' ', c.title, c.summary) FROM parsed.cards AS c
UNION ALL
SELECT s.section, s.card_id, s.line,
    concat_ws(' ', s.name, s.description, s.change, s.ten_year, s.driving_force)
FROM statements AS s
"""


@pytest.fixture(scope="module")
def database(folder):
    with duckdb.connect(str((folder / "current" / "signals.duckdb").resolve()), read_only=True) as connection:
        yield connection


def words_of(text: str) -> list[str]:
    """Letters and digits without case, accents and a plural s."""
    plain = "".join(
        one for one in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(one)
    )
    return [re.sub("([^s]{3})s$", r"\1", word) for word in re.findall(r"[^\W_]+", plain)]


def bm25(database, asked: str) -> dict[tuple, float]:
    """Okapi BM25 with k1 1.2 and b 0.75, lengths in characters, of every text with one of the words."""
    texts = [(row[:3], row[3]) for row in database.execute(TEXTS).fetchall()]
    mean = sum(len(text) for _, text in texts) / len(texts)
    counts = [Counter(words_of(text)) for _, text in texts]
    scores: dict[tuple, float] = {}
    for word in set(words_of(asked)):
        df = sum(1 for count in counts if count[word])
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        for (place, text), count in zip(texts, counts, strict=True):
            if tf := count[word]:
                weight = tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * len(text) / mean))
                scores[place] = scores.get(place, 0) + idf * weight
    return scores


@pytest.mark.parametrize("asked", ["heat pumps", "WATER", "new", "Énergy of the cities", "kelp"])
def test_search_ranks_by_bm25(database, asked) -> None:
    expected = bm25(database, asked)
    found = database.execute(
        "SELECT section, card_id, line, score FROM search(?, n := 10000) ORDER BY rank_no", [asked]
    ).fetchall()
    assert {row[:3]: row[3] for row in found} == {
        place: pytest.approx(score, abs=6e-4) for place, score in expected.items()
    }
    assert [row[3] for row in found] == sorted((row[3] for row in found), reverse=True)


@pytest.mark.parametrize("asked", ["", "   ", "'; DROP TABLE topics; --", "%", "\\", "zzzzzz", None])
def test_search_for_what_nowhere_stands_finds_nothing(database, asked) -> None:
    found = database.execute("FROM search(?)", [asked]).fetchall()
    assert len(found) <= 20
    if not words_of(asked or "") or asked == "zzzzzz":
        assert found == []


def test_search_shows_where_the_word_stands_and_gives_as_many_as_asked(database) -> None:
    found = database.execute("SELECT name, snippet, path, line FROM search('water', n := 3)").fetchall()
    assert len(found) == 3
    for name, snippet, path, line in found:
        assert "water" in snippet.lower(), name
        assert len(snippet) <= 162
        assert path.endswith(".md")
        assert line >= 1


def test_card_gives_all_that_is_read_from_it_with_its_lines(database) -> None:
    ((card_id, path, title),) = database.execute(
        "SELECT card_id, path, title FROM parsed.cards WHERE title IS NOT NULL ORDER BY card_id LIMIT 1"
    ).fetchall()
    found = database.execute("FROM card(?)", [card_id[:10].upper()]).fetchall()
    assert found[0][:3] == ("title", title, path)
    assert {row[4] for row in found} == {card_id}
    n_parts = sum(
        database.execute(f"SELECT count(*) FROM {table} WHERE card_id = ?", [card_id]).fetchone()[0]
        for table in ("mentions", "statements")
    )
    about = ("title", "article", "newsletter", "newsletter issue", "counted", "summary")
    assert sum(1 for row in found if row[0] not in about) == n_parts
    assert database.execute("FROM card('no such id')").fetchall() == []
