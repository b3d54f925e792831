"""Dagster's history where it is damaged."""

import sqlite3
import warnings

import pytest

from signals_pipeline.core.settings import project
from signals_pipeline.defs.execution import instance_of
from signals_pipeline.defs.history import with_whole_history

DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


@pytest.mark.parametrize("damaged", DATABASES)
def test_a_damaged_history_is_put_aside_said_and_begun_anew(tmp_path, damaged) -> None:
    settings = project(data_dir=str(tmp_path))
    folder = tmp_path / ".dagster"
    for name in DATABASES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / damaged).write_bytes(b"no database" * 1_000)
    with warnings.catch_warnings(action="ignore"), instance_of(settings) as instance:
        assert instance.get_runs_count() == 0
    (aside,) = folder.glob("damaged-*")
    assert (aside / damaged).read_bytes().startswith(b"no database")
    where = aside.relative_to(tmp_path.parent)
    said = f"history damaged  -  Dagster's history was damaged: it lies in {where} now"
    assert said in settings.failure_log.read_text("utf-8")


def test_what_fails_for_another_reason_is_raised_and_the_history_stays(tmp_path) -> None:
    (tmp_path / ".dagster" / "history").mkdir(parents=True)
    tries = []

    def work() -> None:
        tries.append(1)
        raise sqlite3.OperationalError("unable to open database file")

    with pytest.raises(sqlite3.OperationalError):
        with_whole_history(project(data_dir=str(tmp_path)), work)
    assert (len(tries), [path.name for path in (tmp_path / ".dagster").iterdir()]) == (1, ["history"])
