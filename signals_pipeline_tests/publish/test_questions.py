"""The twenty questions: each query runs on a published database, and answers."""

from pathlib import Path

import duckdb
import pytest

from signals_pipeline.publish.questions import Question, markdown, questions

MAY_BE_EMPTY = {
    17: "the demonstration has too few newsletter issues for a forecast to be surely better than the mean",
    20: "every demonstration card can be read",
}


def test_there_are_twenty_and_the_committed_page_is_current() -> None:
    assert [one.number for one in questions()] == list(range(1, 21))
    committed = Path(__file__).parents[2] / "data" / "QUESTIONS.md"
    assert committed.read_text("utf-8") == markdown(), "run make dictionary"


def test_a_parameter_is_a_whole_name_and_any_other_dollar_stays() -> None:
    body = "SELECT $topic, $topics WHERE regexp_matches(name, '^x$') AND cost = '$5' AND name <> $topics"
    one = Question(1, "Which?", {"topic": "'ai'", "topics": "['kelp']"}, {}, body)
    assert one.sql == (
        "SELECT 'ai', ['kelp'] WHERE regexp_matches(name, '^x$') AND cost = '$5' AND name <> ['kelp']"
    )
    assert one.macro.body == (
        "SELECT topic, topics WHERE regexp_matches(name, '^x$') AND cost = '$5' AND name <> topics"
    )


def test_a_question_says_on_which_pages_it_is_answered_too() -> None:
    assert questions()[13].pages == {"years/$year.html": "the page of each year"}
    assert questions()[13].parameters == {"year": "2025"}
    assert questions()[12].pages == {}
    assert "The report has the answer on the page of each topic and on the map too." in markdown()


@pytest.mark.parametrize("number", range(1, 21))
def test_a_question_is_answered(demonstration: duckdb.DuckDBPyConnection, number: int) -> None:
    question = questions()[number - 1]
    rows = demonstration.execute(question.sql).fetchall()
    assert rows or number in MAY_BE_EMPTY, question.title
