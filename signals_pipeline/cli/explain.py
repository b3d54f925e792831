"""What is understood of one file, line by line, what is not, and why: for whoever writes cards."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.settings import Project, shown
from signals_pipeline.core.store import Store, open_store, store_lock
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.dialect_file import read_dialect
from signals_pipeline.parsed.identity import Calendar, read_corrections
from signals_pipeline.parsed.ingest import STORED_TABLES, ingest
from signals_pipeline.parsed.models import DATE_REASONS, NOT_COUNTED_REASONS
from signals_pipeline.parsed.reader import headings, markdown
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.file import read_file, without_fields
from signals_pipeline.parsed.sections import SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import list_folder, why_left_alone

HELP = "docs/CARDS.md says what a card looks like, and data/dialect.toml how others are written."

_NAMED_LIKE_A_CARD = f"{'0' * 32}.md"
"""A file of this name is read as a card, whatever is in it."""

_SHOWN = 90
"""Characters of a text that a line shows."""


def explain_file(settings: Project, path: Path, calendar: Calendar) -> str:
    """The lines that say what is read from a file.

    Raises:
        BadInputFileError: A file that a person edits cannot be read.
        NoInputError: There is no such file, or nothing can be read from it.
    """
    edited = settings.edited()
    dialect = read_dialect(settings.dialect, edited[settings.dialect.name] or b"")
    corrections = read_corrections(settings.issue_dates, edited[settings.issue_dates.name] or b"")
    try:
        text = gate.decode(gate.read(os.fsencode(path)).data)
    except FileNotFoundError:
        raise NoInputError(f"{shown(path)} does not exist.") from None
    except gate.GateError as error:
        raise NoInputError(f"{shown(path)} is not read: {error.reason}") from None
    raw_dir = settings.raw_dir()
    whole = path.resolve()
    place = whole.relative_to(raw_dir) if whole.is_relative_to(raw_dir) else Path(path.name)
    if reason := why_left_alone(place):
        raise NoInputError(f"{shown(path)} is not read: {reason}")
    name = place.as_posix()
    found = read_file(name, text, dialect)
    is_card = bool(found.cards)
    first = shown(path) if is_card else f"{shown(path)} is no card: {found.reason} {HELP}"
    # What may have been meant as a card is read as if it were one; a page about cards or a draft is none.
    if found.kind not in ("card", "other"):
        return first
    with _taken_in(name if is_card else _NAMED_LIKE_A_CARD, text, calendar, corrections, dialect) as store:
        lines = [*_understood(store), *_headings(text, dialect)]
        verdict = list(_counted(store)) if is_card else []
    said = [f"{line:>5}  {what}" for line, _, what in sorted(lines)]
    return "\n".join([first if is_card else f"{first} Read as one, it is:", *said, *verdict])


@contextmanager
def _taken_in(
    name: str, text: str, calendar: Calendar, corrections: Mapping[str, date], dialect: Dialect
) -> Iterator[Store]:
    """A store that holds what a run would take in from a folder with this file alone."""
    with tempfile.TemporaryDirectory() as folder:
        raw, build = Path(folder, "raw"), Path(folder, "build")
        copy = raw / name
        copy.parent.mkdir(parents=True)
        copy.write_text(text, "utf-8")
        with store_lock(build, print), open_store(build, raw, STORED_TABLES) as store:
            save_listing(store, list_folder(raw))
            ingest(store, raw, calendar, corrections, dialect=dialect)
            yield store


def _understood(store: Store) -> Iterator[tuple[int, int, str]]:
    """By line what became a row, a field or a reject; the second number orders what stands on one line."""
    for line, form, title, token, url, summary in store.rows(
        "SELECT line, form, title, issue_token, url, summary FROM parsed.cards"
    ):
        issue = f"newsletter issue {token}" if token else "no newsletter issue named"
        yield line, 0, f"a card of form {form}: {_quoted(title) if title else 'no title'}, {issue}"
        yield line, 1, f"its link: {url}" if url else "no link to an article"
        yield line, 2, f"its summary: {len(summary):,} characters" if summary else "no summary"
    for name, section in SECTIONS.items():
        columns = [] if section.topic_kind else [c for c in _columns(store, name) if c not in _KEYS]
        shown_columns = ", ".join(f'"{column}"' for column in columns or ["raw_text"])
        for line, row_no, *values in store.rows(f"SELECT line, row_no, {shown_columns} FROM parsed.{name}"):
            kind = section.topic_kind or section.words
            cells = dict(zip(columns or ["raw_text"], values, strict=True))
            filled = [f"{key} {_quoted(str(value))}" for key, value in cells.items() if value is not None]
            yield line, 3, f"{kind} {row_no}: {', '.join(filled) if columns else _quoted(str(values[0]))}"
    for line, heading, column, value in store.rows(
        "SELECT line, heading, column_name, value FROM parsed.card_extra"
    ):
        place = " / ".join(part for part in (heading, column) if part)
        written = f": {_quoted(value)}" if value else ""
        yield line, 4, f"kept beside the tables{f', {place}' if place else ''}{written}"
    for line, section, code, reason in store.rows("SELECT line, section, code, reason FROM parsed.rejects"):
        yield line or 0, 5, f"NOT READ{f' ({section})' if section else ''}: {reason} [{code}]"


_KEYS = ("card_id", "row_no", "line")


def _columns(store: Store, table: str) -> list[str]:
    return store.arrow_schema(f"parsed.{table}").names


def _headings(text: str, dialect: Dialect) -> Iterator[tuple[int, int, str]]:
    """What each heading opens, also one that is not written as a heading."""
    body, _, _ = without_fields(text, dialect)
    for block in markdown.blocks("\n".join(headings.shown(body.split("\n"), dialect))):
        if isinstance(block, markdown.Heading) and block.level > 1:
            section = dialect.section_of(block.span.text)
            if section is None:
                yield block.line + 1, 3, f"a heading of no known section: {_quoted(block.span.text)}"
            else:
                kind = "a table" if section in STATEMENT_SECTIONS else "a list or a text"
                yield block.line + 1, 3, f"the section {section}, {kind}"


def _counted(store: Store) -> Iterator[str]:
    """Whether each card is counted, and why not."""
    for day, date_reason, reason in store.rows(
        "SELECT issue_date, issue_date_reason, not_counted_reason FROM parsed.cards ORDER BY line"
    ):
        dated = (
            f"It is of the newsletter issue of {day}"
            if day
            else f"It has no date: {DATE_REASONS[date_reason]}"
        )
        counted = "it is counted" if reason is None else f"it is not counted: {NOT_COUNTED_REASONS[reason]}"
        yield f"{dated}; {counted}."


def _quoted(text: str) -> str:
    one_line = " ".join(text.split())
    return f'"{one_line[:_SHOWN]}…"' if len(one_line) > _SHOWN else f'"{one_line}"'
