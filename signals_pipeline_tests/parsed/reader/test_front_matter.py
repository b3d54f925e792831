"""Front matter: its fields, and what a card takes of them."""

import pytest

from signals_pipeline.parsed.reader.dialect import NEWSLETTER
from signals_pipeline.parsed.reader.fields import Field
from signals_pipeline.parsed.reader.file import read_file
from signals_pipeline.parsed.reader.front_matter import front_matter
from signals_pipeline_tests.parsed.reader.sample import NAME


def fields(text: str) -> list[tuple[str, int, list[tuple[int, str]]]]:
    found = front_matter(text, NEWSLETTER)
    assert found is not None
    assert found.fault is None
    return [(one.name, one.line, one.values) for one in found.fields]


def test_a_field_is_a_key_with_a_text_or_a_list_of_texts_and_their_lines() -> None:
    source = "title: 'Kelp: a farm'\ndate: 2024-03-03\ntags: [kelp, ocean]\nmore:\n  - a\n  - b: [c]\nx:"
    assert fields(f"---\n{source}\n---\n") == [
        ("title", 1, [(1, "Kelp: a farm")]),
        ("date", 2, [(2, "2024-03-03")]),
        ("tags", 3, [(3, "kelp"), (3, "ocean")]),
        ("more", 4, [(5, "a"), (6, "b"), (6, "c")]),
        ("x", 7, []),
    ]


@pytest.mark.parametrize(
    "text", ["", "# A\n\n---\na: b\n---", "---\na: b\n", "----\na: b\n---\n", "--- \n---"]
)
def test_a_text_that_does_not_begin_with_two_marks_has_none(text: str) -> None:
    assert front_matter(text, NEWSLETTER) is None


@pytest.mark.parametrize(
    "source", ["a: [", "a: b: c", "\ta: b", "a: *x\nb: &x", "a: " + "[" * 9_000, "a: 'b"]
)
def test_what_is_no_yaml_is_said_with_its_line_and_gives_no_field(source: str) -> None:
    found = front_matter(f"---\n{source}\n---\n", NEWSLETTER)
    if found.fault is None:
        # An alias is no text.
        assert found.fields == [Field("a", None, 1, [(1, "*x")]), Field("b", None, 2, [])]
    else:
        assert found.fields == []
        assert "is no YAML: " in found.fault or found.fault == "The front matter has more than 100 brackets."


@pytest.mark.parametrize(
    "source",
    [
        "- a\n- b: c",
        "just a text",
        "",
        "# a comment",
        "## Keywords\n\n- kelp",
        "# A title\n\n## Notes\n\n- a",
    ],
)
def test_two_rules_around_what_is_no_mapping_are_no_front_matter(source: str) -> None:
    assert front_matter(f"---\n{source}\n---\n", NEWSLETTER) is None


def test_what_stands_between_two_rules_is_read_as_ever() -> None:
    (card,) = read_file(f"{NAME}.md", "---\n\n## Keywords\n\n- kelp\n\n---\n\n## Themes\n\n- sea\n").cards
    assert [row["raw_text"] for row in card.rows["keywords"]] == ["kelp"]


@pytest.mark.parametrize("escape", ["\\uD800", "\\0", "\\e", "\\UFFFFFFFF"])
def test_a_character_that_no_file_may_hold_is_a_fault(escape: str) -> None:
    found = front_matter(f'---\nmood: "a{escape}b"\n---\n', NEWSLETTER)
    assert found is not None
    assert (found.fields, "is no YAML" in (found.fault or "")) == ([], True)


def test_a_value_over_several_lines_stands_on_one_and_what_is_nested_is_kept_without_a_meaning() -> None:
    assert fields("---\ntitle: |\n  Kelp\n  farms\n---\n") == [("title", 1, [(1, "Kelp farms")])]
    found = front_matter("---\ntags: [a, [b]]\nx: &y k\ndate: *y\n---\n", NEWSLETTER)
    assert found is not None
    assert [(one.meaning, [text for _, text in one.values]) for one in found.fields] == [
        (None, ["a", "b"]),
        (None, ["k"]),
        (None, ["*y"]),
    ]


@pytest.mark.parametrize("name", ["password", "api_token", "Secret-Key"])
def test_a_value_that_its_key_calls_secret_is_masked(name: str) -> None:
    (card,) = read_file(
        "a.md", f"---\n{name}: hunter2\n---\n\n## Themes\n\n* a\n\n## Keywords\n\n* b\n"
    ).cards
    assert [(row["column_name"], row["value"]) for row in card.rows["card_extra"]] == [(name, "***")]


def test_a_password_with_a_comma_is_masked_before_tags_are_parted() -> None:
    text = "---\ntags: https://user:pa,ss@host.example/\n---\n\n## Themes\n\n* a\n"
    (card,) = read_file("a.md", text).cards
    assert [row["raw_text"] for row in card.rows["keywords"]] == ["https://***@host.example/"]


NOTE = """---
title: Kelp farms
date: 2024-03-03
source: https://harbour.example/kelp
tags: [kelp, "#ocean"]
mood: calm
---
# Kelp farms

## Signals

| name | description |
|:-----|:------------|
| Farms | They spread. |
"""


def test_a_note_with_front_matter_and_a_section_is_a_card() -> None:
    (card,) = read_file("notes/kelp.md", NOTE).cards
    wanted = ("title", "issue_token", "url", "line")
    assert [card.card[name] for name in wanted] == [
        "Kelp farms",
        "2024-03-03",
        "https://harbour.example/kelp",
        1,
    ]
    keywords, signals = card.rows["keywords"].by_name, card.rows["signals"].by_name
    assert (keywords["raw_text"], keywords["line"], keywords["row_no"]) == (["kelp", "ocean"], [5, 5], [1, 2])
    assert (signals["name"], signals["line"]) == (["Farms"], [14])
    extra = card.rows["card_extra"].by_name
    assert (extra["column_name"], extra["value"], extra["line"]) == (["mood"], ["calm"], [6])
    assert card.n_source == {"keywords": 2, "signals": 1}


@pytest.mark.parametrize("front", ["date: 2024-03-03", "url: https://a.example/x", "title: A\ntags: a, b"])
def test_a_date_a_link_or_tags_make_a_card_of_a_text_with_a_known_section(front: str) -> None:
    assert read_file("a.md", f"---\n{front}\n---\n\n## Themes\n\n* sea\n").kind == "card"
    assert read_file("a.md", f"---\n{front}\n---\n\n## Dinner\n\n* soup\n").kind == "other"


def test_what_the_card_says_itself_stands_before_its_front_matter() -> None:
    text = NOTE.replace("# Kelp farms", "# Other farms") + "\n## Keywords\n\n* reef\n"
    (card,) = read_file("a.md", text).cards
    assert card.card["title"] == "Kelp farms"
    assert card.rows["keywords"].by_name["raw_text"] == ["reef"]
    extra = card.rows["card_extra"].by_name
    assert list(zip(extra["column_name"], extra["value"], strict=True)) == [
        ("(title rest)", "Other farms"), ("tags", "kelp, #ocean"), ("mood", "calm")
    ]  # fmt: skip


def test_front_matter_that_is_no_yaml_is_a_reject_and_the_sections_are_read() -> None:
    (card,) = read_file("a.md", "---\ntitle: [\n---\n## Themes\n\n* sea\n\n## Keywords\n\n* a\n").cards
    rejects = card.rows["rejects"].by_name
    assert (rejects["code"], rejects["line"]) == (["front-matter"], [1])
    assert card.rows["themes"].by_name["raw_text"] == ["sea"]


def test_a_note_with_a_section_that_is_no_card_for_want_of_its_front_matter_is_a_reject() -> None:
    found = read_file("note.md", "---\ntitle: Cafes: now\n---\n\n## Keywords\n\n* cafe\n")
    assert (found.kind, found.cards) == ("card", [])
    (row,) = found.rejects
    assert (row["code"], row["path"], row["line"]) == ("front-matter", "note.md", 1)
    assert "The front matter is no YAML: " in row["reason"]
    assert row["raw_text"] == "---\ntitle: Cafes: now\n---"


def test_a_text_without_a_section_whose_front_matter_is_no_yaml_is_no_card_and_says_so() -> None:
    found = read_file("note.md", "---\ntitle: Cafes: now\n---\n\n## Dinner\n\n* soup\n")
    assert (found.kind, found.cards, found.rejects) == ("other", [], [])
    assert "The front matter is no YAML: " in (found.reason or "")
