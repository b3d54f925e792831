"""Lines of JSON for what collects logs: what stands in them, and what does not."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signals_pipeline.cli.says import say, say_failure, say_problem, say_stage, say_summary
from signals_pipeline.core import logs
from signals_pipeline.core.settings import project
from signals_pipeline_tests.raw.sample import write
from signals_pipeline_tests.starter import Starter

LINES = "SIGNALS_LOG"


def lines(printed: str) -> list[dict[str, object]]:
    """Each line as an object, without its time, which is now and in UTC."""
    found = [json.loads(line) for line in printed.splitlines()]
    for one in found:
        at = datetime.fromisoformat(one.pop("time"))
        assert datetime.now(UTC) - at < timedelta(minutes=10)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The data folder of a newsletter whose lines are JSON, of a run that has a name."""
    monkeypatch.setenv(LINES, "json")
    data = tmp_path / "alpha" / "data"
    logs.name_project(project(data_dir=str(data)))
    logs.name_run("0f1e")
    yield data
    logs._settings.set(None)
    logs.name_run("")


def test_all_that_a_command_says_is_an_object_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say("The UI opens.")
    say_summary("Cards:    3 in 3 files\nWarning:  1 file could not be read")
    say_stage("reading cards", 1, 1_200)
    say_stage("publishing", 0, 0)
    say_problem("The webhook did not take it.")
    say_failure("The disk is full.", 73)
    printed = capsys.readouterr()
    of_run = {"newsletter": "alpha", "run": "0f1e"}
    info, warning = {"level": "INFO"} | of_run, {"level": "WARNING"} | of_run
    assert lines(printed.out) == [
        info | {"event": "said", "message": "The UI opens."},
        info | {"event": "summary", "message": "3 in 3 files", "about": "Cards"},
        warning | {"event": "summary", "message": "1 file could not be read", "about": "Warning"},
    ]
    reading = {"stage": "reading cards", "done": 1, "total": 1_200}
    assert lines(printed.err) == [
        info | {"event": "stage", "message": "reading cards 1/1,200"} | reading,
        info | {"event": "stage", "message": "publishing", "stage": "publishing"},
        warning | {"event": "problem", "message": "The webhook did not take it."},
        of_run | {"level": "ERROR", "event": "failed", "message": "The disk is full.", "exit_code": 73},
    ]


def test_a_line_names_no_folder_of_the_machine_and_no_credential_and_stays_one_line(folder: Path) -> None:
    text = f"{folder}/build is full,\nsee https://ada:word@example.org\u2028\u202e"
    line = logs.json_line("ERROR", "failed", text, stage=f"waiting for process 7, which is using {folder}")
    assert line.isascii()
    assert line.isprintable()
    message = json.loads(line)["message"]
    assert message.startswith("$SIGNALS_DATA_DIR/build is full, see https://")
    assert "word" not in message
    assert json.loads(line)["stage"] == "waiting for process 7, which is using $SIGNALS_DATA_DIR"
    assert str(folder) not in line


def test_a_command_that_fails_says_so_in_json_before_it_knows_its_settings_too(
    tmp_path: Path, starter: Starter
) -> None:
    given = {LINES: "json", "SIGNALS_AS_OF": "2026-06-30", "SIGNALS_DATA_DIR": str(tmp_path / "beta")}
    done = starter.run("run", **given, SIGNALS_RAW_DIR=str(tmp_path / "missing"))
    *_, failed = lines(done.printed)
    assert (failed["newsletter"], failed["exit_code"]) == ("beta", done.code)
    assert "$SIGNALS_RAW_DIR does not exist" in failed["message"]
    assert str(tmp_path) not in done.printed
    done = starter.run("run", **given, SIGNALS_RAW_DIR="~nobody-here/x")
    (failed,) = lines(done.printed)
    assert (failed["event"], failed["exit_code"]) == ("failed", 65)


@pytest.mark.long
def test_a_run_prints_nothing_but_json(tmp_path: Path, raw_dir: Path, starter: Starter) -> None:
    write(raw_dir, 1)
    given = {LINES: "json", "SIGNALS_AS_OF": "2026-06-30", "SIGNALS_DATA_DIR": str(tmp_path / "beta")}
    done = starter.run("run", history=True, **given, SIGNALS_RAW_DIR=str(raw_dir))
    assert done.code == 0, done.printed
    said = lines(done.err)
    (run,) = {one["run"] for one in said[1:]}
    assert len(run) == 36
    assert {"reading cards", "publishing", "writing the report"} <= {one["stage"] for one in said}
    summary = {one["about"]: one["message"] for one in lines(done.out)}
    assert "1 in 1 files: 1 new" in summary["Cards"]
    assert str(tmp_path) not in done.printed
