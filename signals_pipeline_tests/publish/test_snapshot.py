"""Snapshots: what is published, when, and what a reader sees meanwhile."""

import os
import re
import shutil
import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.core.errors import DiskFullError, StaleTablesError
from signals_pipeline.core.schema import columns, readable
from signals_pipeline.marts import build as run
from signals_pipeline.meaning.build import build_meaning
from signals_pipeline.outlooks.build import build_outlooks
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.ingest import ingest
from signals_pipeline.publish import changes, dictionary, integrity, snapshot
from signals_pipeline.publish.guard import assert_current
from signals_pipeline.publish.known import KnownTopic
from signals_pipeline.publish.snapshot import content_fingerprint, current_snapshot
from signals_pipeline.publish.told import Told
from signals_pipeline.raw.inventory import list_folder
from signals_pipeline.topics.build import build_topics
from signals_pipeline.topics.reviewed import Reviewed
from signals_pipeline_tests.conftest import AS_OF, CALENDAR, UNEDITED, opened, taken_in
from signals_pipeline_tests.publish.conftest import build, published
from signals_pipeline_tests.publish.momentary import MOMENTARY
from signals_pipeline_tests.publish.test_integrity import cut_short, flipped
from signals_pipeline_tests.raw.sample import card, write


@pytest.fixture(scope="module")
def database(folder):
    with duckdb.connect(str(folder / "current" / "signals.duckdb"), read_only=True) as connection:
        yield connection


WRITERS = {
    name: getattr(snapshot, name)
    for name in ("write_database", "_write_parquet", "_write_sheets", "_write_workbook", "_write_report")
}
"""What writes the parts of a snapshot."""


# One snapshot


def test_a_snapshot_lies_in_a_folder_that_current_points_to(folder) -> None:
    (one,) = (folder / "snapshots").iterdir()
    assert str((folder / "current").readlink()) == f"snapshots/{one.name}"
    assert re.fullmatch(r"20\d{6}T\d{6}Z-[0-9a-f]{8}", one.name)
    assert sorted(path.name for path in one.iterdir()) == [
        "SHA256SUMS",
        "csv",
        "parquet",
        "report",
        "signals.duckdb",
        "signals.xlsx",
    ]
    assert sorted(path.name for path in folder.iterdir()) == ["current", "snapshots"]
    assert current_snapshot(folder) == one.resolve()


def test_nobody_can_write_to_a_published_file(folder) -> None:
    """S13."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o444}
    assert not any(path.stat().st_mode & stat.S_IWOTH for path in folder.rglob("*") if path.is_dir())


def test_the_catalog_is_named_signals(database) -> None:
    assert database.execute("SELECT current_database()").fetchone() == ("signals",)


def test_the_file_is_in_the_storage_format_that_old_clients_read(database) -> None:
    tags = database.execute("SELECT tags FROM duckdb_databases() WHERE database_name = 'signals'").fetchone()
    assert "v1.0.0" in str(tags)


def test_the_published_tables_are_the_declared_ones_with_their_types(database) -> None:
    found = database.execute("""
        SELECT schema_name || '.' || table_name, list(column_name || ' ' || data_type ORDER BY column_index)
        FROM duckdb_columns() WHERE NOT internal GROUP BY ALL
    """).fetchall()
    declared = {
        name: [f"{one.name} {one.sql_type}" for one in readable(columns(model))]
        for name, model in (dictionary.TABLES | dictionary.VIEWS | dictionary.old_names()).items()
    }
    assert dict(found) == declared


@pytest.mark.parametrize(
    "what",
    [
        "table_name FROM duckdb_tables()",
        "view_name FROM duckdb_views()",
        "function_name FROM duckdb_functions()",
        "table_name || '.' || column_name FROM duckdb_columns()",
    ],
)
def test_every_table_view_macro_and_column_has_a_comment(database, what) -> None:
    found = database.execute(f"SELECT {what} WHERE NOT internal AND coalesce(comment, '') = ''").fetchall()
    assert found == []
    assert database.execute(f"SELECT {what} WHERE NOT internal").fetchall() != []


def test_the_queries_that_people_are_shown_work(database) -> None:
    for sql in (
        "FROM trend('ai')",
        "FROM parsed.signals LIMIT 5",
        "SUMMARIZE topic_trend",
        "FROM evidence",
    ):
        assert database.execute(sql).fetchall() != [], sql


def test_the_dictionary_in_the_database_is_that_of_the_models(database) -> None:
    found = database.execute("FROM data_dictionary").fetchall()
    names = [one[0] for one in database.description]
    assert [dict(zip(names, row, strict=True)) for row in found] == [
        {name: row.get(name) for name in names} for row in dictionary.rows()
    ]


def test_the_snapshot_tells_what_it_was_made_from(base, database, folder) -> None:
    found = database.execute("FROM snapshot").fetchall()
    about = dict(zip([one[0] for one in database.description], found[0], strict=True))
    assert (len(found), about["snapshot"]) == (1, current_snapshot(folder).name)
    assert about["n_files"] == sum(path.suffix == ".md" for path in (base / "raw").rglob("*"))
    for name, sql in {
        "n_cards": "SELECT count(*) FROM parsed.cards",
        "n_counted": "SELECT count(*) FROM parsed.cards WHERE is_counted",
        "n_statements": "SELECT count(*) FROM statements",
        "n_rejects": "SELECT count(*) FROM parsed.rejects",
        "n_newsletter_issues": "SELECT count(DISTINCT issue_date) FROM parsed.cards",
    }.items():
        assert database.execute(sql).fetchone() == (about[name],), name
    assert str(base) not in repr(about), "no path of this machine"


def test_no_path_of_this_machine_is_published(base, folder) -> None:
    """S10."""
    for path in folder.rglob("*"):
        if path.is_file():
            assert os.fsencode(base) not in path.read_bytes(), path.name


def test_the_rows_of_a_trend_stand_in_order_in_parquet(database, folder) -> None:
    path = folder / "current" / "parquet" / "main" / "topic_trend.parquet"
    keys = database.execute(f"SELECT topic_id, grain, period_start FROM '{path}'").fetchall()
    assert keys == sorted(keys) != []


def test_parquet_holds_the_rows_of_each_table(database, folder) -> None:
    files = {
        ".".join(path.with_suffix("").parts[-2:]): path
        for path in (folder / "current" / "parquet").rglob("*.parquet")
    }
    assert set(files) == set(dictionary.IN_PARQUET)
    for name, path in files.items():
        for one, other in ((name, f"'{path}'"), (f"'{path}'", name)):
            assert database.execute(f"FROM {one} EXCEPT ALL FROM {other}").fetchall() == [], name
        shown = [row[:2] for row in database.execute(f"DESCRIBE FROM '{path}'").fetchall()]
        assert shown == [row[:2] for row in database.execute(f"DESCRIBE {name}").fetchall()]


@pytest.mark.long
def test_the_same_content_gives_the_same_bytes_of_parquet(base, folder, tmp_path) -> None:
    """F13: but for the table that tells when it was built."""
    shutil.copytree(base / "build", tmp_path / "build")
    with opened(tmp_path / "build", base / "raw") as store:
        published(store, tmp_path / "published")
    one, two = (place / "current" / "parquet" for place in (folder, tmp_path / "published"))
    differing = [
        str(path.relative_to(one))
        for path in one.rglob("*.parquet")
        if path.read_bytes() != (two / path.relative_to(one)).read_bytes()
    ]
    assert {f"parquet/{name}" for name in differing} <= MOMENTARY.keys()


# From snapshot to snapshot


class Clock:
    """Each look at it is a minute later: a snapshot is named by its second."""

    now = datetime(2026, 7, 1, tzinfo=UTC)

    @classmethod
    def now_in(cls, zone):
        cls.now += timedelta(minutes=1)
        return cls.now.astimezone(zone)


@pytest.fixture
def minutes(monkeypatch) -> None:
    monkeypatch.setattr(snapshot, "datetime", type("Minutes", (), {"now": Clock.now_in}))


@pytest.fixture
def small(store, raw_dir, tmp_path, minutes, monkeypatch):
    """A published folder of one card, and how to publish a further one; with a report that says nothing."""
    for part in ("_write_report", "_write_sheets"):
        monkeypatch.setattr(snapshot, part, lambda _, folder, *__: folder.mkdir())
    monkeypatch.setattr(snapshot, "_write_workbook", lambda _, path: path.touch())

    def further(number: int):
        write(raw_dir, number, card(number, title=f"Kelp {number}", token=f"20240{1 + number}07"))
        build(store, raw_dir)
        return published(store, tmp_path / "published")

    further(0)
    return tmp_path / "published", further


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "snapshots").iterdir())


def test_nothing_new_publishes_nothing_and_what_a_killed_run_left_is_removed(store, small) -> None:
    """F16, R01: another day alone is nothing new."""
    folder, _ = small
    before = names(folder)
    left = folder / "snapshots" / ".building-20260101T000000Z-00000000"
    left.mkdir()
    (left / "signals.duckdb").write_bytes(b"x" * 1000)
    (folder / ".current-20260101T000000Z-00000000").symlink_to("snapshots/nothing")
    again = snapshot.publish(store, folder, date(2027, 1, 1), UNEDITED)
    assert (again.is_new, again.name) == (False, before[0])
    assert names(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == ["current", "snapshots"]


@pytest.mark.long
def test_new_cards_make_new_snapshots_the_last_three_stay_and_readers_keep_theirs(small) -> None:
    """R09."""
    folder, further = small
    titles = "SELECT title FROM parsed.cards ORDER BY title"
    first = current_snapshot(folder)
    with duckdb.connect(str(folder / "current" / "signals.duckdb"), read_only=True) as reader:
        made = [first.name, *(further(number).name for number in (1, 2, 3))]
        assert made == sorted(set(made))
        assert names(folder) == made[1:]
        assert not first.exists()
        assert reader.execute(titles).fetchall() == [("Kelp 0",)]
        assert reader.execute("SELECT current_database()").fetchall() == [("signals",)]
    with duckdb.connect(str(folder / "current" / "signals.duckdb"), read_only=True) as reader:
        assert len(reader.execute(titles).fetchall()) == 4


@pytest.mark.long
def test_snapshots_share_what_is_the_same_and_damage_of_it_is_written_anew_in_all_of_them(small, store):
    """R12."""
    folder, further = small
    first = current_snapshot(folder)
    further(1)
    second = current_snapshot(folder)
    name = Path("parquet", "main", "metric.parquet")
    assert (first / name).samefile(second / name)
    assert not (first / snapshot.DATABASE).samefile(second / snapshot.DATABASE)
    whole = (second / name).read_bytes()
    what = "holds something else than was published"
    for damaging, told in ((flipped, what), (cut_short, what), (Path.unlink, "is missing")):
        damaging(current_snapshot(folder) / name)
        sharing = sorted(folder.joinpath("snapshots").iterdir())
        again = published(store, folder)
        assert again.damage.endswith(f" {told}")
        assert str(name) in again.damage
        for one in {*sharing, current_snapshot(folder)}:
            if one.exists():
                assert integrity.damage(one) == ""
                assert (one / name).read_bytes() == whole
        assert len(names(folder)) == snapshot.KEEP
    assert not published(store, folder).is_new


@pytest.mark.long
def test_a_failed_write_leaves_the_last_snapshot_and_no_rest(small, monkeypatch) -> None:
    """R04, R11."""
    folder, further = small
    before = (names(folder), str((folder / "current").readlink()))

    def full(*_):
        raise OSError(28, "No space left on device")

    for step in ("write_database", "_write_parquet", "swap"):
        with monkeypatch.context() as patch:
            patch.setattr(snapshot, step, full)
            with pytest.raises(DiskFullError, match="No space left on device"):
                further(1)
        assert (names(folder), str((folder / "current").readlink())) == before
    assert further(1).is_new
    assert current_snapshot(folder).name == names(folder)[-1]


# The report is not written anew: its queries are asked again, each for itself.
@pytest.mark.long
@pytest.mark.parametrize("step", [step for step in WRITERS if step != "_write_report"])
def test_a_part_that_lacked_memory_is_written_anew_with_more_and_no_other_one(small, monkeypatch, step):
    folder, further = small
    write_part = WRITERS[step]
    limits = []

    def lacking(store, path, *rest):
        limits.append(store.value("SELECT current_setting('memory_limit')"))
        write_part(store, path, *rest)
        if len(limits) < 3:
            raise duckdb.OutOfMemoryException("It was too much")

    monkeypatch.setattr(snapshot, step, lacking)
    assert further(1).is_new
    assert limits == ["114.4 MiB", "228.8 MiB", "457.7 MiB"]
    assert integrity.damage(current_snapshot(folder)) == ""
    monkeypatch.undo()
    assert not further(1).is_new


def of_current(folder: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(current_snapshot(folder) / "signals.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.long
def test_the_feed_remembers_more_snapshots_than_are_kept(small, monkeypatch) -> None:
    """Each further card is of an issue of its own; the one that failed to be published is told once."""
    folder, further = small
    monkeypatch.setattr(snapshot, "KEEP", 1)
    assert of_current(folder, "FROM snapshot_diff") == of_current(folder, "FROM feed_entry") == []

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "swap", full)
        with pytest.raises(DiskFullError):
            further(1)
    assert of_current(folder, "FROM snapshot_diff") == []
    for number in (1, 2):
        before = current_snapshot(folder).name
        further(number)
        assert of_current(folder, "SELECT DISTINCT since_snapshot FROM snapshot_diff") == [(before,)]
        assert of_current(folder, "SELECT since_snapshot FROM snapshot") == [(before,)]
    told = of_current(folder, "SELECT issue_key, told_at FROM feed_entry ORDER BY issue_key")
    assert [key for key, _ in told] == [f"2024-0{number}-07" for number in (2, 3)]
    assert told[0][1] < told[1][1]


@pytest.mark.long
def test_a_snapshot_tells_when_issues_were_first_read_though_all_of_them_were_read_again(
    small, store
) -> None:
    folder, further = small
    sql = "SELECT issue_key, first_read_at, last_read_at FROM issue_reading ORDER BY issue_key"
    ((key, first, last),) = of_current(folder, sql)
    assert (key, first) == ("2024-01-07", last)
    a_day = timedelta(days=1)
    store.connection.execute(
        f"UPDATE internal.files SET read_ns = read_ns + {int(a_day.total_seconds())}_000_000_000"
    )
    further(1)
    assert of_current(folder, sql)[0] == (key, first, last + a_day)


@pytest.mark.long
def test_nothing_is_told_again_because_the_snapshot_that_told_it_is_damaged(small, store) -> None:
    folder, further = small
    further(1)
    moments = "SELECT issue_key, told_at FROM feed_entry"
    ((key, told_at),) = of_current(folder, moments)
    assert Told(store.folder / "told.json").changes(store.raw_dir) == dict(
        of_current(folder, "SELECT change_id, told_at FROM feed_entry")
    )
    workbook = current_snapshot(folder) / "signals.xlsx"
    workbook.chmod(0o644)
    workbook.write_bytes(b"x")
    again = published(store, folder)
    assert (again.is_new, again.damage != "") == (True, True)
    assert of_current(folder, "SELECT issue_key FROM snapshot_diff WHERE change_kind = 'issue new'") == [
        (key,)
    ]
    assert of_current(folder, moments) == [(key, told_at)]


@pytest.mark.long
def test_what_somebody_knows_makes_no_new_snapshot_and_other_code_is_said(small, store, monkeypatch) -> None:
    folder, _ = small
    before = names(folder)
    known = [KnownTopic(2, frozenset({"kelp"}), "", None)]
    again = snapshot.publish(store, folder, AS_OF, UNEDITED | {"known.csv": "edited"}, known=known)
    assert (again.is_new, names(folder)) == (False, before)
    monkeypatch.setattr(snapshot, "schema_fingerprint", lambda: "another")
    monkeypatch.setattr(changes, "schema_fingerprint", lambda: "another")
    assert snapshot.publish(store, folder, AS_OF, UNEDITED | {"known.csv": "edited"}).is_new
    assert of_current(folder, "SELECT other_code FROM snapshot") == [
        ("the published tables; no card and no file that a person edits changed",)
    ]
    assert of_current(folder, "FROM snapshot_diff") == []


@pytest.mark.long
def test_all_but_the_momentary_files_are_those_of_a_rebuild(raw_dir, tmp_path, minutes) -> None:
    def publish_into(base: Path) -> Path:
        with opened(base / "build", raw_dir) as store:
            build(store, raw_dir)
            published(store, base / "published")
        return (base / "published" / "current").resolve()

    def put_in(number: int, **choices: Any) -> None:
        write(raw_dir, number, card(number, title=f"Kelp {number}", token=f"2024010{number}", **choices))

    for change in (
        lambda: put_in(1),
        lambda: put_in(7, keywords=("reef",)),
        lambda: put_in(1, keywords=("kelp", "reef")),
        (tmp_path / "one" / "build" / "pages").unlink,
        lambda: put_in(2),
    ):
        change()
        incremental = publish_into(tmp_path / "one")
    before = sorted((tmp_path / "one" / "published" / "snapshots").iterdir())[-2]
    shared = [path for path in before.rglob("*") if path.samefile(incremental / path.relative_to(before))]
    assert before / "report" / "dictionary.html" in shared
    rebuilt = publish_into(tmp_path / "other")
    sums = [
        dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text("utf-8").splitlines())
        for folder in (incremental, rebuilt)
    ]
    assert sums[0].keys() == sums[1].keys()
    differing = {name for name in sums[0] if sums[0][name] != sums[1][name]}
    assert differing == {*MOMENTARY, "signals.duckdb"}


@pytest.mark.long
def test_a_current_that_points_to_nothing_is_published_anew(small, store) -> None:
    """R12."""
    folder, _ = small
    shutil.rmtree(folder / "snapshots")
    assert current_snapshot(folder) is None
    assert published(store, folder).is_new


# Stale tables


@pytest.mark.long
def test_tables_that_were_not_built_from_what_is_there_are_named(store, raw_dir, tmp_path) -> None:
    with pytest.raises(StaleTablesError, match=r"parsed\.cards"):
        assert_current(store, UNEDITED)
    write(raw_dir, 1)
    build(store, raw_dir)
    assert_current(store, UNEDITED)
    fingerprint = content_fingerprint(store)
    with pytest.raises(
        StaleTablesError, match="not up to date: concept_members, mentions, names_apart, topic"
    ):
        assert_current(store, UNEDITED | {"aliases.csv": "changed"})
    write(raw_dir, 1, card(1, title="Weed", keywords=("weed",)))
    taken_in(store, raw_dir)
    with pytest.raises(StaleTablesError, match="Materialize them first") as error:
        published(store, tmp_path / "published")
    assert "mentions" in str(error.value)
    assert "evidence" in str(error.value) or "newsletter_issues" in str(error.value)
    assert not (tmp_path / "published").exists()
    build(store, raw_dir)
    assert_current(store, UNEDITED)
    assert content_fingerprint(store) != fingerprint
    store.connection.execute("DELETE FROM internal.built WHERE name = 'statements'")
    with pytest.raises(StaleTablesError, match="statements"):
        assert_current(store, UNEDITED)


def test_a_table_of_an_earlier_version_of_the_package_stops_nothing(base, tmp_path) -> None:
    """R21."""
    shutil.copytree(base / "build", tmp_path / "build")
    with opened(tmp_path / "build", base / "raw") as store:
        store.connection.execute(
            """INSERT INTO internal.built VALUES ('left', 'v', 1, '{"parsed.cards": "x"}')"""
        )
        assert_current(store, UNEDITED)


def test_a_mart_of_another_code_is_stale(base, tmp_path, monkeypatch) -> None:
    shutil.copytree(base / "build", tmp_path / "build")
    monkeypatch.setattr(run, "code_version", lambda mart: f"another {mart.name}")
    with (
        opened(tmp_path / "build", base / "raw") as store,
        pytest.raises(StaleTablesError, match="corpus_health"),
    ):
        assert_current(store, UNEDITED)


@pytest.mark.long
def test_tables_of_other_corrected_dates_are_stale(base, tmp_path) -> None:
    with opened(tmp_path / "build", base / "raw") as store:
        save_listing(store, list_folder(base / "raw"))
        ingest(store, base / "raw", CALENDAR, {}, {"issue_dates.csv": "before the edit"})
        build_topics(store, Reviewed(), UNEDITED)
        build_meaning(store, None)
        build_outlooks(store, (), UNEDITED)
        for mart in run.marts().values():
            run.build(store, mart)
        assert_current(store, UNEDITED | {"issue_dates.csv": "before the edit"})
        with pytest.raises(StaleTablesError, match=r"parsed\.cards"):
            assert_current(store, UNEDITED)
