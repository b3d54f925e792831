"""Snapshots that share files: what is the same is one file, and damage of it is found and mended in all."""

import errno
import os
from functools import partial
from pathlib import Path

import pytest

from signals_pipeline.core.errors import CannotWriteError
from signals_pipeline.core.sharing import put
from signals_pipeline.publish import integrity
from signals_pipeline.publish.integrity import SUMS, damage, mend, seal

FILES = {"signals.duckdb": "tables", "parquet/main/alert.parquet": "alerts", "report/index.html": "a page"}


def sealed(folder: Path, last: Path | None = None, **files: str) -> Path:
    """A snapshot of the files above, some of which hold something else."""
    other = {"signals.duckdb": files.get("database"), "report/index.html": files.get("page")}
    for name, text in (FILES | {name: text for name, text in other.items() if text is not None}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    seal(folder, last)
    return folder


def overwritten(path: Path) -> None:
    """Write into a file where it stands, as no part of the project does."""
    path.chmod(0o644)
    path.write_text("damage", "utf-8")


def flipped(path: Path) -> None:
    """Change one bit, and leave size and time as they were."""
    state, data = path.stat(), bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    replaced(path, bytes(data))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def cut_short(path: Path) -> None:
    replaced(path, path.read_bytes()[:-1])


def emptied(path: Path) -> None:
    replaced(path, b"")


def replaced(path: Path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


DAMAGE = (flipped, cut_short, emptied)
"""What may happen to a file where it stands."""


def shared(one: Path, other: Path) -> set[str]:
    return {name for name in (*FILES, SUMS) if (one / name).samefile(other / name)}


def no_links(*_: object, number: int = errno.EPERM) -> None:
    raise OSError(number, os.strerror(number))


def rests(folder: Path) -> list[Path]:
    return list(folder.rglob(".*"))


def test_what_is_the_same_is_one_file_but_for_the_database(tmp_path) -> None:
    last = sealed(tmp_path / "last")
    new = sealed(tmp_path / "new", last, page="another page")
    assert shared(last, new) == {"parquet/main/alert.parquet"}
    assert (damage(last), damage(new), rests(tmp_path)) == ("", "", [])
    assert (last / "report/index.html").read_text("utf-8") == "a page"


def test_a_file_is_shared_by_what_it_holds_whatever_it_is_called(tmp_path) -> None:
    last = sealed(tmp_path / "last", page="alerts of late")
    (tmp_path / "new" / "csv").mkdir(parents=True)
    (tmp_path / "new" / "csv" / "moved.csv").write_text("alerts of late", "utf-8")
    new = sealed(tmp_path / "new", last)
    assert (new / "csv" / "moved.csv").samefile(last / "report/index.html")
    assert damage(new) == ""


@pytest.mark.parametrize("number", [errno.EPERM, errno.EXDEV, errno.EMLINK, errno.ENOTSUP, errno.ENOSPC])
def test_without_links_each_snapshot_has_files_of_its_own(tmp_path, monkeypatch, number) -> None:
    last = sealed(tmp_path / "last")
    monkeypatch.setattr(os, "link", partial(no_links, number=number))
    new = sealed(tmp_path / "new", last)
    assert shared(last, new) == set()
    assert (damage(new), rests(tmp_path)) == ("", [])
    assert {path.stat().st_mode & 0o777 for path in new.rglob("*") if path.is_file()} == {0o444}


def test_removing_a_snapshot_leaves_what_others_share_with_it(tmp_path) -> None:
    last = sealed(tmp_path / "last")
    new = sealed(tmp_path / "new", last)
    for name in (*FILES, SUMS):
        (last / name).unlink()
    assert damage(new) == ""


@pytest.mark.parametrize("damaging", DAMAGE)
@pytest.mark.parametrize("has_links", [True, False])
def test_damage_in_a_shared_file_is_found_and_mended_in_every_snapshot(
    tmp_path, monkeypatch, has_links, damaging
):
    first = sealed(tmp_path / "first")
    second = sealed(tmp_path / "second", first)
    damaging(second / "report/index.html")
    for folder in (first, second):
        assert damage(folder) == "report/index.html holds something else than was published"
    new = sealed(tmp_path / "new")
    if not has_links:
        monkeypatch.setattr(os, "link", no_links)
    for folder in (first, second):
        mend(folder, new)
        assert damage(folder) == ""
        assert ("report/index.html" in shared(folder, new)) is has_links
        # What was whole stays as it was.
        assert "parquet/main/alert.parquet" not in shared(folder, new)
    assert rests(tmp_path) == []


def test_a_file_that_is_gone_is_put_back_and_what_no_other_snapshot_has_stays_damaged(tmp_path) -> None:
    damaged, new = sealed(tmp_path / "damaged"), sealed(tmp_path / "new", page="another page")
    (damaged / "parquet/main/alert.parquet").unlink()
    (damaged / "parquet/main").rmdir()
    overwritten(damaged / "report/index.html")
    mend(damaged, new)
    assert damage(damaged) == "report/index.html holds something else than was published"
    assert (damaged / "parquet/main/alert.parquet").read_text("utf-8") == "alerts"


def test_what_is_damaged_between_two_looks_is_found_by_the_next_one(tmp_path, monkeypatch) -> None:
    """The sums are those of what was written, not of what stands in the other snapshot."""
    last = sealed(tmp_path / "last")
    link = os.link

    def late(source: Path, target: Path) -> None:
        overwritten(Path(source))
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    new = sealed(tmp_path / "new", last)
    assert "holds something else than was published" in damage(new)
    assert integrity.sums(new) == integrity.sums(last)


def test_a_file_that_was_damaged_after_it_was_taken_from_the_last_snapshot_is_not_sealed(tmp_path) -> None:
    last, new = sealed(tmp_path / "last"), tmp_path / "new"
    new.mkdir()
    (new / "report").mkdir()
    put(last / "report/index.html", new / "report/index.html")
    overwritten(new / "report/index.html")
    with pytest.raises(CannotWriteError, match=r"last/report/index.html was damaged"):
        seal(new, last)
    assert not (new / SUMS).exists()
