"""What a decision about two names is in data/concepts.csv, and what it changes of what is published."""

import csv
import io
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from signals_pipeline.core.errors import CannotWriteError
from signals_pipeline.core.files import write_whole
from signals_pipeline.core.schema import create_table, sql_text
from signals_pipeline.core.settings import Project, shown
from signals_pipeline.core.store import open_store
from signals_pipeline.marts.build import build, marts
from signals_pipeline.meaning.models import TABLES as MEANING_TABLES
from signals_pipeline.parsed.ingest import STORED_TABLES
from signals_pipeline.parsed.models import TABLES as PARSED_TABLES
from signals_pipeline.topics.build import EDITED, build_topics
from signals_pipeline.topics.concepts import COLUMNS
from signals_pipeline.topics.models import CONCEPT, MENTIONED
from signals_pipeline.topics.reviewed import Reviewed, read_reviewed

FILE = "concepts.csv"

STAGES_OF = "topic_momentum"
"""The mart that says where a topic stands."""

Topics = frozenset[tuple[str, str]]
"""Keywords and themes, by kind and name."""


class Decision(NamedTuple):
    """A row of the file: a concept, another name, and what this has to do with it."""

    concept: str
    member: str
    relation: str
    reason: str


def reviewed_with(settings: Project, decision: Decision | None = None) -> Reviewed:
    """What the files say now, and would say with one decision more.

    Raises:
        BadInputFileError: They cannot be read, or the decision contradicts them.
    """
    edited = settings.edited()
    if decision:
        edited |= {FILE: _with_row(edited[FILE] or b"", decision)}
    return read_reviewed(settings, edited)


def write_down(settings: Project, decision: Decision) -> Path:
    """Add a decision to the person's own file, which is a copy of the shipped one at first; the file.

    All that stands there stays as it is, byte for byte.

    Raises:
        BadInputFileError: The file cannot be read, or the decision contradicts it.
        CannotWriteError: It cannot be written.
    """
    reviewed_with(settings, decision)
    own = settings.data / FILE
    content = _with_row(settings.edited()[FILE] or b"", decision)
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        # A link to a file elsewhere stays one.
        place = own.resolve()
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o666
        write_whole(place, content.decode("utf-8"), mode)
    except OSError as error:
        raise CannotWriteError(f"{shown(own)} cannot be written: {error.strerror}.") from None
    return own


def _with_row(content: bytes, decision: Decision) -> bytes:
    """The file with a row at its end, in its own kind of line ends."""
    end = "\r\n" if b"\r\n" in content else "\n"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end)
    if not content.removeprefix(b"\xef\xbb\xbf"):
        writer.writerow(COLUMNS)
    elif not content.endswith(b"\n"):
        text.write(end)
    writer.writerow([decision.concept, "", decision.member, decision.relation, decision.reason])
    return content + text.getvalue().encode()


def topics_of(reviewed: Reviewed, concept: str) -> Topics:
    """The keywords and themes that count for a concept: of one that nobody has reviewed, its own name."""
    found = {(one.kind, one.topic) for one in reviewed.members if one.concept == concept}
    return frozenset(found or {(kind, concept) for kind in MENTIONED})


@dataclass(frozen=True, slots=True)
class Counted:
    """The counted cards of a snapshot, by their numbers."""

    by_topic: Mapping[tuple[str, str], frozenset[int]]
    """The cards that mention a topic, by its kind and name."""

    n_able: int
    """How many cards could carry a concept."""

    def having(self, topics: Topics) -> frozenset[int]:
        """The cards that mention one of some topics."""
        return frozenset().union(*(self.by_topic.get(topic, frozenset()) for topic in topics))


def counted(connection: duckdb.DuckDBPyConnection) -> Counted:
    """The counted cards of a snapshot."""
    rows = connection.execute(
        "SELECT kind, topic, list(DISTINCT card_no) FROM mentions JOIN counted_cards USING (card_id) "
        "GROUP BY kind, topic"
    ).fetchall()
    able = connection.execute("SELECT count(*) FROM able_cards WHERE kind = $kind", {"kind": CONCEPT})
    return Counted({(kind, topic): frozenset(cards) for kind, topic, cards in rows}, able.fetchall()[0][0])


def stages(connection: duckdb.DuckDBPyConnection, concepts: Iterable[str]) -> dict[str, str]:
    """Where some concepts stand, of those that a counted card has."""
    rows = connection.execute(
        f"SELECT topic, stage FROM {STAGES_OF} WHERE kind = $kind AND topic IN (SELECT unnest($names))",
        {"kind": CONCEPT, "names": list(concepts)},
    ).fetchall()
    return dict(rows)


def stages_with(settings: Project, reviewed: Reviewed, concepts: Collection[str]) -> dict[str, str]:
    """Where some concepts would stand with other decisions, by the cards of the published snapshot.

    All concepts are tested anew, since a test is corrected over all of them; in a store that is thrown away.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder), Path(folder), STORED_TABLES) as store,
    ):
        snapshot = sql_text(str(settings.database.resolve()))
        store.connection.execute(f"ATTACH {snapshot} AS snapshot (READ_ONLY)")
        for name, model in PARSED_TABLES.items():
            table = f"parsed.{name}"
            store.connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM snapshot.{table}")
            store.note_built(table, model, {})
        store.connection.execute("DETACH snapshot")
        # No stage depends on what texts mean.
        for name, model in MEANING_TABLES.items():
            store.connection.execute(create_table(name, model))
            store.note_built(name, model, {})
        build_topics(store, reviewed, dict.fromkeys(EDITED, ""))
        # Keywords and themes are tested by themselves.
        store.connection.execute(f"DELETE FROM topics WHERE kind <> '{CONCEPT}'")
        for name in _needed(STAGES_OF):
            build(store, marts()[name])
        return stages(store.connection, concepts)


def _needed(mart: str) -> list[str]:
    """A mart and all that it reads, each after what it reads itself."""
    found = {mart}
    for one in reversed(marts().values()):
        if one.name in found:
            found |= {read for read in one.reads if read in marts()}
    return [name for name in marts() if name in found]
