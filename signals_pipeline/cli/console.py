"""What a person sees of a run in a terminal: its progress, and the closing summary."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

from signals_pipeline.cli import told
from signals_pipeline.cli.prompt import example_topics
from signals_pipeline.cli.says import say_stage
from signals_pipeline.cli.unused import unused
from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.logs import is_json
from signals_pipeline.core.settings import Project, came_with, shown, typed, variable
from signals_pipeline.parsed.ingest import Ingested
from signals_pipeline.parsed.models import FILE_KINDS
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS, in_words
from signals_pipeline.publish.outcome import Outcome
from signals_pipeline.publish.reader import connect

SUFFIXES_NAMED = 3
"""Suffixes of files that are no text that the summary names; more are counted."""


LINES_NAMED = 5
"""Lines of a file of one's own that match nothing and that the summary names; more are counted."""


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
            if console.is_terminal and not is_json()
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
            say_stage(stage, done, total)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the summary reads from the snapshot and from files of one's own: a topic, and lines of its own."""

    topic: str
    changed: list[tuple[str, str]]
    of_cards: list[tuple[str, str]]
    unused: list[tuple[str, str]]


def summary(settings: Project, outcome: Outcome) -> str:
    """The closing lines of a run: what was read, what stands, and what to do next."""
    return _summary(settings, outcome, _read(settings, outcome))


def summary_now_and_later(settings: Project, outcome: Outcome) -> tuple[str, str]:
    """The closing lines of a run, and those of the next one where it finds nothing new."""
    read = _read(settings, outcome)
    later = _summary(settings, outcome.with_nothing_new(), replace(read, changed=[]))
    return _summary(settings, outcome, read), later


def _read(settings: Project, outcome: Outcome) -> _Read:
    (topic,) = example_topics(settings.database)
    if not settings.database.exists():
        return _Read(topic, [], [], _unused(settings))
    with connect(settings.database) as connection:
        changed = told.changed(connection) if outcome.is_new else []
        of_cards = [*told.not_counted(connection), *told.unread(connection)]
    return _Read(topic, changed, of_cards, _unused(settings))


def _summary(settings: Project, outcome: Outcome, read: _Read) -> str:
    ingested, changes = outcome.ingested, outcome.changes
    example = f"SELECT period_start, share, share_lo, share_hi FROM trend({read.topic})"
    lines = [
        ("Folder", _folder(settings, outcome.raw_dir)),
        (
            "Cards",
            f"{ingested.cards:,} in {ingested.files:,} files: {changes.new:,} new, "
            f"{changes.changed:,} changed, {changes.removed:,} removed; {ingested.rejects:,} rejected",
        ),
        *_read_again(ingested),
        *read.changed,
        *read.of_cards,
        *_left_alone(ingested),
        *_own(settings),
        *read.unused,
        ("Rows", f"{ingested.rows:,} {in_words(STATEMENT_SECTIONS)}"),
        ("Issues", _issues(outcome)),
        *([("Meaning", outcome.meaning)] if outcome.meaning else []),
        (
            "Snapshot",
            f"{outcome.snapshot}{'' if outcome.is_new else ' (nothing changed, nothing new published)'}",
        ),
    ]
    if outcome.damage:
        lines.append(("Warning", f"the last snapshot was damaged ({outcome.damage}), so a new one was built"))
    if outcome.n_revised_calls:
        many = f"{outcome.n_revised_calls:,} call{'' if outcome.n_revised_calls == 1 else 's'}"
        why = "cards of past newsletter issues changed, or the files that say which names mean one idea"
        lines.append(
            (
                "Warning",
                f"{many} of the past {'is' if outcome.n_revised_calls == 1 else 'are'} not as told before, "
                f"since {why}: {typed('sql', 'FROM call_history')}",
            )
        )
    if ingested.rejects:
        what = "file, card or row" if ingested.rejects == 1 else "files, cards or rows"
        why = typed("sql", "FROM parsed.rejects")
        lines.append(("Warning", f"{ingested.rejects:,} {what} could not be read: {why}"))
    if outcome.n_proposals:
        pairs = f"{outcome.n_proposals:,} pair{'' if outcome.n_proposals == 1 else 's'} of names"
        lines.append(("Review", f"{pairs} may be one idea: {typed('review')}"))
    lines += [
        ("Report", f"{shown(settings.report)} (open it in a browser)"),
        ("SQL", typed("sql", example)),
        (
            "Next",
            f"{typed('prompt')} (a prompt) · {typed('ask', '4')} (twenty questions) · {typed('search')} · "
            f"{typed('ui')} (lineage and checks)",
        ),
    ]
    return "\n".join(f"{name + ':':<10}{text}" for name, text in lines)


def _read_again(ingested: Ingested) -> list[tuple[str, str]]:
    """How many files were read since a person asked for their newsletter issue."""
    if not ingested.again:
        return []
    files = "1 file" if ingested.again == 1 else f"{ingested.again:,} files"
    return [("Again", f"{files} of the newsletter issue that you named")]


def _left_alone(ingested: Ingested) -> list[tuple[str, str]]:
    """How many files of which kind were left alone, of those that are no text by suffix: 180 topic pages."""
    if not ingested.left_alone:
        return []
    texts = [f"{n:,} {_kind(what, n)}" for what, n in ingested.left_alone.items() if what in FILE_KINDS]
    by_suffix = [(what, n) for what, n in ingested.left_alone.items() if what not in FILE_KINDS]
    suffixes = [f"{n:,} {suffix}" for suffix, n in by_suffix[:SUFFIXES_NAMED]]
    if others := by_suffix[SUFFIXES_NAMED:]:
        suffixes.append(f"{sum(n for _, n in others):,} with other suffixes")
    are = "is no card" if sum(ingested.left_alone.values()) == 1 else "are no cards"
    why = typed("sql", "FROM parsed.files_seen")
    return [("Left", f"{', '.join([*texts, *suffixes])} {are} (why: {why})")]


def _own(settings: Project) -> list[tuple[str, str]]:
    """Which files of one's own replace those that came with the project, and what is new in these."""
    found = []
    for own in settings.own_files():
        shipped = _lines(came_with(f"data/{own.name}"))
        new = len(shipped - _lines(own))
        lacks = f", of which it lacks {new:,} line{'' if new == 1 else 's'}" if new else ""
        found.append(("Own", f"{shown(own)} is read in place of the one that came with the project{lacks}"))
    return found


def _unused(settings: Project) -> list[tuple[str, str]]:
    """Which lines of files of one's own match nothing: data/concepts.csv lines 12, 40 and 3 more."""
    found = []
    for path, lines in unused(settings):
        named = ", ".join(f"{line:,}" for line in lines[:LINES_NAMED])
        others = f" and {len(lines) - LINES_NAMED:,} more" if len(lines) > LINES_NAMED else ""
        said = f"line {named}" if len(lines) == 1 else f"lines {named}{others}"
        if path == settings.verdicts:
            what = f"{'is' if len(lines) == 1 else 'are'} not applied (why: {typed('sql', 'FROM verdict')})"
        else:
            what = f"{'matches' if len(lines) == 1 else 'match'} nothing on the cards"
        found.append(("Unused", f"{shown(path)} {said} {what}"))
    return found


def _lines(path: Path) -> set[str]:
    """The lines of a file that say something."""
    lines = map(str.strip, path.read_text("utf-8", "replace").splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def _kind(kind: str, n: int) -> str:
    singular, plural = FILE_KINDS[kind]
    return singular if n == 1 else plural


def _folder(settings: Project, raw_dir: RawDir) -> str:
    if settings.is_demonstration(raw_dir):
        own = f"put your own cards into data/raw or set {variable('raw_dir')}"
        return f"{shown(raw_dir)} (the demonstration; {own})"
    return shown(raw_dir)


def _issues(outcome: Outcome) -> str:
    if not outcome.n_newsletter_issues:
        return f"no newsletter issue with a date ({typed('explain')} says of a card why)"
    if outcome.n_newsletter_issues == 1:
        return f"1 newsletter issue, {outcome.first_issue}"
    return f"{outcome.n_newsletter_issues:,} newsletter issues, {outcome.first_issue} to {outcome.last_issue}"
