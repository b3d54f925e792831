"""What is understood of one file, line by line, what is not, and why: for whoever writes cards."""

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from signals_pipeline.core import schema
from signals_pipeline.core.errors import NoInputError
from signals_pipeline.core.lock import store_lock
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.settings import CARDS_PAGE, Project, shown, typed
from signals_pipeline.core.store import Store, open_store
from signals_pipeline.parsed.changes import save_listing
from signals_pipeline.parsed.dialect_file import read_dialect
from signals_pipeline.parsed.identity import Calendar, read_corrections
from signals_pipeline.parsed.ingest import STORED_TABLES, ingest
from signals_pipeline.parsed.models import CARD_PARTS, DATE_REASONS, NOT_COUNTED_REASONS, TABLES
from signals_pipeline.parsed.reader import forms, headings, markdown
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.reader.file import read_file, without_fields
from signals_pipeline.parsed.sections import RELEVANCY_SCALE, ROW, SECTIONS, STATEMENT_SECTIONS
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import list_folder, why_left_alone
from signals_pipeline.raw.paths import show

HELP = f"{CARDS_PAGE} says what a card looks like; data/dialect.toml is for cards of another kind."

_NAMED_LIKE_A_CARD = f"{'0' * 32}.md"
"""A file of this name is read as a card, whatever is in it."""

_SHOWN = 90
"""Characters of a text that a line shows."""


def explain_file(settings: Project, path: Path, calendar: Calendar) -> str:
    """The lines that say what is read from a file.

    Raises:
        BadInputFileError: A file that a person edits cannot be read.
        NoInputError: There is no such file, it is a folder, or nothing can be read from it.
    """
    told = show(os.fsencode(shown(path)))
    if path.is_dir():
        raise NoInputError(f"{told} is a folder. Name one file in it: {typed('explain', f'{told}/…')}")
    edited = settings.edited()
    dialect = read_dialect(settings.dialect, edited[settings.dialect.name] or b"")
    corrections = read_corrections(settings.issue_dates, edited[settings.issue_dates.name] or b"")
    try:
        text = gate.decode(gate.read(os.fsencode(path)).data)
    except FileNotFoundError:
        raise NoInputError(f"{told} does not exist.") from None
    except gate.GateError as error:
        raise NoInputError(f"{told} is not read: {error.reason}") from None
    raw_dir = settings.raw_dir()
    whole, place = path.resolve(), Path(path.name)
    if isinstance(raw_dir, Path) and whole.is_relative_to(raw_dir):
        place = whole.relative_to(raw_dir)
    if reason := why_left_alone(place):
        raise NoInputError(f"{told} is not read: {reason}")
    name = show(os.fsencode(place))
    found = read_file(name, text, dialect)
    is_card = bool(found.cards)
    what = "cannot be read" if found.kind == "card" else "is no card"
    verdict = [] if is_card else [f"{told} {what}: {found.reason} {HELP}"]
    # What may have been meant as a card is read as if it were one; a page about cards or a draft is none.
    if found.kind not in ("card", "other") or any(row["level"] == "file" for row in found.rejects):
        return verdict[0]
    with _ingested(name if is_card else _NAMED_LIKE_A_CARD, text, calendar, corrections, dialect) as store:
        lines = [*_understood(store), *_headings(text, dialect), *_not_read(store)]
        verdict += [f"{told}{one}" for one in _counted(store)] if is_card else ["Read as one, it says:"]
        n_rejects = store.value("SELECT count(*) FROM parsed.rejects")
    if n_rejects:
        verdict.append(f"{n_rejects:,} part{' is' if n_rejects == 1 else 's are'} NOT READ, and in no table.")
    return "\n".join([*verdict, *(f"  line {line:>4}  {what}" for line, _, what in sorted(lines))])


@contextmanager
def _ingested(
    name: str, text: str, calendar: Calendar, corrections: Mapping[str, date], dialect: Dialect
) -> Iterator[Store]:
    """A store that holds what a run would ingest from a folder with this file alone."""
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
    """By line what became a field, a row, or stands beside the tables; the second number orders a line's."""
    for line, *values in store.rows(f"SELECT line, {', '.join(_FIELDS)} FROM parsed.cards"):
        fields = dict(zip(_FIELDS.values(), values, strict=True))
        for order, (name, value) in enumerate(fields.items()):
            if value:
                yield line, order, f"{name}: {_quoted(value)}"
        # Without a newsletter issue a card is not counted, as has been said.
        if missing := [
            name for column, name in _FIELDS.items() if column != "issue_token" and not fields[name]
        ]:
            yield line, len(fields), f"not there: {', '.join(missing)} (a card need not have them)"
    for name, section in SECTIONS.items():
        columns = [] if section.topic_kind else [c for c in _columns(store, name) if c not in _KEYS]
        shown_columns = ", ".join(f'"{column}"' for column in columns or ["raw_text"])
        for line, row_no, *values in store.rows(f"SELECT line, row_no, {shown_columns} FROM parsed.{name}"):
            kind = section.topic_kind or f"{section.words}, row"
            cells = dict(zip(columns or ["raw_text"], values, strict=True))
            filled = [f"{key} {_quoted(str(value))}" for key, value in cells.items() if value is not None]
            yield line, 13, f"{kind} {row_no}: {', '.join(filled) if columns else _quoted(str(values[0]))}"
    for line, heading, column, value in store.rows(
        "SELECT line, heading, column_name, value FROM parsed.card_extra"
    ):
        place = " / ".join(part for part in (heading, column) if part)
        written = f": {_quoted(value)}" if value else ""
        yield line, 14, f"kept, but in no table{f', {place}' if place else ''}{written}"


_FIELDS = {
    "title": "title",
    "issue_token": "newsletter issue",
    "url": "link",
    "category": "category",
    "type": "type",
    "summary": "summary",
}
"""The columns of a card that stand in it, as a person calls them."""


def _not_read(store: Store) -> Iterator[tuple[int, int, str]]:
    """By line what became a reject, with what to do about the first one of its kind."""
    advised: set[tuple[str | None, str]] = set()
    for line, section, code, reason in store.rows(
        "SELECT line, section, code, reason FROM parsed.rejects ORDER BY line, row_no"
    ):
        advice = "" if (section, code) in advised else _advice(code, section)
        advised.add((section, code))
        where = f" ({section})" if section else ""
        yield line or 1, 15, f"NOT READ{where}: {reason}{advice} [{code}]"


_HEADINGS = ", ".join(dict.fromkeys(forms.heading_of(section) for section in forms.HEADINGS.values()))

_ADVICE = {
    Code.FRONT_MATTER: 'A value with a colon in it stands in quotes: title: "Kelp: a farm".',
    Code.UNKNOWN_SECTION: f"The headings are {_HEADINGS}; no other words may stand in one.",
    Code.OPEN_FENCE: "Delete this line, or close it with another one.",
    Code.TABLE_IN_SUMMARY: "Put a heading such as ## Signals above the table.",
    Code.OTHER_TABLE: "Put a heading such as ## Concerns above the table.",
    Code.NOT_A_LIST_ITEM: "Write one item on each line, with * and a space before it.",
    Code.NOT_A_TABLE_ROW: "This section is a table: | name | description |, a line |:--|:--|, then the rows.",
    Code.TABLE_NOT_PARSED: "Put a line such as |:--|:--| under the header.",
    Code.EXTRA_CELLS: "A | that is part of a text is written \\|.",
    Code.CUT_OFF: "Finish the row, and end it with |.",
    Code.RELEVANCY_NOT_A_NUMBER: f"A relevancy is {RELEVANCY_SCALE}, or its cell is empty.",
    Code.OUT_OF_RANGE: f"A relevancy is {RELEVANCY_SCALE}, or its cell is empty.",
}


def _advice(code: str, section: str | None) -> str:
    """What to do about a reject, where that can be said in general."""
    if code == Code.NO_KNOWN_COLUMN and section in STATEMENT_SECTIONS:
        headers = dict.fromkeys(one.read_from[-1] for one in schema.columns(TABLES[section]) if one.read_from)
        known = [header for header in headers if header not in (*CARD_PARTS, ROW)]
        return f" The headers are {', '.join(known)}."
    advice = _ADVICE.get(Code(code))  # type: ignore[call-arg]
    return f" {advice}" if advice else ""


_TO_DATE = (
    "Name its newsletter issue in the line of its title, or write date: 2026-06-21 in its front matter."
)
_TO_CORRECT = "A line {} in data/issue_dates.csv gives one to all cards of it."

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
                yield block.line + 1, 12, f"a heading of no known section: {_quoted(block.span.text)}"
            else:
                yield block.line + 1, 12, f"here begins: {section} ({_holds(section)})"


def _holds(section: str) -> str:
    if section in STATEMENT_SECTIONS:
        return "a table"
    return "a list" if section in forms.BULLET_SECTIONS else "a text"


def _counted(store: Store) -> Iterator[str]:
    """Of each card, whether it is counted, and why not."""
    for day, token, date_reason, reason in store.rows("""
        SELECT issue_date, issue_token, issue_date_reason, not_counted_reason FROM parsed.cards ORDER BY line
    """):
        if reason is None:
            yield f" is a card of the newsletter issue of {day}, and is counted."
        elif day is None:
            why = DATE_REASONS[date_reason]
            if token:
                why = f'it says "{token}", but {why}'
            advice = _TO_CORRECT.format(_corrected(token)) if token else _TO_DATE
            yield f" is a card, but NOT COUNTED, since it has no date: {why}. {advice}"
        else:
            yield f" is a card, but NOT COUNTED: {NOT_COUNTED_REASONS[reason]}."


def _corrected(token: str) -> str:
    """A line of `data/issue_dates.csv` that says the date of a newsletter issue."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([token, "2026-06-21", "seen in the archive"])
    return line.getvalue()


def _quoted(text: str) -> str:
    one_line = " ".join(text.split())
    return f'"{one_line[:_SHOWN]}…"' if len(one_line) > _SHOWN else f'"{one_line}"'
