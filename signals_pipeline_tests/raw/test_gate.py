"""What the gate lets in, and what it turns away."""

import errno
import os
from pathlib import Path

import pytest

from signals_pipeline.raw import gate
from signals_pipeline.raw.gate import GateError

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


def refused(path: Path) -> str:
    with pytest.raises(GateError) as error:
        gate.read(os.fsencode(path))
    return error.value.code


def test_a_file_of_exactly_one_mebibyte_is_read_and_one_byte_more_is_not(tmp_path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"x" * 1_048_576)
    assert len(gate.read(os.fsencode(path)).data) == 1_048_576
    path.write_bytes(b"x" * 1_048_577)
    assert refused(path) == "too-large"


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


def test_a_file_is_not_refused_since_too_many_others_are_open(tmp_path, monkeypatch) -> None:
    def too_many(*_: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(os, "open", too_many)
    with pytest.raises(OSError, match="Too many open files"):
        gate.read(os.fsencode(tmp_path / "a.md"))
