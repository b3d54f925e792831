"""Fields of a card in lines and file names that a dialect names, and in keys of front matter."""

import re

import pytest

from signals_pipeline.parsed.reader.card import CardRows
from signals_pipeline.parsed.reader.dialect import NEWSLETTER, Dialect
from signals_pipeline.parsed.reader.file import read_file
from signals_pipeline_tests.parsed.reader.sample import HEAD, NAME, extras, rows

THEMES = "## Themes\n\n* sea\n"
LINES = Dialect(
    "lines",
    lines=(
        re.compile(r"#+ (?P<title>.+?) \((?P<date>[\d.]+)\)"),
        re.compile(r"Seen at (?P<source>\S+)"),
        re.compile(r"Edition (?P<issue>.+)"),
        re.compile(r"Filed under (?P<keywords>.+)"),
    ),
)
FILE_NAME = Dialect("name", file_name=re.compile(r"(?P<date>\d{4}-\d\d-\d\d) (?P<title>.+)"))


def card(text: str, dialect: Dialect, path: str = "notes/a.md") -> CardRows:
    (found,) = read_file(path, text, dialect).cards
    return found


def fields(found: CardRows) -> tuple[object, ...]:
    return tuple(found.card[name] for name in ("title", "issue_token", "url"))


def test_lines_above_the_sections_are_fields_and_nothing_else() -> None:
    found = card(
        "# Kelp (12.3.2024)\n\nSeen at https://a.example/kelp\nFiled under sea, #farms #food\n"
        f"A word.\n\n{THEMES}",
        LINES,
    )
    assert fields(found) == ("Kelp", "12.3.2024", "https://a.example/kelp")
    assert rows(found, "keywords", "line", "raw_text") == [(4, "sea"), (4, "farms"), (4, "food")]
    assert rows(found, "themes", "line", "raw_text") == [(9, "sea")]
    assert extras(found) == [(5, None, None, "A word.")]


def test_a_heading_of_the_second_level_may_be_a_title() -> None:
    found = card(f"## Kelp (3.2024)\nEdition 7\n\n{THEMES}Seen at https://late.example\n", LINES)
    assert fields(found) == ("Kelp", "7", None)
    # The issue is named, so the date is kept beside it; below a section no line is a field.
    assert extras(found) == [(1, None, "date", "3.2024")]


@pytest.mark.parametrize(
    "above",
    [
        "```\nSeen at https://a.example\n```",
        "<!--\nSeen at https://a.example\n-->",
        "> Seen at https://a.example",
    ],
)
def test_what_is_code_comment_or_quote_is_no_field(above: str) -> None:
    assert fields(card(f"{above}\n\n{THEMES}\n## Keywords\n\n* a\n", LINES)) == (None, None, None)


@pytest.mark.parametrize("dialect", [LINES, FILE_NAME])
def test_a_card_of_the_newsletter_is_read_as_without_a_dialect(dialect: Dialect) -> None:
    wide = Dialect("wide", lines=(re.compile("(?P<title>.+)"),), file_name=re.compile("(?P<title>.+)"))
    for text in (HEAD + THEMES, HEAD + "text\n\n" + THEMES):
        own = card(text, NEWSLETTER, f"{NAME}.md")
        assert card(text, dialect, f"{NAME}.md").card == own.card
        assert fields(card(text, wide, f"{NAME}.md")) == fields(own)


def test_the_name_of_a_file_gives_what_the_text_does_not_say() -> None:
    name = "notes/2024-03-12 Kelp farms.md"
    assert fields(card(THEMES, FILE_NAME, name)) == ("Kelp farms", "2024-03-12", None)
    assert fields(card(f"---\ntitle: Kelp\n---\n{THEMES}", FILE_NAME, name)) == ("Kelp", "2024-03-12", None)
    assert fields(card(f"# Sea\n\n{THEMES}", FILE_NAME, name)) == ("Sea", "2024-03-12", None)
    assert extras(card(f"# Sea\n\n{THEMES}", FILE_NAME, name)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Seen at https://a.example\n",
        "# Kelp (12.3.2024)\n\n## Dinner\n\n* soup\n",
        "Edition 7\n\n## Themes\n",
    ],
)
def test_fields_without_a_known_section_or_anything_in_it_make_no_card(text: str) -> None:
    assert read_file("notes/a.md", text, LINES).kind == "other"


def test_of_two_fields_of_one_meaning_the_first_is_taken_and_the_other_kept() -> None:
    found = card(f"Seen at https://a.example/1\nSeen at https://a.example/2\n\n{THEMES}", LINES)
    assert fields(found) == (None, None, "https://a.example/1")
    assert extras(found) == [(2, None, "source", "https://a.example/2")]


def test_keys_of_front_matter_are_those_of_the_dialect() -> None:
    keys = Dialect("keys", front_matter={"headline": "title", "edition": "issue", "when": "date"})
    found = card(f"---\nHeadline: Kelp\nwhen: 1.2.2024\nedition: 7\ntitle: no\n---\n{THEMES}", keys)
    assert fields(found) == ("Kelp", "7", None)
    assert extras(found) == [(3, None, "when", "1.2.2024"), (5, None, "title", "no")]


def test_a_source_that_is_no_address_is_kept() -> None:
    found = card(f"Seen at the-harbour\nEdition 3\n\n{THEMES}", LINES)
    assert fields(found) == (None, "3", None)
    assert extras(found) == [(1, None, "source", "the-harbour")]


@pytest.mark.parametrize(
    ("source", "masked"),
    [
        ("//ada:hunter5x@db.example.org/prod", "//***@db.example.org/prod"),
        (r"https:\\ada:hunter5x@host", r"https:\\***@host"),
        ("https:/ada:hunter5x@host", "https:/***@host"),
        ("ada:hunter5x@example.org/x", "***@example.org/x"),
        ("https://ada:sword hunter5x@host", "https://***@host"),
    ],
)
def test_what_is_kept_of_a_source_that_is_no_address_is_masked(source: str, masked: str) -> None:
    found = card(f"---\ndate: 2024-03-12\nsource: {source}\n---\n{THEMES}", NEWSLETTER)
    assert fields(found) == (None, "2024-03-12", None)
    assert extras(found) == [(3, None, "source", masked)]


def test_a_line_of_which_a_pattern_takes_nothing_stays_and_a_known_heading_is_no_field() -> None:
    wide = Dialect(
        "wide", lines=(re.compile("By .+?(?: on (?P<date>[0-9-]+))?"), re.compile("(?P<title>.*)"))
    )
    found = card(f"By Jane Doe\n\n{THEMES}\n## Keywords\n\n* a\n", Dialect("narrow", lines=wide.lines[:1]))
    assert extras(found) == [(1, None, None, "By Jane Doe")]
    assert rows(card(f"# Kelp\n\n{THEMES}\n## Keywords\n\n* a\n", wide), "themes", "raw_text") == ["sea"]
