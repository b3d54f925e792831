"""The commands as a person types them: what they print, and their exit codes."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from signals_pipeline.cli.console import summary
from signals_pipeline.core.failures import explain, what_stands
from signals_pipeline.core.lock import FILE_NAME
from signals_pipeline.core.settings import project
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.publish.outcome import Outcome
from signals_pipeline.publish.reader import connect
from signals_pipeline.publish.revisions import FileChanges
from signals_pipeline_tests import fixtures
from signals_pipeline_tests.starter import ROOT, Ended, Starter

Command = Callable[..., Ended]
TODAY = "2026-06-30"


@pytest.fixture
def signals(starter: Starter) -> Command:
    """A command of the package, in a process of its own."""

    def run(*arguments: str, **environment: str) -> Ended:
        return starter.run(*arguments, **{"SIGNALS_RAW_DIR": "", "SIGNALS_AS_OF": TODAY} | environment)

    return run


@pytest.fixture
def cards(raw_dir: Path) -> Path:
    for path in fixtures.ALL[1:7]:
        fixtures.load(path).write(raw_dir)
    return raw_dir


@pytest.mark.long
def test_a_run_says_what_it_read_and_what_to_do_next(tmp_path: Path, cards: Path, signals: Command) -> None:
    data = tmp_path / "data"
    # As typed; the other commands of these tests need not load everything anew.
    typed = subprocess.run(
        [sys.executable, "-m", "signals_pipeline", "run"],
        cwd=ROOT,
        env=os.environ
        | {"SIGNALS_RAW_DIR": str(cards), "SIGNALS_DATA_DIR": str(data), "SIGNALS_AS_OF": TODAY},
        capture_output=True,
        text=True,
        check=False,
    )
    done = Ended(typed.returncode, typed.stdout, typed.stderr)
    assert done.code == 0, done.err
    lines = dict(line.split(":", 1) for line in done.out.splitlines())
    assert lines["Folder"].strip() == str(cards)
    assert "6 in 6 files: 6 new, 0 changed, 0 removed; 0 rejected" in lines["Cards"]
    assert "newsletter issues, 20" in lines["Issues"]
    assert re.search(r"trend\('[^']+'\)", lines["SQL"])
    assert (data / "published" / "current" / "report" / "index.html").is_file()
    assert "report/index.html" in lines["Report"]
    with connect(data / "published" / "current" / "signals.duckdb") as connection:
        ((n_pairs,),) = connection.execute("SELECT count(*) FROM topic_alias_candidates").fetchall()
    said = f"{n_pairs} pair{'' if n_pairs == 1 else 's'} of names may be one idea"
    assert lines.get("Review", "").strip() == (f"{said}: make review" if n_pairs else "")
    assert "Warning" not in lines
    assert "DEBUG" not in done.err
    assert "reading cards 6/6" in done.err.splitlines()

    (next(cards.iterdir())).unlink()
    (cards / f"{'1' * 32}.md").write_text("nothing that a card has", "utf-8")
    again = signals("run", "--accept-drop", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
    lines = dict(line.split(":", 1) for line in again.out.splitlines())
    assert "5 in 6 files: 1 new, 0 changed, 1 removed; 1 rejected" in lines["Cards"]
    assert "1 file, card or row could not be read" in lines["Warning"]

    same = signals("run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
    assert "nothing changed, nothing new published" in same.out

    query = "SELECT count(*) AS cards FROM parsed.cards"
    asked = signals("sql", query, SIGNALS_DATA_DIR=str(data))
    assert asked.code == 0
    assert "5" in asked.out
    wrong = signals("sql", "SELEC", SIGNALS_DATA_DIR=str(data))
    assert wrong.code == 1
    assert "Traceback" not in wrong.err


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("aliases.csv", "surface,topic\nAI,artificial intelligence\n", "aliases.csv:1"),
        ("concepts.csv", "concept,definition,member,relation,reason\nai,,llm,of,\n", "concepts.csv:2"),
        (
            "verdicts.csv",
            "card,section,row,text,verdict,date,link,note\nab,signals,1,More of it.,yes,2026-06-07,,\n",
            "verdicts.csv:2",
        ),
        ("issue_dates.csv", "token,date,reason\n20290911,soon,typo\n", "issue_dates.csv:2"),
        ("known.csv", "topic,stage,until,reason\nkelp,growing,,\n", "known.csv:2"),
        ("dialect.toml", '[headings]\nsignal = "Seen"\n', "dialect.toml:2"),
    ],
)
def test_a_file_that_a_person_edits_is_named_with_its_line(
    tmp_path: Path, cards: Path, signals: Command, name: str, text: str, says: str
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / name).write_text(text, "utf-8")
    done = signals("run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
    assert done.code == 65
    assert len(done.said) == 1
    assert says in done.said[0]


@pytest.mark.long
def test_a_day_that_is_none_is_said_in_one_line(tmp_path: Path, cards: Path, signals: Command) -> None:
    done = signals(
        "run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(tmp_path / "data"), SIGNALS_AS_OF="today"
    )
    assert done.code == 65
    assert len(done.said) == 1


@pytest.mark.long
def test_a_damaged_store_points_to_the_command_that_rebuilds_it(
    tmp_path: Path, cards: Path, signals: Command
) -> None:
    data = tmp_path / "data"
    (data / "build").mkdir(parents=True)
    (data / "build" / "store.duckdb").write_bytes(b"no database" * 1000)
    done = signals("run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
    assert done.code == 65
    assert "make rebuild" in done.said[0]
    assert signals("run", "--rebuild", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data)).code == 0


def test_the_summary_says_one_newsletter_issue_as_one(tmp_path: Path) -> None:
    settings, day = project(data_dir=str(tmp_path)), date(2024, 1, 7)
    for last, said in (
        (day, "1 newsletter issue, 2024-01-07"),
        (date(2024, 1, 14), "2 newsletter issues, 2024-"),
    ):
        n = 1 if last == day else 2
        outcome = Outcome(tmp_path, Ingested(), "one", True, "", FileChanges(), 0, n, day, last)
        assert f"Issues:   {said}" in summary(settings, outcome)


def test_the_summary_says_how_many_pairs_wait_for_a_review_and_what_to_type(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path))
    outcome = Outcome(tmp_path, Ingested(), "one", True, "", FileChanges(), 0, 0, None, None)
    none = summary(settings, outcome)
    assert "Review:" not in none
    assert none.splitlines()[-1] == (
        "Next:     make sql (a prompt) · make ask N=4 (twenty questions) · "
        'make search Q="…" · make ui (lineage and checks)'
    )
    for n, said in ((1, "1 pair of names"), (1077, "1,077 pairs of names")):
        lines = summary(settings, replace(outcome, n_proposals=n)).splitlines()
        assert f"Review:   {said} may be one idea: make review" in lines


def test_the_summary_says_how_many_files_were_read_again_since_a_person_asked_for_it(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path))
    outcome = Outcome(tmp_path, Ingested(), "one", True, "", FileChanges(), 0, 0, None, None)
    assert "Again:" not in summary(settings, outcome)
    for n, files in ((1, "1 file"), (1077, "1,077 files")):
        named = replace(outcome, ingested=Ingested(again=n))
        assert f"Again:    {files} of the newsletter issue that you named" in summary(settings, named)
        assert "Again:" not in summary(settings, named.with_nothing_new())


@pytest.mark.long
def test_a_change_that_no_mark_of_a_file_shows_is_published_once_its_newsletter_issue_is_named(
    tmp_path: Path, cards: Path, signals: Command
) -> None:
    settings = project(data_dir=str(tmp_path / "data"))

    def run(*choices: str) -> Ended:
        return signals("run", *choices, SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(settings.data))

    assert run().code == 0
    with connect(settings.database) as connection:
        ((issue_key, name, n_files),) = connection.execute("""
            SELECT issue_key, any_value(path), count(DISTINCT path)
            FROM parsed.cards GROUP BY issue_key ORDER BY issue_key LIMIT 1
        """).fetchall()
    path = cards / name
    path.write_text(path.read_text("utf-8").replace("the", "THE"), "utf-8")
    state = path.stat()
    marks = [state.st_mtime_ns, state.st_ctime_ns, state.st_ino, state.st_ctime_ns + 3_000_000_000, name]
    with duckdb.connect(str(settings.build / FILE_NAME)) as store:
        sql = "UPDATE internal.files SET mtime_ns = ?, ctime_ns = ?, inode = ?, read_ns = ? WHERE path = ?"
        store.execute(sql, marks)

    before = settings.snapshot
    wrong = run("--issue", "1999-12-31")
    assert wrong.code == 66
    assert wrong.said[0].startswith(
        f"signals: There is no newsletter issue '1999-12-31' in {cards}. Near it are {issue_key}"
    )
    assert wrong.said[0].endswith("The last snapshot stays.")
    # Whoever typed it knows.
    assert not settings.failure_log.exists()
    without = run()
    assert (without.code, settings.snapshot) == (0, before)
    # Nothing is to be done, and no run needs that setting.
    where = {"SIGNALS_RAW_DIR": str(cards), "SIGNALS_DATA_DIR": str(settings.data)}
    unset = signals("run", SIGNALS_UI_HOSTS="http://x", **where)
    assert (unset.code, settings.failure_log.exists()) == (65, True)
    assert "SIGNALS_UI_HOSTS='http://x'" in unset.err
    again = run("--issue", issue_key)
    assert again.code == 0, again.err
    assert f"Again:    {n_files} file" in again.out
    assert "0 new, 1 changed, 0 removed" in again.out
    assert settings.snapshot != before
    assert run("--issue", issue_key, "--rebuild").code == 2
    assert run("--issue=").code == 2


def test_asking_before_the_first_run_says_what_to_do(tmp_path: Path, signals: Command) -> None:
    done = signals("sql", "SELECT 1", SIGNALS_DATA_DIR=str(tmp_path / "data"))
    assert done.code == 66
    assert "make run" in done.said[0]


def test_what_is_said_to_stand_is_what_readers_see(tmp_path: Path) -> None:
    settings = project(data_dir=str(tmp_path))
    assert (settings.snapshot, what_stands(settings, "")) == ("", "")
    for name in ("one", "two"):
        (settings.published / "snapshots" / name).mkdir(parents=True)
    current = settings.published / "current"
    current.symlink_to("snapshots/one")
    assert what_stands(settings, "one") == "The last snapshot stays."
    current.unlink()
    current.symlink_to("snapshots/two")
    assert what_stands(settings, "one") == "The new snapshot was published before that: two."


def test_an_unforeseen_error_that_leads_back_to_itself_is_told_in_one_line(tmp_path: Path) -> None:
    inner, outer = RuntimeError("the disk sang"), RuntimeError("the step failed")
    outer.__cause__, inner.__context__ = inner, outer
    settings = project(data_dir=str(tmp_path))
    settings.assert_writable()
    told, exit_code = explain(settings, outer)
    assert (exit_code, len(told.splitlines())) == (1, 1)
    assert "the disk sang" in told
    assert "last_failure.txt" in told
    assert "the step failed" in (settings.build / "last_failure.txt").read_text("utf-8")


@pytest.mark.long
def test_a_run_with_nothing_to_do_says_the_same_without_a_run_of_dagster(
    tmp_path: Path, cards: Path, signals: Command
) -> None:
    data = tmp_path / "data"
    # These runs keep no history, and where it is gone a run is needed.
    (data / ".dagster").mkdir(parents=True)

    def run() -> tuple[str, bool]:
        """What a run says, and whether it was one of Dagster."""
        done = signals("run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
        assert done.code == 0, done.err
        return done.out, "starting" in done.err.splitlines()

    first, _ = run()
    # The first may have read cards so soon after they were written that they are read again.
    run()
    said, is_run = run()
    assert not is_run
    assert said.replace(" (nothing changed, nothing new published)", "") == first.replace("6 new", "0 new")
    (data / "build" / "summary").unlink()
    assert run() == (said, True), "it says what a run of Dagster says"
    assert run() == (said, False)


@pytest.mark.long
def test_a_damaged_snapshot_is_published_again(tmp_path: Path, cards: Path, signals: Command) -> None:
    data = tmp_path / "data"
    signals("run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
    published = data / "published" / "current" / "signals.duckdb"
    published.chmod(0o644)
    published.write_bytes(b"no database" * 1000)
    done = signals("run", SIGNALS_RAW_DIR=str(cards), SIGNALS_DATA_DIR=str(data))
    assert done.code == 0, done.err
    assert "nothing new" not in done.out
    asked = signals("sql", "SELECT error('wrong')", SIGNALS_DATA_DIR=str(data))
    assert asked.code == 1
    assert "Traceback" not in asked.err


def test_where_what_is_printed_finds_no_room_one_line_says_so(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "signals_pipeline", "ask"]
        environment = os.environ | {"SIGNALS_DATA_DIR": str(tmp_path)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 73
    assert done.stderr == b"signals: There is no room for what this prints. What it did before stands.\n"
