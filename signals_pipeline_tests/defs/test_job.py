"""The real job, checks included, on folders of fixture cards."""

import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import dagster as dg
import duckdb
import pytest

from signals_pipeline import core
from signals_pipeline.core.checks import Check, listed_by
from signals_pipeline.core.lock import FILE_NAME
from signals_pipeline.core.settings import EDITED, PACKAGE, Project, Settings, project
from signals_pipeline.definitions import defs
from signals_pipeline.defs import glance
from signals_pipeline.defs.automation import VERSION_TAG
from signals_pipeline.defs.columns import asset_key
from signals_pipeline.defs.resources import ProjectResource, StoreResource
from signals_pipeline.marts import checks as mart_checks
from signals_pipeline.parsed import checks
from signals_pipeline_tests import corpus, fixtures
from signals_pipeline_tests.publish.test_unchanged import OF_A_RUN

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cards")
    corpus.generate(folder, n_cards=60, n_issues=12)
    return folder


class Job:
    """The job on a data folder of its own, with a history of its own."""

    def __init__(self, data: Path, raw_dir: Path, instance: dg.DagsterInstance) -> None:
        self.settings: Project = project(data_dir=str(data), raw_dir=str(raw_dir))
        self.instance = instance
        self.on_day("2026-06-30")

    def on_day(self, day: str) -> None:
        """Have the runs from now on take place on a day; Dagster keeps what a resource was made with."""
        given = self.settings.given
        self.project = ProjectResource(data_dir=given.data_dir, raw_dir=given.raw_dir, as_of=day)

    def run(self, *, raise_on_error: bool = True, accept_drop: bool = False) -> dg.ExecuteInProcessResult:
        return (
            defs()
            .resolve_job_def("refresh")
            .execute_in_process(
                instance=self.instance,
                resources={"project": self.project, "store": StoreResource(project=self.project)},
                run_config={"resources": {"store": {"config": {"accept_drop": accept_drop}}}},
                raise_on_error=raise_on_error,
            )
        )

    def rows(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.settings.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def job(tmp_path: Path, raw_dir: Path) -> Iterator[Job]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Job(tmp_path / "data", raw_dir, instance)


def fill(raw_dir: Path, *numbers: str) -> None:
    for path in fixtures.ALL:
        if path.stem[:2] in numbers:
            fixtures.load(path).write(raw_dir)


def metadata(result: dg.ExecuteInProcessResult, key: str) -> dict:
    (event,) = [e for e in result.get_asset_materialization_events() if e.asset_key.to_user_string() == key]
    return {name: value.value for name, value in event.materialization.metadata.items()}


def test_the_job_publishes_what_the_cards_say_and_every_blocking_check_passes(
    tmp_path: Path, cards: Path
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        job = Job(tmp_path / "data", cards, instance)
        result = job.run()
        assert job.rows("SELECT count(*) FROM parsed.cards") == [(60,)]
        assert job.rows("SELECT count(*) > 0 FROM topic_trend") == [(True,)]
        evaluations = result.get_asset_check_evaluations()
        failed = [
            one.check_name
            for one in evaluations
            if not one.passed and one.severity == dg.AssetCheckSeverity.ERROR
        ]
        assert failed == []
        shown = metadata(result, "marts/topic_trend")
        assert shown["dagster/row_count"] == job.rows("SELECT count(*) FROM topic_trend")[0][0]
        for name in glance.queries():
            (seen,) = [
                event.materialization.metadata["glance"]
                for event in result.get_asset_materialization_events()
                if event.asset_key == asset_key(name)
            ]
            assert isinstance(seen, dg.TableMetadataValue)
            assert len(seen.records) <= 10
            assert len(seen.schema.columns) <= 5
        assert metadata(result, "marts/issue_overview")["chart"].startswith("![")
        read = metadata(result, "marts/newsletter_issues")["glance"].records
        assert len(read) == 10
        known = {key for (key,) in job.rows("SELECT issue_key FROM issue_reading")}
        assert {one.data["issue_key"] for one in read} <= known
        assert metadata(result, "published/database")["is_new"] is True
        noted = json.loads((job.settings.build / "published").read_text("utf-8"))
        store = (job.settings.build / FILE_NAME).stat()
        assert (noted["snapshot"], noted["as_of"]) == (job.settings.snapshot, "2026-06-30")
        assert noted["inputs"] == job.settings.ingested_version()
        assert noted["store"] == [store.st_size, store.st_mtime_ns], "it is closed when that is noted"
        for spec in defs().resolve_all_asset_specs():
            name = spec.metadata.get("dagster/table_name")
            if name:
                assert len(job.rows(f"SELECT * FROM {name} LIMIT 0")) == 0
                page, _, section = metadata(result, spec.key.to_user_string())["report"].partition("#")
                assert f'id="{section}"' in Path(url2pathname(urlsplit(page).path)).read_text("utf-8")


@pytest.mark.long
def test_a_run_with_nothing_new_changes_no_table_and_publishes_nothing(job: Job, raw_dir: Path) -> None:
    fill(raw_dir, "02", "05")
    assert metadata(job.run(), "published/database")["is_new"] is True
    again = job.run()
    assert metadata(again, "published/database")["is_new"] is False
    assert metadata(again, "parsed/cards")["content_changed"] is False
    assert {
        metadata(again, f"marts/{name}")["content_changed"] for name in ("topic_trend", "issue_overview")
    } == {False}


class Heard(Settings):
    """Settings that note what they are asked for."""

    __slots__ = ()
    asked: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):
            Heard.asked.add(name)
        return super().__getattribute__(name)


@contextmanager
def opened_files() -> Iterator[set[Path]]:
    """The files that Python opens meanwhile."""
    found: set[Path] = set()
    is_on = [True]

    def hear(event: str, given: tuple[Any, ...]) -> None:
        if is_on and event == "open" and isinstance(given[0], (str, bytes)):
            found.add(Path(os.path.abspath(os.fsdecode(given[0]))))  # noqa: PTH100

    sys.addaudithook(hear)
    yield found
    # Nobody can take a hook away again.
    is_on.clear()


@pytest.mark.long
def test_a_run_reads_no_setting_and_no_file_of_which_the_next_one_does_not_see_that_it_is_another(
    job: Job, raw_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(raw_dir, "02")
    monkeypatch.setattr(core.settings, "Settings", Heard)
    Heard.asked.clear()
    with opened_files() as files:
        assert job.run().success
    assert {"as_of", "raw_dir", "data_dir"} <= Heard.asked
    assert Heard.asked <= OF_A_RUN.keys() | {"data_dir"}, "look() must see that it is another"
    assert {job.settings.aliases, next(raw_dir.iterdir())} <= files
    looked_at = [tmp_path, PACKAGE, job.settings.dagster_file, *map(job.settings.edited_file, EDITED)]
    of_python = [
        *(one for one in map(Path, sys.path) if one != ROOT),
        Path(sys.prefix),
        Path(sys.base_prefix),
    ]
    # They say nothing of what is published: where Dagster finds the definitions, and what machine this is.
    known = [ROOT / "dg.toml", Path(tempfile.gettempdir()), *map(Path, ("/dev", "/etc", "/proc", "/sys"))]
    others = {
        path
        for path in files
        if not any(path.is_relative_to(one) for one in (*looked_at, *of_python, *known))
    }
    assert others == set(), "look() must see that they are others"


@pytest.mark.long
def test_a_failed_blocking_check_keeps_the_store_and_publishes_nothing(
    job: Job, raw_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(raw_dir, "02")
    job.run()
    before = job.rows("SELECT snapshot FROM snapshot")
    fill(raw_dir, "05")
    lost = Check("every_row_is_accounted_for", "parsed.cards", "", lambda rows: ["a row is lost"])
    monkeypatch.setattr(checks, "BLOCKING", (lost,))
    with pytest.raises(dg.Failure, match="nothing was stored"):
        job.run()
    failed = job.run(raise_on_error=False)
    assert not failed.success
    materialized = {event.asset_key.to_user_string() for event in failed.get_asset_materialization_events()}
    assert not any(key.startswith(("parsed/", "topics/", "published/")) for key in materialized)
    assert job.rows("SELECT snapshot FROM snapshot") == before
    assert job.rows("SELECT count(*) FROM parsed.cards") == [(1,)]


@pytest.mark.long
def test_a_mart_that_contradicts_itself_is_not_published(
    job: Job, raw_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(raw_dir, "02")
    job.run()
    before = job.rows("SELECT snapshot FROM snapshot")
    fill(raw_dir, "05")
    one = next(check for check in mart_checks.INVARIANTS if check.table == "topic_trend")
    broken = replace(one, violations=listed_by("SELECT 1"))
    monkeypatch.setattr(mart_checks, "INVARIANTS", (broken,))
    failed = job.run(raise_on_error=False)
    assert not failed.success
    assert job.rows("SELECT snapshot FROM snapshot") == before


@pytest.mark.long
def test_a_folder_that_became_empty_gives_empty_tables_once_that_is_accepted(job: Job, raw_dir: Path) -> None:
    assert not job.run(raise_on_error=False).success
    fill(raw_dir, "02")
    job.run()
    for path in raw_dir.iterdir():
        path.unlink()
    assert not job.run(raise_on_error=False).success
    assert job.run(accept_drop=True).success
    assert job.rows("SELECT count(*) FROM parsed.cards") == [(0,)]
    assert job.rows("FROM topic_trend") == []


@pytest.mark.long
def test_a_foreseeable_failure_is_its_sentence_and_the_first_error_of_the_history(
    job: Job, raw_dir: Path
) -> None:
    raw_dir.rmdir()
    sentence = f"The raw folder {raw_dir} does not exist. Create it, or set SIGNALS_RAW_DIR."
    failed = job.run(raise_on_error=False)
    first = next(
        entry for entry in job.instance.all_logs(failed.run_id) if entry.level >= logging.ERROR
    ).dagster_event
    assert first.event_type == dg.DagsterEventType.STEP_FAILURE
    assert first.step_failure_data.user_failure_data.description == sentence
    assert first.step_failure_data.error.message.strip().endswith(f"Failure: {sentence}")


@pytest.mark.long
def test_what_only_the_publishing_reads_stops_the_run_before_anything_is_built(
    job: Job, raw_dir: Path
) -> None:
    def failed() -> list[str]:
        return [event.step_key or "" for event in job.run(raise_on_error=False).get_step_failure_events()]

    fill(raw_dir, "02")
    job.settings.data.mkdir()
    known = job.settings.data / "known.csv"
    known.write_text("topic,stage,until,reason\nkelp,growing,,\n", "utf-8")
    assert failed() == ["parsed"]
    known.unlink()
    job.project = ProjectResource(**job.project.model_dump() | {"base_url": "signals"})
    assert failed() == ["raw__inventory"]


@pytest.mark.long
def test_the_sensor_asks_for_a_run_when_the_folder_changed_and_not_again(job: Job, raw_dir: Path) -> None:
    sensor = defs().resolve_sensor_def("folder")
    cursor: str | None = None

    def tick() -> dg.SensorResult | dg.SkipReason:
        nonlocal cursor
        context = dg.build_sensor_context(
            instance=job.instance, cursor=cursor, resources={"project": job.project}, definitions=defs()
        )
        found = sensor(context)
        if isinstance(found, dg.SensorResult):
            cursor = found.cursor
        return found

    fill(raw_dir, "02")
    first = tick()
    assert isinstance(first, dg.SensorResult)
    (request,) = first.run_requests
    assert request.run_key is None
    assert request.tags[VERSION_TAG] == json.loads(first.cursor)["version"]
    job.run()
    assert isinstance(tick(), dg.SkipReason)

    (path,) = raw_dir.iterdir()
    kept = path.read_bytes()
    path.unlink()
    assert isinstance(tick(), dg.SensorResult)
    job.run(accept_drop=True)
    assert isinstance(tick(), dg.SkipReason)

    path.write_bytes(kept)
    assert isinstance(tick(), dg.SensorResult)
    job.run()
    assert job.rows("SELECT count(*) FROM parsed.cards") == [(1,)]
