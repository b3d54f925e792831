"""Copies of a snapshot in a folder and in storage: whole, found again, and never seen by half."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from signals_pipeline.__main__ import main
from signals_pipeline.core.errors import CannotWriteError, NoInputError
from signals_pipeline.core.settings import project
from signals_pipeline.publish import copies, integrity
from signals_pipeline.publish.copies import POINTER, Copied, publish_copy
from signals_pipeline.publish.integrity import SUMS
from signals_pipeline.publish.snapshot import KEEP, swap
from signals_pipeline_tests.conftest import AWS_SECRET as SECRET
from signals_pipeline_tests.starter import ROOT

NAMES = [f"20260{month}01T000000Z-0000000{month}" for month in range(1, KEEP + 2)]
KILLED = -9
N_PAGES = 4
N_FILES = N_PAGES + 2
WHERE = ["folder", pytest.param("storage", marks=pytest.mark.long)]


def make_snapshot(published: Path, name: str) -> Path:
    """A small published snapshot: a real database, and files that say which snapshot they are of."""
    folder = published / "snapshots" / name
    (folder / "report" / "topics").mkdir(parents=True)
    with duckdb.connect(str(folder / "signals.duckdb")) as connection:
        connection.execute(f"CREATE TABLE told AS SELECT '{name}' AS name")
    for number in range(N_PAGES):
        (folder / "report" / "topics" / f"{number}.html").write_text(f"{name} {number}", "utf-8")
    integrity.seal(folder)
    swap(published, name)
    return folder


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A published folder with one snapshot."""
    (tmp_path / "data" / "published" / "snapshots").mkdir(parents=True)
    make_snapshot(tmp_path / "data" / "published", NAMES[0])
    return tmp_path / "data" / "published"


def copied(published: Path, to: str) -> Copied:
    return publish_copy(project(data_dir=str(published.parent)), to)


def read_bucket(bucket: Any, path: str = "there") -> str:
    """The name of the snapshot that a reader finds in a bucket, every byte of which is as published."""
    pointer = json.loads(bucket.Object(f"{path}/{POINTER}").get()["Body"].read())
    base = f"{path}/{pointer['folder']}"
    for line in bucket.Object(f"{base}/{SUMS}").get()["Body"].read().decode().splitlines():
        known, _, name = line.partition("  ")
        assert hashlib.sha256(bucket.Object(f"{base}/{name}").get()["Body"].read()).hexdigest() == known
    return pointer["snapshot"]


def read_folder(folder: Path) -> str:
    """The same of a folder, where the database is asked."""
    current = (folder / "current").resolve()
    assert integrity.damage(current) == ""
    with duckdb.connect(str(current / "signals.duckdb"), read_only=True) as connection:
        ((name,),) = connection.execute("FROM told").fetchall()
    assert name == current.name
    return name


def killed_after(n_puts: int, published: Path, to: str) -> None:
    """Publish in a process that is killed in the middle of the file after so many."""
    script = f"""
import os, shutil, signal
from signals_pipeline.__main__ import main
from signals_pipeline.publish import copies
copies._AT_A_TIME = 1
left = [{n_puts}]
def killed(put):
    def counted(self, file, name):
        if not left[0]:
            if isinstance(self, copies.Folder):
                half = self.path / name
                half.parent.mkdir(parents=True, exist_ok=True)
                half.write_bytes(file.read_bytes()[:-1])
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        put(self, file, name)
    return counted
for one in (copies.Folder, copies.Storage):
    one.put = killed(one.put)
    one.point_to = lambda self, snapshot: os.kill(os.getpid(), signal.SIGKILL)
main(["publish", {to!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"SIGNALS_DATA_DIR": str(published.parent), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == KILLED, done.stderr


def test_a_folder_gets_the_whole_snapshot_and_a_link_to_it(published, tmp_path) -> None:
    to = tmp_path / "to"
    first = copied(published, str(to))
    assert read_folder(to) == NAMES[0]
    assert (first.n_files, first.n_new, first.n_removed) == (N_FILES, N_FILES, 0)
    again = copied(published, str(to))
    assert (again.n_files, again.n_new) == (N_FILES, 0)
    assert str((to / "current").readlink()) == f"snapshots/{NAMES[0]}"


def test_the_command_says_what_was_copied(published, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(published.parent))
    assert main(["publish", str(tmp_path / "to")]) == 0
    printed = capsys.readouterr().out
    assert f"leads to {NAMES[0]}: {N_FILES} files" in printed
    assert f"Copied now: {N_FILES}. Older copies removed: 0." in printed


@pytest.mark.long
def test_storage_gets_the_whole_snapshot_and_a_pointer_to_it(published, bucket) -> None:
    to = f"s3://{bucket.name}/there"
    assert copied(published, to).n_new == N_FILES
    assert read_bucket(bucket) == NAMES[0]
    assert copied(published, to).n_new == 0
    assert bucket.Object(f"there/snapshots/{NAMES[0]}/report/topics/1.html").content_type == "text/html"


@pytest.mark.parametrize("where", WHERE)
def test_as_many_copies_are_kept_as_snapshots_and_nothing_else_is_touched(
    where, published, tmp_path, request
) -> None:
    to = tmp_path / "to"
    bucket = request.getfixturevalue("bucket") if where == "storage" else None
    others = {
        "snapshots/mine/page.html": "mine",
        "other.txt": "other",
        "snapshots/20260101T000000Z": "a file",
    }
    for name, text in others.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (to / name).write_text(text, "utf-8")
        if bucket:
            bucket.put_object(Key=f"there/{name}", Body=text.encode())
    for name in NAMES[1:]:
        copied(published, str(to) if bucket is None else f"s3://{bucket.name}/there")
        make_snapshot(published, name)
    last = copied(published, str(to) if bucket is None else f"s3://{bucket.name}/there")
    assert last.n_removed == 1
    if bucket is None:
        assert read_folder(to) == NAMES[-1]
        found = {path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file()}
    else:
        assert read_bucket(bucket) == NAMES[-1]
        found = {one.key.removeprefix("there/") for one in bucket.objects.all()}
    assert others.keys() <= found
    assert {name.split("/")[1] for name in found if name.startswith("snapshots/")} == {
        *NAMES[-KEEP:], "mine", "20260101T000000Z",
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("where", WHERE)
def test_a_killed_copy_is_never_seen_and_the_next_one_goes_on(where, published, tmp_path, request) -> None:
    folder = tmp_path / "to"
    bucket = request.getfixturevalue("bucket") if where == "storage" else None
    to = str(folder) if bucket is None else f"s3://{bucket.name}/there"

    def read() -> str:
        return read_folder(folder) if bucket is None else read_bucket(bucket)

    copied(published, to)
    make_snapshot(published, NAMES[1])
    # In the first file, in the last one, which says that the copy is whole, and before readers are led to it;
    # of storage, where no object is there by half, before the last one alone.
    kills = (0, N_FILES - 1, 1) if bucket is None else (N_FILES - 1,)
    for n_puts in kills:
        killed_after(n_puts, published, to)
        assert read() == NAMES[0]
    assert copied(published, to).n_new == N_FILES - sum(kills), "what was missing, and nothing else"
    assert read() == NAMES[1]

    make_snapshot(published, NAMES[2])
    killed_after(3, published, to)
    make_snapshot(published, NAMES[3])
    assert copied(published, to).n_removed == 1, "what was left of a copy that nobody finished"
    assert read() == NAMES[3]


@pytest.mark.parametrize("where", WHERE)
def test_a_file_that_changed_there_is_copied_again(where, published, tmp_path, request) -> None:
    bucket = request.getfixturevalue("bucket") if where == "storage" else None
    to = str(tmp_path / "to") if bucket is None else f"s3://{bucket.name}/there"
    copied(published, to)
    page = f"snapshots/{NAMES[0]}/report/topics/3.html"
    other = b"x" * (published / "current" / "report" / "topics" / "3.html").stat().st_size
    if bucket is None:
        (tmp_path / "to" / page).chmod(0o644)
        (tmp_path / "to" / page).write_bytes(other)
    else:
        bucket.put_object(Key=f"there/{page}", Body=other)
    assert copied(published, to).n_new == 1
    assert (read_folder(tmp_path / "to") if bucket is None else read_bucket(bucket)) == NAMES[0]


def test_what_arrives_as_something_else_is_not_pointed_to(published, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(copies.shutil, "copyfile", lambda one, other: Path(other).write_text("else", "utf-8"))
    with pytest.raises(CannotWriteError, match="does not hold there"):
        copied(published, str(tmp_path / "to"))
    assert not (tmp_path / "to" / "current").exists()


def test_a_damaged_snapshot_is_not_copied(published, tmp_path) -> None:
    page = published / "current" / "report" / "topics" / "3.html"
    page.chmod(0o644)
    page.write_text("else", "utf-8")
    with pytest.raises(NoInputError, match="is damaged"):
        copied(published, str(tmp_path / "to"))
    shutil.rmtree(published / "snapshots" / NAMES[0])
    with pytest.raises(NoInputError, match="Nothing is published"):
        copied(published, str(tmp_path / "to"))
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("what", ["folder", "link", "file", "inside", "snapshots"])
def test_a_folder_that_is_not_ours_is_left_alone(what, published, tmp_path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    if what == "folder":
        (to / "current").mkdir()
    elif what == "link":
        (to / "current").symlink_to("/srv/else")
    elif what == "snapshots":
        (to / "snapshots").symlink_to(tmp_path)
    elif what == "file":
        to = to / "file"
        to.touch()
    else:
        to = published / "current" / "copy"
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CannotWriteError):
        copied(published, str(to))
    assert sorted(tmp_path.rglob("*")) == before


OLDER = "20000101T000000Z-00000000"


@pytest.mark.parametrize(
    "name", [NAMES[0], OLDER, f"{NAMES[0]}/report", f"{NAMES[0]}/signals.duckdb", f"{OLDER}/report/topics"]
)
def test_nothing_is_written_or_deleted_through_a_link(name, published, tmp_path) -> None:
    other = tmp_path / "other"
    (other / "topics").mkdir(parents=True)
    for foreign in (SUMS, "0.html", "topics/0.html"):
        (other / foreign).write_text("mine", "utf-8")
    link = tmp_path / "to" / "snapshots" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(other / "0.html" if name.endswith(".duckdb") else other)
    before = {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")}
    with pytest.raises(CannotWriteError, match=f"{name} is a link, and nothing is written through it"):
        copied(published, str(tmp_path / "to"))
    assert {path: path.is_file() and path.read_bytes() for path in tmp_path.rglob("*")} == before


def test_what_is_named_like_a_copy_and_is_no_folder_is_not_removed(published, tmp_path) -> None:
    odd = tmp_path / "to" / "snapshots" / OLDER
    odd.parent.mkdir(parents=True)
    odd.write_text("mine", "utf-8")
    copied(published, str(tmp_path / "to"))
    assert odd.read_text("utf-8") == "mine"


def test_the_folders_of_the_project_take_no_copy(published, tmp_path) -> None:
    cards = tmp_path / "cards"
    cards.mkdir()
    (tmp_path / "link").symlink_to(cards)
    settings = project(str(tmp_path), data_dir=str(published.parent), raw_dir=str(cards))
    before = sorted(tmp_path.rglob("*"))
    inside = (tmp_path, tmp_path / "link", cards / "copy", published.parent, published.parent / "build")
    for folder in inside:
        with pytest.raises(CannotWriteError, match="not that of the project"):
            publish_copy(settings, str(folder))
    assert sorted(tmp_path.rglob("*")) == before


def test_no_copy_goes_to_where_cards_lie_in_a_bucket(published) -> None:
    settings = project(data_dir=str(published.parent), raw_dir="s3://bucket/cards/")
    for place in ("s3://bucket/cards", "s3://bucket/cards/copy/"):
        with pytest.raises(CannotWriteError, match="the cards are read from s3://bucket/cards"):
            publish_copy(settings, place)


def test_a_folder_that_cannot_be_made_is_said_in_plain_words(published, tmp_path) -> None:
    with pytest.raises(CannotWriteError) as told:
        copied(published, "/proc/no-such-folder")
    assert str(told.value) == (
        "The folder /proc/no-such-folder cannot be made or written (No such file or directory). "
        "Name another one."
    )


@pytest.mark.long
def test_a_pointer_that_is_not_ours_is_left_alone(published, bucket) -> None:
    for content in (b"[]", b"no json", b'{"snapshot": "other"}'):
        bucket.put_object(Key=f"there/{POINTER}", Body=content)
        with pytest.raises(CannotWriteError, match="names no copy"):
            copied(published, f"s3://{bucket.name}/there")
        assert [one.key for one in bucket.objects.all()] == [f"there/{POINTER}"]


@pytest.mark.parametrize(
    ("to", "says"),
    [
        (f"s3://AKIDNOREALONE:{SECRET}@bucket/there", "not from an address"),
        (f"s3://bucket/there?secret={SECRET}", "not from an address"),
        (f"s3:/AKIDNOREALONE:{SECRET}@bucket", "not from an address"),
        (f"s3:AKIDNOREALONE:{SECRET}@bucket", "not from an address"),
        (f" HTTPS:/AKIDNOREALONE:{SECRET}@bucket", "not from an address"),
        ("ftp://bucket/there", "Write the place as"),
        ("s3://", "Write the place as"),
        ("", "Name another folder"),
        pytest.param("s3://no-such-bucket/there", "Nobody reads half a copy", marks=pytest.mark.long),
    ],
)
def test_a_place_that_cannot_be_is_said_in_one_line_without_keys(
    to, says, published, monkeypatch, capsys, request
) -> None:
    if "no-such" in to:
        request.getfixturevalue("bucket")
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(published.parent))
    monkeypatch.chdir(published.parent)
    assert main(["publish", to]) == CannotWriteError.exit_code
    printed = "".join(capsys.readouterr())
    assert says in printed.splitlines()[-1]
    assert [path.name for path in published.parent.iterdir()] == ["published"]
    assert SECRET not in printed
    assert "AKIDNOREALONE" not in printed


@pytest.mark.long
def test_what_storage_says_is_told_without_keys(published, bucket, monkeypatch) -> None:
    def failing(*_: object) -> None:
        raise ConnectionError(f"https://me:{SECRET}@host/ says: no {SECRET} of AKIDNOREALONE")

    monkeypatch.setattr(copies.Storage, "put", failing)
    with pytest.raises(CannotWriteError) as told:
        copied(published, f"s3://{bucket.name}/there")
    assert "cannot be written" in str(told.value)
    assert SECRET not in str(told.value)
    assert "AKIDNOREALONE" not in str(told.value)


def test_storage_without_its_extra_is_said_with_what_to_do(published, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(CannotWriteError, match="the extra publish"):
        copied(published, "s3://bucket/there")
