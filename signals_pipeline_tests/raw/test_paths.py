"""Any file name has one text, and from its text comes the name again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals_pipeline.raw.paths import show, unshow


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
