"""The SQL of the marts: as it stands in its files, and as it is made from the declared sections."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from signals_pipeline.core.schema import column_names
from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.marts.models import Statements
from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS

FOLDERS = ("base", "sql")
"""Where the files lie: the marts in `sql` are built on those in `base`."""

METRIC = "metric"
"""The one mart that no SQL makes: the parameters."""

STATEMENTS = "statements"
"""The one SELECT that has no file: it names every section with statements."""

NAMES = "statement_names"
SAID = "said_names"
"""The one SELECT that makes no table: that of `statement_names` reads it, and begins with it."""


@cache
def _files() -> dict[str, Path]:
    here = Path(__file__).parent
    return {path.stem: path for folder in FOLDERS for path in (here / folder).glob("*.sql")}


@cache
def query(name: str) -> str:
    """The SELECT of a mart or view, as text.

    Raises:
        LookupError: It has no file.
    """
    if name == STATEMENTS:
        return _statements()
    if name not in _files():
        raise LookupError(
            f"{name} is declared in marts/models.py: write its query into marts/sql/{name}.sql."
        )
    sql = own_query(name)
    if name == NAMES:
        return sql.replace("WITH\n", f"WITH\n{SAID} AS MATERIALIZED (\n{own_query(SAID)}),\n", 1)
    return sql


def own_query(name: str) -> str:
    """The SELECT as it stands in its file."""
    return _files()[name].read_text(encoding="utf-8")


def file(name: str) -> Path:
    """The file in which the SELECT of a mart or view stands."""
    return Path(__file__) if name == STATEMENTS else _files()[name]


def place(name: str) -> str:
    """The same as people name it."""
    return file(name).relative_to(PACKAGE).as_posix()


def _statements() -> str:
    names = column_names(Statements)
    between = ",\n        "
    union = "    UNION ALL\n".join(
        f"    SELECT\n        {between.join(_columns(section, names))}\n    FROM parsed.{section} AS s\n"
        for section in STATEMENT_SECTIONS
    )
    # Every column is qualified: a macro that reads a view takes a bare name in it for its own parameter.
    return f"""-- One row per statement: a row of any section that is no list.
-- What did the extractor read in a card, whatever the section?
WITH
all_statements AS (
{union})
SELECT
    {", ".join(f"a.{name}" for name in names)}
FROM all_statements AS a
"""


def _columns(section: str, names: Sequence[str]) -> Iterator[str]:
    """The columns of `statements` as a section has them; NULL where it does not."""
    own = column_names(SECTIONS[section].model)
    for name in names:
        if name == "section":
            yield f"'{section}' AS section"
        else:
            yield f"s.{name}" if name in own else f"NULL AS {name}"
