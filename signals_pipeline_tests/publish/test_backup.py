"""What a backup holds, of whatever a data folder may be made of, and what it leaves where it fails."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from signals_pipeline.core.errors import CannotWriteError, NoInputError, StoreDamagedError
from signals_pipeline.core.settings import Project, project
from signals_pipeline.publish.backup import back_up


@pytest.fixture
def settings(demonstration_snapshot: Path, tmp_path: Path) -> Project:
    """A project with a published snapshot, settings and a history, as a run leaves it."""
    found = project(root=str(tmp_path / "alpha"), data_dir=str(tmp_path / "alpha" / "data"))
    found.build.mkdir(parents=True)
    # No process has so great a number.
    (found.build / "lock").write_text("99999999")
    (found.root / ".env").write_text("SIGNALS_DAILY_AT=07:00\n")
    snapshots = found.published / "snapshots"
    shutil.copytree(demonstration_snapshot, snapshots / "new")
    shutil.copytree(snapshots / "new", snapshots / "old", copy_function=os.link)
    (found.published / "current").symlink_to("snapshots/new")
    (found.history / "history").mkdir(parents=True)
    with closing(sqlite3.connect(found.history / "history" / "runs.db")) as history:
        history.executescript("CREATE TABLE runs (id INT); INSERT INTO runs VALUES (7)")
    return found


def runs_in(folder: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(folder / ".dagster" / "history" / "runs.db")) as history:
        return history.execute("SELECT id FROM runs").fetchall()


def test_a_backup_holds_data_settings_and_history_and_shares_what_snapshots_share(
    settings: Project, tmp_path: Path
) -> None:
    done = back_up(settings, str(tmp_path / "backups"))
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [done.folder.name]
    assert (tmp_path / "backups").stat().st_mode & 0o077 == 0
    assert (done.folder / ".env").read_text() == "SIGNALS_DAILY_AT=07:00\n"
    data = done.folder / "data"
    assert runs_in(data) == [(7,)]
    assert (data / "published" / "current").readlink() == Path("snapshots/new")
    new, old = (data / "published" / "snapshots" / name / "signals.duckdb" for name in ("new", "old"))
    assert old.samefile(new)
    assert new.read_bytes() == settings.database.read_bytes()
    assert new.stat().st_mode == settings.database.stat().st_mode


def test_what_a_link_leads_to_is_copied_and_nothing_of_what_is_in_use_is_touched(
    settings: Project, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    shutil.move(settings.history / "history", disk / "history")
    (settings.history / "history").symlink_to(disk / "history")
    (disk / "cards").mkdir()
    (disk / "cards" / "mine.md").write_text("mine")
    (disk / "cards" / "round").symlink_to(disk / "cards")
    (disk / "cards" / "nowhere").symlink_to(disk / "gone")
    os.mkfifo(disk / "cards" / "pipe")
    # No database, though it is called so.
    (disk / "cards" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (settings.data / "raw").symlink_to(disk / "cards")
    data = back_up(settings, str(tmp_path / "backups")).folder / "data"
    assert runs_in(data) == runs_in(settings.data) == [(7,)]
    assert sorted(path.name for path in (data / "raw").iterdir()) == ["Thumbs.db", "mine.md"]
    assert not any((data / name).is_symlink() for name in ("raw", ".dagster/history"))


def test_a_damaged_history_is_told(settings: Project, tmp_path: Path) -> None:
    path = settings.history / "history" / "runs.db"
    path.write_bytes(path.read_bytes()[:16] + b"x" * 5000)
    with pytest.raises(StoreDamagedError, match="puts a damaged history aside"):
        back_up(settings, str(tmp_path / "backups"))


def test_where_a_backup_fails_nothing_of_it_is_left(settings: Project, tmp_path: Path) -> None:
    sums = settings.published / "current" / "SHA256SUMS"
    sums.chmod(0o644)
    sums.write_text("0" * 64 + "  report/index.html\n")
    with pytest.raises(StoreDamagedError, match="then make the backup"):
        back_up(settings, str(tmp_path / "backups"))
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_place_in_the_data_and_data_of_no_run_are_refused(settings: Project, tmp_path: Path) -> None:
    with pytest.raises(CannotWriteError, match="Name another one"):
        back_up(settings, str(settings.data / "backups"))
    (tmp_path / "file").touch()
    with pytest.raises(CannotWriteError):
        back_up(settings, str(tmp_path / "file" / "backups"))
    (settings.build / "lock").unlink()
    with pytest.raises(NoInputError, match="No run was ever made"):
        back_up(settings, str(tmp_path / "backups"))
