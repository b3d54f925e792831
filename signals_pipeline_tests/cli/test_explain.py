"""What is said of one file, line by line."""

import re
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.cli.explain import explain_file
from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.settings import project
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline_tests.raw.sample import card, card_id, link
from signals_pipeline_tests.starter import ROOT

CALENDAR = Calendar(date(2026, 6, 30), date(2022, 6, 1), date(2023, 10, 22), ())


def explained(path: Path, text: str) -> list[str]:
    path.write_text(text)
    return explain_file(project(), path, CALENDAR).split("\n")


def test_every_part_of_a_card_is_said_with_its_line(tmp_path: Path) -> None:
    text = card(1) + "\n\n## Dinner\n\n* soup\n"
    path = tmp_path / f"{card_id(link(1))}.md"
    assert explained(path, text) == [
        str(path),
        '    1  a card of form other: "Kelp", newsletter issue 20240107',
        "    1  its link: https://harbour1.example/kelp",
        "    1  no summary",
        "    7  the section keywords, a list or a text",
        '    9  keyword 1: "kelp"',
        "   11  the section concerns, a table",
        '   15  concerns 1: name "Storm loss", description "One storm may tear off a year of growth.", '
        'relevancy "3"',
        "   16  NOT READ (concerns): relevancy is '9', which is too large. [out-of-range]",
        '   18  a heading of no known section: "Dinner"',
        "   18  NOT READ: The heading names no section; what stands under it is in card_extra. "
        "[unknown-section]",
        '   20  kept beside the tables, Dinner: "* soup"',
        "It is of the newsletter issue of 2024-01-07; it is counted.",
    ]


def test_a_file_that_is_no_card_is_read_as_if_it_were_one(tmp_path: Path) -> None:
    verdict, *lines = explained(tmp_path / "kelp.md", "# Kelp\n\n## Themes\n\n* sea\n")
    assert lines == [
        '    1  a card of form other: "Kelp", no newsletter issue named',
        "    1  no link to an article",
        "    1  no summary",
        "    3  the section themes, a list or a text",
        '    5  theme 1: "sea"',
    ]
    assert "kelp.md is no card: It has neither the title line" in verdict
    assert "docs/CARDS.md says what a card looks like" in verdict


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".hidden.md", "Its name begins with a point: it is hidden."),
        ("._kelp.txt", "Its name begins with a point: it is hidden."),
        ("kelp.pdf", "Its name does not end in .md, .markdown or .txt."),
        (f"{card_id(link(1))}.md.bak", "Its name does not end in .md, .markdown or .txt."),
    ],
)
def test_a_card_that_no_run_opens_is_not_read_and_the_reason_is_said(
    tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(NoInputError, match=re.escape(f"{name} is not read: {reason}")):
        explained(tmp_path / name, card(1))


def test_of_a_page_about_cards_it_is_said_what_it_is_and_no_more(tmp_path: Path) -> None:
    text = "# *Topic*: Kelp\n\n## Keywords\n\n* kelp\n\n## Themes\n\n* sea\n"
    (said,) = explained(tmp_path / "kelp.md", text)
    assert "kelp.md is no card: It is about a topic of several cards. docs/CARDS.md says" in said


def test_what_opens_a_section_is_said_of_what_is_read_not_of_what_stands_there(tmp_path: Path) -> None:
    text = "---\ntitle: Kelp\ndate: 2024-01-07\n---\n\n**Themes**\n\n* sea\n\n## Dinner\n"
    assert explained(tmp_path / "kelp.md", text)[4:-1] == [
        "    6  the section themes, a list or a text",
        '    8  theme 1: "sea"',
        '   10  a heading of no known section: "Dinner"',
        "   10  kept beside the tables, Dinner",
    ]


def test_why_a_card_is_not_counted_is_said(tmp_path: Path) -> None:
    found = explained(tmp_path / f"{card_id(link(1))}.md", card(1, token="20249999"))
    assert found[-1] == (
        "It has no date: the date is not in the calendar; it is not counted: no newsletter issue with a date."
    )


@pytest.mark.parametrize(("content", "said"), [(b"\xffab", "is not UTF-8"), (b"", "holds nothing")])
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(content)
    with pytest.raises(NoInputError, match=said):
        explain_file(project(), path, CALENDAR)
    with pytest.raises(NoInputError, match="does not exist"):
        explain_file(project(), tmp_path / "b.md", CALENDAR)


def test_the_card_of_the_documentation_is_understood_whole(tmp_path: Path) -> None:
    text = re.findall(r"```markdown\n(.*?)```", (ROOT / "docs/CARDS.md").read_text(), re.DOTALL)[0]
    found = explained(tmp_path / "kelp.md", text)
    assert found[1] == '    1  a card of form C: "Kelp Farms Off the Coast", newsletter issue 20240107'
    assert found[-1] == "It is of the newsletter issue of 2024-01-07; it is counted."
    assert not any("NOT READ" in line or "kept beside" in line for line in found)
