"""Every case has a test."""

import ast
from pathlib import Path

from signals_pipeline_tests.faults import IDS


def _marked(path: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "case"
        and isinstance(call.args[0], ast.Constant)
    ]


def test_every_case_has_a_test() -> None:
    found = {one for path in Path(__file__).parent.glob("test_*.py") for one in _marked(path)}
    assert (set(IDS) - found, found - set(IDS)) == (set(), set())
