"""R: what keeps a run from being right or from being seen, and what a person is told."""

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from signals_pipeline.cli.web import listening_socket
from signals_pipeline.core import failures
from signals_pipeline.core.checks import listed_by
from signals_pipeline.core.errors import BadInputFileError, DropError
from signals_pipeline.core.failures import FailureNotice, notify
from signals_pipeline.core.settings import EDITED, Project, project
from signals_pipeline.defs.columns import asset_key
from signals_pipeline.marts import build as run
from signals_pipeline.marts import checks
from signals_pipeline.publish import snapshot
from signals_pipeline_tests.conftest import opened
from signals_pipeline_tests.defs.test_job import Job
from signals_pipeline_tests.faults import case
from signals_pipeline_tests.faults.plain import (
    TODAY,
    assert_whole,
    build_all,
    publish_plainly,
)
from signals_pipeline_tests.listeners import HttpListener, webhook
from signals_pipeline_tests.raw.sample import card, write
from signals_pipeline_tests.starter import Starter


@pytest.fixture
def settings(tmp_path: Path) -> Project:
    return project(data_dir=str(tmp_path / "data"), raw_dir=str(tmp_path / "raw"))


@pytest.fixture
def job(settings: Project, raw_dir: Path) -> Iterator[Job]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Job(settings.data, raw_dir, instance)


@pytest.mark.long
@case("R14")
@pytest.mark.parametrize("command", ["run", "ui"])
@pytest.mark.parametrize("home", ["relative", "/missing/home"])
def test_a_dagster_home_that_is_no_folder_is_told_in_one_line(
    settings: Project, starter: Starter, home: str, command: str
) -> None:
    done = starter.run(command, history=True, DAGSTER_HOME=home, SIGNALS_DATA_DIR=str(settings.data))
    (line,) = done.said
    assert f"DAGSTER_HOME={home!r} is not the whole path of a folder. Make the folder" in line
    assert done.code == 65
    assert not Path("relative").exists()


@case("R14")
def test_a_history_that_cannot_be_written_is_told_in_one_line(settings: Project, raw_dir: Path) -> None:
    from signals_pipeline.core.errors import CannotWriteError
    from signals_pipeline.defs.execution import instance_of

    settings.data.mkdir()
    (settings.data / ".dagster").write_text("a file in its place")
    with pytest.raises(CannotWriteError, match=r"\.dagster"):
        instance_of(settings)


@case("R15")
def test_a_port_that_is_taken_is_passed_over_and_the_next_one_is_taken_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        with listening_socket(taken, 20) as one, listening_socket(taken, 20) as other:
            ports = {found.getsockname()[1] for found in (one, other)}
            assert len(ports) == 2
            assert ports <= set(range(taken + 1, taken + 20))
        assert listening_socket(taken, 1) is None


def keys(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()}


@pytest.mark.long
@case("R17")
def test_what_comes_after_a_step_that_fails_is_not_built_and_the_last_snapshot_stays(
    job: Job, raw_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(raw_dir, 1)
    job.run()
    before = job.settings.database.resolve()
    write(raw_dir, 2)
    build = run.build

    def failing(store: object, mart: run.Mart, engine: object) -> bool:
        if mart.name == "topic_momentum":
            raise RuntimeError("the disk sang")
        return build(store, mart, engine)

    with monkeypatch.context() as patch:
        patch.setattr(run, "build", failing)
        result = job.run(raise_on_error=False)
    assert not result.success
    built = keys(result)
    assert "marts/topic_trend" in built
    assert not built & {"marts/topic_momentum", "marts/alert", "published/database"}
    assert job.settings.database.resolve() == before
    assert job.rows("SELECT count(*) FROM parsed.cards") == [(1,)]
    job.run()
    assert job.rows("SELECT count(*) FROM parsed.cards") == [(2,)]


@pytest.mark.long
@case("R18")
def test_a_check_that_warns_does_not_stop_publishing_and_one_that_blocks_does(
    job: Job, raw_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(raw_dir, 1)
    (raw_dir / "broken.md").write_bytes(b"\xff\xfe\xfd")
    result = job.run()
    failed = {one.check_name: one.severity for one in result.get_asset_check_evaluations() if not one.passed}
    assert failed["nothing_was_rejected"] == dg.AssetCheckSeverity.WARN
    assert "published/database" in keys(result)

    write(raw_dir, 2)
    one = next(check for check in checks.INVARIANTS if check.table == "topic_trend")
    broken = replace(one, violations=listed_by("SELECT 1"))
    with monkeypatch.context() as patch:
        patch.setattr(checks, "INVARIANTS", (broken,))
        result = job.run(raise_on_error=False)
    assert not result.success
    (failed,) = [one for one in result.get_asset_check_evaluations() if not one.passed and one.blocking]
    assert (failed.asset_key, failed.severity) == (asset_key("topic_trend"), dg.AssetCheckSeverity.ERROR)
    assert failed.metadata[broken.name].value == 1
    assert "published/database" not in keys(result)
    assert job.rows("SELECT count(*) FROM parsed.cards") == [(1,)]


# The guard


@pytest.fixture
def ten_cards(raw_dir: Path) -> Path:
    """Cards of two newsletter issues, nine and one."""
    for number in range(9):
        write(raw_dir, number)
    write(raw_dir, 9, card(9, token="20240114"))
    return raw_dir


@contextmanager
def built(settings: Project, raw_dir: Path) -> Iterator[object]:
    with opened(settings.build, raw_dir) as store:
        build_all(store, settings, raw_dir)
        yield store


def remove(raw_dir: Path, *texts: str) -> None:
    for path in raw_dir.iterdir():
        if any(text in path.read_text("utf-8") for text in texts):
            path.unlink()


@pytest.mark.long
@case("R19")
def test_half_of_the_rows_may_go_and_more_is_accepted_once(settings: Project, ten_cards: Path) -> None:
    with built(settings, ten_cards) as store:
        publish_plainly(store, settings)
    remove(ten_cards, *(f"harbour{number}.example" for number in range(5)))
    with built(settings, ten_cards) as store:
        assert publish_plainly(store, settings).is_new
    before = settings.database.resolve()
    remove(ten_cards, *(f"harbour{number}.example" for number in (5, 6, 7)))
    with built(settings, ten_cards) as store:
        with pytest.raises(DropError, match=r"parsed\.cards fell from 5 to 2 rows.*ACCEPT_DROP") as refused:
            publish_plainly(store, settings)
        (gone,) = re.findall(r"These files are no longer there: (.*?\.md)\. Look", str(refused.value))
        assert len(gone.split(", ")) == 3
        assert not any((ten_cards / name).exists() for name in gone.split(", "))
        assert settings.database.resolve() == before
        assert publish_plainly(store, settings, accept_drop=True).is_new
        # What was accepted is the last snapshot now.
        assert not publish_plainly(store, settings).is_new


@pytest.mark.long
@case("R19")
def test_a_newsletter_issue_that_is_gone_is_named_and_one_that_was_redated_is_not(
    settings: Project, ten_cards: Path
) -> None:
    with built(settings, ten_cards) as store:
        publish_plainly(store, settings)
    settings.data.joinpath("issue_dates.csv").write_text("token,date,reason\n20240114,2024-01-21,late\n")
    with built(settings, ten_cards) as store:
        assert publish_plainly(store, settings).is_new
    remove(ten_cards, "harbour9.example")
    with (
        built(settings, ten_cards) as store,
        pytest.raises(
            DropError,
            match=r"issue 2024-01-21 with its 1 card\. This file is no longer there: \w{32}\.md\. Look",
        ),
    ):
        publish_plainly(store, settings)


@pytest.mark.long
@case("R19")
def test_a_rebuild_is_guarded_and_another_folder_is_not(settings: Project, ten_cards: Path) -> None:
    with built(settings, ten_cards) as store:
        publish_plainly(store, settings)
    other = ten_cards.with_name("other")
    write(other, 100)
    remove(ten_cards, "harbour1.example", "harbour2.example", "harbour9.example")
    (settings.build / "store.duckdb").unlink()
    with built(settings, ten_cards) as store, pytest.raises(DropError, match="2024-01-14"):
        publish_plainly(store, settings)
    with built(settings, other) as store:
        assert publish_plainly(store, settings).is_new


@pytest.mark.long
@case("R19")
def test_the_command_tells_of_the_drop_and_accepts_it_once(
    settings: Project, ten_cards: Path, starter: Starter
) -> None:
    environment = {
        "SIGNALS_DATA_DIR": str(settings.data), "SIGNALS_RAW_DIR": str(ten_cards), "SIGNALS_AS_OF": TODAY
    }  # fmt: skip
    assert starter.run("run", **environment).code == 0
    remove(ten_cards, "harbour9.example")
    refused = starter.run("run", **environment)
    assert refused.code == 65
    (said,) = refused.said
    assert "newsletter issue 2024-01-14 with its 1 card" in said
    assert said in f"signals: {settings.failure_log.read_text('utf-8').split('  ', 3)[3]}"
    accepted = starter.run("run", "--accept-drop", **environment)
    assert accepted.code == 0
    assert "9 files: 0 new, 0 changed, 1 removed;" in accepted.out, "the refused run had taken it in"
    with duckdb.connect(str(settings.database), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM newsletter_issues").fetchall() == [(1,)]


# Automation


@pytest.mark.long
@case("R20")
def test_after_some_days_without_a_daemon_the_schedule_asks_for_one_run(tmp_path: Path) -> None:
    import logging

    from dagster._core.test_utils import create_test_daemon_workspace_context, instance_for_test
    from dagster._core.workspace.load_target import ModuleTarget
    from dagster._scheduler.scheduler import launch_scheduled_runs

    with (
        instance_for_test(temp_dir=str(tmp_path)) as instance,
        create_test_daemon_workspace_context(
            ModuleTarget(
                module_name="signals_pipeline.definitions",
                attribute=None,
                working_directory=str(project().root),
                location_name="signals_pipeline",
            ),
            instance,
        ) as workspace,
    ):
        logger = logging.getLogger("scheduler")
        times: dict = {}
        for moment in (datetime(2026, 7, 1, 5, 59, tzinfo=UTC), datetime(2026, 7, 4, 7, 0, tzinfo=UTC)):
            list(launch_scheduled_runs(workspace, logger, moment, times))
        asked = instance.get_run_records()
        assert [one.dagster_run.tags["dagster/schedule_name"] for one in asked] == ["daily"]
        (selector,) = {one.selector_id for one in instance.all_instigator_state()}
        ticks = instance.get_ticks(instance.all_instigator_state()[0].instigator_origin_id, selector)
        assert [datetime.fromtimestamp(one.timestamp, UTC).day for one in ticks] == [4]


@pytest.mark.long
@case("R21")
def test_a_snapshot_of_another_schema_is_published_anew_and_the_old_one_stays_readable(
    settings: Project, ten_cards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with built(settings, ten_cards) as store:
        with monkeypatch.context() as patch:
            patch.setattr(snapshot, "schema_fingerprint", lambda: "of another version")
            other = publish_plainly(store, settings)
        with duckdb.connect(str(other.folder / "signals.duckdb"), read_only=True) as connection:
            assert connection.execute("SELECT schema_fingerprint FROM snapshot").fetchall() == [
                ("of another version",)
            ]
        again = publish_plainly(store, settings)
        assert again.is_new
        assert not again.damage
    assert_whole(settings.published)


@pytest.mark.long
@case("R21")
def test_a_store_of_other_tables_is_filled_from_the_cards_again(settings: Project, ten_cards: Path) -> None:
    with built(settings, ten_cards) as store:
        publish_plainly(store, settings)
    with duckdb.connect(str(settings.build / "store.duckdb")) as connection:
        connection.execute("UPDATE internal.meta SET value = 'another' WHERE key = 'tables'")
        connection.execute("ALTER TABLE parsed.cards ADD COLUMN mood VARCHAR")
    with built(settings, ten_cards) as store:
        assert store.rows("SELECT count(*) FROM parsed.cards") == [(10,)]
        assert not publish_plainly(store, settings).is_new


# Telling a person


def told_by(settings: Project, server: HttpListener) -> Project:
    return project(data_dir=str(settings.data), webhook=server.address)


def test_a_notice_is_a_line_in_the_file_and_a_message_to_the_webhook(settings: Project) -> None:
    with webhook() as server:
        assert (
            notify(
                told_by(settings, server), FailureNotice("run failed", "Two\nlines, ?token=abc here", "r1")
            )
            == []
        )
    (line,) = settings.failure_log.read_text("utf-8").splitlines()
    at, event, run_id, text = line.split("  ")
    assert (event, run_id, text) == ("run failed", "r1", "Two lines, ?token=*** here")
    assert datetime.fromisoformat(at).tzinfo is not None
    assert server.taken == [("application/json", {"at": at, "event": event, "run_id": run_id, "text": text})]


def test_a_webhook_that_refuses_or_is_away_is_said_without_its_address(settings: Project) -> None:
    with webhook(answer=500) as server:
        (problem,) = notify(told_by(settings, server), FailureNotice("run failed", "text"))
    assert problem == "The webhook did not take the notice: it answered 500."
    (problem,) = notify(told_by(settings, server), FailureNotice("run failed", "text"))
    assert "Connection refused" in problem
    written = settings.failure_log.read_text("utf-8")
    assert written.count("message failed") == 2
    assert "secret" not in written
    for address in ("http://user:secret@host/x", "http://host/a b?token=secret"):
        (problem,) = notify(project(data_dir=str(settings.data), webhook=address), FailureNotice("x", "y"))
        assert "secret" not in problem
        assert "secret" not in settings.failure_log.read_text("utf-8")
    (problem,) = notify(
        project(data_dir=str(settings.data), webhook="file:///etc/passwd"), FailureNotice("x", "y")
    )
    assert "must begin with https://" in problem


def test_the_file_of_alerts_does_not_grow_for_ever_and_is_no_link(
    settings: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MAX_BYTES", 100)
    for number in range(8):
        notify(settings, FailureNotice("run failed", f"number {number}"))
    kept = sorted(path.name for path in settings.data.iterdir())
    assert kept in (["FAILURES.log", "FAILURES.log.1"], ["FAILURES.log.1"])
    for path in settings.data.iterdir():
        path.unlink()
    settings.failure_log.symlink_to(tmp_path / "elsewhere")
    assert notify(settings, FailureNotice("x", "y")) != []
    assert not (tmp_path / "elsewhere").exists()


def test_the_former_file_of_failures_goes_on_where_it_is_a_file_and_alone(settings: Project) -> None:
    former, log = settings.data / "ALERTS.log", settings.data / "FAILURES.log"
    former.mkdir(parents=True)
    assert settings.failure_log == log
    former.rmdir()
    former.touch()
    assert settings.failure_log == former
    log.touch()
    assert settings.failure_log == log


def test_a_failure_whose_text_is_no_unicode_is_written_down(settings: Project) -> None:
    assert notify(settings, FailureNotice("run failed", "folder \udcff")) == []
    assert "folder \\udcff" in settings.failure_log.read_text("utf-8")


@pytest.mark.long
def test_a_run_that_failed_under_the_daemon_is_told_by_the_sensor_and_others_are_not(
    settings: Project, raw_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signals_pipeline.defs.recovery import REPORTED, failures
    from signals_pipeline.defs.resources import ProjectResource

    with dg.DagsterInstance.ephemeral() as instance:
        job = Job(settings.data, raw_dir, instance)
        write(raw_dir, 1)
        job.run()
        remove(raw_dir, "harbour1.example")
        failed = job.run(raise_on_error=False)
        events = {event.event_type_value: event for event in failed.all_events}
        context = dg.build_run_status_sensor_context(
            "failures",
            events["PIPELINE_FAILURE"],
            instance,
            failed.dagster_run,
            resources={"project": ProjectResource(data_dir=str(settings.data))},
        ).for_run_failure()
        failures(context)
        (line,) = settings.failure_log.read_text("utf-8").splitlines()
        assert f"run failed  {failed.run_id}  Not published, since too much is gone: " in line
        reported = failed.dagster_run.with_tags({REPORTED: failed.run_id})
        failures(
            dg.build_run_status_sensor_context(
                "failures", events["PIPELINE_FAILURE"], instance, reported,
                resources={"project": ProjectResource(data_dir=str(settings.data))},
            ).for_run_failure()
        )  # fmt: skip
        assert len(settings.failure_log.read_text("utf-8").splitlines()) == 1


@pytest.mark.long
def test_a_run_that_is_started_again_is_told_of_though_the_first_one_was(
    settings: Project, raw_dir: Path
) -> None:
    from signals_pipeline.defs.recovery import REPORTED, failures
    from signals_pipeline.defs.resources import ProjectResource

    with dg.DagsterInstance.ephemeral() as instance:
        failed = Job(settings.data, raw_dir / "missing", instance).run(raise_on_error=False)
        event = next(one for one in failed.all_events if one.event_type_value == "PIPELINE_FAILURE")
        again = failed.dagster_run.with_tags({REPORTED: "the run before"})
        given = {"project": ProjectResource(data_dir=str(settings.data))}
        failures(
            dg.build_run_status_sensor_context(
                "failures", event, instance, again, resources=given
            ).for_run_failure()
        )
    assert "does not exist" in settings.failure_log.read_text("utf-8")


@pytest.mark.parametrize("name", EDITED)
def test_a_pipe_in_the_place_of_a_file_that_a_person_edits_keeps_nobody_waiting(
    settings: Project, name: str
) -> None:
    settings.data.mkdir()
    os.mkfifo(settings.data / name)
    with pytest.raises(BadInputFileError, match="it is no file"):
        settings.edited()


@pytest.mark.parametrize("amount", ["lots", "0GB", "1KB", "\uff15GB", "GB"])
def test_a_memory_limit_that_is_none_is_told_as_such(tmp_path: Path, amount: str) -> None:
    with pytest.raises(BadInputFileError, match="SIGNALS_MEMORY_LIMIT"):
        project(data_dir=str(tmp_path), memory_limit=amount).memory_limit()
    assert project(data_dir=str(tmp_path), memory_limit="1.5GB").memory_limit() == "1.5GB"


@pytest.mark.long
def test_what_a_person_leaves_in_a_snapshot_is_no_damage(settings: Project, ten_cards: Path) -> None:
    with built(settings, ten_cards) as store:
        folder = publish_plainly(store, settings).folder
        (folder / "notes.txt").write_text("seen")
        assert not publish_plainly(store, settings).is_new
        (folder / "parquet" / "main" / "mine.parquet").write_text("mine")
        assert publish_plainly(store, settings).is_new
