"""What faults of the machine mean, what a notice says, and when one says that the job works again."""

import errno
import os
import resource
import sqlite3
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.core import failures
from signals_pipeline.core.errors import OutOfMemoryError, SignalsError
from signals_pipeline.core.failures import (
    FailureNotice,
    notify,
    notify_that_it_works,
    short_of,
    without_folders,
)
from signals_pipeline.core.settings import PACKAGE, Project, project
from signals_pipeline.core.store import open_store

FAILED = FailureNotice("run failed", "text", "r1")


@pytest.fixture
def settings(tmp_path: Path) -> Project:
    return project(data_dir=str(tmp_path / "data"))


def events(settings: Project) -> list[str]:
    return [line.split("  ")[1] for line in settings.failure_log.read_text("utf-8").splitlines()]


def test_that_it_works_again_is_said_once_and_only_after_a_failure(settings: Project) -> None:
    assert notify_that_it_works(settings) == []
    assert not settings.failure_log.exists()
    notify(settings, FAILED)
    notify(settings, FailureNotice("run lost", "text", "r2"))
    assert notify_that_it_works(settings, "r3") == []
    assert notify_that_it_works(settings, "r4") == []
    assert events(settings) == ["run failed", "run lost", "works again"]
    failed_at = settings.failure_log.read_text("utf-8").splitlines()[1].split("  ")[0]
    last = settings.failure_log.read_text("utf-8").splitlines()[2]
    assert last.split("  ")[2:] == ["r3", f"The run succeeded. The last failure was at {failed_at}."]
    notify(settings, FAILED)
    notify_that_it_works(settings)
    assert events(settings)[3:] == ["run failed", "works again"]


def test_a_webhook_that_was_away_is_no_failure_of_the_job(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path / "data"), webhook="file:///no/web/address")
    notify(settings, FAILED)
    assert len(notify_that_it_works(settings)) == 1
    assert notify_that_it_works(settings) == []
    assert events(settings) == ["run failed", "message failed", "works again", "message failed"]


def test_the_last_notice_is_found_in_the_file_that_was_rotated(
    settings: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MAX_BYTES", 1)
    notify(settings, FAILED)
    notify(settings, FAILED)
    assert not settings.failure_log.exists()
    monkeypatch.undo()
    notify_that_it_works(settings)
    assert events(settings) == ["works again"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"seen, thanks\n", b"\xff\xfe"])
def test_a_file_without_a_notice_says_nothing_of_a_failure(settings: Project, content: bytes) -> None:
    settings.data.mkdir()
    settings.failure_log.write_bytes(content)
    assert notify_that_it_works(settings) == []
    assert settings.failure_log.read_bytes() == content


def test_of_a_long_file_the_end_is_read(settings: Project) -> None:
    notify(settings, FailureNotice("works again", "x" * 100_000))
    notify(settings, FailureNotice("run failed", "y" * 100_000))
    notify(settings, FAILED)
    notify_that_it_works(settings)
    assert events(settings)[-1] == "works again"


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("/srv/signals/data/build is full (/srv/signals).", "data/build is full (signals)."),
        ("'/mnt/cards/2026/a.md' cannot be read.", "'$SIGNALS_RAW_DIR/2026/a.md' cannot be read."),
        ("/mnt/cards2 and /mnt/cards-old", "/mnt/cards2 and /mnt/cards-old"),
        (
            "/big/disk/published: 3 MB are free at /big/disk.",
            "$SIGNALS_DATA_DIR/published: 3 MB are free at $SIGNALS_DATA_DIR.",
        ),
        ("https://host.example/mnt/cards", "https://host.example/mnt/cards"),
        ("The model /opt/models/a.onnx cannot be read.", "The model $SIGNALS_MODEL cannot be read."),
    ],
)
def test_a_notice_names_no_folder_above_those_of_the_project(
    settings: Project, said: str, noted: str
) -> None:
    model = "/opt/models/a.onnx"
    place = project(root="/srv/signals", raw_dir="/mnt/cards", data_dir="/big/disk", model=model)
    notify(Project(place.root, settings.data, place.given), FailureNotice("run failed", said))
    assert settings.failure_log.read_text("utf-8").rstrip("\n").split("  ")[3] == noted


def test_a_folder_within_another_that_is_set_has_its_own_name(settings: Project) -> None:
    place = project(root="/srv/signals", raw_dir="/big/disk/cards", data_dir="/big/disk")
    told = "Neither /big/disk/cards/a.md nor /big/disk/build can be read."
    notify(Project(place.root, settings.data, place.given), FailureNotice("run failed", told))
    said = settings.failure_log.read_text("utf-8").rstrip("\n").split("  ")[3]
    assert said == "Neither $SIGNALS_RAW_DIR/a.md nor $SIGNALS_DATA_DIR/build can be read."


def test_where_the_package_is_installed_is_not_said() -> None:
    demonstration = f"{PACKAGE.resolve()}/shipped/data/demo"
    told = without_folders(project(root="/srv/signals"), f"Folder {demonstration} (the demonstration)")
    assert told == "Folder signals_pipeline/shipped/data/demo (the demonstration)"


def test_a_folder_may_have_a_backslash_in_its_name() -> None:
    said = without_folders(project(root="/srv/a\\d"), "/srv/a\\d is full")
    assert said == "a\\d is full"


def test_a_link_in_the_project_does_not_say_where_it_leads(tmp_path: Path) -> None:
    root, disk, cards = (tmp_path / name for name in ("alpha", "disk", "cards"))
    for folder in (root, disk, cards):
        folder.mkdir()
    (root / "data").symlink_to(disk)
    (disk / "raw").symlink_to(cards)
    told = f"{cards}/a.md, {disk}/build and {root}/data/raw"
    assert without_folders(project(root=str(root)), told) == "data/raw/a.md, data/build and data/raw"
    elsewhere = project(root=str(tmp_path / "beta"), data_dir=str(disk))
    assert without_folders(elsewhere, f"{cards}/a.md") == "$SIGNALS_DATA_DIR/raw/a.md"
    (disk / "raw").unlink()
    (disk / "raw").symlink_to("raw")
    assert without_folders(elsewhere, f"{disk}/raw") == "$SIGNALS_DATA_DIR/raw", "a circle"


def system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (system(errno.ENOSPC), "The disk is full: "),
        (duckdb.IOException('Could not write file "x": No space left on device'), "The disk is full: "),
        (system(errno.EDQUOT), "The quota of this user is used up"),
        (
            duckdb.IOException('Could not write file "x": Disk quota exceeded'),
            "The quota of this user is used up",
        ),
        (system(errno.EFBIG), "larger than 5.0 MB, and no file of this process may be"),
        (duckdb.IOException('Could not write file "x": File too large'), "ulimit -f"),
        (sqlite3.OperationalError("disk I/O error"), "ulimit -f"),
        (sqlite3.OperationalError("database or disk is full"), "The disk is full: "),
        (system(errno.EMFILE), "Too many files are open"),
        (duckdb.IOException('Cannot open file "x": Too many open files'), "ulimit -n"),
        (sqlite3.OperationalError("unable to open database file"), "ulimit -n"),
        (duckdb.OutOfMemoryException("failed to pin block (7 MiB/7 MiB used)"), "memory limit is too small"),
        (duckdb.TransactionException("Failed to commit: could not allocate block"), "SIGNALS_MEMORY_LIMIT"),
        (MemoryError(), "Not enough memory (none left)"),
    ],
)
def test_each_limit_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5_000_000, 5_000_000))
    assert says in str(short_of(error, tmp_path))


def test_without_a_limit_a_disk_that_takes_no_larger_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert "larger than its disk takes" in str(short_of(system(errno.EFBIG), tmp_path))
    assert "The disk is full" in str(short_of(sqlite3.OperationalError("disk I/O error"), tmp_path))


@pytest.mark.parametrize("limit", ["500KB", "1MB"])
def test_a_memory_limit_that_opens_no_store_is_no_damage(tmp_path: Path, limit: str) -> None:
    tables = ";".join(
        f"CREATE TABLE t{n} AS SELECT i, 'x' || i AS s FROM range(20_000) AS _ (i)" for n in range(9)
    )
    with open_store(tmp_path, tmp_path, tables, "200MB"):
        pass
    told: SignalsError | None = None
    try:
        with open_store(tmp_path, tmp_path, f"{tables};SELECT 1", limit):
            pass
    except SignalsError as error:
        told = error
    assert isinstance(told, OutOfMemoryError)
    assert "SIGNALS_MEMORY_LIMIT" in str(told)


def test_a_file_of_failures_that_cannot_be_renamed_was_written_all_the_same(
    settings: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MAX_BYTES", 1)
    settings.data.mkdir()
    (settings.data / "FAILURES.log.1").mkdir()
    (said,) = notify(settings, FAILED)
    assert said.startswith("FAILURES.log could not be renamed to FAILURES.log.1, and grows on: ")
    assert events(settings) == ["run failed"]
