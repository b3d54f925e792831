"""What queries rely on goes or changes only as docs/SQL.md promises, and the changelog names it."""

import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from signals_pipeline import __version__
from signals_pipeline.publish import database, dictionary
from signals_pipeline.publish.promised import OLD_NAMES, SCHEMA_VERSION, Renamed
from signals_pipeline_tests.publish.columns import Part, published_parts, released
from signals_pipeline_tests.starter import ROOT

UNRELEASED = "Unreleased"


class Told(NamedTuple):
    """What the changelog says below *Tables and columns* of a version."""

    schema_version: int
    names: frozenset[str]


def told(changelog: str) -> dict[str, Told | None]:
    """That by version, the newest first; None where a version has no such heading."""
    found = re.split(r"^## \[(.+?)\].*\n", changelog, flags=re.MULTILINE)[1:]
    return {version: _told(text) for version, text in zip(found[::2], found[1::2], strict=True)}


def _told(text: str) -> Told | None:
    about = text.partition("### Tables and columns\n")[2].partition("\n### ")[0]
    number = re.search(r"^Schema version (\d+)\.", about, re.MULTILINE)
    return Told(int(number[1]), frozenset(re.findall(r"`([^`\n]+)`", about))) if number else None


def untold(before: set[Part], now: set[Part], schema_before: int, about: Told | None) -> str:
    """What the changelog lacks, or has wrong, of a version that publishes what is not as it was before."""
    gone, new = before - now, now - before
    if not gone | new and about is None:
        return ""
    names = about.names if about else frozenset()
    lacking = sorted({str(one) for one in gone | new if not {str(one), one.name} & names})
    schema_version = schema_before + bool(gone)
    if lacking or about is None or about.schema_version != schema_version:
        return (
            f"below ### Tables and columns there has to stand `Schema version {schema_version}.` and, in "
            f"backticks, what is gone, of another type or new (of a new table its name): {lacking}"
        )
    return ""


TOLD = told((ROOT / "CHANGELOG.md").read_text("utf-8"))
RELEASED = released()


@pytest.fixture(scope="module")
def now(folder: Path) -> set[Part]:
    """What is published now."""
    return published_parts(folder / "current" / "signals.duckdb")


def schema_of(version: str) -> int:
    about = TOLD[version]
    assert about, f"the changelog has no ### Tables and columns below {version}"
    return about.schema_version


def test_each_release_tells_what_it_publishes_otherwise_than_the_last() -> None:
    for last, version in pairwise(RELEASED):
        assert untold(RELEASED[last], RELEASED[version], schema_of(last), TOLD[version]) == "", version


def test_what_is_published_otherwise_than_by_the_last_release_is_told(now: set[Part]) -> None:
    last = list(RELEASED)[-1]
    assert untold(RELEASED[last], now, schema_of(last), TOLD.get(UNRELEASED)) == ""


def test_the_schema_version_of_a_snapshot_is_the_one_that_was_told_last(folder: Path) -> None:
    with duckdb.connect(str((folder / "current" / "signals.duckdb").resolve()), read_only=True) as connection:
        found = connection.execute("SELECT schema_version FROM snapshot").fetchall()
    assert found == [(SCHEMA_VERSION,)] == [(next(about.schema_version for about in TOLD.values() if about),)]


def test_the_version_is_that_of_the_last_release(now: set[Part]) -> None:
    versions = [version for version in TOLD if version != UNRELEASED]
    assert versions == [*reversed(RELEASED)], "each version in the changelog has a file in published_columns"
    assert versions[0] == __version__
    if UNRELEASED not in TOLD:
        # A release is being made, or was just made.
        assert RELEASED[__version__] == now, "make run baseline writes down what this version publishes"


def test_the_changelog_is_read_as_the_other_tests_say() -> None:
    about = "### Added\n* `x.y`\n\n### Tables and columns\n\nSchema version 3.\n\n* `old.one` is `old.two`.\n"
    changelog = f"# Changelog\n\n## [Unreleased]\n\n{about}\n## [0.1.0] - 2026-01-02\n\n### Removed\n* `z`\n"
    assert told(changelog) == {UNRELEASED: Told(3, frozenset({"old.one", "old.two"})), "0.1.0": None}


def test_what_is_gone_of_another_type_or_new_has_to_be_told() -> None:
    kept, one, other = Part("t", "a", "DATE"), Part("t", "b", "DATE"), Part("t", "b", "INTEGER")
    assert untold({kept}, {kept}, 1, None) == ""
    assert "Schema version 2.` and" in untold({kept, one}, {kept}, 1, None)
    assert "['t.b']" in untold({kept, one}, {kept, other}, 1, Told(2, frozenset({"t.a"})))
    assert untold({kept, one}, {kept, other}, 1, Told(2, frozenset({"t.b"}))) == ""
    assert untold({kept, one}, {kept}, 1, Told(1, frozenset({"t.b"}))) != ""
    assert untold({kept}, {kept, one}, 1, Told(1, frozenset({"t"}))) == ""
    assert untold({kept}, {kept, one}, 1, Told(2, frozenset({"t"}))) != ""


def test_macros_are_named_as_they_are_called() -> None:
    parts = (Part("m()", "", "macro"), Part("m()", "n", "parameter"), Part("m()", "n", "DATE"))
    assert [str(one) for one in parts] == ["m()", "m(n)", "m().n"]


# Old names


@pytest.fixture
def old_name(monkeypatch: pytest.MonkeyPatch) -> str:
    """A name that topics had in the last version, as if they had been renamed."""
    monkeypatch.setitem(OLD_NAMES, "main.subjects", Renamed("main.topics", "99.0.0"))
    return "subjects"


def test_an_old_name_is_a_view_that_says_what_it_stands_for(folder: Path, tmp_path: Path, old_name) -> None:
    copy = shutil.copy(folder / "current" / "signals.duckdb", tmp_path)
    Path(copy).chmod(0o600)
    with duckdb.connect(copy) as connection:
        for sql in database._old_names():
            connection.execute(sql)
        old, topics = (connection.sql(f"FROM {name}") for name in (old_name, "topics"))
        assert old.fetchall() == topics.fetchall() != []
        assert old.columns == topics.columns
        said = "SELECT comment FROM duckdb_views() WHERE view_name = 'subjects'"
        assert connection.execute(said).fetchall() == [("Old name of topics, gone with 99.0.0.",)]
    listed = {one["table_description"] for one in dictionary.rows() if one["table_name"] == old_name}
    assert listed == {"Old name of topics, gone with 99.0.0."}


def test_no_old_name_stays_longer_than_it_was_to() -> None:
    due = [
        f"{one['table_name']}.{one['column_name']}"
        for one in dictionary.rows()
        for version in re.findall(
            r"gone with (\d+\.\d+\.\d+)", f"{one['table_description']} {one['description']}"
        )
        if _numbers(version) <= _numbers(__version__)
    ]
    assert due == [], "remove these, and name them below ### Tables and columns with a higher schema version"


def _numbers(version: str) -> list[int]:
    return [int(one) for one in version.split(".")]
