"""What of a link must not be published is masked, and nothing else; all credentials here are invented."""

import re
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from signals_pipeline.core.credentials import (
    CREDENTIAL_WORDS,
    HARMLESS_PARAMETERS,
    MASK,
    NEWS_FOLDERS,
    READER_FOLDERS,
    SECRET_FOLDERS,
    SECRET_LINKS,
    mask_credentials,
    may_hold_credentials,
    names_credential,
)
from signals_pipeline_tests.speeds import tried

HERE = Path(__file__).parent

RANDOM = "Zk3vQ9xR2mT7bW5nL8pY4cH6jD1fGs0A"


def _lines(name: str) -> list[str]:
    return (HERE / name).read_text("utf-8").splitlines()


def _of_form(form: str) -> tuple[str, str]:
    """The text that a form stands for, and what is expected of it.

    A credential stands between ‹ and ›; a · in it keeps scanners from taking it for a real one.
    """
    return re.sub("[‹›·]", "", form), re.sub("‹[^›]*›", MASK, form)


FORMS, PLAIN = _lines("links_with_credentials.txt"), _lines("links_without_credentials.txt")


@pytest.mark.parametrize("form", FORMS)
def test_credentials_are_masked(form: str) -> None:
    text, masked = _of_form(form)
    assert mask_credentials(text) == masked
    assert mask_credentials(masked) == masked
    assert may_hold_credentials(text)


@pytest.mark.parametrize("text", PLAIN)
def test_nothing_else_is_masked(text: str) -> None:
    assert mask_credentials(text) == text
    assert mask_credentials(f"| see [kelp]({text}) |") == f"| see [kelp]({text}) |"


def test_forms_are_masked_all_together_in_one_text_as_well() -> None:
    forms = [_of_form(form) for form in FORMS]
    assert mask_credentials("\n".join(text for text, _ in forms)) == "\n".join(masked for _, masked in forms)


def test_a_link_in_more_links_than_are_looked_into_is_masked_as_a_whole() -> None:
    link = "https://a.example/?token=abc"
    for _ in range(6):
        link = f"https://a.example/?url={quote(link, safe='')}"
    masked = mask_credentials(link)
    assert masked.startswith("https://a.example/?url=https%3A%2F%2Fa.example")
    assert masked.endswith(MASK)
    assert "abc" not in masked
    assert mask_credentials(masked) == masked


def test_many_links_in_one_path_are_read_to_a_depth_and_no_further() -> None:
    masked = mask_credentials("https://a.example/" + "x://" * 5_000)
    assert masked.startswith("https://a.example/")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("access_token", True), ("user[password]", True), ("sid", True), ("author", False), ("key", False)],
)
def test_a_field_names_a_credential_only_where_no_other_is_meant(name: str, is_one: bool) -> None:
    assert names_credential(name) is is_one


def test_the_lists_of_names_agree() -> None:
    assert not {name for name in HARMLESS_PARAMETERS if names_credential(name)}
    assert not HARMLESS_PARAMETERS & CREDENTIAL_WORDS
    assert not SECRET_FOLDERS & READER_FOLDERS
    folders = SECRET_FOLDERS | READER_FOLDERS | NEWS_FOLDERS
    names = HARMLESS_PARAMETERS | CREDENTIAL_WORDS | folders | set(SECRET_LINKS)
    assert {name for name in names if name != name.lower()} == set()


# Any link and any text

words = st.from_regex(r"[a-z]{1,12}", fullmatch=True)
secrets = st.from_regex(r"[A-Za-z][a-z][0-9][A-Za-z0-9_~-]{8,40}[a-z][0-9]", fullmatch=True)
credential_names = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "x-", "my_", "user[x][", "a.", "user%5B", "kelp-"]),
    st.sampled_from(sorted(CREDENTIAL_WORDS)).flatmap(
        lambda word: st.sampled_from([word, word.upper(), word.title(), f"%{ord(word[0]):02x}{word[1:]}"])
    ),
    st.sampled_from(["", "_1", "-id"]),
).map(lambda name: f"{name}]" if "[" in name else f"{name}%5D" if "%5B" in name else name)
names = st.one_of(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True).filter(
        lambda name: name.lower() not in HARMLESS_PARAMETERS
    ),
    credential_names,
)
separators = st.sampled_from(["?", "?x=1&", "?x=1&amp;", "?x=1;", "#", "#/tides?", ";", "/x;", "?x=***;"])
rests = st.sampled_from(["", "&y=2", ";y=2", "#tides", ")", "](b", ".", "|b", '" b', " b", "**", "`"])


@tried(2_000)
@given(words, separators, names, secrets, rests)
def test_no_secret_in_a_parameter_survives_and_the_host_does(
    host: str, separator: str, name: str, secret: str, rest: str
) -> None:
    link = f"https://{host}.example/tides{separator}{name}="
    masked = mask_credentials(f"{link}{secret}{rest}")
    assert masked == f"{link}{MASK}{rest}"
    assert mask_credentials(masked) == masked


@tried(500)
@given(separators, credential_names, words)
def test_not_even_a_plain_word_under_the_name_of_a_credential_survives(
    separator: str, name: str, word: str
) -> None:
    link = f"https://a.example/tides{separator}{name}="
    assert mask_credentials(f"{link}{word}") == f"{link}{MASK}"


@tried(500)
@given(names, secrets, st.integers(1, 3))
def test_no_secret_in_a_link_within_others_survives(name: str, secret: str, depth: int) -> None:
    link = f"https://a.example/tides?{name}={secret}"
    for _ in range(depth):
        link = f"https://b.example/?url={quote(link, safe='')}"
    masked = mask_credentials(link)
    assert secret not in masked
    assert masked.count("a.example") == 1
    assert mask_credentials(masked) == masked


@tried(500)
@given(secrets, st.sampled_from([":", "", ":p/", ":p?", ":p#", ":@"]))
def test_no_sign_in_name_survives_and_the_host_does(secret: str, colon: str) -> None:
    user = f"kelp{colon}{secret}" if colon else secret
    assert mask_credentials(f"see https://{user}@a.example/x now") == "see https://***@a.example/x now"


PIECES = [
    " ",
    "\n",
    *rf"""
https:// :// a.example / ? & ; # = token= x= %3D %3F %26 %25 %3A%2F%2F eyJhbGciOiJI .eyJz .c2ln @ : \ |
( ) [ ] {{ }} ' " ` < > * ** _ ~ . , - “ ” é %C3%A9 %ff *** abc Kelp9f8e7d www. &amp; 8080
hooks.slack.com/ mega.nz/# user:word@ {RANDOM} :/ :\\ // user:word@b.example password: %22 /share/ /reset/
""".split(),
]
texts = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@tried(5_000)
@example("https://a.example?x=https://user:word@b.example/?token=abc;def")
@example("%3A%2F%2Fhttps://token=user:word@%3F")
@given(texts)
def test_masking_twice_is_masking_once_and_the_structure_of_a_text_stays(text: str) -> None:
    masked = mask_credentials(text)
    assert mask_credentials(masked) == masked
    for mark in '|"<>`“” \n':
        assert masked.count(mark) == text.count(mark)


@tried(2_000)
@given(texts)
def test_a_text_that_holds_no_link_by_its_marks_is_one_that_stays(text: str) -> None:
    assume(not may_hold_credentials(text))
    assert mask_credentials(text) == text


N = 50_000


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        "https://?" + "a." * N,
        "https://" + "?a-" * N,
        "https://?" + "token" * N,
        "?" + "access_" * N,
        "?" + "%5B" * N,
        "%3F" * N,
        "%3Ftoken%3D" * N,
        "%25" * N + "3D",
        "?pass=" + "(" * N,
        "?pass=" + "(a" * N,
        "?a=(" * N,
        "://(" * N,
        "://[a" * N,
        "://a{" * N,
        "eyJaaaaaaaa." * N,
        "eyJ" + "a" * N,
        "eyJ-" * N,
        "eyJ-" * N + ".",
        "eyJ-" * N + ".a",
        "eyJ_a." * N,
        "a" * N + "://",
        "a://" * N,
        "a.b" * N + "/?=",
        "a.b/" * N + "=",
        "https://" + "a:" * N,
        "https://" + "a@" * N + "/",
        "https://a.example/" + "aA1" * N,
        "https://a.example/" + "a/" * N + "A",
        "https://a.example/" + "aA1%3D/" * N,
        "https://a.example/?" + "x=aA1&" * N,
        "https://a.example/?x=" + "aA1%26" * N,
        "https://a.example/?x=" + "https%3A%2F%2Fa" * N,
        "https://a.example/?x=" + "." * N + "A",
        "https://a.example/?" + "A" * N + "=aA1",
        "https://a.example/?" + "token" * N + "x=aA1",
        "https://a.example/?token=a" + ";a" * N,
        "https://a.example/?x=" + "b" * N,
        "a:" * N + "@",
        "a:b@" * N,
        "a/b:c@" * N,
        "a:b,c@" * N + "a.b.c",
        "a:" + "b@" * N + "a." * N,
        "//a" * N + "@",
        " //a@" * N,
        "://a:b c" * N,
        "://a:b" + " c" * N,
        ":/" * N,
        ":\\" * N,
        "https://a.example/" + "share/aA1/" * N,
        "https://a.example/share/" + "aA1-" * N,
        "https://a.example/?q=" + "password" * N,
        "https://a.example/?q=password" + "%20" * N,
        "https://a.example/?q=password%22" + "%20" * N,
        "https://a.example/?q=" + "a:" * N + "@",
        "|a" * N + "=",
    ],
    ids=lambda text: text[:30],
)
def test_hostile_text_is_masked_in_linear_time(text: str) -> None:
    start = time.process_time()
    mask_credentials(text)
    assert time.process_time() - start < 5
