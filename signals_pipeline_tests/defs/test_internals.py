"""What is used of Dagster that it does not promise to keep, by name."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.defs import internals

INTERNALS = "defs/internals.py"

NAMES = {
    "dagster._core.instance.ref.InstanceRef",
    "dagster._core.workspace.context.WorkspaceProcessContext",
    "dagster._core.workspace.load_target.WorkspaceFileTarget",
    "dagster_shared.error.SerializableErrorInfo",
    "dagster_webserver.app.create_app_from_workspace_process_context",
}
"""What is imported from modules of Dagster other than `dagster` itself."""

STARTED = {"dagster._daemon"}
"""The modules that are started by name."""


def imported(path: Path) -> Iterator[str]:
    """The names that a file takes from modules of Dagster below its own."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and re.match(r"dagster(\.|_)", node.module or ""):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if re.match(r"dagster(\.|_)", alias.name))


def test_the_private_parts_of_dagster_are_named_here_and_stand_in_one_module() -> None:
    found = {str(path.relative_to(PACKAGE)): set(imported(path)) for path in PACKAGE.rglob("*.py")}
    assert {name: names for name, names in found.items() if names} == {INTERNALS: NAMES}
    said = {
        (str(path.relative_to(PACKAGE)), name)
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"\bdagster\.(?:_\w+)(?:\.\w+)*", path.read_text("utf-8"))
    }
    assert {name for _, name in said} - {name.rpartition(".")[0] for name in NAMES} == STARTED
    assert {path for path, _ in said} == {INTERNALS}


def test_the_modules_that_are_started_are_there() -> None:
    assert {internals.DAEMON} == STARTED
    for name in STARTED:
        assert importlib.util.find_spec(f"{name}.__main__"), name


def test_an_instance_keeps_its_history_where_it_is_told_to(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text("storage: {sqlite: {base_dir: elsewhere}}\n")
    (tmp_path / "history").mkdir()
    with internals.instance_in(tmp_path / "history", config_dir=tmp_path) as instance:
        assert instance.get_runs_count() == 0
        assert instance.root_directory == str(tmp_path / "history")
    assert (tmp_path / "history" / "history" / "runs.db").exists()
    assert not Path("elsewhere").exists()


def test_the_causes_of_a_failure_end_with_its_root() -> None:
    @dg.op
    def fails() -> None:
        try:
            raise ValueError("the root")
        except ValueError as error:
            raise RuntimeError("what came of it") from error

    @dg.job
    def work() -> None:
        fails()

    with dg.DagsterInstance.ephemeral() as instance:
        done = work.execute_in_process(instance=instance, raise_on_error=False)
        (failure,) = [event for event in done.all_events if event.is_step_failure]
        assert [cause.cls_name for cause in internals.causes(failure)] == [
            "DagsterExecutionStepExecutionError",
            "RuntimeError",
            "ValueError",
        ]
        assert list(internals.causes(done.all_events[0])) == []
