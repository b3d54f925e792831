"""A connection for queries that somebody else wrote, in a process of its own."""

import gc
import io
import os
import pickle
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import signals_pipeline
from signals_pipeline.core.errors import QueryRefusedError, QueryStoppedError
from signals_pipeline.publish import locked as module
from signals_pipeline.publish.answering import _failed, read_frame, write_frame
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


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


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


@pytest.mark.parametrize(
    ("by", "says"),
    [
        (signal.SIGABRT, "(signal 6): a query may have needed more memory"),
        (signal.SIGKILL, "(signal 9): somebody killed it, or the system was short of memory."),
    ],
)
def test_a_process_that_is_lost_is_told_and_the_next_query_answered(
    database: Path, by: signal.Signals, says: str
) -> None:
    with signals_pipeline.connect(database, locked=True) as connection:
        os.kill(process_of(connection), by)
        with pytest.raises(QueryStoppedError, match=re.escape(says)):
            connection.execute("SELECT 1")
        assert connection.execute("SELECT 1").rows == [(1,)]


def test_a_process_that_does_not_end_itself_in_time_is_killed(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signals_pipeline.connect(database, locked=True, seconds=0.1) as connection:
        stopped = process_of(connection)
        os.kill(stopped, signal.SIGSTOP)
        with monkeypatch.context() as patch:
            patch.setattr(module, "MARGIN_S", 0.1)
            with pytest.raises(QueryStoppedError, match="did not end in time, and was killed"):
                connection.execute("SELECT 1")
        assert not is_running(stopped)
        with pytest.raises(QueryStoppedError, match=r"longer than 0\.1 s"):
            connection.execute(ENDLESS)


def test_the_process_of_a_connection_that_is_let_go_of_ends(database: Path) -> None:
    connection = signals_pipeline.connect(database, locked=True)
    process = process_of(connection)
    assert is_running(process)
    del connection
    gc.collect()
    assert not is_running(process)


def test_closing_from_another_thread_ends_the_query_and_says_so(database: Path) -> None:
    with signals_pipeline.connect(database, locked=True) as connection:
        is_asked = threading.Event()
        close = threading.Thread(target=lambda: (is_asked.wait(), connection.close()))
        close.start()
        write = module.write_frame

        def written(*given: object) -> None:
            write(*given)
            is_asked.set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "write_frame", written)
            with pytest.raises(duckdb.ConnectionException, match="was closed during the query"):
                connection.execute(ENDLESS)
        close.join()
        assert connection._process is None


@pytest.mark.parametrize("query", [None, 1, b"SELECT 1"])
def test_what_is_no_text_is_refused(locked: LockedConnection, query: object) -> None:
    with pytest.raises(QueryRefusedError, match="has to be a str; this one is"):
        locked.execute(query)


def test_rows_that_python_has_no_room_for_need_more_memory() -> None:
    kind, name, message = _failed(RuntimeError("Could not allocate tuple object!"))
    assert (kind, name, message) == (
        "failed",
        "OutOfMemoryException",
        "The answer needs more memory than it may take.",
    )


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
    for given in (0, -1, 1_000_000, float("nan"), "64", None, True):
        with pytest.raises(ValueError, match=rf"{name} is {given!r}; it has to be a (whole )?number from"):
            signals_pipeline.connect(database, locked=True, **{name: given})


@pytest.mark.parametrize(("name", "given"), [("memory_mb", 100.5), ("threads", 1.5)])
def test_what_is_counted_is_a_whole_number(database: Path, name: str, given: float) -> None:
    with pytest.raises(ValueError, match=rf"{name} is {given}; it has to be a whole number from"):
        signals_pipeline.connect(database, locked=True, **{name: given})


def test_a_connection_that_is_not_locked_has_no_limits(database: Path) -> None:
    with pytest.raises(TypeError, match="takes memory_mb and threads only beside locked=True"):
        signals_pipeline.connect(database, memory_mb=512, threads=1)


def test_what_comes_from_the_process_is_values_and_nothing_that_runs() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"system"):
        _Plain(io.BytesIO(pickle.dumps(os.system))).load()


def test_a_frame_that_breaks_off_is_none() -> None:
    stream = io.BytesIO()
    write_frame(stream, ("rows", ("a",), [(1,)]))
    whole = stream.getvalue()
    assert pickle.loads(read_frame(io.BytesIO(whole)) or b"") == ("rows", ("a",), [(1,)])
    assert [read_frame(io.BytesIO(whole[:n])) for n in range(len(whole))] == [None] * len(whole)
