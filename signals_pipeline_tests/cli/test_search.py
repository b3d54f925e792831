"""`signals search`, as a person types it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.__main__ import main
from signals_pipeline.cli.lines import WIDTH
from signals_pipeline.cli.search import shown
from signals_pipeline.publish import search as search_module
from signals_pipeline.publish.search import Found, Hit

HIT = Hit(
    rank_no=1,
    found_by="words and meaning",
    similarity=0.61,
    section="emerging_issues",
    name="Cold without a plug",
    snippet="Cold without a plug "
    + "Ice houses come back where summers are long. " * 3
    + "They need no cur…",
    issue_date=date(2025, 1, 5),
    source_domain="example.org",
    is_counted=True,
    path="2025/0f1e2d.md",
    line=41,
    card_id="0f1e2d",
    row_no=2,
)


@pytest.fixture
def search(
    demonstration_snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> Callable[..., tuple[int, str, str]]:
    """What the command returns, prints, and says of errors, on the demonstration and without an encoder."""
    monkeypatch.setattr(search_module, "model", lambda own: None)
    (tmp_path / "published").symlink_to(demonstration_snapshot.parent)
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["search", *arguments])
        return (code, *capsys.readouterr())

    return run


def test_a_hit_is_told_with_where_it_stands_and_by_what_it_was_found() -> None:
    assert shown(Found((HIT,), ""), 10) == (
        " 1  2025-01-05  emerging_issues, by words and meaning, 0.61\n"
        "    Cold without a plug — Ice houses come back where summers are long. Ice\n"
        "    houses come back where summers are long. Ice houses come back where summers\n"
        "    are long. They need no cur…\n"
        "    2025/0f1e2d.md:41"
    )


@pytest.mark.parametrize(
    ("found_by", "similarity", "is_counted", "head"),
    [
        ("words", None, True, "emerging_issues, by words"),
        ("meaning", 0.5, True, "emerging_issues, by meaning, 0.50"),
        ("words", None, False, "emerging_issues, by words (not counted)"),
        ("words and meaning", 0.47, False, "emerging_issues, by words and meaning, 0.47 (not counted)"),
    ],
)
def test_a_hit_says_how_near_it_is_and_whether_its_card_counts(
    found_by: str, similarity: float | None, is_counted: bool, head: str
) -> None:
    hit = replace(HIT, found_by=found_by, similarity=similarity, is_counted=is_counted)
    assert shown(Found((hit,), ""), 10).splitlines()[0] == f" 1  2025-01-05  {head}"


def test_that_there_are_more_hits_is_said() -> None:
    found = Found((HIT, replace(HIT, rank_no=2), replace(HIT, rank_no=3)), "")
    assert (
        shown(found, 2).splitlines()[-1]
        == "There are more than these 2: .venv/bin/signals search -n 20 shows more."
    )
    assert "more" not in shown(found, 3)


def test_words_need_no_quotes(search) -> None:
    assert search("-n", "3", "heat", "pump", "subsidy") == search("heat pump subsidy", "-n", "3")


def test_what_strangers_wrote_moves_no_cursor_and_makes_no_line() -> None:
    hostile = replace(HIT, name="a\x1b[2J\nb\u202e", snippet="a\x1b[2J\nb\u202e c", issue_date=None)
    assert shown(Found((hostile,), ""), 10).splitlines() == [
        " 1  undated     emerging_issues, by words and meaning, 0.61",
        "    a [2J b — c",
        "    2025/0f1e2d.md:41",
    ]


def test_cards_and_statements_are_found_in_the_lines_of_a_terminal(search) -> None:
    code, out, err = search("heat pump subsidy", "-n", "3")
    assert (code, err) == (0, "")
    *hits, more, why = out.strip().split("\n\n")
    assert [hit.split()[0] for hit in hits] == ["1", "2", "3"]
    assert more.startswith("There are more than these 3: ")
    assert (
        why == "Found by words alone, since the encoder is not installed. By meaning too: make run MEANING=1"
    )
    for hit in hits:
        head, *_, place = hit.splitlines()
        assert head.removesuffix(" (not counted)").endswith(", by words")
        path, _, line = place.strip().rpartition(":")
        assert path.endswith(".md")
        assert line.isdecimal()
    assert max(map(len, "\n".join(hits).splitlines())) <= WIDTH


def test_a_section_and_days_are_taken(search) -> None:
    _, out, _ = search(
        "heat pump", "--section", "concerns", "--since", "2024-01-01", "--until", "2024-12-31", "-n", "50"
    )
    heads = [hit.split("\n")[0] for hit in out.strip().split("\n\n")[:-1]]
    assert heads
    assert all("  2024-" in head and "  concerns, by words" in head for head in heads)


def test_what_is_nowhere_is_said_in_a_sentence(search) -> None:
    code, out, _ = search("zzzzzz")
    assert code == 0
    assert out.startswith("No card or statement has these words.\n")
    assert shown(Found((), ""), 10) == "No card or statement has these words, or says what is near to them."


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([""], 'Say what to look for: make search Q="…"'),
        (["heat", "--section", "concern"], "emerging_issues, and not 'concern'.\n"),
        (["heat", "--since", "2025"], "since is a day such as 2025-01-31, and not '2025'.\n"),
        (["!?"], "write what to look for in words, such as 'heat pump'.\n"),
        (["heat", "-n", "0"], "n is a number from 1 up."),
        (["heat", "-n", "-3"], "n is a number from 1 up."),
        (["heat", "-n", "abc"], "n is a number from 1 up."),
        ([" ", " "], "Say what to look for"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(search, arguments, says) -> None:
    code, out, err = search(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_before_a_run_there_is_nothing_to_search(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(tmp_path))
    assert main(["search", "heat"]) == 66
    assert "make run publishes it" in capsys.readouterr().err
