"""The command line: run the job, open the UI, ask SQL."""

import argparse
import errno
import io
import os
import signal
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from signals_pipeline import __version__
from signals_pipeline.cli.interrupts import SIGNALED, EndingSignals
from signals_pipeline.cli.says import say, say_failure, say_problem, say_summary
from signals_pipeline.core.errors import (
    EXIT_CANNOT_WRITE,
    EXIT_FAILED,
    EXIT_TYPED_WRONGLY,
    MEANING_OF_CODES,
    NoInputError,
    SignalsError,
    UnknownIssueError,
)
from signals_pipeline.core.hosts import name_and_port
from signals_pipeline.core.logs import name_project
from signals_pipeline.core.settings import SETTINGS, Project, misspelt, project, shown, typed

FOR_A_PROXY = "127.0.0.1:3000"
"""Where the web server listens when it runs alone."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, 0 when it was done."""
    parser = argparse.ArgumentParser(
        prog="signals",
        description="Read a folder of signal cards, and publish what they say, with its trends, in DuckDB.",
        epilog=_about_settings_and_exit_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="read the cards and publish a snapshot")
    again = run.add_mutually_exclusive_group()
    again.add_argument("--rebuild", action="store_true", help="read every card again, into a fresh store")
    again.add_argument(
        "--issue",
        type=_issue,
        metavar="DAY",
        help="read the cards of one newsletter issue again though they seem unchanged, such as 2026-06-21",
    )
    run.add_argument(
        "--accept-drop",
        action="store_true",
        help="publish this once although rows fell by more than half or a newsletter issue is gone",
    )
    ui = commands.add_parser("ui", help="open the Dagster UI, with schedule and sensor running")
    web = commands.add_parser("web", help="run the web server of the UI alone, for a proxy with a login")
    web.add_argument(
        "--listen",
        type=_address,
        default=FOR_A_PROXY,
        metavar="ADDRESS:PORT",
        help=f"where it listens; else {FOR_A_PROXY}",
    )
    for one in (ui, web):
        one.add_argument(
            "--read-only", action="store_true", help="let nobody start or change anything from it"
        )
    commands.add_parser("daemon", help="run schedule, sensors and what they start, without a web server")
    sql = commands.add_parser("sql", help="ask the published database in SQL")
    sql.add_argument(
        "query", type=_text, nargs="?", help="one query; without it, a prompt, or what a pipe brings"
    )
    ask = commands.add_parser("ask", help="ask one of twenty questions, with your own topic, year or words")
    ask.add_argument(
        "number", type=_text, nargs="?", help="the number of the question; without it, all are listed"
    )
    ask.add_argument(
        "given", type=_text, nargs="*", metavar="NAME=VALUE", help="what to put into it, such as topic=ai"
    )
    search = commands.add_parser("search", help="find cards and statements by their words and what they mean")
    search.add_argument(
        "query", type=_text, nargs="+", help="what they are to be about, in words; quotes mean nothing"
    )
    search.add_argument("-n", default="10", help="how many hits at most; else 10")
    search.add_argument("--section", type=_text, help="card, or a section with statements such as concerns")
    search.add_argument("--since", metavar="DAY", help="the first newsletter issue, such as 2025-01-31")
    search.add_argument("--until", metavar="DAY", help="the last newsletter issue")
    explain = commands.add_parser(
        "explain", help="say line by line what is read from one file, and why the rest is not"
    )
    explain.add_argument("file", type=Path, help="a card, or what should be one")
    commands.add_parser("review", help="decide on names that may be one idea, one pair after the other")
    copy = commands.add_parser("publish", help="copy the published snapshot to a folder or object storage")
    copy.add_argument("to", type=_text, help="a folder, s3://bucket/path or gs://bucket/path")
    backup = commands.add_parser("backup", help="copy data and settings to a new folder, between two runs")
    backup.add_argument(
        "to", type=_text, help="the folder in which the new one is made, such as /backup/alpha"
    )
    commands.add_parser("prune", help="remove old runs from Dagster's history, as each run does at its end")
    init = commands.add_parser("init", help="make a folder for cards of your own, with the files to edit")
    init.add_argument("folder", type=Path, nargs="?", default=Path(), help="the folder; else this one")
    commands.add_parser("dictionary", help="write the pages on tables and questions")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows ASCII alone must not end a run after it has published.
            stream.reconfigure(errors="replace")
    options = parser.parse_args(arguments)
    # Whatever the caller allows: nothing here is to be written by others.
    os.umask(os.umask(0o022) | 0o022)
    try:
        return _command(options)
    except SignalsError as error:
        return _fail(str(error), error.exit_code)
    except BrokenPipeError:
        # Whoever reads the first lines of an answer alone closes the pipe: that is no fault.
        _print_no_more()
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _print_no_more()
        return _fail("There is no room for what this prints. What it did before stands.", EXIT_CANNOT_WRITE)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == __package__:
            raise
        return _fail(
            f"{sys.executable} has no {error.name}. Use make, or .venv/bin/python, which make run installs.",
            EXIT_FAILED,
        )
    except KeyboardInterrupt:
        return _fail("Interrupted.", SIGNALED + signal.SIGINT)


def _print_no_more() -> None:
    """Have what was not printed yet go nowhere, since Python tries it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _text(typed_in: str) -> str:
    """What was typed, as text; `ArgumentTypeError` where it has bytes that are none."""
    try:
        typed_in.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("it has bytes that are no UTF-8") from None
    return typed_in


def _issue(typed_in: str) -> str:
    """What was typed, as text; `ArgumentTypeError` where that is nothing, as of an unset variable."""
    if not typed_in.strip():
        raise argparse.ArgumentTypeError("it names no newsletter issue")
    return _text(typed_in)


def _address(typed_in: str) -> tuple[str, int]:
    """Host and port of what was typed; `ArgumentTypeError` where it is not both."""
    match name_and_port(typed_in):
        case (host, int(port)) if port < 2**16:
            return host, port
    raise argparse.ArgumentTypeError(f"{typed_in!r} is no address with a port, such as {FOR_A_PROXY}")


def _about_settings_and_exit_codes() -> str:
    """What ends the help."""
    lines = ["settings, as environment variables or as lines of the file .env in the working folder:"]
    lines += [f"  {one.variable:<21} {one.meaning}; else {one.default}" for one in SETTINGS]
    lines += ["", "exit codes:"]
    lines += [f"  {code:<14} {meaning}" for code, meaning in MEANING_OF_CODES.items()]
    return "\n".join(lines)


def _command(options: argparse.Namespace) -> int:
    if options.command == "init":
        from signals_pipeline.cli.init import make_project

        print(make_project(options.folder))
        return 0
    from dotenv import load_dotenv

    # What is set in the environment goes before what the file says, as with Dagster.
    load_dotenv(Path(".env"))
    settings = project()
    name_project(settings)
    for name, meant in misspelt(os.environ):
        say_problem(f"{name} is no setting, and does nothing. {meant} is one.")
    return _COMMANDS[options.command](settings, options)


def _fail(message: str, exit_code: int) -> int:
    say_failure(message, exit_code)
    return exit_code


def _run(settings: Project, options: argparse.Namespace) -> int:
    settings.assert_startable()
    settings.assert_writable()
    from signals_pipeline.core.outbox import deliver
    from signals_pipeline.publish.unchanged import is_dagster_to_be_told, summary_of_nothing_new

    said = None if options.rebuild or options.issue else summary_of_nothing_new(settings)
    if said is None or is_dagster_to_be_told(settings):
        # Dagster, and whatever reads cards, is loaded for this alone.
        return _run_job(settings, said, options)
    say_summary(said)
    for problem in deliver(settings):
        say_problem(problem)
    return 0


def _run_job(settings: Project, said: str | None, options: argparse.Namespace) -> int:
    """Run the job; where `said` says that nothing is new, only tell Dagster, if it knows the snapshot."""
    from signals_pipeline.cli.console import Progress, summary_now_and_later
    from signals_pipeline.core.failures import (
        FailureNotice,
        causes,
        explain,
        notify,
        notify_that_it_works,
        what_stands,
    )
    from signals_pipeline.core.outbox import deliver
    from signals_pipeline.core.progress import report, reported_to
    from signals_pipeline.publish.unchanged import keep_summary

    ending = EndingSignals()
    before = settings.snapshot
    with Progress() as progress, reported_to(progress.show):
        report("starting")
        from signals_pipeline.defs.execution import refresh, tell_that_it_stands

        try:
            settings.assert_readable()
            outcome = None
            if said is None or not tell_that_it_stands(settings):
                asked = {"rebuild": options.rebuild, "accept_drop": options.accept_drop}
                outcome = refresh(settings, **asked, issue=options.issue or "")
        except BaseException as error:  # noqa: BLE001
            # A query that a signal ends says only that it was interrupted, and Dagster has a word of its own.
            if heard := ending.heard():
                return _fail(f"Interrupted. {what_stands(settings, before)}".rstrip(), SIGNALED + heard)
            # A person gets one line, whatever failed; the traceback is in the file that it names.
            message, exit_code = explain(settings, error)
            if stands := what_stands(settings, before):
                message = f"{message.rstrip('.')}. {stands}"
            if not any(isinstance(cause, UnknownIssueError) for cause in causes(error)):
                for problem in notify(settings, FailureNotice("run failed", message)):
                    say_problem(problem)
            return _fail(message, exit_code)
    if outcome is not None:
        said, later = summary_now_and_later(settings, outcome)
        keep_summary(settings, outcome.snapshot, later)
    say_summary(said or "")
    for problem in [*notify_that_it_works(settings), *deliver(settings)]:
        say_problem(problem)
    return 0


def _serve(settings: Project, options: argparse.Namespace) -> int:
    from signals_pipeline.cli.web import open_ui, run_daemon, serve_ui

    if options.command == "daemon":
        return run_daemon(settings)
    if options.command == "web":
        return serve_ui(settings, *options.listen, read_only=options.read_only)
    return open_ui(settings, read_only=options.read_only)


def _sql(settings: Project, options: argparse.Namespace) -> int:
    from signals_pipeline.cli.prompt import answer, open_prompt

    query = options.query
    database = _published(settings)
    if query is None and sys.stdin.isatty():
        open_prompt(settings)
    if query is None:
        # What a pipe brings may be something else than text.
        query = sys.stdin.buffer.read().decode("utf-8", "replace")
    if query.strip().isdecimal():
        return _ask_one(settings, query.strip(), [])
    return answer(database, query)


def _ask(settings: Project, options: argparse.Namespace) -> int:
    from signals_pipeline.cli.prompt import listed_questions

    if options.number is not None:
        return _ask_one(settings, options.number, options.given)
    print(listed_questions(settings.database))
    return 0


def _ask_one(settings: Project, number: str, given: Sequence[str]) -> int:
    from signals_pipeline.cli.prompt import ask

    try:
        return ask(_published(settings), number, given)
    except ValueError as error:
        return _fail(str(error), EXIT_TYPED_WRONGLY)


def _published(settings: Project) -> Path:
    """The database that analysts ask."""
    if not settings.database.exists():
        raise NoInputError(f"{shown(settings.database)} does not exist yet: {typed('run')} builds it.")
    # Whoever reads only the first lines of an answer closes the pipe: that is no fault.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    return settings.database


def _search(_: Project, options: argparse.Namespace) -> int:
    query = " ".join(options.query)
    if not query.strip():
        return _fail(f"Say what to look for: {typed('search')}", EXIT_TYPED_WRONGLY)
    from signals_pipeline.cli.search import shown as found_as_text
    from signals_pipeline.publish.search import search

    try:
        n = int(options.n) if options.n.isdecimal() else 0
        # One more than is shown tells whether there are more.
        found = search(query, n and n + 1, options.section, options.since, options.until)
    except ValueError as error:
        return _fail(str(error), EXIT_TYPED_WRONGLY)
    print(found_as_text(found, n))
    return 0


def _explain(settings: Project, options: argparse.Namespace) -> int:
    from signals_pipeline.cli.explain import explain_file
    from signals_pipeline.marts.parameters import EARLIEST_ISSUE, OWN_SITES, SUNDAYS_FROM
    from signals_pipeline.parsed.identity import Calendar

    calendar = Calendar(settings.as_of(), EARLIEST_ISSUE, SUNDAYS_FROM, OWN_SITES)
    print(explain_file(settings, options.file, calendar))
    return 0


def _review(settings: Project, _: argparse.Namespace) -> int:
    from signals_pipeline.cli.review import review

    return review(settings)


def _publish(settings: Project, options: argparse.Namespace) -> int:
    from signals_pipeline.cli.console import Progress
    from signals_pipeline.core.progress import reported_to
    from signals_pipeline.publish.copies import publish_copy

    with Progress() as progress, reported_to(progress.show):
        copied = publish_copy(settings, options.to)
    say(
        f"{options.to} leads to {copied.snapshot}: {copied.n_files:,} files, {copied.n_bytes / 1e6:,.1f} MB. "
        f"Copied now: {copied.n_new:,}. Older copies removed: {copied.n_removed:,}."
    )
    return 0


def _back_up(settings: Project, options: argparse.Namespace) -> int:
    from signals_pipeline.cli.console import Progress
    from signals_pipeline.core.progress import reported_to
    from signals_pipeline.publish.backup import back_up

    with Progress() as progress, reported_to(progress.show):
        done = back_up(settings, options.to)
    say(f"{done.folder} is whole: {done.n_files:,} files, {done.n_bytes / 1e6:,.1f} MB.")
    return 0


def _prune(settings: Project, _: argparse.Namespace) -> int:
    settings.assert_writable()
    from signals_pipeline.defs.retention import prune

    done = prune(settings)
    say(
        f"Removed {done.n_removed:,} of {done.n_runs:,} runs. "
        f"{done.bytes_after / 1e6:,.1f} MB of history stay, {done.bytes_before / 1e6:,.1f} MB before."
        if done.bytes_before
        else f"Removed {done.n_removed:,} of {done.n_runs:,} runs from the history in PostgreSQL."
    )
    return 0


def _dictionary(settings: Project, _: argparse.Namespace) -> int:
    from signals_pipeline.publish import dictionary, questions

    written = {
        "data/DICTIONARY.md": dictionary.markdown(),
        "data/QUESTIONS.md": questions.markdown(),
    }
    for name, text in written.items():
        path = settings.root / name
        path.write_text(text, "utf-8")
        print(f"Wrote {shown(path)}.")
    return 0


_COMMANDS: dict[str, Callable[[Project, argparse.Namespace], int]] = {
    "run": _run,
    "ui": _serve,
    "web": _serve,
    "daemon": _serve,
    "sql": _sql,
    "ask": _ask,
    "search": _search,
    "explain": _explain,
    "review": _review,
    "publish": _publish,
    "backup": _back_up,
    "prune": _prune,
    "dictionary": _dictionary,
}


def typed_command() -> int:
    """What is typed: a command without the warnings that libraries have for programmers."""
    warnings.simplefilter("ignore")
    return main()


if __name__ == "__main__":
    sys.exit(typed_command())
