"""The prompt of `make sql` where no duckdb client is installed."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.cli.console import HINTS, ask, example_topic
from signals_pipeline.publish.reader import connect
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
    assert "FROM trend('heat pump', grain := 'year')" in out
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
    out, err, _ = typed("SELECT nothing;", "", "DELETE FROM topics;", "SELECT 42 AS answer;")
    assert '"nothing" was not found' in err
    assert "read-only" in err
    assert "Traceback" not in err
    assert "│     42 │" in out


@pytest.mark.parametrize("number", ["0", "21", "99;"])
def test_a_number_of_no_question_is_told_with_those_there_are(typed, number) -> None:
    _, err, prompts = typed(number)
    assert err == f"There is no question {number.removesuffix(';')}: they are 1 to 20.\n"
    assert prompts == ["signals>", "signals>"]


@pytest.mark.parametrize("word", ["quit", "exit", "exit;", ".quit", ".exit"])
def test_a_word_leaves(typed, word) -> None:
    out, err, prompts = typed(word, "SELECT 'not ' || 'asked' AS answer;")
    assert (err, prompts) == ("", ["signals>"])
    assert "not asked" not in out


def test_help_says_it_all_again_and_the_tables_are_listed(typed) -> None:
    assert typed("help")[0].count("What could not be read, where, and why?") == 2
    out, err, _ = typed(".tables")
    assert {"topic_trend", "parsed.cards", "evidence"} <= set(out.splitlines())
    assert err == ""


def test_the_topic_that_it_names_has_a_line(typed, demonstration_snapshot: Path) -> None:
    (query,) = re.findall(r"FROM trend\(.*?\)", typed()[0])
    with connect(demonstration_snapshot / DATABASE) as connection:
        assert connection.execute(query).fetchall()


def test_of_several_queries_each_is_shown(demonstration_snapshot: Path, capsys) -> None:
    query = "SELECT 41 AS one; PIVOT topics ON kind USING count(*); SELECT 43 AS three; SELEC"
    assert ask(demonstration_snapshot / DATABASE, query) == 1
    assert "syntax error" in capsys.readouterr().err
    assert ask(demonstration_snapshot / DATABASE, query.removesuffix("; SELEC")) == 0
    out, err = capsys.readouterr()
    assert [name in out for name in ("41", "keyword", "43")] == [True, True, True]
    assert err == ""


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("FROM topic", 'Catalog Error: Table with name topic does not exist!\nDid you mean "topics"?\n'),
        ("FROM zzzzzz", "Catalog Error: Table with name zzzzzz does not exist!\n"),
        ("SELEC", 'Parser Error: syntax error at or near "SELEC"\n'),
    ],
)
def test_an_error_is_told_in_a_line_with_the_names_that_were_meant(
    demonstration_snapshot: Path, capsys, query: str, told: str
) -> None:
    assert ask(demonstration_snapshot / DATABASE, query) == 1
    assert capsys.readouterr().err == told


def test_of_the_forms_of_a_function_some_are_shown(demonstration_snapshot: Path, capsys) -> None:
    assert ask(demonstration_snapshot / DATABASE, "SELECT abs('x', 'y')") == 1
    said = capsys.readouterr().err.splitlines()
    assert "Candidate functions" in said[1]
    assert len(said) == 1 + HINTS


def test_a_topic_in_a_command_to_copy_is_of_words_alone(tmp_path) -> None:
    database = tmp_path / DATABASE
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE counted_topics (topic VARCHAR, n_cards INTEGER)")
        hostile = ["$(reboot)", "`reboot`", '"; reboot; "', "a' OR 1", "!!", "a\\b", "-- x", "a;b", "$HOME"]
        for n, topic in enumerate(hostile, 10):
            connection.execute("INSERT INTO counted_topics VALUES (?, ?)", [topic, n])
    assert example_topic(database) == "'ai'"
    with duckdb.connect(str(database)) as connection:
        connection.execute("INSERT INTO counted_topics VALUES ('Wärmepumpe 2-0', 9)")
    assert example_topic(database) == "'Wärmepumpe 2-0'"
