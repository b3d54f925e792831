"""The codes of rejects: each is declared once, made somewhere, and expected by a test."""

import re

import pytest

from signals_pipeline.core.rejects import MEANINGS, Code
from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.parsed.models import Rejects
from signals_pipeline_tests.starter import ROOT

DECLARED = PACKAGE / "core" / "rejects.py"
LAYERS = ("core", "raw", "parsed")
"""Where rejects are made."""

SOURCES = {
    path: path.read_text("utf-8")
    for layer in LAYERS
    for path in (PACKAGE / layer).rglob("*")
    if path.suffix in (".py", ".sql") and path != DECLARED
}
TESTS = [
    path.read_text("utf-8")
    for path in (ROOT / "signals_pipeline_tests").rglob("*")
    if path.suffix in (".py", ".txt") and path.name != "test_rejects.py"
]


def test_no_code_is_written_but_where_it_is_declared() -> None:
    written = [
        (path.name, code)
        for path, text in SOURCES.items()
        for code in re.findall(r"""['"]([a-z0-9-]+)(?:['"]|: )""", text)
        if code in MEANINGS
    ]
    assert written == []


@pytest.mark.parametrize("code", Code)
def test_a_code_is_made_and_a_test_expects_it(code: Code) -> None:
    assert any(f"Code.{code.name}" in text for text in SOURCES.values()), "nothing makes it: delete it"
    expected = re.compile(rf"""(^|[\s'"|,(]){code}($|[\s'"|,)])""", re.MULTILINE)
    assert any(expected.search(text) for text in TESTS), (
        "give it a fixture in signals_pipeline_tests/fixtures"
    )


def test_a_reject_has_a_declared_code() -> None:
    (check,) = Rejects.to_schema().columns["code"].checks
    assert set(check.statistics["allowed_values"]) == {str(code) for code in Code}


def test_a_meaning_is_a_phrase() -> None:
    for code, meaning in MEANINGS.items():
        assert meaning[0].islower(), code
        assert not meaning.endswith("."), code
