"""What a snapshot changes of the last one: files, and ended calls that are others now."""

from types import SimpleNamespace

import duckdb
import pytest

from signals_pipeline.publish.revisions import FileChanges, file_changes, revised_calls
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.raw.sample import card, write


@pytest.fixture
def before(tmp_path):
    """A store with two calls, of which one has ended, and its snapshot."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE metric AS SELECT 'q' AS metric, 'max_q' AS parameter, 0.1 AS value")
    connection.execute("""
        CREATE TABLE call_history AS FROM (VALUES
            ('a', 'rising', DATE '2024-01-07', DATE '2024-03-03'),
            ('b', 'falling', DATE '2024-02-04', NULL)
        ) AS _ (topic_id, stage, called_from, called_to)
    """)
    (tmp_path / "main").mkdir()
    for table in ("metric", "call_history"):
        connection.execute(f"COPY {table} TO '{tmp_path / 'main' / f'{table}.parquet'}'")
    store = SimpleNamespace(rows=lambda sql: connection.execute(sql).fetchall())
    yield SimpleNamespace(store=store, execute=connection.execute, parquet=tmp_path)
    connection.close()


def test_a_call_that_ends_and_one_that_begins_revise_nothing(before):
    assert revised_calls(before.store, before.parquet) == 0
    before.execute("UPDATE call_history SET called_to = DATE '2024-04-07' WHERE topic_id = 'b'")
    before.execute("INSERT INTO call_history VALUES ('c', 'rising', DATE '2024-04-07', NULL)")
    assert revised_calls(before.store, before.parquet) == 0


def test_a_call_that_ended_on_another_day_or_never_was_is_revised(before):
    before.execute("UPDATE call_history SET called_to = DATE '2024-03-10' WHERE topic_id = 'a'")
    assert revised_calls(before.store, before.parquet) == 1
    before.execute("DELETE FROM call_history")
    assert revised_calls(before.store, before.parquet) == 1


def test_other_rules_revise_nothing_and_neither_does_a_snapshot_without_a_history(before):
    before.execute("DELETE FROM call_history")
    before.execute("UPDATE metric SET value = 0.2")
    assert revised_calls(before.store, before.parquet) == 0
    (before.parquet / "main" / "call_history.parquet").unlink()
    assert revised_calls(before.store, before.parquet) == 0


def test_files_are_compared_with_the_snapshot_whichever_run_took_them_in(store, raw_dir, tmp_path):
    for number in range(4):
        write(raw_dir, number)
    (raw_dir / "picture.png").write_bytes(b"no text")
    taken_in(store, raw_dir)
    assert file_changes(store, None) == FileChanges(new=4)
    (tmp_path / "parsed").mkdir()
    store.connection.execute(f"COPY parsed.files_seen TO '{tmp_path / 'parsed' / 'files_seen.parquet'}'")
    assert file_changes(store, tmp_path) == FileChanges()

    write(raw_dir, 0, card(0, title="Weed"))
    for path in raw_dir.iterdir():
        if "harbour1.example" in path.read_text("utf-8") or path.suffix == ".png":
            path.unlink()
    taken_in(store, raw_dir)
    write(raw_dir, 5)
    taken_in(store, raw_dir)
    last = taken_in(store, raw_dir)
    assert (last.new, last.changed, last.removed) == (0, 0, 0)
    assert file_changes(store, tmp_path) == FileChanges(new=1, changed=1, removed=1)
