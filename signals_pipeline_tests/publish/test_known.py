"""What an editor knows already: what a line can say, and what is said of a line that cannot be used."""

import re
from datetime import date
from pathlib import Path

import pytest

from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.settings import came_with
from signals_pipeline.publish.known import COLUMNS, KnownTopic, is_known, read_known
from signals_pipeline.topics.aliases import read_aliases
from signals_pipeline.topics.concepts import NamedMember
from signals_pipeline.topics.reviewed import Reviewed

REVIEWED = Reviewed(
    aliases=read_aliases(Path("aliases.csv"), b"surface,topic,kind,reason\nai,artificial intelligence,,\n"),
    members=(
        NamedMember("machines that learn", "keyword", "artificial intelligence", "is"),
        NamedMember("machines that learn", "theme", "chess", "part"),
    ),
)
DAY = date(2026, 6, 30)


def known(rows: str) -> list[KnownTopic]:
    return read_known(Path("known.csv"), f"{','.join(COLUMNS)}\n{rows}".encode(), REVIEWED)


def test_a_line_says_where_a_topic_stands_and_how_long_that_is_known() -> None:
    assert known('Heat pumps,rising,2026-12-31,"told in May, twice"\nheat pump,,,\n') == [
        KnownTopic(2, frozenset({"heat pumps", "heat pump"}), "rising", date(2026, 12, 31)),
        KnownTopic(3, frozenset({"heat pump"}), "", None),
    ]


@pytest.mark.parametrize("name", ["AI", "Artificial Intelligence", "machines that learn"])
def test_a_topic_is_meant_by_any_of_its_names(name) -> None:
    assert is_known(known(f"{name},,,"), "machines that learn", "rising", DAY)


@pytest.mark.parametrize("name", ["chess", "machine"])
def test_a_part_of_a_concept_and_another_word_do_not_mean_it(name) -> None:
    assert not is_known(known(f"{name},,,"), "machines that learn", "rising", DAY)


@pytest.mark.parametrize(
    ("line", "stage", "expected"),
    [
        ("kelp,,,", "rising", True),
        ("kelp,,,", None, True),
        ("kelp,rising,,", "rising", True),
        ("kelp,rising,,", "falling", False),
        ("kelp,rising,,", None, False),
        ("kelp,rising,2026-06-30,", "rising", True),
        ("kelp,rising,2026-06-29,", "rising", False),
        ("kelp,falling,,\nkelp,rising,,", "rising", True),
    ],
)
def test_it_is_known_at_its_stage_up_to_its_day(line, stage, expected) -> None:
    assert is_known(known(line), "kelp", stage, DAY) is expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (" - ,rising,,", "known.csv:2: the topic '-' is empty once folded; write the name of a topic"),
        ("kelp,growing,,", "known.csv:2: unknown stage 'growing'; write new, emerging, thin, "),
        ("kelp,rising,soon,", "known.csv:2: 'soon' is no date; write it as 2026-06-07."),
        ("kelp,rising", "known.csv:2: 2 columns instead of 4; write a comma between all cells"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_what_to_do(line, message) -> None:
    with pytest.raises(BadInputFileError, match=f"^{re.escape(message)}"):
        known(line)


def test_the_file_that_comes_with_the_project_knows_nothing() -> None:
    assert came_with("data/known.csv").read_text("utf-8") == f"{','.join(COLUMNS)}\n"
