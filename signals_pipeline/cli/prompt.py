"""Asking the published database: a prompt by DuckDB's own client, queries, or one of twenty questions."""

import contextlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import NoReturn

import duckdb

from signals_pipeline.cli.lines import harmless, plain
from signals_pipeline.core.errors import BadInputFileError, SignalsError
from signals_pipeline.core.schema import sql_text
from signals_pipeline.core.settings import Project, shown, typed
from signals_pipeline.publish.questions import Question, questions
from signals_pipeline.publish.reader import connect

_TOPIC = "topic"
"""The parameter of questions that names a topic."""

_WORDS = r"[\p{L}\p{N}]+([ -][\p{L}\p{N}]+)*"

_OWN_TABLES = re.compile(r'"(?:pg_|sqlite_|duckdb_|information_schema)')
"""Names of DuckDB's own tables among those that it offers in place of a wrong one."""

_COMPARED_TOPIC = re.compile(r"\btopic\s*=\s*'((?:[^']|'')+)'", re.IGNORECASE)
_MISSING_TABLE = re.compile(r"Table with name (\w+) does not exist")
_UNQUOTED = re.compile(r'column "([^"]+)" was not found because the FROM clause is missing')

_BY_A_MACRO = "Invalid Input Error: "
"""What DuckDB writes before a sentence that a macro says is wrong."""

HINTS = 4
"""Lines of what DuckDB offers in place of something wrong; of a function it lists every form."""

UNBOUNDED = 1_000_000
"""More characters than any line of a result has."""

PAGER = "less -SRXF"
"""What shows results on a terminal: it breaks no lines, ends where all fits, and lets only colors through."""

SHOWN_ROWS = 1_000
"""Of a result on a terminal, the rows that are shown; more are counted."""

DIGITS = 4
"""Significant digits of a number with decimals, as a table shows it; a file that COPY writes has all."""

_IN_UTF_8 = {"LESSCHARSET": "utf-8"}
"""The pager is given UTF-8, whatever the locale says."""

_EXAMPLES = {
    "FROM data_dictionary": "what is there, and what it means",
    "FROM questions()": "twenty questions, each with the query that asks it",
    "FROM ask_4({topic})": "one of them, for a topic of your own",
    "FROM rising()": "what rises, and is it more than noise?",
    "FROM trend([{topics}], grain := 'year')": "shares with their intervals",
    "FROM evidence_of({topic})": "the lines of cards that name it",
    "FROM search({words})": "the cards and statements with the most of these words",
    "FROM card('{card}')": "all that stands in a card, with its lines",
    "FROM nearest('{encoded}')": "the cards nearest to it in meaning",
}
"""What a person may ask to begin with, and what that gives: each where there is what it names."""

_HOW = """\
A query ends with a semicolon, and Tab completes names. Ctrl-D leaves. {wide}
.mode line shows one column a line, .mode csv and .once FILE write a file, and
.help lists what else there is.
"""

_WIDE = "What is too large\nopens in a pager, in which arrow keys move and q goes back."


def example_topics(database: Path, n: int = 1) -> list[str]:
    """The n topics of most cards of a published database, as SQL writes them; others where these are too few.

    They stand in a command that a person copies into a shell, so that they are of words alone.
    """
    found: list[str] = []
    if database.exists():
        with connect(database) as connection:
            found = _topics(connection, n)
    return [*found, *map(sql_text, ("ai", "heat pump"))][:n]


def _topics(connection: duckdb.DuckDBPyConnection, n: int) -> list[str]:
    found = connection.execute(
        "SELECT topic FROM counted_topics WHERE regexp_full_match(topic, $words)"
        " GROUP BY topic ORDER BY max(n_cards) DESC, topic LIMIT $n",
        {"words": _WORDS, "n": n},
    ).fetchall()
    return [sql_text(topic) for (topic,) in found]


def welcome(database: Path, *, is_paged: bool) -> str:
    """What a person may ask at the prompt."""
    with connect(database) as connection:
        names = _what_is_there(connection)
    examples = {
        f"  {query.format(**names)};": gives
        for query, gives in _EXAMPLES.items()
        if names.keys() >= {name for _, name, _, _ in Formatter().parse(query) if name}
    }
    width = max(map(len, examples)) + 2
    lines = [f"{query:<{width}}{gives}" for query, gives in examples.items()]
    how = _HOW.format(wide=_WIDE if is_paged else "")
    return "\n".join([f"{shown(database)}, read-only. To begin with:", "", *lines, "", how])


def _what_is_there(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What examples name, as SQL writes it: topics, words and the beginning of a card's id."""
    topics = _topics(connection, 2)
    ((words, card, encoded),) = connection.execute(
        "SELECT"
        " (SELECT arg_max(surface, n_cards) FROM topic_surfaces WHERE regexp_full_match(surface, $words)),"
        " (SELECT left(min(card_id), 6) FROM parsed.cards),"
        " (SELECT left(min(card_id), 6) FROM nearest_card)",
        {"words": _WORDS},
    ).fetchall()
    found = {
        "topic": topics[0] if topics else None,
        "topics": ", ".join(topics),
        "words": sql_text(words) if words else None,
        "card": encoded or card,
        "encoded": encoded,
    }
    return {name: text for name, text in found.items() if text}


def open_prompt(settings: Project) -> NoReturn:
    """Become DuckDB's client on the published database. Its exit code is the command's: 1 after a fault.

    Its history is kept in the data folder. Whoever has a ~/.duckdbrc has chosen there how results look.

    Raises:
        SignalsError: The client is not there, or cannot be started.
    """
    client = _client()
    is_paged = shutil.which("less") is not None and not Path("~/.duckdbrc").expanduser().exists()
    commands = [
        ".startup_text none",
        # Else it keeps what does not fit into memory in the snapshot, where a killed one leaves it.
        "SET temp_directory = ''",
        # A pager for every result, since a terminal would obey what cards say. It takes lines of any width.
        *([".pager on", f".maxwidth {UNBOUNDED}", f".maxrows {SHOWN_ROWS}"] if is_paged else []),
    ]
    arguments = [str(client), "-readonly", *(part for one in commands for part in ("-cmd", one))]
    own = {
        "DUCKDB_HISTORY": str(settings.prompt_history),
        "DUCKDB_PAGER": PAGER,
        **_IN_UTF_8,
    }
    print(welcome(settings.database, is_paged=is_paged), flush=True)
    try:
        os.execve(client, [*arguments, str(settings.database)], own | os.environ)
    except OSError as error:
        raise SignalsError(f"{client} cannot be started ({error.strerror}). {_without_client()}") from None


def _client() -> Path:
    """The program that the package duckdb-cli brings, whatever else of that name is on this machine."""
    package = importlib.util.find_spec("duckdb_cli")
    if package is None or not package.submodule_search_locations:
        raise SignalsError(f"The prompt needs the package duckdb-cli, which is not here. {_without_client()}")
    return Path(package.submodule_search_locations[0], "duckdb")


def _without_client() -> str:
    return f"Queries can be asked without it: {typed('sql', 'FROM rising()')}"


def answer(database: Path, text: str) -> int:
    """Show what each query of a text gives, up to one that fails; 1 where one does."""
    with connect(database) as connection:
        try:
            for statement in connection.extract_statements(text):
                if statement.type == duckdb.StatementType.COPY:
                    ((n_rows, *_), *_) = connection.execute(statement).fetchall()
                    print(f"{n_rows:,} {'row is' if n_rows == 1 else 'rows are'} copied.")
                # A relation without rows is false.
                elif (relation := connection.sql(statement)) is not None:
                    _show(relation)
                    _tell(_other_names(connection, relation, text))
        except duckdb.Error as error:
            print(_told(error), file=sys.stderr)
            _tell(_hints(connection, text, str(error)))
            return 1
    return 0


def listed_questions(database: Path) -> str:
    """The questions by number, each with what may be put into it, and what is where nobody says."""
    with connect(database) if database.exists() else contextlib.nullcontext() as connection:
        lines = []
        for one in questions():
            lines.append(f"{one.number:>4}  {one.title}")
            parameters = one.parameters | (_known_topic(connection, one) if connection else {})
            lines += [f"      {name}={default}" for name, default in parameters.items()]
    return "\n".join([*lines, "", f"Ask one with your own topic, year or words: {typed('ask', '4')}"])


def _known_topic(connection: duckdb.DuckDBPyConnection, question: Question) -> dict[str, str]:
    """In place of a question's own topic the most frequent one, as SQL writes it, where that is unknown."""
    if _TOPIC not in question.parameters:
        return {}
    try:
        connection.execute(f"FROM topics_named({question.parameters[_TOPIC]})").fetchall()
    except duckdb.InvalidInputException:
        return dict(zip([_TOPIC], _topics(connection, 1), strict=False))
    except duckdb.CatalogException:
        # An older version has published it.
        return {}
    return {}


def ask(database: Path, number: str, given: Sequence[str]) -> int:
    """Show the answer to a question, with parameters such as topic=ai; 1 where DuckDB refuses them.

    A parameter that is given twice is a list of both. Standard output has the answer alone.

    Raises:
        ValueError: There is no such question, or it takes no such parameter.
        BadInputFileError: The database is of another version, without the questions.
    """
    question, values = _question(number), _values(given)
    for name, value in values.items():
        if name not in question.parameters:
            takes = " and ".join(question.parameters) or "no parameters"
            raise ValueError(f"Question {number} takes {takes}, and not {name}.")
        default = question.parameters[name]
        if default.isdecimal() and not (isinstance(value, str) and value.isdecimal()):
            raise ValueError(f"{name} is a number such as {default}, and not {value!r}.")
    print(f"{question.number}. {question.title}\n", file=sys.stderr)
    with connect(database) as connection:
        try:
            # The names are those of the question itself, the values are handed over as values.
            arguments = _known_topic(connection, question) | {name: f"${name}" for name in values}
            call = (
                f"ask_{question.number}({', '.join(f'{name} := {one}' for name, one in arguments.items())})"
            )
            _show(connection.sql(f"FROM {call}", params=values or None))
        except duckdb.CatalogException as error:
            raise BadInputFileError(
                f"{shown(database)} was published by another version: {typed('run')} publishes it anew."
            ) from error
        except duckdb.Error as error:
            print(_told(error), file=sys.stderr)
            return 1
    return 0


def _question(number: str) -> Question:
    for one in questions():
        if str(one.number) == number:
            return one
    raise ValueError(f"There is no question {number}: they are 1 to {len(questions())}.")


def _values(given: Sequence[str]) -> Mapping[str, str | list[str]]:
    """Parameters by name: topic=ai, and those that are given several times as a list."""
    found: dict[str, list[str]] = {}
    for one in given:
        name, is_there, value = one.partition("=")
        if not is_there:
            raise ValueError(f"{one!r} is no parameter: write it with its name, such as topic=ai.")
        found.setdefault(name.lower(), []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _show(relation: duckdb.DuckDBPyRelation) -> None:
    """Print a result: whole into a pipe or a file, on a terminal by the pager, as far as a person reads."""
    if not sys.stdout.isatty():
        print(_as_table(relation, UNBOUNDED))
        return
    size = shutil.get_terminal_size()
    text = _as_table(relation, SHOWN_ROWS)
    if len(text.partition("\n")[0]) > size.columns:
        text = _below_each_other(relation, size.columns)
    if text.count("\n") < size.lines - 1 or not shutil.which("less"):
        print(text)
        return
    # From a file, since whoever leaves the pager early would end this command by its pipe.
    with tempfile.TemporaryFile() as file:
        file.write(text.encode("utf-8"))
        file.seek(0)
        subprocess.run(PAGER.split(), stdin=file, env=os.environ | _IN_UTF_8, check=False)  # noqa: S603 - constant


def _as_table(relation: duckdb.DuckDBPyRelation, max_rows: int) -> str:
    table = io.StringIO()
    with contextlib.redirect_stdout(table):
        _rounded(relation).show(max_width=UNBOUNDED, max_rows=max_rows)
    return harmless(table.getvalue().rstrip("\n"))


def _rounded(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The relation with its floating-point numbers to `DIGITS`: none before the point is lost."""
    columns = []
    for number, (name, kind) in enumerate(zip(relation.columns, relation.types, strict=True), 1):
        column = f"#{number}"
        if kind in ("DOUBLE", "FLOAT"):
            after_the_point = f"greatest(0, {DIGITS - 1} - CAST(floor(log10(abs({column}))) AS INTEGER))"
            column = (
                f"CASE WHEN isfinite({column}) AND {column} <> 0 "
                f"THEN round({column}, {after_the_point}) ELSE {column} END"
            )
        quoted = name.replace('"', '""')
        columns.append(f'{column} AS "{quoted}"')
    return relation.project(", ".join(columns))


def _below_each_other(relation: duckdb.DuckDBPyRelation, width: int) -> str:
    """Each row with its columns as lines, for a terminal that is too narrow for a table."""
    ((n_rows,),) = relation.count("*").fetchall()
    names = [plain(name) for name in relation.columns]
    indent = max(map(len, names)) + 2
    parts = []
    for row_no, row in enumerate(_rounded(relation).limit(SHOWN_ROWS).fetchall(), 1):
        lines = [f"─── row {row_no:,} of {n_rows:,} "]
        for name, value in zip(names, row, strict=True):
            text = "NULL" if value is None else plain(str(value))
            lines += textwrap.wrap(
                text,
                max(width, 2 * indent),
                initial_indent=f"{name:<{indent}}",
                subsequent_indent=" " * indent,
            ) or [name]
        parts.append("\n".join(lines))
    if n_rows > SHOWN_ROWS:
        parts.append(f"There are {n_rows - SHOWN_ROWS:,} more rows: > FILE takes all of them.")
    return "\n\n".join(parts) or _as_table(relation, SHOWN_ROWS)


def _other_names(
    connection: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, query: str
) -> list[str]:
    """What a query that finds nothing may have meant by the topics that it compares with a text."""
    compared = _COMPARED_TOPIC.findall(query)
    if not compared or relation.limit(1).fetchall():
        return []
    found = []
    for quoted in compared:
        name = quoted.replace("''", "'")
        try:
            topics = connection.execute("SELECT topic FROM topics_named($1)", [name]).fetchall()
        except duckdb.Error as error:
            found.append(_told(error))
        else:
            found += [
                f"{sql_text(name)} is a name of {sql_text(topic)}: "
                f"write topic_id = topic_id({sql_text(name)})."
                for (topic,) in topics
                if topic != name
            ]
    return found


def _hints(connection: duckdb.DuckDBPyConnection, query: str, error: str) -> list[str]:
    """What a person who is new to the macros, or to the prompt, may have meant by a query that is wrong."""
    if query.lstrip().startswith("."):
        return [f"Commands that begin with a dot are for the prompt, which {typed('prompt')} opens."]
    macros = {
        name: (parameters, kind == "table_macro")
        for name, parameters, kind in connection.execute(
            "SELECT function_name, parameters, function_type FROM duckdb_functions() WHERE NOT internal"
        ).fetchall()
    }
    hints = []
    if (missing := _MISSING_TABLE.search(error)) and missing[1] in macros:
        parameters, is_table = macros[missing[1]]
        call = f"{missing[1]}({', '.join(parameters)})"
        asked = f"FROM {call}, DESCRIBE FROM {call}" if is_table else f"SELECT {call}"
        hints.append(f"{missing[1]} is a macro and is asked in brackets: {asked}.")
    for macro, (parameters, _) in macros.items():
        given = rf"\b{macro}\s*\([^;]*?\b({'|'.join(parameters)})\s*="
        if parameters and (argument := re.search(given, query, re.IGNORECASE)):
            hints.append(f"What a macro takes by its name is given by :=, such as {argument[1]} := …")
    if unquoted := _UNQUOTED.search(error):
        hints.append(f"A text stands in single quotes: '{unquoted[1]}'.")
    return hints[:1]


def _tell(sentences: Sequence[str]) -> None:
    for sentence in sentences:
        print(harmless(sentence), file=sys.stderr)


def _told(error: duckdb.Error) -> str:
    """What is wrong, in one line, and some names that DuckDB offers in place of a wrong one."""
    said, *more = str(error).removeprefix(_BY_A_MACRO).partition("\n\n")[0].split("\n")
    return harmless("\n".join([said, *[line for line in more if not _OWN_TABLES.search(line)][:HINTS]]))
