"""What must hold in the marts whatever the cards say.

What follows from the columns of a model is checked wherever a model has such columns; what holds in one mart
alone stands in `checks.sql`.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import duckdb
import pyarrow

from signals_pipeline.core.checks import Check, Violations, listed_by, one_row_per_key
from signals_pipeline.core.listed import listed
from signals_pipeline.core.schema import Table, column_names, columns, misfits, primary_key
from signals_pipeline.marts.models import TABLES, VIEWS
from signals_pipeline.marts.queries import query

_FILE = Path(__file__).with_name("checks.sql")


def checks(mart: str) -> tuple[Check, ...]:
    """All that must hold in a mart, by its name, before it is kept."""
    model = (TABLES | VIEWS)[mart]
    fits = Check(
        "rows_fit_the_model",
        mart,
        f"Every row of {mart} fits its declared types, ranges and lengths.",
        partial(_unfit, mart, model),
    )
    keys = [one_row_per_key(mart, model)] if mart in TABLES else []
    return (fits, *keys, *(one for one in INVARIANTS if one.table == mart))


def _unfit(mart: str, model: type[Table], connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = [row[:2] for row in connection.execute(f"DESCRIBE {mart}").fetchall()]
    declared = [(one.name, one.sql_type) for one in columns(model)]
    if found != declared:
        return [f"columns are {found}, declared are {declared}"]
    return _listed_where(mart, ["*"], misfits(model))(connection)


def _listed_where(mart: str, shown: Iterable[str], wrong: Iterable[str]) -> Violations:
    """The rows in which any of some conditions holds."""
    is_wrong = " OR ".join(wrong)
    listing = listed_by(f"SELECT {', '.join(shown)} FROM {mart} WHERE {is_wrong}")

    def violations(connection: duckdb.DuckDBPyConnection) -> list[str]:
        # In WHERE DuckDB computes a column of a view as often as it is named, here once.
        n_wrong = connection.execute(f"SELECT count_if({is_wrong}) FROM {mart}").fetchall()[0][0]
        return listing(connection) if n_wrong else []

    return violations


def _of_columns(mart: str, model: type[Table]) -> Iterator[Check]:
    """The checks that follow from what columns a mart has."""
    names = column_names(model)
    if {"share", "share_lo", "share_hi"} <= set(names):
        yield _check(
            "shares_lie_in_their_intervals",
            mart,
            "0 <= share_lo <= share <= share_hi <= 1 wherever there is a share.",
            ("share_lo", "share", "share_hi"),
            "NOT (share BETWEEN 0 AND 1)",
            "NOT (share_lo BETWEEN 0 AND share)",
            "NOT (share_hi BETWEEN share AND 1)",
        )
    reals = [one.name for one in columns(model) if one.arrow_type == pyarrow.float64()]
    # Those of a view are made of those of tables, and lie between bounds.
    if reals and mart in TABLES:
        yield _check(
            "every_number_is_finite",
            mart,
            f"None of {', '.join(reals)} is NaN or infinite; what cannot be computed is NULL.",
            reals,
            *(f"NOT isfinite({real})" for real in reals),
        )
    if "diff_pp" in names:
        low, high = (_beginning(names, end) for end in ("diff_lo", "diff_hi"))
        yield _check(
            "differences_lie_in_intervals",
            mart,
            f"{low} <= diff_pp <= {high}; all three are there, or none is.",
            (low, "diff_pp", high),
            f"NOT (diff_pp BETWEEN {low} AND {high})",
            f"(diff_pp IS NULL) <> ({low} IS NULL)",
            f"(diff_pp IS NULL) <> ({high} IS NULL)",
        )
    tests = [name for name in names if name.startswith("p_")]
    if pairs := [(p, _q_of(p, names)) for p in tests]:
        yield _check(
            "every_q_is_from_its_p_to_1",
            mart,
            f"{', '.join(f'{p} <= {q} <= 1' for p, q in pairs)}; both are there, or none is.",
            [name for pair in pairs for name in pair],
            *(f"NOT ({q} BETWEEN {p} AND 1)" for p, q in pairs),
            *(f"({p} IS NULL) <> ({q} IS NULL)" for p, q in pairs),
        )


def _q_of(p: str, names: Iterable[str]) -> str:
    """The column with the q of a p: q_trend for p_trend, q where there is none of that name."""
    q = f"q{p.removeprefix('p')}"
    return q if q in names else "q"


def _beginning(names: Iterable[str], start: str) -> str:
    """The first name that begins so."""
    return next(name for name in names if name.startswith(start))


def _check(name: str, mart: str, description: str, shown: Iterable[str], *wrong: str) -> Check:
    """A check that none of some conditions holds in any row; a row that breaks it is shown with its key."""
    key = primary_key((TABLES | VIEWS)[mart])
    return Check(name, mart, description, _listed_where(mart, [*key, *shown], wrong))


def _of_file() -> Iterator[Check]:
    """The checks of single marts; the view evidence, which they may read, need not have been made.

    What they count are names: matches by meaning are left out of it.
    """
    given = {"statements": query("statements"), "lines": query("evidence")}
    given["evidence"] = "SELECT * FROM lines WHERE how = 'name'"
    ctes = ",\n".join(f"{name} AS (\n{sql}\n)" for name, sql in given.items())
    for heading, sql in listed(_FILE):
        title, *description = heading.split("\n")
        mart, _, name = title.partition(": ")
        yield Check(name, mart, " ".join(description), listed_by(f"WITH {ctes}\nFROM (\n{sql}\n)"))


INVARIANTS: tuple[Check, ...] = (
    *(check for mart, model in (TABLES | VIEWS).items() for check in _of_columns(mart, model)),
    *_of_file(),
)
"""What must hold beside types and keys; each reads nothing but its mart and what that is made from."""
