"""A chunk of files read into Arrow tables: all that can be done with some files without those beside them.

Data flow: entries of the listing -> bytes -> text -> cards -> columns -> Arrow -> valid rows and rejects.
It may run in any process that sees the files under the same path.
"""

import gc
import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from typing import Any

import numpy as np
import pyarrow
import pyarrow.compute

from signals_pipeline.core import validation
from signals_pipeline.core.errors import InvariantError, VersionError
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import arrow_schema, column_names
from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.parsed import bulk
from signals_pipeline.parsed.bulk import Cut, Uncut
from signals_pipeline.parsed.columns import SOURCE, Columns, Gathered, Row, row_schema
from signals_pipeline.parsed.models import TABLES, Cards, Rejects
from signals_pipeline.parsed.reader import card as card_reader
from signals_pipeline.parsed.reader.card import FileCards
from signals_pipeline.parsed.reader.parts import CardRows, reject
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import Entry
from signals_pipeline.raw.paths import unshow

ROW_TABLES = [name for name in TABLES if name not in ("files_seen", "card_files", "cards", "rejects")]
"""The tables whose rows belong to one card."""

DERIVED = frozenset(
    {
        "issue_date", "issue_date_reason", "issue_date_flags", "issue_key",
        "is_counted", "not_counted_reason", "duplicate_of",
    }
)  # fmt: skip
"""Columns of `cards` that are derived from all cards together."""

_TEXT: pyarrow.DataType = pyarrow.string()
_WHOLE: pyarrow.DataType = pyarrow.int32()
_BIG: pyarrow.DataType = pyarrow.int64()
KEPT: dict[str, pyarrow.Schema] = {
    "files": pyarrow.schema(
        {
            "path": _TEXT,
            "kind": _TEXT,
            "size": _BIG,
            "file_sha256": _TEXT,
            "mtime_ns": _BIG,
            "ctime_ns": _BIG,
            "inode": pyarrow.uint64(),
            "read_ns": _BIG,
            "parser": _TEXT,
        }
    ),
    "file_cards": pyarrow.schema(
        {"path": _TEXT, "card_no": _WHOLE, "card_id": _TEXT, "line": _WHOLE, "file_sha256": _TEXT}
    ),
    "section_counts": pyarrow.schema({"card_id": _TEXT, "section": _TEXT, "n_source": _WHOLE}),
    "cards_read": pyarrow.schema(
        {one.name: one.type for one in arrow_schema(Cards) if one.name not in DERIVED}
        | {"article_date": pyarrow.date32(), "host": _TEXT, "newsletter_host": _TEXT}
    ),
}
"""What is kept of the files beside the parsed tables, in tables of the schema `internal`."""

READ_AHEAD = 50
"""Files read before the first of them is taken apart: to go to and fro between the two takes longer."""

SETTLED = 1_000
"""Cards whose rows are Python objects at a time: as few as the processor's cache holds."""

_PARSER_CODE = (
    "core/credentials.py",
    "core/rejects.py",
    "core/validation.py",
    "parsed/bulk.py",
    "parsed/chunks.py",
    "parsed/columns.py",
    "parsed/models.py",
    "parsed/sections.py",
    "raw/gate.py",
)
"""What decides how a card is read, beside all modules of `parsed.reader`."""


@cache
def parser_version() -> str:
    """A version that changes when a card could be read differently: that of the parser and markdown-it-py."""
    digest = hashlib.sha256(metadata.version("markdown-it-py").encode())
    for path in sorted((*map(PACKAGE.joinpath, _PARSER_CODE), *PACKAGE.glob("parsed/reader/*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(slots=True)
class Chunk:
    """What some files gave: rows of the tables `internal.*` in `KEPT`, and of the parsed tables.

    Of several cards with one card_id only the first is among the rows; `file_cards` names all.
    """

    kept: dict[str, pyarrow.Table]
    parsed: dict[str, pyarrow.Table]
    n_files: int

    def without(self, card_ids: Sequence[str]) -> "Chunk":
        """The chunk without the rows of some cards; what it says of files stays."""
        gone = pyarrow.array(card_ids, pyarrow.string())

        def others(table: pyarrow.Table) -> pyarrow.Table:
            return table.filter(pyarrow.compute.invert(pyarrow.compute.is_in(table["card_id"], gone)))

        kept = self.kept | {name: others(self.kept[name]) for name in ("section_counts", "cards_read")}
        parsed = {name: others(table) for name, table in self.parsed.items() if name != "rejects"}
        # A reject of a whole card belongs to its file: another file may hold a readable card of that id.
        rejects = self.parsed["rejects"]
        is_row = pyarrow.compute.is_in(rejects["level"], pyarrow.array(["row"]))
        is_gone = pyarrow.compute.and_(is_row, pyarrow.compute.is_in(rejects["card_id"], gone))
        return replace(
            self, kept=kept, parsed=parsed | {"rejects": rejects.filter(pyarrow.compute.invert(is_gone))}
        )


@dataclass(slots=True)
class _File:
    """A file as it was read: its entry in the listing, the time, its state and its SHA-256."""

    entry: Entry
    read_ns: int
    state: os.stat_result
    sha256: str


class _Found:
    """What is found in the files of a chunk: plain sections of some together, all else one by one."""

    def __init__(self, root: bytes, parser: str) -> None:
        """Nothing found yet in a raw folder by a version of the parser."""
        self.root = root
        self.parser = parser
        self.kept = {name: Gathered(schema) for name, schema in KEPT.items()}
        self.rows = {name: Gathered(row_schema(name)) for name in (*ROW_TABLES, "rejects")}
        self.paths: dict[str, str] = {}
        """Where each card is read from."""
        self._waiting: list[tuple[_File, FileCards]] = []

    def refuse(self, entry: Entry, read_ns: int, error: gate.GateError, file: _File | None = None) -> None:
        """Note a file that is not taken in, and why."""
        # What could not be read for now must be tried again, whatever its times say.
        is_passing = error.code in (Code.UNSTABLE, Code.UNREADABLE)
        self._add_file(entry, _kind(entry.path), 0 if is_passing else read_ns, file)
        raw = None if error.data is None else error.data.decode("utf-8", errors="backslashreplace")
        raw = raw and raw.replace("\0", "\\x00")
        self.add_reject(reject("file", error.code, error.reason, raw, path=entry.path))

    def wait(self, file: _File, found: FileCards) -> None:
        """Take what is in a file together with what is in others: files come in the order of their paths."""
        self._waiting.append((file, found))
        if len(self._waiting) >= SETTLED:
            self.flush()

    def flush(self) -> None:
        """Move what was found to Arrow's memory: that of Python objects is used again if these are few."""
        kinds: dict[tuple[str, tuple[str, ...]], list[tuple[int, Uncut]]] = defaultdict(list)
        for position, (_, found) in enumerate(self._waiting):
            for card in found.cards:
                for one in card.uncut:
                    kinds[one.section, one.names].append((position, one))
        is_plain = np.ones(len(self._waiting), bool)
        cuts = []
        for pairs in kinds.values():
            owners, uncut = np.array([position for position, _ in pairs]), [one for _, one in pairs]
            cut = bulk.cut(uncut)
            is_plain[owners[~cut.is_plain]] = False
            cuts.append((owners, uncut, cut))
        is_taken = np.zeros(len(self._waiting), bool)
        for position, (file, found) in enumerate(self._waiting):
            if is_plain[position]:
                is_taken[position] = self.take(file, found)
            else:
                _read_again(file.entry, self)
        # Only a card that is alone in its file has something uncut.
        of_first = [found.cards[0].card_id if found.cards else None for _, found in self._waiting]
        card_ids = pyarrow.array(of_first, pyarrow.string())
        for owners, uncut, cut in cuts:
            self._take_cut(card_ids.take(owners), uncut, cut, is_taken[owners])
        self._waiting.clear()
        for rows in (*self.kept.values(), *self.rows.values()):
            rows.flush()

    def take(self, file: _File, found: FileCards) -> bool:
        """Take what is in a file; whether the rows of its last card are among it."""
        self._add_file(file.entry, found.kind, file.read_ns, file)
        for row in found.rejects:
            self.add_reject(row)
        is_taken = False
        for number, card in enumerate(found.cards, 1):
            is_taken = self._take_card(file, number, card)
        return is_taken

    def _add_file(self, entry: Entry, kind: str, read_ns: int, file: _File | None) -> None:
        """Note a file with its state as it was read, or as it was listed where it was not."""
        row: Row = {"path": entry.path, "kind": kind, "read_ns": read_ns, "parser": self.parser}
        if file is None:
            row |= {"size": entry.size, "inode": entry.inode}
            row |= {"mtime_ns": entry.mtime_ns, "ctime_ns": entry.ctime_ns}
        else:
            state = file.state
            row |= {"size": state.st_size, "inode": state.st_ino, "file_sha256": file.sha256}
            row |= {"mtime_ns": state.st_mtime_ns, "ctime_ns": state.st_ctime_ns}
        self.kept["files"].last.add(row)

    def _take_card(self, file: _File, number: int, card: CardRows) -> bool:
        """Note a card; whether it is the first of its card_id, so that its rows are taken."""
        card_id = card.card_id
        path = file.entry.path
        place = {"path": path, "card_no": number, "card_id": card_id, "line": card.card["line"]}
        self.kept["file_cards"].last.add(place | {"file_sha256": file.sha256})
        if card_id in self.paths:
            return False
        self.paths[card_id] = path
        self.kept["cards_read"].last.add(card.card)
        for name, rows in card.rows.items():
            self.rows[name].last.extend(rows)
        n_sections = len(card.n_source)
        counts: dict[str, Any] = {"section": card.n_source, "n_source": card.n_source.values()}
        counts["card_id"] = [card_id] * n_sections
        self.kept["section_counts"].last.extend(Columns.of(n_sections, counts))
        return True

    def _take_cut(
        self, card_ids: bulk.Values, uncut: Sequence[Uncut], cut: Cut, is_taken: bulk.Flags
    ) -> None:
        """Take the rows of a section of some cards."""
        section = uncut[0].section
        n_rows = cut.n_rows
        card_of = np.repeat(np.arange(len(uncut)), n_rows)
        row_no = np.arange(len(card_of)) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows)
        lines = np.array([one.line for one in uncut])[card_of] + row_no
        columns = cut.columns | {
            "card_id": card_ids.take(card_of),
            "row_no": pyarrow.array(row_no + 1, pyarrow.int32()),
            "line": pyarrow.array(lines, pyarrow.int32()),
        }
        counts = {
            "card_id": card_ids,
            "section": pyarrow.repeat(section, len(uncut)),
            "n_source": pyarrow.array(n_rows, pyarrow.int32()),
        }
        self.rows[section].add_batch(columns, is_taken[card_of])
        self.kept["section_counts"].add_batch(counts, is_taken)

    def add_reject(self, row: Row) -> None:
        """Note a reject of a file, or of a card as a whole."""
        self.rows["rejects"].last.add(row)


def read_chunk(raw_dir: str, parser: str, entries: Sequence[Entry], *, in_bulk: bool = True) -> Chunk:
    """Read some files, in byte order of their paths, by the parser of a version.

    A file that is gone by now is left out, as if it had never been listed. Without cutting plain tables and
    lists `in_bulk` it takes longer, and gives the same.

    Raises:
        VersionError: The process has another version of the parser.
        ValidationOffError: pandera has been switched off there.
    """
    _assert_validation_is_on()
    if parser_version() != parser:
        raise VersionError("A worker has another version of signals_pipeline, or of markdown-it-py.")
    found = _Found(os.fsencode(raw_dir), parser)
    with _without_collector():
        for start in range(0, len(entries), READ_AHEAD):
            for file, text in [_read(entry, found) for entry in entries[start : start + READ_AHEAD]]:
                if file and (cards := _cards_in(file, text, found, may_wait=in_bulk)):
                    found.wait(file, cards)
        return _chunk(found, len(entries))


# Once a process is enough for workers; a run asks for itself.
_assert_validation_is_on = cache(validation.assert_validation_is_on)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Leave memory to reference counting: the collector would add an eighth to the cost of parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(entry: Entry, chunk: _Found) -> tuple[_File | None, str]:
    """A file and its text; None where it is gone, or refused."""
    read_ns = time.time_ns()
    file = None
    try:
        if entry.problem:
            code, _, reason = entry.problem.partition(": ")
            # mypy takes the look-up for a new member.
            raise gate.GateError(Code(code), reason)  # type: ignore[call-arg]
        content = gate.read(chunk.root + b"/" + unshow(entry.path))
        file = _File(entry, read_ns, content.state, content.sha256)
        return file, gate.decode(content.data)
    except FileNotFoundError:
        return None, ""
    except gate.GateError as error:
        chunk.refuse(entry, read_ns, error, file)
        return None, ""


def _read_again(entry: Entry, chunk: _Found) -> None:
    """Read a file as if it came only now, without leaving anything to others."""
    file, text = _read(entry, chunk)
    if file and (found := _cards_in(file, text, chunk, may_wait=False)):
        chunk.take(file, found)


def _cards_in(file: _File, text: str, chunk: _Found, *, may_wait: bool) -> FileCards | None:
    """What is in a file, None where the parser fails and it is refused."""
    try:
        return card_reader.read_file(file.entry.path, text, may_wait=may_wait)
    except Exception as error:  # noqa: BLE001
        # No file may stop a run, not even one that shows a fault of the parser.
        reason = f"The parser failed on it ({type(error).__name__}: {error}). Please report this file."
        refused = gate.GateError(Code.PARSER_FAILED, reason, text.encode())
        chunk.refuse(file.entry, file.read_ns, refused, file)
        return None


def _kind(path: str) -> str:
    """What a file seems to be by its name."""
    return "card" if card_reader.card_id_of(path) else "other"


def _chunk(found: _Found, n_files: int) -> Chunk:
    found.flush()
    parsed = {}
    for name in ROW_TABLES:
        rows = found.rows[name].table()
        parsed[name], failures = validation.split(rows.select(column_names(TABLES[name])), TABLES[name])
        for one in failures:
            row = rows.slice(one.position, 1).to_pylist()[0]
            found.add_reject(_row_reject(name, row, one, found.paths))
    parsed["rejects"], failures = validation.split(found.rows["rejects"].table(), Rejects)
    if failures:
        raise InvariantError(f"A reject does not fit its own table: {failures[0].reason}")
    return Chunk({name: rows.table() for name, rows in found.kept.items()}, parsed, n_files)


def _row_reject(table: str, row: Row, failure: validation.Failure, paths: Mapping[str, str]) -> Row:
    raw = row.get(SOURCE) or row.get("raw_text") or row.get("value")
    where = {key: row[key] for key in ("card_id", "row_no", "line")}
    return reject(
        "row", failure.code, failure.reason, raw, path=paths[row["card_id"]], section=table, **where
    )
