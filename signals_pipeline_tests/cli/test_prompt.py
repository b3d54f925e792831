"""The prompt of `make sql` where no duckdb client is installed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from signals_pipeline.cli.console import ask
from signals_pipeline.publish.snapshot import DATABASE
from signals_pipeline_tests.starter import ROOT


@pytest.fixture
def typed(demonstration_snapshot: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    """What is answered to lines that a person types before Ctrl-D, and the prompts that they saw."""

    def answered(*lines: str) -> tuple[str, str, list[str]]:
        left: Iterator[str] = iter(lines)
        prompts: list[str] = []

        def line(prompt: str) -> str:
            prompts.append(prompt.strip())
            try:
                return next(left)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", line)
        assert ask(demonstration_snapshot / DATABASE, None) == 0
        return *capsys.readouterr(), prompts

    return answered


def test_it_begins_with_what_one_may_ask(typed) -> None:
    out, err, prompts = typed()
    assert "read-only" in out
    assert "  20  What could not be read, where, and why?" in out
    assert (err, prompts) == ("", ["signals>"])


def test_the_card_that_it_names_is_there(typed) -> None:
    (named,) = re.findall(r"FROM card\('([0-9a-f]{6})'\)", typed()[0])
    assert list((ROOT / "data" / "demo").glob(f"{named}*.md"))


def test_a_number_asks_its_question_and_shows_the_sql(typed) -> None:
    out, err, prompts = typed("4")
    assert "FROM trend('heat pump', grain := 'year', kind := 'keyword')" in out
    assert "2025-01-01" in out
    assert (err, prompts) == ("", ["signals>", "signals>"])


@pytest.mark.parametrize("end", ["FROM rising();", "FROM rising()\n"])
def test_a_query_takes_lines_up_to_a_semicolon_or_an_empty_one(typed, end) -> None:
    out, err, prompts = typed("SELECT 40 + 2 AS answer,", "count(*) AS n", *end.split("\n"))
    assert "│     42 │" in out
    assert err == ""
    assert prompts.count("...>") == 1 + end.count("\n") + 1


def test_a_query_that_the_input_ends_in_is_asked(typed) -> None:
    assert "│     42 │" in typed("SELECT 42 AS answer")[0]


def test_a_wrong_query_is_told_and_the_prompt_goes_on(typed) -> None:
    out, err, _ = typed("SELECT nothing;", "", "21", "DELETE FROM topics;", "SELECT 42 AS answer;")
    assert '"nothing" was not found' in err
    assert "read-only" in err
    assert "Traceback" not in err
    assert "│     42 │" in out
