"""Asking the published database: the prompt on a terminal of its own, single queries, and the questions."""

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.__main__ import main
from signals_pipeline.cli import prompt
from signals_pipeline.cli.prompt import HINTS, answer, ask, example_topics, listed_questions, welcome
from signals_pipeline.core.errors import EXIT_TYPED_WRONGLY, BadInputFileError, SignalsError
from signals_pipeline.core.settings import project
from signals_pipeline.publish.reader import connect
from signals_pipeline.publish.snapshot import DATABASE
from signals_pipeline_tests.starter import ROOT

SECONDS = 60.0
ROWS_AND_COLUMNS = struct.pack("HHHH", 40, 80, 0, 0)
READY = "signals D "
HOSTILE = "Heat \x1b]52;c;ZWNobw==\x07 \x9d52;c;ZWNobw==\x9c\u202e\x1b[2J pump"
"""A title that writes into the clipboard, in two ways, turns the text around and clears the screen."""


class Terminal:
    """A command on a terminal of its own, which answers what DuckDB's client asks of one."""

    def __init__(self, *command: str, **environment: str) -> None:
        self.shown = self.said = ""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(command[0], list(command), os.environ | {"TERM": "xterm"} | environment)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, ROWS_AND_COLUMNS)

    def until(self, text: str) -> str:
        """What is shown up to a text, and with it; what comes behind it is kept."""
        end = time.monotonic() + SECONDS
        while text not in self.shown:
            assert time.monotonic() < end, self.shown
            self._read()
        before, _, self.shown = self.shown.partition(text)
        return before + text

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def exit_code(self) -> int:
        """What the command ends with."""
        end = time.monotonic() + SECONDS
        while not (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            assert time.monotonic() < end, self.shown
            self._read()
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(ended[1])

    def _read(self) -> None:
        if not select.select([self._terminal], [], [], 0.1)[0]:
            return
        try:
            found = os.read(self._terminal, 65_536).decode(errors="replace")
        except OSError:
            return
        if "\x1b[c" in found:
            self.type("\x1b[?1;2c")
        self.said += found
        # Colors, and where the cursor goes as a line is typed.
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", found)


@pytest.fixture(scope="module")
def data(demonstration_snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a snapshot of the demonstration cards."""
    folder = tmp_path_factory.mktemp("asked") / "data"
    folder.mkdir()
    (folder / "published").symlink_to(demonstration_snapshot.parent)
    return folder


@pytest.fixture
def database(demonstration_snapshot: Path) -> Path:
    return demonstration_snapshot / DATABASE


@pytest.fixture
def on_terminal(data: Path, tmp_path: Path) -> Callable[..., Terminal]:
    """The prompt as a person opens it, whose home has no ~/.duckdbrc, with a pager that waits for no key."""
    pager = tmp_path / "less"
    pager.write_text('#!/bin/sh\ncat\necho "(paged by less $*)"\n', "utf-8")
    pager.chmod(0o755)

    def opened(data: Path = data) -> Terminal:
        return Terminal(
            sys.executable,
            "-m",
            "signals_pipeline",
            "sql",
            SIGNALS_DATA_DIR=str(data),
            HOME=str(tmp_path),
            PATH=f"{tmp_path}:{os.environ['PATH']}",
        )

    return opened


def test_the_prompt_greets_answers_completes_and_remembers(on_terminal, data: Path) -> None:
    terminal = on_terminal()
    said = terminal.until(READY)
    assert "read-only. To begin with:" in said
    assert "FROM questions();" in said
    terminal.type("SELECT 6 * 7 AS answer;\r")
    terminal.until("│ answer │")
    terminal.until("42")
    terminal.until(READY)
    terminal.type("FROM quest\t")
    terminal.until("FROM questions")
    terminal.type("();\r")
    terminal.until("What must I look at today?")
    terminal.until(READY)
    # Ctrl-C drops the line and leaves the prompt open.
    terminal.type("SELECT nothing")
    terminal.until("SELECT nothing")
    terminal.type("\x03")
    terminal.until(READY)
    terminal.type("FROM trend('heat pumb');\r")
    terminal.until("The nearest are 'heat pump'")
    terminal.until(READY)
    terminal.type("CREATE TABLE mine (a INTEGER);\r")
    terminal.until("read-only")
    terminal.until(READY)
    terminal.type("\x04")
    # That of the client, where a query was wrong.
    assert terminal.exit_code() == 1
    history = (data / ".prompt_history").read_text("utf-8")
    assert "SELECT 6 * 7 AS answer;" in history


def test_the_prompt_shows_what_is_too_wide_in_a_pager_and_leaves_with_ctrl_d(on_terminal) -> None:
    terminal = on_terminal()
    terminal.until(READY)
    terminal.type("FROM topic_momentum LIMIT 1;\r")
    table = terminal.until("(paged by less -SRXF)")
    assert re.search("kind +│ +topic +│ +first_seen", table)
    assert re.search("evidence +│ +topic_id", table)
    terminal.until(READY)
    terminal.type("\x04")
    assert terminal.exit_code() == 0


@pytest.fixture
def hostile(database: Path, tmp_path: Path) -> Path:
    """A data folder whose cards and topics have titles and names that a terminal would obey."""
    folder = tmp_path / "hostile" / "published" / "current"
    folder.mkdir(parents=True)
    shutil.copy(database, folder / DATABASE)
    (folder / DATABASE).chmod(0o644)
    with duckdb.connect(str(folder / DATABASE)) as connection:
        connection.execute("UPDATE parsed.cards SET title = $title", {"title": HOSTILE})
        connection.execute("UPDATE search_name SET name = $name, folded = $name", {"name": HOSTILE})
    return folder.parent.parent


def test_the_prompt_shows_what_a_terminal_would_obey_as_letters(on_terminal, hostile: Path) -> None:
    terminal = on_terminal(hostile)
    terminal.until(READY)
    for query in ("SELECT title FROM parsed.cards LIMIT 1", "FROM card('zzz')", "FROM trend('zzz')"):
        terminal.type(f"{query};\r")
        terminal.until("]52;c;")
        terminal.until(READY)
    terminal.type("\x04")
    assert terminal.exit_code() == 1
    assert not re.search(r"\x1b\]52|\x1b\[2J", terminal.said)


def test_without_the_client_the_prompt_says_what_works_without_it(data: Path, monkeypatch) -> None:
    settings = project(data_dir=str(data))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(SignalsError, match=r"needs the package duckdb-cli.*Queries can be asked without it"):
        prompt.open_prompt(settings)


def test_a_client_that_cannot_be_started_is_named(data: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    client = tmp_path / "duckdb"
    client.write_bytes(b"no program")
    monkeypatch.setattr(prompt, "_client", lambda: client)
    with pytest.raises(SignalsError, match=rf"{client} cannot be started \(Permission denied\)"):
        prompt.open_prompt(project(data_dir=str(data)))


def test_what_it_greets_with_can_be_asked(database: Path) -> None:
    said = welcome(database, is_paged=False)
    (named,) = set(re.findall(r"\('([0-9a-f]{6})'\)", said))
    assert list((ROOT / "data" / "demo").glob(f"{named}*.md"))
    queries = re.findall(r"^  (FROM [^;]+);", said, re.MULTILINE)
    assert len(queries) == 9
    with connect(database) as connection:
        for query in queries:
            assert connection.execute(query).fetchall(), query


def test_it_greets_with_nothing_that_is_not_there(database: Path, tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    shutil.copy(database, path)
    path.chmod(0o600)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM nearest_card; DELETE FROM counted_topics WHERE topic <> 'heat pump'")
        connection.execute("DELETE FROM topic_surfaces WHERE surface <> 'heat pumps'")
    said = welcome(path, is_paged=False)
    assert "FROM trend(['heat pump'], grain" in said
    assert "FROM search('heat pumps')" in said
    assert "nearest(" not in said
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM counted_topics; DELETE FROM topic_surfaces; DELETE FROM parsed.cards")
    assert re.findall("FROM [a-z_]+", welcome(path, is_paged=False)) == [
        "FROM data_dictionary", "FROM questions", "FROM rising",
    ]  # fmt: skip


def test_of_several_queries_each_is_shown(database: Path, capsys) -> None:
    query = "SELECT 41 AS one; PIVOT topics ON kind USING count(*); SELECT 43 AS three; SELEC"
    assert answer(database, query) == 1
    assert "syntax error" in capsys.readouterr().err
    assert answer(database, query.removesuffix("; SELEC")) == 0
    out, err = capsys.readouterr()
    assert [name in out for name in ("41", "keyword", "43")] == [True, True, True]
    assert err == ""
    assert answer(database, "") == 0


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("FROM topic", 'Catalog Error: Table with name topic does not exist!\nDid you mean "topics"?\n'),
        ("FROM zzzzzz", "Catalog Error: Table with name zzzzzz does not exist!\n"),
        ("SELEC", 'Parser Error: syntax error at or near "SELEC"\n'),
        (
            "FROM trend('ai', grain := 'day')",
            "trend: grain is issue, month, quarter or year, and not 'day'.\n",
        ),
        (
            "FROM trend('AI', kind := 'theme')",
            "No theme goes by the name 'AI'. "
            "The concept 'artificial intelligence' does, and has the theme 'machine learning'.\n",
        ),
    ],
)
def test_an_error_is_told_in_a_line_with_the_names_that_were_meant(
    database: Path, capsys, query: str, told: str
) -> None:
    assert answer(database, query) == 1
    assert capsys.readouterr().err == told


def test_a_copy_tells_how_many_rows_it_has(database: Path, tmp_path: Path, capsys) -> None:
    assert answer(database, f"COPY (FROM questions()) TO '{tmp_path}/q.csv'; SELECT 1 AS one") == 0
    said = capsys.readouterr().out
    assert said.startswith("20 rows are copied.\n")
    assert "one" in said
    assert answer(database, f"COPY (SELECT 1) TO '{tmp_path}/q.parquet'") == 0
    assert capsys.readouterr().out == "1 row is copied.\n"


def test_of_the_forms_of_a_function_some_are_shown(database: Path, capsys) -> None:
    assert answer(database, "SELECT abs('x', 'y')") == 1
    said = capsys.readouterr().err.splitlines()
    assert "Candidate functions" in said[1]
    assert len(said) == 1 + HINTS


@pytest.fixture
def narrow(monkeypatch) -> Callable[[int], None]:
    """Makes standard output a terminal of so many columns."""

    def of_width(columns: int) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))

    return of_width


def test_what_is_too_wide_for_the_terminal_stands_below_each_other(
    database: Path, capsys, narrow, monkeypatch
) -> None:
    monkeypatch.setattr(prompt, "SHOWN_ROWS", 20)
    monkeypatch.setattr("shutil.which", lambda _: None)
    query = "SELECT i AS no, NULL AS none, '' AS empty, repeat('ab cd ', 9) AS said FROM range(22) AS r(i)"
    narrow(100)
    assert answer(database, query) == 0
    assert capsys.readouterr().out.startswith("┌")
    narrow(40)
    assert answer(database, query) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "─── row 1 of 22 \n"
        "no     0\n"
        "none   NULL\n"
        "empty\n"
        "said   ab cd ab cd ab cd ab cd ab cd ab\n"
        "       cd ab cd ab cd ab cd\n"
        "\n"
        "─── row 2 of 22 \n"
    )
    assert out.endswith("There are 2 more rows: > FILE takes all of them.\n")
    assert max(map(len, out.splitlines())) <= 48


def test_a_pipe_or_a_file_gets_every_row(database: Path, capsys) -> None:
    assert answer(database, "SELECT i AS no FROM range(3000) AS r(i)") == 0
    numbers = re.findall(r"│ +(\d+) │", capsys.readouterr().out)
    assert numbers == [str(number) for number in range(3000)]


def test_what_is_longer_than_the_terminal_is_paged(database: Path, narrow, tmp_path, monkeypatch) -> None:
    pager = tmp_path / "less"
    pager.write_text(f'#!/bin/sh\ncat > "{tmp_path}/paged"\n', "utf-8")
    pager.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("LINES", "30")
    narrow(100)
    assert answer(database, "SELECT i AS no FROM range(20) AS r(i)") == 0
    assert not (tmp_path / "paged").exists()
    assert answer(database, "SELECT 'ü' AS letter, i AS no FROM range(40) AS r(i)") == 0
    assert (tmp_path / "paged").read_text("utf-8").count("│ ü") == 40


def test_a_result_without_rows_has_its_columns_and_says_so(database: Path, capsys) -> None:
    assert answer(database, "SELECT topic FROM topics WHERE topic = 'zzz''z'") == 0
    out, err = capsys.readouterr()
    assert "│  topic" in out
    assert "0 rows" in out
    assert err.startswith("No concept goes by the name 'zzz'z'. The nearest are ")


def test_a_name_that_a_concept_goes_by_is_told_where_a_query_finds_nothing(database: Path, capsys) -> None:
    assert answer(database, "SELECT count(*) AS n FROM topic_trend WHERE Topic='AI'") == 0
    assert answer(database, "SELECT n_cards FROM topic_trend WHERE topic = 'AI' ") == 0
    assert capsys.readouterr().err == (
        "'AI' is a name of 'artificial intelligence': write topic_id = topic_id('AI').\n"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2e0 / 3", "0.6667"),
        ("123456.789e0", "123457.0"),
        ("1.23456e-9::DOUBLE", "1.235e-09"),
        ("-0.000123456::DOUBLE", "-0.0001235"),
        ("0e0", "0.0"),
        ("'nan'::DOUBLE", "nan"),
        ("'-inf'::DOUBLE", "-inf"),
        ("NULL::DOUBLE", "NULL"),
        ("123456789.25::DECIMAL(12, 2)", "123456789.25"),
    ],
)
def test_a_number_is_shown_to_four_digits(database: Path, capsys, value: str, shown: str) -> None:
    assert answer(database, f'SELECT {value} AS "a ""b"", c"') == 0
    out = capsys.readouterr().out
    assert f"│ {shown} │" in re.sub(" +", " ", out)
    assert 'a "b", c' in out


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        (
            "DESCRIBE trend",
            "trend is a macro and is asked in brackets: FROM trend(topic, grain, kind), "
            "DESCRIBE FROM trend(topic, grain, kind).",
        ),
        (
            "FROM trend('AI', grain='year')",
            "What a macro takes by its name is given by :=, such as grain := …",
        ),
        (
            "FROM search('heat pump', since = '2025-01-01')",
            "What a macro takes by its name is given by :=, such as since := …",
        ),
        ("FROM wilson", "wilson is a macro and is asked in brackets: SELECT wilson(x, n, z)."),
        ("FROM trend(AI)", "A text stands in single quotes: 'AI'."),
        (".tables", "Commands that begin with a dot are for the prompt, which make sql opens."),
    ],
)
def test_what_a_newcomer_may_have_meant_is_said(database: Path, capsys, query: str, hint: str) -> None:
    assert answer(database, query) == 1
    assert capsys.readouterr().err.splitlines()[-1] == hint


def test_no_text_of_a_card_is_obeyed_by_a_terminal(hostile: Path, capsys, narrow) -> None:
    database = hostile / "published" / "current" / DATABASE
    for columns in (40, 400):
        narrow(columns)
        query = "SELECT title, repeat('x', 200) AS more FROM parsed.cards LIMIT 1"
        assert answer(database, query) == 0
        assert answer(database, "PIVOT (SELECT title FROM parsed.cards) ON title USING count(*)") == 0
        assert ask(database, "8", ["topic=ai"]) == 0
        assert answer(database, "FROM cards_named('zzz')") == 1
        assert answer(database, "SELECT title::INTEGER FROM parsed.cards") == 1
        assert ask(database, "4", ["topic=zzz"]) == 1
        out, err = capsys.readouterr()
        for printed in (out, err):
            assert "]52;c;" in printed
            assert all(letter.isprintable() or letter == "\n" for letter in printed)


def test_an_error_of_a_macro_holds_nothing_that_a_terminal_obeys(hostile: Path) -> None:
    with connect(hostile / "published" / "current" / DATABASE) as connection:
        for query in ("FROM card('zzz')", "FROM nearest('zzz')", "FROM trend('zzz')"):
            with pytest.raises(duckdb.Error, match="The nearest are") as told:
                connection.execute(query).fetchall()
            assert "]52;c;" in str(told.value)
            assert str(told.value).isprintable()


def test_a_question_takes_its_parameters_by_name(database: Path, capsys) -> None:
    assert ask(database, "4", ["topic=LLMs", "topic=heat pump"]) == 0
    out, err = capsys.readouterr()
    assert err == "4. How often was a topic named each year, and how sure is that?\n\n"
    assert "│ large language model │ 2025-01-01" in out
    assert "│ heat pump            │ 2025-01-01" in out
    assert ask(database, "15", ["YEAR=2024"]) == 0
    assert set(re.findall(r"│ (20\d\d)-", capsys.readouterr().out)) == {"2024"}


@pytest.mark.parametrize(
    ("number", "given", "says"),
    [
        ("0", [], "There is no question 0: they are 1 to 20."),
        ("four", [], "There is no question four: they are 1 to 20."),
        ("4", ["year=2024"], "Question 4 takes topic, and not year."),
        ("2", ["topic=ai"], "Question 2 takes no parameters, and not topic."),
        ("4", ["ai"], "'ai' is no parameter: write it with its name, such as topic=ai."),
        ("14", ["year=abc"], "year is a number such as 2025, and not 'abc'."),
        ("16", ["year=2025", "year=2024"], "year is a number such as 2025, and not ['2025', '2024']."),
    ],
)
def test_what_a_question_does_not_take_is_said(database: Path, number, given, says) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(says)}$"):
        ask(database, number, given)


def test_a_question_that_was_typed_wrongly_ends_with_2(data: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("SIGNALS_DATA_DIR", str(data))
    for typed in (["99"], ["4", "topc=AI"]):
        assert main(["ask", *typed]) == EXIT_TYPED_WRONGLY
    assert capsys.readouterr().err == (
        "signals: There is no question 99: they are 1 to 20.\n"
        "signals: Question 4 takes topic, and not topc.\n"
    )


def test_a_name_that_is_not_known_is_told_with_the_nearest(database: Path, capsys) -> None:
    assert ask(database, "8", ["topic=heat pumb'; DROP TABLE topics; --"]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(
        "No concept goes by the name 'heat pumb'; DROP TABLE topics; --'. The nearest are 'heat"
    )


def test_the_questions_are_listed_with_what_may_be_put_into_them(tmp_path: Path) -> None:
    lines = listed_questions(tmp_path / "none yet").splitlines()
    assert "  20  What could not be read, where, and why?" in lines
    place = lines.index("   4  How often was a topic named each year, and how sure is that?")
    assert lines[place + 1] == "      topic='heat pump'"


def test_a_question_is_about_a_topic_that_is_there(database: Path, tmp_path: Path, capsys) -> None:
    path = Path(shutil.copy(database, tmp_path))
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE counted_topics SET topic = 'zzz' WHERE topic = 'heat pump'")
        connection.execute("DELETE FROM search_name WHERE topic = 'heat pump'")
    assert "      topic='artificial intelligence'" in listed_questions(path).splitlines()
    assert ask(path, "4", []) == 0
    assert "│ artificial intelligence │" in capsys.readouterr().out


def test_the_list_of_questions_does_not_need_what_an_older_version_has_not_published(tmp_path: Path) -> None:
    older = tmp_path / "older.duckdb"
    duckdb.connect(str(older)).close()
    assert listed_questions(older) == listed_questions(tmp_path / "none yet")


@pytest.mark.parametrize(
    "command",
    [("sql", "SELECT '\udcff'"), ("ask", "4", "topic=\udcff"), ("ask", "\udcff"), ("search", "\udcff")],
)
def test_bytes_that_are_no_text_are_said_to_be_typed_wrongly(command, capsys) -> None:
    with pytest.raises(SystemExit, match=r"^2$"):
        main(command)
    assert capsys.readouterr().err.splitlines()[-1].endswith("it has bytes that are no UTF-8")


@pytest.mark.long
def test_bytes_of_a_pipe_that_are_no_text_are_shown_as_such(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "signals_pipeline", "sql"],
        cwd=ROOT,
        env=os.environ | {"SIGNALS_DATA_DIR": str(data), "PYTHONUTF8": "1"},
        input=b"SELECT '\xff' AS given",
        capture_output=True,
        check=True,
    )
    assert "\N{REPLACEMENT CHARACTER}" in done.stdout.decode()


def test_a_database_of_another_version_is_said_to_be_one(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / DATABASE)) as connection:
        connection.execute("CREATE TABLE topics (topic VARCHAR)")
    with pytest.raises(BadInputFileError, match="was published by another version: make run"):
        ask(tmp_path / DATABASE, "4", [])


def test_topics_in_a_command_to_copy_are_of_words_alone(tmp_path: Path) -> None:
    database = tmp_path / DATABASE
    assert example_topics(database, 2) == ["'ai'", "'heat pump'"]
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE counted_topics (topic VARCHAR, n_cards INTEGER)")
        hostile = ["$(reboot)", "`reboot`", '"; reboot; "', "a' OR 1", "!!", "a\\b", "-- x", "a;b", "$HOME"]
        for n, topic in enumerate(hostile, 10):
            connection.execute("INSERT INTO counted_topics VALUES (?, ?)", [topic, n])
    assert example_topics(database) == ["'ai'"]
    with duckdb.connect(str(database)) as connection:
        connection.execute("INSERT INTO counted_topics VALUES ('Wärmepumpe 2-0', 9), ('Wärmepumpe 2-0', 7)")
    assert example_topics(database, 2) == ["'Wärmepumpe 2-0'", "'ai'"]
