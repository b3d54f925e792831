"""What a person sees in a terminal: progress, the closing summary, and a small SQL reader."""

import shutil
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from signals_pipeline.core.settings import Project, came_with, shown, typed, variable
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.parsed.models import FILE_KINDS
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS, in_words
from signals_pipeline.publish.outcome import Outcome
from signals_pipeline.publish.questions import questions
from signals_pipeline.publish.reader import connect

SUFFIXES_NAMED = 3
"""Suffixes of files that are no text that the summary names; more are counted."""


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
    ingested, changes = outcome.ingested, outcome.changes
    example = "SELECT period_start, share, share_lo, share_hi FROM trend('ai')"
    if shutil.which("duckdb"):
        example = f'duckdb -readonly {shown(settings.database)} "{example}"'
    else:
        example = typed("sql", example)
    lines = [
        ("Folder", _folder(settings, outcome.raw_dir)),
        (
            "Cards",
            f"{ingested.cards:,} in {ingested.files:,} files: {changes.new:,} new, "
            f"{changes.changed:,} changed, {changes.removed:,} removed; {ingested.rejects:,} rejected",
        ),
        *_left_alone(ingested),
        *_own(settings),
        ("Rows", f"{ingested.rows:,} {in_words(STATEMENT_SECTIONS)}"),
        ("Issues", _issues(outcome)),
        (
            "Snapshot",
            f"{outcome.snapshot}{'' if outcome.is_new else ' (nothing changed, nothing new published)'}",
        ),
    ]
    if outcome.damage:
        lines.append(("Warning", f"the last snapshot was damaged ({outcome.damage}), so a new one was built"))
    if outcome.n_revised_calls:
        many = f"{outcome.n_revised_calls:,} call{'' if outcome.n_revised_calls == 1 else 's'}"
        why = "cards of past newsletter issues came, went or changed"
        lines.append(("Warning", f"{many} of the past are others now, since {why} (FROM call_history)"))
    if ingested.rejects:
        lines.append(
            ("Warning", f"{ingested.rejects:,} could not be read: {typed('sql', 'FROM parsed.rejects')}")
        )
    lines += [
        ("Report", f"{shown(settings.report)} (open it in a browser)"),
        ("SQL", example),
        (
            "Next",
            f"{typed('prompt')} (a prompt, with twenty questions to begin with) · "
            f"{typed('ui')} (lineage and checks)",
        ),
    ]
    return "\n".join(f"{name + ':':<10}{text}" for name, text in lines)


def _left_alone(ingested: Ingested) -> list[tuple[str, str]]:
    """How many files of which kind were left alone, of those that are no text by suffix: 180 topic pages."""
    if not ingested.left_alone:
        return []
    texts = [f"{n:,} {_kind(what, n)}" for what, n in ingested.left_alone.items() if what in FILE_KINDS]
    by_suffix = [(what, n) for what, n in ingested.left_alone.items() if what not in FILE_KINDS]
    suffixes = [f"{n:,} {suffix}" for suffix, n in by_suffix[:SUFFIXES_NAMED]]
    if others := by_suffix[SUFFIXES_NAMED:]:
        suffixes.append(f"{sum(n for _, n in others):,} with other suffixes")
    return [("Left", f"{', '.join([*texts, *suffixes])} (FROM parsed.files_seen says why)")]


def _own(settings: Project) -> list[tuple[str, str]]:
    """Which files of one's own replace those that came with the project, and what is new in these."""
    found = []
    for own in settings.own_files():
        shipped = _lines(came_with(f"data/{own.name}"))
        new = len(shipped - _lines(own))
        lacks = f"; it lacks {new:,} of its lines" if new else ""
        found.append(("Own", f"{shown(own)}, in place of the one that came with the project{lacks}"))
    return found


def _lines(path: Path) -> set[str]:
    """The lines of a file that say something."""
    lines = map(str.strip, path.read_text("utf-8", "replace").splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def _kind(kind: str, n: int) -> str:
    singular, plural = FILE_KINDS[kind]
    return singular if n == 1 else plural


def _folder(settings: Project, raw_dir: Path) -> str:
    if settings.is_demonstration(raw_dir):
        own = f"put your own cards into data/raw or set {variable('raw_dir')}"
        return f"{shown(raw_dir)} (the demonstration; {own})"
    return shown(raw_dir)


def _issues(outcome: Outcome) -> str:
    if not outcome.n_newsletter_issues:
        return f"no newsletter issue with a date ({typed('explain')} says of a card why)"
    return f"{outcome.n_newsletter_issues:,} newsletter issues, {outcome.first_issue} to {outcome.last_issue}"


_EXAMPLES = """
  FROM data_dictionary               what is there, and what it means
  FROM rising()                      what rises, and is it more than noise?
  FROM trend('ai', grain := 'year')  the line of a topic, with its interval
  FROM search('heat pump')           cards and statements that say most of some words
  FROM card('{card}')                all that stands in a card, with its lines
"""
_PROMPT = """
A query ends with a semicolon or an empty line; a number asks one of these. Leave with Ctrl-D."""


def welcome(database: Path) -> str:
    """What a person may ask a published database."""
    with connect(database) as connection:
        ((card,),) = connection.execute("SELECT left(min(card_id), 6) FROM parsed.cards").fetchall()
    return f"{shown(database)}, read-only. To begin with:\n{_EXAMPLES.format(card=card or '0f1e2d')}"


def ask(database: Path, query: str | None) -> int:
    """Answer one query, or each that is typed at a prompt; 1 when the one query fails."""
    with connect(database) as connection:
        if query is not None:
            return _answer(connection, query)
        print(welcome(database))
        for one in questions():
            print(f"{one.number:>4}  {one.title}")
        print(_PROMPT)
        by_number = {str(one.number): one.sql for one in questions()}
        try:
            while True:
                typed = _typed()
                if typed in by_number:
                    typed = by_number[typed]
                    print(typed)
                if typed:
                    _answer(connection, typed)
        except EOFError:
            print()
            return 0


def _typed() -> str:
    """What is typed at the prompt up to a semicolon, an empty line or the end; a number ends by itself."""
    lines: list[str] = []
    while True:
        try:
            lines.append(input("     ...> " if lines else "signals> ").rstrip())
        except EOFError:
            if not lines:
                raise
            return "\n".join(lines)
        if not lines[-1] or lines[-1].endswith(";") or lines[0].isdecimal():
            return "\n".join(lines).strip()


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    try:
        relation = connection.sql(query)
        if relation is not None:
            relation.show()
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0
