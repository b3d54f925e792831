"""When a run would find nothing new, which is seen without Dagster and without opening a database."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.failures import WORKS_AGAIN, FailureNotice, notify
from signals_pipeline.core.lock import FILE_NAME, store_lock
from signals_pipeline.core.messages import Message
from signals_pipeline.core.outbox import Outbox
from signals_pipeline.core.settings import Project, project
from signals_pipeline.publish import integrity, unchanged, watch
from signals_pipeline.publish.unchanged import (
    is_dagster_to_be_told,
    keep_summary,
    look,
    note_published,
    note_told,
    summary_of_nothing_new,
)
from signals_pipeline.raw.inventory import RACY_NS
from signals_pipeline_tests.starter import ROOT

DAY, COMES_ON = "2026-06-30", "2026-07-05"
SAID = "Snapshot: one (nothing changed, nothing new published)"
NAME = "20260630T120000Z-0123abcd"


def settings_on(base: Path, **given: str) -> Project:
    paths = {"data_dir": str(base / "data"), "raw_dir": str(base / "raw"), "model": str(base / "model.onnx")}
    return project(**{"root": str(base), "as_of": DAY} | paths | given)


def publish_by_hand(settings: Project, base: Path, later_ns: int = 2 * RACY_NS) -> None:
    """A data folder as a whole run leaves it; its listing was made some time after its cards were written."""
    for name in ("raw/a.md", "raw/image.png", "model.onnx", "dagster.yaml", "data/build/store.duckdb"):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(name)
    settings.history.mkdir()
    snapshot = settings.published / "snapshots" / NAME
    for name in ("signals.duckdb", "parquet/main/alert.parquet", "report/index.html"):
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).write_text(name)
    integrity.seal(snapshot)
    (settings.published / "current").symlink_to(Path("snapshots", NAME))
    seen = look(settings, settings.raw_dir(), settings.edited())
    seen = replace(seen, at_ns=(base / "raw" / "a.md").stat().st_ctime_ns + later_ns)
    note_published(settings, seen, date.fromisoformat(DAY), COMES_ON, NAME)
    keep_summary(settings, NAME, SAID)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    publish_by_hand(settings_on(tmp_path), tmp_path)
    return tmp_path


def said(base: Path, **given: str) -> str | None:
    return summary_of_nothing_new(settings_on(base, **given))


def test_where_all_is_as_it_was_it_is_said_as_often_as_one_asks(base) -> None:
    assert [said(base) for _ in range(2)] == [SAID, SAID]


def of_snapshot(name: str, text: str | None) -> Callable[[Path], None]:
    """Write a file of the snapshot, or remove it."""

    def change(base: Path) -> None:
        path = base / "data" / "published" / "snapshots" / NAME / name
        if text is None:
            path.unlink()
            return
        if path.exists():
            path.chmod(0o644)
        path.write_text(text)

    return change


def written(name: str, text: str = "another") -> Callable[[Path], object]:
    return lambda base: (base / name).write_text(text)


def other_snapshot(base: Path) -> None:
    shutil.copytree(base / "data/published/snapshots" / NAME, base / "data/published/snapshots/two")
    (base / "data/published/current").unlink()
    (base / "data/published/current").symlink_to("snapshots/two")


def killed(base: Path) -> None:
    (base / "data" / "build" / f"{FILE_NAME}.wal").write_text("half a transaction")


def failed(base: Path) -> None:
    notify(settings_on(base), FailureNotice("run failed", "The disk is full."))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a card is written": written("raw/a.md"),
    "a card is new": written("raw/b.md"),
    "a card is gone": lambda base: (base / "raw/a.md").unlink(),
    "the raw folder is gone": lambda base: shutil.rmtree(base / "raw"),
    "a file that is no text is new": written("raw/other.png"),
    "a file of one's own is edited": written("data/aliases.csv", "surface,topic\n"),
    "a file of one's own cannot be read": lambda base: (base / "data/known.csv").mkdir(),
    "the model holds something else": written("model.onnx"),
    "dagster.yaml is edited": written("dagster.yaml", "telemetry: {enabled: false}"),
    "the store was opened": written("data/build/store.duckdb"),
    "the store is gone": lambda base: (base / "data/build/store.duckdb").unlink(),
    "a run was killed": killed,
    "the last run failed": failed,
    "the history is gone": lambda base: (base / "data/.dagster").rmdir(),
    "the database is damaged": of_snapshot("signals.duckdb", "another text!!"),
    "a page holds something else": of_snapshot("report/index.html", "<html>"),
    "a page is missing": of_snapshot("report/index.html", None),
    "a table is there that was not published": of_snapshot("parquet/main/mine.parquet", "mine"),
    "the sums are gone": of_snapshot(integrity.SUMS, None),
    "the link leads elsewhere": other_snapshot,
    "the link is gone": lambda base: (base / "data/published/current").unlink(),
    "the note is gone": lambda base: (base / "data/build/published").unlink(),
    "the note is damaged": written("data/build/published", "{"),
    "the note is of another version": written("data/build/published", '{"inputs": "a"}'),
    "the summary is gone": lambda base: (base / "data/build/summary").unlink(),
    "the summary is damaged": written("data/build/summary", "[]"),
}


@pytest.mark.long
def test_of_a_bucket_one_listing_tells_that_nothing_changed(tmp_path, bucket, asked) -> None:
    place = f"s3://{bucket.name}/cards"
    bucket.put_object(Key="cards/a.md", Body=b"kelp")
    publish_by_hand(settings_on(tmp_path, raw_dir=place), tmp_path)
    asked.clear()
    assert said(tmp_path, raw_dir=place) == SAID
    bucket.put_object(Key="cards/a.md", Body=b"kelp")
    bucket.put_object(Key="other/b.md", Body=b"kelp")
    assert said(tmp_path, raw_dir=place) == SAID
    assert asked == {"ListObjectsV2": 2}
    bucket.put_object(Key="cards/a.md", Body=b"help")
    assert said(tmp_path, raw_dir=place) is None
    bucket.objects.all().delete()
    bucket.delete()
    assert said(tmp_path, raw_dir=place) is None, "the run says what is wrong"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_changes_calls_for_a_run(base, change) -> None:
    change(base)
    assert said(base) is None


OF_A_RUN = {
    "meaning": "1",
    "memory_limit": "1GB",
    "workers": "2",
    "base_url": "https://example.org/",
    "as_of": "2026-08-01",
    "model": "/another/model.onnx",
    "raw_dir": "/another/folder",
}
"""Settings that a run depends on, with another value of each."""


WRONG = [("meaning", "perhaps"), ("as_of", "tomorrow"), ("daily_at", "25:99"), ("keep_runs", "long")]


@pytest.mark.parametrize(("name", "text"), [*OF_A_RUN.items(), *WRONG])
def test_another_setting_calls_for_a_run_which_says_where_it_is_wrong(base, name, text) -> None:
    assert said(base, **{name: text}) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("webhook", "https://example.org/hook"), ("daily_at", "18:30"), ("time_zone", "Europe/Paris")],
)
def test_a_setting_that_changes_nothing_of_what_is_published_calls_for_none(base, name, text) -> None:
    assert said(base, **{name: text}) == SAID


@pytest.mark.parametrize(
    ("day", "is_needed"),
    [("2026-06-29", True), (DAY, False), ("2026-07-04", False), (COMES_ON, True), ("2026-08-01", True)],
)
def test_a_day_on_which_an_issue_has_come_calls_for_a_run_and_so_does_an_earlier_one(
    base, day, is_needed
) -> None:
    assert (said(base, as_of=day) is None) == is_needed


def test_without_an_issue_in_the_future_no_day_calls_for_a_run(base) -> None:
    note = base / "data/build/published"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"comes_on": ""}))
    assert said(base, as_of="2099-01-01") == SAID


def test_other_code_templates_or_packages_call_for_a_run(base, tmp_path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(watch, "code_version", lambda: "another")
        assert said(base) is None
    with monkeypatch.context() as patch:
        files = unchanged._package_files()
        assert {path.suffix for path in files} >= {".py", ".sql", ".toml", ".html", ".css", ".js", ".txt"}
        patch.setattr(unchanged, "_package_files", lambda: files[1:])
        assert said(base) is None
    (tmp_path / "site-packages").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "site-packages")])
    assert said(base) is None


def test_a_card_touched_as_it_was_read_calls_for_a_run_that_reads_it_again(tmp_path) -> None:
    settings = settings_on(tmp_path)
    publish_by_hand(settings, tmp_path, later_ns=RACY_NS - 1)
    assert summary_of_nothing_new(settings) is None


def test_while_another_run_goes_on_it_is_waited_for_as_ever(base) -> None:
    with store_lock(base / "data" / "build", print):
        assert said(base) is None
    assert said(base) == SAID


def test_a_summary_is_kept_of_the_published_snapshot_alone_and_for_one_working_folder(
    base, tmp_path, monkeypatch
) -> None:
    keep_summary(settings_on(base), "another", "of another")
    assert said(base) == SAID
    monkeypatch.chdir(tmp_path)
    assert said(base) is None, "paths would be said from another folder"


def test_once_it_works_again_a_failure_calls_for_no_run(base) -> None:
    failed(base)
    notify(settings_on(base), FailureNotice(WORKS_AGAIN, "The run succeeded."))
    assert said(base) == SAID


def test_a_note_that_cannot_be_written_only_makes_the_next_run_look_again(base, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(unchanged, "write_whole", full)
    settings = settings_on(base)
    seen = look(settings, settings.raw_dir(), settings.edited())
    note_published(settings, seen, date.fromisoformat(DAY), COMES_ON, "another")
    keep_summary(settings, NAME, "another")
    assert said(base) == SAID


def test_dagster_is_to_be_told_once_an_hour(base) -> None:
    settings, note = settings_on(base), base / "data/build/published"
    assert not is_dagster_to_be_told(settings)
    ago = note.stat().st_mtime - 3601
    os.utime(note, (ago, ago))
    assert is_dagster_to_be_told(settings)
    note_told(settings)
    assert not is_dagster_to_be_told(settings)
    assert said(base) == SAID


HEAVY = {"dagster", "pandas", "pandera", "polars", "pyarrow", "numpy", "rich", "sqlglot", "jinja2", "alembic"}


def test_the_command_says_it_and_sends_what_waits_without_loading_dagster_or_what_reads_cards(
    tmp_path, monkeypatch
) -> None:
    # As the command has it: the checkout is its root and its working folder.
    monkeypatch.chdir(ROOT)
    given = {"root": "", "model": ""}
    publish_by_hand(settings_on(tmp_path, **given), tmp_path)
    outbox = Outbox(tmp_path / "data" / "outbox")
    outbox.prepare(NAME, Message("new calls", "kelp is growing"))
    outbox.release(NAME)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "signals_pipeline", "run"],
        cwd=ROOT,
        env=os.environ
        | {
            "SIGNALS_DATA_DIR": str(tmp_path / "data"),
            "SIGNALS_RAW_DIR": str(tmp_path / "raw"),
            "SIGNALS_AS_OF": DAY,
            "SIGNALS_WEBHOOK": "",
            "SIGNALS_NOTIFY": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{SAID}\n"), done.stderr[-2000:]
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "signals_pipeline.publish.unchanged" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    assert list(outbox.folder.glob("*.json")) == [], "nobody is to be told, so what was due is forgotten"
