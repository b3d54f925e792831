"""What a person sees in a terminal: progress, the closing summary, and a small SQL reader."""

import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from signals_pipeline.parsed.ingest import Taken
from signals_pipeline.project import RAW_DIR, Project, shown
from signals_pipeline.reader import connect


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for the closing summary."""

    raw_dir: Path
    taken: Taken
    snapshot: str
    is_new: bool
    damage: str
    n_newsletter_issues: int
    first_issue: date | None
    last_issue: date | None


class Progress:
    """A bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        """Write to standard error, so that standard output holds the summary alone."""
        console = Console(stderr=True)
        self._bar = (
            Bar(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                console=console,
                transient=True,
            )
            if console.is_terminal
            else None
        )
        self._task = self._bar.add_task("", total=None) if self._bar else None

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the bar."""
        if self._bar:
            self._bar.stop()

    def show(self, stage: str, done: int, total: int) -> None:
        """Show a stage, and how far it is where that is counted."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, description=stage, completed=done, total=total or None)
        else:
            print(f"{stage} {done:,}/{total:,}" if total else stage, file=sys.stderr, flush=True)


def summary(settings: Project, outcome: Outcome) -> str:
    """The closing lines of a run: what was read, what stands, and what to do next."""
    taken = outcome.taken
    has_client = shutil.which("duckdb") is not None
    client = f"duckdb -readonly {shown(settings.database)} " if has_client else "make sql Q="
    lines = [
        ("Folder", _folder(settings, outcome.raw_dir)),
        (
            "Cards",
            f"{taken.cards:,} in {taken.files:,} files: {taken.new:,} new, {taken.changed:,} changed, "
            f"{taken.removed:,} removed; {taken.rejects:,} rejected",
        ),
        *_pages(taken),
        ("Rows", f"{taken.rows:,} signals, concerns, behaviors, technologies and emerging issues"),
        ("Issues", _issues(outcome)),
        (
            "Snapshot",
            f"{outcome.snapshot}{'' if outcome.is_new else ' (nothing changed, nothing new published)'}",
        ),
    ]
    if outcome.damage:
        lines.append(("Warning", f"the last snapshot was damaged ({outcome.damage}), so a new one was built"))
    if taken.rejects:
        lines.append(("Warning", f'{taken.rejects:,} could not be read: make sql Q="FROM parsed.rejects"'))
    lines += [
        ("Report", f"{shown(settings.report)} (open it in a browser)"),
        ("SQL", f"{client}\"SELECT period_start, share, share_lo, share_hi FROM trend('ai')\""),
        ("Next", "make sql (a prompt) · make ui (lineage and checks)"),
    ]
    return "\n".join(f"{name + ':':<10}{text}" for name, text in lines)


def _pages(taken: Taken) -> list[tuple[str, str]]:
    if not taken.pages:
        return []
    return [("Pages", f"{taken.pages:,} Markdown files are no cards (FROM parsed.files_seen says which)")]


def _folder(settings: Project, raw_dir: Path) -> str:
    if settings.is_demonstration(raw_dir):
        return f"{shown(raw_dir)} (the demonstration; put your own cards into data/raw or set {RAW_DIR})"
    return shown(raw_dir)


def _issues(outcome: Outcome) -> str:
    if not outcome.n_newsletter_issues:
        return "no newsletter issue with a date"
    return f"{outcome.n_newsletter_issues:,} newsletter issues, {outcome.first_issue} to {outcome.last_issue}"


def ask(database: Path, query: str | None) -> int:
    """Answer one query, or each that is typed at a prompt; 1 when the one query fails."""
    with connect(database) as connection:
        if query is not None:
            return _answer(connection, query)
        print(f"{shown(database)}, read-only. Try FROM trend('ai') or FROM data_dictionary. Leave: Ctrl-D.")
        while True:
            try:
                line = input("signals> ").strip()
            except EOFError:
                print()
                return 0
            if line:
                _answer(connection, line)


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    try:
        relation = connection.sql(query)
        if relation is not None:
            relation.show()
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0
