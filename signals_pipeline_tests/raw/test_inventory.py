"""What is in the folder, and what of it has to be read."""

import os
import time
from pathlib import Path

import pytest

from signals_pipeline.errors import NoInputError
from signals_pipeline.parsed import ingest
from signals_pipeline.raw.inventory import Entry, Inventory, Known, Listing, compare, list_folder, version
from signals_pipeline_tests.conftest import CALENDAR, taken_in
from signals_pipeline_tests.raw.sample import (
    card,
    card_id,
    everything,
    later_clock,
    link,
    rejects,
    rows,
    write,
)


def paths(folder: Path) -> list[str]:
    return [entry.path for entry in list_folder(folder).entries]


def test_nested_folders_and_md_in_any_case_are_listed_in_byte_order(raw_dir) -> None:
    for name in ("b/z.md", "b.md", "a/b/c.MD", "B.Md", "é.md", "a.md", "a/.hidden.md"):
        (raw_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (raw_dir / name).write_text("x")
    assert paths(raw_dir) == ["B.Md", "a.md", "a/.hidden.md", "a/b/c.MD", "b.md", "b/z.md", "é.md"]


def test_archives_and_other_files_are_counted_and_left_alone(raw_dir) -> None:
    """F19."""
    for name in ("cards.zip", "cards.md.gz", "picture.png", "md", "note.txt"):
        (raw_dir / name).write_bytes(b"PK")
    write(raw_dir, 1)
    listing = list_folder(raw_dir)
    assert ([one.path for one in listing.entries], listing.n_ignored) == ([f"{card_id(link(1))}.md"], 5)


def test_links_in_a_circle_and_a_link_to_the_folder_itself_end(store, raw_dir) -> None:
    """F02."""
    (raw_dir / "round.md").symlink_to("again.md")
    (raw_dir / "again.md").symlink_to("round.md")
    (raw_dir / "here").symlink_to(".")
    (raw_dir / "up.md").symlink_to("..")
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    found = [path for path, _, code in rejects(store) if code == "not-regular-file"]
    assert found == ["again.md", "here", "round.md", "up.md"]
    assert len(rows(store, "cards")) == 1


def test_a_raw_folder_that_is_itself_a_link_is_followed(tmp_path, raw_dir) -> None:
    write(raw_dir, 1)
    (tmp_path / "link").symlink_to(raw_dir)
    assert paths(tmp_path / "link") == paths(raw_dir) != []


def test_an_empty_folder_is_an_empty_input(store, raw_dir) -> None:
    """F18."""
    taken = taken_in(store, raw_dir)
    assert (taken.files, taken.cards, taken.rejects) == (0, 0, 0)


def test_a_missing_folder_and_a_file_in_its_place_are_told_in_one_line(tmp_path) -> None:
    """F18."""
    with pytest.raises(NoInputError, match=r"does not exist\. Create it, or set SIGNALS_RAW_DIR"):
        list_folder(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(NoInputError, match="is not a folder"):
        list_folder(tmp_path / "file")
    assert NoInputError.exit_code == 66


def test_a_file_deleted_between_listing_and_opening_is_absent_from_this_run(store, raw_dir) -> None:
    """F06: one never read before, and one that the store holds."""
    write(raw_dir, 1)
    write(raw_dir, 2)
    taken_in(store, raw_dir)
    write(raw_dir, 3)
    ingest.save_listing(store, list_folder(raw_dir))
    for number in (2, 3):
        (raw_dir / f"{card_id(link(number))}.md").unlink()
    ingest.take_in(store, raw_dir, CALENDAR, {})
    assert rows(store, "cards", "card_id") == [(card_id(link(1)),)]
    assert rows(store, "files_seen", "path") == [(f"{card_id(link(1))}.md",)]
    assert all(path == f"{card_id(link(1))}.md" for path, _, _ in rejects(store))


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


def test_other_content_of_the_same_size_and_mtime_is_noticed(store, raw_dir) -> None:
    """F14: within the two seconds in which times cannot be believed."""
    path = write(raw_dir, 1, card(1, title="Kelp"))
    state = path.stat()
    taken_in(store, raw_dir)
    path.write_text(card(1, title="Weed"))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    taken = taken_in(store, raw_dir)
    assert rows(store, "cards", "title") == [("Weed",)]
    assert (taken.read, taken.changed) == (1, 1)


def test_a_file_touched_but_not_changed_is_read_and_changes_nothing(store, raw_dir, monkeypatch) -> None:
    """F14, F16."""
    path = write(raw_dir, 1)
    write(raw_dir, 2)
    later_clock(monkeypatch)
    taken_in(store, raw_dir)
    before, built = everything(store), store.built()
    assert taken_in(store, raw_dir).read == 0
    os.utime(path)
    taken = taken_in(store, raw_dir)
    assert (taken.read, taken.new, taken.changed, taken.removed) == (1, 0, 0, 0)
    assert everything(store) == before
    assert store.built() == built


def test_an_mtime_in_the_future_has_the_file_read_each_time(store, raw_dir) -> None:
    """F14."""
    path = write(raw_dir, 1)
    os.utime(path, (time.time() + 1e6,) * 2)
    assert taken_in(store, raw_dir).new == 1
    assert [taken_in(store, raw_dir).read for _ in range(2)] == [1, 1]
    assert rows(store, "cards", "title") == [("Kelp",)]


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
