"""Which files have to be read, from what is listed and what the store holds."""

import pytest

from signals_pipeline.core.store import Store
from signals_pipeline.parsed.changes import Changes, count_changes, save_listing, select_files, selected
from signals_pipeline.raw.inventory import Entry, Listing

SECOND = 1_000_000_000
SEEN = Entry("x.md", 5, 100 * SECOND, 100 * SECOND, 7)
GONE = Entry("gone.md", 1, 1, 1, 1)
BEFORE = {
    "as it was, read two seconds after": (SEEN, 102 * SECOND, "p", False),
    "F14 read less than two seconds after": (SEEN, 102 * SECOND - 1, "p", True),
    "F14 mtime in the future": (Entry("x.md", 5, 999 * SECOND, 100 * SECOND, 7), 500 * SECOND, "p", True),
    "F14 mtime of 1970": (Entry("x.md", 5, 0, 100 * SECOND, 7), 500 * SECOND, "p", False),
    "F14 mtime as late as can be": (Entry("x.md", 5, 2**63 - 1, 0, 7), 500 * SECOND, "p", True),
    "F14 clock set back": (SEEN, 50 * SECOND, "p", True),
    "F15 another parser": (SEEN, 500 * SECOND, "q", True),
    "no regular file, as before": (Entry("x.md", None, 0, 0, 0, "unreadable: no."), 500 * SECOND, "p", False),
}


def know(store: Store, entry: Entry, read_ns: int, parser: str = "p") -> None:
    """Have the store hold a file as it was when it was read."""
    state = [entry.path, entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode, read_ns, parser]
    store.connection.execute(
        "INSERT INTO internal.files (path, size, mtime_ns, ctime_ns, inode, read_ns, parser) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        state,
    )


def to_read(store: Store) -> list[str]:
    n, _ = select_files(store, "p")
    return [entry.path for entry in selected(store, 1, n)]


@pytest.mark.parametrize(("entry", "read_ns", "parser", "is_read"), BEFORE.values(), ids=BEFORE)
def test_a_file_is_spared_only_when_its_times_can_be_believed(store, entry, read_ns, parser, is_read) -> None:
    know(store, entry, read_ns, parser)
    know(store, GONE, 1)
    save_listing(store, Listing([entry], []))
    assert count_changes(store, "p") == Changes(perhaps_changed=is_read, unchanged=not is_read, gone=1)
    assert to_read(store) == ["x.md"] * is_read
    assert {row[0] for row in store.rows("SELECT path FROM to_delete")} == {"gone.md", *["x.md"] * is_read}


@pytest.mark.parametrize("field", ["size", "mtime_ns", "ctime_ns", "inode"])
def test_a_file_is_read_again_when_one_of_its_marks_differs(store, field) -> None:
    marks = {"size": 5, "mtime_ns": 100 * SECOND, "ctime_ns": 100 * SECOND, "inode": 7}
    know(store, SEEN, 500 * SECOND)
    save_listing(store, Listing([Entry("x.md", **(marks | {field: marks[field] + 1}))], []))
    assert to_read(store) == ["x.md"]


def test_files_are_read_in_byte_order_and_each_once(store) -> None:
    paths = ["b.md", "é.md", "B.md", "a/é.md"]
    save_listing(store, Listing([Entry(path, 1, 1, 1, 1) for path in paths], []))
    assert count_changes(store, "p") == Changes(new=4)
    assert select_files(store, "p")[0] == 4
    found = selected(store, 1, 3) + selected(store, 4, 6)
    assert [entry.path for entry in found] == ["B.md", "a/é.md", "b.md", "é.md"]
    assert found[0] == Entry("B.md", 1, 1, 1, 1)


def test_what_shares_a_card_with_a_file_to_read_is_read_too_however_far(store) -> None:
    for path in ("a.md", "b.md", "c.md", "d.md"):
        know(store, Entry(path, 1, 1, 1, 1), 500 * SECOND)
    for path, card in (("a.md", "1"), ("b.md", "1"), ("b.md", "2"), ("c.md", "2"), ("d.md", "3")):
        store.connection.execute(
            "INSERT INTO internal.file_cards (path, card_id) VALUES (?, ?)", [path, card]
        )
    changed = [Entry("a.md", 2, 1, 1, 1), *(Entry(path, 1, 1, 1, 1) for path in ("b.md", "c.md", "d.md"))]
    save_listing(store, Listing(changed, []))
    assert to_read(store) == ["a.md", "b.md", "c.md"]
