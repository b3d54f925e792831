"""Where runs keep what Dagster remembers of them."""

from pathlib import Path

from dagster._core.instance.ref import InstanceRef

from signals_pipeline.core.settings import project
from signals_pipeline.defs.execution import instance_of
from signals_pipeline.defs.history import dagster_home


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
