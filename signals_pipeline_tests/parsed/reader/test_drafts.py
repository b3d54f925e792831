"""Drafts read from text: the date that their names say, their mottos and their links."""

import hashlib
import time
from typing import Any

import pytest

from signals_pipeline.core.schema import column_names
from signals_pipeline.parsed.models import MAX_SUMMARY, DraftLinks
from signals_pipeline.parsed.reader import file
from signals_pipeline.parsed.reader.drafts import AROUND, DraftRows, is_draft, issue_token, read_draft
from signals_pipeline.parsed.reader.file import read_file
from signals_pipeline.parsed.sections import MAX_CELL, MAX_NAME
from signals_pipeline_tests.parsed.reader.test_file import HEAD, HOSTILE, NAME

PATH = "drafts/20250511d.md"
DRAFT = """> *The sea gives back what it was lent.*
>
> *Slowly.* — an [old saying](https://sayings.example/sea)

* **People** : Why [eel fishers](https://eels.example) sing. The [choir](https://choir.example/eels) of Ebb.
  More [songs](https://songs.example).
* **AI:**  [Kelp](https://kelp.example/ai) counts itself.

[![A gull](https://pictures.example/small.png)

](https://pictures.example/large.png)By [Marram](https://marram.example/gull).

## The Lighthouse

It blinked.^1

^1 As they do, see [the tables](https://tables.example/blinks).
"""


def md5(address: str) -> str:
    return hashlib.md5(str(address.encode()).encode()).hexdigest()


def read(text: str, path: str = PATH) -> DraftRows:
    return read_draft(path, text)


def links(text: str, *names: str) -> list[Any]:
    found = [tuple(row[name] for name in names) for row in read(text).links]
    return [one for (one,) in found] if len(names) == 1 else found


# The file


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("drafts/20250511d.md", True),
        ("a/drafts/20250511.md", True),
        ("drafts/old/20241201.md", True),
        ("Drafts/kelp.md", True),
        ("drafts.md", False),
        ("20250511.md", False),
        ("drafts-of-cards/20250511.md", False),
    ],
)
def test_a_draft_lies_below_a_folder_of_drafts(path: str, is_one: bool) -> None:
    assert is_draft(path) == is_one


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("20250511.md", "20250511"),
        ("20250511d.md", "20250511d"),
        ("20250511D.md", "20250511D"),
        ("draft-20250511.md", "20250511"),
        ("issue_20250511b final.md", "20250511b"),
        ("20250511-a-yearly-review.md", "20250511"),
        ("20250511draft.md", "20250511"),
        ("20250231.md", "20250231"),
        ("Issue of 2025-05-11.md", "2025-05-11"),
        ("2025-05-112.md", None),
        ("tides.md", None),
        ("2025.md", None),
        ("202505110.md", None),
        ("1202505110930.md", None),
    ],
)
def test_the_name_of_a_draft_says_the_issue(name: str, token: str | None) -> None:
    assert issue_token(f"20240107/drafts/{name}") == token


def test_a_draft_is_never_read_as_a_card_and_a_card_among_drafts_never_as_a_draft() -> None:
    text = f"{HEAD}## Keywords\n\n* kelp\n\n## Themes\n\n* coast"
    found = read_file("drafts/tides.md", text)
    assert (found.kind, found.cards, found.draft is not None) == ("draft", [], True)
    found = read_file(f"drafts/{NAME}.md", text)
    assert (found.kind, len(found.cards), found.draft) == ("card", 1, None)


def test_a_draft_of_too_many_markdown_characters_is_rejected_unread() -> None:
    found = read_file(PATH, "* [a](https://a.example)\n" * 10_000)
    assert (found.kind, found.draft) == ("draft", None)
    assert [(row["level"], row["code"], row["path"]) for row in found.rejects] == [
        ("file", "too-large", PATH)
    ]


# The motto


@pytest.mark.parametrize(
    ("text", "motto"),
    [
        ("> *A motto.*\n\n* **AI** : x", "A motto."),
        ("> One\n> line.\n>\n>> Two.\n>\n> Three.", "One\nline.\n\nTwo.\n\nThree."),
        ("# Issue 12\n\n> A motto.", "A motto."),
        ("*In italics*\n\n* **AI** : x", "In italics"),
        ("_In italics_, by _Marram_\n\ntext", "In italics, by Marram"),
        ("> A motto.\n>\n> * **AI** : x\n>\n> Not of it.", "A motto."),
        ("* **AI** : x\n\n> Not at the top.", None),
        ("**AI** : *x*", None),
        ("Plain text.\n\n> A quote below it.", None),
        ("## Tides\n\n> A quote below a heading.", None),
        ("", None),
    ],
)
def test_the_motto_stands_above_all_else(text: str, motto: str | None) -> None:
    assert read(text).draft == {"path": PATH, "issue_token": "20250511d", "motto": motto}


def test_a_motto_that_is_a_novel_is_a_reject() -> None:
    found = read("> " + "x" * (MAX_SUMMARY + 1))
    assert found.draft["motto"] is None
    assert [(row["section"], row["line"], row["code"]) for row in found.rejects] == [
        ("drafts", 1, "field-too-long")
    ]


# The links


def test_a_draft_gives_its_links_with_what_stands_around_them() -> None:
    assert links(DRAFT, "position", "line", "heading", "lead", "words", "around") == [
        (1, 3, None, None, "old saying", "Slowly. — an old saying"),
        (2, 5, None, "People", "eel fishers", "People : Why eel fishers sing. The"),
        (3, 5, None, "People", "choir", "sing. The choir of Ebb. More"),
        (4, 6, None, "People", "songs", "of Ebb. More songs."),
        (5, 7, None, "AI", "Kelp", "AI: Kelp counts itself."),
        (6, 11, None, None, "Marram", "By Marram."),
        (7, 17, "The Lighthouse", None, "the tables", "^1 As they do, see the tables."),
    ]


def test_the_rows_of_links_have_the_columns_of_their_table() -> None:
    assert all(set(row) == set(column_names(DraftLinks)) for row in read(DRAFT).links)


@pytest.mark.parametrize(
    ("written", "link", "hashed"),
    [
        ("https://a.example/x?utm_source=y&z=1", "https://a.example/x?utm_source=y&z=1", None),
        ("http://a.example/(x)", "http://a.example/(x)", "http://a.example/(x"),
        ("https://a.example/(x)/(y)?z", "https://a.example/(x)/(y)?z", "https://a.example/(x"),
        ("https://a.example/é", "https://a.example/é", None),
        ("https://a.example/l'été", "https://a.example/l'été", None),
        ("https://a.example/%20x", "https://a.example/%20x", None),
        ('https://a.example/x "A title"', "https://a.example/x", None),
        ("<https://a.example/x y>", "https://a.example/x y", None),
        ("HTTPS://A.example", "HTTPS://A.example", None),
    ],
)
def test_a_link_has_the_id_of_its_card(written: str, link: str, hashed: str | None) -> None:
    assert links(f"* A [link]({written}).", "link", "article_hash") == [(link, md5(hashed or link))]


@pytest.mark.parametrize(
    "text",
    [
        "![a gull](https://a.example/gull.png)",
        "[![](https://a.example/gull.png)](https://a.example/large.png)",
        "[![a gull](https://a.example/gull.png)\n\n](https://a.example/large.png)",
        "`[code](https://a.example)`",
        "```\n[code](https://a.example)\n```",
        "<!-- [comment](https://a.example) -->",
        "[1](#footnote-1)",
        "[mail](mailto:gull@a.example)",
        "[run](javascript:alert(1))",
        "[a card](0123456789abcdef0123456789abcdef)",
        "\\[no link](https://a.example)",
        "[https://a.example]",
    ],
)
def test_pictures_code_and_what_is_no_page_of_the_web_are_no_links(text: str) -> None:
    assert read(f"* **AI** : x\n\n{text}").links == []


@pytest.mark.parametrize(
    ("opening", "lead"),
    [
        ("**AI** : ", "AI"),
        ("**AI:** ", "AI"),
        ("**AI **: ", "AI"),
        ("**IA\xa0:** ", "IA"),
        ("__Deep *rabbit* hole__ – ", "Deep rabbit hole"),
        ("**AI —** ", "AI"),
        ("**[AI](#ai)**: ", "AI"),
        ("***Why*** ", None),
        ("**AI ", None),
        ("** ** ", None),
        ("AI : **bold** ", None),
        (f"**{'x' * (MAX_NAME + 1)}** ", None),
    ],
)
def test_the_lead_is_what_a_bullet_says_in_bold_at_its_beginning(opening: str, lead: str | None) -> None:
    assert links(f"* {opening}[x](https://a.example)", "lead") == [lead]


def test_a_bullet_in_a_bullet_has_its_own_lead_or_that_of_the_outer_one() -> None:
    text = (
        "* **AI** :\n  * [one](https://a.example)\n  * **Robots** : [two](https://b.example)\n\n"
        "    [three](https://c.example)\n  * [four](https://d.example)\n* [five](https://e.example)\n\n"
        "[six](https://f.example)"
    )
    assert links(text, "words", "lead") == [
        ("one", "AI"),
        ("two", "Robots"),
        ("three", "Robots"),
        ("four", "AI"),
        ("five", None),
        ("six", None),
    ]


def test_headings_hold_up_to_the_next_one_and_those_in_a_quote_within_it() -> None:
    text = (
        "# Issue 12\n\n* [one](https://a.example)\n\n## The *Sea*\n\n[two](https://b.example)\n\n"
        "> ### A story\n>\n> [three](https://c.example)\n\n* [four](https://d.example)\n\n"
        "Tides\n---\n\n1. [five](https://e.example)\n\n"
        "| a | b |\n|---|---|\n| x | [six](https://f.example) |\n\n"
        "# The end\n\n[seven](https://g.example)\n\n## On [eight](https://h.example)"
    )
    assert links(text, "words", "heading", "line") == [
        ("one", None, 3),
        ("two", "The Sea", 7),
        ("three", "A story", 11),
        ("four", "The Sea", 13),
        ("five", "Tides", 18),
        ("six", "Tides", 22),
        ("seven", None, 26),
        ("eight", "On eight", 28),
    ]


def test_an_article_that_is_linked_twice_has_two_rows_and_one_hash() -> None:
    text = "* [a](https://a.example)\n* [b](https://a.example) and [](https://a.example)"
    assert links(text, "position", "words", "article_hash") == [
        (1, "a", md5("https://a.example")),
        (2, "b", md5("https://a.example")),
        (3, None, md5("https://a.example")),
    ]


def test_the_text_around_a_link_is_cut_on_both_sides() -> None:
    assert links(f"{'a' * 300} [x](https://a.example){'b' * 300}", "around") == [
        f"{'a' * (AROUND - 1)} x{'b' * AROUND}"
    ]


def test_credentials_are_masked_and_the_hash_is_of_the_link_as_written() -> None:
    secret = "https://a.example/?token=geheim"
    found = read(f"> {secret}\n\n## {secret}\n\n* **{secret}** {secret} [{secret}]({secret}) {secret}")
    assert "geheim" not in f"{found.draft}{found.links}"
    assert [row["article_hash"] for row in found.links] == [md5(secret)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"[x](https://a.example/{'x' * MAX_CELL})", "link has 5,018 characters, too many to be one."),
        (f"[{'x' * (MAX_NAME + 1)}](https://a.example)", "words has 1,001 characters, too many to be one."),
    ],
)
def test_a_link_that_is_too_long_is_a_reject_and_keeps_its_number(text: str, said: str) -> None:
    found = read(f"* {text}\n* [b](https://b.example)")
    assert [
        (row["level"], row["path"], row["section"], row["line"], row["code"]) for row in found.rejects
    ] == [("row", PATH, "draft_links", 1, "field-too-long")]
    assert found.rejects[0]["reason"] == said
    assert [row["position"] for row in found.links] == [2]


@pytest.mark.long
@pytest.mark.parametrize(
    "text",
    [
        *HOSTILE.values(),
        "## " + "x" * 500_000 + "\n\n[a](https://a.example)" * 3_000,
        "* **" + "x" * 1_000_000,
        "> " * 25_000 + "[a](https://a.example)",
        "[![a](https://a.example)](https://b.example)" * 3_000,
        "[a](https://a.example) " * 6_000,
        "[" * 25_000 + "a](https://a.example)" * 4_000,
        "* " * 20_000 + "[a](https://a.example)",
    ],
)
def test_hostile_drafts_are_read_in_linear_time(text: str) -> None:
    text = text[:1_048_000]
    while file.n_marks(text) > file.MAX_MARKS:
        text = text[: len(text) * 9 // 10]
    start = time.process_time()
    assert read_file(PATH, text).draft is not None
    assert time.process_time() - start < 4
