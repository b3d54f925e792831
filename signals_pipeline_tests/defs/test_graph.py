"""The graph that Dagster shows: a rename or a lost dependency shows up here."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from signals_pipeline.core.schema import columns
from signals_pipeline.definitions import defs
from signals_pipeline.defs.resources import ProjectResource, StoreResource
from signals_pipeline.marts import lineage
from signals_pipeline.marts.build import marts
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.publish import dictionary
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

ROOT = Path(__file__).parents[2]

BASE = "marts/able_cards marts/counted_topics marts/dated_issues marts/metric marts/topic_cards"

GRAPH = {
    "raw/inventory": "raw/cards",
    "topics/topics": "parsed/keywords parsed/themes",
    "topics/topic_surfaces": "parsed/keywords parsed/themes",
    "topics/mentions": "parsed/keywords parsed/themes",
    "topics/topic_alias_candidates": "parsed/keywords parsed/themes",
    "marts/metric": "",
    "marts/newsletter_issues": "parsed/cards",
    "marts/dated_issues": "marts/newsletter_issues",
    "marts/counted_cards": "marts/dated_issues parsed/cards parsed/signals",
    "marts/able_cards": "marts/counted_cards parsed/keywords parsed/themes",
    "marts/able_periods": "marts/able_cards marts/dated_issues marts/metric",
    "marts/topic_cards": "marts/counted_cards topics/mentions topics/topics",
    "marts/counted_topics": "marts/topic_cards topics/topics",
    "marts/issue_overview": (
        "marts/dated_issues marts/metric marts/newsletter_issues marts/topic_cards parsed/cards "
        "parsed/draft_links parsed/drafts"
    ),
    "marts/topic_trend": (
        "marts/able_periods marts/counted_cards marts/counted_topics marts/dated_issues marts/metric "
        "marts/topic_cards"
    ),
    "marts/source_mix": "marts/counted_cards marts/counted_topics marts/metric marts/topic_cards",
    "marts/corpus_health": (
        "marts/counted_cards marts/statements marts/topic_cards parsed/keywords parsed/rejects parsed/themes"
    ),
    "marts/topic_trend_fit": BASE,
    "marts/topic_presence_fit": BASE,
    "marts/call_history": BASE,
    "marts/topic_burst_fit": BASE,
    "marts/topic_shift": BASE,
    "marts/topic_forecast": BASE,
    "marts/window_diff": BASE + " marts/topic_presence_fit",
    "marts/topic_pair": BASE,
    "marts/topic_burst": "marts/metric marts/topic_burst_fit",
    "marts/topic_momentum": (
        "marts/able_cards marts/call_history marts/counted_cards marts/counted_topics marts/dated_issues "
        "marts/metric marts/topic_burst_fit marts/topic_cards marts/topic_presence_fit marts/topic_shift "
        "marts/topic_trend_fit parsed/cards topics/mentions"
    ),
    "marts/alert": (
        "marts/call_history marts/corpus_health marts/counted_cards marts/counted_topics marts/dated_issues "
        "marts/evidence marts/metric marts/statements marts/topic_burst marts/topic_momentum "
        "marts/topic_presence_fit marts/topic_shift parsed/keywords parsed/rejects parsed/themes"
    ),
    "marts/evidence": "parsed/card_files parsed/cards topics/mentions",
    "marts/statements": (
        "parsed/behaviors parsed/concerns parsed/emerging_issues parsed/signals parsed/technologies"
    ),
} | {f"parsed/{name}": "raw/inventory" for name in PARSED_TABLES}


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()


@pytest.fixture(scope="module")
def nodes(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_the_graph_is_the_one_that_is_written_here(nodes: dict[str, dg.AssetSpec]) -> None:
    found = {
        key: " ".join(sorted(dep.asset_key.to_user_string() for dep in spec.deps))
        for key, spec in nodes.items()
        if spec.group_name != "published" and key != "raw/cards"
    }
    changed = {key: found.get(key) for key in found | GRAPH if found.get(key) != GRAPH.get(key)}
    assert found == GRAPH, f"write into GRAPH (where None, there is no such asset): {changed}"


def test_what_is_published_depends_on_every_table(nodes: dict[str, dg.AssetSpec]) -> None:
    everything = {f"parsed/{name}" for name in PARSED_TABLES} | {f"topics/{name}" for name in TOPIC_TABLES}
    everything |= {f"marts/{name}" for name in marts()}
    for key in ("published/database", "published/parquet", "published/report"):
        assert {dep.asset_key.to_user_string() for dep in nodes[key].deps} == everything


def test_there_are_five_groups(nodes: dict[str, dg.AssetSpec]) -> None:
    assert {spec.group_name for spec in nodes.values()} == {"raw", "parsed", "topics", "marts", "published"}


def test_leaf_names_are_unique(nodes: dict[str, dg.AssetSpec]) -> None:
    leaves = [key.rpartition("/")[2] for key in nodes if key != "raw/cards"]
    assert len(leaves) == len(set(leaves))


def test_every_asset_is_described_owned_and_has_a_kind(nodes: dict[str, dg.AssetSpec]) -> None:
    for key, spec in nodes.items():
        assert spec.description, key
        assert spec.kinds, key
        assert spec.owners or key == "raw/cards", key


def test_every_table_shows_its_columns_before_the_first_run(nodes: dict[str, dg.AssetSpec]) -> None:
    for name in [*dictionary.STORED, "main.evidence", "main.statements"]:
        schema, _, table = name.partition(".")
        group = "parsed" if schema == "parsed" else "topics" if table in TOPIC_TABLES else "marts"
        shown = nodes[f"{group}/{table}"].metadata["dagster/column_schema"]
        assert all(column.description for column in shown.columns), name
        assert any(" From " in column.description for column in shown.columns) == (table != "metric"), name


def test_every_check_is_a_described_sentence(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.asset_check_keys:
        node = graph.get(key)
        assert node.description, key
        assert "_" in key.name, key


def test_a_schedule_and_a_sensor_start_runs_and_one_sensor_tells_of_failures(
    definitions: dg.Definitions,
) -> None:
    repository = definitions.get_repository_def()
    (schedule,) = repository.schedule_defs
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "UTC")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert sorted(sensors) == ["failures", "folder", "recoveries"]
    assert {sensor.default_status for sensor in sensors.values()} == {dg.DefaultSensorStatus.RUNNING}


SET = """
from signals_pipeline.definitions import defs
(schedule,) = defs().get_repository_def().schedule_defs
print(schedule.cron_schedule, schedule.execution_timezone)
given = defs().resolve_job_def("refresh").run_config_schema.config_type.fields["resources"]
print(given.config_type.fields["project"].config_type.fields["config"].default_value)
"""


@pytest.mark.long
def test_what_the_environment_sets_is_in_force_and_shown_by_the_name_of_its_variable() -> None:
    given = {
        "SIGNALS_DAILY_AT": "18:30",
        "SIGNALS_TIME_ZONE": "Europe/Paris",
        "SIGNALS_WEBHOOK": "https://hook.example/secret",
        "SIGNALS_AS_OF": "",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SET],
        cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=True,
    )  # fmt: skip
    due, config = done.stdout.splitlines()
    assert due == "30 18 * * * Europe/Paris"
    assert "'webhook': {'env': 'SIGNALS_WEBHOOK'}" in config
    assert "'as_of': ''" in config
    assert "secret" not in config


def test_what_is_set_for_a_run_holds_for_its_store_too(definitions: dg.Definitions, tmp_path: Path) -> None:
    seen: list[Path] = []

    @dg.asset
    def looks(project: ProjectResource, store: StoreResource) -> None:
        seen.extend([project.get().data, store.settings.data])

    dg.materialize(
        [looks],
        resources=definitions.resources,
        run_config={"resources": {"project": {"config": {"data_dir": str(tmp_path)}}}},
    )
    assert seen == [tmp_path, tmp_path]


def test_every_job_runs_in_one_process_and_keeps_nothing_to_itself(definitions: dg.Definitions) -> None:
    for job in definitions.get_repository_def().get_all_jobs():
        assert job.executor_def is dg.in_process_executor, job.name
        assert not job.run_config, job.name


@pytest.mark.long
def test_the_definitions_load_without_a_warning() -> None:
    code = (
        "import warnings; warnings.simplefilter('error', UserWarning);"
        "from signals_pipeline.definitions import defs; defs().get_repository_def()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_only_defs_knows_dagster_and_only_the_parser_knows_markdown_it() -> None:
    for path in (ROOT / "signals_pipeline").rglob("*.py"):
        place = path.relative_to(ROOT / "signals_pipeline")
        text = path.read_text("utf-8")
        if place.parts[0] not in ("defs", "definitions.py"):
            assert "import dagster" not in text, place
            assert "from dagster" not in text, place
        if place.as_posix() != "parsed/reader/markdown.py":
            assert "markdown_it" not in text, place


@cache
def parts_behind(table: str, column: str) -> frozenset[str]:
    """The parts of a card that a column is computed from, through all tables between."""
    if table == lineage.CARDS:
        return frozenset({column})
    return frozenset().union(*(parts_behind(*read) for read in lineage.origins(table).get(column, ())))


def test_every_column_leads_back_to_parts_of_a_card() -> None:
    named_by_the_query = {
        "topic_trend.grain", "window_diff.pair", "topic_pair.span", "corpus_health.section",
        "statements.section", "alert.section", "topic_burst_fit.kind", "topic_burst.kind",
        "topic_shift.kind", "topic_forecast.kind", "topic_trend_fit.kind", "able_cards.kind",
        "topic_presence_fit.kind", "call_history.kind",
        "able_periods.kind", "able_periods.grain",
    }  # fmt: skip
    models = dictionary.STORED | dictionary.VIEWS
    lost = {
        f"{name.removeprefix('main.')}.{one.name}"
        for name, model in models.items()
        if name not in ("main.metric", "main.data_dictionary")
        for one in columns(model)
        if not parts_behind(name, one.name)
    }
    assert lost == named_by_the_query, (
        "compute them from columns in their SQL, or add those whose values it writes to named_by_the_query: "
        f"{sorted(lost ^ named_by_the_query)}"
    )
    assert parts_behind("topic_trend", "topic") == {"## Keywords: list item", "## Themes: list item"}
    assert {"## Keywords: row", "## Themes: row"} <= parts_behind("topic_trend", "n_cards_with")
    assert parts_behind("parsed.signals", "change") == {"## Signals: Change"}


def test_origins_are_worded_by_table() -> None:
    read = [("parsed.cards", "form"), ("metric", "value"), ("mentions", "row_no"), ("parsed.cards", "path")]
    assert lineage.in_words(read) == "mentions (row_no); metric; parsed.cards (form, path)"
    assert lineage.in_words([]) is None
