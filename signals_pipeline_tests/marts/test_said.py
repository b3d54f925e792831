"""Names in statements, looked for where something is new: the same as looking for all of them in all."""

import random
from dataclasses import replace

import duckdb
import pytest

from signals_pipeline.core.engines import Engine
from signals_pipeline.core.store import Store
from signals_pipeline.marts import build
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.queries import NAMES, SAID, own_query
from signals_pipeline.marts.said import _SEAL, bring_up_to_date, may_say
from signals_pipeline_tests.marts.sample import make
from signals_pipeline_tests.speeds import long_but

WORDS = (
    "ai", "AI", "Ａ１", "a1", "café", "cafe\u0301", "COVID–19", "covid-19", "c++", "C#", "x-ray", "x", "ray",
    "state‑of‑the‑art", "state", "art", "Straße", "strasse", "\u212aelp", "kelp", "foo_ai_bar", "R&D", "d",
    "U.S.", "u.s", "China's", "china", "l’art", "海苔", "ＮＥＴ", ".net", "it's", "and", "of", "the", "\\x",
)  # fmt: skip
SEPARATORS = (" ", " ", " ", " ", ", ", "-", "–", " | ", "/", "_", "'", "\n", "")
TABLES = ("said_names", "said_in", "said_of")


@pytest.fixture
def store(tmp_path):
    """A store with statements and names as tables, and none of either."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("""
            CREATE SCHEMA internal;
            CREATE TABLE internal.notes (key VARCHAR PRIMARY KEY, value VARCHAR);
            CREATE TABLE statements (
                section VARCHAR, card_id VARCHAR, row_no INTEGER, name VARCHAR, description VARCHAR,
                change VARCHAR, ten_year VARCHAR, driving_force VARCHAR
            );
            CREATE TABLE topic_names (topic_id VARCHAR, name VARCHAR);
        """)
        make(connection, {"folded", "words_of"})
        yield Store(connection, tmp_path)


def text(drawn, most):
    return "".join(drawn.choice(WORDS) + drawn.choice(SEPARATORS) for _ in range(drawn.randint(1, most)))


def names_of(store, drawn):
    """Names as they stand in topic_names."""
    texts = [text(drawn, 3) for _ in range(60)]
    names = "SELECT DISTINCT array_to_string(words_of(t), ' ') AS name FROM (SELECT unnest(?) AS t)"
    return sorted(name for (name,) in store.rows(names, [texts]) if name)


def change(drawn, statements, names, pool):
    """A statement, or a name, that is new, gone or another."""
    if drawn.random() < 0.6:
        row_no = drawn.randint(1, 40)
        texts = [drawn.choice((None, text(drawn, 9))) for _ in range(5)]
        statements.pop(row_no, None)
        if drawn.random() < 0.8:
            statements[row_no] = ["signals", "a", row_no, *texts]
    else:
        names.symmetric_difference_update({drawn.choice(pool)})


def write(store, statements, names):
    """Have these statements and names in the store, every name of two topics."""
    both = [[topic_id, name] for name in sorted(names) for topic_id in "ab"]
    for table, rows in (("statements", list(statements.values())), ("topic_names", both)):
        store.connection.execute(f"DELETE FROM {table}")
        store.connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def said(store):
    return sorted(store.rows("FROM internal.said_names"))


def said_by_all(store):
    return sorted(store.rows(own_query(SAID)))


@pytest.mark.parametrize("seed", long_but(range(4), "0"))
def test_what_is_brought_up_to_date_is_what_is_found_anew(store, seed):
    drawn = random.Random(seed)
    statements, names, n_said = {}, set(), 0
    pool = names_of(store, drawn)
    for n_changes in [80, *drawn.choices(range(4), k=9)]:
        for _ in range(n_changes):
            change(drawn, statements, names, pool)
        write(store, statements, names)
        if store.noted(SAID) and drawn.random() < 0.2:
            table = drawn.choice(TABLES)
            store.connection.execute(f"DELETE FROM internal.{table} WHERE random() < 0.3")
        with store.transaction():
            bring_up_to_date(store, drawn.choice("aaaab"))
        assert said(store) == said_by_all(store)
        n_said += len(said(store))
    assert n_said > 100


def test_only_what_is_new_is_searched(store):
    drawn = random.Random(1)
    statements, names = {}, set()
    pool = names_of(store, drawn)
    for _ in range(60):
        change(drawn, statements, names, pool)
    write(store, statements, names)
    bring_up_to_date(store, "1")
    # What is kept is taken as it is: a pair that nothing says stays until its statement or name changes.
    store.connection.execute("UPDATE internal.said_names SET n_words = n_words + 100")
    store.note(SAID, f"1 {store.value(_SEAL)}")
    store.connection.execute("UPDATE statements SET change = 'kelp' WHERE row_no = 7")
    bring_up_to_date(store, "1")
    assert {row_no for _, _, row_no, _, n_words in said(store) if n_words < 100} <= {7}
    bring_up_to_date(store, "2")
    assert said(store) == said_by_all(store)


def other_macro(patch):
    words = build.macros()["words_of"]
    patch.setattr(build, "macros", lambda: macros() | {"words_of": replace(words, create="another")})


OTHER_VERSIONS = {
    "another DuckDB": lambda patch: patch.setattr(duckdb, "__version__", "another"),
    "other Python code": lambda patch: patch.setattr(build, "python_version", lambda: "another"),
    "another macro": other_macro,
}


@pytest.mark.parametrize("change", [*OTHER_VERSIONS.values(), None], ids=[*OTHER_VERSIONS, "another SELECT"])
def test_names_are_kept_by_all_that_says_how_they_are_looked_for(store, monkeypatch, change):
    """The version that a build gives is another wherever what looks for the names is another."""
    given = []
    mart = build.marts()[NAMES]
    assert own_query(SAID) in mart.sql, "its SELECT is part of the version"
    monkeypatch.setattr(build, "bring_up_to_date", lambda _, version, parts: given.append(version) or 1 / 0)
    for other in (mart, mart if change else replace(mart, sql=mart.sql.replace("words_of", "words_in", 1))):
        with pytest.raises(ZeroDivisionError):
            build._build(store, replace(other, calls=()), {"code": build.code_version(other)}, Engine())
        if change and len(given) == 1:
            change(monkeypatch)
    assert given[0] != given[1]


@pytest.mark.parametrize("column", ["name", "description", "change", "ten_year", "driving_force"])
def test_another_text_of_a_statement_is_searched_anew(store, column):
    statement = ["signals", "a", 1, *["nothing"] * 5]
    write(store, {1: statement}, {"kelp"})
    bring_up_to_date(store, "1")
    assert said(store) == []
    store.connection.execute(f"UPDATE statements SET {column} = 'kelp'")
    bring_up_to_date(store, "1")
    assert said(store) == said_by_all(store) != []


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a kelp farm", True),
        ("kelp", True),
        ("on covid-19.", True),
        ("foo_kelp_bar", True),
        ("the kelps “of” today’s – or 2030…", False),
        ("covids-19", False),
        ("Ｋｅｌｐ", True),
        ("caf\u00e9", True),
    ],
)
def test_a_text_without_new_names_is_passed_over(store, text, fits):
    pattern = may_say(["kelp", "kelp", "covid-19"])
    assert store.value("SELECT regexp_matches(?, ?)", [text, pattern]) is fits


def test_of_a_name_without_plain_letters_every_text_is_searched(store):
    assert store.value("SELECT regexp_matches('any', ?)", [may_say(["kelp", "海苔"])])
