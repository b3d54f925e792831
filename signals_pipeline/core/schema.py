"""What a table is: one pandera model, from which types, comments and checks are derived.

Every table of the project is a subclass of `Table`. Its docstring is the table's description and
begins with the grain ("One row per ..."); its fields are the only place where its columns stand.
Nothing else may list the columns of a table.
"""

import importlib
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar

import pandas as pd
import pandera.pandas as pa
import pyarrow

from signals_pipeline.core.errors import SignalsError

if "dask.dataframe" not in sys.modules:
    # Where Dask is installed, pandera would load its frames as well: 50 MB and a second of each start, for
    # nothing here is one.
    sys.modules["dask.dataframe"] = None  # type: ignore[assignment]
    importlib.import_module("pandera.typing.dask")
    del sys.modules["dask.dataframe"]

Text = Annotated[pd.ArrowDtype, pyarrow.string()]
Whole = Annotated[pd.ArrowDtype, pyarrow.int32()]
Big = Annotated[pd.ArrowDtype, pyarrow.int64()]
Real = Annotated[pd.ArrowDtype, pyarrow.float64()]
Flag = Annotated[pd.ArrowDtype, pyarrow.bool_()]
Day = Annotated[pd.ArrowDtype, pyarrow.date32()]
Moment = Annotated[pd.ArrowDtype, pyarrow.timestamp("us")]
Bytes = Annotated[pd.ArrowDtype, pyarrow.list_(pyarrow.int8())]

SQL_TYPES: dict[pyarrow.DataType, str] = {
    pyarrow.string(): "VARCHAR",
    pyarrow.int32(): "INTEGER",
    pyarrow.int64(): "BIGINT",
    pyarrow.uint64(): "UBIGINT",
    pyarrow.float64(): "DOUBLE",
    pyarrow.bool_(): "BOOLEAN",
    pyarrow.date32(): "DATE",
    pyarrow.timestamp("us"): "TIMESTAMP",
    pyarrow.list_(pyarrow.int8()): "TINYINT[]",
}

_JOINS = re.compile(r"_(?:id|hash|sha256)(?:_[ab])?$|(?:^|_)row_no$")
"""Names of columns by which rows are joined, and which say nothing to a person."""


def column(
    description: str,
    *,
    unit: str | None = None,
    read_from: tuple[str, ...] = (),
    nullable: bool = False,
    isin: Iterable[str] | None = None,
    **checks: Any,
) -> Any:
    """A field of a `Table`: its description, unit, the card headers it is read from, and its checks.

    Where the values that it takes come with their meanings, these end the description, a line each.
    """
    if isinstance(isin, Mapping):
        description += "".join(f"\n{value}: {meaning}." for value, meaning in isin.items())
    return pa.Field(
        description=description,
        metadata={"unit": unit, "read_from": read_from},
        nullable=nullable,
        # pandera takes a tuple apart: the one value of one would be a text of which each letter is allowed.
        isin=isin if isin is None else list(isin),
        **checks,
    )


class Table(pa.DataFrameModel):
    """One row per record; base of every table.

    `key` names the columns that together are unique, `order` those that rows are published in the order of,
    where that is not the key.
    """

    def __init_subclass__(
        cls, *, key: tuple[str, ...] | None = None, order: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        """Give the model its key and order; without a key it has that of its base."""
        if key is not None:
            config = {"unique": list(key), "metadata": {"order": order}}
            cls.Config = type("Config", (cls.Config,), config)  # type: ignore[assignment, misc]
        super().__init_subclass__(**kwargs)  # type: ignore[no-untyped-call]

    class Config:
        """Frames carry exactly the declared columns, in order, already typed."""

        strict = True
        ordered = True
        coerce = False
        metadata: ClassVar[dict[str, tuple[str, ...]]] = {"order": ()}


@dataclass(frozen=True)
class Column:
    """One column as declared: name, DuckDB type, whether it may be NULL, and what it means."""

    name: str
    sql_type: str
    arrow_type: pyarrow.DataType
    nullable: bool
    description: str
    unit: str | None
    read_from: tuple[str, ...]
    constraints: tuple[str, ...]

    @property
    def comment(self) -> str:
        """The description with the unit in brackets, as it stands in the database."""
        return f"{self.description} [{self.unit}]" if self.unit else self.description


@cache
def columns(model: type[Table]) -> tuple[Column, ...]:
    """The columns of a model in order."""
    found = []
    for name, field in model.to_schema().columns.items():
        arrow_type = field.dtype.type.pyarrow_dtype
        metadata = field.metadata or {}
        found.append(
            Column(
                name=name,
                sql_type=SQL_TYPES[arrow_type],
                arrow_type=arrow_type,
                nullable=field.nullable,
                description=field.description or "",
                unit=metadata.get("unit"),
                read_from=metadata.get("read_from", ()),
                constraints=tuple(_constraint(check) for check in field.checks),
            )
        )
    return tuple(found)


def _constraint(check: pa.Check) -> str:
    """A check in words."""
    values = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return f"at least {values['min_value']:,}"
        case "less_than_or_equal_to":
            return f"at most {values['max_value']:,}"
        case "isin":
            return f"one of {', '.join(values['allowed_values'])}"
        case "str_matches":
            return f"matches {values['pattern']}"
        case "str_length" if values.get("max_value") is not None:
            return f"at most {values['max_value']:,} characters"
        case _:
            return str(check.error or check.name)


@cache
def misfits(model: type[Table]) -> tuple[str, ...]:
    """What holds in a row that does not fit a model, as SQL conditions; a NULL where it may be one fits."""
    found = []
    for name, field in model.to_schema().columns.items():
        found += [f"NOT {_condition(name, check)}" for check in field.checks]
        found += [] if field.nullable else [f"{name} IS NULL"]
    return tuple(found)


def _condition(name: str, check: pa.Check) -> str:
    """A check of a column in SQL."""
    values = check.statistics or {}
    match check.name:
        case "greater_than_or_equal_to":
            return f"{name} >= {values['min_value']!r}"
        case "less_than_or_equal_to":
            return f"{name} <= {values['max_value']!r}"
        case "isin":
            return f"{name} IN ({', '.join(map(sql_text, values['allowed_values']))})"
        case "str_matches":
            return f"regexp_matches({name}, {sql_text(values['pattern'])})"
        case _:
            raise NotImplementedError(f"core/schema.py does not say what {check.name} is in SQL.")


@cache
def column_names(model: type[Table]) -> tuple[str, ...]:
    """The names of a model's columns in order."""
    return tuple(one.name for one in columns(model))


def assert_columns(given: Collection[str], model: type[Table], source: str) -> None:
    """Raise `LookupError` unless the columns that a SELECT gives are those of a model, in whatever order."""
    declared = column_names(model)
    wrong = {
        "gives no": [name for name in declared if name not in given],
        f"gives what {model.__name__} does not declare:": [name for name in given if name not in declared],
    }
    faults = [f"{what} {', '.join(names)}" for what, names in wrong.items() if names]
    if faults:
        raise LookupError(f"{source} {' and '.join(faults)}. Change the query or the model.")


@cache
def max_lengths(model: type[Table]) -> dict[str, int]:
    """The greatest number of characters that each text column may have, where there is one."""
    return {
        name: check.statistics["max_value"]
        for name, field in model.to_schema().columns.items()
        for check in field.checks
        if check.name == "str_length" and check.statistics.get("max_value") is not None
    }


@cache
def arrow_schema(model: type[Table]) -> pyarrow.Schema:
    """The Arrow schema of a model's rows."""
    return pyarrow.schema([(one.name, one.arrow_type) for one in columns(model)])


def primary_key(model: type[Table]) -> tuple[str, ...]:
    """The columns that together are unique, empty where rows may repeat."""
    return tuple(model.to_schema().unique or ())


def row_order(model: type[Table]) -> tuple[str, ...]:
    """The columns that the rows of a model are published in the order of: its own, the key, else all."""
    return model.Config.metadata["order"] or primary_key(model) or column_names(model)


def description(model: type[Table]) -> str:
    """The model's docstring on one line: the grain, then what the table is for.

    Raises:
        SignalsError: Python was started so that it forgets docstrings.
    """
    if model.__doc__ is None:
        raise SignalsError("Python forgets what tables mean with PYTHONOPTIMIZE=2 or -OO. Start it without.")
    return " ".join(model.__doc__.split())


def readable(declared: Sequence[Column]) -> list[Column]:
    """Columns in the order in which people read them: those that only join rows come last."""
    return sorted(declared, key=lambda one: _JOINS.search(one.name) is not None)


def create_table(name: str, model: type[Table], *, for_readers: bool = False) -> str:
    """The CREATE TABLE statement of a model under a (qualified) name, declared or `readable`."""
    ordered = readable(columns(model)) if for_readers else columns(model)
    lines = [f'  "{one.name}" {one.sql_type}' + ("" if one.nullable else " NOT NULL") for one in ordered]
    return f"CREATE TABLE {name} (\n" + ",\n".join(lines) + "\n)"


def create_plain_table(name: str, columns: pyarrow.Schema) -> str:
    """The CREATE TABLE statement of a table that no model describes."""
    types = ", ".join(f'"{one.name}" {SQL_TYPES[one.type]}' for one in columns)
    return f"CREATE TABLE {name} ({types})"


def sql_text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def comments(name: str, model: type[Table], kind: str = "TABLE") -> list[str]:
    """The COMMENT statements of a table or view and its columns."""
    statements = [f"COMMENT ON {kind} {name} IS {sql_text(description(model))}"]
    statements += [
        f'COMMENT ON COLUMN {name}."{one.name}" IS {sql_text(one.comment)}' for one in columns(model)
    ]
    return statements
