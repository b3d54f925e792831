"""The SQL files as such: what an analyst can paste, and what the lineage can be read from."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

import signals_pipeline.marts
from signals_pipeline.core.schema import column_names, columns
from signals_pipeline.marts import origins
from signals_pipeline.marts.build import code_version, column_lineage, marts
from signals_pipeline.marts.computed import COMPUTED, COUNTS
from signals_pipeline.marts.macros import scalar_macros_in
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.parameters import METRICS, metric_rows
from signals_pipeline.marts.queries import STATEMENTS, queries, query
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES
from signals_pipeline_tests.marts.sample import MADE_BY_SQL, database

QUERIES = (*MADE_BY_SQL, *VIEWS)
MODELS = {**TABLES, **VIEWS}
NAMED_BY_THE_QUERY = {
    ("topic_trend", "grain"),
    ("corpus_health", "section"),
    ("statements", "section"),
    ("window_diff", "pair"),
    ("topic_pair", "span"),
}
"""Columns whose values are written in the SQL itself: they come from no table."""


def test_every_file_is_a_mart_or_a_view():
    folder = Path(signals_pipeline.marts.__file__).parent / "sql"
    assert {path.stem for path in folder.iterdir()} == {*QUERIES, COUNTS} - {STATEMENTS}


@pytest.mark.parametrize("name", [*QUERIES, COUNTS])
def test_a_file_is_one_select_that_says_its_grain_and_question(name):
    text = query(name)
    assert text.startswith("-- One row per ")
    assert "?" in text[: re.search(r"^(WITH|SELECT)", text, re.MULTILINE).start()]
    assert ";" not in text
    (statement,) = sqlglot.parse(text, dialect="duckdb")
    assert isinstance(statement, exp.Select)
    # A mart is stored in its order; a view that had one would be sorted whole by whoever reads a row of it.
    assert bool(statement.args.get("order")) == (name not in VIEWS)
    assert not list(statement.find_all(exp.Star))


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_the_columns_of_its_model_with_their_types(name):
    described = database(()).execute(f"DESCRIBE {query(name)}").fetchall()
    assert [row[0] for row in described] == list(column_names(MODELS[name]))
    assert [row[1] for row in described] == [one.sql_type for one in columns(MODELS[name])]


@pytest.mark.parametrize("name", QUERIES)
def test_every_column_comes_from_a_table(name):
    models = {
        **TOPIC_TABLES,
        **MODELS,
        **{f"parsed.{table}": model for table, model in PARSED_TABLES.items()},
    }
    without_origin = set()
    for column, read in column_lineage(name).items():
        for table, origin in read:
            assert origin in column_names(models[table])
        if not read:
            without_origin.add((name, column))
    assert without_origin == {one for one in NAMED_BY_THE_QUERY if one[0] == name}


def test_what_is_remembered_of_the_queries_is_what_is_found_in_them():
    kept = Path(signals_pipeline.marts.__file__).with_name(origins.FILE_NAME)
    assert kept.read_text("utf-8") == origins.text(queries()), "run `make dictionary`"


def test_of_a_query_that_is_not_remembered_the_origins_are_found():
    changed = query("source_mix").replace("-- ", "-- Changed. ", 1)
    assert origins.read_by(changed) == origins.read_by(query("source_mix"))


def test_metric_has_a_row_for_every_parameter_that_a_query_reads():
    asked = set()
    for name in (*QUERIES, COUNTS):
        asked |= set(re.findall(r"metric\.metric = '(\w+)'\s+AND metric\.parameter = '(\w+)'", query(name)))
    numbers = {(one.metric, one.parameter) for one in METRICS if one.value is not None}
    assert asked
    assert asked <= numbers


def test_metric_rows_are_those_of_its_model():
    assert {tuple(row) for row in metric_rows()} == {column_names(TABLES["metric"])}
    keys = [(row["metric"], row["parameter"]) for row in metric_rows()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_every_column_says_what_it_means_and_every_model_its_grain(name):
    assert MODELS[name].__doc__.startswith("One row per ")
    assert all(one.description.endswith(".") for one in columns(MODELS[name]))


@pytest.mark.parametrize("name", COMPUTED)
def test_every_column_that_is_computed_comes_from_what_the_counts_are_read_from(name):
    mart = marts()[name]
    found = column_lineage(name)
    assert tuple(found) == column_names(mart.model)
    assert mart.reads == origins.found(query(COUNTS)).tables
    assert {table for read in found.values() for table, _ in read} <= set(mart.reads)
    assert found["topic_id"] == (("topics", "topic_id"),)
    assert found["topic"] == (("topics", "topic"),)


def test_a_mart_is_another_when_what_makes_its_numbers_is():
    versions = {name: code_version(mart) for name, mart in marts().items()}
    assert len(set(versions.values())) == len(versions)
    assert [macro.name for macro in scalar_macros_in(query("topic_momentum"))] == ["p_two_sided"]
    assert scalar_macros_in(query("topic_trend")) == ()
