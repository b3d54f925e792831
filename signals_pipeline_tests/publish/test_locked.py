"""A connection for queries that somebody else wrote, in a process of its own."""

import io
import os
import pickle
import signal
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import signals_pipeline
from signals_pipeline.core.errors import QueryRefusedError, QueryStoppedError
from signals_pipeline.publish.answering import read_frame, write_frame
from signals_pipeline.publish.locked import BOUNDS, LockedConnection, _Plain
from signals_pipeline.publish.questions import questions
from signals_pipeline.publish.snapshot import DATABASE
from signals_pipeline_tests.publish import hostile_queries

ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r"
PLANNED_FOR_EVER = "SELECT " + "nullif(" * 25 + "1" + ", 2)" * 25


@pytest.fixture(scope="module")
def database(demonstration_snapshot: Path) -> Path:
    return demonstration_snapshot / DATABASE


@pytest.fixture(scope="module")
def locked(database: Path) -> Iterator[LockedConnection]:
    with signals_pipeline.connect(database, locked=True, memory_mb=256, threads=1, seconds=600) as connection:
        yield connection


def process_of(connection: LockedConnection) -> int:
    assert connection._process is not None
    return connection._process.pid


def test_every_question_is_answered_as_on_a_connection_that_is_not_locked(
    locked: LockedConnection, demonstration: duckdb.DuckDBPyConnection
) -> None:
    for question in questions():
        answer = locked.execute(question.sql)
        expected = demonstration.execute(question.sql)
        assert answer.columns == tuple(name for name, *_ in expected.description), question.title
        # Some sort by fewer columns than tell their rows apart.
        assert sorted(map(repr, answer.rows)) == sorted(map(repr, expected.fetchall())), question.title


def test_values_of_every_kind_come_back(
    locked: LockedConnection, demonstration: duckdb.DuckDBPyConnection
) -> None:
    query = """
        SELECT 1, 1.5, 2e0, 'ü', NULL, true, DATE '2024-01-02', TIME '10:00', TIMESTAMP '2024-01-02 03:04:05',
            TIMESTAMPTZ '2024-01-02 03:04:05+00', TIMETZ '10:00:00+02', INTERVAL 1 DAY, 'a'::BLOB, [1],
            {'a': 1}, MAP {'a': 1}, 170141183460469231731687303715884105727::HUGEINT,
            '00000000-0000-0000-0000-000000000001'::UUID, ?
    """
    assert locked.execute(query, ["a"]).rows == demonstration.execute(query, ["a"]).fetchall()


def test_two_are_open_beside_a_plain_one_and_closing_one_leaves_the_others(database: Path) -> None:
    with signals_pipeline.connect(database) as plain:
        first = signals_pipeline.connect(database, locked=True, memory_mb=128)
        with signals_pipeline.connect(database, locked=True, memory_mb=256) as second:
            for query in hostile_queries.STATEMENTS:
                with pytest.raises(QueryRefusedError):
                    first.execute(query)
            assert first.execute("SELECT 1").fetchall() == [(1,)]
            first.close()
            assert second.execute("SELECT count(*) > 0 FROM topics").rows == [(True,)]
            assert plain.execute("SELECT count(*) > 0 FROM topics").fetchall() == [(True,)]
            with pytest.raises(duckdb.ConnectionException, match="closed"):
                first.execute("SELECT 1")


@pytest.mark.parametrize("query", [ENDLESS, PLANNED_FOR_EVER], ids=["endless", "planned for ever"])
def test_a_query_that_takes_too_long_is_stopped(database: Path, query: str) -> None:
    with signals_pipeline.connect(database, locked=True, seconds=0.1) as connection:
        for _ in range(2):
            with pytest.raises(QueryStoppedError, match=r"longer than 0\.1 s"):
                connection.execute(query)


def test_a_process_that_is_lost_is_told_and_the_next_query_answered(database: Path) -> None:
    with signals_pipeline.connect(database, locked=True) as connection:
        os.kill(process_of(connection), signal.SIGABRT)
        with pytest.raises(QueryStoppedError, match="ended the process"):
            connection.execute("SELECT 1")
        assert connection.execute("SELECT 1").rows == [(1,)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT length(repeat('x', 2000000000))",
        "SELECT list(i) FROM range(1000000000) AS t(i)",
        "SELECT i, hash(i) FROM range(1000000000) AS t(i) ORDER BY 2",
    ],
    ids=["a text", "a list", "a sort"],
)
def test_a_query_gets_no_more_memory_than_was_said_and_leaves_no_file(
    database: Path, locked: LockedConnection, query: str
) -> None:
    before = sorted(database.parent.resolve().rglob("*"))
    with pytest.raises(duckdb.OutOfMemoryException):
        locked.execute(query)
    assert sorted(database.parent.resolve().rglob("*")) == before
    assert locked.execute("SELECT 1").rows == [(1,)]


def test_a_plain_connection_has_no_folder_for_what_does_not_fit_either(database: Path) -> None:
    with signals_pipeline.connect(database) as connection:
        assert connection.execute("SELECT current_setting('temp_directory')").fetchall() == [("",)]
        # It can be opened once more in the same process, as DuckDB itself does it.
        with duckdb.connect(str(database.resolve()), read_only=True) as other:
            assert other.execute("SELECT 1").fetchall() == [(1,)]


def test_the_process_is_told_nothing_of_the_environment(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALS_WEBHOOK", "https://hooks.example.org/secret")
    with signals_pipeline.connect(database, locked=True) as connection:
        environment = Path(f"/proc/{process_of(connection)}/environ").read_bytes()
    assert [one.partition(b"=")[0] for one in environment.split(b"\0") if one] == [b"PYTHONPATH"]


def test_an_error_of_duckdb_is_raised_as_it_is(locked: LockedConnection) -> None:
    with pytest.raises(duckdb.BinderException, match='"nothing"'):
        locked.execute("SELECT nothing")
    with pytest.raises(duckdb.InvalidInputException):
        locked.execute("SELECT ?")


def test_a_fault_of_duckdb_s_own_names_no_file_of_this_machine(locked: LockedConnection) -> None:
    with pytest.raises(duckdb.Error) as raised:
        locked.execute("SELECT reservoir_quantile(range, 0.5, 2000000000) FROM range(10)")
    assert "Stack Trace" not in str(raised.value)
    assert "/" not in str(raised.value)


def test_what_is_no_database_is_told_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("no database", "ascii")
    with pytest.raises(duckdb.IOException):
        signals_pipeline.connect(tmp_path / "x.duckdb", locked=True)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_limit_has_bounds(database: Path, name: str) -> None:
    for given in (0, -1, 1_000_000, float("nan")):
        with pytest.raises(ValueError, match=name):
            signals_pipeline.connect(database, locked=True, **{name: given})


def test_what_comes_from_the_process_is_values_and_nothing_that_runs() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"system"):
        _Plain(io.BytesIO(pickle.dumps(os.system))).load()


def test_a_frame_that_breaks_off_is_none() -> None:
    stream = io.BytesIO()
    write_frame(stream, ("rows", ("a",), [(1,)]))
    whole = stream.getvalue()
    assert pickle.loads(read_frame(io.BytesIO(whole)) or b"") == ("rows", ("a",), [(1,)])
    assert [read_frame(io.BytesIO(whole[:n])) for n in range(len(whole))] == [None] * len(whole)
