"""What is said of one file, line by line."""

import re
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.cli.explain import explain_file
from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.schema import columns
from signals_pipeline.core.settings import project
from signals_pipeline.parsed.identity import Calendar
from signals_pipeline.parsed.models import TABLES
from signals_pipeline.parsed.reader.forms import HEADERS, HEADINGS, folded, heading_of
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
        f"{path} is a card of the newsletter issue of 2024-01-07, and is counted.",
        "2 parts are NOT READ, and in no table.",
        '  line    1  title: "Kelp"',
        '  line    1  newsletter issue: "20240107"',
        '  line    1  link: "https://harbour1.example/kelp"',
        "  line    1  not there: category, type, summary (a card need not have them)",
        "  line    7  here begins: keywords (a list)",
        '  line    9  keyword 1: "kelp"',
        "  line   11  here begins: concerns (a table)",
        '  line   15  concerns, row 1: name "Storm loss", '
        'description "One storm may tear off a year of growth.", relevancy "3"',
        "  line   16  NOT READ (concerns): relevancy is '9', which is too large. "
        "A relevancy is 0 to 5, or its cell is empty. [out-of-range]",
        '  line   18  a heading of no known section: "Dinner"',
        "  line   18  NOT READ: The heading names no section; what stands under it is in card_extra. "
        "The headings are Keywords, Themes, Signals, Concerns, Behaviors, Technologies, Issues, Other, "
        "Summary, Closest; no other words may stand in one. [unknown-section]",
        '  line   20  kept, but in no table, Dinner: "* soup"',
    ]


def test_a_file_that_is_no_card_is_read_as_if_it_were_one(tmp_path: Path) -> None:
    verdict, *lines = explained(tmp_path / "kelp.md", "# Kelp\n\n## Themes\n\n* sea\n")
    assert lines == [
        "Read as one, it says:",
        '  line    1  title: "Kelp"',
        "  line    1  not there: link, category, type, summary (a card need not have them)",
        "  line    3  here begins: themes (a list)",
        '  line    5  theme 1: "sea"',
    ]
    assert "kelp.md is no card: It has no title line" in verdict
    assert "docs/CARDS.md says what a card looks like" in verdict


def test_what_to_do_is_said_once_of_each_kind_of_fault(tmp_path: Path) -> None:
    rows = "| name | description |\n| a | b |\n| c | d |\n"
    text = (
        f"{card(1)}\n\n## Signals\n\n{rows}\n## Technologies\n\n| mood | cost |\n|:--|:--|\n| calm | low |\n"
    )
    found = explained(tmp_path / f"{card_id(link(1))}.md", text)
    assert ["Put a line such as |:--|:--|" in line for line in found if "table-not-parsed" in line] == [
        True,
        False,
        False,
    ]
    unknown, *_ = [line for line in found if "no-known-column" in line]
    assert "The headers are name, description, relevancy, src." in unknown


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
    assert explained(tmp_path / "kelp.md", text)[4:] == [
        "  line    6  here begins: themes (a list)",
        '  line    8  theme 1: "sea"',
        '  line   10  a heading of no known section: "Dinner"',
        "  line   10  kept, but in no table, Dinner",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            card(1, token="20249999"),
            'it has no date: it says "20249999", but the date is not in the calendar. '
            "A line 20249999,2026-06-21,seen in the archive in data/issue_dates.csv gives one to all cards "
            "of it.",
        ),
        (
            card(1, token="3,June"),
            'it has no date: it says "3,June", but what the card names is no date. '
            'A line "3,June",2026-06-21,seen in the archive in data/issue_dates.csv gives one to all '
            "cards of it.",
        ),
        (
            "# Kelp\n\n## Themes\n\n* sea\n",
            "it has no date: the card names no newsletter issue. Name its newsletter issue in the line of "
            "its title, or write date: 2026-06-21 in its front matter.",
        ),
    ],
)
def test_why_a_card_is_not_counted_is_said(tmp_path: Path, text: str, why: str) -> None:
    found = explained(tmp_path / f"{card_id(link(1))}.md", text)
    assert found[0].endswith(f" is a card, but NOT COUNTED, since {why}")


@pytest.mark.parametrize(("content", "said"), [(b"\xffab", "is not UTF-8"), (b"", "holds nothing")])
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(content)
    with pytest.raises(NoInputError, match=said):
        explain_file(project(), path, CALENDAR)
    with pytest.raises(NoInputError, match="does not exist"):
        explain_file(project(), tmp_path / "b.md", CALENDAR)


def test_the_cards_of_the_documentation_are_understood_whole(tmp_path: Path) -> None:
    shown = re.findall(r"```markdown\n(.*?)```", (ROOT / "docs/CARDS.md").read_text(), re.DOTALL)
    for text, day in zip(shown, ("2024-01-07", "2025-01-12"), strict=False):
        found = explained(tmp_path / "kelp.md", text)
        assert found[0].endswith(f"is a card of the newsletter issue of {day}, and is counted.")
        assert not any("NOT READ" in line or "in no table" in line for line in found)


def test_the_documentation_names_every_header_and_heading() -> None:
    shown = (ROOT / "docs/CARDS.md").read_text()
    for section, headers in HEADERS.items():
        for one in columns(TABLES[section]):
            names = [name for name in one.read_from if folded(name) in headers]
            assert not names or any(f"`{name}`" in shown or f"`{name.lower()}`" in shown for name in names)
    assert all(f"`## {heading_of(section)}`" in shown for section in HEADINGS.values())


def test_a_folder_is_told_as_one_with_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(NoInputError) as error:
        explain_file(project(), tmp_path, CALENDAR)
    assert str(error.value) == f"{tmp_path} is a folder. Name one file in it: make explain FILE={tmp_path}/…"
