"""The verdicts that a person writes: what a line can say, and what is said of a line that cannot be used."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.settings import came_with
from signals_pipeline.outlooks.verdicts import COLUMNS, Verdict, compared, read_verdicts

HEADER = ",".join(COLUMNS) + "\n"
ROW = {
    "card": "0c1d",
    "section": "signals",
    "row": "2",
    "text": "Ferries sail.",
    "verdict": "came true",
    "date": "2031-05-04",
    "link": "",
    "note": "",
}

Load = Callable[..., list[Verdict]]


def line(**cells: str) -> str:
    return ",".join(f'"{cell}"' for cell in (ROW | cells).values()) + "\n"


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(rows: str | bytes, header: str = HEADER) -> list[Verdict]:
        content = rows if isinstance(rows, bytes) else (header + rows).encode()
        return read_verdicts(tmp_path / "verdicts.csv", content)

    return loaded


def test_a_line_says_which_outlook_was_judged_and_how(load: Load) -> None:
    found = load(line(link="https://example.org/a", note="Seen, twice.") + line(row="3", verdict="open"))
    assert found == [
        Verdict(
            2, "0c1d", "signals", 2, "Ferries sail.", "came true", date(2031, 5, 4), "https://example.org/a",
            "Seen, twice.",
        ),
        Verdict(3, "0c1d", "signals", 3, "Ferries sail.", "open", date(2031, 5, 4), None, None),
    ]  # fmt: skip


def test_a_file_without_a_line_and_the_one_that_is_shipped_say_nothing(load: Load) -> None:
    shipped = came_with("data/verdicts.csv").read_bytes()
    assert load(b"") == load(shipped) == []
    assert shipped.decode() == HEADER


def test_a_file_of_windows_is_read(load: Load) -> None:
    text = (HEADER + line(note="caf\u00e9")).replace("\n", "\r\n")
    (found,) = load(b"\xef\xbb\xbf" + text.encode())
    assert (found.line, found.note) == (2, "caf\u00e9")


@pytest.mark.parametrize("header", [HEADER.replace(",", ";"), HEADER.replace("row", "line")])
def test_another_header_is_told_with_the_one_that_is_needed(load: Load, header: str) -> None:
    with pytest.raises(BadInputFileError, match=r"verdicts\.csv:1: the first line must be card,section,row"):
        load(line(), header)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"card": ""}, "'' is no id of a card; write it, or its first digits"),
        ({"card": "1.2E+07"}, "'1.2E+07' is no id of a card"),
        ({"card": "0" * 33}, "is no id of a card"),
        ({"card": "0c1d@2"}, "is no id of a card"),
        ({"section": "concerns"}, "'concerns' is no section with outlooks; write signals"),
        ({"row": "0"}, "'0' is no number of a row"),
        ({"row": "2.0"}, "'2.0' is no number of a row"),
        ({"row": "\u0662"}, "is no number of a row"),
        ({"row": "9999999999"}, "is no number of a row"),
        ({"text": " ' "}, "the text is empty"),
        ({"verdict": "true"}, "unknown verdict 'true'; write came true, did not or open"),
        ({"verdict": ""}, "unknown verdict ''"),
        ({"date": "04/05/2031"}, "'04/05/2031' is no date; write it as 2026-06-07"),
        ({"date": ""}, "'' is no date"),
        ({"link": "javascript:alert(1)"}, "'javascript:alert(1)' is no link; write one that begins with"),
        ({"link": "https://"}, "is no link"),
        ({"link": "https://example.org:x/"}, "is no link"),
        ({"link": "https://example.org/a b"}, "is no link"),
        ({"link": "=HYPERLINK(1)"}, "is no link"),
    ],
)
def test_a_bad_line_is_named_with_what_to_do(load: Load, cells: dict[str, str], says: str) -> None:
    with pytest.raises(BadInputFileError, match=r"verdicts\.csv:3: ") as error:
        load(line(row="7") + line(**cells))
    assert says in str(error.value)


@pytest.mark.parametrize(
    "again",
    [{}, {"text": "Ferries   sail."}, {"card": "0c1d0"}, {"card": "0"}, {"verdict": "open"}],
)
def test_two_lines_about_one_outlook_are_both_named(load: Load, again: dict[str, str]) -> None:
    with pytest.raises(BadInputFileError, match=re.escape("verdicts.csv:4: line 2 judges the same outlook")):
        load(line() + line(card="0c2") + line(**again))


def test_lines_about_several_outlooks_or_texts_of_one_row_stand_together(load: Load) -> None:
    others = [{"row": "3"}, {"card": "0c2"}, {"card": "0c1e"}, {"text": "Ferries fly."}]
    assert len(load(line() + "".join(line(**one) for one in others))) == 5


def test_credentials_in_links_are_masked(load: Load) -> None:
    secret = "https://example.org/a?token=k3J9xQ7vLm2Zp8Rt5Wn1"
    (found,) = load(line(text=f"See {secret}", link=secret, note=f"from {secret}"))
    assert found.link == "https://example.org/a?token=***"
    assert "k3J9xQ7vLm2Zp8Rt5Wn1" not in repr(found)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("  Ferries\n sail ", "Ferries sail"),
        ("'=1+1", "=1+1"),
        ("Ten years\u2019 time", "Ten years' time"),
    ],
)
def test_blanks_and_apostrophes_make_no_other_text(text: str, other: str) -> None:
    assert compared(text) == compared(other) != compared(f"{other}!")


def test_ten_thousand_lines_are_read(load: Load) -> None:
    rows = "".join(line(card=f"{number:032x}") for number in range(10_000))
    assert [one.line for one in load(rows)] == list(range(2, 10_002))
