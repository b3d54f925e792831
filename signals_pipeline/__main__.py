"""The command line: run the job, open the UI, ask SQL."""

import argparse
import json
import os
import shutil
import socket
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

from signals_pipeline.errors import EXIT_FAILED, EXIT_NO_INPUT, SignalsError
from signals_pipeline.project import DATA_DIR, RAW_DIR, Project, project, shown

FIRST_PORT = 3000
PORTS = 20
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, 0 when it was done."""
    parser = argparse.ArgumentParser(
        prog="signals",
        description="From a folder of signal cards to a DuckDB file of tables and trend marts.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="take in the cards and publish a snapshot")
    run.add_argument("--rebuild", action="store_true", help="read every card again, into a fresh store")
    commands.add_parser("ui", help="open the Dagster UI, with schedule and sensor running")
    sql = commands.add_parser("sql", help="ask the published database")
    sql.add_argument("query", nargs="?", help="one query; without it, a prompt")
    commands.add_parser("dictionary", help="write data/DICTIONARY.md")
    options = parser.parse_args(arguments)
    try:
        return _command(options)
    except SignalsError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Interrupted. What was published before stays.", INTERRUPTED)


def _command(options: argparse.Namespace) -> int:
    settings = project()
    if options.command == "run":
        return _run(settings, rebuild=options.rebuild)
    if options.command == "ui":
        return _ui(settings)
    if options.command == "sql":
        return _sql(settings, options.query)
    return _dictionary(settings)


def _fail(message: str, exit_code: int) -> int:
    print(f"signals: {message}", file=sys.stderr)
    return exit_code


def _run(settings: Project, *, rebuild: bool) -> int:
    from signals_pipeline.console import Progress, summary
    from signals_pipeline.progress import heard_by, report

    settings.assert_writable()
    with Progress() as progress, heard_by(progress.show):
        report("starting")
        from signals_pipeline.defs.execution import refresh

        try:
            outcome = refresh(settings, rebuild=rebuild)
        except Exception as error:  # noqa: BLE001
            # Whatever failed, a person gets one line; who wants the rest finds it in the file.
            return _failed(settings, error)
    print(summary(settings, outcome))
    return 0


def _failed(settings: Project, error: BaseException) -> int:
    chain = _chain(error)
    for cause in chain:
        if isinstance(cause, SignalsError):
            return _fail(str(cause), cause.exit_code)
    story = settings.build / "last_failure.txt"
    story.write_text("".join(traceback.format_exception(error)), "utf-8")
    root = chain[-1]
    return _fail(
        f"The job failed: {type(root).__name__}: {str(root).splitlines()[0] if str(root) else ''}. "
        f"The last snapshot stays. The whole story is in {shown(story)}.",
        EXIT_FAILED,
    )


def _chain(error: BaseException) -> list[BaseException]:
    """An error and what led to it. Dagster's errors may lead back to themselves, so each is taken once."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is seen for seen in chain):
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain


def _ui(settings: Project) -> int:
    """Become `dagster dev`."""
    port = next((port for port in range(FIRST_PORT, FIRST_PORT + PORTS) if _is_free(port)), None)
    if port is None:
        return _fail(f"No free port from {FIRST_PORT} to {FIRST_PORT + PORTS - 1}.", EXIT_FAILED)
    settings.assert_writable()
    home = _dagster_home(settings)
    print(f"The Dagster UI opens at http://127.0.0.1:{port} (stop it with Ctrl-C).", flush=True)
    environment = {"PYTHONWARNINGS": "ignore"} | os.environ
    environment |= {"DAGSTER_HOME": str(home), "PYTHONPATH": str(settings.root), DATA_DIR: str(settings.data)}
    if settings.raw_setting:
        environment[RAW_DIR] = str(settings.raw_dir())
    # Started elsewhere, Dagster would speak of the two dagster.yaml, though they say the same.
    os.chdir(home)
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(settings.root / "workspace.yaml")]
    command += ["-h", "127.0.0.1", "-p", str(port), "--log-level", "warning"]
    return os.execve(sys.executable, command, environment)


def _dagster_home(settings: Project) -> Path:
    """The folder of Dagster's history, with the project's dagster.yaml in it."""
    home = settings.data / ".dagster"
    home.mkdir(parents=True, exist_ok=True)
    text = (settings.root / "dagster.yaml").read_text("utf-8")
    text = text.replace("base_dir: data/.dagster", f"base_dir: {json.dumps(str(home))}")
    (home / "dagster.yaml").write_text(text, "utf-8")
    return home


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _sql(settings: Project, query: str | None) -> int:
    if not settings.database.exists():
        return _fail(f"{shown(settings.database)} does not exist yet: make run builds it.", EXIT_NO_INPUT)
    client = shutil.which("duckdb")
    if client:
        command = [client, "-readonly", str(settings.database), *(["-c", query] if query else [])]
        os.execv(client, command)
    from signals_pipeline.console import ask

    return ask(settings.database, query)


def _dictionary(settings: Project) -> int:
    from signals_pipeline.publish.dictionary import markdown

    path = settings.root / "data" / "DICTIONARY.md"
    path.write_text(markdown(), "utf-8")
    print(f"Wrote {shown(path)}.")
    return 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
