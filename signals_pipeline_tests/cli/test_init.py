"""A folder to work in, and what a run says of the files in it that a person has edited."""

import re
import tomllib
from pathlib import Path

import pytest

from signals_pipeline.cli import console, init
from signals_pipeline.core import settings
from signals_pipeline.core.errors import CannotWriteError
from signals_pipeline.core.settings import EDITED, came_with, project
from signals_pipeline_tests.starter import ROOT

MADE = {
    "README.md", "CARDS.md", ".env", "workspace.yaml", "dagster.yaml", *(f"data/{name}" for name in EDITED)
}  # fmt: skip


def made(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_a_folder_has_all_that_a_person_edits_and_a_place_for_cards(tmp_path: Path) -> None:
    said = init.make_project(tmp_path / "mine")
    assert made(tmp_path / "mine") == MADE
    assert (tmp_path / "mine" / "data" / "raw").is_dir()
    assert said.endswith(f"\nNext: cd {tmp_path / 'mine'}, put cards into data/raw, signals run")
    assert project(data_dir=str(tmp_path / "mine" / "data")).own_files() == []


def test_nobody_else_can_read_the_settings(tmp_path: Path) -> None:
    init.make_project(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_who_is_there_already_need_not_go_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert init.make_project(Path()).endswith("\nNext: put cards into data/raw, signals run")


def test_its_pages_name_no_command_of_a_checkout_and_explain_what_a_person_edits(tmp_path: Path) -> None:
    init.make_project(tmp_path)
    cards, readme = ((tmp_path / name).read_text("utf-8") for name in ("CARDS.md", "README.md"))
    assert "signals explain some/card.md" in cards
    assert not re.findall(r"\bmake \w+", cards + readme)
    for column in (
        "surface",
        "topic",
        "kind",
        "concept",
        "definition",
        "member",
        "relation",
        "token",
        "verdict",
    ):
        assert f"`{column}`" in readme
    assert all(line.startswith("|") for line in readme.splitlines() if line.endswith("|"))


def test_what_is_shipped_is_in_the_wheel() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]
    shipped = built["wheel"]["force-include"]
    demo = {"data/demo", "data/demo_vectors.parquet"}
    named = {"dagster.yaml", "docs/CARDS.md", *demo, *(f"data/{name}" for name in EDITED)}
    assert named <= shipped.keys()
    assert shipped.pop("dg.toml") == "signals_pipeline/dg.toml", (
        "Dagster looks for it from the package upwards"
    )
    assert all(place == f"signals_pipeline/shipped/{name}" for name, place in shipped.items())


def test_what_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Mine.", "utf-8")
    init.make_project(tmp_path)
    assert "nothing, for all of it is there" in init.make_project(tmp_path)
    assert (tmp_path / "README.md").read_text("utf-8") == "Mine."
    assert made(tmp_path) == MADE


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a file", "utf-8")
    with pytest.raises(CannotWriteError, match="cannot be written"):
        init.make_project(tmp_path / "mine")


def test_the_settings_of_a_folder_name_each_variable_and_set_that_of_the_data(tmp_path: Path) -> None:
    init.make_project(tmp_path)
    lines = (tmp_path / ".env").read_text("utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == ["SIGNALS_DATA_DIR=data"]
    assert all(any(one.variable in line for line in lines) for one in settings.SETTINGS)


def test_a_file_of_one_s_own_is_named_with_the_lines_that_it_lacks(tmp_path: Path) -> None:
    init.make_project(tmp_path)
    own = tmp_path / "data" / "aliases.csv"
    *kept, last = came_with("data/aliases.csv").read_text("utf-8").splitlines()
    own.write_text("\n".join([*kept, "mine,yours"]) + "\n", "utf-8")
    ((name, text),) = console._own(project(data_dir=str(tmp_path / "data")))
    assert last
    assert (name, text) == (
        "Own", f"{own} is read in place of the one that came with the project, of which it lacks 1 line"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("in_checkout", "said"), [(True, 'make sql Q="FROM x"'), (False, 'signals sql "FROM x"')]
)
def test_what_a_person_types_is_what_there_is(monkeypatch, in_checkout: bool, said: str) -> None:
    monkeypatch.setattr(settings, "IN_CHECKOUT", in_checkout)
    assert settings.typed("sql", "FROM x") == said
