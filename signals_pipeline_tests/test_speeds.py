"""What is run at which speed, and what may be left out."""

import ast
from pathlib import Path

import pytest

from signals_pipeline_tests import speeds

TESTS = Path(__file__).parent

MAY_SKIP = {
    "conftest.py": "SIGNALS_SAMPLE_CARDS names no folder of real cards",
    "browser.py": "Chromium or its driver is not installed",
    "defs/test_liveness.py": "no PID namespace may be made here",
    "defs/test_postgres.py": "PostgreSQL is not installed",
    "publish/report/test_browser.py": "npm is not installed",
    "publish/test_attaching.py": "The DuckDB extension httpfs is not installed",
    "publish/test_workbook.py": "LibreOffice is not installed",
    "test_deployment.py": "is not installed here",
}
"""Where a test is skipped, and what it then says is missing: nothing that make installs."""


def _skips(path: Path) -> list[str]:
    """How a file skips tests or lets them fail."""
    names = {"skip", "skipif", "importorskip", "xfail", "skipIf", "SkipTest"}
    tree = ast.parse(path.read_text("utf-8"))
    return [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names]


@pytest.mark.long
def test_only_what_lies_outside_the_project_may_be_missing() -> None:
    found = {path.relative_to(TESTS).as_posix(): _skips(path) for path in TESTS.rglob("*.py")}
    assert {name: how for name, how in found.items() if how} == {name: ["skip"] for name in MAY_SKIP}
    for name, said in MAY_SKIP.items():
        assert said.removeprefix("SIGNALS_SAMPLE_CARDS") in (TESTS / name).read_text("utf-8")


def test_cases_that_are_not_named_are_long() -> None:
    (one, other) = speeds.long_but({"one": 1, "other": 2}, "other")
    assert (one.values, one.id, [mark.name for mark in one.marks]) == ((1,), "one", ["long"])
    assert (other.values, other.id, list(other.marks)) == ((2,), "other", [])


@pytest.mark.parametrize(("speed", "n"), [("fast", 10), ("long", 500), ("full", 5_000)])
def test_a_property_is_tried_with_as_many_examples_as_its_speed_asks_for(monkeypatch, speed, n) -> None:
    monkeypatch.setattr(speeds, "SPEED", speed)
    assert speeds.tried(500).max_examples == n
    assert speeds.tried(3).max_examples >= 3
