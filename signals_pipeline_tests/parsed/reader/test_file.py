"""Cards read from text: what the fixtures do not show."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from markdown_it.rules_block.table import MAX_AUTOCOMPLETED_CELLS  # noqa: TID251

from signals_pipeline.core.store import Store
from signals_pipeline.parsed.models import MAX_SUMMARY
from signals_pipeline.parsed.reader import file, links
from signals_pipeline.parsed.reader.card import reject
from signals_pipeline.parsed.reader.file import (
    AMONG_OTHERS,
    COPY,
    IN_ITS_FILE,
    OLDER_TEXT,
    card_id_of,
    rank_of,
)
from signals_pipeline.parsed.reader.links import md5
from signals_pipeline.parsed.sections import MAX_NAME
from signals_pipeline_tests.conftest import taken_in
from signals_pipeline_tests.parsed.reader.sample import (
    HEAD,
    LINK,
    NAME,
    TITLE,
    card,
    extras,
    read,
    rejected,
    rows,
)

SECRET = "https://a.example/?token=geheim"
MASKED = "https://a.example/?token=***"


@pytest.mark.parametrize(
    ("path", "card_id"),
    [
        (f"{NAME}.md", NAME),
        (f"a/b/{NAME}@2b99040.md", f"{NAME}@2b99040"),
        (f"{NAME}@v_2.md", f"{NAME}@v_2"),
        (f"{NAME.upper()}.md", None),
        (f"{NAME[:31]}.md", None),
        (f"{NAME}@.md", None),
        (f"{NAME}.txt", NAME),
        (f"{NAME}.Markdown", NAME),
        (f"{NAME} (1).md", NAME),
        (f"a/Copy of {NAME}.md", NAME),
        (f"{NAME} - Kopie (2).txt", NAME),
        (f"{NAME} (conflicted copy 2025-03-02 101112).md", NAME),
        (f"{NAME}.sync-conflict-20250302-101112-ABCDEFG.md", NAME),
        (f"{NAME}~.md", NAME),
        (f"{NAME}.md.md", NAME),
        (f"Copy (2) of {NAME}.md", NAME),
        (f"Copy of Copy of a copy of {NAME}.md", NAME),
        (f"{NAME}（1）.md", NAME),
        (f"{NAME}のコピー.txt", NAME),
        (f"old-{NAME}+1.md", NAME),
        (f"{NAME}@2b99040 (1).md", f"{NAME}@2b99040"),
        (f"Copy of {NAME}@2b99040.md", f"{NAME}@2b99040"),
        (f"x{NAME}.md", None),
        (f"{NAME}0.md", None),
        (f"{NAME}/index.md", None),
        ("index.md", None),
    ],
)
def test_a_card_id_is_the_name_of_the_file(path: str, card_id: str | None) -> None:
    assert card_id_of(path) == card_id


def test_rejected_text_is_masked_before_it_is_cut() -> None:
    row = reject("row", "code", "Reason.", f"{SECRET} " + "x" * 2_000, line=1)
    assert row["raw_text"].startswith(f"{MASKED} x")
    assert len(row["raw_text"]) == 1_000
    assert reject("file", "code", "Reason.", None)["raw_text"] is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("index.md", "index page"),
        ("docs/Index.MD", "index page"),
        ("analyses/topics/a/a.md", "topic page"),
        ("analyses/yearly/2025.md", "yearly page"),
        ("readme.md", "other"),
    ],
)
def test_a_page_is_no_card(path: str, kind: str) -> None:
    found = read("# Page\n\n## Summary\n\nText.", path)
    assert (found.kind, found.cards, found.rejects) == (kind, [], [])
    assert found.reason


@pytest.mark.parametrize(
    ("path", "rank"),
    [
        (f"docs/{NAME}.md", IN_ITS_FILE), (f"{NAME}@2b99040.MD", IN_ITS_FILE),
        (f"pages/{NAME}.md", OLDER_TEXT), (f"a/Pages/b/{NAME}.txt", OLDER_TEXT),
        (f"docs/{NAME} (1).md", COPY), (f"pages/{NAME} copy.md", COPY), (f"Copy of {NAME}.md", COPY),
        ("pages.md", AMONG_OTHERS), ("pages/note.md", AMONG_OTHERS), (f"{NAME.upper()}.md", AMONG_OTHERS),
    ],
)  # fmt: skip
def test_older_texts_copies_and_collections_stand_behind_the_file_of_a_card(path: str, rank: int) -> None:
    assert rank_of(path) == rank


@pytest.mark.parametrize(
    "path",
    [f"Notes on {NAME}.md", f"{NAME} comments.txt", f"Reading list {NAME}.md", f"{NAME}@2b99040 todo.md"],
)
@pytest.mark.parametrize(
    "text", ["I liked it.", "# Kelp\n\n## Summary\n\nGood.", f"See [it]({NAME}).\n\n- kelp"]
)
def test_notes_that_are_named_by_a_card_are_neither_a_copy_nor_a_reject(path: str, text: str) -> None:
    found = read(text, path)
    assert (found.kind, found.cards, found.rejects) == ("other", [], [])


IMAGES = "## Concerns\n\n![Concerns](Concern.png)\n\n## Behaviors\n\n![Behaviors](Behavior.png)"
LISTS = "## Keywords\n\n* a\n\n## Themes\n\n* b"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"# *Topic*: Robots\n\n# Cards\n\n{LISTS}", "topic page"),
        (f"\n# *Topic*: Robots\n\n{LINK}", "topic page"),
        (f"# **Topic**: Robots\n\n{LISTS}", "topic page"),
        (f"# _Topic_ : Robots\n\n{LISTS}", "topic page"),
        (f"---\ntitle: Robots\ntags: [a]\n---\n\n# *Topic*: Robots\n\n{LISTS}", "topic page"),
        (f"## Tendance\u202f: Robots\n\n{LISTS}\n\n## Tendance : Soins\n\n* a", "yearly page"),
        (f"# 2025\n\n## **Trend**: Robots\n\n{LISTS}\n\n## *Trend* : Care\n\nText.", "yearly page"),
        (f"# 2025\n\n## Trend: Robots\n\n{LISTS}\n\n## Trend: Care\n\nText.", "yearly page"),
        (f"# Robots\n\n# Cards\n\n{IMAGES}", "other"),
        ("# Notes\n\n## Technologies\n\nWe use Python.\n\n## Issues\n\nOpen one.", "other"),
        ("# Notes\n\n## Keywords\n\n## Themes\n", "other"),
        ("---\n" * 9_000 + "\n" * 9_000, "other"),
    ],
)
def test_a_page_with_headings_of_cards_is_no_card(text: str, kind: str) -> None:
    found = read(text, "notes.md")
    assert (found.kind, found.cards, found.rejects) == (kind, [], [])


def test_a_topic_page_is_no_card_whatever_its_name() -> None:
    assert read(f"# *Topic*: Robots\n\n{LISTS}", f"docs/{NAME}.md").kind == "topic page"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("analyses/yearly/2024_reviewed.md", "yearly page"),
        ("docs/analyses/topics/care/care_old.txt", "topic page"),
        ("Analyses/Topics/care/index.md", "topic page"),
        (f"analyses/yearly/{NAME}.md", "card"),
        ("topics/care/care.md", "card"),
        ("yearly/2024.md", "card"),
    ],
)
def test_sections_alone_make_no_card_among_the_analyses(path: str, kind: str) -> None:
    found = read(f"# Care\n\n{LISTS}", path)
    assert (found.kind, len(found.cards)) == (kind, int(kind == "card"))


@pytest.mark.parametrize("text", [f"{HEAD}{LISTS}", f"{TITLE}\n\n{LISTS}", f"# Care\n\n{LINK}\n\nText."])
def test_a_card_that_lies_among_the_analyses_is_one(text: str) -> None:
    assert [read(text, f"docs/analyses/{place}.md").kind for place in ("topics/a/b", "yearly/2024")] == [
        "card"
    ] * 2


@pytest.mark.parametrize("text", [HEAD, LINK, "# Page\n\n## Keywords\n\n* a\n\n## Themes\n\n* b"])
def test_any_file_with_the_marks_of_a_card_is_one(text: str) -> None:
    found = read(text, "notes.md")
    assert found.kind == "card"
    assert [one.card_id for one in found.cards] == [md5("notes.md")]


TABLE = """## Signals

| name       | description    |   relevancy |
|:-----------|:---------------|------------:|
| Kelp farms | More every day |           4 |"""
COMPACT = (
    "## Signals\n\n| name | description | relevancy |\n| :- | - | -: |\n| Kelp farms | More every day | 4 |"
)


@pytest.mark.parametrize(
    ("bold", "bullet", "table"),
    [("**", "*", TABLE), ("**", "-", COMPACT), ("**", "+", TABLE), ("__", "-", COMPACT)],
)
def test_a_card_that_a_formatter_wrote_anew_is_read_as_before(bold: str, bullet: str, table: str) -> None:
    text = f"{HEAD}{LISTS}\n\n## Other\n\n* Category: sea\n* Type: news\n\n"
    anew = text.replace("__", bold).replace("\n* ", f"\n{bullet} ")
    (expected,), (found,) = read(text + TABLE).cards, read(anew + table).cards
    assert found.card == expected.card
    for name in ("keywords", "themes"):
        assert rows(found, name, "line", "raw_text") == rows(expected, name, "line", "raw_text") != []
    assert rows(found, "signals", "name", "description", "relevancy") == [("Kelp farms", "More every day", 4)]
    assert (extras(found), rejected(found)) == ([], [])


def test_a_second_title_or_link_begins_a_second_card() -> None:
    other = "__[External link](https://tides.example/other)__"
    found = read(f"{HEAD}## Keywords\n\n* a\n\n{TITLE}\n\n{other}\n\n## Keywords\n\n* b\n\n{LINK}")
    assert [one.card["line"] for one in found.cards] == [1, 11, 19]
    assert [one.card["title"] for one in found.cards] == ["Tide Tables", "Tide Tables", None]
    assert [rows(one, "keywords", "raw_text", "line") for one in found.cards] == [[("a", 9)], [("b", 17)], []]
    assert all(one.card["id_matches_link"] for one in found.cards)


TIDE = "https://tides.example/Tide_(novel)"


@pytest.mark.parametrize(
    ("written", "link", "article_key"),
    [
        (
            "https://tides.example/mar\\xc3\\xa9e",
            "https://tides.example/marée",
            "https://tides.example/mar%C3%A9e",
        ),
        (TIDE[:-1], TIDE[:-1], TIDE),
        (TIDE[:-1], TIDE, TIDE),
        (f"{TIDE} 'Tide'", TIDE, TIDE),
        ("https://tides.example/a b", "https://tides.example/a b", "https://tides.example/a%20b"),
        ("https://tides.example/x ", "https://tides.example/x ", "https://tides.example/x"),
    ],
)
@pytest.mark.parametrize("line", ["{}", "  {}  ", "| a | b |{}"])
def test_the_link_of_a_card_is_the_one_that_its_id_proves(
    written: str, link: str, article_key: str, line: str
) -> None:
    card_id = links.link_hash(link)
    text = line.format(f"__[External link]({written})__")
    found = read(f"{TITLE}\n\n{text}\n\n\n\n## Keywords\n\n* a", f"{card_id}.md").cards[-1].card
    assert found["article_key"] == article_key
    assert found["source_domain"] == "tides.example"
    assert found["id_matches_link"] is True
    if "|" not in line:
        assert found["url"] == link


def test_a_link_that_the_id_does_not_prove_stays_as_it_is_written() -> None:
    written = "https://tides.example/mar\\xc3\\xa9e"
    (found,) = read(f"{TITLE}\n\n__[External link]({written} 'Tide')__\n\n## Keywords\n\n* a").cards
    assert (found.card["url"], found.card["id_matches_link"]) == (written, False)


@pytest.mark.parametrize("line", ["__[External link]( )__", "__[External link]()__"])
def test_a_blank_link_is_none(line: str) -> None:
    (found,) = read(f"{TITLE}\n\n{line}\n\n## Keywords\n\n* a").cards
    assert (found.card["url"], found.card["id_matches_link"]) == (None, None)
    assert extras(found) == []


@pytest.mark.parametrize(
    ("link", "article_key", "source_domain", "article_date"),
    [
        (
            "https://web.archive.org/web/20230102030405/http://www.tides.example/2022/05/06/x?token=a",
            "https://tides.example/2022/05/06/x?token=***",
            "tides.example",
            date(2022, 5, 6),
        ),
        ("https://bit.ly/20230102", "https://bit.ly/20230102", None, None),
        (
            "https://newsletter.example.org/redirect/2/a",
            "https://newsletter.example.org/redirect/2/a",
            None,
            None,
        ),
    ],
)
def test_article_and_source_are_those_of_what_the_link_leads_to(
    link: str, article_key: str, source_domain: str | None, article_date: date | None
) -> None:
    (found,) = read(f"{TITLE}\n\n__[External link]({link})__\n\n## Keywords\n\n* a").cards
    assert found.card["article_key"] == article_key
    assert (found.card["source_domain"], found.card["article_date"]) == (source_domain, article_date)
    # A page of a tracker is none of the newsletter's own.
    assert (found.card["host"] is None) == (source_domain is None)


@pytest.mark.parametrize(
    "code",
    ["```\n{}\n```", "~~~ md\n{}\n~~~~", "````\n```\n{}\n````", "```\n``` no end\n{}\n```", "<!--\n{}\n-->"],
)
def test_a_title_in_code_begins_no_card(code: str) -> None:
    assert len(read(f"{HEAD}## Summary\n\n{code.format(TITLE)}").cards) == 1


def test_a_line_of_backticks_that_opens_no_fence_hides_no_card() -> None:
    assert len(read(f"{HEAD}``` a`b\n\n{TITLE}").cards) == 2


def test_the_title_is_kept_as_it_is_written() -> None:
    (found,) = read("# See [the log](https://a.example/log) & *more*").cards
    assert found.card["title"] == "See [the log](https://a.example/log) & *more*"


def test_an_id_in_place_of_a_title_is_kept_unless_it_is_the_card_s_own() -> None:
    line = "# {} from ([20220828](https://newsletter.example.org/p/20220828).)"
    other = "f" * 32
    (own,) = read(line.format(NAME)).cards
    (foreign,) = read(line.format(other)).cards
    assert (own.card["title"], extras(own)) == (None, [])
    assert (foreign.card["title"], extras(foreign)) == (None, [(1, None, "(title rest)", other)])


def test_a_link_that_stands_twice_begins_no_other_card() -> None:
    again = f"{LINK}\n\n"
    found = read(f"{TITLE}\n\n{again}{again}## Keywords\n\n* a\n\n{again}## Themes\n\n* b\n\n")
    (one,) = found.cards
    assert (rows(one, "keywords", "raw_text"), rows(one, "themes", "raw_text")) == (["a"], ["b"])
    assert len(read(f"{TITLE}\n\n{again}{TITLE}\n\n{again}").cards) == 2


def test_two_colons_are_one() -> None:
    found = card("## Other\n\n* Category:: science\n* Type: :news:\n* Mood:: calm")
    assert (found.card["category"], found.card["type"]) == ("science", ":news:")
    assert extras(found) == [(11, "Other", "Mood", "calm")]


@pytest.mark.parametrize("written", ["https://a.example/x 'The Log'", "https://a.example/x see also y"])
def test_what_stands_beside_the_address_of_a_link_is_kept(written: str) -> None:
    link = "https://a.example/x"
    (found,) = file.read_file(f"{links.link_hash(link)}.md", f"__[External link]({written})__").cards
    assert (found.card["url"], extras(found)) == (link, [(1, None, "(link as written)", written)])


def test_a_heading_of_the_title_s_level_opens_no_section_nor_looks_like_one() -> None:
    found = card("# Other\n\n* Category: science")
    assert dict(found.n_source) == {}
    assert extras(found) == [(9, "# Other", None, "* Category: science")]


def test_what_a_heading_says_beside_its_name_is_kept() -> None:
    found = card("## [Keywords](https://a.example/kept)\n\n* a\n\n## *Plans*\n\nb")
    assert rows(found, "keywords", "raw_text") == ["a"]
    assert extras(found) == [
        (7, None, "(heading)", "## [Keywords](https://a.example/kept)"),
        (11, None, "(heading)", "## *Plans*"),
        (13, "Plans", None, "b"),
    ]


def test_a_heading_that_is_too_long_is_kept_as_text() -> None:
    long = "word " * 300
    found = card(f"## {long}\n\ntext")
    assert extras(found)[0] == (7, None, "(heading)", f"## {long}")
    assert extras(found)[1] == (9, long[:MAX_NAME], None, "text")


def test_blanks_within_a_heading_do_not_count() -> None:
    found = card(f"## Emerging{' ' * 2_000}issues\n\n* a")
    assert [one[:3] for one in rejected(found)] == [("emerging_issues", 9, "not-a-table-row")]


def test_the_markdown_of_a_summary_is_kept_where_it_says_more() -> None:
    found = card("## Summary\n\nSee [the log](https://a.example/log).\n\nPlain.  \nText.\n\n    code")
    assert found.card["summary"] == "See the log.\n\nPlain.\nText.\n\n    code"
    raw = rows(found, "raw_cells", "section", "column_name", "row_no", "line", "raw_text")
    assert raw == [("cards", "summary", 1, 9, "See [the log](https://a.example/log).")]


def test_the_markdown_of_category_and_type_is_kept_where_it_says_more() -> None:
    found = card("## Other\n\n* Category: [science](https://a.example/kept)\n* **Type**: news")
    assert (found.card["category"], found.card["type"]) == ("science", "news")
    assert rows(found, "raw_cells", "column_name", "raw_text") == [
        ("category", "Category: [science](https://a.example/kept)"),
        ("type", "**Type**: news"),
    ]


def test_items_of_other_without_a_column_are_kept() -> None:
    long = "k" * 1_001
    found = card(
        f"## Other\n\n* Mood: good\n* [Mood](a): bad\n* {long}: v\n* (blank bullet): x\n* :\n* Type:"
    )
    assert extras(found) == [
        (9, "Other", "Mood", "good"),
        (10, "Other", None, "[Mood](a): bad"),
        (11, "Other", None, f"{long}: v"),
        (12, "Other", None, "(blank bullet): x"),
        (13, "Other", None, None),
        (14, "Other", "Type", None),
    ]
    assert found.n_source["other"] == 6


@pytest.mark.parametrize("item", ["x" * (MAX_SUMMARY + 1), "[](" + "x" * MAX_SUMMARY + ")"])
def test_an_item_too_long_even_for_card_extra_is_rejected_in_its_section(item: str) -> None:
    found = card(f"## Other\n\n* {item}")
    assert rejected(found) == [("other", 9, "field-too-long", item[:1_000])]
    assert extras(found) == []


@pytest.mark.parametrize(
    ("entry", "target", "label"),
    [
        (f"[A Title]({NAME})", NAME, "A Title"),
        (f"[A [nested] Title]({NAME})", NAME, "A [nested] Title"),
        (f"[]({NAME})", NAME, None),
        ("plain text", "plain text", None),
        (f"**[Bold]({NAME})**", "Bold", None),
    ],
)
def test_closest_entries_point_to_cards(entry: str, target: str, label: str | None) -> None:
    found = card(f"## Closest\n\n* {entry}")
    assert rows(found, "related_cards", "target_card_id", "label") == [(target, label)]
    raw = rows(found, "raw_cells", "raw_text")
    assert raw == ([entry] if "**" in entry else [])


@pytest.mark.parametrize(
    "entry", ["[a]( )", "[" + "a" * 1_001 + "](b)", "[a](" + "b" * 1_001 + ")", "x" * 1_001]
)
def test_closest_entries_that_point_nowhere_are_rejected(entry: str) -> None:
    found = card(f"## Closest\n\n* {entry}")
    kept = sum(found.rows[table].n_rows for table in ("related_cards", "rejects") if table in found.rows)
    assert kept == found.n_source["related_cards"] == 1


def test_characters_are_joined_only_where_a_list_was_split() -> None:
    split = "\n".join(f"* {character}".rstrip() for character in "tide, log")
    found = card(f"## Keywords\n\n{split}\n\n## Themes\n\n* a\n* b")
    assert rows(found, "keywords", "raw_text", "n_source_items") == [("tide", 4), ("log", 3)]
    assert rows(found, "themes", "raw_text", "n_source_items") == [("ab", 2)]
    few = card("## Keywords\n\n* C\n* R\n* +")
    assert rows(few, "keywords", "raw_text") == ["C", "R", "+"]


def test_bullets_between_joined_items_are_kept() -> None:
    split = "\n".join(f"* {character}" for character in " a, b c,, ,d ")
    found = card(f"## Keywords\n\n{split}")
    assert rows(found, "keywords", "raw_text", "n_source_items", "line") == [
        ("a", 1, 10),
        ("b c", 3, 13),
        ("d", 1, 20),
    ]
    assert rows(found, "card_extra", "line", "column_name", "value") == [
        (line, "(separator bullet)", value)
        for line, value in (
            (9, None),
            (11, ","),
            (12, None),
            (16, ","),
            (17, ","),
            (18, None),
            (19, ","),
            (21, None),
        )
    ]


def test_markup_characters_of_a_split_list_are_text() -> None:
    split = "\n".join(f"* {character}" for character in "C*-1_#")
    assert rows(card(f"## Keywords\n\n{split}"), "keywords", "raw_text") == ["C*-1_#"]


def test_joined_characters_that_are_too_many_are_one_reject() -> None:
    found = card("## Keywords\n\n" + "* a\n" * 1_001)
    assert [one[:3] for one in rejected(found)] == [("keywords", 9, "field-too-long")]
    assert found.n_source["keywords"] == 1


def test_lines_below_a_list_nested_too_deep_are_rejected_one_by_one() -> None:
    nested = "\n".join("  " * depth + f"* item {depth}" for depth in range(11))
    found = card(f"## Keywords\n\n{nested}\n\n## Summary\n\nText.")
    assert rows(found, "keywords", "raw_text") == [f"item {depth}" for depth in range(10)]
    assert [(code, raw) for _, _, code, raw in rejected(found)] == [
        ("too-deep", " " * 20 + "* item 10"),
        ("too-deep", "## Summary"),
        ("too-deep", "Text."),
    ]
    assert found.n_source["keywords"] == 13


@pytest.mark.parametrize(
    ("body", "statements"),
    [
        ("| Loss | Of trust |  4 |\n|   Fear |  | 1 |", [("Loss", "Of trust", 4), ("Fear", None, 1)]),
        ("| Grün | a  b |2|", [("Grün", "a  b", 2)]),
    ],
)
def test_tables_are_cut_into_columns(body: str, statements: list[Any]) -> None:
    found = card(f"## Concerns\n\n| name | description | relevancy |\n|:--|:--|--:|\n{body}")
    assert rows(found, "concerns", "name", "description", "relevancy") == statements


def test_lists_are_cut_into_items() -> None:
    found = card("## Themes\n\n* drones\n* open  source\n* Ökologie\n* 5G | x\n* (x)")
    texts = ["drones", "open  source", "Ökologie", "5G | x", "(x)"]
    assert rows(found, "themes", "raw_text", "n_source_items") == [(text, 1) for text in texts]


def test_cells_without_text_keep_their_markdown() -> None:
    found = card(
        "## Concerns\n\n| name | description | mood |\n|---|---|---|\n| a | [](b) | *c* |\n| [](d) | | |\n"
    )
    assert rows(found, "concerns", "name", "description") == [("a", None)]
    assert rows(found, "raw_cells", "column_name", "raw_text") == [("description", "[](b)")]
    assert extras(found) == [(11, "Concerns", "mood", "*c*")]
    assert rejected(found) == [("concerns", 12, "blank-row", "| [](d) | | |")]


def test_a_relevancy_that_is_a_novel_makes_no_long_reason() -> None:
    found = card(f"## Concerns\n\n| name | relevancy |\n|---|---|\n| a | {'x' * 5_000} |")
    (reason,) = rows(found, "rejects", "reason")
    assert len(reason) < 200


def test_credentials_are_masked_wherever_they_stand() -> None:
    text = f"""# __{SECRET}__, (from page [{SECRET}]({SECRET}).)

__[External link]({SECRET})__

{SECRET}

## Keywords

* {SECRET}
* [a]({SECRET})
* [{SECRET}]()
* ![]({SECRET})

Text {SECRET}

## Other

* Category: {SECRET}
* {SECRET}: b
* {SECRET}

## Summary

{SECRET} and [b]({SECRET})

## Concerns

| name | {SECRET} | relevancy |
|---|---|---|
| {SECRET} | {SECRET} | 3 |
| [c]({SECRET}) | {SECRET} | {SECRET} |
| {SECRET} | a | b | c |

## Closest

* [{SECRET}]({SECRET})
* {SECRET}

## {SECRET}

## [d]({SECRET})
"""
    (found,) = read(text).cards
    stored = [found.card, *(row for some in found.rows.values() for row in some)]
    held = "\n".join(str(value) for row in stored for name, value in row.items() if name != "_source")
    assert "geheim" not in held
    assert held.count("token=***") > 20


@pytest.mark.parametrize("length", [MAX_NAME, MAX_NAME + 1])
def test_fields_of_the_card_are_null_with_a_reject_where_they_are_too_long(length: int) -> None:
    (found,) = read(f"# __{'t' * length}__\n\n## Other\n\n* Category: {'c' * length}").cards
    fits = length == MAX_NAME
    assert (found.card["title"] is not None, found.card["category"] is not None) == (fits, fits)
    assert [one[:3] for one in rejected(found)] == (
        [] if fits else [("other", 5, "field-too-long"), ("cards", 1, "field-too-long")]
    )


def test_a_file_of_too_many_markdown_characters_is_rejected_unread() -> None:
    found = read(HEAD + "## Keywords\n\n" + "* a\n" * 30_000)
    assert found.cards == []
    assert [(row["level"], row["code"], row["card_id"]) for row in found.rejects] == [
        ("file", "too-large", NAME)
    ]


N = 49_000
HOSTILE = {
    "open title": "# " + "__, from ([" * N,
    "open title address": "# __a" + "__, from ([a](" * N,
    "closed token": "# __a" + "__, from ([)](a)" * N,
    "open page": "# __a" + "__(from page " * N,
    "title of underscores": "# " + "_" * N,
    "title of blanks": "# __a__" + " " * N * 10 + "x",
    "title of commas": "# __a" + "__ , " * N,
    "hexadecimal title": "# " + "a" * N * 10,
    "hexadecimal title with a version": "# " + "a" * 32 + "@" + "b" * N * 10,
    "long token": "# __a__(from page [" + "x" * N * 10,
    "address of brackets": "# __a__(from page [x](" + "(a)" * N,
    "address of blanks": "# __a__(from page [x](a" + " " * N * 10 + "b",
    "link of brackets": "__[External link](" + "(a)" * N,
    "link of opening brackets": "__[External link](" + "(" * N,
    "many open links": "__[External link](" * N,
    "link of blanks": "__[External link](a" + " " * N * 10 + ")_",
    "open glued links": "|" + "|__[External link](" * N,
    "glued link behind pipes": "| " * N + "__[external link](a)__x",
    "glued link behind blanks": "| a |" + " " * N * 10 + "__[external link](a)__x",
    "titles": "# __T__, (from page [2](h).)\n" * N,
    "link of closing parentheses": "__[External link](" + ")_" * N + ")__",
    "links": "__[External link](h)__\n" * N,
    "glued links": "| a |__[External link](h)__\n" * N,
    "closest": "## Closest\n\n* [" + "](" * N,
    "closest of one label": "## Closest\n\n* [x" + ("](" + "a" * 38) * N,
    "other": "## Other\n\n* " + ":" * N * 10,
    "split list": "## Keywords\n\n" + "* a\n* ,\n" * N,
    "split list of blanks": "## Keywords\n\n" + "* a\n" * 5 + "*  \n" * N,
    "headings": "## a\n" * N,
    "one heading": "## Keywords\n" * N,
    "rows": "## Concerns\n\n|name|\n|-|\n" + "|a\n" * N,
    "rows filled up": "## Concerns\n\n|name|" + "a|" * 100 + "\n|-|" + "-|" * 100 + "\nb" * N,
    "wide row": "## Concerns\n\n|name|relevancy|\n|-|-|\n|" + "a|" * N,
    "no table": "## Concerns\n\n" + "|a\n" * N,
    "quotes": "## Summary\n\n" + "> " * N,
    "comments that do not end": "## Summary\n\nx " + ("<!--" + "a" * 30 + "--->") * N,
    "brackets": "## Summary\n\n" + "[" * N,
    "deep list": "## Keywords\n\n" + "\n".join("  " * n + "* a" for n in range(500)),
}


@pytest.mark.long
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_cards_are_read_in_linear_time_or_rejected(text: str) -> None:
    text = text[:1_048_000]
    while sum(map(text.count, file.MARKS)) > file.MAX_MARKS:
        text = text[: len(text) * 9 // 10]
    start = time.process_time()
    found = read(f"## Themes\n\n{text}")
    assert time.process_time() - start < 4
    assert found.kind == "card"


def test_cells_that_rows_lack_count_since_the_parser_makes_them_up() -> None:
    table = "a|" * 181 + "\n" + "-|" * 181 + "\n" + "b\n" * 360 + "\n"
    for begin in ("", "> ", "  "):
        text = "* kelp\n\n" + "".join(f"{begin}{line}\n" for line in table.splitlines())
        ((code, reason),) = [(row["code"], row["reason"]) for row in read(f"## Concerns\n\n{text}").rejects]
        assert (code, "at most 50,000 are read" in reason) == ("too-large", True)
    # So the parser, which cuts a table without a word, never gets there.
    assert file.MAX_MARKS < MAX_AUTOCOMPLETED_CELLS


def test_a_wide_table_with_short_rows_is_read() -> None:
    table = "|name|" + "a|" * 20 + "\n|-|" + "-|" * 20 + "\n" + "".join(f"|row {n}|\n" for n in range(400))
    assert rows(card(f"## Concerns\n\n{table}"), "concerns", "name") == [f"row {n}" for n in range(400)]


@pytest.mark.long
def test_everything_of_hostile_cards_is_accounted_for(store: Store, raw_dir: Path) -> None:
    for name, text in HOSTILE.items():
        path = f"{md5(name)}.md"
        (raw_dir / path).write_text(f"## Themes\n\n{text[:10_000]}", encoding="utf-8")
    taken = taken_in(store, raw_dir)
    assert taken.files == len(HOSTILE)


@pytest.mark.parametrize(
    "text",
    [
        "**Signals**\n\n| name |\n|:--|\n| a |\n\n**Concerns**\n\n| name |\n|:--|\n| b |\n",
        "Keywords:\n\n* kelp\n\nThemes:\n\n* sea\n",
        "__Keywords__\n\n* kelp\n\n__Themes__\n\n* sea\n",
    ],
)
def test_two_sections_are_a_card_however_their_headings_are_written(text: str) -> None:
    assert read(text, "notes/a.md").kind == "card"
