"""signals_pipeline.search(): two rankings fused, or one where there is no second, and odd input."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

import signals_pipeline
from signals_pipeline.core.errors import BadInputFileError, NoInputError
from signals_pipeline.marts.parameters import value
from signals_pipeline.meaning.encoder import similarities
from signals_pipeline.meaning.model import Model
from signals_pipeline.publish import search as module
from signals_pipeline_tests.publish.vectors import (
    MODEL,
    TEXTS,
    vector_of,
    with_vectors,
    without_vectors,
)

ROWS = f"""
    SELECT t.section, t.card_id, t.row_no, t.text, c.issue_date
    FROM ({TEXTS}) AS t JOIN parsed.cards AS c ON c.card_id = t.card_id WHERE t.text <> '' ORDER BY ALL
"""


class Encoder:
    """An encoder that knows what `vector_of` knows."""

    def __init__(self, model: Model) -> None:
        assert model.sha256 == MODEL

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.stack([vector_of(text) for text in texts])


@pytest.fixture(scope="module")
def database(folder, tmp_path_factory) -> Path:
    return with_vectors(folder, tmp_path_factory.mktemp("searched"))


@pytest.fixture
def encoder(monkeypatch) -> None:
    monkeypatch.setattr(module, "Encoder", Encoder)
    monkeypatch.setattr(module, "model", lambda own: Model(Path("one.onnx"), MODEL))


def places(keys: list) -> dict:
    return {key: place for place, key in enumerate(keys, start=1)}


def by_hand(database: Path, query: str) -> list[tuple]:
    """The found texts and by what they are found, best first, as the metric `search` says it."""
    k, part, least, of_card = (
        value("search", name) for name in ("k", "min_words_held", "min_similarity", "of_card")
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(ROWS).fetchall()
        with_a_word = connection.execute(
            "SELECT section, card_id, row_no, words_held FROM search(?, 1000) ORDER BY rank_no", [query]
        ).fetchall()
    words = [row[:3] for row in with_a_word if row[3] >= part]
    vectors = np.array([vector_of(row[3]) for row in rows])
    asked = vector_of(query).astype(float)
    cosines = vectors @ asked / np.linalg.norm(vectors.astype(float), axis=1) / np.linalg.norm(asked)
    own = {row[:3]: cosine for row, cosine in zip(rows, cosines.tolist(), strict=True)}
    assert {key: round(cosine, 2) for key, cosine in own.items()} == dict(
        zip(own, similarities(vector_of(query)[None], vectors)[0].tolist(), strict=True)
    )
    fits = {
        key: (1 - of_card) * cosine + of_card * own.get(("card", key[1], None), cosine)
        for key, cosine in own.items()
        if round(cosine, 2) >= least
    }
    meant = sorted(fits, key=lambda key: -fits[key])[:1000]
    score: dict[tuple, float] = {}
    for ranking in (places(words), places(meant)):
        for key, place in ranking.items():
            score[key] = score.get(key, 0) + 1 / (k + place)
    last = [row[:3] for row in with_a_word if row[:3] not in score]
    text = {row[:3]: row[3] for row in rows}
    found, seen = [], set()
    for key in [*sorted(score, key=lambda key: (-score[key], -round(own[key], 2))), *last]:
        if text[key] not in seen:
            seen.add(text[key])
            found.append((key, key in words or key in last, key in meant))
    return found


@pytest.mark.parametrize(
    "query", ["heat pumps in cities", "water", "kelp and new farms", "nothing of the kind"]
)
def test_both_rankings_are_fused(database, encoder, query) -> None:
    hits = signals_pipeline.search(query, n=10_000, database=database).hits
    expected = by_hand(database, query)
    assert len(expected) > 20
    # Equal scores stand in any order.
    assert [one.rank_no for one in hits] == list(range(1, len(expected) + 1))
    for part in (slice(10), slice(-10, None)):
        assert {((one.section, one.card_id, one.row_no), one.found_by) for one in hits[part]} == {
            (key, " and ".join(["words"] * words + ["meaning"] * meant))
            for key, words, meant in expected[part]
        }
    assert len({one.snippet for one in hits[:10]}) == 10


def test_one_section_and_the_days_hold_for_both_rankings(database, encoder) -> None:
    every = signals_pipeline.search("water", 10_000, database=database).hits
    days = sorted({one.issue_date for one in every if one.issue_date})
    first, last = days[2], days[-3]
    hits = signals_pipeline.search("water", 10_000, "Concerns", first, str(last), database).hits
    assert hits
    assert {one.section for one in hits} == {"concerns"}
    assert {one.found_by for one in hits} > {"meaning"}
    assert all(first <= one.issue_date <= last for one in hits)
    cards = signals_pipeline.search("water", 10_000, "cards", database=database).hits
    assert {one.section for one in cards} == {"card"}


def test_of_the_same_text_one_is_shown(folder, encoder) -> None:
    path = (folder / "current" / "signals.duckdb").resolve()
    with duckdb.connect(str(path), read_only=True) as connection:
        ((text, n_rows),) = connection.execute(
            f"SELECT text, count(*) FROM ({TEXTS}) WHERE section <> 'card' GROUP BY text "
            "HAVING count(*) > 1 AND text NOT LIKE '%''%' ORDER BY count(*) DESC, text LIMIT 1"
        ).fetchall()
    assert n_rows > 1
    hits = signals_pipeline.search(text, n=1000, database=path).hits
    snippet = text if len(text) <= 160 else f"{text[:160]}…"
    assert [one.snippet for one in hits].count(snippet) == 1


def test_without_vectors_it_is_the_macro_and_says_what_to_type(folder, encoder, tmp_path) -> None:
    path = without_vectors(folder, tmp_path)
    found = signals_pipeline.search("heat pumps in cities", n=8, database=path)
    assert found.words_alone == (
        "Found by words alone, since no text is encoded. By meaning too: make run MEANING=1"
    )
    with duckdb.connect(str(path), read_only=True) as connection:
        first = connection.execute("SELECT section, card_id, row_no FROM search('heat pumps in cities', 1)")
        assert (found.hits[0].section, found.hits[0].card_id, found.hits[0].row_no) == first.fetchone()
    assert [one.found_by for one in found.hits] == ["words"] * 8


@pytest.mark.parametrize(
    ("here", "says"),
    [
        (None, "Found by words alone, since the encoder is not installed. "),
        (Model(Path("x"), "2" * 64), "Found by words alone, since the texts were encoded by another encoder"),
    ],
)
def test_without_the_encoder_of_the_vectors_words_have_to_do(database, monkeypatch, here, says) -> None:
    monkeypatch.setattr(module, "model", lambda own: here)
    found = signals_pipeline.search("water", database=database)
    assert found.words_alone.startswith(says)
    assert found.words_alone.endswith("make run MEANING=1")
    assert {one.found_by for one in found.hits} == {"words"}


def test_an_encoder_that_cannot_be_used_is_told_and_words_have_to_do(database, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(module, "model", lambda own: Model(tmp_path / "gone.onnx", MODEL))
    found = signals_pipeline.search("water", database=database)
    assert found.words_alone.endswith(
        f"The model {tmp_path}/gone.onnx cannot be read: No such file or directory."
    )
    assert found.hits


ODD = {
    "long": "heat " * 2_000,
    "long word": "x" * 10_000,
    "small words": "the of and a to in",
    "quotes": "'; DROP TABLE topics; -- \"",
    "nul": "heat\0pump",
    "emoji": "heat 🦄🦄",
    "lone surrogate": "heat \udcff",
    "braces": "{query} $query % \\ ?",
}


@pytest.mark.parametrize("query", ODD.values(), ids=ODD)
def test_an_odd_query_is_answered(database, encoder, query) -> None:
    found = signals_pipeline.search(query, database=database)
    assert len(found.hits) <= 10
    assert found.words_alone == ""


@pytest.mark.parametrize("query", ["", " \t\n", "🦄🦄", '""'])
def test_a_query_without_a_word_says_what_to_write(database, encoder, query) -> None:
    with pytest.raises(ValueError, match=r"^search: write what to look for in words, such as 'heat pump'\.$"):
        signals_pipeline.search(query, database=database)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"section": "nope"}, "section is card or one of signals"),
        ({"since": "2025"}, "since is a day such as 2025-01-31"),
        ({"until": "' OR 1"}, "until is a day such as 2025-01-31"),
        ({"n": 0}, "n is a number from 1 up"),
    ],
)
def test_a_wrong_argument_is_told_in_words(database, encoder, given, says) -> None:
    with pytest.raises(ValueError, match=f"^search: {says}.*[.]$"):
        signals_pipeline.search("water", database=database, **given)


def test_no_more_than_can_be_ranked_is_asked_for(database, encoder) -> None:
    assert (
        len(signals_pipeline.search("water", n=10**30, since=date(1900, 1, 1), database=database).hits) > 100
    )


def test_what_is_no_database_of_this_version_is_told_in_words(folder, tmp_path) -> None:
    with pytest.raises(NoInputError, match="does not exist"):
        signals_pipeline.search("water", database=tmp_path / "none.duckdb")
    text, foreign, older = (tmp_path / name for name in ("text.duckdb", "foreign.duckdb", "older.duckdb"))
    text.write_text("no database")
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE embedding (model INTEGER); CREATE TABLE cards (card_id INTEGER)")
    for number, drop in enumerate(
        (
            "DROP TABLE embedding",
            "CREATE OR REPLACE MACRO search(words, n := 20) AS TABLE SELECT 1 AS rank_no",
            "ALTER TABLE parsed.signals RENAME ten_year TO in_ten_years",
        )
    ):
        older = tmp_path / f"older_{number}.duckdb"
        shutil.copy((folder / "current" / "signals.duckdb").resolve(), older)
        older.chmod(0o644)
        with duckdb.connect(str(older)) as connection:
            connection.execute(drop)
        with pytest.raises(BadInputFileError, match="is no database that this version has published"):
            signals_pipeline.search("water", database=older)
    for path in (text, foreign):
        with pytest.raises(BadInputFileError, match="make run publishes one"):
            signals_pipeline.search("water", database=path)


def test_it_works_beside_other_readers(database, encoder) -> None:
    with (
        signals_pipeline.connect(database) as reader,
        signals_pipeline.connect(database, locked=True) as locked,
    ):
        assert signals_pipeline.search("water", database=database).hits
        for connection in (reader, locked):
            assert connection.execute("SELECT 1").fetchall() == [(1,)]
