"""A chunk of files read into Arrow tables: all that can be done with some files without those beside them.

Data flow: entries of the listing -> bytes -> text -> cards -> columns -> Arrow -> valid rows and rejects.
It may run in any process that sees the files under the same path.
"""

import gc
import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata, resources

import pyarrow
import pyarrow.compute

from signals_pipeline import validation
from signals_pipeline.errors import InvariantError, VersionError
from signals_pipeline.parsed import cards as card_reader
from signals_pipeline.parsed.columns import SOURCE, Columns, Row
from signals_pipeline.parsed.models import TABLES, Cards, Rejects
from signals_pipeline.parsed.parts import CardRows, reject
from signals_pipeline.raw import gate
from signals_pipeline.raw.inventory import Entry
from signals_pipeline.raw.paths import unshow
from signals_pipeline.schema import Table, arrow_schema

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


_PARSER_CODE = (
    "parsed/blocks.py",
    "parsed/cards.py",
    "parsed/chunks.py",
    "parsed/columns.py",
    "parsed/direct.py",
    "parsed/forms.py",
    "parsed/lines.py",
    "parsed/links.py",
    "parsed/markdown.py",
    "parsed/models.py",
    "parsed/parts.py",
    "parsed/plain.py",
    "parsed/rows.py",
    "raw/gate.py",
    "validation.py",
)


@cache
def parser_version() -> str:
    """A version that changes when a card could be read differently: that of the parser and markdown-it-py."""
    digest = hashlib.sha256(metadata.version("markdown-it-py").encode())
    package = resources.files("signals_pipeline")
    for name in _PARSER_CODE:
        digest.update(package.joinpath(name).read_bytes())
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


class _Found:
    """What is found in the files of a chunk, one by one."""

    def __init__(self, parser: str) -> None:
        """Nothing found yet by a version of the parser."""
        self.parser = parser
        self.files: list[Row] = []
        self.file_cards: list[Row] = []
        self.cards: dict[str, Row] = {}
        self.section_counts: list[Row] = []
        self.rows = {name: Columns(name) for name in (*ROW_TABLES, "rejects")}

    def add_file(self, entry: Entry, kind: str, read_ns: int, content: gate.Content | None = None) -> None:
        """Note a file with its state as it was read, or as it was listed where it was not."""
        row: Row = {"path": entry.path, "kind": kind, "read_ns": read_ns, "parser": self.parser}
        if content is None:
            row |= {"size": entry.size, "inode": entry.inode}
            row |= {"mtime_ns": entry.mtime_ns, "ctime_ns": entry.ctime_ns}
        else:
            state = content.state
            row |= {"size": state.st_size, "inode": state.st_ino, "file_sha256": content.sha256}
            row |= {"mtime_ns": state.st_mtime_ns, "ctime_ns": state.st_ctime_ns}
        self.files.append(row)

    def add_card(self, path: str, number: int, sha256: str, card: CardRows) -> None:
        """Note a card, the first of its card_id with its rows: files come in the order of their paths."""
        card_id = card.card_id
        self.file_cards.append(
            {
                "path": path,
                "card_no": number,
                "card_id": card_id,
                "line": card.card["line"],
                "file_sha256": sha256,
            }
        )
        if card_id in self.cards:
            return
        self.cards[card_id] = card.card
        # At once, as long as they are in the processor's cache.
        for name, rows in card.rows.items():
            self.rows[name].extend(rows)
        for section, n_source in card.n_source.items():
            self.section_counts.append({"card_id": card_id, "section": section, "n_source": n_source})

    def add_reject(self, row: Row) -> None:
        """Note a reject of a file, or of a card as a whole."""
        self.rows["rejects"].add(row)


def read_chunk(raw_dir: str, parser: str, entries: Sequence[Entry]) -> Chunk:
    """Read some files, in byte order of their paths, by the parser of a version.

    A file that is gone by now is left out, as if it had never been listed.

    Raises:
        VersionError: The process has another version of the parser.
        ValidationOffError: pandera has been switched off there.
    """
    _assert_validation_is_on()
    if parser_version() != parser:
        raise VersionError("A worker has another version of signals_pipeline, or of markdown-it-py.")
    found = _Found(parser)
    root = os.fsencode(raw_dir)
    with _without_collector():
        for entry in entries:
            with suppress(FileNotFoundError):
                _read_file(root, entry, found)
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


def _read_file(root: bytes, entry: Entry, chunk: _Found) -> None:
    path = entry.path
    kind = "card" if card_reader.card_id_of(path) else "other"
    read_ns = time.time_ns()
    try:
        if entry.problem:
            code, _, reason = entry.problem.partition(": ")
            raise gate.GateError(code, reason)
        content = gate.read(root + b"/" + unshow(path))
    except gate.GateError as error:
        # What could not be read for now must be tried again, whatever its times say.
        passing = error.code in ("unstable", "unreadable")
        chunk.add_file(entry, kind, 0 if passing else read_ns)
        chunk.add_reject(_file_reject(path, error))
        return
    try:
        found = card_reader.read_file(path, gate.decode(content.data))
    except gate.GateError as error:
        chunk.add_file(entry, kind, read_ns, content)
        chunk.add_reject(_file_reject(path, error))
        return
    except Exception as error:  # noqa: BLE001
        # No file may stop a run, not even one that shows a fault of the parser.
        reason = f"The parser failed on it ({type(error).__name__}: {error}). Please report this file."
        chunk.add_file(entry, kind, read_ns, content)
        chunk.add_reject(_file_reject(path, gate.GateError("parser-failed", reason, content.data)))
        return
    chunk.add_file(entry, found.kind, read_ns, content)
    for row in found.rejects:
        chunk.add_reject(row)
    for number, card in enumerate(found.cards, 1):
        chunk.add_card(path, number, content.sha256, card)


def _file_reject(path: str, error: gate.GateError) -> Row:
    raw = None if error.data is None else error.data.decode("utf-8", errors="backslashreplace")
    return reject("file", error.code, error.reason, raw and raw.replace("\0", "\\x00"), path=path)


def _chunk(found: _Found, n_files: int) -> Chunk:
    parsed = {}
    for name in ROW_TABLES:
        rows = found.rows[name]
        parsed[name], failures = _valid(rows, TABLES[name])
        for one in failures:
            found.add_reject(_row_reject(name, rows.row(one.position), one, found.cards))
    parsed["rejects"], failures = _valid(found.rows["rejects"], Rejects)
    if failures:
        raise InvariantError(f"A reject does not fit its own table: {failures[0].reason}")
    kept = {
        "files": found.files,
        "file_cards": found.file_cards,
        "section_counts": found.section_counts,
        "cards_read": list(found.cards.values()),
    }
    tables = {name: pyarrow.Table.from_pylist(rows, KEPT[name]) for name, rows in kept.items()}
    return Chunk(tables, parsed, n_files)


def _valid(rows: Columns, model: type[Table]) -> tuple[pyarrow.Table, list[validation.Failure]]:
    return validation.split(validation.columns_to_arrow(rows.by_name, model), model)


def _row_reject(table: str, row: Row, failure: validation.Failure, cards: Mapping[str, Row]) -> Row:
    raw = row.get(SOURCE) or row.get("raw_text") or row.get("value")
    where = {key: row[key] for key in ("card_id", "row_no", "line")}
    return reject(
        "row", failure.code, failure.reason, raw, path=cards[row["card_id"]]["path"], section=table, **where
    )
