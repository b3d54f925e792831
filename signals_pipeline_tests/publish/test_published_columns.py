"""What an analyst's query relies on goes or changes only with a line in the changelog."""

import csv
import re
from pathlib import Path

import duckdb

from signals_pipeline_tests.starter import ROOT

BASELINE = Path(__file__).with_name("published_columns.csv")
"""What was published before: columns of tables and views with their types, and parameters of macros.

It is what COLUMNS finds in a published database; a release writes it anew.
"""

COLUMNS = """
    SELECT if(schema_name = 'main', '', schema_name || '.') || table_name AS name,
        column_name AS part, data_type AS type
    FROM duckdb_columns() WHERE NOT internal
    UNION
    SELECT function_name || '()', unnest(parameters), 'parameter' FROM duckdb_functions() WHERE NOT internal
    ORDER BY ALL
"""

SECTIONS = ("Changed", "Removed")
"""Where the changelog says that something is gone, renamed or of another type."""


def test_what_is_gone_or_of_another_type_stands_in_the_changelog(folder: Path) -> None:
    with BASELINE.open(encoding="utf-8", newline="") as file:
        _, *before = (tuple(row) for row in csv.reader(file))
    with duckdb.connect(str((folder / "current" / "signals.duckdb").resolve()), read_only=True) as connection:
        now = set(connection.execute(COLUMNS).fetchall())
    named = _named_as_gone((ROOT / "CHANGELOG.md").read_text("utf-8"))
    unsaid = [
        f"{name}.{part}"
        for name, part, kind in before
        if (name, part, kind) not in now and not {name, f"{name}.{part}"} & named
    ]
    assert unsaid == [], (
        "each of these was published and is gone, renamed or of another type. Name it so, in backticks, in "
        "CHANGELOG.md below [Unreleased] under ### Changed or ### Removed; for a whole table or macro, what "
        "stands before the dot is enough"
    )


def test_the_changelog_is_read_as_the_other_test_says() -> None:
    unreleased = "### Added\n* `new.one`\n### Changed\n* `old.one` is `old.two`.\n### Removed\n* `whole`\n"
    changelog = f"# Changelog\n## [Unreleased]\n{unreleased}## [0.1.0]\n### Removed\n* `other`\n"
    assert _named_as_gone(changelog) == {"old.one", "old.two", "whole"}


def _named_as_gone(changelog: str) -> set[str]:
    """What stands in backticks under Changed and Removed of what is not released yet."""
    unreleased = changelog.partition("\n## [Unreleased]\n")[2].partition("\n## ")[0]
    sections = re.split(r"^### (\w+)\n", unreleased, flags=re.MULTILINE)[1:]
    told = [text for name, text in zip(sections[::2], sections[1::2], strict=True) if name in SECTIONS]
    return {name for text in told for name in re.findall(r"`([^`\n]+)`", text)}
