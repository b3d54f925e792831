"""What a release consists of: the same bytes of the same commit, and an SBOM of what is locked."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from signals_pipeline_tests import dist
from signals_pipeline_tests.starter import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the last commit, with files in it that are not committed."""
    there = tmp_path / "a clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, there], check=True)
    (there / "signals_pipeline" / "__init__.py").write_text('__version__ = "9.9.9"', "utf-8")
    (there / "signals_pipeline" / "new.py").write_text("", "utf-8")
    return there


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another time zone and language, other hashes, and files that nobody else may read."""
    for name, value in {"TZ": "Pacific/Auckland", "LC_ALL": "C", "PYTHONHASHSEED": "7"}.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What a release of this checkout consists of."""
    assert dist.TOOLS.is_dir(), "The tools of a release are not installed: make test-long does it"
    dist.build(ROOT, tmp_path / "dist")
    return tmp_path / "dist"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.long
def test_what_is_built_elsewhere_of_the_same_commit_is_the_same(built: Path, clone: Path, elsewhere) -> None:
    dist.build(clone, clone / "dist")
    here, there = contents(built), contents(clone / "dist")
    assert [name for name, content in here.items() if there[name] != content] == []
    assert sorted(re.sub(r"-\d+\.\d+\.\d+", "", name) for name in here.keys() | there.keys()) == [
        "signals_pipeline-py3-none-any.whl", "signals_pipeline.cdx.json", "signals_pipeline.tar.gz",
    ]  # fmt: skip
    (sbom,) = (json.loads(content) for name, content in here.items() if name.endswith(".json"))
    locked = (ROOT / "requirements" / "runtime.lock").read_text("utf-8")
    assert {(one["name"], one["version"]) for one in sbom["components"]} == set(
        re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==(\S+)", locked, re.MULTILINE)
    )
    about = sbom["metadata"]["component"]
    assert f"{about['name'].replace('-', '_')}-{about['version']}.tar.gz" in here


def test_the_workflow_asks_each_week_and_where_locks_change_whether_a_fault_is_known() -> None:
    workflow = yaml.safe_load((WORKFLOWS / "audit.yml").read_text("utf-8"))
    # YAML reads the key "on" as true.
    assert workflow[True]["push"]["paths"] == workflow[True]["pull_request"]["paths"] == ["requirements/**"]
    assert workflow[True]["schedule"]
    assert workflow["permissions"] == {"contents": "read"}
    steps = workflow["jobs"]["audit"]["steps"]
    assert {one["uses"].partition("/")[0] for one in steps if "uses" in one} == {"actions"}
    assert steps[-1] == {"run": "make audit"}
    tools = (ROOT / "requirements" / "release.lock").read_text("utf-8")
    assert "\npip-audit==" in tools


def test_what_could_not_be_asked_about_fails_the_audit() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "--strict" in makefile.partition("\naudit:")[2].partition("\n\n")[0]
