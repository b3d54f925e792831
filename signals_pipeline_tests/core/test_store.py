"""The working store: one holder at a time, all or nothing, and fresh where it must be."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow
import pytest

from signals_pipeline.core import store as store_module
from signals_pipeline.core.errors import CannotWriteError, OutOfMemoryError, StoreBusyError, StoreDamagedError
from signals_pipeline.core.lock import FILE_NAME, store_lock
from signals_pipeline.core.store import Store, open_store, with_more_memory
from signals_pipeline.parsed.ingest import STORED_TABLES
from signals_pipeline_tests.conftest import opened, taken_in
from signals_pipeline_tests.raw.sample import rows, write

HOLDER = """
import sys
from pathlib import Path
from signals_pipeline.core.lock import store_lock
with store_lock(Path(sys.argv[1]), print):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock until it is sent a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.long
def test_who_waits_says_for_which_process_and_goes_on_when_it_is_done(tmp_path, holder) -> None:
    """R08."""
    told = []

    def tell(message: str) -> None:
        told.append(message)
        holder.stdin.write("\n")
        holder.stdin.flush()

    with store_lock(tmp_path, tell, wait_seconds=120):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    assert told == [f"waiting for process {holder.pid}, which is using {tmp_path}"]


@pytest.mark.long
def test_who_waited_in_vain_is_told_which_process_holds_the_store(tmp_path, holder) -> None:
    """R08."""
    with (
        pytest.raises(StoreBusyError, match=f"in use by process {holder.pid}. Try again") as error,
        store_lock(tmp_path, lambda _: None, wait_seconds=0.1),
    ):
        pass
    assert error.value.exit_code == 75


@pytest.mark.long
def test_a_lock_whose_holder_was_killed_is_free(tmp_path, holder) -> None:
    """R01."""
    holder.kill()
    holder.wait()
    with store_lock(tmp_path, pytest.fail, wait_seconds=0):
        pass


def test_a_build_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="cannot be written"), store_lock(tmp_path / "file", print):
        pass


def test_a_store_keeps_its_rows_for_its_raw_folder_and_is_fresh_for_another(tmp_path, raw_dir) -> None:
    write(raw_dir, 1)
    with opened(tmp_path / "build", raw_dir) as store:
        taken_in(store, raw_dir)
    with opened(tmp_path / "build", raw_dir) as store:
        assert len(rows(store, "cards")) == 1
    with opened(tmp_path / "build", tmp_path / "another") as store:
        assert rows(store, "cards") == []
        assert store.built() == {}


def test_a_long_query_draws_no_progress_bar_into_what_a_run_prints(store) -> None:
    assert store.value("SELECT current_setting('enable_progress_bar')") is False


def test_a_store_of_other_columns_is_fresh(tmp_path, raw_dir) -> None:
    """R21."""
    write(raw_dir, 1)
    with opened(tmp_path / "build", raw_dir) as store:
        taken_in(store, raw_dir)
    other = STORED_TABLES + "ALTER TABLE parsed.cards ADD COLUMN another INTEGER;"
    with open_store(tmp_path / "build", raw_dir, other) as store:
        assert rows(store, "cards") == []


DAMAGED = {
    "R13 no database": lambda data: b"This is no database.\n" * 1000,
    "R13 cut": lambda data: data[: len(data) // 2],
    "R13 the header is overwritten": lambda data: b"\0" * 4096 + data[4096:],
    "R13 the blocks are overwritten": lambda data: data[:12288] + b"\xaa" * (len(data) - 12288),
}


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_store_is_refused_with_the_way_out(tmp_path, raw_dir, damage) -> None:
    write(raw_dir, 1)
    with opened(tmp_path / "build", raw_dir) as store:
        taken_in(store, raw_dir)
    path = tmp_path / "build" / FILE_NAME
    path.write_bytes(damage(path.read_bytes()))
    with (
        pytest.raises(StoreDamagedError, match="run make rebuild") as error,
        opened(tmp_path / "build", raw_dir),
    ):
        pass
    assert "\n" not in str(error.value)
    assert path.exists(), "nothing is thrown away without being asked"


OPENS_IT = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
sys.stdin.readline()
"""


def test_a_store_that_someone_looks_into_is_busy_and_not_damaged(tmp_path, raw_dir) -> None:
    with opened(tmp_path / "build", raw_dir):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", OPENS_IT, str(tmp_path / "build" / FILE_NAME)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        other.stdout.readline()
        with (
            pytest.raises(StoreBusyError, match=f"PID {other.pid}"),
            open_store(tmp_path / "build", raw_dir, STORED_TABLES),
        ):
            pass
        other.kill()


def write_and_fail(store: Store, failing_sql: str) -> None:
    with store.transaction() as connection:
        connection.execute("INSERT INTO internal.notes VALUES ('a', '1')")
        connection.execute(failing_sql).fetchall()


def test_a_transaction_is_stored_as_a_whole_or_not_at_all(store) -> None:
    for failing in ("SELECT 'x'::INTEGER", "INSERT INTO internal.notes VALUES ('a', '2')", "no SQL"):
        with pytest.raises(duckdb.Error):
            write_and_fail(store, failing)
        assert store.noted("a") is None
    with store.transaction():
        store.note("a", "1")
        store.note("a", "2")
    assert store.noted("a") == "2"


def read_and_fail(store: Store) -> None:
    with store.registered(shown=pyarrow.table({"x": [1]})):
        assert store.value("SELECT x FROM shown") == 1
        raise ZeroDivisionError


def test_registered_tables_are_gone_after_the_block_that_fails(store) -> None:
    with pytest.raises(ZeroDivisionError):
        read_and_fail(store)
    with pytest.raises(duckdb.CatalogException):
        store.rows("FROM shown")


def test_what_fails_in_a_transaction_with_a_registered_table_is_told_and_leaves_no_name(store) -> None:
    with (
        pytest.raises(duckdb.ConversionException),
        store.transaction(),
        store.registered(shown=pyarrow.table({"x": ["a"]})),
    ):
        store.rows("SELECT x::INTEGER FROM shown")
    with pytest.raises(duckdb.CatalogException):
        store.rows("FROM shown")
    with store.registered(shown=pyarrow.table({"x": [2]})):
        assert store.value("SELECT x FROM shown") == 2


def test_the_version_of_rows_depends_on_the_rows_and_not_on_their_order(store) -> None:
    from signals_pipeline.parsed.models import CardFiles

    def version(*values: str) -> str:
        store.connection.execute("DELETE FROM parsed.card_files")
        for value in values:
            store.connection.execute("INSERT INTO parsed.card_files VALUES (?, 'i', 's')", [value])
        return store.content_version("parsed.card_files", CardFiles)[0]

    assert version("a", "b") == version("b", "a")
    assert len({version(), version("a"), version("b"), version("a", "a"), version("a", "b")}) == 5


def too_wide_for_a_small_limit(store: Store) -> int:
    """A list that DuckDB cannot keep on the disk, made from a table of Arrow as well."""
    with store.transaction(), store.registered(shown=pyarrow.table({"x": [7]})):
        (found,) = store.rows("SELECT len(list(range * x)) FROM range(4_000_000) CROSS JOIN shown")
    return int(found[0])


def limit(store: Store) -> str:
    return str(store.value("SELECT current_setting('memory_limit')"))


def test_what_our_limit_is_too_low_for_is_done_with_twice_as_much_until_it_is_enough_and_the_limit_is_back(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(store_module, "MEMORY_LIMIT", "20MB")
    limits = []

    def work() -> int:
        limits.append(limit(store))
        return too_wide_for_a_small_limit(store)

    with open_store(tmp_path, tmp_path, STORED_TABLES) as store:
        with pytest.raises(OutOfMemoryError):
            too_wide_for_a_small_limit(store)
        before = limit(store)
        assert store.with_enough_memory(work) == 4_000_000
        assert limit(store) == before
    sizes = [float(one.split()[0]) for one in limits]
    assert 2 <= len(sizes) <= 6
    assert sizes == pytest.approx([sizes[0] * 2**n for n in range(len(sizes))], rel=0.02)


def test_what_no_memory_is_enough_for_fails(tmp_path) -> None:
    def never_enough() -> None:
        raise OutOfMemoryError("It is too much.")

    with open_store(tmp_path, tmp_path, STORED_TABLES) as store:
        before = limit(store)
        with pytest.raises(OutOfMemoryError):
            store.with_enough_memory(never_enough)
        assert limit(store) == before


def test_a_limit_that_a_person_has_set_is_kept(tmp_path) -> None:
    with (
        open_store(tmp_path, tmp_path, STORED_TABLES, "20MB") as store,
        pytest.raises(OutOfMemoryError, match="SIGNALS_MEMORY_LIMIT"),
    ):
        store.with_enough_memory(lambda: too_wide_for_a_small_limit(store))


def test_a_query_that_lacks_memory_is_asked_again_alone_unless_a_person_set_a_limit() -> None:
    limits = []
    with duckdb.connect(config={"memory_limit": "20MB"}) as connection:

        def ask() -> list[tuple]:
            limits.append(connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0])
            return connection.execute("SELECT len(list(range * 7)) FROM range(4_000_000)").fetchall()

        assert with_more_memory(connection, "20MB", ask) == [(4_000_000,)]
        with pytest.raises(duckdb.OutOfMemoryException):
            with_more_memory(connection, None, ask)
    sizes = [float(one.split()[0]) for one in limits]
    assert sizes[:-1] == pytest.approx([19 * 2**n for n in range(len(sizes) - 1)], rel=0.02)
    assert sizes[-1] == sizes[0]


def test_what_is_appended_in_a_transaction_is_not_kept_in_memory(store) -> None:
    before = pyarrow.total_allocated_bytes()
    with store.transaction() as connection:
        connection.execute("CREATE TABLE numbers (n BIGINT)")
        for _ in range(5):
            store.append("numbers", pyarrow.table({"n": pyarrow.array(range(100_000), pyarrow.int64())}))
        # One of them is 800,000 bytes; whatever else the process holds comes and goes.
        assert pyarrow.total_allocated_bytes() - before < 1_600_000


def test_another_connection_may_hold_what_it_is_given_however_often_the_limit_was_set(
    store, tmp_path: Path
) -> None:
    for _ in range(3):
        with store.transaction():
            pass
    with store.at_rest("80MB") as config, duckdb.connect(config=config) as other:
        assert config["memory_limit"] == "80MB"
        assert other.execute("SELECT current_setting('threads')").fetchone() == (1,)


def test_a_table_gives_way_to_a_view_of_its_name_and_a_view_to_a_table(store) -> None:
    for kind in ("TABLE", "VIEW", "TABLE"):
        store.drop("twice")
        store.connection.execute(f"CREATE {kind} twice AS SELECT '{kind}' AS kind")
        assert store.value("SELECT kind FROM twice") == kind
    store.drop("twice")
    store.drop("twice")
