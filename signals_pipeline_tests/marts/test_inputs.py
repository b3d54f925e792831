"""What columns of computed marts are declared to be computed from, against what changes them."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pyarrow
import pytest

from signals_pipeline.core.schema import column_names
from signals_pipeline.marts.computed import COMPUTED, COUNTS, computed
from signals_pipeline.marts.computed.inputs import INPUTS
from signals_pipeline.marts.kept import Kept
from signals_pipeline.marts.lineage import read_by
from signals_pipeline.marts.queries import query
from signals_pipeline_tests.marts.sample import topic_id

Row = dict[str, Any]

N_ISSUES = 100
FIRST = date(2022, 1, 2)
SCHEMA = pyarrow.schema(
    {
        "kind": pyarrow.string(),
        "issue_no": pyarrow.int32(),
        "issue_date": pyarrow.date32(),
        "form": pyarrow.string(),
        "n": pyarrow.int64(),
        "topic_id": pyarrow.string(),
        "topic": pyarrow.string(),
        "x": pyarrow.int64(),
        "is_tested": pyarrow.bool_(),
    }
)


def shares(issue: int) -> dict[str, float]:
    """How likely a card of an issue has each topic."""
    return {
        "rise": 0.05 + 0.005 * issue,
        "fall": 0.55 - 0.005 * issue,
        "up": 0.3 * (issue >= 88),
        "back": 0.04 * (issue < 60) + 0.3 * (issue >= 98),
        "level": 0.05 + 0.6 * (issue >= 91),
        "burst": 0.05 + 0.7 * (issue >= 94),
        "step": 0.1 + 0.4 * (issue >= 50),
        "fresh": 1.0 * (issue == 99),
        "few": 0.1 * (issue in (20, 40)),
        **{f"flat {number}": 0.05 + 0.02 * number for number in range(12)},
    }


def world() -> list[Row]:
    """Rows as those of `topic_issue_counts`: one kind, two forms, 20 topics that go their ways."""
    chance = random.Random(5)
    rows = []
    for issue in range(N_ISSUES):
        for form in "AC":
            n = chance.randint(5, 8) if form == "C" or issue < 50 else chance.randint(2, 4)
            counts = {
                topic: sum(chance.random() < share for _ in range(n))
                for topic, share in shares(issue).items()
            }
            rows += [
                {
                    "kind": "keyword",
                    "issue_no": issue + 1,
                    "issue_date": FIRST + timedelta(weeks=issue),
                    "form": form,
                    "n": n,
                    "topic_id": topic_id("keyword", topic),
                    "topic": topic,
                    "x": x,
                    "is_tested": topic != "few",
                }
                for topic, x in counts.items()
            ]
    return rows


LAST = FIRST + timedelta(weeks=N_ISSUES - 1)

Change = tuple[str, Callable[[Row], Any]]


def after(issue: int, forms: dict[str, str]) -> Change:
    """Other forms of the cards after an issue, by what they were."""
    return "form", lambda row: forms.get(row["form"], row["form"]) if row["issue_no"] > issue else row["form"]


CHANGES: tuple[Change, ...] = (
    ("kind", lambda row: "theme"),
    ("issue_no", lambda row: row["issue_no"] + 1),
    ("issue_date", lambda row: FIRST + (LAST - row["issue_date"])),
    ("issue_date", lambda row: FIRST + timedelta(weeks=37 * row["issue_no"] % N_ISSUES)),
    ("issue_date", lambda row: FIRST + timedelta(weeks=(row["issue_no"] + 92) % N_ISSUES)),
    after(50, {"C": "B"}),
    after(50, {"C": "0"}),
    after(53, {"A": "B", "C": "D"}),
    after(91, {"A": "B", "C": "D"}),
    after(91, {"A": "C", "C": "A"}),
    ("form", lambda row: "AC"[(row["form"] == "A") == row["issue_no"] % 2]),
    ("n", lambda row: row["n"] * (3 if row["issue_no"] < 50 else 1)),
    ("n", lambda row: row["n"] * (3 if row["form"] == "C" and row["issue_no"] > 50 else 1)),
    ("n", lambda row: row["n"] * (9 if row["issue_no"] > 90 else 1)),
    ("n", lambda row: row["n"] * (9 if row["issue_no"] == 94 else 1)),
    ("topic_id", lambda row: topic_id("another", row["topic"])),
    ("topic_id", lambda row: row["topic_id"] if row["topic"] != "step" else None),
    ("topic", lambda row: row["topic"].upper()),
    ("x", lambda row: row["x"] if row["issue_no"] < 96 else 0),
    ("x", lambda row: row["x"] if row["issue_no"] > 50 else row["x"] // 2),
    ("x", lambda row: row["x"] if row["issue_no"] % 5 or row["issue_no"] < 80 else 0),
    ("x", lambda row: row["x"] if row["issue_no"] not in (95, 96) else 0),
    ("x", lambda row: row["x"] if row["topic"] != "flat 2" else 0),
    ("x", lambda row: row["n"] if row["topic"] == "level" and row["issue_no"] > 84 else row["x"]),
    ("is_tested", lambda row: row["topic"] not in ("back", "level", "flat 1", "few")),
)
"""Changes of one column of the counts, each with what it makes of its value in a row."""

WITHOUT_TOPICS: tuple[Change, ...] = (
    ("n", lambda row: 0 if 60 < row["issue_no"] < 90 else row["n"]),
    ("issue_date", lambda row: row["issue_date"] + timedelta(weeks=row["issue_no"] in range(31, 51, 2))),
)
"""Changes of another column that no x would fit: in the rows that they change, x becomes 0."""


def changed(change: Change, counts: list[Row], *, with_topics: bool) -> list[Row]:
    """The counts after a change."""
    column, value = change
    rows = [row | {column: value(row)} for row in counts]
    if with_topics:
        return rows
    pairs = zip(rows, counts, strict=True)
    return [row if row[column] == before[column] else row | {"x": 0} for row, before in pairs]


def rows_of(name: str, counts: list[Row]) -> dict[tuple[Any, ...], Row]:
    """The rows of a mart, by topic, data, horizon, and how many of them come after."""
    found: dict[tuple[Any, ...], Row] = {}
    after: Counter[tuple[Any, ...]] = Counter()
    for row in reversed(computed(name, pyarrow.Table.from_pylist(counts, SCHEMA), Kept()).to_pylist()):
        key = (row["topic"].lower(), row.get("issues_back"), row.get("horizon_issues"))
        found[*key, after[key]] = row
        after[key] += 1
    return found


def moved_by(name: str) -> Iterator[tuple[set[str], set[str]]]:
    """For each change the columns of the counts that it changes, and what it changes of a mart.

    That are columns of rows that stay, and `rows` where some come or go.
    """
    counts = world()
    before = rows_of(name, counts)
    for changes, with_topics in ((CHANGES, True), (WITHOUT_TOPICS, False)):
        for change in changes:
            then = rows_of(name, changed(change, counts, with_topics=with_topics))
            stay = before.keys() & then.keys()
            moved = {one for key in stay for one in before[key] if before[key][one] != then[key][one]}
            by = {change[0]} if with_topics else {change[0], "x"}
            yield by, moved | {"rows"} if before.keys() != then.keys() else moved


@pytest.mark.parametrize("name", COMPUTED)
def test_every_column_of_a_computed_mart_has_declared_inputs(name: str) -> None:
    declared = INPUTS[name]
    assert sorted(declared.columns) == sorted(column_names(COMPUTED[name][0]))
    given = set(read_by(query(COUNTS)).origins)
    assert given == set(SCHEMA.names) == {column for column, _ in CHANGES}
    assert given.issuperset({*declared.rows}.union(*declared.columns.values()))


@pytest.mark.long
@pytest.mark.parametrize("name", COMPUTED)
def test_what_is_declared_is_what_changes_a_column_and_nothing_else_does(name: str) -> None:
    declared = INPUTS[name]
    inputs = {column: {*read, *declared.rows} for column, read in declared.columns.items()}
    inputs["rows"] = {*declared.rows}
    idle = {**declared.columns, "rows": declared.rows}
    for changed_columns, moved in moved_by(name):
        for one in moved:
            assert inputs[one] & changed_columns, f"{one} depends on {changed_columns}: add it to INPUTS"
            idle[one] = tuple(column for column in idle[one] if column not in changed_columns)
    assert {one: columns for one, columns in idle.items() if columns} == {}
