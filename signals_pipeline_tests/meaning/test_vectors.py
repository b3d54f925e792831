"""Each text is encoded once, texts that are gone lose their vectors, and an interrupted run goes on.

The encoder here makes a vector of the characters of a text, so that it can be told what it was made from.
"""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from signals_pipeline.core.progress import reported_to
from signals_pipeline.core.schema import create_table
from signals_pipeline.core.store import Store
from signals_pipeline.meaning import build, matches, vectors
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.meaning.encoder import N_DIMENSIONS, Vectors
from signals_pipeline.meaning.model import SHA256, Model
from signals_pipeline.meaning.models import EMBEDDING
from signals_pipeline.meaning.texts import READS
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

MODELS = {f"parsed.{name}": model for name, model in PARSED_TABLES.items()} | TOPIC_TABLES
TABLES = (*READS, "mentions")
ONE = Model(Path("one.onnx"), "1" * 64)
OTHER = Model(Path("other.onnx"), "2" * 64)
THE_MODEL = Model(Path("model.onnx"), SHA256)


def vector(text: str) -> np.ndarray:
    """A vector that only this text has."""
    digest = hashlib.sha256(text.encode()).digest()
    numbers = np.frombuffer((digest * N_DIMENSIONS)[:N_DIMENSIONS], np.int8).astype(float)
    return np.rint(127 * numbers / np.linalg.norm(numbers)).astype(np.int8)


class Characters:
    """An encoder that notes what it was asked for; it fails after so many texts."""

    def __init__(self, fails_after: int = 10_000) -> None:
        self.loaded: list[Model] = []
        self.asked: list[str] = []
        self.fails_after = fails_after

    def load(self, model: Model) -> "Characters":
        self.loaded.append(model)
        return self

    def encode(self, texts: list[str]) -> Vectors:
        if len(self.asked) + len(texts) > self.fails_after:
            raise KeyboardInterrupt
        self.asked += texts
        return np.stack([vector(text) for text in texts])


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with a card of two keywords, its statements, and a concept with its definition."""
    for name in TABLES:
        store.connection.execute(f"DROP TABLE IF EXISTS {name}")
        store.connection.execute(create_table(name, MODELS[name]).replace(" NOT NULL", ""))
    insert(store, "parsed.cards", card_id="a", title="Heat pumps", summary="They spread.")
    insert(store, "parsed.cards", card_id="empty")
    insert(store, "parsed.keywords", card_id="a", row_no=2, raw_text="energy")
    insert(store, "parsed.keywords", card_id="a", row_no=1, raw_text="heat pump")
    insert(store, "parsed.signals", card_id="a", row_no=1, name="Warm", change="from gas", ten_year="all")
    insert(store, "parsed.concerns", card_id="a", row_no=1, name="Noise", description="at night")
    insert(store, "parsed.technologies", card_id="a", row_no=1, description="a pump without a name")
    insert(store, "topics", topic_id="t", kind="keyword", topic="heat pump")
    insert(store, "topics", topic_id="c", kind="concept", topic="heat pump", definition="Heat from outside.")
    return store


TEXTS = {
    "Heat pumps They spread. heat pump energy",
    "Warm from gas all",
    "Noise at night",
    "a pump without a name",
    "heat pump",
    "Heat from outside.",
}


def insert(store: Store, table: str, **values: object) -> None:
    put(store, table, **values)
    noted(store)


def put(store: Store, table: str, **values: object) -> None:
    names = ", ".join(values)
    store.connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values())
    )


def noted(store: Store) -> None:
    """Have it noted what the tables hold now."""
    for name in TABLES:
        store.note_built(name, MODELS[name], {})


def published(store: Store) -> dict[str, tuple[str, tuple[int, ...]]]:
    rows = store.rows(f"SELECT text_hash, model, vector FROM {EMBEDDING}")
    assert len({text_hash for text_hash, _, _ in rows}) == len(rows)
    return {text_hash: (model, tuple(found)) for text_hash, model, found in rows}


def expected(texts: set[str], model: Model = ONE) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {
        hashlib.md5(text.encode()).hexdigest(): (model.sha256, tuple(vector(text).tolist())) for text in texts
    }


def test_cards_statements_topics_and_definitions_have_vectors(filled) -> None:
    encoder = Characters()
    assert build_meaning(filled, ONE, encoder.load) == len(TEXTS)
    assert sorted(encoder.asked) == sorted(TEXTS)
    assert published(filled) == expected(TEXTS)


def test_where_nothing_is_new_the_encoder_is_not_even_loaded(filled, monkeypatch) -> None:
    build_meaning(filled, ONE, Characters().load)
    encoder = Characters()
    assert build_meaning(filled, ONE, encoder.load) is None
    monkeypatch.setattr(build, "code_version", lambda: "another")
    assert build_meaning(filled, ONE, encoder.load) == 0
    assert encoder.loaded == []
    assert published(filled) == expected(TEXTS)


def test_only_what_is_new_is_encoded_and_what_is_gone_loses_its_vector(filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    filled.connection.execute("DELETE FROM parsed.concerns")
    insert(filled, "parsed.behaviors", card_id="a", row_no=1, name="People insulate")
    insert(filled, "parsed.behaviors", card_id="a", row_no=2, name="heat pump")
    encoder = Characters()
    assert build_meaning(filled, ONE, encoder.load) == 1
    assert encoder.asked == ["People insulate"]
    assert published(filled) == expected(TEXTS - {"Noise at night"} | {"People insulate"})


def test_another_model_encodes_everything_anew(filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    assert build_meaning(filled, OTHER, Characters().load) == len(TEXTS)
    assert published(filled) == expected(TEXTS, OTHER)
    assert filled.rows("SELECT DISTINCT model FROM internal.vectors") == [(OTHER.sha256,)]


def test_other_code_of_the_encoder_encodes_everything_anew(filled, monkeypatch) -> None:
    build_meaning(filled, ONE, Characters().load)
    monkeypatch.setattr(build, "code_version", lambda: "another")
    monkeypatch.setattr(vectors, "encoder_version", lambda: "another")
    assert build_meaning(filled, ONE, Characters().load) == len(TEXTS)
    assert published(filled) == expected(TEXTS)


def test_without_a_model_there_are_no_rows_and_nothing_is_forgotten(filled) -> None:
    assert build_meaning(filled, None) == 0
    assert published(filled) == {}
    assert build_meaning(filled, None) is None
    build_meaning(filled, ONE, Characters().load)
    assert build_meaning(filled, None) == 0
    assert published(filled) == {}
    encoder = Characters()
    assert build_meaning(filled, ONE, encoder.load) == 0
    assert (encoder.loaded, published(filled)) == ([], expected(TEXTS))


# Vectors that came with the cards


def written(file: Path, texts: set[str], model: str = SHA256, code: str | None = None) -> Path:
    """A file of the vectors of some texts."""
    hashes = [hashlib.md5(text.encode()).hexdigest() for text in texts]
    code = code or vectors.encoder_version()
    pq.write_table(vectors._rows(hashes, np.stack([vector(text) for text in texts]), model, code), file)
    return file


def test_vectors_that_came_with_the_cards_need_no_model(filled, tmp_path) -> None:
    file = written(tmp_path / "vectors.parquet", TEXTS | {"no text of these cards"})
    assert build_meaning(filled, None, came_with=file) == 0
    assert published(filled) == expected(TEXTS, THE_MODEL)
    assert build_meaning(filled, None, came_with=file) is None
    assert build_meaning(filled, None) == 0
    assert published(filled) == {}


def test_a_text_that_is_another_now_has_no_vector_until_it_is_encoded(filled, tmp_path) -> None:
    file = written(tmp_path / "vectors.parquet", TEXTS - {"heat pump"})
    build_meaning(filled, None, came_with=file)
    assert published(filled) == expected(TEXTS - {"heat pump"}, THE_MODEL)
    encoder = Characters()
    assert build_meaning(filled, THE_MODEL, encoder.load, file) == 1
    assert encoder.asked == ["heat pump"]
    assert published(filled) == expected(TEXTS, THE_MODEL)


def test_where_all_vectors_came_with_the_cards_no_encoder_is_loaded(filled, tmp_path) -> None:
    encoder = Characters()
    assert build_meaning(filled, THE_MODEL, encoder.load, written(tmp_path / "vectors.parquet", TEXTS)) == 0
    assert (encoder.loaded, published(filled)) == ([], expected(TEXTS, THE_MODEL))


@pytest.mark.parametrize("made", [{"model": OTHER.sha256}, {"code": "another"}])
def test_vectors_that_were_made_otherwise_are_not_taken(made, filled, tmp_path) -> None:
    file = written(tmp_path / "vectors.parquet", TEXTS, **made)
    assert build_meaning(filled, None, came_with=file) == 0
    assert published(filled) == {}
    assert build_meaning(filled, THE_MODEL, Characters().load, file) == len(TEXTS)


def test_a_model_of_one_s_own_takes_none_of_them(filled, tmp_path) -> None:
    file = written(tmp_path / "vectors.parquet", TEXTS)
    assert build_meaning(filled, ONE, Characters().load, file) == len(TEXTS)
    assert published(filled) == expected(TEXTS)


# Vectors in a store that is made anew


def made_anew(store: Store) -> None:
    store.connection.execute("DROP VIEW embedding; DROP TABLE internal.vectors; DELETE FROM internal.built")
    noted(store)


def test_a_store_that_is_made_anew_has_the_vectors_that_were_kept_beside_it(filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    made_anew(filled)
    insert(filled, "parsed.behaviors", card_id="a", row_no=1, name="People insulate")
    encoder = Characters()
    assert build_meaning(filled, ONE, encoder.load) == 1
    assert encoder.asked == ["People insulate"]
    assert published(filled) == expected(TEXTS | {"People insulate"})
    made_anew(filled)
    assert build_meaning(filled, OTHER, Characters().load) == len(TEXTS) + 1


@pytest.mark.parametrize("content", [b"", b"no Parquet", b"PAR1 and much that is none PAR1"])
def test_kept_vectors_that_are_damaged_are_made_again(content, filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    made_anew(filled)
    (filled.folder / vectors.FILE_NAME).write_bytes(content)
    assert build_meaning(filled, ONE, Characters().load) == len(TEXTS)
    assert published(filled) == expected(TEXTS)


@pytest.mark.parametrize(
    "wrong",
    [
        "SELECT * REPLACE (vector[:3] AS vector)",
        "SELECT * REPLACE (list_transform(vector, lambda x: CAST(0 AS TINYINT)) AS vector)",
        "SELECT * REPLACE (list_transform(vector, lambda x, i: if(i = 5, NULL, x)) AS vector)",
        "FROM kept UNION ALL SELECT *",
        "SELECT text_hash, model, code",
    ],
)
def test_kept_vectors_that_are_none_are_made_again(wrong, filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    made_anew(filled)
    file = filled.folder / vectors.FILE_NAME
    filled.connection.execute(f"CREATE TEMP TABLE kept AS FROM '{file}'")
    filled.connection.execute(f"COPY ({wrong} FROM kept) TO '{file}' (FORMAT parquet)")
    build_meaning(filled, ONE, Characters().load)
    assert filled.rows("SELECT count(*), count(DISTINCT text_hash) FROM embedding") == [(6, 6)]
    assert filled.rows("SELECT DISTINCT len(vector), list_count(vector) FROM embedding") == [(384, 384)]


def test_what_a_run_could_not_keep_the_next_one_does(filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    (filled.folder / vectors.FILE_NAME).unlink()
    filled.connection.execute("DELETE FROM internal.built WHERE name = 'embedding'")
    assert build_meaning(filled, ONE, Characters().load) == 0
    made_anew(filled)
    assert build_meaning(filled, ONE, Characters().load) == 0
    assert published(filled) == expected(TEXTS)


@pytest.mark.long
def test_the_vectors_of_many_cards_are_kept_in_the_memory_that_a_run_has(filled) -> None:
    filled.connection.execute(vectors._KEPT)
    filled.connection.execute(
        "INSERT INTO internal.vectors SELECT md5(CAST(i AS VARCHAR)), 'model', 'code', "
        f"list_transform(range({N_DIMENSIONS}), lambda x: CAST(6 + (i + x) % 2 AS TINYINT)) "
        "FROM range(150_000) AS t(i)"
    )
    file = filled.folder / vectors.FILE_NAME
    vectors._keep(filled, file)
    assert vectors._n_vectors(filled, file) == 150_000


# Runs that ended early


def test_an_interrupted_run_goes_on_where_it_was(filled, monkeypatch) -> None:
    monkeypatch.setattr(vectors, "BATCH_CHARACTERS", 20)
    first, second = Characters(fails_after=3), Characters()
    with pytest.raises(KeyboardInterrupt):
        build_meaning(filled, ONE, first.load)
    assert first.asked
    assert EMBEDDING not in filled.built()
    build_meaning(filled, ONE, second.load)
    assert sorted(first.asked + second.asked) == sorted(TEXTS)
    assert published(filled) == expected(TEXTS)


def test_a_run_that_stopped_half_way_is_not_taken_for_the_one_before(filled) -> None:
    build_meaning(filled, ONE, Characters().load)
    insert(filled, "parsed.behaviors", card_id="a", row_no=1, name="People insulate")
    with pytest.raises(KeyboardInterrupt):
        build_meaning(filled, ONE, Characters(fails_after=0).load)
    filled.connection.execute("DELETE FROM parsed.behaviors")
    noted(filled)
    assert build_meaning(filled, ONE, Characters().load) == 0
    assert published(filled) == expected(TEXTS)


def test_with_very_many_cards_statements_are_left_out(filled, monkeypatch) -> None:
    monkeypatch.setattr(vectors, "MAX_CARDS_WITH_STATEMENTS", 1)
    build_meaning(filled, ONE, Characters().load)
    of_statements = {"Warm from gas all", "Noise at night", "a pump without a name"}
    assert published(filled) == expected(TEXTS - of_statements)


def test_it_is_said_how_many_are_done_and_how_long_the_rest_takes(filled, monkeypatch) -> None:
    monkeypatch.setattr(vectors, "BATCH_CHARACTERS", 20)
    told: list[tuple[str, int, int]] = []
    with reported_to(lambda stage, done, total: told.append((stage, done, total))):
        build_meaning(filled, ONE, Characters().load)
    assert told[0] == ("loading the encoder", 0, 0)
    assert told[1] == ("encoding texts", 0, 6)
    assert told[-4:] == [
        ("encoding texts", 6, 6),
        ("looking for near cards", 0, 0),
        ("matching statements with definitions", 0, 0),
        ("looking for names that may be one idea", 0, 0),
    ]
    assert all(stage.startswith("encoding texts, ") and stage.endswith(" left") for stage, _, _ in told[2:-4])


class Directions(Characters):
    """An encoder of texts that say in which direction their vector points: two numbers."""

    def encode(self, texts: list[str]) -> Vectors:
        found = np.zeros((len(texts), N_DIMENSIONS), np.int8)
        found[:, :2] = [[int(number) for number in text.split()] for text in texts]
        return found


def test_near_cards_are_counted_ones_of_other_articles_and_other_texts(filled) -> None:
    for name in READS:
        filled.connection.execute(f"DELETE FROM {name}")
    for card_id, title, article, counts in (
        ("a", "125 0", "first", True),
        ("b", "120 35", "second", True),
        ("c", "75 100", "third", True),
        ("d", "117 44", "first", True),
        ("e", "125 1", "fifth", False),
        ("f", "120 35", "sixth", True),
        ("g", "-125 0", "seventh", True),
    ):
        insert(filled, "parsed.cards", card_id=card_id, title=title, article_key=article, is_counted=counts)
    build_meaning(filled, ONE, Directions().load)
    # All are 125 long: a and b have 120 / 125 = 0.96, b and c (120 * 75 + 35 * 100) / 125 / 125 = 0.8.
    assert filled.rows("FROM nearest_card ORDER BY card_id, rank_no") == [
        ("a", 1, "b", 0.96), ("a", 2, "f", 0.96), ("a", 3, "c", 0.6),
        ("b", 1, "d", 1.0), ("b", 2, "a", 0.96), ("b", 3, "c", 0.8),
        ("c", 1, "d", 0.84), ("c", 2, "b", 0.8), ("c", 3, "f", 0.8), ("c", 4, "a", 0.6),
        ("d", 1, "b", 1.0), ("d", 2, "f", 1.0), ("d", 3, "c", 0.84),
        ("f", 1, "d", 1.0), ("f", 2, "a", 0.96), ("f", 3, "c", 0.8),
    ]  # fmt: skip
    build_meaning(filled, None)
    assert filled.rows("FROM nearest_card") == []


@pytest.mark.parametrize("block", [1, 5_000])
def test_statements_match_definitions_whether_counted_or_not(filled, monkeypatch, block) -> None:
    monkeypatch.setattr(matches, "_BLOCK", block)
    for name in READS:
        filled.connection.execute(f"DELETE FROM {name}")
    for topic_id, definition in (("c", "125 0"), ("d", "75 100"), ("e", "-125 0"), ("same as c", "125 0")):
        insert(filled, "topics", topic_id=topic_id, kind="concept", topic="0 125", definition=definition)
    insert(filled, "topics", topic_id="f", kind="keyword", topic="125 0")
    for card_id, counts in (("counted", True), ("not", False)):
        insert(filled, "parsed.cards", card_id=card_id, title="1 1", is_counted=counts)
    insert(filled, "parsed.signals", card_id="counted", row_no=1, name="120", description="35")
    insert(filled, "parsed.signals", card_id="counted", row_no=2, name="75", change="-100")
    insert(filled, "parsed.concerns", card_id="not", row_no=1, name="120", description="35")
    insert(filled, "parsed.concerns", card_id="not", row_no=2, name="74", description="101")
    build_meaning(filled, ONE, Directions().load)
    # All are 125 long: c and (120, 35) have 0.96, d and it (75 * 120 + 100 * 35) / 125 / 125 = 0.8; c and
    # (75, -100) have 0.6, which is enough, and c and (74, 101) have 0.59, which is not.
    assert filled.rows("FROM concept_match") == [
        ("c", "concerns", "not", 1, 0.96),
        ("c", "signals", "counted", 1, 0.96),
        ("c", "signals", "counted", 2, 0.6),
        ("d", "concerns", "not", 1, 0.8),
        ("d", "concerns", "not", 2, 1.0),
        ("d", "signals", "counted", 1, 0.8),
        *(("same as c", *row) for row in [
            ("concerns", "not", 1, 0.96), ("signals", "counted", 1, 0.96), ("signals", "counted", 2, 0.6),
        ]),
    ]  # fmt: skip
    build_meaning(filled, None)
    assert filled.rows("FROM concept_match") == []


@pytest.mark.parametrize(
    ("seconds", "done", "total", "words"),
    [
        (0.0, 0, 100, ""),
        (10.0, 50, 100, ", 10 s left"),
        (10.0, 10, 100, ", 2 min left"),
        (60.0, 10, 110, ", 10 min left"),
    ],
)
def test_the_time_that_is_left_follows_from_what_was_done(seconds, done, total, words) -> None:
    assert vectors.time_left(seconds, done, total) == words
