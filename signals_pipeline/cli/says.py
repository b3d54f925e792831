"""What commands say of their work: plain lines for people, or JSON for what collects logs."""

import sys
from contextlib import suppress

from signals_pipeline.cli.lines import harmless
from signals_pipeline.core.logs import is_json, json_line


def say(message: str) -> None:
    """Say on standard output what a command does, or has done."""
    print(json_line("INFO", "said", message) if is_json() else message, flush=True)


def say_stage(stage: str, done: int, total: int) -> None:
    """Say on standard error what a run is doing, and how many of how many; total 0 for nothing to count."""
    line = f"{stage} {done:,}/{total:,}" if total else stage
    if is_json():
        counted = {"done": done, "total": total} if total else {}
        line = json_line("INFO", "stage", line, stage=stage, **counted)
    print(line, file=sys.stderr, flush=True)


def say_problem(problem: str) -> None:
    """Say on standard error what went wrong, and keeps nothing from going on."""
    _say_wrong(json_line("WARNING", "problem", problem) if is_json() else _plain(problem))


def say_failure(failure: str, exit_code: int) -> None:
    """Say on standard error what ends the command."""
    _say_wrong(json_line("ERROR", "failed", failure, exit_code=exit_code) if is_json() else _plain(failure))


def say_summary(summary: str) -> None:
    """Say on standard output the closing lines of a run, each of which begins with its name and a colon."""
    if not is_json():
        print(summary, flush=True)
        return
    for line in summary.splitlines():
        name, _, text = line.partition(":")
        level = "WARNING" if name == "Warning" else "INFO"
        print(json_line(level, "summary", text, about=name), flush=True)


def _plain(text: str) -> str:
    return f"signals: {harmless(text)}"


def _say_wrong(line: str) -> None:
    # Standard error may lead to a full disk: the exit code says the same.
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)
