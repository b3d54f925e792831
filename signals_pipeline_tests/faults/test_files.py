"""Files and what happens to them: between two runs, while they are read, and on the way to the tables."""

import contextlib
import gzip
import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from signals_pipeline.core import errors
from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.settings import project
from signals_pipeline.core.store import remove_store
from signals_pipeline.parsed import chunks, ingest
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline.raw import gate
from signals_pipeline.raw.gate import GateError
from signals_pipeline.raw.inventory import IS_HIDDEN, IS_NO_TEXT, list_folder
from signals_pipeline.raw.paths import show
from signals_pipeline_tests import corpus, fixtures
from signals_pipeline_tests.conftest import CALENDAR, opened, taken_in
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.folder import (
    ROOT,
    Snapshot,
    bad,
    card,
    job_settings,
    keywords,
    table,
)
from signals_pipeline_tests.faults.plain import assert_whole, differences, rebuilt
from signals_pipeline_tests.raw.sample import card as sample_card
from signals_pipeline_tests.raw.sample import (
    card_id,
    everything,
    later_clock,
    link,
    read_afresh,
    rejects,
    rows,
    write,
)
from signals_pipeline_tests.speeds import long_but
from signals_pipeline_tests.starter import Starter

NAME = f"{card_id(link(1))}.md"


def refused(path: Path) -> str:
    """The code with which the gate turns a file away."""
    with pytest.raises(GateError) as error:
        gate.read(os.fsencode(path))
    return error.value.code


# What lies in the folder and is no file

SECRET = "What the secret of F01 says"
PASSWORDS = next(
    line for line in Path("/etc/passwd").read_text("utf-8").splitlines() if line and not line.startswith("#")
)


def _link_to_secret(path: Path) -> None:
    secret = path.parents[2] / "secret.md"
    secret.write_text(card(SECRET), "utf-8")
    path.symlink_to(secret)


F01 = bad(
    "F01",
    {
        NAME: lambda path: path.symlink_to("/etc/passwd"),
        "secret.md": _link_to_secret,
        "nothing.md": lambda path: path.symlink_to("nothing there"),
    },
)


@case("F01")
def test_a_link_is_not_followed_and_what_it_leads_to_stands_nowhere(published: Snapshot) -> None:
    not_read = [("file", "not-regular-file", None)]
    assert published.rejects(F01) == {NAME: not_read, "nothing.md": not_read, "secret.md": not_read}
    assert published.of(F01, "card_files", "card_id") == {}
    databases = [published.settings.database, published.settings.build / "store.duckdb"]
    for database in databases:
        assert _holding(database, SECRET, PASSWORDS) == []
        assert _holding(database, "F04 quotes") != [], "what is looked for would be found"
    written = [path for path in published.data.rglob("*") if path.is_file()]
    assert [
        path for path in written if any(text.encode() in path.read_bytes() for text in (SECRET, PASSWORDS))
    ] == []


@case("F01")
def test_a_link_put_in_the_place_of_a_listed_file_is_not_followed(store, raw_dir, tmp_path) -> None:
    path = write(raw_dir, 1)
    secret = write(tmp_path, 2, sample_card(2, title=SECRET))
    save_listing(store, list_folder(raw_dir))
    path.unlink()
    path.symlink_to(secret)
    ingest.ingest(store, raw_dir, CALENDAR, {})
    assert rejects(store) == [(NAME, "file", "not-regular-file")]
    assert SECRET not in repr(everything(store))


def _holding(database: Path, *texts: str) -> list[str]:
    """The tables of a database in which one of the texts stands."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
        return [
            name
            for (name,) in names
            for text in texts
            if connection.execute(
                f"SELECT 1 FROM {name} AS t WHERE contains(t::VARCHAR, ?) LIMIT 1", [text]
            ).fetchall()
        ]


F02 = bad(
    "F02",
    {
        "round.md": lambda path: path.symlink_to("again.md"),
        "again.md": lambda path: path.symlink_to("round.md"),
        "here": lambda path: path.symlink_to("."),
        "up.md": lambda path: path.symlink_to(".."),
        "card.md": card("F02", keywords("kelp")),
    },
)


@case("F02")
def test_links_in_a_circle_and_a_link_to_the_folder_itself_end(published: Snapshot) -> None:
    not_read = [("file", "not-regular-file", None)]
    assert published.rejects(F02) == dict.fromkeys(("again.md", "here", "round.md", "up.md"), not_read)
    assert published.of(F02, "cards", "title") == {"card.md": ["F02"]}


def _bind(path: Path) -> None:
    # The path of a socket must be short, so it is named from where it is.
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path.name)


def _folder_with_a_card(path: Path) -> None:
    path.mkdir()
    (path / "card.md").write_text(card("F03", keywords("kelp")), "utf-8")


F03 = bad("F03", {"pipe.md": os.mkfifo, "socket.md": _bind, "folder.md": _folder_with_a_card})


@case("F03")
def test_a_pipe_or_a_socket_named_like_a_card_is_skipped(published: Snapshot) -> None:
    not_read = [("file", "not-regular-file", None)]
    assert published.rejects(F03) == {"pipe.md": not_read, "socket.md": not_read}
    assert published.of(F03, "cards", "title") == {"folder.md/card.md": ["F03"]}


@case("F03")
def test_a_pipe_a_socket_and_a_folder_are_refused_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes to would be waited for without end."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    _bind(tmp_path / "socket.md")
    start = time.monotonic()
    assert {refused(path) for path in tmp_path.iterdir()} == {"not-regular-file"}
    assert time.monotonic() - start < 10


NAMES = {
    "F04 newline": b"a\nb.md",
    "F04 quotes": b'it\'s "so".md',
    "F04 not UTF-8": b"\xff\xfe.md",
    "F04 dots": b"..md",
    "F04 dots and more": b"...md",
    "F04 255 bytes": b"k" * 252 + b".md",
    "F04 leading dash": b"-rf.md",
    "F04 backslash": rb"\x41.md",
    "F04 hidden": b".md",
    "F04 blank": b" .md",
    "F04 SQL": b"'; DROP TABLE parsed.cards; --.md",
    "F04 markup": b"<script>alert(1)<.md",
}
F04 = bad("F04", {name: card(about, keywords("kelp")).encode() for about, name in NAMES.items()})


@case("F04")
def test_a_card_of_any_name_is_read_and_its_path_is_shown_escaped(published: Snapshot) -> None:
    there = {path.name for path in os.scandir(os.fsencode(published.raw_dir / F04))}
    assert len(there) >= len(NAMES) - 1, "only a name that is no UTF-8 may be refused by the file system"
    found = published.of(F04, "cards", "title")
    # What begins with a point is hidden, and left alone.
    read = {about: name for about, name in NAMES.items() if name in there and not name.startswith(b".")}
    assert found == {show(name): [about] for about, name in read.items()}
    assert all(name.isprintable() for name in found)
    assert r"a\x0ab.md" in found
    assert published.rejects(F04) == {}


@case("F04")
def test_no_file_that_the_job_writes_is_named_by_a_card(published: Snapshot) -> None:
    names = {path.name for path in published.data.rglob("*")}
    assert len(names) > 20
    assert [name for name in names if not re.fullmatch(r"[\w.@+-]+", name, re.ASCII)] == []
    assert not any(name.startswith(("-", "kkk")) for name in names)


@case("F04")
def test_a_card_of_any_name_can_be_removed_again(store, raw_dir) -> None:
    for number, name in enumerate(NAMES.values()):
        with contextlib.suppress(OSError):  # some file systems take names in UTF-8 only
            (raw_dir / os.fsdecode(name)).write_text(sample_card(number))
    taken = taken_in(store, raw_dir)
    hidden = [path.name for path in raw_dir.iterdir() if path.name.startswith(".")]
    assert taken.cards + len(hidden) == len(list(raw_dir.iterdir())) >= len(NAMES) - 1
    assert len(hidden) == 3
    for path in raw_dir.iterdir():
        path.unlink()
    assert taken_in(store, raw_dir).removed == taken.cards
    assert rows(store, "files_seen") == []


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("zipped.md", card("F19 zipped"))


F19 = bad(
    "F19",
    {
        "cards.zip": _zip,
        "card.md.gz": gzip.compress(card("F19 zipped").encode()),
        "zipped.md": gzip.compress(card("F19 zipped").encode(), mtime=0),
        "picture.png": b"\x89PNG",
        "md": card("F19 without an extension"),
        "card.md": card("F19", keywords("kelp")),
    },
)


@case("F19")
def test_archives_and_other_files_are_counted_and_never_unpacked(published: Snapshot) -> None:
    assert published.of(F19, "cards", "title") == {"card.md": ["F19"]}
    assert published.of(F19, "files_seen", "kind") == {
        "card.md": ["card"],
        "zipped.md": ["other"],
        **{name: ["not text"] for name in ("card.md.gz", "cards.zip", "md", "picture.png")},
    }
    assert published.rejects(F19) == {"zipped.md": [("file", "not-utf8", None)]}
    ((n_left_alone,),) = published.rows(
        "SELECT count(*) FROM parsed.files_seen WHERE reason IN (?, ?)", [IS_HIDDEN, IS_NO_TEXT]
    )
    assert published.events.tables["raw/inventory"]["left_alone"] == n_left_alone


# What cannot be read, or not now

AS_ANOTHER_USER = """
import os, sys
from pathlib import Path
from signals_pipeline_tests.conftest import opened, taken_in
from signals_pipeline_tests.raw.sample import rejects, rows
base = Path(sys.argv[1])
with opened(base / "first", base / "nothing") as store:
    taken_in(store, base)  # as whoever started the tests, so that everything is imported
if os.geteuid() == 0:
    os.seteuid(65534)
with opened(base / "build", base / "raw") as store:
    for _ in range(2):
        taken_in(store, base / "raw")
    print(rejects(store), rows(store, "cards", "path"))
"""


@pytest.mark.long
@case("F05")
def test_a_file_without_permission_is_a_reject_and_the_others_go_on() -> None:
    """As a user who is not root, in a process of its own; a folder that cannot be listed as well."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o777)
        write(base / "raw", 1).chmod(0)
        write(base / "raw", 2, under="open")
        write(base / "raw", 3, under="shut").parent.chmod(0)
        try:
            answer = subprocess.run(
                [sys.executable, "-c", AS_ANOTHER_USER, name],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            (base / "raw" / "shut").chmod(0o755)
    assert answer.stderr == ""
    shut = [(f"{card_id(link(1))}.md", "file", "unreadable"), ("shut", "file", "unreadable")]
    path = f"open/{card_id(link(2))}.md"
    expected = sorted([*shut, (path, "row", "out-of-range")], key=repr)
    assert answer.stdout == f"{expected} {[(path,)]}\n"


@case("F06")
def test_a_file_deleted_between_listing_and_opening_is_absent_from_this_run(store, raw_dir) -> None:
    """One never read before, and one that the store holds."""
    write(raw_dir, 1)
    write(raw_dir, 2)
    taken_in(store, raw_dir)
    write(raw_dir, 3)
    save_listing(store, list_folder(raw_dir))
    for number in (2, 3):
        (raw_dir / f"{card_id(link(number))}.md").unlink()
    ingest.ingest(store, raw_dir, CALENDAR, {})
    assert rows(store, "cards", "card_id") == [(card_id(link(1)),)]
    assert rows(store, "files_seen", "path") == [(NAME,)]
    assert {path for path, _, _ in rejects(store)} == {NAME}


@pytest.mark.long
@case("F06")
def test_a_file_read_again_for_another_s_sake_may_be_gone_by_then(
    store, raw_dir, tmp_path, monkeypatch
) -> None:
    """One id in a, and two ids in b, the second of which c holds too: c has to be read as well."""
    later_clock(monkeypatch)
    two = sample_card(1, title="First") + "\n\n" + sample_card(2, title="Second")
    for folder, number, text in (
        ("a", 1, sample_card(1)),
        ("b", 2, two),
        ("c", 2, sample_card(2, title="Third")),
    ):
        write(raw_dir, number, text, under=folder)
    taken_in(store, raw_dir)
    assert ("Second",) in rows(store, "cards", "title")
    write(raw_dir, 1, sample_card(1, title="Changed"), under="a")
    save_listing(store, list_folder(raw_dir))
    (raw_dir / "b" / f"{card_id(link(2))}.md").unlink()
    ingest.ingest(store, raw_dir, CALENDAR, {})
    assert everything(store) == read_afresh(tmp_path, raw_dir)
    assert rows(store, "cards", "title") == [("Changed",), ("Third",)]


@case("F07")
def test_a_file_that_changes_each_time_it_is_read_is_unstable(store, raw_dir, monkeypatch) -> None:
    """Read three times, then a reject; when it rests it is read, although nobody touched it since."""
    path = write(raw_dir, 1)
    os.utime(path, (1, 1))
    reads = []
    read_all = gate._read_all

    def growing(descriptor, size):
        data = read_all(descriptor, size)
        reads.append(size)
        path.write_text(sample_card(1) + " " * len(reads))
        return data

    monkeypatch.setattr(gate, "_is_just_written", lambda state: False)
    with monkeypatch.context() as patch:
        patch.setattr(gate, "_read_all", growing)
        taken_in(store, raw_dir)
    assert len(reads) == 3
    assert rejects(store) == [(path.name, "file", "unstable")]
    assert rows(store, "cards") == []
    taken_in(store, raw_dir)
    assert rows(store, "cards", "title") == [("Kelp",)]
    assert [code for _, _, code in rejects(store)] == ["out-of-range"]


@case("F07")
@pytest.mark.parametrize("code", ["unstable", "unreadable"])
def test_what_could_not_be_read_for_now_is_tried_again(store, raw_dir, monkeypatch, code) -> None:
    """Also where size, times and inode are all as they were; so it is for F05."""
    write(raw_dir, 1)
    later_clock(monkeypatch)

    def failing(path):
        raise GateError(code, "Not now.")

    with monkeypatch.context() as patch:
        patch.setattr(gate, "read", failing)
        taken_in(store, raw_dir)
    assert rows(store, "cards") == []
    taken_in(store, raw_dir)
    assert len(rows(store, "cards")) == 1


@case("F07")
def test_what_is_read_is_never_a_mix_of_two_versions(tmp_path) -> None:
    """A thread writes two versions in turn over each other while the file is read."""
    path = tmp_path / "x.md"
    versions = [letter * 200_000 for letter in (b"a", b"b")]
    path.write_bytes(versions[0])
    stop = threading.Event()

    def write_on() -> None:
        turn = 0
        descriptor = os.open(path, os.O_WRONLY)
        while not stop.wait(0.001 * (turn % 60)):
            turn += 1
            for start in range(0, 200_000, 4_000):
                os.pwrite(descriptor, versions[turn % 2][start : start + 4_000], start)
        os.close(descriptor)

    writer = threading.Thread(target=write_on)
    writer.start()
    outcomes = set()
    try:
        for _ in range(25):
            try:
                data = gate.read(os.fsencode(path)).data
            except GateError as error:
                outcomes.add(error.code)
            else:
                assert data in versions
    finally:
        stop.set()
        writer.join()
    assert outcomes <= {"unstable"}


CARD_C = next(path for path in fixtures.ALL if path.stem.endswith("form-c"))


@pytest.mark.long
@case("F08")
def test_a_half_written_card_is_read_or_rejected_and_the_whole_one_takes_its_place(
    store, raw_dir, tmp_path
) -> None:
    """Cut at every 200th byte, each cut under an id of its own; then all of them are written to the end."""
    whole = next(iter(fixtures.load(CARD_C).files.values())).encode()
    paths = {end: raw_dir / f"{end:032x}.md" for end in range(0, len(whole), 200)}
    for end, path in paths.items():
        path.write_bytes(whole[:end])
    taken = taken_in(store, raw_dir)
    assert len(paths) > 5
    unread = [one for one in rejects(store) if one[1] != "row"]
    assert (taken.files, taken.cards + len(unread)) == (len(paths), len(paths))
    for path in paths.values():
        path.write_bytes(whole)
    assert taken_in(store, raw_dir).changed == len(paths)
    assert rejects(store) == []
    assert everything(store) == read_afresh(tmp_path, raw_dir)


# Several files of one card

TWICE = card("F09", keywords("kelp"), table("| one | two |", "| three | four | five |"))
F09 = bad("F09", {f"a/{NAME}": TWICE, f"b/{NAME}": TWICE})
F10 = bad(
    "F10",
    {
        f"{folder}/{card_id('F10')}.md": card(f"F10 of {folder}", keywords(folder))
        for folder in ("c", "a", "b")
    },
)


@case("F09")
def test_equal_bytes_under_two_names_are_one_card_with_both_paths(published: Snapshot) -> None:
    assert published.of(F09, "cards", "title", "card_id") == {f"a/{NAME}": [("F09", card_id(link(1)))]}
    assert published.of(F09, "card_files", "card_id") == {
        f"{folder}/{NAME}": [card_id(link(1))] for folder in "ab"
    }
    assert published.of(F09, "keywords", "raw_text") == {f"a/{NAME}": ["kelp"]}
    assert published.of(F09, "concerns", "name") == {f"a/{NAME}": ["one"]}
    assert published.rejects(F09) == {f"a/{NAME}": [("row", "extra-cells", 14)]}


@case("F10")
def test_of_other_content_under_one_id_the_first_path_is_the_card(published: Snapshot) -> None:
    name = f"{card_id('F10')}.md"
    assert published.of(F10, "cards", "title") == {f"a/{name}": ["F10 of a"]}
    assert published.of(F10, "keywords", "raw_text") == {f"a/{name}": ["a"]}
    assert published.of(F10, "card_files", "card_id").keys() == {f"a/{name}"}
    duplicate = [("card", "duplicate-id", 1)]
    assert published.rejects(F10) == {f"b/{name}": duplicate, f"c/{name}": duplicate}


@case("F10")
@pytest.mark.parametrize("order", long_but(["abc", "cba", "bca", "bac"], "cba"))
def test_of_one_id_with_other_content_the_first_path_is_the_card_whatever_came_first(
    store, raw_dir, monkeypatch, order
) -> None:
    later_clock(monkeypatch)
    for folder in order:
        write(raw_dir, 1, sample_card(1, title=f"Kelp of {folder}"), under=folder)
        taken_in(store, raw_dir)
    assert rows(store, "cards", "title", "path") == [("Kelp of a", f"a/{NAME}")]
    assert rows(store, "card_files", "path") == [(f"a/{NAME}",)]
    duplicates = [path for path, level, code in rejects(store) if (level, code) == ("card", "duplicate-id")]
    assert duplicates == [f"b/{NAME}", f"c/{NAME}"]


@pytest.mark.long
@case("F10")
def test_the_first_path_may_go_away_and_come_back(store, raw_dir, monkeypatch) -> None:
    later_clock(monkeypatch)
    for folder in "abc":
        write(raw_dir, 1, sample_card(1, title=f"Kelp of {folder}"), under=folder)
    taken_in(store, raw_dir)
    both = everything(store)
    (raw_dir / "a" / NAME).unlink()
    taken_in(store, raw_dir)
    assert rows(store, "cards", "title", "path") == [("Kelp of b", f"b/{NAME}")]
    write(raw_dir, 1, sample_card(1, title="Kelp of a"), under="a")
    taken_in(store, raw_dir)
    assert everything(store) == both


@pytest.mark.long
@case("F10")
def test_a_file_that_holds_no_card_stays_a_reject_when_its_namesake_changes(
    store, raw_dir, tmp_path, monkeypatch
) -> None:
    """One id, a file without content and a card."""
    later_clock(monkeypatch)
    write(raw_dir, 1, "Nothing that a card has.", under="a")
    write(raw_dir, 1, under="b")
    taken_in(store, raw_dir)
    write(raw_dir, 1, sample_card(1, title="Weed"), under="b")
    taken_in(store, raw_dir)
    assert (f"a/{NAME}", "card", "no-card-content") in rejects(store)
    assert everything(store) == read_afresh(tmp_path, raw_dir)


# Several runs


@dataclass(frozen=True)
class State:
    """What stood in a snapshot after a run: its folder, and of each month how often kelp was mentioned."""

    published: Path
    months: dict[str, tuple[int, int, float]]
    paths: set[str]


class Runs:
    """Runs as they follow each other on one data folder."""

    def __init__(self, base: Path, raw_dir: Path) -> None:
        self.base = base
        self.raw_dir = raw_dir
        self.settings = project(data_dir=str(base / "data"), raw_dir=str(raw_dir))
        self.states = 0

    def run(self) -> State:
        """The state after one more run."""
        published = rebuilt(self.settings, self.raw_dir)
        assert_whole(published)
        self.states += 1
        kept = self.base / f"state{self.states}"
        kept.mkdir()
        (kept / "current").symlink_to((published / "current").resolve())
        with duckdb.connect(str(kept / "current" / "signals.duckdb"), read_only=True) as connection:
            months = connection.execute(
                "SELECT period_start::VARCHAR, n_cards_with, n_cards, share "
                "FROM trend('kelp', kind := 'keyword')"
            ).fetchall()
            paths = connection.execute("SELECT path FROM parsed.card_files").fetchall()
        return State(
            kept,
            {month: (n_with, n, share) for month, n_with, n, share in months},
            {path for (path,) in paths},
        )


@dataclass(frozen=True)
class History:
    """Three months; then a late card of the first one arrives, nothing happens, and the late card goes."""

    before: State
    late: State
    again: State
    gone: State
    full: Path


LATE = f"{card_id(link(4))}.md"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    base = tmp_path_factory.mktemp("history")
    raw_dir = base / "raw"
    runs = Runs(base, raw_dir)
    for number, token in enumerate(("20231105", "20231203", "20240107"), 1):
        write(raw_dir, number, sample_card(number, token=token))
    before = runs.run()
    write(raw_dir, 4, sample_card(4, token="20231105", keywords=("weed",)))
    late = runs.run()
    again = runs.run()
    full = rebuilt(project(data_dir=str(base / "full"), raw_dir=str(raw_dir)), raw_dir)
    (raw_dir / LATE).unlink()
    return History(before, late, again, runs.run(), full)


@pytest.mark.long
@case("F11")
def test_a_late_card_changes_the_month_of_its_issue_and_no_other_one(history: History) -> None:
    assert history.before.months == {
        "2023-11-01": (1, 1, 1.0),
        "2023-12-01": (1, 1, 1.0),
        "2024-01-01": (1, 1, 1.0),
    }
    assert history.late.months == history.before.months | {"2023-11-01": (1, 2, 0.5)}
    assert differences(history.late.published, history.full) == []
    changed = differences(history.before.published, history.late.published)
    assert {"parquet/parsed/cards.parquet", "parquet/main/topic_trend.parquet"} <= set(changed)


@pytest.mark.long
@case("F11")
def test_a_late_issue_of_the_same_article_gives_the_same_as_a_full_build(
    store, raw_dir, tmp_path, monkeypatch
) -> None:
    """An older date arrives after a newer one, and counts in its place."""
    later_clock(monkeypatch)
    write(raw_dir, 1, sample_card(1, token="20240107"))
    taken_in(store, raw_dir)
    assert rows(store, "cards", "is_counted") == [(True,)]
    older = sample_card(1, token="20230108").replace(link(1), f"{link(1)}?utm_source=x")
    (raw_dir / f"{card_id(link(1) + '?utm_source=x')}.md").write_text(older)
    taken_in(store, raw_dir)
    assert rows(store, "cards", "issue_key", "not_counted_reason") == [
        ("2023-01-08", None),
        ("2024-01-07", "duplicate-article"),
    ]
    assert everything(store) == read_afresh(tmp_path, raw_dir)


@pytest.mark.long
@case("F12")
def test_nothing_of_a_removed_file_is_left_in_tables_and_trends(history: History) -> None:
    assert history.late.paths - history.gone.paths == {LATE}
    assert history.gone.months == history.before.months
    assert differences(history.gone.published, history.before.published) == []


@case("F12")
def test_all_rows_of_a_removed_file_are_gone(store, raw_dir, monkeypatch) -> None:
    later_clock(monkeypatch)
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    before = everything(store)
    path = write(raw_dir, 2)
    taken_in(store, raw_dir)
    path.unlink()
    assert taken_in(store, raw_dir).removed == 1
    assert everything(store) == before
    assert store.value("SELECT count(*) FROM internal.section_counts WHERE card_id = ?", [path.stem]) == 0


@pytest.mark.long
@case("F16")
def test_a_second_run_on_the_same_files_publishes_nothing_new(history: History) -> None:
    current = [(state.published / "current").resolve() for state in (history.late, history.again)]
    assert current[0] == current[1]
    assert history.again == State(history.again.published, history.late.months, history.late.paths)


@case("F16")
def test_a_second_run_on_the_same_files_reads_nothing_and_changes_nothing(
    store, raw_dir, monkeypatch
) -> None:
    later_clock(monkeypatch)
    for path in fixtures.ALL:
        fixtures.load(path).write(raw_dir / path.stem)
    taken_in(store, raw_dir)
    before, built = everything(store), store.built()
    taken = taken_in(store, raw_dir)
    assert (taken.read, taken.new, taken.changed, taken.removed) == (0, 0, 0, 0)
    assert everything(store) == before
    assert store.built() == built


EXPORTS = """
import os, sys
from pathlib import Path
from random import Random
scandir = os.scandir
class Shuffled:
    def __init__(self, path="."):
        with scandir(path) as found:
            self.entries = list(found)
        Random(int(sys.argv[3])).shuffle(self.entries)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.close()
    def __iter__(self):
        return self
    def __next__(self):
        if not self.entries:
            raise StopIteration
        return self.entries.pop()
    def close(self):
        pass
os.scandir = Shuffled
from signals_pipeline.core.settings import project
from signals_pipeline_tests.faults.plain import rebuilt
rebuilt(project(data_dir=sys.argv[1], raw_dir=sys.argv[2]), Path(sys.argv[2]), with_report=True)
print([entry.name for entry in os.scandir(sys.argv[2])][:3])
"""
PLACES = {
    "Kiritimati": {
        "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "1",
    },
    "nowhere": {
        "TZ": "Pacific/Pago_Pago", "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "2",
    },
}  # fmt: skip


@pytest.mark.long
@case("F13")
def test_exports_are_the_same_to_the_byte_wherever_they_are_made(tmp_path: Path) -> None:
    """In another order of listing, time zone and locale, with other hashes of texts."""
    raw_dir = tmp_path / "raw"
    corpus.generate(raw_dir, n_cards=24, n_issues=8)
    for path in fixtures.ALL[30:]:  # among them cards that share an id or an article
        fixtures.load(path).write(raw_dir / path.stem)
    here = project(data_dir=str(tmp_path / "here"), raw_dir=str(raw_dir))
    found = {"here": _exports(rebuilt(here, raw_dir, with_report=True))}
    orders = set()
    for seed, (name, environment) in enumerate(PLACES.items()):
        done = subprocess.run(
            [sys.executable, "-c", EXPORTS, str(tmp_path / name), str(raw_dir), str(seed)],
            cwd=ROOT,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        orders.add(done.stdout)
        found[name] = _exports(tmp_path / name / "published")
    assert len(orders) == len(PLACES), "they were listed in two orders"
    assert len(found["here"]) > 25
    assert found["Kiritimati"] == found["here"]
    assert found["nowhere"] == found["here"]


MOMENTS = {"snapshot.parquet", "issue_reading.parquet"}


def _exports(published: Path) -> dict[str, str]:
    """SHA-256 of each Parquet file, page and sheet but those that say when files were read or published."""
    folder = published / "current"
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.suffix in {".parquet", ".html", ".csv"} and path.name not in MOMENTS
    }


# Times of files and clocks

SECOND = 1_000_000_000
FUTURE = 4_102_444_800
"""The year 2100."""


def _dated(text: str, seconds: int):
    def make(path: Path) -> None:
        path.write_text(text, "utf-8")
        os.utime(path, (seconds, seconds))

    return make


F14 = bad(
    "F14",
    {
        "future.md": _dated(card("F14 future", keywords("kelp")), FUTURE),
        "1970.md": _dated(card("F14 1970", keywords("kelp")), 0),
    },
)


@case("F14")
def test_a_file_of_the_future_or_of_1970_is_a_file_like_others(published: Snapshot) -> None:
    assert published.of(F14, "cards", "title") == {"future.md": ["F14 future"], "1970.md": ["F14 1970"]}
    assert published.of(F14, "cards", "issue_date_reason") == {"future.md": [None], "1970.md": [None]}
    ages = published.rows(
        "SELECT table_schema || '.' || table_name, column_name FROM data_dictionary WHERE unit = 'days'"
    )
    assert ("main.issue_overview", "days_since_prev") in ages
    for relation, column in ages:
        ((youngest,),) = published.rows(f"SELECT min({column}) FROM {relation}")
        assert youngest >= 0


class _Earlier:
    @staticmethod
    def time_ns() -> int:
        return time.time_ns() - 3_600 * SECOND


@case("F14")
@pytest.mark.parametrize("mtime", long_but({"now": None, "1970": 0, "future": FUTURE}, "1970"))
@pytest.mark.parametrize("clock", long_but(["right", "an hour back", "an hour ahead"], "right"))
def test_other_content_of_the_same_size_and_mtime_is_noticed(
    store, raw_dir, monkeypatch, mtime, clock
) -> None:
    """The clock is that of the second run; the first one's is right."""
    path = write(raw_dir, 1, sample_card(1, title="Kelp"))
    times = (path.stat().st_mtime_ns,) * 2 if mtime is None else (mtime * SECOND,) * 2
    os.utime(path, ns=times)
    taken_in(store, raw_dir)
    path.write_text(sample_card(1, title="Weed"))
    os.utime(path, ns=times)
    if clock == "an hour back":
        monkeypatch.setattr(chunks, "time", _Earlier)
    elif clock == "an hour ahead":
        later_clock(monkeypatch)
    taken = taken_in(store, raw_dir)
    assert rows(store, "cards", "title") == [("Weed",)]
    assert (taken.read, taken.changed) == (1, 1)


class _Stopped:
    """A clock that shows one moment."""

    def __init__(self, moment_ns: int) -> None:
        self.moment_ns = moment_ns

    def time_ns(self) -> int:
        return self.moment_ns


@pytest.mark.long
@case("F14")
@pytest.mark.parametrize(("later", "read_again"), [(-1, 1), (0, 1), (2 * SECOND - 1, 1), (2 * SECOND, 0)])
def test_a_file_read_within_two_seconds_of_its_last_change_is_read_again(
    store, raw_dir, monkeypatch, later, read_again
) -> None:
    path = write(raw_dir, 1)
    monkeypatch.setattr(chunks, "time", _Stopped(path.stat().st_ctime_ns + later))
    assert [taken_in(store, raw_dir).read for _ in range(2)] == [1, read_again]


@pytest.mark.long
@case("F14")
def test_a_clock_that_is_set_back_has_files_read_again_and_changes_nothing(
    store, raw_dir, monkeypatch
) -> None:
    write(raw_dir, 1)
    later_clock(monkeypatch)
    taken_in(store, raw_dir)
    assert taken_in(store, raw_dir).read == 0
    before = everything(store)
    monkeypatch.setattr(chunks, "time", _Earlier)
    os.utime(raw_dir / NAME)
    taken = [taken_in(store, raw_dir) for _ in range(2)]
    assert [(one.read, one.changed) for one in taken] == [(1, 0), (1, 0)]
    assert everything(store) == before


@case("F14")
def test_a_file_touched_but_not_changed_is_read_and_changes_nothing(store, raw_dir, monkeypatch) -> None:
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


@pytest.mark.long
@case("F14")
def test_an_mtime_in_the_future_has_the_file_read_each_time(store, raw_dir) -> None:
    path = write(raw_dir, 1)
    os.utime(path, (time.time() + 1e6,) * 2)
    assert taken_in(store, raw_dir).new == 1
    assert [taken_in(store, raw_dir).read for _ in range(2)] == [1, 1]
    assert rows(store, "cards", "title") == [("Kelp",)]


@pytest.mark.long
@case("F14")
def test_a_rebuild_reads_every_file_whatever_its_marks_say(tmp_path, raw_dir, monkeypatch) -> None:
    """The store is made to believe that it read what stands there now: what no clock could tell."""
    later_clock(monkeypatch)
    path = write(raw_dir, 1, sample_card(1, title="Kelp"))
    build = tmp_path / "build"
    with opened(build, raw_dir) as store:
        taken_in(store, raw_dir)
        path.write_text(sample_card(1, title="Weed"))
        state = path.stat()
        store.connection.execute(
            "UPDATE internal.files SET mtime_ns = ?, ctime_ns = ?, inode = ?",
            [state.st_mtime_ns, state.st_ctime_ns, state.st_ino],
        )
        assert taken_in(store, raw_dir).read == 0
    remove_store(build)
    with opened(build, raw_dir) as store:
        assert taken_in(store, raw_dir).read == 1
        assert rows(store, "cards", "title") == [("Weed",)]


@case("F15")
def test_a_new_parser_reads_every_card_again_exactly_once(store, raw_dir, monkeypatch) -> None:
    later_clock(monkeypatch)
    for number in range(5):
        write(raw_dir, number)
    (raw_dir / "bad.md").write_bytes(b"\xff\xff")
    read = [taken_in(store, raw_dir).read, taken_in(store, raw_dir).read]
    before = everything(store)
    monkeypatch.setattr(chunks, "parser_version", lambda: "another")
    read += [taken_in(store, raw_dir).read, taken_in(store, raw_dir).read]
    assert read == [6, 0, 6, 0]
    assert everything(store) == before


FILES = [(name, text) for path in fixtures.ALL for name, text in fixtures.load(path).files.items()]
DAYS = (date(2023, 6, 1), date(2024, 6, 30), CALENDAR.as_of)
CORRECTIONS: tuple[dict[str, date], ...] = ({}, {"4321.0": date(2023, 5, 7)}, {"20240825": date(2024, 9, 1)})


def change_the_folder(random: Random, raw_dir: Path) -> None:
    """A few files added, changed, removed or renamed; names from a small set, so that ids meet."""
    present = sorted(path for path in raw_dir.rglob("*") if path.is_file())
    for _ in range(random.randint(1, 12)):
        name, text = random.choice(FILES)
        target = raw_dir / random.choice(("", "a", "b")) / name.rpartition("/")[2]
        action = random.choice(("add", "add", "add", "change", "remove", "rename"))
        if action == "add" or not present:
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(text.encode())
            continue
        path = random.choice(present)
        if not path.exists():
            continue
        if action == "change":
            path.write_bytes(random.choice((text.encode(), path.read_bytes() + b"\n\n" + text.encode())))
        elif action == "remove":
            path.unlink()
        else:
            target.parent.mkdir(exist_ok=True)
            path.rename(target)


@pytest.mark.long
@case("F17")
@pytest.mark.parametrize("seed", range(12))
def test_any_sequence_of_runs_equals_one_full_build(seed, store, raw_dir, tmp_path, monkeypatch) -> None:
    """Files come, change, go and are renamed; the day and the corrected dates change in between."""
    later_clock(monkeypatch)
    random = Random(seed)
    for _ in range(3):
        change_the_folder(random, raw_dir)
        calendar = Calendar(
            random.choice(DAYS), CALENDAR.earliest_issue, CALENDAR.sundays_from, CALENDAR.own_sites
        )
        settings = {"calendar": calendar, "corrections": random.choice(CORRECTIONS)}
        taken_in(store, raw_dir, **settings)
    expected = read_afresh(tmp_path, raw_dir, **settings)
    found = everything(store)
    assert {name for name in found if found[name] != expected[name]} == set()


# The folder itself


@pytest.mark.long
@case("F18")
def test_of_an_empty_folder_the_first_run_says_so_and_publishes_nothing(tmp_path, raw_dir) -> None:
    settings = project(data_dir=str(tmp_path / "data"), raw_dir=str(raw_dir))
    with pytest.raises(NoInputError, match=r"nothing to read .* no text file.* docs/CARDS\.md"):
        rebuilt(settings, raw_dir)
    assert not settings.published.exists()


@case("F18")
@pytest.mark.parametrize(("name", "says"), [("missing", "does not exist"), ("a-file", "is not a folder")])
def test_a_raw_folder_that_is_none_is_said_in_one_line(
    tmp_path: Path, starter: Starter, name: str, says: str
) -> None:
    (tmp_path / "a-file").write_text("x")
    with pytest.raises(NoInputError, match=says):
        list_folder(tmp_path / name)
    done = starter.run("run", **job_settings(tmp_path / name, tmp_path / "data"))
    assert done.code == 66
    assert done.said == [done.err.splitlines()[-1]]
    assert says in done.said[0]
    assert "SIGNALS_RAW_DIR" in done.said[0]


@case("F18")
def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
    codes = re.findall(r"^\| (\d+(?:, \d+)*) \|", page, re.MULTILINE)
    documented = {int(code) for some in codes for code in some.split(", ")}
    known = {0, 130} | {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert known <= documented
    assert known <= {int(code) for some in errors.MEANING_OF_CODES for code in some.split(", ")}
    assert NoInputError.exit_code == 66


# Many of them

MANY = 100_000
MEGABYTE = 1_000_000
MEASURED = """
import os, subprocess, sys
job = subprocess.Popen([sys.executable, "-m", "signals_pipeline", "run"])
_, status, used = os.wait4(job.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
sys.stdout.flush()
os._exit(0)
"""
"""Runs the job and prints its exit code and the bytes that it held at most.

It stands between the tests and the job: what a process held before it became the job would count as well.
"""


def _small_card(number: int, random: Random) -> str:
    """A card of about 1 kB, of one of 170 newsletter issues, with keywords out of 400."""
    issue = date(2022, 7, 10) + timedelta(days=7 * (number % 170))
    return card(
        f"Small card {number}",
        keywords(*(f"topic {random.randrange(400)}" for _ in range(5))),
        "## Summary\n\n" + "Kelp is planted on piers. " * 12,
        table(*(f"| Storm {n} of {number} | One storm may tear off a year of growth. |" for n in range(5))),
        token=f"{issue:%Y%m%d}",
    )


@pytest.fixture
def roomy() -> Iterator[Path]:
    """A folder that is gone after the test, since so many files are not to be kept."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.full
@case("F20")
def test_a_hundred_thousand_small_cards_fit_into_600_megabytes(
    roomy: Path, record_property: Callable[[str, object], None]
) -> None:
    raw_dir = roomy / "raw"
    raw_dir.mkdir()
    random = Random(20)
    for number in range(MANY):
        text = _small_card(number, random)
        (raw_dir / f"{card_id(str(number))}.md").write_text(text, "utf-8")
    assert 900 < len(text) < 1_100
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED],
        cwd=ROOT,
        env=os.environ | job_settings(raw_dir, roomy / "data"),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - start
    *said, outcome = done.stdout.splitlines()
    exit_code, held = map(int, outcome.split())
    record_property("seconds", round(seconds))
    record_property("megabytes", held // MEGABYTE)
    assert exit_code == 0, done.stderr[-2_000:]
    assert "Cards:    100,000 in 100,000 files" in "\n".join(said)
    assert held <= 600 * MEGABYTE, f"{held / MEGABYTE:.0f} MB, after {seconds:.0f} s"
    assert_whole(roomy / "data" / "published")
