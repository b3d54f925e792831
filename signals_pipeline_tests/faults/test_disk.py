"""R: disks that fail, fill up, are closed or hold something else than was written."""

import builtins
import errno
import io
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.core.errors import CannotWriteError, StoreDamagedError
from signals_pipeline.core.lock import FILE_NAME
from signals_pipeline.core.settings import Project, project
from signals_pipeline.core.store import Store
from signals_pipeline.publish import snapshot
from signals_pipeline.publish.snapshot import current_snapshot
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.plain import (
    TODAY,
    assert_whole,
    build_all,
    differences,
    publish_plainly,
    rebuilt,
)
from signals_pipeline_tests.raw.sample import card, write
from signals_pipeline_tests.starter import ROOT, Starter


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `raw`, and `data` with a store and a snapshot of it; not to be changed."""
    base = tmp_path_factory.mktemp("disk")
    for path in fixtures.ALL[1:7]:
        fixtures.load(path).write(base / "raw")
    rebuilt(project(data_dir=str(base / "data")), base / "raw")
    return base


@pytest.fixture
def settings(published_once: Path, tmp_path: Path) -> Project:
    """A data folder of its own, with the store and the snapshot."""
    shutil.copytree(published_once / "data", tmp_path / "data", symlinks=True)
    return project(data_dir=str(tmp_path / "data"))


class FailingDisk:
    """Counts what is asked of the disk below a folder, and lets the one with a certain number fail."""

    def __init__(self, folder: Path, fails_at: int | None = None) -> None:
        self.folder = str(folder)
        self.fails_at = fails_at
        self.asked: list[str] = []
        self.mine: set[int] = set()

    def ask(self, what: str, target: object) -> None:
        if isinstance(target, int):
            if target not in self.mine:
                return
        elif self.folder not in str(target):
            return
        self.asked.append(f"{what} {target}")
        if len(self.asked) == self.fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for name in ("mkdir", "rename", "replace", "symlink", "chmod", "write", "fsync"):
            patch.setattr(os, name, self._asking(name, getattr(os, name), at=1 if name == "symlink" else 0))
        real_open = os.open

        def open_file(path: Any, flags: int, *more: Any, **named: Any) -> int:
            self.ask("open", path)
            descriptor = real_open(path, flags, *more, **named)
            if self.folder in str(path):
                self.mine.add(descriptor)
            return descriptor

        patch.setattr(os, "open", open_file)
        for module in (io, builtins):
            patch.setattr(module, "open", self._asking("open", io.open))

    def _asking(self, what: str, real: Callable[..., Any], at: int = 0) -> Callable[..., Any]:
        def asking(*arguments: Any, **named: Any) -> Any:
            self.ask(what, arguments[at])
            return real(*arguments, **named)

        return asking


@pytest.fixture
def quick(settings: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store with one card more than is published.

    What DuckDB itself writes is taken from a snapshot that was built before: it cannot be made to fail from
    here (R06 does that), and building it anew each time would take minutes.
    """
    raw = tmp_path / "raw"
    for path in fixtures.ALL[1:7]:
        fixtures.load(path).write(raw)
    write(raw, 1, card(1))
    with opened(tmp_path / "build", raw) as store:
        build_all(store, settings, raw)
        made = publish_plainly(store, replace(settings, data=tmp_path / "made")).folder

        def database(_: Store, path: Path, about: object) -> None:
            os.link(made / path.name, path)

        def parquet(_: Store, folder: Path, name: str, whole: Path | None) -> None:
            shutil.copytree(made / "parquet", folder, copy_function=os.link)

        def report(_: Store, folder: Path, base_url: str, whole: Path | None) -> None:
            folder.mkdir()
            (folder / "index.html").write_text("a page", "utf-8")

        def sheets(_: Store, folder: Path) -> None:
            folder.mkdir()
            (folder / "alert.csv").write_text("a sheet", "utf-8")

        def workbook(_: Store, path: Path) -> None:
            path.write_text("a workbook", "utf-8")

        monkeypatch.setattr(snapshot, "write_database", database)
        monkeypatch.setattr(snapshot, "_write_parquet", parquet)
        monkeypatch.setattr(snapshot, "_write_report", report)
        monkeypatch.setattr(snapshot, "_write_sheets", sheets)
        monkeypatch.setattr(snapshot, "_write_workbook", workbook)
        yield store


@pytest.mark.long
@case("R04")
def test_whichever_request_to_the_disk_fails_the_last_snapshot_stays_and_nothing_is_left(
    settings: Project, quick: Store
) -> None:
    before = current_snapshot(settings.published)
    swapped_all_the_same = []
    for number in itertools.count(1):
        disk = FailingDisk(settings.data, number)
        with pytest.MonkeyPatch.context() as patch:
            disk.install(patch)
            error = error_of(lambda: publish_plainly(quick, settings, with_report=True))
        if len(disk.asked) < number:
            break
        failed = disk.asked[number - 1]
        assert not list(settings.published.rglob(".*")), failed
        if error:
            assert str(settings.published) in error or str(quick.folder) in error, failed
        else:
            # A last snapshot that cannot be read is no reason not to publish the next one, and a folder that
            # is there already need not be made.
            harmless = (f"open {before}", f"mkdir {before.parent}")
            assert failed.startswith(harmless), failed
        now = current_snapshot(settings.published)
        if now != before:
            swapped_all_the_same += [failed] if error else []
            (settings.published / "current").unlink()
            (settings.published / "current").symlink_to(Path("snapshots", before.name))
            shutil.rmtree(now)
    assert error == ""
    assert number > 100
    # Only what makes the swap itself durable, and the note of what was told, can fail after it.
    assert [one.split()[0] for one in swapped_all_the_same] == ["open", "fsync", "fsync", "fsync"]
    assert_whole(settings.published)


def error_of(publishing: Callable[[], object]) -> str:
    """What publishing says where the disk fails; nothing where it does not."""
    try:
        publishing()
    except CannotWriteError as error:
        return str(error)
    return ""


@pytest.mark.long
@case("R04")
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_the_note_of_what_was_taken_in_is_the_old_one_or_the_new_one(
    settings: Project, error: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.note_ingested(Path("raw"), "old")
    for name in ("fsync", "open"):
        with monkeypatch.context() as patch:

            def failing(*arguments: Any, **named: Any) -> int:
                raise OSError(error, os.strerror(error))

            patch.setattr(os, name, failing)
            with pytest.raises(OSError, match=os.strerror(error)):
                settings.note_ingested(Path("raw"), "new")
        assert settings.ingested_version() == "old"
        assert not list(settings.build.glob(".*"))
    settings.note_ingested(Path("raw"), "new")
    assert settings.ingested_version() == "new"


# A full disk


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cards")
    for number in range(40):
        write(folder, number, card(number, keywords=("kelp", f"topic {number}")))
    return folder


SMALL_DISK = """
import os, shutil, subprocess, sys
from pathlib import Path
data, raw = Path(sys.argv[1]), sys.argv[2]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(data)], check=True)
environment = os.environ | {"SIGNALS_DATA_DIR": str(data), "SIGNALS_RAW_DIR": raw}
run = [sys.executable, "-m", "signals_pipeline", "run"]
done = subprocess.run(run, env=environment, capture_output=True, text=True)
print(done.returncode, "Traceback" in done.stderr)
print([line for line in done.stderr.splitlines() if line.startswith("signals: ")][-1])
print([path.name for path in (data / "published").rglob("*")])
subprocess.run(["mount", "-o", "remount,size=200m", str(data)], check=True)
again = subprocess.run(run, env=environment, capture_output=True, text=True)
print(again.returncode, (data / "published" / "current" / "signals.duckdb").exists())
"""


def may_mount() -> bool:
    """Whether a file system of our own can be mounted here, unseen by anyone else."""
    try:
        trial = ["unshare", "--mount", "--map-root-user", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        return subprocess.run(trial, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.long
@case("R05")
def test_a_full_disk_is_told_with_what_is_needed_and_what_is_free_and_the_room_is_given_back(
    tmp_path: Path, cards: Path, starter: Starter
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    if not may_mount():
        # Where no small disk can be made, files that may not grow are the next best.
        limited = {"SIGNALS_DATA_DIR": str(data), "SIGNALS_RAW_DIR": str(cards)}
        done = starter.run("run", limits={"RLIMIT_FSIZE": 1_000_000}, **limited)
        assert done.code == 73
        assert "no file of this process may be" in done.said[-1]
        return
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", sys.executable, "-c", SMALL_DISK, str(data), str(cards)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    how, said, left, again = done.stdout.splitlines()
    assert how == "73 False"
    assert said.startswith("signals: The disk is full: ")
    assert " MB are needed, 0 MB are free at " in said
    assert left in ("[]", "['snapshots']")
    assert again == "0 True"


def run_on(settings: Project, raw_dir: Path) -> dict[str, str]:
    """The environment of a run on a data folder and a raw folder."""
    return {
        "SIGNALS_DATA_DIR": str(settings.data),
        "SIGNALS_RAW_DIR": str(raw_dir),
        "SIGNALS_AS_OF": TODAY,
    }


@pytest.mark.long
@case("R06")
@pytest.mark.parametrize("megabytes", [1, 3, 6])
def test_files_that_may_not_grow_are_told_as_such(
    settings: Project, published_once: Path, cards: Path, starter: Starter, megabytes: int
) -> None:
    before = current_snapshot(settings.published)
    environment = run_on(settings, cards)
    done = starter.run("run", limits={"RLIMIT_FSIZE": megabytes * 1_000_000}, **environment)
    assert (done.code, len(done.said)) == (73, 1), done.printed
    assert f"larger than {megabytes}.0 MB, and no file of this process may be" in done.said[0]
    assert current_snapshot(settings.published) == before
    assert_whole(settings.published)
    assert sorted(path.name for path in (settings.published / "snapshots").iterdir()) == [before.name]
    assert starter.run("run", **environment).code == 0


# Closed, left-over and damaged files

AS_SOMEONE_ELSE = """
import os, sys
from signals_pipeline.__main__ import main
import signals_pipeline.cli.console, signals_pipeline.defs.execution
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
sys.exit(main(["run"]))
"""


@pytest.mark.long
@case("R07")
def test_a_data_folder_that_is_closed_is_told_before_any_work(tmp_path: Path, cards: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-c", AS_SOMEONE_ELSE],
        cwd=ROOT,
        env=os.environ | {"SIGNALS_DATA_DIR": str(data), "SIGNALS_RAW_DIR": str(cards)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 73
    assert len(done.stderr.splitlines()) == 1
    assert f"{data}" in done.stderr
    assert "Permission denied" in done.stderr
    assert list(data.iterdir()) == []


@pytest.mark.long
@case("R11")
def test_a_log_of_writes_that_someone_left_is_never_read_into_a_new_snapshot(
    settings: Project, published_once: Path
) -> None:
    held = current_snapshot(settings.published) / "signals.duckdb"
    held.chmod(0o644)
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('DELETE FROM parsed.cards'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(held)], check=True)
    left = held.with_name("signals.duckdb.wal")
    assert left.stat().st_size > 0
    for place in (settings.published, settings.published / "snapshots", settings.published / "current"):
        if place / left.name != settings.published / "current" / left.name:
            shutil.copy(left, place / left.name)
    with opened(settings.build, published_once / "raw") as store:
        build_all(store, settings, published_once / "raw")
        again = publish_plainly(store, settings)
    assert again.is_new
    assert "signals.duckdb.wal" in again.damage
    assert not (again.folder / left.name).exists()
    assert differences(settings.published, published_once / "data" / "published") == []
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        assert connection.execute("SELECT count(*) > 0 FROM parsed.cards").fetchall() == [(True,)]


def _flip(offset: float) -> Callable[[Path], None]:
    """Turn one bit of the byte at a part of the file."""

    def flip(path: Path) -> None:
        with path.open("r+b") as file:
            position = int(offset * (path.stat().st_size - 1))
            file.seek(position)
            byte = file.read(1)[0]
            file.seek(position)
            file.write(bytes([byte ^ 0x10]))

    return flip


DAMAGES: dict[str, Callable[[Path], object]] = {
    "truncated to half": lambda path: os.truncate(path, path.stat().st_size // 2),
    "truncated to nothing": lambda path: os.truncate(path, 0),
    "gone": lambda path: path.unlink(),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    **{f"a byte at {part:.0%}": _flip(part) for part in (0, 0.001, 0.3, 0.6, 0.9, 1)},
}


@pytest.mark.long
@case("R12")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", ["signals.duckdb", "parquet/parsed/cards.parquet"])
def test_a_damaged_snapshot_is_built_again_and_that_is_said(
    settings: Project, published_once: Path, name: str, damage: Callable[[Path], object]
) -> None:
    file = current_snapshot(settings.published) / name
    file.chmod(0o644)
    damage(file)
    with opened(settings.build, published_once / "raw") as store:
        again = publish_plainly(store, settings)
        assert again.is_new
        # Without its database a snapshot is none at all.
        assert (name in again.damage) or (not file.exists() and name == "signals.duckdb")
        assert not publish_plainly(store, settings).is_new
    assert differences(settings.published, published_once / "data" / "published") == []
    assert_whole(settings.published)


@pytest.mark.long
@case("R13")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_store_is_refused_or_harmless_and_the_way_out_is_told(
    settings: Project, published_once: Path, damage: Callable[[Path], object]
) -> None:
    damage(settings.build / FILE_NAME)
    try:
        with opened(settings.build, published_once / "raw") as store:
            build_all(store, settings, published_once / "raw")
            publish_plainly(store, settings)
    except StoreDamagedError as error:
        told = str(error)
    else:
        # A byte that no row uses, or a store that began anew.
        told = "make rebuild"
    assert "make rebuild" in told
    assert differences(settings.published, published_once / "data" / "published") == []
    assert_whole(settings.published)


@pytest.mark.long
@case("R16")
@pytest.mark.parametrize(("limit", "code"), [("256MB", 0), ("12MB", 1)])
def test_with_little_memory_a_run_completes_or_says_so_in_one_line(
    settings: Project, published_once: Path, cards: Path, starter: Starter, limit: str, code: int
) -> None:
    environment = run_on(settings, cards)
    done = starter.run("run", SIGNALS_MEMORY_LIMIT=limit, **environment)
    assert done.code == code, done.printed
    assert len(done.said) == code
    if code:
        assert "memory limit is too small" in done.said[0]
        assert "SIGNALS_MEMORY_LIMIT" in done.said[0]
        assert differences(settings.published, published_once / "data" / "published") == []
    assert_whole(settings.published)


@pytest.mark.long
@case("R16")
def test_a_process_that_may_have_one_gigabyte_of_address_space_completes_or_says_so(
    settings: Project, published_once: Path, cards: Path, starter: Starter
) -> None:
    environment = run_on(settings, cards)
    done = starter.run("run", limits={"RLIMIT_AS": 1_000_000_000}, **environment)
    # Where a new thread has no room, it is the C library that says so and ends the process.
    is_ended = done.code == 127 and done.printed.rstrip().endswith("thread-local data: ABORT")
    assert is_ended or (done.code, len(done.said)) in [(0, 0), (1, 1)], done.printed
    assert_whole(settings.published)
    assert starter.run("run", **environment).code == 0
