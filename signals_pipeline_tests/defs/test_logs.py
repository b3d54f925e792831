"""What a run prints that the daemon has started, as lines of JSON."""

import os
import subprocess
import sys
from contextvars import ContextVar
from pathlib import Path

import dagster as dg
import pytest

from signals_pipeline.core import logs
from signals_pipeline.defs.logs import CONSOLE, json_console, printed_as_asked
from signals_pipeline_tests.core.test_logs import LINES, lines
from signals_pipeline_tests.starter import ROOT


def test_what_the_daemon_starts_prints_how_far_it_is_and_why_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "alpha"
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(folder))
    monkeypatch.setattr(logs, "_settings", ContextVar("settings"))
    monkeypatch.setattr(logs, "_run", ContextVar("run"))

    @dg.op
    def reads(context: dg.OpExecutionContext) -> None:
        context.log.debug("a detail")
        context.log.info("waiting for process 7")

    @dg.op(ins={"start": dg.In(dg.Nothing)})
    def fails() -> None:
        raise dg.Failure(f"{folder}/raw does not exist", allow_retries=False)

    @dg.job(logger_defs={CONSOLE: json_console}, config={"loggers": {CONSOLE: {}}})
    def refresh() -> None:
        fails(reads())

    run_id = refresh.execute_in_process(raise_on_error=False).run_id
    said = [one for one in lines(capfd.readouterr().err) if one["event"] != "engine_event"]
    assert {(one["newsletter"], one["run"]) for one in said} == {("alpha", run_id)}
    told = [(one["level"], one["event"], one["step"]) for one in said]
    assert told == [
        ("INFO", "run_start", None),
        ("INFO", "step_start", "reads"),
        ("INFO", "message", "reads"),
        ("INFO", "step_success", "reads"),
        ("INFO", "step_start", "fails"),
        ("ERROR", "step_failure", "fails"),
        ("ERROR", "run_failure", None),
    ]
    assert said[2]["message"] == "waiting for process 7"
    assert "$SIGNALS_DATA_DIR/raw does not exist" in said[5]["message"]


def test_what_a_sensor_says_is_json_where_a_person_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with dg.build_sensor_context(sensor_name="folder", repository_name="x") as context:
        printed_as_asked(context.log).warning("plain")
        assert "folder - plain" in capfd.readouterr().err
        monkeypatch.setenv(LINES, "json")
        printed_as_asked(context.log).warning("Too much is gone.")
        printed_as_asked(context.log).info("The folder changed.")
    said = [(one["level"], one["message"], one["sensor"]) for one in lines(capfd.readouterr().err)]
    assert said == [("WARNING", "Too much is gone.", "folder"), ("INFO", "The folder changed.", "folder")]


LOADED = """
from signals_pipeline.definitions import defs
job = defs().resolve_job_def("refresh")
print(job.loggers["console"].logger_fn.__name__, job.run_config)
"""


@pytest.mark.long
def test_the_job_has_that_logger_where_a_person_asks_for_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env=os.environ | {LINES: "json"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "json_console {'loggers': {'console': {}}}"
