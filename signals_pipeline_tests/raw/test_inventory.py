"""What is in the folder, and what of it has to be read."""

from pathlib import Path

import pytest

from signals_pipeline.raw.inventory import Entry, Inventory, Known, Listing, compare, list_folder, version
from signals_pipeline_tests.raw.sample import (
    card,
    write,
)


def paths(folder: Path) -> list[str]:
    return [entry.path for entry in list_folder(folder).entries]


def test_nested_folders_and_md_in_any_case_are_listed_in_byte_order(raw_dir) -> None:
    for name in ("b/z.md", "b.md", "a/b/c.MD", "B.Md", "é.md", "a.md", "a/.hidden.md"):
        (raw_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (raw_dir / name).write_text("x")
    assert paths(raw_dir) == ["B.Md", "a.md", "a/.hidden.md", "a/b/c.MD", "b.md", "b/z.md", "é.md"]


def test_a_raw_folder_that_is_itself_a_link_is_followed(tmp_path, raw_dir) -> None:
    write(raw_dir, 1)
    (tmp_path / "link").symlink_to(raw_dir)
    assert paths(tmp_path / "link") == paths(raw_dir) != []


def known(entry: Entry, read_ns: int, parser: str = "p") -> dict[str, Known]:
    return {
        entry.path: Known(entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode, read_ns, parser),
        "gone.md": Known(1, 1, 1, 1, 1, parser),
    }


SECOND = 1_000_000_000
SEEN = Entry("x.md", 5, 100 * SECOND, 100 * SECOND, 7)
BEFORE = {
    "as it was, read two seconds after": (SEEN, 102 * SECOND, "p", False),
    "F14 read less than two seconds after": (SEEN, 102 * SECOND - 1, "p", True),
    "F14 mtime in the future": (Entry("x.md", 5, 999 * SECOND, 100 * SECOND, 7), 500 * SECOND, "p", True),
    "F14 mtime of 1970": (Entry("x.md", 5, 0, 100 * SECOND, 7), 500 * SECOND, "p", False),
    "F14 clock set back": (SEEN, 50 * SECOND, "p", True),
    "F15 another parser": (SEEN, 500 * SECOND, "q", True),
}


@pytest.mark.parametrize(("entry", "read_ns", "parser", "is_read"), BEFORE.values(), ids=BEFORE)
def test_a_file_is_spared_only_when_its_times_can_be_believed(entry, read_ns, parser, is_read) -> None:
    found = compare(Listing([entry], 0), known(entry, read_ns), parser)
    same, changed = ([], ["x.md"]) if is_read else (["x.md"], [])
    assert found == Inventory(new=[], perhaps_changed=changed, unchanged=same, gone=["gone.md"])


@pytest.mark.parametrize("field", ["size", "mtime_ns", "ctime_ns", "inode"])
def test_a_file_is_read_again_when_one_of_its_marks_differs(field) -> None:
    marks = {"size": 5, "mtime_ns": 100 * SECOND, "ctime_ns": 100 * SECOND, "inode": 7}
    now = Entry("x.md", **(marks | {field: marks[field] + 1}))
    assert compare(Listing([now], 0), known(SEEN, 500 * SECOND), "p").to_read == ["x.md"]


def test_to_read_is_in_byte_order() -> None:
    listing = Listing([Entry(path, 1, 1, 1, 1) for path in ("b.md", "é.md", "B.md", "a/é.md")], 0)
    assert compare(listing, {}, "p").to_read == ["B.md", "a/é.md", "b.md", "é.md"]


def test_the_version_of_a_folder_changes_with_every_change_of_a_file_and_only_then(raw_dir) -> None:
    path = write(raw_dir, 1)
    found = [version(list_folder(raw_dir))]
    assert version(list_folder(raw_dir)) == found[0]
    (raw_dir / "picture.png").write_bytes(b"x")
    assert version(list_folder(raw_dir)) == found[0], "other files do not count"
    write(raw_dir, 2)
    found.append(version(list_folder(raw_dir)))
    path.write_text(card(1) + "\n")
    found.append(version(list_folder(raw_dir)))
    path.rename(raw_dir / "other.md")
    found.append(version(list_folder(raw_dir)))
    (raw_dir / "other.md").unlink()
    found.append(version(list_folder(raw_dir)))
    assert len(set(found)) == len(found)
