"""Where runs keep what Dagster remembers of them."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef

from signals_pipeline.core.settings import project
from signals_pipeline.defs import execution
from signals_pipeline.defs.execution import instance_of
from signals_pipeline.defs.history import dagster_home
from signals_pipeline.defs.published import DATABASE_KEY
from signals_pipeline.publish.unchanged import is_dagster_to_be_told
from signals_pipeline_tests.defs.test_retention import backdate


def test_what_runs_print_is_kept_in_the_data_folder_from_the_command_line_the_ui_and_dagster_dev(
    tmp_path: Path,
) -> None:
    settings = project(data_dir=str(tmp_path / "it's: data"))
    kept = str(settings.data / ".dagster" / "storage")
    with instance_of(settings) as instance:
        assert _output(instance.get_ref()) == kept
    assert _output(InstanceRef.from_dir(str(dagster_home(settings)))) == kept
    started_in_the_checkout = InstanceRef.from_dir(str(tmp_path), config_dir=str(settings.root))
    assert _output(started_in_the_checkout) == "data/.dagster/storage"


def _output(ref: InstanceRef) -> str:
    return ref.compute_logs_data.config_dict["base_dir"]


def test_dagster_is_told_by_one_event_that_the_database_stands_as_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = project(data_dir=str(tmp_path))
    settings.assert_writable()
    note = settings.build / "published"
    note.touch()
    os.utime(note, (0, 0))
    made = dg.AssetMaterialization(
        DATABASE_KEY,
        metadata={"snapshot": "one", "is_new": True, "files_new": 3, "rows": 9},
        tags={"dagster/data_version": "0123abcd", "dagster/input_data_version/parsed/cards": "v1"},
    )
    with dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr(execution, "instance_of", lambda _: nullcontext(instance))
        assert not execution.tell_that_it_stands(settings), "it knows nothing of a snapshot"
        assert is_dagster_to_be_told(settings)
        instance.report_runless_asset_event(made)
        before = instance.get_latest_materialization_event(DATABASE_KEY)
        assert execution.tell_that_it_stands(settings)
        now = instance.get_latest_materialization_event(DATABASE_KEY)
        assert now.timestamp > before.timestamp
        assert now.asset_materialization.tags == made.tags
        shown = {name: value.value for name, value in now.asset_materialization.metadata.items()}
        assert shown.items() >= {"snapshot": "one", "rows": 9, "is_new": False, "files_new": 0}.items()
        assert instance.get_runs_count() == 0
        assert not is_dagster_to_be_told(settings)
        backdate(instance, "", 8)
        assert execution.tell_that_it_stands(settings)
        told = instance.fetch_materializations(DATABASE_KEY, limit=10).records
        assert len(told) == 1, "what is too old leaves the history as after a run"


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_a_run_that_is_interrupted_ends_as_canceled_and_is_not_lost_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupt: type[BaseException]
) -> None:
    settings = project(data_dir=str(tmp_path), raw_dir=str(tmp_path))

    @dg.job
    def work() -> None:
        """Do nothing."""

    def interrupted(_: Any, instance: dg.DagsterInstance, *__: Any, run_id: str, **given: Any) -> None:
        instance.create_run_for_job(
            work, run_id=run_id, tags=given["tags"], status=dg.DagsterRunStatus.STARTED
        )
        raise interrupt

    with dg.DagsterInstance.ephemeral() as instance:
        monkeypatch.setattr(execution, "instance_of", lambda _: nullcontext(instance))
        monkeypatch.setattr(execution, "execute_here", interrupted)
        monkeypatch.setattr(execution, "the_job", lambda: work)
        with pytest.raises(interrupt):
            execution.refresh(settings)
        (run,) = instance.get_runs()
        assert run.status == dg.DagsterRunStatus.CANCELED
