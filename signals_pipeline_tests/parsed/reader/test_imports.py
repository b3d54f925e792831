"""The reader goes from text to rows: it knows neither Arrow nor the store, so that any process can run it."""

import ast
import sys
from pathlib import Path

import pytest

from signals_pipeline.core.settings import PACKAGE

MODULES = sorted((PACKAGE / "parsed" / "reader").glob("*.py"))
OF_THE_PACKAGE = (
    "core.credentials",
    "core.rejects",
    "core.schema",
    "parsed.columns",
    "parsed.models",
    "parsed.reader",
    "parsed.sections",
)
OTHERS = ("markdown_it", "tldextract")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_reader_imports_nothing_that_knows_arrow_or_the_store(module: Path) -> None:
    allowed = tuple(f"signals_pipeline.{name}" for name in OF_THE_PACKAGE) + OTHERS
    assert [
        name
        for name in imported(module)
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith(allowed)
    ] == []


def imported(module: Path) -> list[str]:
    """The names that a module imports, with the modules that they are of."""
    found = []
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{one.name}" for one in node.names]
    return found


def test_rows_on_their_way_to_arrow_know_nothing_of_it() -> None:
    assert {name.partition(".")[0] for name in imported(PACKAGE / "parsed" / "columns.py")} <= set(
        sys.stdlib_module_names
    )
