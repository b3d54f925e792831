"""From keywords and themes to the topic tables.

Each distinct surface is canonicalised once, in Python; everything that has as many rows as the cards have
list items happens in SQL.
"""

from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import pyarrow

from signals_pipeline.core.files import files_version
from signals_pipeline.core.progress import report
from signals_pipeline.core.schema import column_names, columns
from signals_pipeline.core.store import Store
from signals_pipeline.topics import words
from signals_pipeline.topics.canonical import Aliases, canonical
from signals_pipeline.topics.concepts import NamedMember
from signals_pipeline.topics.decided import Decided
from signals_pipeline.topics.models import (
    CONCEPT,
    NAMES_APART,
    SECTION_OF,
    TABLES,
    ConceptMembers,
    Mentions,
    NamesApart,
    Topics,
    TopicSurfaces,
)
from signals_pipeline.topics.reviewed import Reviewed

READS = tuple(f"parsed.{section}" for section in SECTION_OF.values())
"""The tables that the topics are made from."""

EDITED = ("aliases.csv", "concepts.csv")
"""The files that a person edits and that decide what a topic is."""

SELECTED_BY = tuple((source, "raw_text") for source in READS)
"""What rows of topic tables are selected by: items of one text are one surface, and some are no topic."""

_ITEMS = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, card_id, row_no, line, raw_text FROM parsed.{section}"
    for kind, section in SECTION_OF.items()
)


def origins(table: str) -> dict[str, list[tuple[str, str]]]:
    """By column of a topic table, the parsed tables and columns that it is made from.

    What names, counts or orders topics is made from the text of the items; the place of a mention is theirs.
    Names that are kept apart are written by a person.
    """
    if table == NAMES_APART:
        return {one.name: [] for one in columns(TABLES[table])}
    places = {"card_id": "card_id", "row_no": "row_no", "line": "line"}
    found = {}
    for one in columns(TABLES[table]):
        read = [places.get(one.name, "raw_text"), *(["card_id"] if one.name.startswith("n_cards") else [])]
        found[one.name] = [(source, column) for source in READS for column in read]
    return found


def code_version() -> str:
    """A version that changes when a surface could map to another topic: of the rules and of simplemma."""
    return files_version((*Path(__file__).parent.glob("*.py"), words.FILE), metadata.version("simplemma"))


def build_topics(store: Store, reviewed: Reviewed, versions: Mapping[str, str]) -> bool:
    """Build the topic tables; False where they are already what their inputs say.

    `versions` are those of the files that a person edits, by name.
    """
    built = store.built()
    read = {name: built[name][0] for name in READS}
    read |= {name: versions[name] for name in EDITED} | {"code": code_version()}
    if all(name in built and built[name][2] == read for name in TABLES):
        return False
    report("mapping keywords and themes to topics")
    store.with_enough_memory(lambda: _build(store, reviewed, read))
    return True


def _build(store: Store, reviewed: Reviewed, read: Mapping[str, str]) -> None:
    with store.transaction():
        with store.registered(
            mapping=_mapping(store, reviewed.aliases),
            claimed=_claimed(reviewed.members),
            defined=_defined(reviewed.definitions),
            refused=_refused(reviewed),
        ):
            _build_from(store)
        for name, model in TABLES.items():
            store.note_built(name, model, read)


def _mapping(store: Store, aliases: Aliases) -> pyarrow.Table:
    """One row per kind and surface: its folded form, its topic (NULL for a stop word) and the rule."""
    surfaces = store.rows(f"SELECT DISTINCT kind, raw_text FROM ({_ITEMS}) ORDER BY ALL")
    found = [canonical(surface, kind, aliases) for kind, surface in surfaces]
    return pyarrow.table(
        {
            "kind": pyarrow.array([kind for kind, _ in surfaces], pyarrow.string()),
            "surface": pyarrow.array([surface for _, surface in surfaces], pyarrow.string()),
            "folded": pyarrow.array([one.folded for one in found], pyarrow.string()),
            "topic": pyarrow.array([one.topic for one in found], pyarrow.string()),
            "rule": pyarrow.array([one.rule for one in found], pyarrow.string()),
        }
    )


def _claimed(members: Sequence[NamedMember]) -> pyarrow.Table:
    """The keywords and themes that count for a concept of the file, by name."""
    return pyarrow.table(
        {
            name: pyarrow.array([getattr(one, name) for one in members], pyarrow.string())
            for name in NamedMember._fields
        }
    )


def _defined(definitions: Mapping[str, str]) -> pyarrow.Table:
    return pyarrow.table(
        {
            "concept": pyarrow.array(list(definitions), pyarrow.string()),
            "definition": pyarrow.array([one or None for one in definitions.values()], pyarrow.string()),
        }
    )


def _refused(reviewed: Reviewed) -> pyarrow.Table:
    """Concepts of which some names are kept apart, each pair once."""
    concept = Decided(reviewed).concept
    apart = sorted({tuple(sorted(map(concept, pair))) for pair in reviewed.refused})
    return pyarrow.table(
        {
            name: pyarrow.array([pair[place] for pair in apart], pyarrow.string())
            for place, name in enumerate(column_names(NamesApart))
        }
    )


def _build_from(store: Store) -> None:
    store.replace(
        "topic_surfaces",
        TopicSurfaces,
        f"""
        SELECT
            m.kind, m.surface, m.folded, m.rule, md5(m.kind || ':' || m.topic) AS topic_id, m.topic,
            count(DISTINCT i.card_id) AS n_cards
        FROM mapping AS m
        JOIN ({_ITEMS}) AS i ON i.kind = m.kind AND i.raw_text = m.surface
        GROUP BY ALL
        ORDER BY m.kind, m.surface
        """,
    )
    store.replace(
        "concept_members",
        ConceptMembers,
        f"""
        WITH
        named AS (
            SELECT DISTINCT kind, topic_id, topic FROM topic_surfaces WHERE topic_id IS NOT NULL
        ),
        reviewed AS (
            SELECT c.concept, n.topic_id, n.kind, n.topic, c.relation
            FROM claimed AS c
            JOIN named AS n USING (kind, topic)
        ),
        members AS (
            FROM reviewed
            UNION ALL
            SELECT topic, topic_id, kind, topic, 'is'
            FROM named
            WHERE topic_id NOT IN (SELECT topic_id FROM reviewed WHERE relation = 'is')
        )
        SELECT
            md5('{CONCEPT}:' || concept) AS concept_id, concept, topic_id AS member_topic_id, kind,
            topic AS member, relation
        FROM members
        ORDER BY concept_id, member_topic_id
        """,
    )
    store.replace(
        "topics",
        Topics,
        f"""
        WITH
        written AS (
            SELECT topic_id, kind, topic, surface FROM topic_surfaces WHERE topic_id IS NOT NULL
            UNION
            SELECT m.concept_id, '{CONCEPT}', m.concept, s.surface
            FROM concept_members AS m
            JOIN topic_surfaces AS s ON s.topic_id = m.member_topic_id
        )
        SELECT
            w.topic_id, w.kind, w.topic, count(w.surface) AS n_surfaces, any_value(d.definition) AS definition
        FROM written AS w
        LEFT JOIN defined AS d ON w.kind = '{CONCEPT}' AND d.concept = w.topic
        GROUP BY w.topic_id, w.kind, w.topic
        ORDER BY w.topic_id
        """,
    )
    store.replace(NAMES_APART, NamesApart, "FROM refused")
    store.replace(
        "mentions",
        Mentions,
        f"""
        SELECT i.card_id, i.kind, i.row_no, i.line, s.topic_id, s.topic, i.raw_text, s.rule
        FROM ({_ITEMS}) AS i
        JOIN topic_surfaces AS s ON s.kind = i.kind AND s.surface = i.raw_text
        WHERE s.topic_id IS NOT NULL
        ORDER BY i.card_id, i.kind, i.row_no
        """,
    )
