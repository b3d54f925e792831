"""Names in statements, looked for again only where a statement or a name is new.

Whether a statement says a name follows from these two alone. So of the last run the pairs of a statement and
a name that are both still there are kept; new statements are searched for all names, and the others for new
names.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow

from signals_pipeline.core.store import THREADS, Config, Store, connect
from signals_pipeline.marts.macros import macros
from signals_pipeline.marts.parts import Parts
from signals_pipeline.marts.queries import SAID, own_query

_TABLES = """
CREATE TABLE IF NOT EXISTS internal.said_names (
    section VARCHAR, card_id VARCHAR, row_no INTEGER, name VARCHAR, n_words BIGINT
);
CREATE TABLE IF NOT EXISTS internal.said_in (
    section VARCHAR, card_id VARCHAR, row_no INTEGER, version UBIGINT
);
CREATE TABLE IF NOT EXISTS internal.said_of (name VARCHAR);
"""
"""The pairs; the statements that were searched, each with a version of all that it says; the names."""

_NOW = """
CREATE TEMP TABLE statements_now AS
SELECT section, card_id, row_no, hash(s) AS version FROM main.statements AS s;
CREATE TEMP TABLE names_now AS SELECT DISTINCT name FROM main.topic_names;
"""

_FORGET = "DELETE FROM internal.said_names; DELETE FROM internal.said_in; DELETE FROM internal.said_of;"

_FORGET_WHAT_IS_GONE = """
CREATE TEMP TABLE gone AS FROM internal.said_in EXCEPT FROM statements_now;
DELETE FROM internal.said_names AS s USING gone AS g
WHERE s.section = g.section AND s.card_id = g.card_id AND s.row_no = g.row_no;
DROP TABLE gone;
DELETE FROM internal.said_names WHERE name NOT IN (FROM names_now);
CREATE TEMP TABLE new_statements AS FROM statements_now EXCEPT FROM internal.said_in;
CREATE TEMP TABLE new_names AS FROM names_now EXCEPT FROM internal.said_of;
"""

_NEW = "SEMI JOIN new_statements USING (section, card_id, row_no)"

_MAY_SAY_NEW_NAMES = """
ANTI JOIN new_statements USING (section, card_id, row_no)
WHERE regexp_matches(lower(CAST(s AS VARCHAR)), getvariable('may_say'))
"""

STATEMENTS_AT_ONCE = 20_000
"""Statements searched at a time: their words take some 100 MB."""

_REMEMBER = """
DELETE FROM internal.said_in;
INSERT INTO internal.said_in FROM statements_now;
DELETE FROM internal.said_of;
INSERT INTO internal.said_of FROM names_now;
DROP TABLE statements_now;
DROP TABLE names_now;
"""

_SEAL = """
SELECT concat_ws(
    ' ',
    (SELECT concat(count(*), ':', sum(hash(t)::HUGEINT)) FROM internal.said_names AS t),
    (SELECT concat(count(*), ':', sum(hash(t)::HUGEINT)) FROM internal.said_in AS t),
    (SELECT concat(count(*), ':', sum(hash(t)::HUGEINT)) FROM internal.said_of AS t)
)
"""

_PLAIN = r"\x00-\x7f–—’‘“”…"
"""Signs that words_of leaves, or takes for others that are no letters or digits."""


def bring_up_to_date(store: Store, version: str, parts: Parts | None = None) -> None:
    """Have in `internal.said_names` what the SELECT of said_names gives; within a transaction.

    `version` is that of the code. What was kept by other code, or is not as it was left, is not used. `parts`
    searches the statements; without it this process does.
    """
    execute = store.connection.execute
    execute(_TABLES + _NOW)
    if store.noted(SAID) != f"{version} {store.value(_SEAL)}":
        execute(_FORGET)
    if store.value("SELECT count(*) FROM internal.said_in"):
        execute(_FORGET_WHAT_IS_GONE)
        _search(store, parts, _NEW, "names_now")
        names = [name for (name,) in store.rows("FROM new_names")]
        if names:
            execute("SET VARIABLE may_say = ?", [may_say(names)])
            _search(store, parts, _MAY_SAY_NEW_NAMES, "new_names")
            execute("RESET VARIABLE may_say")
        execute("DROP TABLE new_statements; DROP TABLE new_names")
    else:
        _search(store, parts, "", "names_now")
    execute(_REMEMBER)
    store.note(SAID, f"{version} {store.value(_SEAL)}")


def _search(store: Store, parts: Parts | None, which: str, names: str) -> None:
    """Add to `internal.said_names` what some statements say of the names in a table."""
    connection = store.connection
    connection.execute(f"""
        CREATE TEMP TABLE to_search AS
        SELECT
            row_number() OVER () AS place,
            section, card_id, row_no, name, description, change, ten_year, driving_force
        FROM main.statements AS s {which}
    """)
    topic_names = connection.sql(f"FROM {names}").to_arrow_table()
    n, n_bytes = store.rows("""
        SELECT count(*), coalesce(sum(strlen(concat(name, description, change, ten_year, driving_force))), 0)
        FROM to_search
    """)[0]

    def searches() -> Iterator[partial[pyarrow.Table]]:
        for first in range(0, n, STATEMENTS_AT_ONCE):
            sql = f"FROM to_search WHERE place > {first} AND place <= {first + STATEMENTS_AT_ONCE}"
            yield partial(said_in, connection.sql(sql).to_arrow_table(), topic_names, store.memory_limit_now)

    for said in (parts or Parts()).do(searches(), n_bytes):
        store.append("internal.said_names", said)
    connection.execute("DROP TABLE to_search")


def said_in(statements: pyarrow.Table, topic_names: pyarrow.Table, memory_limit: str) -> pyarrow.Table:
    """The rows of said_names for some statements and names, found in a database of its own with a limit."""
    config: Config = {"threads": THREADS, "memory_limit": memory_limit}
    with (
        TemporaryDirectory() as scratch,
        connect(Path(":memory:"), {**config, "temp_directory": scratch}) as connection,
    ):
        for name in ("folded", "words_of"):
            connection.execute(macros()[name].create)
        connection.register("statements", statements)
        connection.register("topic_names", topic_names)
        found: pyarrow.Table = connection.sql(own_query(SAID)).to_arrow_table()
        return found


def may_say(names: Iterable[str]) -> str:
    """A pattern that fits every text, in small letters, in which one of some names may stand.

    Of each name it looks for the longest run of plain letters and digits. A text with signs that may become
    such ones, as those of full width do, fits too.
    """
    runs = {max(re.findall("[a-z0-9]+", name), key=len, default="") for name in names}
    if "" in runs:
        return ""
    return f"(^|[^a-z0-9])({'|'.join(sorted(runs))})($|[^a-z0-9])|[^{_PLAIN}]"
