"""The SQL files as such: what an analyst can paste, and what the lineage can be read from."""

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.lineage import lineage

import signals_pipeline.marts
from signals_pipeline.core.schema import column_names, columns
from signals_pipeline.marts import build
from signals_pipeline.marts.build import TREND_COUNTS, code_version, inputs, marts
from signals_pipeline.marts.computed import COMPUTED, COUNTS
from signals_pipeline.marts.lineage import origins, read_by
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.parameters import METRICS, metric_rows
from signals_pipeline.marts.queries import FOLDERS, NAMES, SAID, STATEMENTS, place, query
from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
from signals_pipeline.outlooks.models import TABLES as OUTLOOK_TABLES
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.topics.models import TABLES as TOPIC_TABLES
from signals_pipeline.topics.models import Mentions
from signals_pipeline_tests.marts.sample import MADE_BY_SQL, insert

QUERIES = (*MADE_BY_SQL, *VIEWS)
MODELS = {**TABLES, **VIEWS}
NAMED_BY_THE_QUERY = {
    ("able_cards", "kind"),
    ("able_periods", "kind"),
    ("able_periods", "grain"),
    ("corpus_health", "section"),
    ("outlook_record", "breakdown"),
    ("statements", "section"),
    ("statement_topics", "how"),
    ("evidence", "how"),
    ("window_diff", "pair"),
    ("topic_pair", "span"),
}
"""Columns whose values are written in the SQL itself: they come from no table."""


def test_every_file_is_a_mart_or_a_view():
    root = Path(signals_pipeline.marts.__file__)
    files = [path for name in FOLDERS for path in root.with_name(name).iterdir()]
    declared = {*QUERIES, COUNTS, SAID} - {STATEMENTS}
    said = "add its model to marts/models.py, and its name to TABLES there"
    assert sorted(path.stem for path in files) == sorted(declared), said


@pytest.mark.parametrize("name", [*QUERIES, COUNTS])
def test_a_file_is_one_select_that_says_its_grain_and_question(name):
    text = query(name)
    assert text.startswith("-- One row per ")
    assert "?" in text[: re.search(r"^(WITH|SELECT)", text, re.MULTILINE).start()]
    assert ";" not in text
    (statement,) = sqlglot.parse(text, dialect="duckdb")
    assert isinstance(statement, exp.Select)
    # A mart is stored in its order; a view that had one would be sorted whole by whoever reads a row of it.
    order = bool(statement.args.get("order"))
    assert order == (name not in VIEWS), f"end {place(name)} with ORDER BY and the key of its model"
    assert not any(one.is_star for one in statement.selects), f"name the columns in {place(name)}"
    counted = any(isinstance(star.parent, exp.Count) for star in statement.find_all(exp.Star))
    assert not counted, f"name the column that is counted in {place(name)}, such as count(card_id)"


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_gives_the_columns_of_its_model_with_their_types(without_cards, name):
    described = without_cards.execute(f"DESCRIBE {query(name)}").fetchall()
    declared = [(one.name, one.sql_type) for one in columns(MODELS[name])]
    mend = f"cast columns in {place(name)}, or change their types in marts/models.py"
    # A table is stored by the names of its columns, a view is what it is.
    assert sorted(row[:2] for row in described) == sorted(declared), mend
    if name in VIEWS:
        assert [row[:2] for row in described] == declared, f"order the columns of {place(name)} as declared"


@pytest.mark.parametrize("name", QUERIES)
def test_every_column_comes_from_a_table(name):
    models = {
        **TOPIC_TABLES,
        **MEANING_TABLES,
        **OUTLOOK_TABLES,
        **MODELS,
        **{f"parsed.{table}": model for table, model in PARSED_TABLES.items()},
    }
    without_origin = set()
    for column, origin in origins(name).items():
        for table, end in origin.computed_from | origin.selected_by:
            assert end in column_names(models[table])
        if not origin.computed_from:
            without_origin.add((name, column))
    assert without_origin == {one for one in NAMED_BY_THE_QUERY if one[0] == name}, (
        f"make them from columns in {place(name)}, or add those whose values it writes to NAMED_BY_THE_QUERY"
    )


@pytest.mark.parametrize("name", [*QUERIES, COUNTS])
def test_what_a_column_is_computed_from_is_what_sqlglot_finds(name):
    made_before = {**TOPIC_TABLES, **MEANING_TABLES, **OUTLOOK_TABLES}
    schema = {"parsed": PARSED_TABLES, "main": {**made_before, **MODELS}}
    types = {
        group: {table: {one.name: one.sql_type for one in columns(model)} for table, model in models.items()}
        for group, models in schema.items()
    }
    found = {}
    # It does not look into macros; this one is written out.
    text = query(name).replace(
        "benjamini_hochberg('tests')", "(SELECT *, concat(p, family_size) AS q FROM tests)"
    )
    tree = sqlglot.parse_one(text, dialect="duckdb").transform(without_what_selects)
    for column, root in lineage(None, tree, schema=types, dialect="duckdb", trim_selects=False).items():
        ends = [node for node in root.walk() if not node.downstream and isinstance(node.source, exp.Table)]
        found[column] = {
            (
                f"{end.source.db}.{end.source.name}".removeprefix("main.").removeprefix("."),
                end.name.rpartition(".")[2],
            )
            for end in ends
        }
    ours = {column: origin.computed_from for column, origin in read_by(query(name)).origins.items()}
    assert {column: {end for end in ends if end[0] != "metric"} for column, ends in ours.items()} == {
        column: {end for end in ends if end[0] != "metric"} for column, ends in found.items()
    }


def without_what_selects(node):
    """An expression without its windows and filters, which sqlglot takes for what it is computed from."""
    if isinstance(node, exp.Filter):
        return node.this
    is_rank = isinstance(node, exp.Window) and not node.this.find(exp.Column)
    if isinstance(node, exp.Window) and not is_rank and node.arg_key != "windows":
        return node.this
    if is_rank:
        node.set("partition_by", None)
    return node


def test_metric_has_a_row_for_every_parameter_that_a_query_reads():
    asked = {one for name in (*QUERIES, COUNTS) for one in read_by(query(name)).parameters}
    numbers = {(one.metric, one.parameter) for one in METRICS if one.value is not None}
    assert asked
    assert asked <= numbers


def test_a_parameter_that_changes_is_a_change_of_the_marts_that_read_it_and_of_no_other(store):
    models = {f"parsed.{name}": model for name, model in PARSED_TABLES.items()}
    models |= TOPIC_TABLES | MEANING_TABLES | OUTLOOK_TABLES | TABLES
    for name, model in models.items():
        store.connection.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {empty(model)}")
        store.note_built(name, model, {})
    for name, model in VIEWS.items():
        store.connection.execute(f"CREATE VIEW {name} AS {empty(model)}")
        store.note_built(name, model, {})

    def versions(changed):
        rows = [tuple(row.values()) for row in metric_rows()]
        rows = [
            (*row[:4], -1.0, *row[5:]) if row[0] == changed[0] and row[3] == changed[1] else row
            for row in rows
        ]
        store.connection.execute("DELETE FROM metric")
        insert(store.connection, "metric", rows)
        store.note_built("metric", TABLES["metric"], {})
        return {name: inputs(store, mart) for name, mart in marts().items()}

    before = versions((None, None))
    for one in METRICS:
        if one.value is not None:
            after = versions((one.metric, one.parameter))
            call = f"parameter('{one.metric}', '{one.parameter}')"
            read = {name for name, mart in marts().items() if call in mart.sql or mart.is_computed}
            read |= {name for name, mart in marts().items() if "metric" in mart.reads and not mart.parameters}
            assert {name for name in after if after[name] != before[name]} == read, call


def empty(model):
    return f"SELECT {', '.join(f'NULL::{one.sql_type} AS {one.name}' for one in columns(model))} WHERE FALSE"


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
    found = origins(name)
    assert tuple(found) == column_names(mart.model)
    assert mart.reads == read_by(query(COUNTS)).tables
    ends = {end for origin in found.values() for end in origin.computed_from | origin.selected_by}
    assert {table for table, _ in ends} <= set(mart.reads)
    assert found["topic_id"].computed_from == {("counted_topics", "topic_id")}
    assert found["topic"].computed_from == {("counted_topics", "topic")}


def test_a_mart_is_another_when_what_makes_its_numbers_is():
    versions = {name: code_version(mart) for name, mart in marts().items()}
    assert len(set(versions.values())) == len(versions)
    assert read_by(query("topic_momentum")).calls == ("parameter", "wilson", "newcombe")
    assert read_by(query("topic_trend")).calls == ("parameter", "wilson")
    assert read_by(query("evidence")).calls == ()


def test_a_check_that_changes_is_a_change_of_every_mart(monkeypatch):
    before = {name: code_version(mart) for name, mart in marts().items()}
    known = build._version_of
    another = {("checks.*",): "another"}
    monkeypatch.setattr(build, "_version_of", lambda *files: another.get(files) or known(*files))
    assert not {code_version(mart) for mart in marts().values()} & set(before.values())


@pytest.mark.parametrize("name", sorted({name for mart in marts().values() for name in mart.calls}))
def test_a_macro_that_changes_is_a_change_of_the_marts_that_call_it_and_of_no_other(monkeypatch, name):
    before = {one: code_version(mart) for one, mart in marts().items()}
    another = macros() | {name: replace(macros()[name], create="another")}
    monkeypatch.setattr(build, "macros", lambda: another)
    changed = {one for one, mart in marts().items() if code_version(mart) != before[one]}
    assert changed == {one for one, mart in marts().items() if name in mart.calls}


def test_a_select_a_column_or_python_code_that_changes_is_a_change_of_its_mart(monkeypatch):
    for mart in marts().values():
        others = (replace(mart, sql=f"{mart.sql} "), replace(mart, model=Mentions))
        assert len({code_version(one) for one in (mart, *others)}) == 3, mart.name
    before = {name: code_version(mart) for name, mart in marts().items()}
    monkeypatch.setattr(build, "python_version", lambda: "another")
    changed = {name for name, mart in marts().items() if code_version(mart) != before[name]}
    assert changed == {*COMPUTED, NAMES}


def test_another_library_is_a_change_of_the_marts_that_it_computes(monkeypatch):
    before = {name: code_version(mart) for name, mart in marts().items()}
    with monkeypatch.context() as patch:
        patch.setattr(np, "__version__", "another")
        changed = {name for name, mart in marts().items() if code_version(mart) != before[name]}
        assert changed == {*COMPUTED, NAMES}
    monkeypatch.setattr(duckdb, "__version__", "another")
    assert not {code_version(mart) for mart in marts().values()} & set(before.values())


def test_no_mart_reads_what_its_version_does_not_tell():
    """Its rows follow from tables, parameters and macros; a part of a mart is told which topics it is of."""
    elsewhere = r"current_\w+|now|today|random|uuid|read_\w+|getenv|get\w*variable|nextval|gen_random_uuid"
    texts = {mart.name: mart.sql for mart in marts().values()} | {
        one: macros()[one].create for mart in marts().values() for one in mart.calls
    }
    found = {name: set(re.findall(rf"\b({elsewhere})\(", text)) for name, text in texts.items()}
    assert {name: asked for name, asked in found.items() if asked} == {TREND_COUNTS: {"getvariable"}}
    assert not [name for name, text in texts.items() if re.search(r"\bcurrent_(date|time)\w*\b", text)]
