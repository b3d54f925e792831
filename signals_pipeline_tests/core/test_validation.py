"""Rows that do not fit their model come back with a reason; the others are kept."""

from typing import Any

import pandas as pd
import pandera.errors
import pyarrow
import pytest

from signals_pipeline.core import schema, validation
from signals_pipeline.core.errors import ValidationOffError
from signals_pipeline.core.schema import Flag, Table, Text, Whole, arrow_schema, column
from signals_pipeline.parsed.models import TABLES, Cards, RawCells
from signals_pipeline.parsed.sections import MAX_CELL, MAX_NAME, Keywords, Signals


class Sample(Table, key=("name",)):
    """One row per sample."""

    name: Text = column("Name.", str_length={"min_value": 1, "max_value": 5})
    kind: Text = column("Kind.", nullable=True, isin=("a", "b"))
    code: Text = column("Code.", nullable=True, str_matches="^[0-9]+$")
    size: Whole = column("Size.", nullable=True, ge=1, le=5)
    is_new: Flag = column("Whether it is new.", nullable=True)


def split(
    *rows: dict[str, Any], model: type[Table] = Sample
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    good, failures = validation.split(validation.to_arrow(rows, model), model)
    return good.to_pylist(), [(one.position, one.code) for one in failures]


def test_rows_become_typed_columns_and_what_a_row_lacks_is_null() -> None:
    table = validation.to_arrow([{"name": "x", "other": 1}, {"name": "y", "size": 2}], Sample)
    assert table.schema == arrow_schema(Sample)
    assert table.column("size").to_pylist() == [None, 2]
    assert table.column("is_new").to_pylist() == [None, None]


def test_a_frame_keeps_the_types() -> None:
    frame = validation.to_frame(validation.to_arrow([{"name": "x"}], Sample))
    assert frame.dtypes["size"] == pd.ArrowDtype(pyarrow.int32())


class OneKind(Table, key=("kind",)):
    """One row per kind, of which there is one."""

    kind: Text = column("Kind.", isin=("one",))


def test_a_column_that_takes_one_value_takes_that_and_no_letter_of_it() -> None:
    rows = ({"kind": "one"}, {"kind": "o"})
    assert split(*rows, model=OneKind) == ([{"kind": "one"}], [(1, "not-allowed")])
    assert schema.columns(OneKind)[0].constraints == ("one of one",)


def test_no_rows_are_fine() -> None:
    assert split() == ([], [])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": None}, "missing-value"),
        ({"name": ""}, "missing-value"),
        ({"name": "abcdef"}, "field-too-long"),
        ({"kind": "c"}, "not-allowed"),
        ({"code": "1a"}, "not-allowed"),
        ({"size": 0}, "out-of-range"),
        ({"size": 6}, "out-of-range"),
    ],
)
def test_a_row_that_does_not_fit_comes_back_with_its_code(wrong: dict[str, Any], code: str) -> None:
    good, failures = split({"name": "x"}, {"name": "y"} | wrong, {"name": "z", "size": 5, "kind": "a"})
    assert [row["name"] for row in good] == ["x", "z"]
    assert failures == [(1, code)]


def test_rows_with_one_key_are_all_refused() -> None:
    good, failures = split({"name": "x"}, {"name": "y"}, {"name": "x"})
    assert [row["name"] for row in good] == ["y"]
    assert failures == [(0, "duplicate-key"), (2, "duplicate-key")]


def test_a_row_with_several_faults_is_one_failure() -> None:
    good, failures = split({"name": "abcdef", "size": 9, "kind": "c"})
    assert good == []
    assert len(failures) == 1


def test_all_rows_may_be_wrong() -> None:
    good, failures = split({"name": None}, {"name": None, "size": 0})
    assert good == []
    assert [position for position, _ in failures] == [0, 1]


def test_reasons_are_short_sentences() -> None:
    rows = [{"name": "x" * 10_000}, {"name": "y", "kind": "k" * 10_000}]
    _, failures = validation.split(validation.to_arrow(rows, Sample), Sample)
    assert all(len(one.reason) < 250 and one.reason.endswith(".") for one in failures)
    assert failures[0].reason.startswith("name has 10,000 characters")


@pytest.mark.parametrize("text", ["\u2028", "\x85", "\u202e", "\U0001f600", "e\u0301", "\x0b", " "])
def test_odd_characters_count_as_one(text: str) -> None:
    good, failures = split({"name": text * (5 // len(text))})
    assert (len(good), failures) == (1, [])


@pytest.mark.parametrize(
    ("model", "name", "limit"),
    [(Keywords, "raw_text", MAX_NAME), (Signals, "name", MAX_NAME), (Signals, "description", MAX_CELL)],
)
def test_a_text_may_be_as_long_as_its_limit(model: type[Table], name: str, limit: int) -> None:
    row = {"card_id": "0" * 32, "row_no": 1, "line": 1, "name": "x", "n_source_items": 1}
    fits = row | {name: "é" * limit}
    too_long = row | {name: "é" * (limit + 1), "row_no": 2}
    good, failures = split(fits, too_long, model=model)
    assert [one["row_no"] for one in good] == [1]
    assert failures == [(1, "field-too-long")]


@pytest.mark.parametrize("card_id", ["0" * 32, "0" * 32 + "@2b99040"])
def test_a_card_id_may_carry_a_version(card_id: str) -> None:
    row = {"card_id": card_id, "row_no": 1, "line": 1, "section": "s", "column_name": "c", "raw_text": "t"}
    assert split(row, model=RawCells)[1] == []


def test_a_table_of_another_shape_is_an_error_and_no_failure_of_rows() -> None:
    with pytest.raises(pandera.errors.SchemaErrors):
        validation.split(pyarrow.table({"name": ["x"]}), Sample)
    with pytest.raises(pandera.errors.SchemaErrors):
        validation.split(validation.to_arrow([{"name": "x"}], Sample), Cards)


def test_validation_that_is_switched_off_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    look = validation.assert_validation_is_on.__wrapped__
    look()
    monkeypatch.setattr(validation, "split", lambda table, model: (table, []))
    with pytest.raises(ValidationOffError):
        look()


@pytest.mark.parametrize("name", TABLES)
def test_every_model_says_what_its_table_is(name: str) -> None:
    model = TABLES[name]
    assert schema.description(model).startswith("One row per ")
    assert all(one.description.endswith(".") for one in schema.columns(model))
    assert set(schema.primary_key(model)) <= set(schema.column_names(model))
