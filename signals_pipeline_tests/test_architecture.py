"""What docs/ARCHITECTURE.md and CONTRIBUTING.md say is so: files, layers, and who imports whom."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from signals_pipeline.marts.models import VIEWS
from signals_pipeline.marts.queries import file
from signals_pipeline.publish.report import write
from signals_pipeline_tests.starter import ROOT

PACKAGE = ROOT / "signals_pipeline"
ARCHITECTURE = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))

LAYERS = ("core", "raw", "parsed", "topics", "meaning", "outlooks", "marts", "publish", "defs", "cli")
"""From the one that imports no other to the one that may import all."""

OUTSIDE = {"definitions.py": "defs", "__main__.py": "cli", "__init__.py": "cli"}
"""The layers of the files beside the folders."""


def _layer(path: PurePosixPath) -> str:
    return OUTSIDE.get(str(path)) or path.parts[0]


def _imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, also within functions; `from a import b` gives a.b and a."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path} imports by a relative name"
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


IMPORTS = {
    PurePosixPath(path.relative_to(PACKAGE)): frozenset(_imported(path)) for path in PACKAGE.rglob("*.py")
}
"""What each file of the package imports, by its path within it."""


def _packages(imported: frozenset[str]) -> set[str]:
    return {name.partition(".")[0] for name in imported}


# Who imports whom


def test_no_layer_imports_one_above_it() -> None:
    assert {_layer(path) for path in IMPORTS} == set(LAYERS)
    upwards = [
        f"{path} imports {name}"
        for path, imported in IMPORTS.items()
        for name in imported
        for layer in re.findall(r"^signals_pipeline\.(\w+)", name)
        if layer in LAYERS and LAYERS.index(layer) > LAYERS.index(_layer(path))
    ]
    assert upwards == [], "an import may only lead down: docs/ARCHITECTURE.md, Who may import whom"


def test_only_defs_knows_dagster() -> None:
    knowing = {_layer(path) for path, imported in IMPORTS.items() if "dagster" in _packages(imported)}
    assert knowing == {"defs"}


def test_the_reader_knows_markdown_and_neither_arrow_nor_the_store() -> None:
    reader = PurePosixPath("parsed/reader")
    known = {path for path, imported in IMPORTS.items() if "markdown_it" in _packages(imported)}
    assert known == {reader / "markdown.py"}
    heavy = {"pyarrow", "pandas", "pandera", "duckdb"}
    for path, imported in IMPORTS.items():
        if path.is_relative_to(reader):
            assert not _packages(imported) & heavy, path
            assert not {name for name in imported if name.startswith("signals_pipeline.core.store")}, path


def test_the_command_line_loads_dagster_only_when_it_runs_the_job() -> None:
    code = (
        "import sys, signals_pipeline.__main__, signals_pipeline.cli.console; print('dagster' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_no_module_is_part_of_a_circle() -> None:
    modules = {_module(path): path for path in IMPORTS}
    reads = {
        name: {one for one in IMPORTS[path] if one in modules} - {name} for name, path in modules.items()
    }
    while done := [name for name, imported in reads.items() if not imported]:
        for name in done:
            del reads[name]
        for imported in reads.values():
            imported.difference_update(done)
    assert reads == {}


def _module(path: PurePosixPath) -> str:
    return ".".join(("signals_pipeline", *path.with_suffix("").parts)).removesuffix(".__init__")


# What the documents name


def test_the_listing_names_every_file_of_the_package_and_no_other() -> None:
    tree = re.search(r"^```\nsignals_pipeline/\n(.*?)^```$", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    assert tree, "docs/ARCHITECTURE.md has a listing that begins with signals_pipeline/"
    listed = list(_listed(tree[1]))
    there = {
        path.relative_to(PACKAGE)
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.name != "__init__.py" and "__pycache__" not in path.parts
    }
    named = {one: {path.relative_to(PACKAGE) for path in PACKAGE.glob(one)} for one in listed}
    gone = [one for one, found in named.items() if not found]
    new = sorted(map(str, there.difference(*named.values())))
    assert (gone, new) == ([], []), f"in the listing of docs/ARCHITECTURE.md, drop {gone} and add {new}"


def _listed(tree: str) -> Iterator[str]:
    """The paths and patterns of a listing; a folder ends with a slash, and what it holds is indented."""
    folders: dict[int, str] = {}
    for line in tree.splitlines():
        indent = len(line) - len(line.lstrip())
        for name in re.split(r", ", re.split(r" {2,}", line.strip())[0]):
            above = "".join(folders[one] for one in sorted(folders) if one < indent)
            if name.endswith("/"):
                folders = {one: folder for one, folder in folders.items() if one < indent} | {indent: name}
            else:
                yield above + name


@pytest.mark.parametrize(
    "text",
    [ARCHITECTURE, CONTRIBUTING, *(path.read_text("utf-8") for path in RECORDS)],
    ids=["ARCHITECTURE", "CONTRIBUTING", *(path.stem for path in RECORDS)],
)
def test_files_and_commands_that_a_document_names_are_there(text: str) -> None:
    for name in re.findall(r"`([\w./*-]+/[\w./*-]*|[\w-]+\.(?:py|sql|md|toml|csv))`", text):
        if not name.startswith(("data/build", "data/published", "/")):
            assert _is_there(name), f"there is no {name}"
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"there is no make {target}"


def _is_there(name: str) -> bool:
    """Whether a path is there, from the root of the project, of the package or of its tests."""
    return any(any(base.glob(name.rstrip("/"))) for base in (ROOT, PACKAGE, ROOT / "signals_pipeline_tests"))


def test_links_of_the_documents_lead_somewhere() -> None:
    for path in (ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *RECORDS):
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            assert target.startswith("https://") or (path.parent / target).exists(), (path.name, target)


def test_documents_are_as_short_as_they_promise_to_be() -> None:
    assert len(CONTRIBUTING.splitlines()) < 80
    for path in RECORDS:
        assert len(path.read_text("utf-8").splitlines()) < 40, path.name


def test_the_workflow_and_ci_run_the_same_targets() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    targets = set(re.findall(r"^make ([a-z-]+)", ci, re.MULTILINE))
    assert {"run", "sql", "lint", "types", "check", "test", "test-long"} <= targets
    assert set(re.findall(r"^ +(?:- )?run: make ([a-z-]+)", workflow, re.MULTILINE)) == targets


def test_the_version_of_the_report_is_also_that_of_all_that_its_modules_import():
    said_in = {path for pattern in write._SAID_IN for path in PACKAGE.glob(pattern)}
    folder = PACKAGE / "publish" / "report"
    modules = {module for path in folder.glob("*.py") for module in _imported(path)}
    files = {ROOT.joinpath(*module.split(".")).with_suffix(".py") for module in modules}
    beside = {file for file in files if file.is_file() and folder not in file.parents}
    assert {file for file in beside if file.parent != PACKAGE / "core"} <= said_in, "write it into _SAID_IN"
    # A page is made from the rows of tables, and its queries read views and call macros.
    assert {file(name) for name in VIEWS} | set((PACKAGE / "marts" / "macros").glob("*.sql")) <= said_in


def test_results_that_are_kept_follow_from_nothing_but_arguments_and_code_of_their_version():
    """What is kept is found again by its arguments and by a version of the code: nothing else may be read."""
    versioned = PurePosixPath("marts/statistics")
    imported = {name for path, names in IMPORTS.items() if versioned in path.parents for name in names}
    own = {name for name in imported if name.startswith("signals_pipeline.")}
    assert own
    assert {name for name in own if not name.startswith("signals_pipeline.marts.statistics.")} <= {
        "signals_pipeline.marts.kept",
        "signals_pipeline.marts.kept.Array",
        "signals_pipeline.marts.kept.Inputs",
        "signals_pipeline.marts.kept.Kept",
        "signals_pipeline.marts.kept.with_those_before",
        "signals_pipeline.marts.statistics",
    }
    others = _packages(frozenset(imported - own))
    assert others <= {
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "math",
        "numpy",
        "pyarrow",
        "typing",
    }, "what reads clocks, files or settings gives results that no argument tells apart"
