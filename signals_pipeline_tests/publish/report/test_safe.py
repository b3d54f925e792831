"""Links that may be followed, texts that hide something, and names of files."""

import pytest
from markupsafe import Markup

from signals_pipeline.publish.report import names
from signals_pipeline.publish.report.safe import clipped, link, visible
from signals_pipeline_tests.publish.report import hostile


@pytest.mark.parametrize(
    "url",
    [
        *hostile.BAD_LINKS, None, "", "https://", "http:", "//a.example/", "/x", "x", "ftp://a.example/",
        "\tjavascript:alert(1)", "java\nscript:alert(1)", "https://a.example/\u0000", "https://a .example/",
        "https://a.example\\@evil.example/", "https:\\\\a.example", "https://[::1", "https://a.example:port/",
        " https://a.example/", "https://a.example/\u00a0", "tel:1", "http://%61.example/",
    ],
)  # fmt: skip
def test_only_http_and_https_to_a_host_are_links(url) -> None:
    assert link(url) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example/x?y=1#z", "a.example"),
        ("HTTP://A.Example:8080/", "a.example"),
        ("https://***@evil.example/", "evil.example"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ('https://a.example/"onmouseover=1', "a.example"),
        ("https://en.wikipedia.org/wiki/Echopraxia_(novel)", "en.wikipedia.org"),
        ("http://[::1]/", "::1"),
    ],
)
def test_a_link_is_shown_with_the_host_that_it_leads_to(url, host) -> None:
    found = link(url)
    assert found is not None
    assert (found.href, found.host) == (url, host)


def test_what_turns_or_hides_text_is_shown_as_an_escape() -> None:
    assert visible("a\u202eb\u2066c\u0000d\u009be") == "a\\u202eb\\u2066c\\x00d\\x9be"
    assert (
        visible("tab\tand line\nstay, and so do é, 中 and ع") == "tab\tand line\nstay, and so do é, 中 and ع"
    )
    assert visible(None) == ""
    assert visible(3) == 3
    assert visible(Markup("<b>")) == "<b>"


def test_long_texts_are_cut_and_say_so() -> None:
    assert clipped("abcdef", 6) == "abcdef"
    assert clipped("abc defg", 4) == "abc …"
    assert clipped(None, 4) is None


def test_names_of_files_are_as_long_as_it_takes_to_tell_them_apart() -> None:
    one, other, third = "a" * 32, "a" * 20 + "b" * 12, "c" * 32
    assert names.topic_stems({one: "c++", other: "тест", third: "x" * 61}) == {
        one: "a" * 21,
        other: "a" * 20 + "b",
        third: "c" * 21,
    }
    assert names.topic_stems({third: "../nul"}) == {third: "c" * 12}
    assert names.topic_stems({}) == {}


def test_the_address_of_a_topic_says_its_name() -> None:
    said = {
        "a" * 64: "heat pump",
        "b" * 64: "covid-19",
        "c" * 64: "R&D",
        "d" * 64: "Café",
        "e" * 64: "nul",
    }
    assert list(names.topic_stems(said).values()) == [
        "heat-pump", "covid-19", "r-d", "cafe", "e" * 12,
    ]  # fmt: skip


def test_no_name_takes_the_address_that_another_topic_has_by_its_hash() -> None:
    said = {"a" * 64: "тест", "b" * 64: "a" * 12, "c" * 64: f"x {'d' * 12}"}
    assert list(names.topic_stems(said).values()) == ["a" * 12, "b" * 12, "c" * 12]


def test_topics_whose_names_make_one_address_are_told_apart() -> None:
    alike = {"a" * 64: "car sharing", "b" * 64: "car-sharing", "c" * 64: "car"}
    assert list(names.topic_stems(alike).values()) == [
        f"car-sharing-{'a' * 12}", f"car-sharing-{'b' * 12}", "car",
    ]  # fmt: skip


def test_only_a_date_names_a_file_by_what_a_card_says() -> None:
    stems = names.issue_stems(["2024-01-07", "undated:", "undated:../../x", "undated:CON", "2024-01-07/../x"])
    assert stems.pop("2024-01-07") == "2024-01-07"
    assert all(stem.startswith("undated-") and len(stem) == 20 and stem.isascii() for stem in stems.values())
    assert len(set(stems.values())) == 4


def test_anchors_of_cards_differ() -> None:
    anchors = names.card_anchors(["a" * 32, "a" * 32 + "@1", '"><b>'])
    assert len(set(anchors.values())) == 3
    assert all(anchor.removeprefix("c-").isalnum() for anchor in anchors.values())
