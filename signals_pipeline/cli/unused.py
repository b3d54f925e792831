"""Lines of the tables that a person edits that match nothing: a slip in most of them shows nowhere else."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb

from signals_pipeline.core.edited import EditedRow, edited_rows
from signals_pipeline.core.errors import BadInputFileError
from signals_pipeline.core.settings import Project, as_it_came
from signals_pipeline.outlooks.models import VERDICT
from signals_pipeline.parsed.identity import CORRECTION_COLUMNS
from signals_pipeline.publish import known
from signals_pipeline.publish.reader import connect
from signals_pipeline.topics import aliases, concepts
from signals_pipeline.topics.canonical import Aliases, canonical, reduced
from signals_pipeline.topics.folding import fold
from signals_pipeline.topics.models import MENTIONED, RELATIONS
from signals_pipeline.topics.reviewed import Reviewed, read_reviewed

_COLUMNS = {
    "aliases.csv": aliases.COLUMNS,
    "concepts.csv": concepts.COLUMNS,
    "issue_dates.csv": CORRECTION_COLUMNS,
    "known.csv": known.COLUMNS,
}

_IsUsed = Callable[[EditedRow], bool]


def unused(settings: Project) -> Iterator[tuple[Path, list[int]]]:
    """The files of which lines of one's own match nothing that is published, with these lines, in order.

    What came with the project is for cards of many kinds: its lines are left out, as are those that stand in
    the last commit of a checkout. No verdict came with it.
    """
    if not settings.database.exists():
        return
    edited = settings.edited()
    reviewed = read_reviewed(settings, edited)
    with connect(settings.database) as connection:
        for name, columns in _COLUMNS.items():
            path = settings.edited_file(name)
            rows = list(edited_rows(path, edited[name] or b"", columns))
            came = _came_with_it(name)
            own = [row for row in rows if row.cells not in came]
            if not own:
                continue
            is_used = _is_used(name, connection, reviewed, rows)
            lines = [row.line for row in own if not is_used(row)]
            if lines:
                yield path, lines
        judged = connection.execute(
            f"SELECT line FROM {VERDICT} WHERE why_not IS NOT NULL ORDER BY line"
        ).fetchall()
        if judged:
            yield settings.verdicts, [line for (line,) in judged]


def _came_with_it(name: str) -> set[tuple[str, ...]]:
    """The rows that came with the project; none where a person has committed what is no such table."""
    path = Path("data", name)
    try:
        return {row.cells for row in edited_rows(path, as_it_came(str(path)), _COLUMNS[name])}
    except BadInputFileError:
        return set()


def _is_used(
    name: str, connection: duckdb.DuckDBPyConnection, reviewed: Reviewed, rows: Sequence[EditedRow]
) -> _IsUsed:
    match name:
        case "aliases.csv":
            return _names_a_surface(connection, reviewed.aliases, rows)
        case "concepts.csv":
            return _names_a_topic(connection, reviewed.aliases)
        case "known.csv":
            return _names_a_concept(connection, reviewed)
        case _:
            return _names_an_issue(connection)


def _names_a_surface(
    connection: duckdb.DuckDBPyConnection, named: Aliases, rows: Sequence[EditedRow]
) -> _IsUsed:
    """Whether a keyword or theme leads to the surface of a row, by the rules or through other rows."""
    found = {
        (kind, reduced(surface, fold(surface), named.of_kind(kind))[0])
        for kind, surface in connection.execute("SELECT kind, surface FROM topic_surfaces").fetchall()
    }
    surfaces = dict.fromkeys(fold(row.cells[0]) for row in rows)

    def is_used(row: EditedRow) -> bool:
        return any((kind, fold(row.cells[0])) in found for kind in _kinds(row))

    n_before = -1
    while len(found) > n_before:
        n_before = len(found)
        for row in filter(is_used, rows):
            topic = row.cells[1]
            found |= {(kind, reduced(topic, fold(topic), surfaces)[0]) for kind in _kinds(row)}
    return is_used


def _kinds(row: EditedRow) -> Sequence[str]:
    return (row.cells[2],) if row.cells[2] else MENTIONED


def _names_a_topic(connection: duckdb.DuckDBPyConnection, named: Aliases) -> _IsUsed:
    """Whether the member of a row is on a card, or where it is a definition, any member of its concept is.

    A refusal is a decision about names, whether cards have them or not.
    """
    topics = set(connection.execute("SELECT kind, topic FROM topics").fetchall())

    def is_used(row: EditedRow) -> bool:
        concept, _, member, relation, _ = row.cells
        if relation in RELATIONS:
            return any((kind, canonical(member, kind, named).topic) in topics for kind in MENTIONED)
        return bool(relation) or ("concept", fold(concept)) in topics

    return is_used


def _names_a_concept(connection: duckdb.DuckDBPyConnection, reviewed: Reviewed) -> _IsUsed:
    """Whether the topic of a row is a name of a concept that a card has."""
    found = connection.execute("SELECT topic FROM topics WHERE kind = 'concept'").fetchall()
    on_cards = {topic for (topic,) in found}
    return lambda row: not on_cards.isdisjoint(known.concepts_named(row.cells[0], reviewed))


def _names_an_issue(connection: duckdb.DuckDBPyConnection) -> _IsUsed:
    tokens = connection.execute(
        "SELECT trim(issue_token) FROM parsed.cards UNION SELECT trim(issue_token) FROM parsed.drafts"
    ).fetchall()
    return lambda row: (row.cells[0],) in tokens
