"""Lines that a person wrote and that match nothing on the cards."""

import shutil
import subprocess
from pathlib import Path

import pytest

from signals_pipeline.cli import console
from signals_pipeline.cli import unused as unused_module
from signals_pipeline.cli.unused import unused
from signals_pipeline.core import settings as settings_module
from signals_pipeline.core.settings import Project, came_with, project
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.faults.plain import build_all, publish_plainly
from signals_pipeline_tests.raw.sample import card, write

ALIASES = """\
surface,topic,kind,reason
LLMs,model,,
model,language model,,by the line before
kelp,seaweed,theme,no card has it as a theme
kelps,seaweed,keyword,by the rules
kelpp,seaweed,,a slip
"""
CONCEPTS = """\
concept,definition,member,relation,reason
alga,A thing in the sea.,,,
alga,,seaweed,is,
alga,,sea weed,part,a slip
alga,,allergy,not,
rock,A stone.,,,nobody writes of it
"""
DATES = """\
token,date,reason
20240107,2024-01-07,
20240170,2024-01-07,a slip
"""
KNOWN = """\
topic,stage,until,reason
Kelp,rising,,a name of the concept
seaweeds,,2026-12-31,by the rules
sea weed,,,a slip
"""
VERDICTS = """\
card,section,row,text,verdict,date,link,note
0,signals,1,By 2030 it is so.,open,2026-01-01,,
"""


@pytest.fixture
def published(tmp_path: Path, raw_dir: Path) -> Project:
    """A project of one card, published with files of one's own that hold the shipped lines as well."""
    settings = project(data_dir=str(tmp_path / "data"), raw_dir=str(raw_dir))
    settings.data.mkdir()
    for name, text in (("aliases.csv", ALIASES), ("concepts.csv", CONCEPTS), ("issue_dates.csv", DATES)):
        _, *shipped = came_with(f"data/{name}").read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in shipped if not line.startswith(("kelp", "llm", "LLM", "large language"))]
        (settings.data / name).write_text(text + "".join(kept), "utf-8")
    (settings.data / "verdicts.csv").write_text(VERDICTS, "utf-8")
    (settings.data / "known.csv").write_text(KNOWN, "utf-8")
    write(raw_dir, 1, card(1, keywords=("LLMs", "Kelps")))
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir)
        publish_plainly(store, settings)
    return settings


def test_lines_that_match_nothing_are_found_with_their_numbers(published: Project) -> None:
    assert {path.name: lines for path, lines in unused(published)} == {
        "aliases.csv": [4, 6],
        "concepts.csv": [4, 6],
        "issue_dates.csv": [3],
        "known.csv": [4],
        "verdicts.csv": [2],
    }


def test_the_summary_names_the_first_ones(published: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "LINES_NAMED", 1)
    assert console._unused(published) == [
        ("Unused", f"{published.data / 'aliases.csv'} lines 4 and 1 more match nothing on the cards"),
        ("Unused", f"{published.data / 'concepts.csv'} lines 4 and 1 more match nothing on the cards"),
        ("Unused", f"{published.data / 'issue_dates.csv'} line 3 matches nothing on the cards"),
        ("Unused", f"{published.data / 'known.csv'} line 4 matches nothing on the cards"),
        (
            "Unused",
            f'{published.data / "verdicts.csv"} line 2 is not applied (why: make sql Q="FROM verdict")',
        ),
    ]


def test_of_what_came_with_the_project_nothing_is_said(published: Project) -> None:
    for name in ("aliases.csv", "concepts.csv", "issue_dates.csv", "known.csv"):
        (published.data / name).unlink()
    assert list(unused(published)) == [(published.data / "verdicts.csv", [2])]


def test_a_verdict_that_is_not_applied_is_told_also_where_it_stands_in_the_file_that_came_with_it(
    published: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unused_module, "as_it_came", lambda name: (published.data.parent / name).read_bytes())
    assert list(unused(published)) == [(published.data / "verdicts.csv", [2])]


def test_in_a_checkout_the_lines_since_the_last_commit_are_one_s_own(
    published: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, verdicts = published.data.parent, (published.data / "verdicts.csv", [2])
    tables = ("aliases.csv", "concepts.csv", "issue_dates.csv", "known.csv")
    shipped = {name: came_with(f"data/{name}").read_bytes() for name in tables}
    monkeypatch.setattr(settings_module, "PACKAGE", root / "signals_pipeline")
    for name in tables:
        (published.data / name).write_bytes(shipped[name])
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (
        ("init", "--quiet"),
        ("add", "data/*.csv"),
        (*identity, "commit", "--quiet", "--message", "As it came"),
    ):
        subprocess.run(("git", "-C", root, *command), check=True)
    assert list(unused(published)) == [verdicts]
    with (published.data / "known.csv").open("a") as file:
        file.write("alga,rising,,a concept on the card\nsea weed,,,a slip\n")
    aliases = (published.data / "aliases.csv").read_text("utf-8")
    (published.data / "aliases.csv").write_text(aliases + "kelpp,seaweed,,a slip\n", "utf-8")
    slips = [(published.data / "aliases.csv", [aliases.count("\n") + 1]), (published.data / "known.csv", [3])]
    assert list(unused(published)) == [*slips, verdicts]
    # Without git nobody knows which lines came with the project.
    shutil.rmtree(root / ".git")
    assert list(unused(published)) == [verdicts]


def test_what_was_committed_as_no_table_has_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unused_module, "as_it_came", lambda name: b"no such column\n")
    assert unused_module._came_with_it("known.csv") == set()


def test_before_anything_is_published_nothing_is_said(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path))
    (tmp_path / "concepts.csv").write_text(CONCEPTS, "utf-8")
    assert list(unused(settings)) == []
