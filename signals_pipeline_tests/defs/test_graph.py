"""The graph that Dagster shows: a rename or a lost dependency shows up here."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from signals_pipeline.core.schema import column_names, columns
from signals_pipeline.definitions import defs
from signals_pipeline.defs import raw
from signals_pipeline.defs.columns import asset_key
from signals_pipeline.defs.resources import ProjectResource, StoreResource
from signals_pipeline.marts import lineage
from signals_pipeline.marts.build import marts
from signals_pipeline.marts.models import TABLES
from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
from signals_pipeline.outlooks.models import TABLES as OUTLOOK_TABLES
from signals_pipeline.outlooks.verdicts import Verdict
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.parsed.reader.forms import parts_read
from signals_pipeline.publish import dictionary
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES

ROOT = Path(__file__).parents[2]

BASE = "marts/able_cards marts/counted_topics marts/dated_issues marts/metric marts/topic_cards"

GRAPH = {
    "raw/inventory": "raw/cards",
    "topics/topics": "parsed/keywords parsed/themes",
    "topics/topic_surfaces": "parsed/keywords parsed/themes",
    "topics/mentions": "parsed/keywords parsed/themes",
    "topics/concept_members": "parsed/keywords parsed/themes",
    "topics/names_apart": "parsed/keywords parsed/themes",
    "meaning/embedding": (
        "parsed/behaviors parsed/cards parsed/concerns parsed/emerging_issues parsed/keywords parsed/signals "
        "parsed/technologies topics/topics"
    ),
    "meaning/nearest_card": "meaning/embedding parsed/cards parsed/keywords",
    "meaning/statement_history": (
        "meaning/embedding parsed/behaviors parsed/cards parsed/concerns parsed/emerging_issues "
        "parsed/keywords parsed/signals parsed/technologies"
    ),
    "meaning/topic_alias_candidates": "meaning/embedding topics/mentions",
    "meaning/concept_match": (
        "meaning/embedding parsed/behaviors parsed/concerns parsed/emerging_issues parsed/signals "
        "parsed/technologies topics/topics"
    ),
    "outlooks/verdict": "parsed/cards parsed/signals",
    "outlooks/outlook": "outlooks/verdict parsed/cards parsed/signals",
    "marts/metric": "",
    "marts/newsletter_issues": "parsed/cards",
    "marts/dated_issues": "marts/newsletter_issues",
    "marts/counted_cards": "marts/dated_issues parsed/cards parsed/signals",
    "marts/able_cards": "marts/counted_cards parsed/keywords parsed/themes",
    "marts/able_periods": "marts/able_cards marts/dated_issues marts/metric",
    "marts/topic_members": "topics/concept_members topics/topics",
    "marts/topic_names": "marts/topic_members topics/topic_surfaces topics/topics",
    "marts/statement_names": "marts/metric marts/statements marts/topic_names topics/mentions",
    "marts/statement_topics": "marts/statement_names marts/topic_names meaning/concept_match",
    "marts/topic_cards": "marts/counted_cards marts/topic_members topics/mentions topics/topics",
    "marts/counted_topics": "marts/topic_cards topics/topics",
    "marts/issue_overview": (
        "marts/dated_issues marts/metric marts/newsletter_issues marts/topic_cards parsed/cards "
        "parsed/draft_links parsed/drafts"
    ),
    "marts/topic_trend": "marts/able_periods marts/metric marts/topic_trend_counts",
    "marts/topic_trend_counts": (
        "marts/able_periods marts/counted_cards marts/counted_topics marts/dated_issues marts/metric "
        "marts/topic_cards"
    ),
    "marts/topic_sections": "marts/counted_cards marts/metric marts/statement_topics topics/topics",
    "marts/concept_trend_by_meaning": (
        "marts/able_periods marts/counted_cards marts/metric marts/statement_topics marts/statements"
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
    "marts/topic_pair": f"{BASE} marts/topic_members",
    "marts/topic_burst": "marts/metric marts/topic_burst_fit",
    "marts/topic_momentum": (
        "marts/able_cards marts/call_history marts/counted_cards marts/counted_topics marts/dated_issues "
        "marts/metric marts/topic_burst_fit marts/topic_cards marts/topic_members marts/topic_presence_fit "
        "marts/topic_shift marts/topic_trend_fit parsed/cards topics/concept_members topics/mentions"
    ),
    "marts/substitution": (
        "marts/metric marts/topic_momentum meaning/embedding topics/concept_members topics/names_apart"
    ),
    "marts/alert": (
        "marts/call_history marts/corpus_health marts/counted_cards marts/counted_topics marts/dated_issues "
        "marts/evidence marts/metric marts/statements marts/substitution marts/topic_burst "
        "marts/topic_momentum marts/topic_presence_fit marts/topic_shift parsed/keywords parsed/rejects "
        "parsed/themes"
    ),
    "marts/outlook_record": (
        "marts/counted_cards marts/counted_topics marts/metric marts/topic_cards outlooks/outlook"
    ),
    "marts/evidence": (
        "marts/statements marts/topic_members meaning/concept_match parsed/card_files parsed/cards "
        "topics/mentions topics/topics"
    ),
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


def test_the_database_depends_on_every_table_and_what_is_made_of_it_on_nothing_else(
    nodes: dict[str, dg.AssetSpec],
) -> None:
    everything = {f"parsed/{name}" for name in PARSED_TABLES} | {f"topics/{name}" for name in TOPIC_TABLES}
    everything |= {f"meaning/{name}" for name in MEANING_TABLES} | {f"marts/{name}" for name in marts()}
    everything |= {f"outlooks/{name}" for name in OUTLOOK_TABLES}
    read = {key: {dep.asset_key.to_user_string() for dep in spec.deps} for key, spec in nodes.items()}
    assert read["published/database"] == everything
    for name in ("parquet", "report", "csv", "workbook"):
        assert read[f"published/{name}"] == {"published/database"}


def test_there_are_seven_groups(nodes: dict[str, dg.AssetSpec]) -> None:
    groups = {"raw", "parsed", "topics", "meaning", "outlooks", "marts", "published"}
    assert {spec.group_name for spec in nodes.values()} == groups


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
        key = asset_key(name.removeprefix("main.")).to_user_string()
        shown = nodes[key].metadata["dagster/column_schema"]
        assert all(column.description for column in shown.columns), name
        said = any(" Computed from " in column.description for column in shown.columns)
        assert said == (name not in ("main.metric", "main.names_apart")), name


def test_the_lineage_of_columns_is_that_of_the_definition(nodes: dict[str, dg.AssetSpec]) -> None:
    lineage = nodes["marts/topic_trend_counts"].metadata["dagster/column_lineage"]
    assert {dep.asset_key.to_user_string() for dep in lineage.deps_by_column["n_cards_with"]} == {
        "marts/able_periods", "marts/counted_cards", "marts/counted_topics", "marts/dated_issues",
        "marts/topic_cards",
    }  # fmt: skip


def test_every_part_of_a_card_is_described_and_leads_to_what_is_read_from_it(
    nodes: dict[str, dg.AssetSpec],
) -> None:
    shown = nodes["raw/cards"].metadata["dagster/column_schema"].columns
    described = {column.name: column.description for column in shown}
    assert described.keys() == {
        part for table in PARSED_TABLES for parts in parts_read(table).values() for part in parts
    }
    assert described["## Signals: Change"] == (
        "A cell of the column Change in the section ## Signals. "
        "Read by [parsed.signals](/assets/parsed/signals) (change)."
    )
    assert described["## Summary"] == (
        "The summary of the article. Read by [parsed.cards](/assets/parsed/cards) (summary)."
    )
    assert raw.PARTS.keys() <= described.keys()


def test_every_asset_leads_to_its_code_and_every_mart_shows_its_sql(nodes: dict[str, dg.AssetSpec]) -> None:
    for key, spec in nodes.items():
        if key == "raw/cards":
            continue
        for one in spec.metadata["dagster/code_references"].code_references:
            line = Path(one.file_path).read_text("utf-8").splitlines()[one.line_number - 1]
            assert line.startswith(f"def {one.label.removesuffix('()')}(") or one.label.endswith(
                (".sql", ".py")
            )
    for name, mart in marts().items():
        shown = nodes[f"marts/{name}"].metadata
        assert shown["sql"].value == f"```sql\n{mart.sql}```" if mart.sql else "sql" not in shown
    of_a_computed = nodes["marts/topic_shift"].metadata["dagster/code_references"].code_references
    assert [one.label for one in of_a_computed] == ["shifts()", "topic_issue_counts.sql"]


def test_every_check_is_a_described_sentence(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    for key in graph.asset_check_keys:
        node = graph.get(key)
        assert node.description, key
        assert "_" in key.name, key
        # The list of checks beside a table shows so many letters, and dots in place of others.
        assert len(key.name) <= 29, key


def test_a_schedule_and_a_sensor_start_runs_and_one_sensor_tells_of_failures(
    definitions: dg.Definitions,
) -> None:
    repository = definitions.get_repository_def()
    (schedule,) = repository.schedule_defs
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * *", "UTC")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert sorted(sensors) == ["failures", "folder", "messages", "recoveries"]
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
    origin = lineage.origins(table).get(column, lineage.Origin())
    return frozenset().union(*(parts_behind(*end) for end in origin.computed_from))


def test_every_column_leads_back_to_parts_of_a_card() -> None:
    named_by_the_query = {
        "topic_trend_counts.grain", "topic_trend.grain", "window_diff.pair", "topic_pair.span",
        "corpus_health.section",
        "statements.section", "alert.section", "topic_burst_fit.kind", "topic_burst.kind",
        "topic_shift.kind", "topic_forecast.kind", "topic_trend_fit.kind", "able_cards.kind",
        "topic_presence_fit.kind", "call_history.kind",
        "able_periods.kind", "able_periods.grain", "topic_trend_fit.issues_back",
        "topic_presence_fit.issues_back", "topic_burst_fit.issues_back", "topic_forecast.horizon_issues",
        "topic_forecast.model", "embedding.model", "statement_history.section", "statement_names.section",
        "statement_topics.how", "outlook.section", "outlook_record.breakdown",
        "evidence.how",
    }  # fmt: skip
    written_by_a_person = {
        *(f"verdict.{name}" for name in Verdict._fields),
        "names_apart.name_a",
        "names_apart.name_b",
        *(f"outlook.{name}" for name in ("verdict", "decided", "link", "note")),
    }
    models = dictionary.STORED | dictionary.VIEWS
    lost = {
        f"{name.removeprefix('main.')}.{one.name}"
        for name, model in models.items()
        if name not in ("main.metric", "main.data_dictionary")
        for one in columns(model)
        if not parts_behind(name, one.name)
    }
    assert lost == named_by_the_query | written_by_a_person, (
        "compute them from columns in their SQL, or add those whose values the code writes to "
        "named_by_the_query: "
        f"{sorted(lost ^ named_by_the_query ^ written_by_a_person)}"
    )
    assert parts_behind("topic_trend", "topic") == {"## Keywords: list item", "## Themes: list item"}
    assert {"## Keywords: row", "## Themes: row"} <= parts_behind("topic_trend", "n_cards_with")
    assert parts_behind("parsed.signals", "change") == {"## Signals: Change"}


SAID = re.compile(r"\[?(?P<table>[a-z_.]+)(?:\]\(/assets/[a-z_/]+\))? \((?P<columns>[^)]+)\)")
"""A table with its columns, as an origin in words names them, with or without a link."""


def said_by(words: str) -> list[tuple[str, str]]:
    """The tables and columns that an origin in words names."""
    return [(one["table"], column) for one in SAID.finditer(words) for column in one["columns"].split(", ")]


def clicks_to_the_lists(words: dict[tuple[str, str], str], table: str, column: str) -> int | None:
    """How many tables have to be looked at until keywords or themes are named; None where they never are."""
    asked, seen = [(table, column)], set()
    for clicks in range(len(words)):
        ends = [end for one in asked for end in said_by(words.get(one, ""))]
        if any(end.startswith(("## Keywords: ", "## Themes: ")) for _, end in ends):
            return clicks
        seen.update(asked)
        asked = [end for end in dict.fromkeys(ends) if end not in seen]
    return None


def numbers_of_topic_marts() -> list[tuple[str, str]]:
    """The columns that count or measure something of a topic."""
    numbers = ("INTEGER", "BIGINT", "DOUBLE")
    return [
        (table, one.name)
        for table, model in TABLES.items()
        if any(name.startswith("topic_id") for name in column_names(model))
        for one in columns(model)
        if one.sql_type in numbers
    ]


def test_every_number_of_a_topic_mart_leads_to_keywords_or_themes(nodes: dict[str, dg.AssetSpec]) -> None:
    in_dictionary = {
        (dictionary.store_name(f"{row['table_schema']}.{row['table_name']}"), row["column_name"]): (
            row["comes_from"] or ""
        )
        for row in dictionary.rows()
        if row["table_kind"] != "macro"
    }
    in_ui = {
        (table, column): re.split(" (?=Computed from |Selected by )", shown.description)[-1]
        for table, column in in_dictionary
        if (node := nodes.get(asset_key(table).to_user_string()))
        for shown in node.metadata["dagster/column_schema"].columns
        if shown.name == column
    }
    numbers = numbers_of_topic_marts()
    assert len({table for table, _ in numbers}) == 15
    for words in (in_dictionary, in_ui):
        clicks = {one: clicks_to_the_lists(words, *one) for one in numbers}
        assert {one: n for one, n in clicks.items() if n is None or n > 4} == {}


def test_origins_are_worded_by_table() -> None:
    origin = lineage.Origin(
        frozenset({("parsed.cards", "path"), ("metric", "value"), ("parsed.cards", "form")}),
        frozenset({("mentions", "row_no")}),
    )
    words = "computed from metric, parsed.cards (form, path); selected by mentions (row_no)"
    assert lineage.in_words(origin) == words
    assert lineage.in_words(lineage.Origin()) is None
    assert said_by(words) == [("parsed.cards", "form"), ("parsed.cards", "path"), ("mentions", "row_no")]
