"""Rows into typed Arrow tables that fit their model; what does not fit comes back with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd
import pandera.errors
import pyarrow
import pyarrow.compute

from signals_pipeline.core.errors import ValidationOffError
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import Table, Text, Whole, arrow_schema, column

_CODES = {
    "not_nullable": Code.MISSING_VALUE,
    "greater_than_or_equal_to": Code.OUT_OF_RANGE,
    "less_than_or_equal_to": Code.OUT_OF_RANGE,
    "isin": Code.NOT_ALLOWED,
    "str_matches": Code.NOT_ALLOWED,
    "multiple_fields_uniqueness": Code.DUPLICATE_KEY,
}


_WORDS = {"greater_than_or_equal_to": "too small", "less_than_or_equal_to": "too large"}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one row does not fit: the row's position, a short code and a sentence."""

    position: int
    code: Code
    reason: str


def to_arrow(rows: Sequence[Mapping[str, Any]], model: type[Table]) -> pyarrow.Table:
    """Rows as an Arrow table with the model's columns; a column that a row does not have is NULL."""
    return pyarrow.Table.from_pylist(rows, schema=arrow_schema(model))


def to_frame(table: pyarrow.Table) -> pd.DataFrame:
    """An Arrow table as a frame, its columns still Arrow."""
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def split(table: pyarrow.Table, model: type[Table]) -> tuple[pyarrow.Table, list[Failure]]:
    """The rows that fit the model, and why the others do not.

    Raises:
        pandera.errors.SchemaErrors: The table itself, not a row of it, is not what the model declares.
    """
    if table.num_rows == 0:
        return table, []
    try:
        model.validate(to_frame(table), lazy=True)
    except pandera.errors.SchemaErrors as error:
        failures = _failures(error)
        bad = {failure.position for failure in failures}
        good = pyarrow.array([position not in bad for position in range(table.num_rows)])
        return table.filter(good), failures
    return table, []


def _failures(error: pandera.errors.SchemaErrors) -> list[Failure]:
    """The first failure of each row."""
    cases = error.failure_cases
    if cases["index"].isna().any():
        raise error
    found: dict[int, Failure] = {}
    for position, name, check, value in zip(
        cases["index"], cases["column"], cases["check"], cases["failure_case"], strict=True
    ):
        found.setdefault(int(position), _failure(int(position), str(name), str(check), value))
    return [found[position] for position in sorted(found)]


def _failure(position: int, column: str, check: str, value: object) -> Failure:
    name = check.partition("(")[0]
    if name == "str_length":
        code = Code.FIELD_TOO_LONG if len(str(value)) > 1 else Code.MISSING_VALUE
        return Failure(position, code, f"{column} has {len(str(value)):,} characters, too many to be one.")
    code = _CODES.get(name, Code.NOT_ALLOWED)
    if code == Code.MISSING_VALUE:
        return Failure(position, code, f"{column} is missing.")
    return Failure(
        position, code, f"{column} is {str(value)[:100]!r}, which is {_WORDS.get(name, 'not allowed')}."
    )


class _Probe(Table):
    """One row per way in which a row may be wrong."""

    text: Text = column("A short text.", str_length={"max_value": 2})
    number: Whole = column("A number.", ge=1)


@cache
def assert_validation_is_on() -> None:
    """Raise `ValidationOffError` unless pandera refuses rows that it must refuse; looked at once a process.

    pandera's environment variables can switch it off, and then every check is green.
    """
    wrong = to_arrow(
        [{"text": None, "number": 1}, {"text": "a", "number": 0}, {"text": "abc", "number": 1}], _Probe
    )
    _, failures = split(wrong, _Probe)
    if len(failures) != wrong.num_rows:
        raise ValidationOffError(
            "pandera does not check what it must: "
            "unset PANDERA_VALIDATION_ENABLED and PANDERA_VALIDATION_DEPTH."
        )
