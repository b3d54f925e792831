"""What the gate lets in, what it turns away, and what the tables say of it."""

import errno
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from signals_pipeline.raw import gate
from signals_pipeline.raw.gate import GateError
from signals_pipeline_tests.conftest import taken_in
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

NO_TEXT = {
    "T01 FF FE in the body": (b"# kelp\n\xff\xfe", "not-utf8", "0xFF at offset 7"),
    "T03 UTF-16 little-endian": ("# kelp".encode("utf-16"), "not-utf8", "looks like UTF-16"),
    "T03 UTF-16 big-endian": (b"\xfe\xff" + "# kelp".encode("utf-16-be"), "not-utf8", "looks like UTF-16"),
    "T05 NUL": (b"* ke\0lp", "control-char", "NUL character at offset 4"),
    "T06 surrogate": (b"# k \xed\xa0\x80", "not-utf8", "0xED at offset 4"),
    "T07 overlong": (b"# k\xc0\xaf", "not-utf8", "0xC0 at offset 3"),
    "T15 no byte": (b"", "empty", "nothing"),
    "T15 one byte": (b"k", "empty", "nothing"),
    "T15 blanks": (b" \r\n\t\n", "empty", "nothing"),
    "T15 a BOM alone": (b"\xef\xbb\xbf", "empty", "blanks"),
    "T15 no-break spaces": ("\u00a0\u2003\n".encode(), "empty", "blanks"),
}


@pytest.mark.parametrize(("data", "code", "said"), NO_TEXT.values(), ids=NO_TEXT)
def test_bytes_that_are_no_text_are_turned_away_with_the_reason(data: bytes, code: str, said: str) -> None:
    with pytest.raises(GateError, match=said) as error:
        gate.decode(data)
    assert (error.value.code, error.value.data) == (code, data)


def test_a_file_that_is_no_text_is_a_reject_and_its_neighbour_is_read(store, raw_dir) -> None:
    """T01, T03, T05 to T07, T15 in one folder."""
    for number, (data, _, _) in enumerate(NO_TEXT.values()):
        write(raw_dir, number, data)
    write(raw_dir, 99)
    taken_in(store, raw_dir)
    found = {path: (level, code) for path, level, code in rejects(store) if level == "file"}
    assert found == {
        f"{card_id(link(number))}.md": ("file", code) for number, (_, code, _) in enumerate(NO_TEXT.values())
    }
    assert rows(store, "cards", "card_id") == [(card_id(link(99)),)]
    assert len(rows(store, "files_seen")) == len(NO_TEXT) + 1
    raw = store.value("SELECT raw_text FROM parsed.rejects WHERE raw_text LIKE '# kelp%'")
    assert raw == "# kelp\n\\xff\\xfe", "bytes that are no text are shown as escapes"


SAME_TEXT = {
    "T02 BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "T04 CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "T04 CR": lambda text: text.replace("\n", "\r").encode(),
    "T04 mixed ends": lambda text: text.replace("\n", "\r\n", 3).replace("\n## C", "\r## C").encode(),
}


@pytest.mark.parametrize("written", SAME_TEXT.values(), ids=SAME_TEXT)
def test_a_bom_and_other_line_ends_change_no_row(store, raw_dir, written) -> None:
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    plain = everything(store)
    assert (len(plain["cards"]), len(plain["concerns"]), len(plain["rejects"])) == (1, 1, 1)
    write(raw_dir, 1, written(card(1)))
    taken_in(store, raw_dir)
    of_bytes = ("files_seen", "card_files")
    changed = everything(store)
    assert {name: changed[name] for name in changed if name not in of_bytes} == {
        name: plain[name] for name in plain if name not in of_bytes
    }
    assert changed["files_seen"] != plain["files_seen"]


def refused(path: Path) -> str:
    with pytest.raises(GateError) as error:
        gate.read(os.fsencode(path))
    return error.value.code


def test_a_link_is_not_followed(tmp_path, store, raw_dir) -> None:
    """F01: the content of what it points to stands nowhere."""
    secret = tmp_path / "secret.md"
    secret.write_text(card(1, title="A secret"))
    (raw_dir / f"{card_id(link(1))}.md").symlink_to(secret)
    (raw_dir / "gone.md").symlink_to(tmp_path / "nothing")
    assert refused(raw_dir / f"{card_id(link(1))}.md") == "not-regular-file"
    taken_in(store, raw_dir)
    assert [code for _, _, code in rejects(store)] == ["not-regular-file"] * 2
    assert "secret" not in repr(everything(store))


def test_a_pipe_named_like_a_card_does_not_hang_the_run(store, raw_dir, monkeypatch) -> None:
    """F03: a pipe, a socket and a folder; named by where they are, since a socket's path must be short."""
    os.mkfifo(raw_dir / "pipe.md")
    (raw_dir / "folder.md").mkdir()
    write(raw_dir / "folder.md", 1)
    monkeypatch.chdir(raw_dir)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.md")
        assert refused(raw_dir / "pipe.md") == "not-regular-file"
        assert refused(raw_dir / "folder.md") == "not-regular-file"
        assert refused(raw_dir / "socket.md") == "not-regular-file"
        taken_in(store, raw_dir)
    found = [one for one in rejects(store) if one[1] == "file"]
    assert found == [("pipe.md", "file", "not-regular-file"), ("socket.md", "file", "not-regular-file")]
    assert rows(store, "cards", "path") == [(f"folder.md/{card_id(link(1))}.md",)]


@pytest.fixture
def sparse(raw_dir):
    """A file of 3 GB that takes no room."""
    path = raw_dir / "sparse.md"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    return path


def test_a_file_of_3_gigabytes_is_refused_without_being_read(sparse, monkeypatch) -> None:
    """M17."""
    monkeypatch.setattr(gate, "_read_all", lambda *_: pytest.fail("it was read"))
    assert refused(sparse) == "too-large"


def test_a_file_of_3_gigabytes_does_not_stop_the_run(sparse, store, raw_dir) -> None:
    """M17."""
    write(raw_dir, 1)
    taken_in(store, raw_dir)
    assert ("sparse.md", "file", "too-large") in rejects(store)
    assert len(rows(store, "cards")) == 1


def test_a_file_of_exactly_one_mebibyte_is_read_and_one_byte_more_is_not(tmp_path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"x" * 1_048_576)
    assert len(gate.read(os.fsencode(path)).data) == 1_048_576
    path.write_bytes(b"x" * 1_048_577)
    assert refused(path) == "too-large"


def test_a_file_that_changes_each_time_it_is_read_is_unstable(store, raw_dir, monkeypatch) -> None:
    """F07: read three times, then a reject; when it rests it is read, although nobody touched it since."""
    path = write(raw_dir, 1)
    os.utime(path, (1, 1))
    reads = []
    read_all = gate._read_all

    def growing(descriptor, size):
        data = read_all(descriptor, size)
        reads.append(size)
        path.write_text(card(1) + " " * len(reads))
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


@pytest.mark.parametrize("code", ["unstable", "unreadable"])
def test_what_could_not_be_read_for_now_is_tried_again(store, raw_dir, monkeypatch, code) -> None:
    """F05, F07: also where size, times and inode are all as they were."""
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


def test_what_is_read_is_never_a_mix_of_two_versions(tmp_path) -> None:
    """F07: a thread writes two versions in turn over each other while the file is read."""
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


def test_a_file_that_is_gone_is_no_reject(tmp_path) -> None:
    with pytest.raises(FileNotFoundError):
        gate.read(os.fsencode(tmp_path / "gone.md"))


def test_a_disk_that_fails_while_reading_is_a_reject(tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.md"
    path.write_text("x y")
    os.utime(path)

    def failing(descriptor, size):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(gate, "_read_all", failing)
    assert refused(path) == "unreadable"


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


def test_a_file_without_permission_is_a_reject_and_the_others_go_on() -> None:
    """F05: as a user who is not root, in a process of its own; a folder that cannot be listed as well."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o777)
        write(base / "raw", 1).chmod(0)
        write(base / "raw", 2, under="open")
        write(base / "raw", 3, under="shut").parent.chmod(0)
        try:
            answer = subprocess.run(
                [sys.executable, "-c", AS_ANOTHER_USER, name],
                cwd=Path(__file__).parents[2],
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
