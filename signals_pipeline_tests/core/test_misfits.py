"""What a model says of a row is the same in SQL as in pandera."""

import duckdb
import pytest

from signals_pipeline.core.schema import Flag, Real, Table, Text, Whole, column, create_table, misfits
from signals_pipeline.core.validation import split, to_arrow
from signals_pipeline.marts.models import TABLES, VIEWS


class Bounded(Table):
    """One row per way in which a row may fit, or not."""

    word: Text = column("One of two.", isin=("a", "it's"))
    code: Text = column("A pattern.", str_matches=r"^[0-9a-f]{2}(@.+)?$")
    number: Whole = column("A whole number.", ge=1, le=9)
    share: Real = column("A share.", nullable=True, ge=0, le=1)
    flag: Flag = column("Yes or no.")


FITS = {"word": "it's", "code": "0f", "number": 1, "share": 0.5, "flag": False}
OTHERS = (
    {"share": None}, {"share": 1.0}, {"code": "aa@b c"}, {"number": 9}, {"word": "a"}, {},
    {"word": "b"}, {"word": None}, {"word": ""}, {"code": "0F"}, {"code": "0f1"}, {"code": "x0f"},
    {"number": 0}, {"number": 10}, {"share": -0.01}, {"share": 1.01}, {"share": float("nan")},
    {"share": float("inf")}, {"flag": None},
)  # fmt: skip
N_FITTING = 6
"""So many of them, the first ones, fit."""


def test_the_same_rows_fit_in_sql_as_in_pandera() -> None:
    rows = to_arrow([FITS | other for other in OTHERS], Bounded)
    _, failures = split(rows, Bounded)
    with duckdb.connect() as connection:
        connection.execute(create_table("bounded", Bounded).replace(" NOT NULL", ""))
        connection.execute("INSERT INTO bounded FROM rows")
        wrong = connection.execute(
            f"SELECT rowid FROM bounded WHERE {' OR '.join(misfits(Bounded))} ORDER BY rowid"
        ).fetchall()
    assert [number for (number,) in wrong] == list(range(N_FITTING, len(OTHERS)))
    # pandera takes what is no number for none.
    not_a_number = next(number for number, other in enumerate(OTHERS) if "nan" in str(other))
    assert {number for (number,) in wrong} - {not_a_number} == {one.position for one in failures} - {
        not_a_number
    }


@pytest.mark.parametrize("name", [*TABLES, *VIEWS])
def test_every_check_of_a_mart_has_its_sql(name: str) -> None:
    model = {**TABLES, **VIEWS}[name]
    with duckdb.connect() as connection:
        connection.execute(create_table(name, model))
        found = connection.execute(f"FROM {name} WHERE {' OR '.join(misfits(model))}").fetchall()
    assert found == []
