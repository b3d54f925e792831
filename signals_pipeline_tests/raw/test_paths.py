"""Any file name has one text, and from its text comes the name again."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals_pipeline.raw.paths import show, unshow
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.raw.sample import card, rejects, rows


@given(st.binary())
def test_the_text_of_a_path_leads_back_to_its_bytes(path: bytes) -> None:
    text = show(path)
    assert unshow(text) == path
    assert text.isprintable()
    text.encode()


@given(st.binary(), st.binary())
def test_two_paths_have_two_texts(one: bytes, other: bytes) -> None:
    assert (show(one) == show(other)) == (one == other)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (b"a/caf\xc3\xa9 1.md", "a/café 1.md"),
        (b"a\nb.md", r"a\x0ab.md"),
        (b"\xff.md", r"\xff.md"),
        (rb"\xff.md", r"\x5cxff.md"),
        ("\u202e\u00ad.md".encode(), r"\xe2\x80\xae\xc2\xad.md"),
        (b"\xed\xa0\x80.md", r"\xed\xa0\x80.md"),
    ],
)
def test_what_is_not_printable_is_escaped_byte_by_byte(path: bytes, text: str) -> None:
    assert (show(path), unshow(text)) == (text, path)


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
}


def test_cards_of_any_name_are_read_and_their_paths_are_printable(store, raw_dir) -> None:
    """F04."""
    written = []
    for number, (about, name) in enumerate(NAMES.items()):
        path = raw_dir / os.fsdecode(name)
        try:
            path.write_text(card(number, title=about))
        except OSError:
            continue  # a file system that takes UTF-8 only
        written.append((show(name), about))
    assert len(written) >= len(NAMES) - 1
    taken_in(store, raw_dir)
    assert rows(store, "cards", "path", "title") == sorted(written, key=repr)
    assert rejects(store) == sorted([(path, "row", "out-of-range") for path, _ in written], key=repr)
    assert all(path.isprintable() for path, _ in written)
    for path in raw_dir.iterdir():
        path.unlink()
    taken_in(store, raw_dir)
    assert rows(store, "files_seen") == []
