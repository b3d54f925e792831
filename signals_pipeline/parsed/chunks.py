"""A chunk of files read into Arrow tables: all that can be done with some files without those beside them.

Data flow: entries of the listing -> bytes -> text -> cards or a draft -> columns -> Arrow -> valid rows and
rejects.
It may run in any process that sees the files under the same path, or reaches their bucket.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata

import pyarrow
import pyarrow.compute

from signals_pipeline.core import validation
from signals_pipeline.core.bucket import RawDir
from signals_pipeline.core.errors import InvariantError, VersionError
from signals_pipeline.core.files import files_version
from signals_pipeline.core.rejects import Code
from signals_pipeline.core.schema import Table, arrow_schema, column_names
from signals_pipeline.core.settings import PACKAGE
from signals_pipeline.parsed.columns import SOURCE, Columns, Row
from signals_pipeline.parsed.models import TABLES, Cards, DraftLinks, Rejects
from signals_pipeline.parsed.reader import file as file_reader
from signals_pipeline.parsed.reader.card import CardRows, reject
from signals_pipeline.parsed.reader.dialect import Dialect
from signals_pipeline.parsed.sections import STATEMENT_SECTIONS, CardRow
from signals_pipeline.raw import gate, place
from signals_pipeline.raw.inventory import Entry

ROW_TABLES = [name for name, model in TABLES.items() if issubclass(model, CardRow)]
"""The tables whose rows belong to one card."""

FILE_TABLES: dict[str, type[Table]] = {"draft_links": DraftLinks, "rejects": Rejects}
"""The tables whose rows belong to a file, and are right as the reader gives them."""

DERIVED = frozenset(
    {
        "issue_date", "issue_date_reason", "issue_date_source", "issue_date_flags", "issue_key",
        "author_category", "is_counted", "not_counted_reason", "duplicate_of",
    }
)  # fmt: skip
"""Columns of `cards` that are derived from all cards and drafts together."""

_TEXT: pyarrow.DataType = pyarrow.string()
_WHOLE: pyarrow.DataType = pyarrow.int32()
_BIG: pyarrow.DataType = pyarrow.int64()
KEPT: dict[str, pyarrow.Schema] = {
    "files": pyarrow.schema(
        {
            "path": _TEXT,
            "kind": _TEXT,
            "reason": _TEXT,
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
        {
            "path": _TEXT,
            "rank": _WHOLE,
            "card_no": _WHOLE,
            "card_id": _TEXT,
            "line": _WHOLE,
            "file_sha256": _TEXT,
        }
    ),
    "section_counts": pyarrow.schema({"card_id": _TEXT, "section": _TEXT, "n_source": _WHOLE}),
    "cards_read": pyarrow.schema(
        {one.name: one.type for one in arrow_schema(Cards) if one.name not in DERIVED}
        | {"article_date": pyarrow.date32(), "host": _TEXT, "newsletter_host": _TEXT}
    ),
    "drafts_read": pyarrow.schema({"path": _TEXT, "issue_token": _TEXT, "motto": _TEXT}),
}
"""What is kept of the files beside the parsed tables, in tables of the schema `internal`."""

_PARSER_CODE = (
    "core/credentials.py",
    "core/credentials.toml",
    "core/rejects.py",
    "core/validation.py",
    "parsed/chunks.py",
    "parsed/columns.py",
    "parsed/dialect_file.py",
    "parsed/models.py",
    "parsed/sections.py",
    "raw/gate.py",
)
"""What decides how a card is read, beside all modules of `parsed.reader`."""


@cache
def parser_version() -> str:
    """A version that changes when the code reads a card differently: of the parser and its libraries."""
    code = (*map(PACKAGE.joinpath, _PARSER_CODE), *PACKAGE.glob("parsed/reader/*.*"))
    libraries = " ".join(map(metadata.version, ("markdown-it-py", "PyYAML", "tldextract")))
    return files_version(code, libraries)


def reader_version(dialect: Dialect) -> str:
    """A version that changes when a card could be read differently: of the parser and the dialect."""
    return f"{parser_version()}{dialect.version}"


def _row_schema(table: str) -> pyarrow.Schema:
    """The columns of a parsed table as rows have them before they are validated."""
    schema = arrow_schema(TABLES[table])
    return schema.append(pyarrow.field(SOURCE, _TEXT)) if table in STATEMENT_SECTIONS else schema


_GATHERED = KEPT | {name: _row_schema(name) for name in (*ROW_TABLES, *FILE_TABLES)}
"""The tables whose rows are gathered from file to file."""

FLUSHED = 250
"""Files whose rows are Python objects at a time: few of them stay in the processor's cache."""


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
        gone = pyarrow.array(card_ids, _TEXT)

        def others(table: pyarrow.Table) -> pyarrow.Table:
            return table.filter(pyarrow.compute.invert(pyarrow.compute.is_in(table["card_id"], gone)))

        kept = self.kept | {name: others(self.kept[name]) for name in ("section_counts", "cards_read")}
        parsed = self.parsed | {name: others(self.parsed[name]) for name in ROW_TABLES}
        # A reject of a whole card belongs to its file: another file may hold a readable card of that id.
        rejects = self.parsed["rejects"]
        is_row = pyarrow.compute.is_in(rejects["level"], pyarrow.array(["row"]))
        is_gone = pyarrow.compute.and_(is_row, pyarrow.compute.is_in(rejects["card_id"], gone))
        parsed["rejects"] = rejects.filter(pyarrow.compute.invert(is_gone))
        return replace(self, kept=kept, parsed=parsed)


def read_chunk(raw_dir: RawDir, dialect: Dialect, version: str, entries: Sequence[Entry]) -> Chunk:
    """What some files hold, read in their order in a dialect by the parser of a version.

    A file that is gone by now is left out, as if it had never been listed.

    Raises:
        VersionError: The process has another version of the parser.
        ValidationOffError: pandera has been switched off there.
        NoInputError: The files lie in a bucket that cannot be read there.
    """
    validation.assert_validation_is_on()
    if reader_version(dialect) != version:
        raise VersionError("A worker has another version of signals_pipeline, or of markdown-it-py.")
    reader = _ChunkReader(place.reader(raw_dir, entries), dialect, version)
    with _without_collector():
        for number, entry in enumerate(entries, 1):
            reader.read(entry)
            if number % FLUSHED == 0:
                reader.flush()
        return reader.chunk(len(entries))


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


class _ChunkReader:
    """Reads files one by one, and gathers what is in them."""

    def __init__(self, content_of: Callable[[Entry], gate.Content], dialect: Dialect, version: str) -> None:
        """Nothing read yet of the files with some contents, in a dialect by a version of the parser."""
        self.content_of = content_of
        self.dialect = dialect
        self.version = version
        self.rows = {name: Columns.empty(schema.names) for name, schema in _GATHERED.items()}
        self.flushed: dict[str, list[pyarrow.RecordBatch]] = {name: [] for name in _GATHERED}
        self.paths: dict[str, str] = {}
        """Where each card is read from."""

    def read(self, entry: Entry) -> None:
        """Read a file; one that cannot be read becomes a reject."""
        read_ns = time.time_ns()
        content = None
        try:
            if entry.problem:
                code, _, reason = entry.problem.partition(": ")
                # mypy takes the look-up for a new member.
                raise gate.GateError(Code(code), reason)  # type: ignore[call-arg]
            content = self.content_of(entry)
            found = _cards_in(entry.path, gate.decode(content.data), self.dialect)
        except FileNotFoundError:
            return
        except gate.GateError as error:
            self._refuse(entry, read_ns, content, error)
            return
        self._add_file(entry, found.kind, found.reason, read_ns, content)
        for row in found.rejects:
            self.rows["rejects"].add(row)
        for number, card in enumerate(found.cards, 1):
            self._add_card(entry.path, number, card, content.sha256)
        if found.draft is not None:
            self.rows["drafts_read"].add(found.draft.draft)
            for row in found.draft.links:
                self.rows["draft_links"].add(row)

    def _refuse(
        self, entry: Entry, read_ns: int, content: gate.Content | None, error: gate.GateError
    ) -> None:
        """Note a file that is not ingested, and why."""
        # What could not be read for now must be tried again, whatever its times say.
        is_transient = error.code in (Code.UNSTABLE, Code.UNREADABLE)
        kind = "card" if file_reader.card_id_of(entry.path) else "other"
        is_no_text = error.code in (Code.EMPTY, Code.NOT_UTF8, Code.CONTROL_CHAR)
        is_left_alone = kind == "other" and entry.path.lower().endswith(".txt") and is_no_text
        self._add_file(
            entry,
            "not text" if is_left_alone else kind,
            error.reason,
            0 if is_transient else read_ns,
            content,
        )
        if is_left_alone:
            return
        raw = None
        if error.data is not None:
            raw = error.data.decode("utf-8", errors="backslashreplace").replace("\0", "\\x00")
        self.rows["rejects"].add(reject("file", error.code, error.reason, raw, path=entry.path))

    def _add_file(
        self, entry: Entry, kind: str, reason: str | None, read_ns: int, content: gate.Content | None
    ) -> None:
        """Note a file with its state as it was read, or as it was listed where it was not."""
        row: Row = {"path": entry.path, "kind": kind, "reason": reason}
        row |= {"read_ns": read_ns, "parser": self.version}
        if content is not None:
            row["file_sha256"] = content.sha256
        state = content.state if content is not None else None
        if state is None:
            row |= {"size": entry.size, "inode": entry.inode}
            row |= {"mtime_ns": entry.mtime_ns, "ctime_ns": entry.ctime_ns}
        else:
            row |= {"size": state.st_size, "inode": state.st_ino}
            row |= {"mtime_ns": state.st_mtime_ns, "ctime_ns": state.st_ctime_ns}
        self.rows["files"].add(row)

    def _add_card(self, path: str, number: int, card: CardRows, sha256: str) -> None:
        """Note a card of a file, and take its rows where it is the first of its card_id."""
        card_id = card.card_id
        place = {"path": path, "rank": file_reader.rank_of(path), "card_no": number, "card_id": card_id}
        self.rows["file_cards"].add(place | {"line": card.card["line"], "file_sha256": sha256})
        if card_id in self.paths:
            return
        self.paths[card_id] = path
        self.rows["cards_read"].add(card.card)
        for name, rows in card.rows.items():
            self.rows[name].extend(rows)
        n_sections = len(card.n_source)
        counts = {"section": card.n_source, "n_source": card.n_source.values()}
        self.rows["section_counts"].extend(Columns(n_sections, counts | {"card_id": [card_id] * n_sections}))

    def flush(self) -> None:
        """Move the rows to Arrow's memory."""
        for name, rows in self.rows.items():
            if rows.n_rows:
                self.flushed[name].append(pyarrow.RecordBatch.from_pydict(rows.by_name, _GATHERED[name]))
                self.rows[name] = Columns.empty(_GATHERED[name].names)

    def chunk(self, n_files: int) -> Chunk:
        """What was read: rows that do not fit their table are rejects."""
        self.flush()
        parsed = {}
        for name in ROW_TABLES:
            rows = self._table(name)
            parsed[name], failures = validation.split(rows.select(column_names(TABLES[name])), TABLES[name])
            for one in failures:
                row = rows.slice(one.position, 1).to_pylist()[0]
                self.rows["rejects"].add(self._row_reject(name, row, one))
        self.flush()
        for name, model in FILE_TABLES.items():
            parsed[name], failures = validation.split(self._table(name), model)
            if failures:
                raise InvariantError(f"A row of {name} does not fit its own table: {failures[0].reason}")
        return Chunk({name: self._table(name) for name in KEPT}, parsed, n_files)

    def _table(self, name: str) -> pyarrow.Table:
        """All rows, in one piece: pandera and DuckDB take a fifth longer for several."""
        return pyarrow.Table.from_batches(self.flushed.pop(name), _GATHERED[name]).combine_chunks()

    def _row_reject(self, table: str, row: Row, failure: validation.Failure) -> Row:
        raw = row.get(SOURCE) or row.get("raw_text") or row.get("value")
        where = {key: row[key] for key in ("card_id", "row_no", "line")}
        where |= {"path": self.paths[row["card_id"]], "section": table}
        return reject("row", failure.code, failure.reason, raw, **where)


def _cards_in(path: str, text: str, dialect: Dialect) -> file_reader.FileCards:
    """What is in a file.

    Raises:
        GateError: The parser fails on it: no file may stop a run, not even one that shows a fault of it.
    """
    try:
        return file_reader.read_file(path, text, dialect)
    except Exception as error:
        reason = f"The parser failed on it ({type(error).__name__}: {error}). Please report this file."
        raise gate.GateError(Code.PARSER_FAILED, reason, text.encode()) from error
